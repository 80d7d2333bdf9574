//! A service that asks for credentials, and what is needed to call it.

use std::path::PathBuf;

use claimdesk::proto::v1::{self, admin_service_client::AdminServiceClient};
use tonic::{Request, Status, codec::Streaming, transport::Channel};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use crate::harness::{self, Options, Server};

/// A service that asks for credentials, on a database of its own, with an administrator's token.
pub(super) struct Guarded {
    pub(super) server: Server,
    pub(super) database: String,
    /// The administrator's token.
    pub(super) admin: String,
    /// Where it stands.
    pub(super) file: PathBuf,
}

impl Guarded {
    pub(super) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more of the command line.
    pub(super) fn start_with(arguments: &[String]) -> Self {
        Self::on(harness::database(), harness::scratch("token").join("admin"), arguments)
    }

    /// On this database, with the first token in this file.
    pub(super) fn on(database: String, file: PathBuf, arguments: &[String]) -> Self {
        let mut all = vec!["--bootstrap-token-file".to_owned(), file.display().to_string()];
        all.extend_from_slice(arguments);
        let options = Options { database: Some(database.clone()), arguments: all, ..Options::default() };
        let server = Server::start_with(options);
        let admin = std::fs::read_to_string(&file).expect("the first token").trim().to_owned();
        Self { server, database, admin, file }
    }

    /// Another service on the same database.
    pub(super) fn replica(&self) -> Self {
        Self::on(self.database.clone(), self.file.clone(), &[])
    }

    pub(super) fn tokens(&self) -> AdminServiceClient<Channel> {
        AdminServiceClient::new(self.server.channel())
    }

    /// Makes a token that is valid for so many seconds.
    pub(super) async fn create(
        &self,
        subject: &str,
        roles: &[&str],
        seconds: i64,
    ) -> v1::CreateTokenResponse {
        let token = v1::Token {
            subject: subject.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            ..v1::Token::default()
        };
        let ttl = Some(pbjson_types::Duration { seconds, nanos: 0 });
        let request = v1::CreateTokenRequest { token: Some(token), ttl };
        self.tokens().create_token(bearing(&self.admin, request)).await.expect("a token").into_inner()
    }

    /// A token that is valid for an hour.
    pub(super) async fn token(&self, subject: &str, roles: &[&str]) -> String {
        self.create(subject, roles, 3600).await.secret
    }

    pub(super) async fn revoke(&self, name: &str) -> v1::Token {
        let request = v1::RevokeTokenRequest { name: name.to_owned() };
        let answer = self.tokens().revoke_token(bearing(&self.admin, request)).await.expect("revoked");
        answer.into_inner().token.expect("a token")
    }

    /// What becomes of reading a list with these credentials.
    pub(super) async fn try_reading(&self, authorization: &str) -> Result<(), Status> {
        let mut request = Request::new(v1::ListArticlesRequest::default());
        request.metadata_mut().insert("authorization", authorization.parse().expect("a value"));
        self.server.articles().list_articles(request).await.map(drop)
    }
}

/// A request with a bearer token.
pub(super) fn bearing<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().expect("a value");
    request.metadata_mut().insert("authorization", value);
    request
}

/// Calls any method with an empty message, until its answer begins.
pub(super) async fn call(
    channel: Channel,
    method: &str,
    request: Request<()>,
) -> Result<Streaming<()>, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.expect("a connection");
    let path = http::uri::PathAndQuery::try_from(format!("/{method}")).expect("a path");
    let answer = client.server_streaming(request, path, ProstCodec::<(), ()>::default()).await;
    answer.map(tonic::Response::into_inner)
}

/// The published reason of a status.
pub(super) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// Waits until something is so.
pub(super) async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let began = std::time::Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "in vain: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
