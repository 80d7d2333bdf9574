//! docs/grpcurl.md shows what grpcurl really prints: it is written from a running service, and must not have drifted.

use std::fmt::Write as _;
use std::fs;

use regex::Regex;

use super::harness::{Server, answer, root, tool};

const INTRODUCTION: &str = "\
# claimdesk with grpcurl

The service describes itself (reflection v1 and v1alpha), so no .proto file is needed. The service of these examples
listens on its default address; `make demo` prints the same lines with the address of its own.

Everything below is what grpcurl prints; `make docs` writes this page anew, and `make test` fails where it has drifted.
Times, etags and tokens are made up.
";

/// A step: its heading, what a reader should know, the arguments behind `-plaintext`, and lines of the answer to show.
struct Step {
    heading: &'static str,
    text: &'static str,
    flags: &'static [&'static str],
    data: Option<String>,
    call: &'static [&'static str],
}

#[test]
fn the_page_of_grpcurl_shows_what_it_prints() {
    let server = Server::start();
    let article = r#"{"article": {"uri": "https://example.com/harbour", "publisher": "Example Courier", "publishDate": "2024-06-19", "text": "The harbour handled 2.7 million containers last year, 4.5 percent more than in 2022. It is the first rise in six years, the port authority said on Monday."}}"#;
    let submitted = run(&server, &[], Some(article), &["claimdesk.v1.ArticleService/SubmitArticle"]).0;
    let submitted: serde_json::Value = serde_json::from_str(&submitted).expect("an answer");
    let name = submitted["article"]["name"].as_str().expect("a name").to_owned();
    let claims: Vec<String> = submitted["claims"]
        .as_array()
        .expect("claims")
        .iter()
        .map(|claim| claim["name"].as_str().expect("a name").to_owned())
        .collect();
    assert!(claims.len() >= 2, "{submitted:#}");

    let steps = [
        Step {
            heading: "What there is",
            text: "",
            flags: &[],
            data: None,
            call: &["list"],
        },
        Step {
            heading: "What a method takes",
            text: "The comments of the contract come along; `-msg-template` prints a request to fill in.",
            flags: &[],
            data: None,
            call: &["describe", "claimdesk.v1.ReviewClaimRequest"],
        },
        Step {
            heading: "Submit an article",
            text: "Its claims come back at once, and are stored. The same text and URI again gives what is stored; \
                   `created` is then absent, since false is not printed.",
            flags: &[],
            data: Some(article.to_owned()),
            call: &["claimdesk.v1.ArticleService/SubmitArticle"],
        },
        Step {
            heading: "Import many articles",
            text: "`-d` takes as many messages as you like, `-d @` reads them from standard input. Each is answered with one \
                   outcome, in the same order; one that is refused stops nothing. `claimdesk import` does this with a file of \
                   JSON lines.",
            flags: &[],
            data: Some(
                r#"{"article": {"uri": "https://example.com/ferry", "language": "en", "text": "The ferry carried 12,400 passengers in May 2024."}, "requestId": "import-1"} {"article": {"text": ""}}"#
                    .to_owned(),
            ),
            call: &["claimdesk.v1.ArticleService/ImportArticles"],
        },
        Step {
            heading: "Add a claim by hand, with its sources",
            text: "",
            flags: &[],
            data: Some(format!(
                r#"{{"parent": "{name}", "claim": {{"quote": "The harbour lost 12 customers in May.", "sources": [{{"role": "SPEAKER", "name": "Ann Example"}}, {{"role": "EVIDENCE", "uri": "https://example.com/customers", "stance": "SUPPORTS"}}]}}}}"#
            )),
            call: &["claimdesk.v1.ClaimService/SubmitClaim"],
        },
        Step {
            heading: "List claims with a filter",
            text: "`articles/-` lists the claims of all articles. The filter's fields are those that `describe \
                   claimdesk.v1.ListClaimsRequest` names.",
            flags: &[],
            data: Some(
                r#"{"parent": "articles/-", "pageSize": 1, "filter": "state = \"UNREVIEWED\" AND quote : \"first\""}"#
                    .to_owned(),
            ),
            call: &["claimdesk.v1.ClaimService/ListClaims"],
        },
        Step {
            heading: "Search claims by words and values",
            text: "A word alone, or `text : \"some words\"`, finds inflections and compounds as well; `date`, `figure.value` and \
                   `figure.unit` are those of the claims' points.",
            flags: &[],
            data: Some(
                r#"{"parent": "articles/-", "pageSize": 1, "filter": "passenger AND date >= 2024 AND figure.value > 10000"}"#
                    .to_owned(),
            ),
            call: &["claimdesk.v1.ClaimService/ListClaims"],
        },
        Step {
            heading: "Mark a claim as verified",
            text: "Who decides is told by the header `claimdesk-reviewer`. A service that asks for credentials goes by those alone: \
                   give `-H 'authorization: Bearer cdk_…'` instead, with each call.",
            flags: &["-H", "claimdesk-reviewer: ann"],
            data: Some(format!(
                r#"{{"name": "{}", "verdict": "VERIFIED", "evidence": [{{"uri": "https://example.com/statistics", "quote": "2.7 million containers in 2023"}}]}}"#,
                claims[0]
            )),
            call: &["claimdesk.v1.ReviewService/ReviewClaim"],
        },
        Step {
            heading: "Mark a claim as disputed",
            text: "",
            flags: &["-H", "claimdesk-reviewer: ann"],
            data: Some(format!(
                r#"{{"name": "{}", "verdict": "DISPUTED", "note": "It rose in 2020 as well.", "evidence": [{{"uri": "https://example.com/statistics"}}]}}"#,
                claims[1]
            )),
            call: &["claimdesk.v1.ReviewService/ReviewClaim"],
        },
        Step {
            heading: "Take the next claim from the queue",
            text: "It is the one that is most worth a check of those that fit, and the caller's alone until the lease \
                   ends. `ReviewClaim` then takes the token as `leaseToken`.",
            flags: &["-H", "claimdesk-reviewer: ann"],
            data: Some(r#"{"filter": "language = \"en\" AND points.kind = \"FIGURE\"", "leaseDuration": "600s"}"#.to_owned()),
            call: &["claimdesk.v1.ReviewService/LeaseClaims"],
        },
        Step {
            heading: "What is on record",
            text: "",
            flags: &[],
            data: Some(format!(r#"{{"parent": "{}"}}"#, claims[1])),
            call: &["claimdesk.v1.ReviewService/ListReviews"],
        },
        Step {
            heading: "What happened",
            text: "`before` and `after` are JSON; `hash` seals the change and the one before it. \
                   `VerifyChanges` proves that nothing was altered or taken out since.",
            flags: &[],
            data: Some(format!(r#"{{"parent": "{}", "pageSize": 1}}"#, claims[1])),
            call: &["claimdesk.v1.ClaimService/ListChanges"],
        },
        Step {
            heading: "That it is all there",
            text: "It looks at everything part by part: as long as there is a `nextPageToken`, `pageToken` asks for the next.",
            flags: &[],
            data: Some(format!(r#"{{"parent": "{name}"}}"#)),
            call: &["claimdesk.v1.ClaimService/VerifyChanges"],
        },
        Step {
            heading: "An error",
            text: "Each says what to change. A program goes by the reason in `google.rpc.ErrorInfo`; \
                   `describe claimdesk.v1.ErrorReason` lists them all.",
            flags: &["-H", "claimdesk-reviewer: ann"],
            data: Some(format!(r#"{{"name": "{}", "verdict": "VERIFIED", "note": "again"}}"#, claims[1])),
            call: &["claimdesk.v1.ReviewService/ReviewClaim"],
        },
        Step {
            heading: "Health",
            text: "",
            flags: &[],
            data: None,
            call: &["grpc.health.v1.Health/Check"],
        },
    ];

    let mut page = INTRODUCTION.to_owned();
    for step in steps {
        let (shown, error) = run(&server, step.flags, step.data.as_deref(), step.call);
        let _ = write!(page, "\n## {}\n\n", step.heading);
        if !step.text.is_empty() {
            let _ = writeln!(page, "{}\n", step.text);
        }
        let mut line = "grpcurl -plaintext".to_owned();
        for flag in step.flags {
            line += &if flag.starts_with('-') { format!(" {flag}") } else { format!(" '{flag}'") };
        }
        if let Some(data) = &step.data {
            let _ = write!(line, " -d '{data}'");
        }
        let _ = write!(line, " localhost:7878 {}", step.call.join(" "));
        let printed = if shown.trim().is_empty() { error } else { shown };
        let _ = writeln!(page, "```\n$ {line}\n{}\n```", printed.trim_end());
    }
    let page = masked(page);

    let file = root().join("docs/grpcurl.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, page).expect("the page");
        return;
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    let differs = stored.lines().zip(page.lines()).find(|(stored, now)| stored != now);
    assert!(
        stored == page,
        "docs/grpcurl.md has drifted, run `make docs`; the first difference: {differs:#?}"
    );
}

fn run(server: &Server, flags: &[&str], data: Option<&str>, call: &[&str]) -> (String, String) {
    let mut command = tool("grpcurl");
    command.arg("-plaintext").args(flags);
    if let Some(data) = data {
        command.args(["-d", data]);
    }
    let answer = answer(command.arg(server.address()).args(call), "");
    (answer.stdout, answer.stderr)
}

/// Replaces what differs from run to run by what stays the same, each by its order of appearance.
fn masked(mut page: String) -> String {
    for (pattern, stands_for) in [
        (r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:.]+Z", "2024-06-20T08:00:00.000000Z"),
        // The day on which evidence was looked at is that of the run.
        (r#""date": "20(?:2[5-9]|[3-9][0-9])-[01][0-9]-[0-3][0-9]""#, r#""date": "2024-06-20""#),
        (r#""token": "[^"]*""#, r#""token": "0b9d4c1e-5f5c-4e0e-9d3a-0c6c8e3f7a21""#),
        (
            r#""hash": "[0-9a-f]{64}""#,
            r#""hash": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824""#,
        ),
        (
            r#""previousHash": "[0-9a-f]{64}""#,
            r#""previousHash": "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7""#,
        ),
        (r#""etag": "[^"]*""#, r#""etag": "d41d8cd98f00b204""#),
    ] {
        let regex = Regex::new(pattern).expect("a pattern");
        let found: Vec<String> = regex.find_iter(&page).map(|found| page[found.range()].to_owned()).collect();
        for one in found {
            page = page.replace(&one, stands_for);
        }
    }
    // Names: the article's is made from its text; those of reviews and of claims by hand are made by chance.
    for (pattern, digits) in [(r"claims/[^/\x22 ]+", "claims/"), (r"reviews/[^/\x22 ]+", "reviews/")] {
        let regex = Regex::new(pattern).expect("a pattern");
        let mut seen: Vec<String> = Vec::new();
        for found in regex.find_iter(&page) {
            let one = page[found.range()].to_owned();
            if one[digits.len()..].len() > 8 && !seen.contains(&one) {
                seen.push(one);
            }
        }
        for (at, one) in seen.iter().enumerate() {
            let chance = &one[digits.len()..];
            let kept: String =
                chance.chars().rev().map(|c| if c.is_ascii_alphanumeric() { '0' } else { c }).collect();
            let number = format!("{}", at + 1);
            page = page.replace(one, &format!("{digits}{}{number}", &kept[..kept.len() - number.len()]));
        }
    }
    page
}
