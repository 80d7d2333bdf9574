//! The connection to a service: who asks, how long to wait, and when to try again.

use std::{
    error::Error as _,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tonic::{
    Code, Request, Response, Status, Streaming,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

use super::{
    credentials::{Credentials, Presented},
    error::Error,
};

/// The metadata key that tells who decides.
const REVIEWER: &str = "claimdesk-reviewer";
/// The metadata key that tells where in the log of the database the last write is, so that a read finds it.
const POSITION: &str = "claimdesk-position";
/// How often a call is tried before its failure is reported.
pub(super) const ATTEMPTS: u32 = 4;
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A page of a thousand claims with their evidence may be larger than gRPC's usual 4 MiB.
const LARGEST_ANSWER: usize = 64 << 20;

/// Whether a stream is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// There may be more.
    More,
    /// Whoever reads has enough.
    Enough,
}

/// Where the service is, and who asks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// Address of the service.
    #[arg(long, env = "CLAIMDESK_SERVER", default_value = "http://127.0.0.1:7878", value_name = "URL")]
    server: String,
    /// Who you are, for the record; your user name where absent. Where the service asks for credentials, they say it.
    #[arg(long, env = "CLAIMDESK_REVIEWER", value_name = "NAME")]
    reviewer: Option<String>,
    /// How long to wait for the service, all attempts together: seconds, or with a unit as in 500ms, 30s, 2m.
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    credentials: Credentials,
}

/// Reads a length of time: seconds, or with a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        unit => return Err(format!("\"{unit}\" is no unit of time; use ms, s or m")),
    };
    digits
        .parse::<f64>()
        .ok()
        .map(|number| number * scale)
        .filter(|seconds| (0.001..=86_400.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("\"{text}\" is no length of time; write it like 500ms, 30s or 2m"))
}

/// A connection to a service, opened with the first call.
pub(super) struct Session {
    runtime: tokio::runtime::Runtime,
    caller: Caller,
}

/// What calls need, without the runtime that they run on. Clones share the connection.
#[derive(Clone)]
pub(super) struct Caller {
    channel: Channel,
    server: String,
    reviewer: Option<MetadataValue<Ascii>>,
    authorization: Option<MetadataValue<Ascii>>,
    /// What stands for the credentials, where there are any.
    fingerprint: Option<String>,
    timeout: Duration,
    /// Where the last write is, where the service tells it.
    position: Arc<Mutex<Option<MetadataValue<Ascii>>>>,
}

impl Connection {
    /// Makes ready to call the service. Nothing is sent yet.
    pub(super) fn open(&self) -> Result<Session, Error> {
        self.open_on(tokio::runtime::Builder::new_current_thread(), |endpoint| endpoint)
    }

    /// The same, for calls that are made all day beside other work: they run on a thread of their own, and a connection
    /// that is lost without a word is found out.
    pub(super) fn open_beside(&self) -> Result<Session, Error> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(1);
        self.open_on(runtime, |endpoint| {
            endpoint
                .http2_keep_alive_interval(Duration::from_secs(15))
                .keep_alive_timeout(Duration::from_secs(10))
                .keep_alive_while_idle(true)
        })
    }

    fn open_on(
        &self,
        mut runtime: tokio::runtime::Builder,
        settle: impl FnOnce(Endpoint) -> Endpoint,
    ) -> Result<Session, Error> {
        let server =
            if self.server.contains("://") { self.server.clone() } else { format!("http://{}", self.server) };
        let unusable = || {
            Error::Usage(format!(
                "\"{server}\" is no address of a service; write http://HOST:PORT or https://HOST:PORT"
            ))
        };
        let endpoint = Endpoint::from_shared(server.clone()).map_err(|_| unusable())?;
        let uri = endpoint.uri();
        if uri.host().is_none_or(str::is_empty) || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(unusable());
        }
        let Presented { authorization, tls, fingerprint } = self.credentials.present(uri)?;
        let runtime = runtime.enable_all().build().map_err(Error::Runtime)?;
        let endpoint = endpoint
            .connect_timeout(self.timeout.min(Duration::from_secs(10)))
            .tcp_nodelay(true)
            .user_agent(concat!("claimdesk/", env!("CARGO_PKG_VERSION")))
            .map_err(|_| unusable())?;
        let endpoint = match tls {
            Some(tls) => endpoint.tls_config(tls).map_err(|error| {
                Error::Usage(format!("the certificates cannot be used: {}", innermost(&error)))
            })?,
            None => endpoint,
        };
        let endpoint = settle(endpoint);
        let channel = {
            let _inside = runtime.enter();
            endpoint.connect_lazy()
        };
        let reviewer = self.reviewer(fingerprint.is_some())?;
        let (timeout, position) = (self.timeout, Arc::default());
        let caller = Caller { channel, server, reviewer, authorization, fingerprint, timeout, position };
        Ok(Session { runtime, caller })
    }

    /// The name to give to the service. Who has credentials is known by them, and gives none but by choice.
    fn reviewer(&self, known: bool) -> Result<Option<MetadataValue<Ascii>>, Error> {
        let given = self.reviewer.clone().filter(|name| !name.trim().is_empty());
        let by_choice = given.is_some();
        let user = || if known { None } else { std::env::var("USER").ok() };
        let Some(name) = given.or_else(user).filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        match name.trim().parse() {
            Ok(value) if name.is_ascii() => Ok(Some(value)),
            // A user name that cannot be sent is no reason to refuse to list claims.
            _ if !by_choice => Ok(None),
            _ => Err(Error::Usage(format!("the reviewer \"{name}\" must be written in ASCII letters"))),
        }
    }
}

impl Session {
    /// Calls a method, again if the service was away for a moment. Every request that writes carries a request id, so
    /// that a second attempt changes nothing twice.
    pub(super) fn call<Q, A, F>(
        &self,
        request: Q,
        method: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, Error>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let Caller { channel, timeout, .. } = &self.caller;
        let attempts = async {
            let mut pause = FIRST_PAUSE;
            for _ in 1..ATTEMPTS {
                match method(channel.clone(), self.caller.request(request.clone())).await {
                    Err(status) if status.code() == Code::Unavailable => {
                        tokio::time::sleep(pause_after(&status, pause)).await;
                        pause *= 2;
                    }
                    answer => return answer,
                }
            }
            method(channel.clone(), self.caller.request(request.clone())).await
        };
        let answer = self.runtime.block_on(async { tokio::time::timeout(*timeout, attempts).await });
        match answer {
            Ok(Ok(answer)) => Ok(self.caller.taken(answer)),
            Ok(Err(status)) => Err(self.failure(status)),
            Err(_) => Err(self.timed_out()),
        }
    }

    /// Calls a method whose second call would do a second thing, once.
    pub(super) fn call_once<Q, A, F>(
        &self,
        request: Q,
        method: impl FnOnce(Channel, Request<Q>) -> F,
    ) -> Result<A, Error>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        self.runtime.block_on(self.caller.once(request, method))
    }

    /// Calls a method that answers with a stream, once, and hands on each message until there is enough.
    pub(super) fn stream<Q, A, F>(
        &self,
        request: Q,
        method: impl FnOnce(Channel, Request<Q>) -> F,
        mut take: impl FnMut(A) -> Result<Next, Error>,
    ) -> Result<Next, Error>
    where
        F: Future<Output = Result<Response<Streaming<A>>, Status>>,
    {
        self.runtime.block_on(async {
            let mut messages = self.caller.begin(request, method).await?;
            while let Some(message) = messages.message().await.map_err(|status| self.failure(status))? {
                if take(message)? == Next::Enough {
                    return Ok(Next::Enough);
                }
            }
            Ok(Next::More)
        })
    }

    /// Waits.
    pub(super) fn pause(&self, time: Duration) {
        self.runtime.block_on(tokio::time::sleep(time));
    }

    /// Waits for work that makes calls of its own.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// What calls need, for work that makes them by itself.
    pub(super) fn calls(&self) -> &Caller {
        &self.caller
    }

    /// What tells one caller from another to the service: the name it is told, or something made from the credentials.
    pub(super) fn caller(&self) -> &str {
        self.caller.identity()
    }

    /// The way to the service.
    pub(super) fn channel(&self) -> Channel {
        self.caller.channel.clone()
    }

    /// How long to wait for the service.
    pub(super) fn timeout(&self) -> Duration {
        self.caller.timeout
    }

    /// Who asks, as the service is told; empty where nobody says so.
    pub(super) fn reviewer(&self) -> &str {
        self.caller.reviewer()
    }

    /// The request of a stream, which has no end to wait for; only its beginning has.
    pub(super) fn stream_request<Q>(&self, message: Q) -> Request<Q> {
        self.caller.stream_request(message)
    }

    /// The service did not answer in time.
    pub(super) fn timed_out(&self) -> Error {
        self.caller.timed_out()
    }

    /// What a status means.
    pub(super) fn failure(&self, status: Status) -> Error {
        self.caller.failure(status)
    }
}

impl Caller {
    /// Calls a method once.
    pub(super) async fn once<Q, A, F>(
        &self,
        request: Q,
        method: impl FnOnce(Channel, Request<Q>) -> F,
    ) -> Result<A, Error>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let call = method(self.channel.clone(), self.request(request));
        match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(answer)) => Ok(self.taken(answer)),
            Ok(Err(status)) => Err(self.failure(status)),
            Err(_) => Err(self.timed_out()),
        }
    }

    /// What an answer says; where it says where a write is, that is kept for the reads that follow.
    fn taken<A>(&self, answer: Response<A>) -> A {
        if let Some(position) = answer.metadata().get(POSITION) {
            *self.position.lock().unwrap_or_else(PoisonError::into_inner) = Some(position.clone());
        }
        answer.into_inner()
    }

    /// Begins a call whose answer is a stream.
    pub(super) async fn begin<Q, A, F>(
        &self,
        request: Q,
        method: impl FnOnce(Channel, Request<Q>) -> F,
    ) -> Result<Streaming<A>, Error>
    where
        F: Future<Output = Result<Response<Streaming<A>>, Status>>,
    {
        let call = method(self.channel.clone(), self.stream_request(request));
        match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(status)) => Err(self.failure(status)),
            Err(_) => Err(self.timed_out()),
        }
    }

    /// The address of the service.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Who asks, as the service is told; empty where nobody says so.
    pub(super) fn reviewer(&self) -> &str {
        self.reviewer.as_ref().and_then(|name| name.to_str().ok()).unwrap_or_default()
    }

    /// What tells one caller from another to the service: the name it is told, or something made from the credentials.
    pub(super) fn identity(&self) -> &str {
        self.fingerprint.as_deref().unwrap_or_else(|| self.reviewer())
    }

    /// The request of a stream, which has no end to wait for; only its beginning has.
    pub(super) fn stream_request<Q>(&self, message: Q) -> Request<Q> {
        let mut request = self.request(message);
        request.metadata_mut().remove("grpc-timeout");
        request
    }

    fn request<Q>(&self, message: Q) -> Request<Q> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        if let Some(reviewer) = &self.reviewer {
            request.metadata_mut().insert(REVIEWER, reviewer.clone());
        }
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        if let Some(position) = self.position.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            request.metadata_mut().insert(POSITION, position);
        }
        request
    }

    /// The service did not answer in time.
    pub(super) fn timed_out(&self) -> Error {
        Error::TimedOut { server: self.server.clone(), seconds: self.timeout.as_secs_f64() }
    }

    /// What a status means.
    pub(super) fn failure(&self, status: Status) -> Error {
        let causes = || {
            std::iter::successors(status.source(), |cause: &&(dyn std::error::Error + 'static)| {
                (*cause).source()
            })
        };
        if causes().any(|cause| cause.is::<tonic::TimeoutExpired>()) {
            return self.timed_out();
        }
        if causes().any(|cause| cause.is::<tonic::transport::Error>()) {
            // The innermost cause is the one that tells something: "Connection refused".
            let cause = causes().last().map(ToString::to_string).unwrap_or_default();
            return Error::Unreachable { server: self.server.clone(), cause };
        }
        Error::Refused(Box::new(status))
    }
}

/// How long to wait after a failure: as long as the service says, otherwise longer each time.
pub(super) fn pause_after(status: &Status, pause: Duration) -> Duration {
    status.get_details_retry_info().and_then(|retry| retry.retry_delay).unwrap_or(pause).min(LONGEST_PAUSE)
}

/// The id that makes a retry safe: the one given, or a new one.
pub(super) fn request_id(given: Option<&String>) -> String {
    given.cloned().unwrap_or_else(|| uuid::Uuid::now_v7().to_string())
}

/// Declares a shorthand that opens a client of a service with the limits of this program.
macro_rules! clients {
    ($($name:ident: $module:ident :: $client:ident,)+) => {
        $(pub(super) fn $name(channel: Channel) -> crate::proto::v1::$module::$client<Channel> {
            crate::proto::v1::$module::$client::new(channel).max_decoding_message_size(LARGEST_ANSWER)
        })+
    };
}

/// What lies at the bottom of an error: the cause that tells something.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

clients! {
    admin_service: admin_service_client::AdminServiceClient,
    article_service: article_service_client::ArticleServiceClient,
    claim_service: claim_service_client::ClaimServiceClient,
    review_service: review_service_client::ReviewServiceClient,
}

#[cfg(test)]
mod tests;
