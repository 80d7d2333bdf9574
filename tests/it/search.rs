//! Search: words of two languages, the fields of filters, pages while others write, and how the database goes about it.

use std::collections::HashSet;

use claimdesk::proto::v1;
use tonic::Code;

use super::harness::{self, Options, Server, number, query, tool};
use super::samples::{article, decision, fields, reason, submission};

/// Stores sentences by hand as claims of an article of their own.
async fn store(server: &Server, label: &str, language: &str, sentences: &[&str]) -> v1::Article {
    let parent = v1::Article { language: language.to_owned(), ..article(label) };
    let stored = server.articles().submit_article(submission(parent)).await.expect("stored").into_inner();
    let parent = stored.article.expect("an article");
    for sentence in sentences {
        let claim = v1::Claim {
            quote: (*sentence).to_owned(),
            language: language.to_owned(),
            ..v1::Claim::default()
        };
        let request = v1::SubmitClaimRequest {
            parent: parent.name.clone(),
            claim: Some(claim),
            ..v1::SubmitClaimRequest::default()
        };
        server.claims().submit_claim(request).await.expect("stored");
    }
    parent
}

fn list(filter: &str) -> v1::ListClaimsRequest {
    v1::ListClaimsRequest {
        parent: "articles/-".to_owned(),
        filter: filter.to_owned(),
        page_size: 1000,
        ..v1::ListClaimsRequest::default()
    }
}

async fn found(server: &Server, filter: &str) -> Vec<String> {
    let answer = server.claims().list_claims(list(filter)).await;
    let claims = answer.unwrap_or_else(|status| panic!("{filter}: {status:?}")).into_inner().claims;
    claims.into_iter().map(|claim| claim.quote).collect()
}

const GERMAN: [&str; 6] = [
    "Der Bürgermeister von Köln trat im Jahr 2019 zurück.",
    "Die Buergermeisterin zahlte 300 Euro.",
    "Das Gipfeltreffen begann am 3. Mai 2023.",
    "Der Klimagipfel kostete 40 Millionen Euro.",
    "Auf dem Gipfel waren 20 Staaten.",
    "In den Krankenhäusern fehlten 2022 rund 5000 Pfleger.",
];
const ENGLISH: [&str; 4] = [
    "The mayor visited three cities in May 2021.",
    "Two thousand houses were sold for 12 million dollars.",
    "A city of 40,000 people lost its harbour in 1999.",
    "The greenhouse was built in 1904.",
];

#[tokio::test]
async fn words_are_found_by_spelling_inflection_and_as_parts_of_compounds() {
    let server = Server::start();
    store(&server, "search/german", "de", &GERMAN).await;
    store(&server, "search/english", "en", &ENGLISH).await;
    let all: Vec<&str> = GERMAN.iter().chain(&ENGLISH).copied().collect();
    for (filter, expected) in [
        ("text : Bürgermeister", &[0, 1][..]),
        ("text : \"Buergermeister\"", &[0, 1]),
        ("text : burgermeister", &[0, 1]),
        ("BÜRGERMEISTER", &[0, 1]),
        ("text : Gipfel", &[2, 3, 4]),
        ("text : Gipfeltreffen", &[2]),
        ("text : Krankenhaus", &[5]),
        ("text : Häuser", &[5]),
        ("text : city", &[6, 8]),
        ("text : \"visits city\"", &[6]),
        ("text : house", &[7, 9]),
        ("Gipfel AND Klima", &[3]),
        ("Gipfel AND NOT Klima", &[2, 4]),
        ("Gipfel AND (Klima OR \"20 Staaten\")", &[3, 4]),
        ("text : Gipfel AND figure.unit = EUR", &[3]),
        ("text : Gipfel AND language = en", &[]),
        ("text : Gipfel AND date >= 2023-01-01", &[2]),
        ("text : nichts", &[]),
        ("text != Gipfel AND text : Euro", &[1]),
        ("quote : \"en gipfel\"", &[]),
        ("quote : \"dem Gipfel\"", &[4]),
        ("quote : \"pfel\"", &[2, 3, 4]),
    ] {
        let mut expected: Vec<&str> = expected.iter().map(|at| all[*at]).collect();
        let mut found = found(&server, &format!("({filter}) AND origin = SUBMITTED")).await;
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{filter}");
    }
    // What is found in all articles is found in one, and taken from the queue.
    let request = v1::LeaseClaimsRequest {
        filter: "Gipfel AND figure.unit = EUR".to_owned(),
        max_claims: 10,
        ..v1::LeaseClaimsRequest::default()
    };
    let leases = server.reviews().lease_claims(request).await.unwrap().into_inner().leases;
    let leased: Vec<&str> =
        leases.iter().filter_map(|lease| lease.claim.as_ref()).map(|claim| claim.quote.as_str()).collect();
    assert_eq!(leased, [GERMAN[3]]);
    let parent = leases[0].claim.as_ref().unwrap().name.split("/claims/").next().unwrap().to_owned();
    let request = v1::ListClaimsRequest { parent, ..list("Gipfel") };
    assert_eq!(server.claims().list_claims(request).await.unwrap().into_inner().claims.len(), 3);
}

#[tokio::test]
async fn short_names_mean_the_fields() {
    let server = Server::start();
    store(&server, "search/names", "de", &GERMAN).await;
    for (short, long) in [
        ("date >= 2023-01-01", "points.value >= 2023-01-01"),
        ("date < 2020", "points.value < \"2020\""),
        ("figure.unit = EUR", "points.unit = EUR"),
        ("figure.value > 1000000", "points.value > 1000000"),
        ("figure.value = 300", "points.value = 300"),
        ("kind = DATE", "points.kind = DATE"),
        ("score >= 0.3", "check_worthiness >= 0.3"),
        ("source : Agentur", "sources.name : Agentur"),
    ] {
        let (by_short, by_long) = (found(&server, short).await, found(&server, long).await);
        assert!(!by_short.is_empty() && by_short == by_long, "{short}: {by_short:?}, {long}: {by_long:?}");
    }
}

#[tokio::test]
async fn what_changes_is_found_as_it_stands_now() {
    let server = Server::start();
    let parent = store(&server, "search/changes", "de", &GERMAN[..1]).await;
    let request = v1::ListClaimsRequest { parent: parent.name, ..list("Bürgermeister") };
    let claim = server.claims().list_claims(request).await.unwrap().into_inner().claims.remove(0);
    assert_eq!(found(&server, "Köln AND state = UNREVIEWED").await.len(), 1);
    assert_eq!(found(&server, "source = \"example.org\" AND Köln").await.len(), 0);
    server.reviews().review_claim(decision(&claim.name, "VERIFIED")).await.unwrap();
    assert_eq!(found(&server, "Köln AND state = UNREVIEWED").await.len(), 0);
    assert_eq!(found(&server, "Köln AND state = VERIFIED").await.len(), 1);
    assert_eq!(
        found(&server, "source = \"example.org\" AND Köln").await.len(),
        1,
        "its evidence is a source"
    );
    assert_eq!(found(&server, "sources.role = EVIDENCE AND Köln").await.len(), 1);
}

#[tokio::test]
async fn a_filter_that_cannot_be_answered_in_time_says_what_to_narrow() {
    let database = harness::database();
    let server = Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    store(&server, "search/slow", "de", &GERMAN).await;
    drop(server);
    // Many rows that have to be looked at one by one.
    multiply(&database, 5_000);
    let arguments = vec!["--search-timeout".to_owned(), "1".to_owned()];
    let server = Server::start_with(Options { database: Some(database), arguments, ..Options::default() });
    let status =
        server.claims().list_claims(list("quote : \"..\" AND NOT quote : e")).await.expect_err("too slow");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "FILTER_TOO_BROAD"));
    assert_eq!(fields(&status), ["filter"]);
    assert!(status.message().contains("narrow"), "{}", status.message());
    let request = v1::LeaseClaimsRequest {
        filter: "quote : \"..\" AND NOT quote : e".to_owned(),
        ..v1::LeaseClaimsRequest::default()
    };
    let status = server.reviews().lease_claims(request).await.expect_err("too slow");
    assert_eq!(reason(&status), "FILTER_TOO_BROAD");
}

/// All claims of a list, page by page; `between` runs behind each page.
async fn pages(
    server: &Server,
    filter: &str,
    order_by: &str,
    page_size: u32,
    mut between: impl AsyncFnMut(u32),
) -> Vec<v1::Claim> {
    let mut request = v1::ListClaimsRequest { page_size, order_by: order_by.to_owned(), ..list(filter) };
    let mut claims = Vec::new();
    for page in 1.. {
        let answer = server.claims().list_claims(request.clone()).await;
        let answer = answer.unwrap_or_else(|status| panic!("{filter}: {status:?}")).into_inner();
        claims.extend(answer.claims);
        if answer.next_page_token.is_empty() {
            break;
        }
        assert!(page < 10_000, "a list without an end");
        request.page_token = answer.next_page_token;
        between(page).await;
    }
    claims
}

/// A database of so many claims, written by what stores and searches them, and analysed.
async fn large_database(claims: u32) -> String {
    let database = harness::database();
    let server = Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    store(&server, "search/seed-german", "de", &GERMAN).await;
    store(&server, "search/seed-english", "en", &ENGLISH).await;
    drop(server);
    multiply(&database, claims);
    let server = Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    let began = std::time::Instant::now();
    let missing = "SELECT (SELECT count(*) FROM claim_search_backlog)
                        + (SELECT count(*) FROM claim WHERE likeness = 0 AND state <> 'UNREVIEWED')";
    while number(&database, missing) > 0 {
        assert!(began.elapsed().as_secs() < 120, "what was stored without is not mended: {}", server.log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    drop(server);
    query(&database, "VACUUM ANALYZE");
    database
}

const FILTERS: [&str; 13] = [
    "state = UNREVIEWED AND language = de",
    "Gipfel",
    "text : Gipfel AND figure.unit = EUR",
    "date >= 2021-01-01 AND publisher = \"Beispiel-Agentur\"",
    "date >= 2022-01-01 AND date < 2023-01-01",
    "figure.value > 1000000 AND kind = FIGURE",
    "score > 0.5 AND source : agentur",
    "language = en AND state = UNREVIEWED",
    "language = en AND (house OR date < 1950)",
    "NOT language = en",
    "language = de AND NOT Gipfel",
    "quote : \"20 Staat\"",
    "Krankenhaus AND text : house",
];

#[tokio::test]
async fn a_large_store_is_searched_by_index_and_in_order() {
    let database = large_database(6_000).await;
    check_effort(&database).await;
    check_order(&database).await;
    check_leases(&database).await;
}

/// Leases are given in the order of the queue, whatever the filter; and what is leased is passed over.
async fn check_leases(database: &str) {
    let server = Server::start_with(Options { database: Some(database.to_owned()), ..Options::default() });
    for filter in FILTERS {
        let (mut leased, mut least) = (HashSet::new(), f64::INFINITY);
        for _ in 0..3 {
            let request =
                v1::LeaseClaimsRequest { filter: filter.to_owned(), max_claims: 7, ..Default::default() };
            for lease in server.reviews().lease_claims(request).await.expect("an answer").into_inner().leases
            {
                let claim = lease.claim.expect("a claim");
                assert!(claim.check_worthiness <= least, "{filter}: {claim:?}");
                least = claim.check_worthiness;
                assert!(leased.insert(claim.name.clone()), "{filter}: {claim:?}");
            }
        }
        if leased.is_empty() {
            continue;
        }
        // What is better waits for nobody: somebody has it, or it is none of the queue, as an older version is.
        let better = format!("({filter}) AND state = UNREVIEWED AND score > {least}");
        let better = pages(&server, &better, "check_worthiness desc", 1000, async |_| {}).await;
        let names: Vec<String> = better
            .iter()
            .filter(|claim| !leased.contains(&claim.name))
            .map(|claim| format!("'{}'", claim.name))
            .collect();
        let free = format!(
            "SELECT count(*) FROM queue WHERE lease_owner IS NULL
                AND 'articles/' || article_id || '/claims/' || claim_id = ANY(ARRAY[{}]::text[])",
            names.join(", ")
        );
        assert_eq!(number(database, &free), 0, "{filter}: {names:?}");
    }
}

/// A page, or a lease, looks at little of what is stored.
async fn check_effort(database: &str) {
    query(database, "SELECT pg_stat_reset()");
    let server = Server::start_with(Options { database: Some(database.to_owned()), ..Options::default() });
    let mut calls = 0;
    for filter in FILTERS.into_iter().filter(|filter| !filter.contains("Krankenhaus")) {
        for order_by in ["create_time", "create_time desc", "update_time desc", "check_worthiness desc"] {
            let request =
                v1::ListClaimsRequest { page_size: 20, order_by: order_by.to_owned(), ..list(filter) };
            let mut page =
                server.claims().list_claims(request.clone()).await.expect("an answer").into_inner();
            // A page further on, too.
            for _ in 0..3 {
                let request = v1::ListClaimsRequest { page_token: page.next_page_token, ..request.clone() };
                page = server.claims().list_claims(request).await.expect("an answer").into_inner();
            }
            assert_eq!(page.claims.len(), 20, "{filter}");
            calls += 4;
        }
        let request =
            v1::LeaseClaimsRequest { filter: filter.to_owned(), max_claims: 5, ..Default::default() };
        assert_eq!(
            server.reviews().lease_claims(request).await.expect("an answer").into_inner().leases.len(),
            5,
            "{filter}"
        );
        calls += 1;
    }
    // The database's processes tell what they read as they end.
    drop(server);
    let ended = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'claimdesk' AND datname = current_database()";
    while number(database, ended) > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let tables = "relname IN ('claim_search', 'claim', 'point', 'source', 'queue')";
    let read = "sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int8";
    let read = number(database, &format!("SELECT {read} FROM pg_stat_user_tables WHERE {tables}"));
    // A page of 20 looks at some hundred of the claims, with their points and sources, now and then at a few thousand
    // where that is cheaper than an index.
    assert!(read > 0 && read / calls < 900, "{read} rows in {calls} calls");
}

/// Whole lists are in order and have each claim once, and are the same page by page.
async fn check_order(database: &str) {
    let server = Server::start_with(Options { database: Some(database.to_owned()), ..Options::default() });
    for filter in FILTERS {
        for order_by in ["create_time", "update_time desc", "check_worthiness desc", "check_worthiness"] {
            let whole = pages(&server, filter, order_by, 1000, async |_| {}).await;
            let key = |claim: &v1::Claim| match order_by {
                "check_worthiness desc" => (-claim.check_worthiness, 0, 0),
                "check_worthiness" => (claim.check_worthiness, 0, 0),
                "update_time desc" => claim.update_time.map(|t| (0.0, -t.seconds, -t.nanos)).expect("a time"),
                _ => claim.create_time.map(|t| (0.0, t.seconds, t.nanos)).expect("a time"),
            };
            assert!(whole.is_sorted_by_key(key), "{filter}, {order_by}");
            let names: HashSet<&str> = whole.iter().map(|claim| claim.name.as_str()).collect();
            assert_eq!(names.len(), whole.len(), "{filter}, {order_by}: once each");
            // Small pages have the same claims in the same order.
            let first = v1::ListClaimsRequest { page_size: 7, order_by: order_by.to_owned(), ..list(filter) };
            let first = server.claims().list_claims(first).await.expect("an answer").into_inner();
            let names = |claims: &[v1::Claim]| claims.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
            assert_eq!(names(&first.claims), names(&whole[..whole.len().min(7)]), "{filter}, {order_by}");
            let counted = v1::ListClaimsRequest { max_count: 10_000, page_size: 1, ..list(filter) };
            let counted = server.claims().list_claims(counted).await.expect("an answer").into_inner();
            assert_eq!(counted.total_size as usize, whole.len(), "{filter}");
        }
    }
}

#[tokio::test]
async fn what_is_found_while_paging_comes_once_whatever_is_stored_and_decided_meanwhile() {
    let server = Server::start();
    for at in 0..6 {
        store(&server, &format!("search/paging-{at}"), "de", &GERMAN).await;
    }
    let filter = "Gipfel AND origin = SUBMITTED";
    for order_by in ["create_time", "create_time desc", "check_worthiness desc", "check_worthiness"] {
        let before: Vec<String> =
            pages(&server, filter, order_by, 1000, async |_| {}).await.into_iter().map(|c| c.name).collect();
        let meanwhile = async |page| {
            if page < 4 {
                let label = format!("search/meanwhile-{page}-{}", order_by.replace(' ', "-"));
                store(&server, &label, "de", &GERMAN).await;
                let first = decision(&before[page as usize], "VERIFIED");
                let _ = server.reviews().review_claim(first).await;
            }
        };
        let seen: Vec<String> =
            pages(&server, filter, order_by, 2, meanwhile).await.into_iter().map(|c| c.name).collect();
        let unique: HashSet<&String> = seen.iter().collect();
        assert_eq!(unique.len(), seen.len(), "{order_by}: nothing comes twice");
        assert!(before.iter().all(|name| unique.contains(name)), "{order_by}: nothing is left out");
    }
}

#[tokio::test]
async fn grpcurl_finds_words_and_values() {
    let server = Server::start();
    store(&server, "search/grpcurl", "de", &GERMAN).await;
    let data = r#"{"parent": "articles/-", "filter": "Buergermeister AND date >= 2019 AND date < 2020"}"#;
    let mut command = tool("grpcurl");
    command.args(["-plaintext", "-d", data, server.address(), "claimdesk.v1.ClaimService/ListClaims"]);
    let found = harness::answer(&mut command, "").json();
    assert_eq!(found["claims"][0]["quote"], GERMAN[0]);
    assert_eq!(found["claims"].as_array().map(Vec::len), Some(1));

    let found =
        server.client(&["claims", "list", "--filter", "text : Gipfel AND figure.unit = EUR", "-o", "jsonl"]);
    assert!(found.success().contains("Klimagipfel"));
    let wrong = server.client(&["claims", "list", "--filter", "text : \"!\""]);
    assert!(wrong.code == 2 && wrong.stderr.contains("no word"), "{wrong:?}");
}

/// Copies each claim of a database to articles of its own, at later times and with other scores, as often as makes so many. The
/// best score of English is half that of all.
fn multiply(database: &str, claims: u32) {
    query(
        database,
        &format!(
            "CREATE TEMP TABLE seed AS SELECT c.*, row_number() OVER (ORDER BY claim_id) AS number FROM claim c;
             CREATE TEMP TABLE copy AS
             SELECT s.article_id AS old, s.claim_id, substr(md5(n::text), 1, 16) AS article_id,
                    now() - interval '3 days' - n * interval '7 minutes' AS at, 
                    (n * 7919 % 9973) / CASE s.language WHEN 'en' THEN 19946.0 ELSE 9973.0 END::float8 AS score
               FROM generate_series(1, {claims}) AS n JOIN seed s ON s.number = 1 + n % (SELECT count(*) FROM seed);
             INSERT INTO article SELECT copy.article_id, 'https://example.org/' || copy.article_id, publisher, title, authors,
                    publish_date, publish_first, publish_last, language, body, 1, 1, 1000, at
               FROM copy JOIN article a ON a.article_id = old;
             INSERT INTO claim SELECT copy.article_id, c.claim_id, quote, span_start, span_end, modality, score, reasons,
                    findings, language, state, origin, version, review_count, at, at
               FROM copy JOIN claim c ON c.article_id = old AND c.claim_id = copy.claim_id;
             INSERT INTO point SELECT copy.article_id, p.claim_id, point_id, kind, span_start, span_end, quote, value, number,
                    number_max, unit, \"begin\", \"end\", detail
               FROM copy JOIN point p ON p.article_id = old AND p.claim_id = copy.claim_id;
             INSERT INTO queue SELECT article_id, claim_id, score, at FROM copy;
             INSERT INTO claim_search_backlog SELECT '', 0;"
        ),
    );
}
