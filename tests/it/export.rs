//! Claims for other programs: as lines of JSON, and as ClaimReview of schema.org.

use serde_json::Value;

use super::harness::{self, Server, answer, client_command, offline};

const ARTICLE: &str = "The harbour handled 2.7 million containers last year.\n\
    The port lost 12 customers in May 2024, Ann Example said on Monday.\n\
    It is the first rise in six years, according to the port authority.\n\
    The quay is 320 metres long.\n";

const OPTIONS: &[&str] = &[
    "export",
    "--format",
    "claimreview",
    "--organisation",
    "Example Desk",
    "--url",
    "https://example.org/checks/{article}/{claim}",
    "--organisation-url",
    "https://example.org/",
];

/// Stores the article under an address and gives the names of its claims.
fn submit(server: &Server, label: &str) -> Vec<String> {
    let url = format!("https://example.com/{label}");
    let mut command = client_command(&["submit", "-", "--url", &url, "--publisher", "Courier"]);
    command.args(["--publish-date", "2024-06-19", "--language", "en", "-o", "name"]);
    let names = answer(command.env("CLAIMDESK_SERVER", server.url()), ARTICLE).success();
    let names: Vec<String> = names.lines().map(str::to_owned).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    names
}

fn reviews(server: &Server, more: &[&str]) -> Vec<Value> {
    let printed = server.client(&[OPTIONS, more].concat());
    match printed.json() {
        Value::Array(reviews) => reviews,
        other => panic!("no array: {other}"),
    }
}

/// What schema.org allows and Google's documentation of ClaimReview requires, as docs/client.md puts it.
fn assert_valid(review: &Value) {
    const TYPES: [(&str, &[&str]); 6] = [
        (
            "ClaimReview",
            &[
                "@context",
                "url",
                "claimReviewed",
                "reviewRating",
                "author",
                "itemReviewed",
                "datePublished",
                "inLanguage",
                "citation",
            ],
        ),
        ("Rating", &["alternateName", "ratingValue", "bestRating", "worstRating"]),
        ("Claim", &["author", "datePublished", "appearance"]),
        ("CreativeWork", &["url", "publisher"]),
        ("Organization", &["name", "url"]),
        ("Person", &["name"]),
    ];
    let text = |of: &Value, key: &str| {
        let text = of[key].as_str().unwrap_or_else(|| panic!("{key} is needed: {of:#}")).to_owned();
        assert!(!text.trim().is_empty(), "{key} is empty: {of:#}");
        text
    };
    // Every object has a type, and no property that its type does not have.
    fn walk(value: &Value, types: &[(&str, &[&str])]) {
        match value {
            Value::Array(items) => {
                assert!(!items.is_empty(), "an empty list says nothing");
                items.iter().for_each(|item| walk(item, types));
            }
            Value::Object(object) => {
                let kind = object.get("@type").and_then(Value::as_str).expect("a type");
                let (_, keys) = types.iter().find(|(name, _)| *name == kind).expect("a known type");
                for (key, value) in object {
                    assert!(key == "@type" || keys.contains(&key.as_str()), "{kind} has no {key}");
                    walk(value, types);
                }
            }
            Value::Null => panic!("a property without a value"),
            _ => {}
        }
    }
    walk(review, &TYPES);
    assert_eq!(review["@context"], "https://schema.org");
    assert_eq!(review["@type"], "ClaimReview");
    text(review, "claimReviewed");
    for (of, key) in
        [(review, "url"), (&review["author"], "url"), (&review["itemReviewed"]["appearance"], "url")]
    {
        assert!(text(of, key).starts_with("https://"), "no address in full: {of:#}");
    }
    let date = |of: &Value| {
        let date = text(of, "datePublished");
        date.parse::<jiff::civil::Date>().unwrap_or_else(|error| panic!("{date}: {error}"));
    };
    date(review);
    date(&review["itemReviewed"]);
    assert_eq!(review["author"]["@type"], "Organization");
    text(&review["author"], "name");
    text(&review["itemReviewed"]["author"], "name");
    let rating = &review["reviewRating"];
    text(rating, "alternateName");
    let numbers = ["worstRating", "ratingValue", "bestRating"].map(|key| rating[key].as_f64());
    match numbers {
        [None, None, None] => {}
        [Some(worst), Some(value), Some(best)] => {
            assert!(worst >= 1.0 && worst < best && worst <= value && value <= best, "{rating}");
        }
        _ => panic!("a scale is there as a whole or not at all: {rating}"),
    }
}

#[test]
fn reviewed_claims_become_valid_fact_checks() {
    let server = Server::start();
    assert!(reviews(&server, &[]).is_empty());
    let names = submit(&server, "export");
    let with = ["--evidence", "https://example.net/figures", "--publisher", "Statistics"];
    server.client(&[&["verify", &names[0]], with.as_slice()].concat()).success();
    server.client(&[&["dispute", &names[1]], with.as_slice()].concat()).success();
    server.client(&["unverifiable", &names[2], "--note", "nobody knows"]).success();
    server.client(&["dismiss", &names[3], "--note", "no claim"]).success();

    let exported = reviews(&server, &[]);
    assert_eq!(exported.len(), 3, "a claim that was dismissed is no fact check: {exported:#?}");
    exported.iter().for_each(assert_valid);
    let ratings: Vec<Value> = exported.iter().map(|review| review["reviewRating"].clone()).collect();
    let scale = |words: &str, value: u8| {
        serde_json::json!({
            "@type": "Rating", "alternateName": words, "ratingValue": value, "bestRating": 5, "worstRating": 1,
        })
    };
    let unverifiable = serde_json::json!({"@type": "Rating", "alternateName": "Unverifiable"});
    assert_eq!(ratings, [scale("Verified", 5), scale("Disputed", 1), unverifiable]);
    let disputed = &exported[1];
    let (article, claim) = names[1].trim_start_matches("articles/").split_once("/claims/").expect("a name");
    assert_eq!(disputed["url"], format!("https://example.org/checks/{article}/{claim}"));
    assert_eq!(
        disputed["itemReviewed"],
        serde_json::json!({
            "@type": "Claim",
            "author": {"@type": "Person", "name": "Ann Example"},
            "datePublished": "2024-06-19",
            "appearance": {
                "@type": "CreativeWork",
                "url": "https://example.com/export",
                "publisher": {"@type": "Organization", "name": "Courier"},
            },
        })
    );
    assert_eq!(disputed["citation"][0]["publisher"]["name"], "Statistics");
    assert_eq!(exported[0]["itemReviewed"]["author"]["name"], "Courier", "nobody else says so");

    let some = reviews(&server, &["--state", "disputed", "--rating", "DISPUTED=Falsch"]);
    assert_eq!((some.len(), &some[0]["reviewRating"]["alternateName"]), (1, &"Falsch".into()));
    assert!(reviews(&server, &["--filter", "publisher = \"Nobody\""]).is_empty());
    server.client(&["reopen", &names[1], "--note", "wait"]).success();
    server.client(&["verify", &names[1], "--note", "it is so after all"]).success();
    let again = reviews(&server, &["--filter", "quote : \"customers\""]);
    assert_eq!((again.len(), &again[0]["reviewRating"]["ratingValue"]), (1, &5.into()));
    assert!(again[0].get("citation").is_none(), "what was taken back counts no more: {again:#?}");
}

#[test]
fn claims_are_exported_as_they_are() {
    let server = Server::start();
    let names = [submit(&server, "export/1"), submit(&server, "export/2")].concat();
    server.client(&["verify", &names[0], "--note", "seen"]).success();
    let lines = |more: &[&str]| -> Vec<Value> {
        let printed = server.client(&[&["export", "--format", "jsonl"], more].concat()).success();
        printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let all = lines(&[]);
    let exported: Vec<&str> = all.iter().map(|claim| claim["name"].as_str().expect("a name")).collect();
    assert_eq!(exported, names);
    let listed = server.client(&["claims", "list", "--all", "-o", "jsonl"]).success();
    let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(all, listed, "each is the claim of the contract");
    assert_eq!(lines(&["--state", "verified"]).len(), 1);
    assert_eq!(
        lines(&["--filter", "uri = \"https://example.com/export/2\"", "--state", "UNREVIEWED"]).len(),
        4
    );
}

#[test]
fn what_a_fact_check_needs_is_asked_for() {
    for (arguments, told) in [
        (&["export"][..], "--format"),
        (&["export", "--format", "claimreview"], "--organisation"),
        (&["export", "--format", "claimreview", "--organisation", "X"], "--url"),
        (&["export", "--format", "claimreview", "--organisation", "X", "--url", "example.org"], "in full"),
        (&[OPTIONS, &["--state", "unreviewed"]].concat(), "no verdict"),
        (&[OPTIONS, &["--rating", "TRUE=x"]].concat(), "no verdict"),
    ] {
        let refused = offline(arguments, "");
        assert!(refused.code == 2 && refused.stderr.contains(told), "{arguments:?}: {refused:?}");
    }
    let server = harness::shared();
    let filter = server.client(&["export", "--format", "jsonl", "--filter", "nonsense = 1"]);
    assert!(filter.code == 2 && filter.stdout.is_empty(), "{filter:?}");
}
