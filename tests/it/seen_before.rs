//! What is told besides a claim: earlier ones that say the same, and others that give another figure.

use claimdesk::{
    claim::{Article, Claim},
    extract::extract,
    proto::v1,
};
use tonic::Code;

use super::harness::{self, Options, Server};
use super::history::{audit, start};
use super::queue::by;
use super::samples::{decision, fields, reason};
use super::versions::{decide, reviews, send, text};

const SAID: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.";
const SAID_AGAIN: &str = "Im Jahr 2023 stieg die Zahl der Beschäftigten um 3,2 Prozent auf 12.400.";

/// The one claim of an article of one sentence, in the language of its beginning.
async fn claim(server: &Server, label: &str, sentence: &str) -> String {
    let language = if label.contains("/en/") { "en" } else { "de" };
    let article = v1::Article { language: language.to_owned(), ..text(label, &[sentence]) };
    let claims = send(server, article).await.claims;
    assert_eq!(claims.len(), 1, "{sentence}: {claims:#?}");
    claims[0].name.clone()
}

async fn get(server: &Server, name: &str) -> v1::GetClaimResponse {
    let request = v1::GetClaimRequest { name: name.to_owned() };
    server.claims().get_claim(request).await.expect("a claim").into_inner()
}

#[tokio::test]
async fn what_was_decided_before_is_suggested_as_long_as_it_stands() {
    let (server, _) = start();
    let earlier = claim(&server, "seen/1", SAID).await;
    let later = claim(&server, "seen/2", SAID_AGAIN).await;
    assert_eq!(get(&server, &later).await.suggestions, [], "nobody has decided");
    decide(&server, "ada", &earlier, "VERIFIED").await.unwrap();
    let suggestions = get(&server, &later).await.suggestions;
    assert_eq!(suggestions.len(), 1);
    let suggestion = &suggestions[0];
    assert_eq!((suggestion.claim.as_str(), suggestion.state.as_str()), (earlier.as_str(), "VERIFIED"));
    assert!(suggestion.score > 0.7 && suggestion.score <= 1.0, "{suggestion:?}");
    assert_eq!((suggestion.quote.as_str(), suggestion.publisher.as_str()), (SAID, "Beispiel-Agentur"));
    assert!(suggestion.reasons[0].starts_with("the same points: "), "{:?}", suggestion.reasons);
    // The same sentence elsewhere is as alike as can be; one that is decided on needs no suggestion.
    let same = claim(&server, "seen/3", SAID).await;
    assert!((get(&server, &same).await.suggestions[0].score - 1.0).abs() < f64::EPSILON);
    assert_eq!(get(&server, &earlier).await.suggestions, []);
    // Other values, another time and other words are something else.
    for (at, other) in [
        "Im Jahr 2023 stieg die Zahl der Beschäftigten um 3,3 Prozent auf 12.400.",
        "Im Jahr 2022 stieg die Zahl der Beschäftigten um 3,2 Prozent auf 12.400.",
        "Im Jahr 2023 sanken die Kosten des Vereins deutlich um 3,2 Prozent auf 12.400.",
    ]
    .into_iter()
    .enumerate()
    {
        let other = claim(&server, &format!("seen/other-{at}"), other).await;
        assert_eq!(get(&server, &other).await.suggestions, []);
    }
    let reopen = v1::ReopenClaimRequest { name: earlier, ..Default::default() };
    server.reviews().reopen_claim(reopen).await.unwrap();
    assert_eq!(get(&server, &later).await.suggestions, []);
}

#[tokio::test]
async fn what_was_decided_is_found_behind_very_many_that_were_not() {
    let (server, _) = start();
    let earlier = claim(&server, "many/en/first", "The river rose to 7.4 metres on 3 May 2023.").await;
    decide(&server, "ada", &earlier, "DISPUTED").await.unwrap();
    let mut last = String::new();
    for at in 0..70 {
        last = claim(&server, &format!("many/en/{at}"), "On 3 May 2023 the river rose to 7.4 metres.").await;
    }
    let suggestions = get(&server, &last).await.suggestions;
    assert_eq!(suggestions.iter().map(|it| it.claim.as_str()).collect::<Vec<_>>(), [earlier.as_str()]);
    assert_eq!(suggestions[0].state, "DISPUTED");
}

#[tokio::test]
async fn a_decision_that_rests_on_an_earlier_one_says_so() {
    let (server, _) = start();
    let earlier = claim(&server, "like/1", SAID).await;
    let later = claim(&server, "like/2", SAID_AGAIN).await;
    let accept = |based_on: &str| v1::ReviewClaimRequest {
        name: later.clone(),
        verdict: "VERIFIED".to_owned(),
        based_on: based_on.to_owned(),
        ..Default::default()
    };
    let nowhere = "articles/0000000000000000/claims/1";
    for wrong in [earlier.as_str(), later.as_str(), nowhere, "seen/1"] {
        let status = server.reviews().review_claim(accept(wrong)).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "FIELD_INVALID"),
            "{wrong}"
        );
        assert_eq!(fields(&status), ["based_on"]);
    }
    decide(&server, "ada", &earlier, "VERIFIED").await.unwrap();
    let answer = server.reviews().review_claim(by("bob", accept(&earlier))).await.unwrap().into_inner();
    let review = answer.review.expect("a review");
    assert_eq!((review.based_on.as_str(), review.reviewer.as_str()), (earlier.as_str(), "bob"));
    assert_eq!(answer.claim.expect("a claim").state, "VERIFIED");
    assert_eq!(reviews(&server, &later).await, [review]);
    // It goes along to a new version.
    let article =
        v1::Article { language: "de".to_owned(), ..text("like/2", &[SAID_AGAIN, "Es kamen 300 Gäste."]) };
    let new = send(&server, article).await;
    let kept = new.claims.iter().find(|claim| claim.quote == SAID_AGAIN).expect("the claim");
    assert_eq!(reviews(&server, &kept.name).await[0].based_on, earlier);
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn a_batch_can_rest_on_earlier_decisions_too() {
    let server = harness::shared();
    let earlier = claim(server, "batch-like/1", SAID).await;
    let later = claim(server, "batch-like/2", SAID_AGAIN).await;
    let request = |name: &str, based_on: &str| v1::ReviewClaimRequest {
        based_on: based_on.to_owned(),
        ..decision(name, "VERIFIED")
    };
    // The first of a batch is no earlier decision for the second.
    let requests = vec![request(&earlier, ""), request(&later, &earlier)];
    let batch = v1::BatchReviewClaimsRequest { requests, ..Default::default() };
    let status = server.reviews().batch_review_claims(batch).await.unwrap_err();
    assert_eq!(fields(&status), ["requests[1].based_on"]);
    decide(server, "ada", &earlier, "VERIFIED").await.unwrap();
    let batch =
        v1::BatchReviewClaimsRequest { requests: vec![request(&later, &earlier)], ..Default::default() };
    let outcomes = server.reviews().batch_review_claims(batch).await.unwrap().into_inner().outcomes;
    assert_eq!(outcomes[0].review.as_ref().expect("a review").based_on, earlier);
}

#[test]
fn the_client_shows_what_was_seen_before_and_takes_it_over() {
    let (server, _) = start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (earlier, later, other) = runtime.block_on(async {
        let earlier = claim(&server, "cli/1", SAID).await;
        decide(&server, "ada", &earlier, "VERIFIED").await.unwrap();
        let other = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 13.100.";
        (earlier, claim(&server, "cli/2", SAID_AGAIN).await, claim(&server, "cli/3", other).await)
    });
    let short = |name: &str| name.replace("articles/", "").replace("/claims", "");
    let shown = server.client(&["claims", "get", &short(&later)]).success();
    for part in ["SEEN BEFORE", &short(&earlier), "VERIFIED", "SAID OTHERWISE", &short(&other), "13.100"] {
        assert!(shown.contains(part), "{part} is missing:\n{shown}");
    }
    let wrong = server.client(&["dispute", &short(&later), "--like", &short(&earlier)]);
    assert!(wrong.code == 2 && wrong.stderr.contains("is VERIFIED, not DISPUTED"), "{wrong:?}");
    let table = server.client(&["verify", &short(&later), "--like", &short(&earlier)]).success();
    assert!(table.contains("like") && table.contains("https://example.org/report"), "{table}");
    let review = runtime.block_on(reviews(&server, &later)).remove(0);
    assert_eq!((review.based_on, review.evidence.len()), (earlier, 1));
}

#[tokio::test]
async fn another_figure_of_the_same_is_a_possible_contradiction() {
    let (server, _) = start();
    for (at, (one, other)) in [
        (SAID, "Im Jahr 2023 stieg die Zahl der Beschäftigten um 3,2 Prozent auf 13.100."),
        (
            "Die Gemeinde Altdorf zählte am 3. Mai 2023 insgesamt 4.217 Einwohner.",
            "Am 3. Mai 2023 zählte die Gemeinde Altdorf insgesamt 4.521 Einwohner.",
        ),
        (
            "The city of Norwick spent 34 million euros on roads in 2022.",
            "In 2022 the city of Norwick spent 41 million euros on roads.",
        ),
        (
            "The storm killed 17 people in Norwick on 3 May 2023.",
            "The storm killed 23 people in Norwick on 3 May 2023.",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let language = if one.starts_with("The") { "en" } else { "de" };
        let first = claim(&server, &format!("apart/{language}/{at}-one"), one).await;
        let second = claim(&server, &format!("apart/{language}/{at}-other"), other).await;
        for (mine, theirs, quote) in [(&first, &second, other), (&second, &first, one)] {
            let told = get(&server, mine).await.possible_contradictions;
            assert_eq!(
                told.iter().map(|it| it.claim.as_str()).collect::<Vec<_>>(),
                [theirs.as_str()],
                "{one} {other}"
            );
            assert_eq!((told[0].quote.as_str(), told[0].state.as_str()), (quote, "UNREVIEWED"));
            assert!(
                told[0].derivation.contains("here") && told[0].point_id.starts_with('p'),
                "{:?}",
                told[0]
            );
            assert_eq!(
                get(&server, mine).await.claim.expect("a claim").state,
                "UNREVIEWED",
                "it is no verdict"
            );
        }
        // What is dismissed as no claim contradicts nothing.
        decide(&server, "ada", &second, "DISMISSED").await.unwrap();
        assert_eq!(get(&server, &first).await.possible_contradictions, []);
    }
}

#[tokio::test]
async fn what_may_both_be_true_raises_no_alarm() {
    let (server, _) = start();
    for (at, (one, other)) in [
        // Another time, or none.
        (
            "Die Firma Nord verkaufte im Jahr 2023 genau 317 Wohnungen.",
            "Die Firma Nord verkaufte im Jahr 2022 genau 412 Wohnungen.",
        ),
        (
            "Die Firma Nord verkaufte insgesamt 317 Wohnungen.",
            "Die Firma Nord verkaufte insgesamt 412 Wohnungen.",
        ),
        // Somebody or something else.
        (
            "Die Firma Nord verkaufte im Jahr 2023 genau 317 Wohnungen.",
            "Die Firma Kern verkaufte im Jahr 2023 genau 412 Wohnungen.",
        ),
        (
            "Die Firma Nord verkaufte im Jahr 2023 genau 317 Wohnungen.",
            "Die Firma Nord verkaufte im Jahr 2023 genau 412 Autos.",
        ),
        (
            "Die Firma Nord zahlte im Jahr 2023 brutto 317 Euro.",
            "Die Firma Nord zahlte im Jahr 2023 netto 412 Euro.",
        ),
        // Another unit.
        (
            "The company spent 34 million euros on roads in 2022.",
            "The company spent 41 million dollars on roads in 2022.",
        ),
        // By so much and to so much.
        ("Der Preis stieg im Jahr 2023 um 3 Prozent.", "Der Preis stieg im Jahr 2023 auf 7 Prozent."),
        // Rounded, about, more than.
        ("The company sold 12,400 cars in 2023.", "The company sold 12,431 cars in 2023."),
        ("The company sold about 12,400 cars in 2023.", "The company sold 13,100 cars in 2023."),
        ("The company sold more than 12,400 cars in 2023.", "The company sold 15,300 cars in 2023."),
        // Meant or expected, not so.
        ("The company will build 317 flats in 2025.", "The company will build 412 flats in 2025."),
        // The same.
        (SAID, SAID_AGAIN),
    ]
    .into_iter()
    .enumerate()
    {
        let language = if one.starts_with("The") { "en" } else { "de" };
        let first = claim(&server, &format!("silent/{language}/{at}-one"), one).await;
        let second = claim(&server, &format!("silent/{language}/{at}-other"), other).await;
        for name in [&first, &second] {
            let told = get(&server, name).await.possible_contradictions;
            // Of the pairs before, some say the same as this one.
            let told: Vec<_> = told.iter().filter(|it| [&first, &second].contains(&&it.claim)).collect();
            assert!(told.is_empty(), "{one} {other}: {told:?}");
        }
    }
}

#[tokio::test]
async fn what_was_decided_before_there_were_likenesses_is_found() {
    let (server, url) = start();
    let earlier = claim(&server, "before/1", SAID).await;
    decide(&server, "ada", &earlier, "VERIFIED").await.unwrap();
    // As a version before has left it.
    harness::query(&url, "DELETE FROM likeness; UPDATE claim SET likeness = 0");
    drop(server);
    let server = Server::start_with(Options { database: Some(url.clone()), ..Options::default() });
    let began = std::time::Instant::now();
    while harness::number(&url, "SELECT count(*) FROM likeness") == 0 {
        assert!(began.elapsed().as_secs() < 60, "nothing is added");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let later = claim(&server, "before/2", SAID_AGAIN).await;
    assert_eq!(get(&server, &later).await.suggestions[0].claim, earlier);
}

#[test]
fn what_the_quote_alone_rules_out_is_neither_alike_nor_contradicts() {
    let mut sentences = Vec::new();
    for town in ["Norden", "Altdorf", "Kirchfeld"] {
        for (year, count) in [(2022, "4.217"), (2023, "4.217"), (2023, "4.521")] {
            sentences
                .push(format!("Die Gemeinde {town} zählte am 3. Mai {year} insgesamt {count} Einwohner."));
            sentences.push(format!(
                "Am 3. Mai {year} zählte die Gemeinde {town} {count} Einwohner, sagte Anna Weiß."
            ));
            sentences
                .push(format!("In {town} waren es im Jahr {year} nach Angaben der Polizei {count} Unfälle."));
            sentences.push(format!("{town} soll {count} Euro erhalten haben."));
        }
    }
    let claims: Vec<Claim> = sentences
        .into_iter()
        .flat_map(|text| {
            let publish_date = Some("2024-06-19".parse().expect("a date"));
            let article =
                Article { text, publish_date, language: Some("de".to_owned()), ..Article::default() };
            extract(&article).expect("a language that there is a pack for").claims
        })
        .collect();
    let (mut alike, mut contradicting, mut ruled_out) = (0, 0, 0);
    for one in &claims {
        for other in &claims {
            let (may_resemble, may_contradict) = (
                one.may_resemble(&other.quote),
                one.can_be_contradicted() && one.may_be_contradicted(&other.quote),
            );
            let (resembles, contradicts) =
                (one.resembles(other).is_some(), one.contradicted_by(other).is_some());
            assert!(may_resemble || !resembles, "{} {}", one.quote, other.quote);
            assert!(may_contradict || !contradicts, "{} {}", one.quote, other.quote);
            alike += usize::from(resembles && one != other);
            contradicting += usize::from(contradicts);
            ruled_out += usize::from(!may_contradict);
        }
    }
    assert!(alike > 0 && contradicting > 0, "{alike} {contradicting}");
    assert!(ruled_out * 2 > claims.len() * claims.len(), "most are of something else: {ruled_out}");
}
