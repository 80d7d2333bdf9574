//! A server that does nothing: the same stack, the same contract, messages of the same sizes, and answers that were made
//! before it began. It runs in a process of its own, this program again.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::Context as _;
use claimdesk::proto::v1::{
    self,
    article_service_server::{ArticleService, ArticleServiceServer},
};
use prost::Message as _;
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status, Streaming,
    codec::CompressionEncoding,
    transport::{Server, server::TcpIncoming},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument as _, field::Empty};

use crate::cluster::end;

/// What the program is called with to be this server; behind it, the folder of its answers.
pub(crate) const ARGUMENT: &str = "--echo";
const ANSWERS: &str = "answers";

/// The server's process; it is ended when it is dropped.
pub(crate) struct Echo {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Echo {
    /// Starts a server that gives these answers in turns.
    pub(crate) fn start(answers: &[v1::ExtractClaimsResponse]) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("claimdesk-bench-").tempdir()?;
        let mut bytes = Vec::new();
        for answer in answers {
            answer.encode_length_delimited(&mut bytes)?;
        }
        fs::write(folder.path().join(ANSWERS), bytes)?;
        let log = fs::File::create(folder.path().join("log"))?;
        let mut command = Command::new(env::current_exe()?);
        command.arg(ARGUMENT).arg(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn()?;
        let output = child.stdout.take().context("there is a pipe")?;
        let mut echo = Self { child, address: String::new(), _folder: folder };
        BufReader::new(output).read_line(&mut echo.address)?;
        echo.address.truncate(echo.address.trim_end().len());
        Ok(echo)
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        end(&mut self.child, Signal::KILL);
    }
}

/// Serves until somebody ends the process.
pub(crate) async fn serve(folder: &Path) -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).with_ansi(false).init();
    let bytes = fs::read(folder.join(ANSWERS))?;
    let (mut rest, mut answers) = (&bytes[..], Vec::new());
    while !rest.is_empty() {
        answers.push(v1::ExtractClaimsResponse::decode_length_delimited(&mut rest)?);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let service = ArticleServiceServer::new(Answers { all: answers.into(), next: AtomicUsize::new(0) })
        .max_decoding_message_size(claimdesk::service::MESSAGE_LIMIT)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    Server::builder()
        .layer(CatchPanicLayer::new())
        .add_service(service)
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await?;
    Ok(())
}

/// The answers, given in turns.
struct Answers {
    all: Arc<[v1::ExtractClaimsResponse]>,
    next: AtomicUsize,
}

#[tonic::async_trait]
impl ArticleService for Answers {
    /// With a span and a line in the log, as the service has them for each call.
    async fn extract_claims(
        &self,
        request: Request<v1::ExtractClaimsRequest>,
    ) -> Result<Response<v1::ExtractClaimsResponse>, Status> {
        let began = Instant::now();
        let span = tracing::info_span!("call", rpc.method = "ExtractClaims", article = Empty, claim = Empty);
        let answer = async {
            drop(request);
            let at = self.next.fetch_add(1, Ordering::Relaxed) % self.all.len();
            let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
            tracing::info!(status = ?tonic::Code::Ok, milliseconds, "answered");
            Ok(Response::new(self.all[at].clone()))
        };
        answer.instrument(span).await
    }

    async fn submit_article(
        &self,
        _: Request<v1::SubmitArticleRequest>,
    ) -> Result<Response<v1::SubmitArticleResponse>, Status> {
        Err(unserved())
    }

    async fn get_article(
        &self,
        _: Request<v1::GetArticleRequest>,
    ) -> Result<Response<v1::GetArticleResponse>, Status> {
        Err(unserved())
    }

    async fn list_articles(
        &self,
        _: Request<v1::ListArticlesRequest>,
    ) -> Result<Response<v1::ListArticlesResponse>, Status> {
        Err(unserved())
    }

    async fn delete_article(
        &self,
        _: Request<v1::DeleteArticleRequest>,
    ) -> Result<Response<v1::DeleteArticleResponse>, Status> {
        Err(unserved())
    }

    type ImportArticlesStream = tokio_stream::Empty<Result<v1::ImportArticlesResponse, Status>>;

    async fn import_articles(
        &self,
        _: Request<Streaming<v1::ImportArticlesRequest>>,
    ) -> Result<Response<Self::ImportArticlesStream>, Status> {
        Err(unserved())
    }
}

fn unserved() -> Status {
    Status::unimplemented("only ExtractClaims is answered")
}
