//! `claimdesk review` in a scripted terminal: every key, and everything that can go wrong around it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use claimdesk::proto::v1;

use super::{
    harness::{self, Options, Server},
    queue::by,
    samples::{GERMAN, submission},
    terminal::{Start, Terminal, home},
    versions::{decide, send, text},
};

const ENGLISH: &str = "The harbour handled 2.7 million containers last year, 4.5 percent more than in 2022. It is the \
                       first rise in six years, the port authority said on Monday.\n\nThe harbour lost 12 customers in \
                       May 2024.\n";

/// A service with two articles, of which everything is known.
fn service() -> (Server, tokio::runtime::Runtime, Vec<String>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = Server::start();
    let claims = runtime.block_on(fill(&server));
    (server, runtime, claims)
}

async fn fill(server: &Server) -> Vec<String> {
    let german = v1::Article {
        text: GERMAN.to_owned(),
        uri: "https://example.org/zahlen".to_owned(),
        publisher: "Beispiel-Agentur".to_owned(),
        publish_date: "2024-06-19".to_owned(),
        ..v1::Article::default()
    };
    let english = v1::Article {
        text: ENGLISH.to_owned(),
        uri: "https://example.org/harbour".to_owned(),
        publisher: "Example Courier".to_owned(),
        title: "A good year".to_owned(),
        publish_date: "2024-06-19".to_owned(),
        ..v1::Article::default()
    };
    let mut names = Vec::new();
    for article in [german, english] {
        let stored =
            server.articles().submit_article(submission(article)).await.expect("stored").into_inner();
        names.extend(stored.claims.into_iter().map(|claim| claim.name));
    }
    assert_eq!(names.len(), 6);
    names
}

fn start(server: &str, size: (u16, u16), environment: &[(&str, &str)]) -> Terminal {
    Terminal::start(&Start { server, arguments: &[], size, environment, home: &home() })
}

/// The verdicts on record, by their claims' numbers.
fn verdicts(server: &Server, runtime: &tokio::runtime::Runtime) -> Vec<(String, v1::Review)> {
    let request = v1::ListReviewsRequest {
        parent: "articles/-/claims/-".to_owned(),
        page_size: 100,
        ..Default::default()
    };
    let reviews = runtime.block_on(async { server.reviews().list_reviews(request).await });
    let reviews = reviews.expect("reviews").into_inner().reviews;
    reviews.into_iter().map(|review| (review.verdict.clone(), review)).collect()
}

#[test]
fn a_day_of_a_reviewer() {
    let (server, runtime, _) = service();
    let mut screen = start(&server.url(), (100, 30), &[]);
    insta::assert_snapshot!("begin", screen.screen(&["Open 6", "Decided 0", "History"]));

    screen.press("n");
    insta::assert_snapshot!("taken", screen.screen(&["is yours for", "SPEAKER", "History"]));
    screen.press("v");
    screen.until(&["what does it rest on?"]);
    screen.press("\r");
    insta::assert_snapshot!("verdict_without_a_ground", screen.screen(&["It needs the address"]));
    screen.press("https://example.org/register");
    screen.press("\t\tThe register says so.");
    screen.until(&["says so."]);
    screen.press("\r");
    screen.until(&["1 decided", "is yours for"]);

    // Evidence, a note, a correction and a point make a draft; the verdict then needs no form.
    screen.press("e");
    screen.until(&["Evidence for"]);
    screen.press("example.org\r");
    screen.until(&["must begin with http://"]);
    // Home, and what is missing.
    screen.press("\u{1b}[Hhttps://\tThere were 11.\tStatistics Office\tr");
    insta::assert_snapshot!("evidence", screen.screen(&["Decided 1", "REFUTES", "Statistics Office"]));
    screen.press("\r");
    screen.until_gone("Evidence for");
    screen.press("c");
    screen.until(&["Note on"]);
    // Pasted all at once, with a break in it.
    screen.press("\u{1b}[200~One line.\nAnother.\u{1b}[201~\r");
    screen.until_gone("Note on");
    screen.press("C");
    screen.until(&["should read"]);
    screen.press("11 instead\r");
    screen.until_gone("should read ─");
    screen.press("1");
    insta::assert_snapshot!("draft", screen.screen(&["Decided 1", "Rests on p1", "11 instead", "History"]));
    screen.press("d");
    screen.until(&["2 decided", "is yours for"]);

    screen.press("u");
    screen.until(&["3 decided", "is yours for"]);
    screen.press("z");
    screen.until(&["the decision is being taken back"]);
    screen.until_gone("being stored");
    screen.press("x");
    screen.until(&["4 decided"]);
    insta::assert_snapshot!(
        "decided",
        screen.screen(&["Decided 3", "is yours for", "Beispiel-Agentur · ", "History"])
    );
    screen.press("s");
    screen.until_gone("Looking for");

    screen.press("Mg");
    screen.press("R");
    screen.until(&["UNREVIEWED again"]);
    screen.until_gone("being stored");
    screen.press("q");
    let ended = screen.wait();
    assert_eq!(ended.code(), Some(0), "{}", screen.shown());
    assert!(screen.is_restored());
    assert!(screen.shown().contains("4 claims were decided on"), "{}", screen.shown());

    let verdicts = verdicts(&server, &runtime);
    let count = |verdict: &str| verdicts.iter().filter(|(it, _)| it == verdict).count();
    assert_eq!(
        ["VERIFIED", "DISPUTED", "UNVERIFIABLE", "DISMISSED"].map(count),
        [1, 1, 1, 1],
        "{verdicts:?}"
    );
    assert!(count("REOPENED") >= 1);
    let (_, disputed) = verdicts.iter().find(|(verdict, _)| verdict == "DISPUTED").expect("it");
    assert_eq!((disputed.note.as_str(), disputed.correction.as_str()), ("One line.\nAnother.", "11 instead"));
    assert_eq!(
        (disputed.reviewer.as_str(), disputed.point_ids.as_slice()),
        ("ada", ["p1".to_owned()].as_slice())
    );
    let evidence = &disputed.evidence[0];
    assert_eq!(
        [&evidence.uri, &evidence.quote, &evidence.publisher, &evidence.stance],
        ["https://example.org", "There were 11.", "Statistics Office", "REFUTES"]
    );
    let free = v1::LeaseClaimsRequest { max_claims: 100, ..Default::default() };
    let free =
        runtime.block_on(async { server.reviews().lease_claims(by("bob", free)).await.expect("leases") });
    assert!(!free.into_inner().leases.is_empty(), "what was held was given back");
}

#[test]
fn the_keys_that_move_search_and_mark() {
    let (server, runtime, _) = service();
    let mut screen = start(&server.url(), (100, 30), &[]);
    screen.until(&["Open 6", "History"]);
    screen.press("?");
    insta::assert_snapshot!("help", screen.screen(&["Keys"]));
    screen.press("jjjjjjjj");
    insta::assert_snapshot!("help_end", screen.screen(&["Signs of the list"]));
    screen.press("\r");
    screen.until_gone("Keys");
    screen.press("G");
    insta::assert_snapshot!("last", screen.screen(&["History", "Worth a check"]));
    screen.press("gjk\u{1b}[B\u{1b}[A\u{6}\u{2}ga");
    screen.until(&["UNREVIEWED"]);
    screen.press("aJ");
    screen.press("K\u{4}\u{15}\u{c}");
    screen.press("\t");
    screen.press("\u{1b}[Z\t");
    screen.until(&["Records 2"]);
    screen.press(":tab de\r");
    screen.press("/Umsatz\r");
    insta::assert_snapshot!("search", screen.screen(&["de /Umsatz 1", "History"]));
    screen.press("/\u{15}\r");
    screen.press(":tab 1\r:filter sources.role = SPEAKER\r");
    screen.until(&["Open 1"]);
    screen.press(":filter state =\r");
    screen.until(&["FILTER_INVALID"]);
    screen.press(":filter\r");
    screen.until(&["Open 6", "History"]);
    screen.press("o");
    screen.until(&["https://example.org/"]);
    screen.press("y");
    screen.until(&["clipboard"]);
    assert!(screen.written().contains("\u{1b}]52;c;"), "the terminal's clipboard is asked");
    screen.press("F");
    screen.until(&["This key does nothing"]);
    screen.press(":fly\r");
    screen.until(&["There is no command \"fly\""]);

    screen.press("  ");
    screen.until(&["2 marked"]);
    screen.press("D");
    screen.until(&["There is no draft"]);
    screen.press("M");
    screen.until_gone("2 marked");
    screen.press("gm");
    screen.until(&["3 marked"]);
    screen.press("x");
    insta::assert_snapshot!("marked", screen.screen(&["DISMISSED: 3 claims", "History"]));
    screen.press("n");
    screen.until(&["Nothing was done"]);
    screen.press("xy");
    screen.until(&["3 decided"]);
    screen.press("z");
    screen.until(&["3 claims: the decision is being taken back"]);
    screen.until_gone("being stored");
    screen.press("r");
    screen.until(&["Open 6"]);
    screen.press("gC");
    screen.until(&["should read"]);
    screen.press("so");
    screen.escape();
    screen.until(&["Kept as a draft"]);
    screen.press("D");
    screen.until(&["Throw away"]);
    screen.press("y");
    screen.until(&["The draft is gone"]);
    screen.press("\r");
    screen.until(&["is yours for"]);
    screen.press("\u{3}");
    assert_eq!(screen.wait().code(), Some(0));
    let verdicts = verdicts(&server, &runtime);
    assert_eq!(verdicts.iter().filter(|(verdict, _)| verdict == "REOPENED").count(), 3);
}

#[test]
fn it_fits_a_small_terminal_and_follows_its_size() {
    let (server, _runtime, _) = service();
    let screen = start(&server.url(), (80, 24), &[]);
    insta::assert_snapshot!("small", screen.screen(&["Open 6", "Decided 0", "Example Courier", "Points"]));
    screen.resize(120, 20);
    insta::assert_snapshot!("resized", screen.screen(&["Open 6", "│", "Points"]));
    screen.resize(20, 5);
    screen.until(&["Open"]);
    screen.resize(80, 24);
    screen.until(&["UNREVIEWED"]);
}

#[test]
fn what_was_seen_before_is_shown_and_accepted() {
    const SAID: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.";
    const OTHERWISE: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 13.100.";
    let server = Server::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let earlier = runtime.block_on(async {
        let article = |label, sentence| v1::Article { language: "de".to_owned(), ..text(label, &[sentence]) };
        let earlier = send(&server, article("screen/1", SAID)).await.claims.remove(0).name;
        decide(&server, "bob", &earlier, "VERIFIED").await.expect("decided");
        send(&server, article("screen/2", OTHERWISE)).await;
        send(&server, article("screen/3", SAID)).await;
        earlier
    });
    let screen = start(&server.url(), (110, 44), &[]);
    screen.until(&["Open 2", "History"]);
    screen.press("/12.400\r");
    screen.until(&[
        "/12.400 1",
        "Seen before: A decides alike",
        "1.00 alike",
        "Said otherwise elsewhere",
        "13.100",
    ]);
    screen.press("l");
    screen.until(&["Rests on"]);
    screen.press("A");
    screen.until(&["1 decided"]);
    let verdicts = verdicts(&server, &runtime);
    let (verdict, review) = verdicts.iter().find(|(_, review)| review.reviewer != "bob").expect("a review");
    assert_eq!((verdict.as_str(), &review.based_on), ("VERIFIED", &earlier));
}

#[test]
fn colours_are_the_sixteen_or_none() {
    let (server, _runtime, _) = service();
    let colours = |screen: &Terminal| {
        screen.until(&["Open 6", "History"]);
        screen.screen(&["History"]);
        screen.look(|screen| {
            let (rows, columns) = screen.size();
            let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            let colours =
                cells.filter_map(|(row, column)| screen.cell(row, column)).map(vt100::Cell::fgcolor);
            colours.filter(|colour| *colour != vt100::Color::Default).collect::<Vec<_>>()
        })
    };
    let coloured = colours(&start(&server.url(), (100, 30), &[]));
    assert!(!coloured.is_empty());
    assert!(coloured.iter().all(|colour| matches!(colour, vt100::Color::Idx(0..=15))), "{coloured:?}");
    let plain = start(&server.url(), (100, 30), &[("NO_COLOR", "1")]);
    assert!(colours(&plain).is_empty());
    let claim = plain.look(|screen| {
        let bold = |row, column| screen.cell(row, column).is_some_and(vt100::Cell::bold);
        (0..30).any(|row| (45..90).filter(|column| bold(row, *column)).count() > 20)
    });
    assert!(claim, "the claim stands out in its article without colours");
}

#[test]
fn the_note_is_written_in_the_editor_of_the_environment() {
    let (server, runtime, _) = service();
    let folder = home();
    let editor = folder.join("editor");
    fs::write(
        &editor,
        "#!/bin/sh\necho editing\nread word\nprintf 'From the editor: %s\\n' \"$word\" >>\"$2\"\n",
    )
    .expect("a script");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("a script");
    let editor = format!("'{}' --wait", editor.display());
    let screen = start(&server.url(), (100, 30), &[("EDITOR", &editor)]);
    screen.until(&["Open 6", "History"]);
    screen.press("c");
    screen.until(&["editing"]);
    assert!(screen.is_restored(), "the editor has the terminal as a shell would give it");
    screen.press("hello\r");
    screen.until(&["Note: From the editor: hello"]);
    screen.press("v");
    screen.until(&["1 decided"]);
    let verdicts = verdicts(&server, &runtime);
    assert_eq!(verdicts[0].1.note, "From the editor: hello");
}

#[test]
fn a_draft_survives_a_kill() {
    let (server, runtime, _) = service();
    let home = home();
    let again = || {
        Terminal::start(&Start {
            server: &server.url(),
            arguments: &[],
            size: (100, 30),
            environment: &[],
            home: &home,
        })
    };
    let mut screen = again();
    screen.until(&["Open 6", "History"]);
    screen.press("e");
    screen.until(&["Evidence for"]);
    screen.press("https://example.org/half");
    screen.until(&["org/half"]);
    // What was typed is written beside the screen, in a moment.
    while !fs::read_dir(home.join("state/claimdesk/review")).is_ok_and(|entries| entries.count() > 0) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    screen.signal("KILL");
    screen.wait();

    let mut screen = again();
    screen.until(&["1 unfinished", "Yours, not sent yet", "https://example.org/half (unfinished)"]);
    screen.press("v");
    screen.until(&["1 decided"]);
    screen.press("q");
    screen.wait();
    let verdicts = verdicts(&server, &runtime);
    assert_eq!(verdicts[0].1.evidence[0].uri, "https://example.org/half");
    assert!(!again().screen(&["Open 5", "History"]).contains("unfinished"));
}

#[test]
fn what_others_do_is_marked_and_moves_nothing() {
    let (server, runtime, _) = service();
    let screen = start(&server.url(), (100, 30), &[]);
    screen.until(&["Open 6", "History"]);
    screen.press("j");
    let before = screen.screen(&["History"]);
    let second = before.lines().nth(2).expect("a row").to_owned();
    let request = v1::ListClaimsRequest {
        parent: "articles/-".to_owned(),
        order_by: "check_worthiness desc".to_owned(),
        ..Default::default()
    };
    let listed = runtime.block_on(async { server.claims().list_claims(request).await });
    let claim = listed.expect("claims").into_inner().claims[1].clone();
    let review =
        v1::ReviewClaimRequest { name: claim.name, verdict: "DISMISSED".to_owned(), ..Default::default() };
    runtime.block_on(async { server.reviews().review_claim(by("bob", review)).await.expect("decided") });
    screen.until(&["It changed meanwhile: it is DISMISSED now (bob)", "Open 5"]);
    let row = screen.shown().lines().nth(2).expect("a row").to_owned();
    assert!(row.contains('!') && row.contains(second.trim_start_matches([' ', '·'])), "{row}");
    screen.press("v");
    screen.until(&["DISMISSED by now (bob)"]);
    screen.press("r");
    screen.until_gone("It changed meanwhile");
}

/// A way to a service that can be closed, or lead to another one.
struct Relay {
    address: String,
    target: Arc<Mutex<Option<String>>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    fn open(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let target = Arc::new(Mutex::new(Some(target.to_owned())));
        let (to, open) = (target.clone(), Arc::new(Mutex::new(Vec::new())));
        let kept = open.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let far = to.lock().expect("no panic").clone();
                let Some(far) = far.and_then(|far| TcpStream::connect(far).ok()) else { continue };
                let (Ok(near_again), Ok(far_again)) = (near.try_clone(), far.try_clone()) else { continue };
                kept.lock()
                    .expect("no panic")
                    .extend([near.try_clone(), far.try_clone()].into_iter().flatten());
                std::thread::spawn(move || carry(near, far));
                std::thread::spawn(move || carry(far_again, near_again));
            }
        });
        Self { address, target, open }
    }

    /// Leads somewhere else, or nowhere; what is connected is cut.
    fn lead(&self, target: Option<&str>) {
        *self.target.lock().expect("no panic") = target.map(str::to_owned);
        for stream in self.open.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

#[test]
fn a_lost_connection_shows_heals_and_loses_no_decision() {
    let database = harness::database();
    let serve = || Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let one = serve();
    runtime.block_on(fill(&one));
    let relay = Relay::open(one.address());
    let screen = start(&relay.address, (100, 30), &[]);
    screen.until(&["Open 6", "History"]);
    screen.press("n");
    screen.until(&["is yours for"]);
    relay.lead(None);
    one.signal("KILL");
    one.wait();
    screen.until(&["Connection lost"]);
    screen.press("x");
    screen.until(&["1 being stored", "↑"]);
    screen.press("jk");
    let two = serve();
    relay.lead(Some(two.address()));
    screen.until(&["1 decided"]);
    screen.until_gone("Connection lost");
    let verdicts = verdicts(&two, &runtime);
    assert_eq!(verdicts.len(), 1, "{verdicts:?}");
    screen.until(&["Open 5"]);
}

#[test]
fn a_decision_that_was_not_stored_is_sent_at_the_next_start() {
    let (server, runtime, _) = service();
    let home = home();
    let relay = Relay::open(server.address());
    let again = || {
        Terminal::start(&Start {
            server: &relay.address,
            arguments: &[],
            size: (100, 30),
            environment: &[],
            home: &home,
        })
    };
    let mut screen = again();
    screen.until(&["Open 6", "History"]);
    relay.lead(None);
    screen.until(&["Connection lost"]);
    screen.press("u");
    screen.until(&["being stored"]);
    screen.press("q");
    screen.until(&["not stored yet"]);
    screen.press("y");
    assert_eq!(screen.wait().code(), Some(0));
    assert!(screen.shown().contains("sent at the next start"), "{}", screen.shown());
    assert!(verdicts(&server, &runtime).is_empty());
    relay.lead(Some(server.address()));
    again().until(&["1 decided", "Open 5"]);
    assert_eq!(verdicts(&server, &runtime).len(), 1);
}

#[test]
fn the_terminal_is_given_back_whatever_ends_it() {
    let (server, _runtime, _) = service();
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut screen = start(&server.url(), (100, 30), &[]);
        screen.until(&["Open 6", "History"]);
        screen.press("c");
        screen.until(&["Note on"]);
        assert!(!screen.is_restored());
        screen.signal(signal);
        assert_eq!(screen.wait().code(), Some(code), "{signal}");
        assert!(screen.is_restored(), "{signal}: {}", screen.shown());
        assert!(screen.shown().contains("No claim was decided on"), "{}", screen.shown());
    }
    let mut screen = start(&server.url(), (100, 30), &[]);
    screen.until(&["Open 6", "History"]);
    screen.press("\u{1a}");
    while !screen.is_restored() {
        std::thread::sleep(Duration::from_millis(5));
    }
    screen.signal("CONT");
    screen.until(&["Open 6", "History"]);
    screen.press("q");
    assert_eq!(screen.wait().code(), Some(0));
}

#[test]
fn what_is_wrong_is_told_before_there_is_a_screen() {
    let nowhere = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let mut screen = start(&nowhere, (100, 30), &[]);
    assert_eq!(screen.wait().code(), Some(6));
    assert!(screen.shown().contains("cannot reach the service"), "{}", screen.shown());
    let answer = harness::offline(&["review"], "");
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("--plain"), "{answer:?}");

    let folder = home();
    let config = folder.join("review.toml");
    fs::write(&config, "[keys]\nverify = [\"d\"]\n").expect("a file");
    let config = config.to_str().expect("a path");
    let answer = harness::offline(&["review", "--config", config, "--keys"], "");
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("\"d\" is given to both verify and dispute"), "{answer:?}");
}

#[test]
fn the_page_for_reviewers_lists_the_keys_as_they_are() {
    let page = fs::read_to_string(harness::root().join("docs/review.md")).expect("the page");
    let keys = harness::offline(&["review", "--keys"], "").success();
    assert!(page.contains(keys.trim()), "docs/review.md has drifted; the keys are now:\n{keys}");
}
