//! gRPC-Web: a page in a real browser submits an article and follows the changes, if its origin may.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use claimdesk::proto::v1;
use data_encoding::BASE64;
use prost::Message as _;

use super::harness::{self, Options, Server, database, scratch};
use super::samples::{article, submission};

/// A site with one page, which tells the site what came of it.
struct Site {
    origin: String,
    page: Arc<OnceLock<String>>,
    told: mpsc::Receiver<String>,
}

impl Site {
    /// Listens for as long as the process; the page is served once it is there.
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (page, (tell, told)) = (Arc::new(OnceLock::<String>::new()), mpsc::channel());
        let shown = Arc::clone(&page);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(stream, &shown, &tell);
            }
        });
        Self { origin, page, told }
    }

    /// What the page tells in a browser; nothing where there is no browser.
    fn visit(&self) -> Option<serde_json::Value> {
        let Some(browser) = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty()) else {
            harness::skipped(
                "there is no browser; CHROMIUM names one (scripts/chromium.sh finds or installs it)",
            );
            return None;
        };
        let mut browser = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-extensions", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", scratch("chromium").display()))
            .arg(&self.origin)
            // Its other processes have to end with it.
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a browser");
        let told = self.told.recv_timeout(Duration::from_secs(120));
        let group = rustix::process::Pid::from_child(&browser);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = browser.wait();
        Some(serde_json::from_str(&told.expect("the page tells something")).expect("JSON"))
    }
}

/// Answers one request: with the page, or, where it is a POST, by handing on what it says.
fn serve(mut stream: TcpStream, page: &OnceLock<String>, tell: &mpsc::Sender<String>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = if first.starts_with("POST /told ") {
        let _ = tell.send(String::from_utf8_lossy(&body).into_owned());
        ""
    } else if first.starts_with("GET / ") {
        page.wait()
    } else {
        ""
    };
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n";
    write!(stream, "{head}Content-Length: {}\r\n\r\n{answer}", answer.len())
}

/// The page of the test, calling a service.
fn page(service: &str) -> String {
    let missing = v1::GetArticleRequest { name: "articles/k3f9w2m8q0x7t5bz".to_owned() };
    // From the beginning.
    let watch = v1::WatchClaimsRequest::default();
    include_str!("web/page.html")
        .replace("@SERVICE@", service)
        .replace("@SUBMIT@", &BASE64.encode(&submission(article("web/page")).encode_to_vec()))
        .replace("@MISSING@", &BASE64.encode(&missing.encode_to_vec()))
        .replace("@WATCH@", &BASE64.encode(&watch.encode_to_vec()))
}

fn start(arguments: &[&str]) -> Server {
    let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
    Server::start_with(Options { database: Some(database()), arguments, ..Options::default() })
}

#[test]
fn a_page_of_a_listed_origin_calls_and_another_does_not() {
    // The service must know where the page is, and the page where the service.
    let (listed, other) = (Site::open(), Site::open());
    let server = start(&["--web-origins", &listed.origin]);
    for site in [&listed, &other] {
        site.page.set(page(&server.url())).expect("set once");
    }
    let Some(told) = listed.visit() else { return };
    assert_eq!(told["error"], serde_json::Value::Null, "{told}");
    let message = |told: &serde_json::Value| {
        BASE64.decode(told.as_str().expect("a message").as_bytes()).expect("base64")
    };
    assert_eq!(told["submitted"]["status"], "0", "{told}");
    let submitted = message(&told["submitted"]["messages"][0]);
    let submitted = v1::SubmitArticleResponse::decode(submitted.as_slice()).expect("an answer");
    assert_eq!(submitted.article.as_ref().map(|it| it.uri.as_str()), Some("https://example.org/web/page"));
    assert_eq!(submitted.claims.len(), 3);
    assert_eq!(told["missing"]["status"], "5", "NOT_FOUND: {told}");
    let watched = message(&told["watched"]);
    let watched = v1::WatchClaimsResponse::decode(watched.as_slice()).expect("a change");
    let change = watched.change.expect("a change");
    assert_eq!(change.actor, "ada");
    // The same page from elsewhere: the browser does not let it call.
    let told = other.visit().expect("a browser");
    assert!(told["error"].as_str().is_some_and(|error| error.contains("Failed to fetch")), "{told}");
}

/// The head of the answer to a request over HTTP/1.1.
fn ask(address: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a port");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
    let request = format!("{head}\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // Who does not speak HTTP/1.1 may have hung up before it is whole.
    let _ = stream.write_all(request.as_bytes());
    let mut told = Vec::new();
    let _ = stream.read_to_end(&mut told);
    String::from_utf8_lossy(&told).to_lowercase()
}

#[test]
fn a_browser_that_asks_is_told_what_a_page_may_send() {
    let server = start(&["--web-origins", "https://desk.example.org, https://staging.example.org/"]);
    let ask_as = |origin: &str| {
        let head = format!(
            "OPTIONS /claimdesk.v1.ClaimService/GetClaim HTTP/1.1\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,x-grpc-web"
        );
        ask(server.address(), &head)
    };
    for origin in ["https://desk.example.org", "https://staging.example.org"] {
        let told = ask_as(origin);
        assert!(told.starts_with("http/1.1 200"), "{told}");
        assert!(told.contains(&format!("access-control-allow-origin: {origin}\r\n")), "{told}");
        let allowed = told.lines().find(|line| line.starts_with("access-control-allow-headers:"));
        assert!(
            allowed.is_some_and(|line| line.contains("authorization") && line.contains("x-grpc-web")),
            "{told}"
        );
    }
    assert!(!ask_as("https://evil.example").contains("access-control-allow-origin"));
    // What is neither gRPC nor gRPC-Web gets an answer that says so, and no page.
    let told = ask(server.address(), "GET / HTTP/1.1");
    assert!(told.starts_with("http/1.1 4"), "{told}");
}

#[test]
fn without_origins_there_is_no_grpc_web() {
    let server = start(&[]);
    let told = ask(
        server.address(),
        "POST /claimdesk.v1.ClaimService/GetClaim HTTP/1.1\r\nContent-Type: application/grpc-web+proto",
    );
    assert!(!told.contains("200"), "{told}");
    let wrong = ["--web-origins", "desk.example.org"].map(str::to_owned).to_vec();
    let log = Server::spawn(Options { database: Some(database()), arguments: wrong, ..Options::default() });
    let log = log.err().expect("a service that does not start");
    assert!(log.contains("--web-origins: \"desk.example.org\" is no origin"), "{log}");
}
