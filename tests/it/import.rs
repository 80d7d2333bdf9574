//! Many articles in one stream, and from a file of JSON lines.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use claimdesk::proto::v1::{self, article_service_client::ArticleServiceClient};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Code, Streaming};

use super::harness::{self, Options, Proxy, Server, answer, client_command, tool};
use super::samples::{article, reason, submit};

fn message(label: &str) -> v1::ImportArticlesRequest {
    v1::ImportArticlesRequest { article: Some(article(label)), ..v1::ImportArticlesRequest::default() }
}

/// Sends messages and gives all outcomes.
async fn import(
    server: &Server,
    messages: Vec<v1::ImportArticlesRequest>,
) -> Vec<v1::ImportArticlesResponse> {
    let answers = server.articles().import_articles(tokio_stream::iter(messages)).await.expect("a stream");
    let mut answers = answers.into_inner();
    let mut outcomes = Vec::new();
    while let Some(outcome) = answers.message().await.expect("an outcome") {
        outcomes.push(outcome);
    }
    outcomes
}

/// Opens a stream that the test feeds by hand.
async fn open(
    server: &Server,
) -> (mpsc::Sender<v1::ImportArticlesRequest>, Streaming<v1::ImportArticlesResponse>) {
    let (sender, receiver) = mpsc::channel(1);
    let answers = server.articles().import_articles(ReceiverStream::new(receiver)).await.expect("a stream");
    (sender, answers.into_inner())
}

fn status(outcome: &v1::ImportArticlesResponse) -> (&str, &str) {
    let status = outcome.status.as_ref().expect("a status");
    (status.code.as_str(), status.reason.as_str())
}

#[tokio::test]
async fn each_article_has_its_outcome_in_order_and_a_bad_one_stops_nothing() {
    let server = Server::start();
    let messages: Vec<_> = (0..40)
        .map(|at| {
            let mut message = message(&format!("import/order/{}", if at == 30 { 10 } else { at }));
            message.request_id = if at == 30 { String::new() } else { format!("import-order-{at}") };
            let article = message.article.as_mut().expect("an article");
            match at {
                // Long ones take longer to read than those behind them.
                0 | 20 => article.text = "Im Juli 2024 kamen 40 Gäste aus 3 Ländern.\n".repeat(400),
                5 => article.text.clear(),
                6 => article.language = "zz".to_owned(),
                7 => article.text = "x".repeat((1 << 20) + 1),
                8 => message.article = None,
                9 => message.request_id = "no id!".to_owned(),
                _ => {}
            }
            message
        })
        .collect();
    let outcomes = import(&server, messages.clone()).await;
    assert_eq!(outcomes.len(), 40);
    for (at, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.index as usize, at);
        assert_eq!(outcome.request_id, messages[at].request_id);
        assert!(!outcome.repeated);
        let expected = match at {
            5 | 8 | 9 => ("FAILED", ("INVALID_ARGUMENT", "FIELD_INVALID")),
            6 => ("FAILED", ("INVALID_ARGUMENT", "LANGUAGE_UNSUPPORTED")),
            7 => ("FAILED", ("OUT_OF_RANGE", "TEXT_TOO_LONG")),
            30 => ("KNOWN", ("OK", "")),
            _ => ("STORED", ("OK", "")),
        };
        assert_eq!((outcome.outcome.as_str(), status(outcome)), expected, "{at}: {outcome:?}");
        match &outcome.article {
            Some(stored) => {
                let sent = messages[at].article.as_ref().expect("an article");
                assert_eq!((stored.uri.as_str(), stored.text.as_str()), (sent.uri.as_str(), ""));
                assert!(stored.claim_count >= 3);
            }
            None => assert_eq!(outcome.outcome, "FAILED"),
        }
    }
    let request = v1::ListArticlesRequest { page_size: 1000, ..v1::ListArticlesRequest::default() };
    assert_eq!(server.articles().list_articles(request).await.unwrap().into_inner().articles.len(), 34);
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    let server = harness::shared();
    let with_id =
        |label: &str, id: &str| v1::ImportArticlesRequest { request_id: id.to_owned(), ..message(label) };
    let mut tried = with_id("import/repeat/tried", "import-repeat-tried");
    tried.validate_only = true;
    let messages = vec![
        with_id("import/repeat/1", "import-repeat-1"),
        with_id("import/repeat/1", "import-repeat-1"),
        with_id("import/repeat/2", "import-repeat-2"),
        tried,
    ];
    let first = import(server, messages.clone()).await;
    let words = |outcomes: &[v1::ImportArticlesResponse]| {
        outcomes.iter().map(|it| (it.outcome.clone(), it.repeated)).collect::<Vec<_>>()
    };
    let stored = |repeated: bool| ("STORED".to_owned(), repeated);
    assert_eq!(words(&first), [stored(false), stored(true), stored(false), stored(false)]);

    let again = import(server, messages).await;
    assert_eq!(words(&again), [stored(true), stored(true), stored(true), stored(false)]);
    for (first, again) in first.iter().zip(&again).take(3) {
        assert_eq!(first.article, again.article);
    }
    // The same id with another article, and from another method.
    let reused = import(server, vec![with_id("import/repeat/3", "import-repeat-1")]).await;
    assert_eq!(status(&reused[0]), ("INVALID_ARGUMENT", "REQUEST_ID_REUSED"));
    let request = v1::SubmitArticleRequest {
        article: Some(article("import/repeat/1")),
        request_id: "import-repeat-1".to_owned(),
        ..v1::SubmitArticleRequest::default()
    };
    let refused = server.articles().submit_article(request).await.expect_err("an id of an import");
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
    assert!(!submit(server, "import/repeat/2").await.created);
    assert!(submit(server, "import/repeat/tried").await.created, "trying stores nothing");
}

#[tokio::test]
async fn twenty_streams_of_the_same_articles_store_each_once() {
    let server = Server::start();
    let server = Arc::new(server);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                let label = |at: usize| message(&format!("import/same/{at}"));
                import(&server, (0..5).map(label).collect()).await
            })
        })
        .collect();
    let mut stored = 0;
    for task in tasks {
        stored += task.await.unwrap().iter().filter(|outcome| outcome.outcome == "STORED").count();
    }
    assert_eq!(stored, 5);
}

#[tokio::test]
async fn whoever_does_not_read_is_not_read_from() {
    let server = harness::shared();
    let all = 3000;
    // A small window, so that few outcomes wait on the way.
    let endpoint = Endpoint::from_shared(server.url()).unwrap().initial_stream_window_size(Some(65_535));
    let (sender, receiver) = mpsc::channel(1);
    let answers = ArticleServiceClient::new(endpoint.connect_lazy())
        .import_articles(ReceiverStream::new(receiver))
        .await
        .expect("a stream");
    let sent = Arc::new(AtomicUsize::new(0));
    let sending = tokio::spawn({
        let sent = Arc::clone(&sent);
        async move {
            for _ in 0..all {
                // Refused at once, so that nothing but reading outcomes takes time.
                let mut message = message("import/pressure");
                let article = message.article.as_mut().expect("an article");
                (article.uri, article.text) = ("no address".to_owned(), "x ".repeat(10_000));
                sender.send(message).await.expect("a stream");
                sent.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let mut seen = (0, Instant::now());
    while seen.1.elapsed() < Duration::from_secs(2) {
        let now = sent.load(Ordering::Relaxed);
        assert!(now < all, "the service takes all that it is sent, read or not");
        if now != seen.0 {
            seen = (now, Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut answers = answers.into_inner();
    let mut count = 0;
    while let Some(outcome) = answers.message().await.expect("an outcome") {
        assert_eq!((outcome.index, status(&outcome).1), (count, "FIELD_INVALID"));
        count += 1;
    }
    assert_eq!(count as usize, all);
    sending.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_shuts_down_ends_the_stream_with_a_reason() {
    // It would wait so long for a stream that stays open, and the test not as long.
    let server = Server::start_with(Options {
        database: Some(harness::database()),
        arguments: vec!["--shutdown-grace".to_owned(), "600".to_owned()],
        ..Options::default()
    });
    let (sender, mut answers) = open(&server).await;
    sender.send(message("import/shutdown")).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().outcome, "STORED");
    server.signal("TERM");
    let status = loop {
        match answers.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("an end without a reason"),
            Err(status) => break status,
        }
    };
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    drop((sender, answers));
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_vanishes_leaves_nothing_behind() {
    let server = Server::start();
    let (sender, mut answers) = open(&server).await;
    sender.send(message("import/vanished")).await.unwrap();
    answers.message().await.unwrap().unwrap();
    assert!(!server.log().contains("import ended"), "{}", server.log());
    drop((sender, answers));
    let began = Instant::now();
    while !server.log().contains("import ended") {
        assert!(began.elapsed() < Duration::from_secs(60), "still there:\n{}", server.log());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_stream_after_those_before_it() {
    let server = harness::shared();
    let (sender, mut answers) = open(server).await;
    sender.send(message("import/large")).await.unwrap();
    let mut large = message("import/larger");
    large.article.as_mut().expect("an article").title = "x".repeat(5 << 20);
    sender.send(large).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().outcome, "STORED");
    let status = answers.message().await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::OutOfRange, "MESSAGE_TOO_LARGE"));
}

/// The line of an article.
fn line(label: &str) -> String {
    let article = article(label);
    let line = serde_json::json!({
        "id": label, "text": article.text, "uri": article.uri, "publish_date": article.publish_date,
    });
    format!("{line}\n")
}

#[test]
fn a_file_is_imported_and_what_fails_is_told() {
    let server = Server::start();
    let folder = harness::scratch("import");
    let (file, errors) = (folder.join("articles.jsonl"), folder.join("errors.jsonl"));
    let wrong = line("import/file/wrong").replace("2024-06-19", "June");
    let last = line("import/file/3");
    let lines = [
        &line("import/file/1"),
        "\n",
        "no json\n",
        &wrong,
        &line("import/file/2"),
        &line("import/file/1"),
        last.trim_end(),
    ];
    std::fs::write(&file, lines.concat()).unwrap();
    let (file, errors) = (file.to_str().unwrap(), errors.to_str().unwrap());

    let done = server.client(&["import", file, "--errors", errors, "--publisher", "Courier"]);
    assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{done:?}");
    insta::assert_snapshot!(done.stderr, @r#"
    line 3: no article in JSON: a line is an object, {"text": …} (INVALID_ARGUMENT, FIELD_INVALID)
    line 4: article.publish_date: "June" is no date; write YYYY-MM-DD, YYYY-MM or YYYY, such as 2024-06-19, 2024-06 or 2024 (INVALID_ARGUMENT, FIELD_INVALID)
    Stored 3 articles with 9 claims; 1 known already; 2 failed.
    error: 2 of 6 lines were not imported
    hint: correct them and import the file again: what is stored is not stored twice
    "#);
    let failed = std::fs::read_to_string(errors).unwrap();
    let failed: Vec<serde_json::Value> =
        failed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(failed.len(), 2);
    assert_eq!((&failed[0]["error"]["line"], &failed[0]["given"]), (&3.into(), &"no json".into()));
    assert_eq!(failed[1]["error"]["reason"], "FIELD_INVALID");

    // What is corrected in the file of errors can be imported as it is.
    let corrected = failed[1].to_string().replace("June", "2024-06");
    let mut command = client_command(&["import", "-", "-o", "name", "--publisher", "Courier"]);
    let one = answer(command.env("CLAIMDESK_SERVER", server.url()), corrected).success();
    assert!(one.starts_with("articles/") && one.lines().count() == 1, "{one}");

    let again = server.client(&["import", file, "--publisher", "Courier"]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("Stored no articles; 4 known already; 2 failed."), "{again:?}");
    let listed = server.client(&["articles", "list", "--filter", "publisher = \"Courier\"", "-o", "name"]);
    assert_eq!(listed.success().lines().count(), 4);

    // What was deleted is imported again only where that is asked for.
    server.client(&["articles", "delete", one.trim()]).success();
    let run = |more: &[&str]| {
        let mut command = client_command(&[&["import", "-", "--publisher", "Courier"], more].concat());
        let done = answer(command.env("CLAIMDESK_SERVER", server.url()), line("import/file/3"));
        assert_eq!(done.code, 0, "{done:?}");
        done.stderr
    };
    let stored = server.client(&["articles", "list", "--filter", "uri : \"file/3\"", "-o", "name"]).success();
    server.client(&["articles", "delete", stored.trim()]).success();
    assert_eq!(run(&[]).trim(), "Stored no articles; 1 known already.");
    assert_eq!(run(&["--anew"]).trim(), "Stored 1 article with 3 claims.");
    assert_eq!(run(&["--anew"]).trim(), "Stored no articles; 1 known already.");
}

#[test]
fn each_line_can_be_told_in_order() {
    let server = harness::shared();
    let input: String = (0..60)
        .map(|at| if at % 7 == 3 { "[]\n".to_owned() } else { line(&format!("import/lines/{at}")) })
        .collect();
    let mut command = client_command(&["import", "-", "-o", "jsonl"]);
    let done = answer(command.env("CLAIMDESK_SERVER", server.url()), input);
    assert_eq!(done.code, 1);
    let told: Vec<serde_json::Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(told.len(), 60);
    for (at, told) in told.iter().enumerate() {
        assert_eq!(told["line"], at + 1);
        assert_eq!(told["outcome"], if at % 7 == 3 { "FAILED" } else { "STORED" });
    }
}

#[test]
fn an_import_goes_on_where_the_database_went_away() {
    let mut proxy = Proxy::open();
    let database = proxy.database();
    let server = Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    let mut child = client_command(&["import", "-", "-o", "name"])
        .env("CLAIMDESK_SERVER", server.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the client");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut send = |from: usize, to: usize| {
        for at in from..to {
            stdin.write_all(line(&format!("import/away/{at}")).as_bytes()).expect("a reader");
        }
    };
    send(0, 10);
    let began = Instant::now();
    while harness::number(&database, "SELECT count(*) FROM article") < 10 {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", server.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    proxy.close();
    send(10, 30);
    while !server.log().contains("database is not available") {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", server.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    proxy.reopen();
    send(30, 40);
    drop(stdin);
    let done: harness::Answer = child.wait_with_output().expect("its output").into();
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.stdout.lines().count(), 40);
    assert!(done.stderr.contains("Stored 40 articles with 120 claims."), "{done:?}");
}

#[test]
fn what_cannot_be_begun_is_refused_before_anything_is_sent() {
    let server = harness::shared();
    let folder = harness::scratch("import-refused");
    let file = folder.join("articles.jsonl");
    std::fs::write(&file, line("import/refused")).unwrap();
    let file = file.to_str().unwrap();
    let same = server.client(&["import", file, "--errors", file]);
    assert!(same.code == 2 && same.stderr.contains("is the file that is imported"), "{same:?}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), line("import/refused"));
    assert_eq!(server.client(&["import", file, "-o", "yaml"]).code, 2);
    let missing = server.client(&["import", "no-such-file.jsonl"]);
    assert!(missing.code == 1 && missing.stderr.contains("no-such-file.jsonl"), "{missing:?}");
    let unwritable = server.client(&["import", file, "--errors", "/no/such/folder/errors"]);
    assert!(unwritable.code == 1 && unwritable.stderr.contains("cannot write"), "{unwritable:?}");
    let away = harness::offline(&["import", file, "--server", "127.0.0.1:9"], "");
    assert_eq!(away.code, 6, "{away:?}");
    let listed = server.client(&["articles", "list", "--filter", "uri : \"import/refused\"", "-o", "name"]);
    assert_eq!(listed.success(), "");
}

#[test]
fn a_bar_is_drawn_on_a_terminal_and_nowhere_else() {
    const TERMINAL: &str =
        "import pty, sys, os; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let server = harness::shared();
    let input: String = (0..20).map(|at| line(&format!("import/bar/{at}"))).collect();
    let file = harness::scratch("import-bar").join("articles.jsonl");
    std::fs::write(&file, input).unwrap();
    let file = file.to_str().unwrap();
    let mut on_terminal = tool("python");
    on_terminal
        .args(["-c", TERMINAL, harness::BINARY, "import", file, "--server", &server.url()])
        .env("TERM", "xterm");
    let shown = answer(&mut on_terminal, "");
    assert_eq!(shown.code, 0, "{shown:?}");
    // Which of the steps are drawn is a matter of time; that the first is, is not.
    assert!(shown.stdout.contains(" %  1 stored, 0 known"), "{shown:?}");
    assert!(shown.stdout.ends_with("Stored 20 articles with 60 claims.\r\n"), "{shown:?}");
    let piped = server.client(&["import", file]);
    assert_eq!(
        (piped.stdout.as_str(), piped.stderr.as_str()),
        ("", "Stored no articles; 20 known already.\n")
    );
}
