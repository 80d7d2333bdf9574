//! From the start of the process to its end.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::{oneshot, watch},
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tonic_web::GrpcWebLayer;
use tower::{ServiceBuilder, util::option_layer};
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    Configuration,
    auth::{Authenticator, BootstrapError, bootstrap},
    configuration::{Database, SchemaMode, Security, WebOrigins},
    http2,
    layers::{AllowanceLayer, CallLayer, IdentityLayer, answer_to_panic, cross_origin},
    listener::{Incoming, incoming},
    metrics::Metrics,
    phase::{self, Phase},
    private_postgres::{PrivatePostgres, PrivatePostgresError},
    probes::Probes,
    schema,
    tls::{self, TlsError},
};
use crate::{
    proto,
    service::{self, Desk, Tally},
    store::{Replica, SchemaError, Store, StoreError},
};

/// How long a database that somebody else runs may stay away at the start.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often answers that are too old are forgotten, and the queue is mended.
const TIDY_EVERY: Duration = Duration::from_secs(3600);
/// How many lots of claims get their likenesses each time, where a version without any has stored them.
const LIKENESS_ROUNDS: u32 = 50;

/// Why the service ended, or did not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; choose another --listen, such as 127.0.0.1:0 for any free port"
    )]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The address of those who watch cannot be listened on.
    #[error(
        "cannot listen on {address} for metrics: {source}; choose another --metrics-listen, such as 127.0.0.1:0 for any free \
         port"
    )]
    ListenForMetrics {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system gives us no signals.
    #[error("signals cannot be received")]
    Signals(#[source] io::Error),
    /// There is no private PostgreSQL.
    #[error(transparent)]
    Private(#[from] PrivatePostgresError),
    /// The database cannot be used.
    #[error("the database cannot be used; check DATABASE_URL or --database-url")]
    Database(#[source] StoreError),
    /// The database's schema is none for this version.
    #[error("this version cannot work on the database; {0}")]
    Schema(SchemaError),
    /// TLS cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no first token.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// Reflection cannot be served: a fault of ours.
    #[error("reflection cannot be served")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The address file cannot be written.
    #[error("{path}: {source}")]
    AddressFile {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The listener failed.
    #[error("the server failed")]
    Server(#[source] tonic::transport::Error),
    /// The server's task failed: a fault of ours.
    #[error("the server ended without a reason")]
    Ended,
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, ServeError> {
        let of = |kind| signal(kind).map_err(ServeError::Signals);
        Ok(Self { interrupt: of(SignalKind::interrupt())?, terminate: of(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Runs the service until a signal ends it.
pub(super) async fn run(configuration: Configuration) -> Result<(), ServeError> {
    let mut signals = Signals::new()?;
    let asked = configuration.listen;
    let listen = |source| ServeError::Listen { address: asked, source };
    let listener = TcpListener::bind(asked).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let connections = configuration.database_connections;
    let security = &configuration.security;
    let limits = configuration.limits;
    let web = configuration.web_origins.as_ref();
    let tls = security.tls.clone().map(|files| tls::start(files, web.is_some())).transpose()?;
    let incoming = incoming(listener, tls);
    let (mut private, options) = database(&configuration)?;
    let store = Store::new(options, connections, configuration.search_timeout)
        .with_patience(configuration.database_timeout);
    let replica = configuration.replica.clone().map(|(options, staleness)| {
        let (search, patience) = (configuration.search_timeout, configuration.database_timeout);
        Replica::new(options, connections, search, patience, staleness)
    });
    let (phase, phases) = phase::channel();
    let tally = Tally::default();
    let metrics = Metrics::new(store.clone(), connections, &tally);
    if let Some(asked) = configuration.observation.metrics_listen {
        let probes = Probes { metrics: metrics.clone(), store: store.clone(), phase: phases.clone() };
        let address = probes
            .start(asked)
            .await
            .map_err(|source| ServeError::ListenForMetrics { address: asked, source })?;
        tracing::info!("/metrics, /livez and /readyz on {address}");
    }
    let (health, health_service) = tonic_health::server::health_reporter();
    set_health(&health, ServingStatus::NotServing).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let (end_streams, streams) = watch::channel(false);
    let desk = Desk::new(store.clone(), replica.clone(), configuration.rules, tally, streams);
    let credentials = security.credentials.clone();
    let authenticator = credentials.map(|settings| Authenticator::new(store.clone(), settings));
    let layers = Layers {
        call: CallLayer::new(phases, metrics.clone(), limits.concurrent_calls, limits.call_timeout),
        identity: IdentityLayer::new(authenticator),
        allowance: AllowanceLayer::new(limits.calls_per_second, limits.streams_per_caller, metrics.clone()),
    };
    let mut server = start_server(incoming, desk, layers, web, security.reflection, health_service, stopped)?;

    let result = tokio::select! {
        () = signals.next() => Ok(()),
        ended = &mut server => Err(server_ended(ended)),
        ready = prepare(private.as_mut(), &store, configuration.schema, security) => match ready {
            Ok(()) => {
                phase.send_replace(Phase::Serving);
                set_health(&health, ServingStatus::Serving).await;
                if let Some(replica) = replica.clone() {
                    tokio::spawn(replica.follow(store.clone()));
                }
                if configuration.observation.metrics_listen.is_some() {
                    tokio::spawn(metrics.follow_queue());
                }
                serve(&configuration, address, &mut signals, private.as_mut(), &store, &health, &mut server).await
            }
            Err(error) => Err(error),
        },
    };

    tracing::info!("shutting down");
    let pid = private.as_ref().and_then(PrivatePostgres::pid);
    tokio::spawn(async move {
        signals.next().await;
        // Whoever signals twice does not want to wait. PostgreSQL ends by itself; what is committed is kept.
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        }
        tracing::warn!("a second signal: ending at once");
        std::process::exit(1);
    });
    phase.send_replace(Phase::Draining);
    end_streams.send_replace(true);
    set_health(&health, ServingStatus::NotServing).await;
    let _ = stop.send(());
    drain(health, server, configuration.shutdown_grace).await;
    if let Some(path) = &configuration.address_file {
        let _ = fs::remove_file(path);
    }
    if timeout(Duration::from_secs(5), store.close()).await.is_err() {
        tracing::warn!("calls that did not finish within the grace are cut off");
    }
    if let Some(replica) = replica {
        let _ = timeout(Duration::from_secs(5), replica.close()).await;
    }
    if let Some(private) = &mut private {
        private.stop().await;
    }
    result
}

/// The database to use, and how to connect to it.
fn database(
    configuration: &Configuration,
) -> Result<(Option<PrivatePostgres>, PgConnectOptions), ServeError> {
    match &configuration.database {
        Database::Given(options) => Ok((None, (**options).clone())),
        Database::Private(folder) => {
            let private = PrivatePostgres::open(folder, configuration.database_connections)?;
            let options = private.options();
            Ok((Some(private), options))
        }
    }
}

/// Gets the database ready.
async fn prepare(
    private: Option<&mut PrivatePostgres>,
    store: &Store,
    mode: SchemaMode,
    security: &Security,
) -> Result<(), ServeError> {
    if let Some(private) = private {
        private.start().await?;
    }
    let begun = Instant::now();
    loop {
        match schema::make_ready(store, mode).await {
            Err(error) if error.is_away() && begun.elapsed() < PATIENCE => {
                tracing::warn!(error = %why(&error), "the database does not answer yet");
                sleep(Duration::from_millis(500)).await;
            }
            Err(StoreError::Schema(error)) => return Err(ServeError::Schema(error)),
            result => break result.map_err(ServeError::Database)?,
        }
    }
    if let Some(path) = &security.bootstrap_token_file {
        bootstrap(store, path).await?;
    }
    Ok(())
}

/// What a log says of an error: what the database said, where it said something.
fn why(error: &StoreError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// What every call passes through, from the outside in.
struct Layers {
    call: CallLayer,
    identity: IdentityLayer,
    allowance: AllowanceLayer,
}

/// Mounts the services and begins to accept connections.
fn start_server(
    incoming: Incoming,
    desk: Desk,
    Layers { call, identity, allowance }: Layers,
    web: Option<&WebOrigins>,
    reflected: bool,
    health: tonic_health::pb::health_server::HealthServer<impl tonic_health::pb::health_server::Health>,
    stopped: oneshot::Receiver<()>,
) -> Result<JoinHandle<Result<(), tonic::transport::Error>>, ServeError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // So that clients can show the details of errors.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    let layers = ServiceBuilder::new()
        .layer(option_layer(web.map(cross_origin)))
        .layer(option_layer(web.map(|_| GrpcWebLayer::new())))
        .layer(call)
        .layer(identity)
        .layer(allowance)
        .map_response(|response: http::Response<_>| response.map(tonic::body::Body::new))
        .layer(CatchPanicLayer::custom(answer_to_panic))
        .into_inner();
    let mut router = http2::server()
        // Browsers speak HTTP/2 over TLS alone.
        .accept_http1(web.is_some())
        .layer(layers)
        .add_service(desk.admin_service())
        .add_service(desk.article_service())
        .add_service(desk.claim_service())
        .add_service(desk.review_service())
        .add_service(health);
    if reflected {
        router = router.add_service(reflection().build_v1()?).add_service(reflection().build_v1alpha()?);
    }
    Ok(tokio::spawn(router.serve_with_incoming_shutdown(incoming, async {
        // An error means that the sender is gone: then it is time to end as well.
        let _ = stopped.await;
    })))
}

fn server_ended(ended: Result<Result<(), tonic::transport::Error>, tokio::task::JoinError>) -> ServeError {
    match ended {
        Ok(Err(error)) => ServeError::Server(error),
        _ => ServeError::Ended,
    }
}

/// Answers calls until a signal comes, and looks after the private PostgreSQL meanwhile.
async fn serve(
    configuration: &Configuration,
    address: SocketAddr,
    signals: &mut Signals,
    mut private: Option<&mut PrivatePostgres>,
    store: &Store,
    health: &HealthReporter,
    server: &mut JoinHandle<Result<(), tonic::transport::Error>>,
) -> Result<(), ServeError> {
    if let Some(path) = &configuration.address_file {
        let written = write_whole(path, &format!("{address}\n"));
        written.map_err(|source| ServeError::AddressFile { path: path.display().to_string(), source })?;
    }
    let (tls, credentials) =
        (configuration.security.tls.is_some(), configuration.security.credentials.is_some());
    tracing::info!(tls, credentials, "listening on {address}");
    if configuration.security.open {
        tracing::warn!("other machines can call, and nobody is asked who does (--insecure-allow-anonymous)");
    }
    let mut aside = JoinSet::new();
    aside.spawn(mend_search(store.clone()));
    aside.spawn(tidy(store.clone(), configuration.request_retention));
    loop {
        tokio::select! {
            () = signals.next() => return Ok(()),
            ended = &mut *server => return Err(server_ended(ended)),
            () = ended(&mut private) => {
                set_health(health, ServingStatus::NotServing).await;
                tokio::select! {
                    () = signals.next() => return Ok(()),
                    () = restart(&mut private) => set_health(health, ServingStatus::Serving).await,
                }
            }
        }
    }
}

/// Does what has to be done now and then. Nothing waits for it: a database that hangs keeps no signal from being heeded.
async fn tidy(store: Store, request_retention: u32) {
    let mut again = interval(TIDY_EVERY);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        again.tick().await;
        tidy_up(&store, request_retention).await;
    }
}

async fn tidy_up(store: &Store, request_retention: u32) {
    match store.forget_requests(request_retention).await {
        Ok(0) => {}
        Ok(number) => tracing::info!(number, "forgot answers that were kept for repeats"),
        Err(error) => tracing::warn!(%error, "old answers could not be forgotten"),
    }
    match store.mend_queue().await {
        Ok(0) => {}
        Ok(number) => tracing::info!(number, "mended what a version without a queue has written"),
        Err(error) => tracing::warn!(%error, "the queue could not be mended"),
    }
    for _ in 0..LIKENESS_ROUNDS {
        match store.mend_likeness().await {
            Ok(0) => break,
            Ok(number) => tracing::debug!(number, "claims can be found by their likeness now"),
            Err(error) => {
                tracing::warn!(%error, "likenesses could not be added");
                break;
            }
        }
    }
    match store.mend_addresses().await {
        Ok(0) => {}
        Ok(number) => {
            tracing::info!(number, "added addresses that a version without them has stored articles for")
        }
        Err(error) => tracing::warn!(%error, "addresses could not be added"),
    }
}

/// Writes again and again what claims are found by, where it is missing. The first time may take long, and nothing waits for it.
async fn mend_search(store: Store) {
    loop {
        match store.mend_search().await {
            Ok(0) => {}
            Ok(number) => tracing::info!(number, "claims that were stored without can be searched for now"),
            Err(error) => tracing::warn!(%error, "claims that are not found could not be mended"),
        }
        sleep(TIDY_EVERY).await;
    }
}

async fn ended(private: &mut Option<&mut PrivatePostgres>) {
    match private {
        Some(private) => private.ended().await,
        None => std::future::pending().await,
    }
}

/// Starts the private PostgreSQL again, as often as it takes.
async fn restart(private: &mut Option<&mut PrivatePostgres>) {
    let Some(private) = private else { return };
    let mut pause = Duration::from_millis(200);
    while let Err(error) = private.start().await {
        tracing::error!(%error, "the private PostgreSQL does not start; trying again");
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
    tracing::info!("the private PostgreSQL is back");
}

/// Tells health checkers how things stand.
async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for name in [""].into_iter().chain(service::NAMES) {
        health.set_service_status(name, status).await;
    }
}

/// Waits for the calls under way, but no longer than the grace.
async fn drain(
    mut health: HealthReporter,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    grace: Duration,
) {
    if server.is_finished() {
        return;
    }
    let abort = server.abort_handle();
    // Whoever watches the health service has read by now that we end; an open watch would hold us up.
    sleep(Duration::from_millis(50)).await;
    for name in [""].into_iter().chain(service::NAMES) {
        health.clear_service_status(name).await;
    }
    if timeout(grace, server).await.is_err() {
        tracing::warn!(?grace, "some calls did not finish within the grace");
        abort.abort();
    }
}

/// Writes a file in one piece: a reader finds all of it or nothing.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, path)
}
