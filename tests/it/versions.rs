//! A new version of an article: what its claims keep, what comes back to the queue, and what is on record of it.

use std::collections::{BTreeMap, HashSet};

use claimdesk::proto::v1;
use proptest::prelude::*;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::harness::{self, Options, Server};
use super::history::{audit, changes, start};
use super::queue::by;
use super::samples::{decision, parent, reason, submission};

const EMPLOYEES: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.";
const VISIT: &str = "Es ist der erste Besuch eines Präsidenten seit 24 Jahren.";
const SALES: &str = "Der Umsatz sank im Jahr 2022 auf 1,5 Milliarden Euro.";
const BRIDGE: &str = "The bridge was closed on 3 May 2023 after 61 years.";

/// An article of these sentences, at the address of this label.
pub(crate) fn text(label: &str, sentences: &[&str]) -> v1::Article {
    v1::Article {
        text: sentences.join("\n"),
        uri: format!("https://example.org/{label}"),
        publisher: "Beispiel-Agentur".to_owned(),
        publish_date: "2024-06-19".to_owned(),
        language: "de".to_owned(),
        ..v1::Article::default()
    }
}

pub(crate) async fn send(server: &Server, article: v1::Article) -> v1::SubmitArticleResponse {
    server.articles().submit_article(by("feed", submission(article))).await.expect("stored").into_inner()
}

/// The claim with this quote.
#[track_caller]
fn of<'a>(claims: &'a [v1::Claim], quote: &str) -> &'a v1::Claim {
    claims.iter().find(|claim| claim.quote == quote).unwrap_or_else(|| panic!("no {quote} in {claims:#?}"))
}

async fn get(server: &Server, name: &str) -> v1::Claim {
    let request = v1::GetClaimRequest { name: name.to_owned() };
    server.claims().get_claim(request).await.expect("a claim").into_inner().claim.expect("a claim")
}

pub(crate) async fn decide(
    server: &Server,
    who: &str,
    name: &str,
    verdict: &str,
) -> Result<v1::Claim, Status> {
    let answer = server.reviews().review_claim(by(who, decision(name, verdict))).await?;
    Ok(answer.into_inner().claim.expect("a claim"))
}

pub(crate) async fn reviews(server: &Server, name: &str) -> Vec<v1::Review> {
    let request = v1::ListReviewsRequest { parent: name.to_owned(), ..Default::default() };
    server.reviews().list_reviews(request).await.expect("a list").into_inner().reviews
}

async fn versions(server: &Server, name: &str) -> v1::GetArticleResponse {
    let request = v1::GetArticleRequest { name: name.to_owned() };
    server.articles().get_article(request).await.expect("an article").into_inner()
}

/// The names of the claims that can be leased of an article.
async fn queued(server: &Server, article: &str) -> Vec<String> {
    let request = v1::LeaseClaimsRequest {
        parent: article.to_owned(),
        max_claims: 100,
        lease_duration: Some(pbjson_types::Duration { seconds: 1, nanos: 0 }),
        ..Default::default()
    };
    let leases = server.reviews().lease_claims(request).await.expect("leases").into_inner().leases;
    let mut names: Vec<_> = leases.into_iter().map(|lease| lease.claim.expect("a claim").name).collect();
    names.sort();
    names
}

/// That a call was refused because of a new version, and the claim that it names.
#[track_caller]
fn superseded(status: &Status) -> String {
    assert_eq!(
        (status.code(), reason(status).as_str()),
        (Code::FailedPrecondition, "CLAIM_SUPERSEDED"),
        "{status:?}"
    );
    let details = status.get_error_details();
    let info = details.error_info().expect("its reason");
    info.metadata.get("next_claim").cloned().unwrap_or_default()
}

#[tokio::test]
async fn what_stays_the_same_keeps_its_verdict_and_what_changes_comes_back() {
    let (server, _) = start();
    let old = send(&server, text("v/keep", &[EMPLOYEES, SALES, VISIT, BRIDGE])).await;
    let first = old.article.clone().expect("an article").name;
    for (quote, verdict) in [(EMPLOYEES, "VERIFIED"), (SALES, "DISPUTED"), (VISIT, "UNVERIFIABLE")] {
        decide(&server, "ada", &of(&old.claims, quote).name, verdict).await.unwrap();
    }
    let more = "Der Umsatz sank im Jahr 2022 auf 1,7 Milliarden Euro.";
    let added = "Im Mai 2024 kamen 300 Gäste.";
    let new = send(&server, text("v/keep", &[added, EMPLOYEES, more, BRIDGE])).await;
    let article = new.article.clone().expect("an article");
    assert!(new.created);
    assert_eq!((article.previous_version.as_str(), article.next_version.as_str()), (first.as_str(), ""));

    // The same claim has its verdict, its review and its evidence.
    let (before, after) = (of(&old.claims, EMPLOYEES), of(&new.claims, EMPLOYEES));
    assert_eq!(
        (after.state.as_str(), after.review_count, after.succession.as_str()),
        ("VERIFIED", 1, "CURRENT")
    );
    assert_eq!((after.previous_claim.as_str(), after.differs_from_previous), (before.name.as_str(), false));
    assert_eq!(after.sources.iter().filter(|source| source.role == "EVIDENCE").count(), 1);
    let (original, copy) = (reviews(&server, &before.name).await, reviews(&server, &after.name).await);
    assert_eq!((original.len(), copy.len()), (1, 1));
    assert_eq!(copy[0].carried_from, original[0].name);
    let anonymous = |review: &v1::Review| v1::Review {
        name: String::new(),
        carried_from: String::new(),
        ..review.clone()
    };
    assert_eq!(anonymous(&copy[0]), anonymous(&original[0]), "by whom, when and why is the same");
    assert_eq!(after, &get(&server, &after.name).await);
    let log = changes(&server, &after.name).await.unwrap();
    let kinds: Vec<_> = log.iter().map(|change| (change.kind.as_str(), change.actor.as_str())).collect();
    assert_eq!(kinds, [("CLAIM_CREATED", "feed"), ("CLAIM_REVIEWED", "feed")]);
    assert!(log[1].reason.contains("carried over"), "{}", log[1].reason);

    // A changed one waits, and says what it was; a new one says nothing.
    let (before, after) = (of(&old.claims, SALES), of(&new.claims, more));
    assert_eq!((after.state.as_str(), after.review_count), ("UNREVIEWED", 0));
    assert_eq!((after.previous_claim.as_str(), after.differs_from_previous), (before.name.as_str(), true));
    assert_eq!(of(&new.claims, added).previous_claim, "");
    let unseen = of(&new.claims, BRIDGE);
    assert_eq!((unseen.state.as_str(), unseen.differs_from_previous), ("UNREVIEWED", false));
    let mut waiting = [of(&new.claims, added), of(&new.claims, more), unseen].map(|claim| claim.name.clone());
    waiting.sort();
    assert_eq!(queued(&server, "articles/-").await, waiting);

    // The old ones are kept, marked, and not for review.
    for (quote, state, succession, next) in [
        (EMPLOYEES, "VERIFIED", "KEPT", of(&new.claims, EMPLOYEES).name.as_str()),
        (SALES, "DISPUTED", "CHANGED", of(&new.claims, more).name.as_str()),
        (VISIT, "UNVERIFIABLE", "VANISHED", ""),
        (BRIDGE, "UNREVIEWED", "KEPT", unseen.name.as_str()),
    ] {
        let claim = get(&server, &of(&old.claims, quote).name).await;
        assert_eq!(
            (claim.state.as_str(), claim.succession.as_str(), claim.next_claim.as_str()),
            (state, succession, next)
        );
        assert_eq!(superseded(&decide(&server, "bob", &claim.name, "VERIFIED").await.unwrap_err()), next);
        let reopen = v1::ReopenClaimRequest { name: claim.name.clone(), ..Default::default() };
        superseded(&server.reviews().reopen_claim(reopen).await.unwrap_err());
    }
    let listed = |filter: &str| v1::ListClaimsRequest {
        parent: "articles/-".to_owned(),
        filter: filter.to_owned(),
        ..Default::default()
    };
    let vanished =
        server.claims().list_claims(listed("succession = VANISHED")).await.unwrap().into_inner().claims;
    assert_eq!(vanished.iter().map(|claim| claim.quote.as_str()).collect::<Vec<_>>(), [VISIT]);
    let open =
        server.claims().list_claims(listed("succession = CURRENT AND state = UNREVIEWED")).await.unwrap();
    assert_eq!(open.into_inner().claims.len(), 3);

    let answer = versions(&server, &first).await;
    assert_eq!(answer.article.expect("an article").next_version, article.name);
    let chain: Vec<_> =
        answer.versions.iter().map(|version| (version.number, version.article.as_str())).collect();
    assert_eq!(chain, [(1, first.as_str()), (2, article.name.as_str())]);
    let log = changes(&server, &first).await.unwrap();
    assert_eq!(log.last().map(|change| change.kind.as_str()), Some("ARTICLE_SUPERSEDED"));
    assert_eq!(audit(&server, "").await, []);

    // Whoever goes on decides on the new one.
    let reopen =
        v1::ReopenClaimRequest { name: of(&new.claims, EMPLOYEES).name.clone(), ..Default::default() };
    server.reviews().reopen_claim(by("bob", reopen)).await.unwrap();
    assert_eq!(
        decide(&server, "bob", &of(&new.claims, EMPLOYEES).name, "DISPUTED").await.unwrap().state,
        "DISPUTED"
    );
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn the_same_text_again_is_no_new_version() {
    let server = harness::shared();
    let one = send(server, text("v/same", &[EMPLOYEES])).await;
    let two = send(server, text("v/same", &[EMPLOYEES, SALES])).await;
    let again = send(server, text("v/same", &[EMPLOYEES, SALES])).await;
    assert!(!again.created);
    assert_eq!((again.article, again.claims), (two.article.clone(), two.claims));
    let name = two.article.expect("an article").name;
    assert_eq!(versions(server, &name).await.versions.len(), 2);
    // Without an address nothing tells that one text is another's version.
    for sentence in [EMPLOYEES, SALES] {
        let article = v1::Article { uri: String::new(), ..text("", &[sentence]) };
        let article = send(server, article).await.article.expect("an article");
        assert_eq!(article.previous_version, "");
        assert_eq!(versions(server, &article.name).await.versions, []);
    }
    // Nothing is stored where it is only tried.
    let attempt = v1::SubmitArticleRequest { validate_only: true, ..submission(text("v/same", &[VISIT])) };
    let tried = server.articles().submit_article(attempt).await.unwrap().into_inner();
    assert_eq!(tried.article.expect("an article").previous_version, name);
    let status = decide(server, "ada", &one.claims[0].name, "VERIFIED").await.unwrap_err();
    assert_eq!(parent(&superseded(&status)), name);
    assert_eq!(versions(server, &name).await.versions.len(), 2);
}

#[tokio::test]
async fn a_text_that_comes_back_has_its_verdicts_and_what_was_decided_meanwhile() {
    let (server, _) = start();
    let a = send(&server, text("v/back", &[EMPLOYEES, SALES, VISIT])).await;
    for (quote, verdict) in [(EMPLOYEES, "VERIFIED"), (SALES, "VERIFIED")] {
        decide(&server, "ada", &of(&a.claims, quote).name, verdict).await.unwrap();
    }
    let changed = "Der Umsatz sank im Jahr 2022 auf 1,7 Milliarden Euro.";
    let b = send(&server, text("v/back", &[EMPLOYEES, changed, VISIT])).await;
    // Meanwhile the verdict on what stayed is another, and what was open is decided.
    let kept = of(&b.claims, EMPLOYEES).name.clone();
    let reopen = v1::ReopenClaimRequest { name: kept.clone(), ..Default::default() };
    server.reviews().reopen_claim(by("bob", reopen)).await.unwrap();
    decide(&server, "bob", &kept, "DISPUTED").await.unwrap();
    decide(&server, "bob", &of(&b.claims, VISIT).name, "DISMISSED").await.unwrap();

    let back = send(&server, text("v/back", &[EMPLOYEES, SALES, VISIT])).await;
    let (first, second) = (a.article.clone().unwrap().name, b.article.clone().unwrap().name);
    let article = back.article.expect("an article");
    assert_eq!((back.created, &article.name), (false, &first), "the same text is the same article");
    assert_eq!((article.previous_version, article.next_version.as_str()), (second.clone(), ""));
    for (quote, state, count) in [(EMPLOYEES, "DISPUTED", 3), (SALES, "VERIFIED", 1), (VISIT, "DISMISSED", 1)]
    {
        let claim = of(&back.claims, quote);
        assert_eq!(
            (claim.state.as_str(), claim.review_count, claim.succession.as_str()),
            (state, count, "CURRENT"),
            "{quote}"
        );
        assert_eq!(claim.next_claim, "");
    }
    let verdicts: Vec<_> = reviews(&server, &of(&a.claims, EMPLOYEES).name).await;
    let verdicts: Vec<_> =
        verdicts.iter().map(|review| (review.verdict.as_str(), review.reviewer.as_str())).collect();
    assert_eq!(verdicts, [("VERIFIED", "ada"), ("REOPENED", "bob"), ("DISPUTED", "bob")]);
    assert_eq!(of(&back.claims, SALES).previous_claim, of(&b.claims, changed).name);
    superseded(&decide(&server, "cyd", &kept, "VERIFIED").await.unwrap_err());
    let chain: Vec<_> =
        versions(&server, &first).await.versions.into_iter().map(|version| version.article).collect();
    assert_eq!(chain, [first.clone(), second.clone(), first.clone()]);
    assert_eq!(audit(&server, "").await, []);

    // And once more, to and fro.
    let again = send(&server, text("v/back", &[EMPLOYEES, changed, VISIT])).await;
    assert_eq!(of(&again.claims, EMPLOYEES).state, "DISPUTED");
    assert_eq!(of(&again.claims, EMPLOYEES).review_count, 3, "nothing is copied twice");
    assert_eq!(versions(&server, &first).await.article.unwrap().next_version, second);
    assert_eq!(queued(&server, "articles/-").await, [of(&again.claims, changed).name.clone()]);
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn what_was_decided_on_a_kept_claim_comes_back_from_further_on() {
    let (server, _) = start();
    let a = send(&server, text("v/far", &[EMPLOYEES, SALES])).await;
    decide(&server, "ada", &of(&a.claims, EMPLOYEES).name, "VERIFIED").await.unwrap();
    let b = send(&server, text("v/far", &[EMPLOYEES, VISIT])).await;
    let kept = of(&b.claims, EMPLOYEES).name.clone();
    server.reviews().reopen_claim(v1::ReopenClaimRequest { name: kept, ..Default::default() }).await.unwrap();
    send(&server, text("v/far", &[VISIT])).await;
    // The claim does not stand in the version before, but was taken back in the one before that.
    let back = send(&server, text("v/far", &[EMPLOYEES, SALES])).await;
    assert_eq!(of(&back.claims, EMPLOYEES).state, "UNREVIEWED");
    assert_eq!(of(&back.claims, EMPLOYEES).review_count, 2);
    assert_eq!(queued(&server, "articles/-").await.len(), 2);
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn a_time_that_the_publish_date_gives_is_no_longer_the_same() {
    let server = harness::shared();
    let relative = "Im vergangenen Jahr sank der Umsatz auf 1,5 Milliarden Euro.";
    let sentences = [EMPLOYEES, relative];
    let verified = async |label: &str| {
        let old = send(server, text(label, &sentences)).await;
        for claim in &old.claims {
            decide(server, "ada", &claim.name, "VERIFIED").await.unwrap();
        }
    };
    verified("v/year").await;
    let later = v1::Article {
        publish_date: "2025-06-19".to_owned(),
        ..text("v/year", &[EMPLOYEES, relative, "Es waren 7 Gäste."])
    };
    let new = send(server, later).await;
    assert_eq!(of(&new.claims, EMPLOYEES).state, "VERIFIED");
    assert_eq!(of(&new.claims, relative).state, "UNREVIEWED");
    assert!(of(&new.claims, relative).differs_from_previous);
    // Nor is who publishes it.
    verified("v/publisher").await;
    let other = v1::Article {
        publisher: "Andere Agentur".to_owned(),
        ..text("v/publisher", &[EMPLOYEES, relative, "Es waren 7 Gäste."])
    };
    assert!(send(server, other).await.claims.iter().all(|claim| claim.state == "UNREVIEWED"));
}

#[tokio::test]
async fn half_of_four_eyes_is_carried_over_too() {
    let server = Server::start_with(Options {
        database: Some(harness::database()),
        arguments: vec!["--reviews-required".to_owned(), "2".to_owned()],
        ..Options::default()
    });
    let old = send(&server, text("v/eyes", &[EMPLOYEES, SALES])).await;
    decide(&server, "ada", &of(&old.claims, EMPLOYEES).name, "VERIFIED").await.unwrap();
    let new = send(&server, text("v/eyes", &[EMPLOYEES, SALES, VISIT])).await;
    let claim = of(&new.claims, EMPLOYEES);
    assert_eq!((claim.state.as_str(), claim.review_count), ("UNREVIEWED", 1));
    let status = decide(&server, "ada", &claim.name, "VERIFIED").await.unwrap_err();
    assert_eq!(reason(&status), "SAME_REVIEWER");
    let lease = v1::LeaseClaimsRequest { max_claims: 10, ..Default::default() };
    let leases = server.reviews().lease_claims(by("ada", lease)).await.unwrap().into_inner().leases;
    assert!(leases.iter().all(|lease| lease.claim.as_ref().unwrap().name != claim.name) && leases.len() == 2);
    assert_eq!(decide(&server, "bob", &claim.name, "VERIFIED").await.unwrap().state, "VERIFIED");
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn a_lease_goes_on_with_a_claim_that_stays_the_same() {
    let server = harness::shared();
    let old = send(server, text("v/lease", &[EMPLOYEES, SALES])).await;
    let article = old.article.clone().expect("an article").name;
    let lease = v1::LeaseClaimsRequest { parent: article, max_claims: 10, ..Default::default() };
    let leases = server.reviews().lease_claims(by("ada", lease)).await.unwrap().into_inner().leases;
    let token = leases[0].token.clone();
    let changed = "Der Umsatz sank im Jahr 2022 auf 1,7 Milliarden Euro.";
    let new = send(server, text("v/lease", &[EMPLOYEES, changed])).await;
    let (kept, other) = (of(&new.claims, EMPLOYEES).name.clone(), of(&new.claims, changed).name.clone());
    for (quote, next) in [(EMPLOYEES, &kept), (SALES, &other)] {
        let name = of(&old.claims, quote).name.clone();
        let renew =
            v1::RenewLeaseRequest { name: name.clone(), lease_token: token.clone(), ..Default::default() };
        assert_eq!(superseded(&server.reviews().renew_lease(by("ada", renew)).await.unwrap_err()), *next);
        let release =
            v1::ReleaseLeaseRequest { name: name.clone(), lease_token: token.clone(), ..Default::default() };
        assert_eq!(superseded(&server.reviews().release_lease(by("ada", release)).await.unwrap_err()), *next);
        let decide = v1::ReviewClaimRequest { lease_token: token.clone(), ..decision(&name, "VERIFIED") };
        assert_eq!(superseded(&server.reviews().review_claim(by("ada", decide)).await.unwrap_err()), *next);
    }
    let status = decide(server, "bob", &kept, "VERIFIED").await.unwrap_err();
    assert_eq!(reason(&status), "LEASE_HELD");
    let with_token = v1::ReviewClaimRequest { lease_token: token, ..decision(&kept, "VERIFIED") };
    server.reviews().review_claim(by("ada", with_token)).await.unwrap();
    decide(server, "bob", &other, "VERIFIED").await.unwrap();
}

#[tokio::test]
async fn claims_that_a_person_wrote_go_along_where_they_still_stand() {
    let (server, _) = start();
    let aside = "Das sagte niemand.";
    let old = send(&server, text("v/hand", &[EMPLOYEES, aside, SALES])).await;
    let article = old.article.clone().expect("an article").name;
    let write = async |quote: &str| {
        let speaker =
            v1::Source { role: "SPEAKER".to_owned(), name: "Anna Berg".to_owned(), ..Default::default() };
        let claim = v1::Claim { quote: quote.to_owned(), sources: vec![speaker], ..Default::default() };
        let request =
            v1::SubmitClaimRequest { parent: article.clone(), claim: Some(claim), ..Default::default() };
        server.claims().submit_claim(request).await.expect("stored").into_inner().claim.expect("a claim")
    };
    let quoted = write("auf 12.400").await;
    let gone = write(aside).await;
    let free = write("Die Firma hat 12.400 Beschäftigte.").await;
    for claim in [&quoted, &gone, &free] {
        decide(&server, "ada", &claim.name, "VERIFIED").await.unwrap();
    }
    let new = send(&server, text("v/hand", &["Ein neuer Anfang.", EMPLOYEES])).await;
    let copy = of(&new.claims, &quoted.quote);
    assert_eq!((copy.state.as_str(), copy.origin.as_str()), ("VERIFIED", "SUBMITTED"));
    assert_eq!(copy.sources.iter().filter(|source| source.role == "SPEAKER").count(), 1);
    let letters: Vec<char> = format!("Ein neuer Anfang.\n{EMPLOYEES}").chars().collect();
    let slice = |span: &v1::Span| letters[span.start as usize..span.end as usize].iter().collect::<String>();
    assert_eq!(slice(copy.span.as_ref().unwrap()), quoted.quote);
    assert_eq!(slice(copy.points[0].span.as_ref().unwrap()), copy.points[0].text);
    // Whether the article still says what is no quotation, a reviewer has to see.
    let copy = of(&new.claims, &free.quote);
    assert_eq!((copy.state.as_str(), copy.previous_claim.as_str()), ("UNREVIEWED", free.name.as_str()));
    assert!(copy.differs_from_previous);
    assert_eq!(get(&server, &gone.name).await.succession, "VANISHED");
    assert_eq!(new.article.unwrap().claim_count as usize, new.claims.len());
    // To the text before nothing is added any more.
    let claim = v1::Claim { quote: "Etwas".to_owned(), ..Default::default() };
    let request = v1::SubmitClaimRequest { parent: article, claim: Some(claim), ..Default::default() };
    let status = server.claims().submit_claim(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "ARTICLE_SUPERSEDED"));
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn where_the_current_version_is_deleted_the_one_before_is_current_again() {
    let (server, _) = start();
    let a = send(&server, text("v/delete", &[EMPLOYEES, SALES])).await;
    decide(&server, "ada", &of(&a.claims, EMPLOYEES).name, "VERIFIED").await.unwrap();
    let b = send(&server, text("v/delete", &[EMPLOYEES, VISIT])).await;
    let c = send(&server, text("v/delete", &[EMPLOYEES, BRIDGE])).await;
    let name = |answer: &v1::SubmitArticleResponse| answer.article.clone().expect("an article").name;
    let delete = async |name: String| {
        let request = v1::DeleteArticleRequest { name, force: true, ..Default::default() };
        server.articles().delete_article(request).await.expect("deleted");
    };
    delete(name(&b)).await;
    assert_eq!(versions(&server, &name(&a)).await.article.unwrap().next_version, name(&c));
    assert_eq!(audit(&server, "").await, []);
    delete(name(&c)).await;
    let article = versions(&server, &name(&a)).await;
    assert_eq!((article.article.unwrap().next_version.as_str(), article.versions.len()), ("", 1));
    let back = get(&server, &of(&a.claims, EMPLOYEES).name).await;
    assert_eq!(
        (back.state.as_str(), back.succession.as_str(), back.next_claim.as_str()),
        ("VERIFIED", "CURRENT", "")
    );
    assert_eq!(queued(&server, "articles/-").await, [of(&a.claims, SALES).name.clone()]);
    assert_eq!(audit(&server, "").await, []);
    delete(name(&a)).await;
    assert_eq!(send(&server, text("v/delete", &[VISIT])).await.article.unwrap().previous_version, "");
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_come_at_once_come_one_after_the_other() {
    let (server, _) = start();
    let a = send(&server, text("v/many", &[EMPLOYEES, SALES])).await;
    decide(&server, "ada", &of(&a.claims, EMPLOYEES).name, "VERIFIED").await.unwrap();
    let mut tasks = Vec::new();
    // Each of six texts twice, while somebody decides on whatever is open.
    for at in 0..12 {
        let mut client = server.articles();
        let guests = format!("Es kamen {} Gäste.", 300 + at % 6);
        let request = submission(text("v/many", &[EMPLOYEES, SALES, &guests]));
        tasks.push(tokio::spawn(async move {
            client
                .submit_article(request)
                .await
                .expect("stored")
                .into_inner()
                .article
                .expect("an article")
                .name
        }));
    }
    let mut names = HashSet::from([a.article.expect("an article").name]);
    for task in tasks {
        names.insert(task.await.expect("no panic"));
    }
    assert_eq!(names.len(), 7);
    let mut current = Vec::new();
    for name in &names {
        let answer = versions(&server, name).await;
        let numbers: Vec<_> = answer.versions.iter().map(|version| version.number).collect();
        let all: Vec<_> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
        assert_eq!(numbers, all);
        let article = answer.article.expect("an article");
        if article.next_version.is_empty() {
            current.push(article.name);
        }
    }
    assert_eq!(current.len(), 1, "{current:?}");
    let request = v1::ListClaimsRequest { parent: current[0].clone(), ..Default::default() };
    let claims = server.claims().list_claims(request).await.unwrap().into_inner().claims;
    assert_eq!(of(&claims, EMPLOYEES).state, "VERIFIED");
    assert_eq!(queued(&server, "articles/-").await.len(), 2, "only those of the current version wait");
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_either_carried_over_or_refused() {
    let (server, _) = start();
    let (mut carried, mut refused) = (0, 0);
    for round in 0..40 {
        let label = format!("v/race-{round}");
        let old = send(&server, text(&label, &[EMPLOYEES, SALES])).await;
        let claim = of(&old.claims, EMPLOYEES).name.clone();
        let (mut reviewer, mut feed) = (server.reviews(), server.articles());
        let next = submission(text(&label, &[EMPLOYEES, VISIT]));
        let deciding = {
            let claim = claim.clone();
            tokio::spawn(async move { reviewer.review_claim(by("ada", decision(&claim, "VERIFIED"))).await })
        };
        let new = feed.submit_article(next).await.expect("stored").into_inner();
        let decided = deciding.await.expect("no panic");
        let state = get(&server, &of(&new.claims, EMPLOYEES).name).await.state;
        match decided {
            Ok(_) => {
                carried += 1;
                assert_eq!(state, "VERIFIED");
            }
            Err(status) => {
                refused += 1;
                assert_eq!(superseded(&status), of(&new.claims, EMPLOYEES).name);
                assert_eq!(state, "UNREVIEWED");
            }
        }
    }
    assert_eq!(carried + refused, 40);
    assert_eq!(audit(&server, "").await, []);
}

/// The names of the articles that are the current one at the address of an article.
async fn current(server: &Server, article: &str) -> Vec<String> {
    let all: HashSet<String> =
        versions(server, article).await.versions.into_iter().map(|version| version.article).collect();
    let mut current = Vec::new();
    for name in all {
        let article = versions(server, &name).await.article.expect("an article");
        if article.next_version.is_empty() {
            current.push(article.name);
        }
    }
    current
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_leaves_no_version_half_done() {
    let url = harness::database();
    let on = || Server::start_with(Options { database: Some(url.clone()), ..Options::default() });
    let server = on();
    let first = send(&server, text("v/kill", &[EMPLOYEES, SALES])).await;
    decide(&server, "ada", &of(&first.claims, EMPLOYEES).name, "VERIFIED").await.unwrap();
    let mut server = Some(server);
    for round in 0..3 {
        let alive = server.take().expect("a service");
        let (answered, mut answers) = tokio::sync::mpsc::unbounded_channel();
        for at in 0..8 {
            let (mut client, answered) = (alive.articles(), answered.clone());
            let guests = format!("Es kamen {} Gäste.", 300 + 10 * round + at);
            let request = submission(text("v/kill", &[EMPLOYEES, SALES, &guests]));
            tokio::spawn(async move {
                if let Ok(answer) = client.submit_article(request).await {
                    let _ = answered.send(answer.into_inner().article.expect("an article").name);
                }
            });
        }
        drop(answered);
        let mut names = vec![answers.recv().await.expect("one at least")];
        alive.signal("KILL");
        while let Some(name) = answers.recv().await {
            names.push(name);
        }
        drop(alive);
        let again = on();
        for name in &names {
            assert_eq!(&versions(&again, name).await.article.expect("it was answered").name, name);
        }
        assert_eq!(audit(&again, "").await, []);
        let current = current(&again, &names[0]).await;
        assert_eq!(current.len(), 1, "{current:?}");
        let request = v1::ListClaimsRequest { parent: current[0].clone(), ..Default::default() };
        let claims = again.claims().list_claims(request).await.unwrap().into_inner().claims;
        assert_eq!(of(&claims, EMPLOYEES).state, "VERIFIED");
        server = Some(again);
    }
}

#[test]
fn the_client_shows_versions_and_exports_what_is_current() {
    let (server, _) = start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (old, new) = runtime.block_on(async {
        let old = send(&server, text("v/client", &[EMPLOYEES, SALES])).await;
        for claim in &old.claims {
            decide(&server, "ada", &claim.name, "VERIFIED").await.unwrap();
        }
        (old, send(&server, text("v/client", &[EMPLOYEES, VISIT])).await)
    });
    let name = |answer: &v1::SubmitArticleResponse| answer.article.clone().expect("an article").name;
    let shown = server.client(&["articles", "get", &name(&old)]).success();
    for part in ["Replaced by", "Version 1", "Version 2", &name(&new), "this one"] {
        assert!(shown.contains(part), "{part} is missing:\n{shown}");
    }
    let short = |name: &str| name.replace("articles/", "").replace("/claims", "");
    let (before, after) = (&of(&old.claims, EMPLOYEES).name, &of(&new.claims, EMPLOYEES).name);
    let shown = server.client(&["claims", "get", before]).success();
    assert!(shown.contains("kept") && shown.contains(&short(after)), "{shown}");
    let shown = server.client(&["claims", "get", after]).success();
    assert!(shown.contains(&format!("version before it was {}", short(before))), "{shown}");
    let shown = server.client(&["reviews", "list", after]).success();
    assert!(shown.contains("carried over from"), "{shown}");
    let refused = server.client(&["dispute", before, "--note", "no"]);
    assert!(refused.code == 5 && refused.stderr.contains(after.as_str()), "{refused:?}");
    // One check for the claim that stayed, with the evidence of the decision; none for what is gone.
    let checks = server.client(&[
        "export",
        "--format",
        "claimreview",
        "--organisation",
        "Desk",
        "--url",
        "https://example.org/{article}/{claim}",
    ]);
    let checks = checks.json();
    assert_eq!(checks.as_array().map(Vec::len), Some(1), "{checks}");
    assert_eq!(checks[0]["claimReviewed"], EMPLOYEES);
    assert_eq!(checks[0]["citation"][0]["url"], "https://example.org/report");
    let lines = server.client(&["export", "--format", "jsonl"]).success();
    assert_eq!(lines.lines().count(), 4);
}

#[tokio::test]
async fn a_watch_tells_of_versions_once_and_in_order() {
    let (server, _) = start();
    let old = send(&server, text("v/watch", &[EMPLOYEES, SALES])).await;
    decide(&server, "ada", &of(&old.claims, EMPLOYEES).name, "VERIFIED").await.unwrap();
    let new = send(&server, text("v/watch", &[EMPLOYEES, VISIT])).await;
    send(&server, text("v/watch", &[EMPLOYEES, SALES])).await;
    let request = v1::WatchClaimsRequest::default();
    let mut messages = server.claims().watch_claims(request).await.unwrap().into_inner();
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(change) = messages.message().await.expect("no error").expect("no end").change {
        told.entry(change.name.split("/changes/").next().unwrap().to_owned()).or_default().push(change.name);
    }
    for article in [old.article, new.article] {
        let name = article.expect("an article").name;
        let log: Vec<_> =
            changes(&server, &name).await.unwrap().into_iter().map(|change| change.name).collect();
        assert_eq!(told[&name], log);
    }
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn what_was_stored_before_there_were_versions_gets_them() {
    // A database as the migrations before left it.
    let url = harness::database();
    let folder = harness::scratch("migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(harness::root().join("migrations")).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.file_name().unwrap().to_str().unwrap() < "0005") {
        std::fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
    }
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::migrate::Migrator::new(folder.as_path()).await.unwrap().run(&mut connection).await.unwrap();
    let uri = "https://example.org/v/before";
    let id = claimdesk::store::ArticleId::of(uri, VISIT);
    harness::query(
        &url,
        &format!(
            "INSERT INTO article VALUES ('{id}', '{uri}', 'Beispiel-Agentur', '', '{{}}', '2024-06-19', '2024-06-19',
                                         '2024-06-19', 'de', '{VISIT}', 1, 1, 2, now());
             INSERT INTO claim VALUES ('{id}', 1, 'Es kamen 300 Gäste.', NULL, NULL, 'ASSERTED', 0.5, '{{}}', '[]', 'de',
                                       'UNREVIEWED', 'EXTRACTED', 1, 0, now(), now());
             INSERT INTO queue (article_id, claim_id, check_worthiness, create_time) VALUES ('{id}', 1, 0.5, now())"
        ),
    );
    let server = Server::start_with(Options { database: Some(url), ..Options::default() });
    let claim = get(&server, &format!("articles/{id}/claims/1")).await;
    assert_eq!(claim.succession, "CURRENT");
    assert_eq!(versions(&server, &format!("articles/{id}")).await.versions.len(), 1);
    let new = send(&server, text("v/before", &["Es kamen 301 Gäste."])).await;
    assert_eq!(new.article.expect("an article").previous_version, format!("articles/{id}"));
    assert_eq!(get(&server, &claim.name).await.succession, "CHANGED");
    assert_eq!(queued(&server, "articles/-").await, [new.claims[0].name.clone()]);
}

/// A sentence with a number, a date and a name in it.
#[derive(Debug, Clone, PartialEq)]
struct Slots {
    frame: usize,
    number: u32,
    date: usize,
    name: usize,
}

const DATES: [&str; 5] = ["am 3. Mai 2023", "am 4. Mai 2023", "im Mai 2023", "gestern", "vorgestern"];
const NAMES: [&str; 4] = ["Anna Berg", "Anna Bergmann", "Peter Kurz", "Berlin"];

impl Slots {
    fn sentence(&self) -> String {
        let Self { frame, number, date, name } = self;
        let (date, name) = (DATES[*date], NAMES[*name]);
        match frame {
            0 => format!("Die Firma {name} verkaufte {date} genau {number} Wohnungen."),
            1 => format!("{number} Menschen kamen {date} zu {name}."),
            _ => format!("Der Preis sei {date} um {number} Prozent gestiegen, sagte {name}."),
        }
    }

    /// Whether its date is reckoned from the day of the article.
    fn is_relative(&self) -> bool {
        self.date >= 3
    }
}

fn slots() -> impl Strategy<Value = Slots> {
    (0..3_usize, 2..5_u32, 0..DATES.len(), 0..NAMES.len()).prop_map(|(frame, number, date, name)| Slots {
        frame,
        number,
        date,
        name,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// A verdict is carried over exactly where the sentence has the same number, the same date and the same name.
    #[test]
    fn no_verdict_survives_another_number_date_or_name(
        old in prop::collection::vec(slots(), 1..5),
        edits in prop::collection::vec((0..4_usize, 0..4_u32), 1..5),
        same_day in any::<bool>(),
        case in any::<u64>(),
    ) {
        let mut new = old.clone();
        for (at, (slot, by)) in edits.iter().enumerate() {
            let length = new.len();
            let sentence = &mut new[at % length];
            match slot {
                0 => sentence.number = 2 + (sentence.number - 2 + by) % 3,
                1 => sentence.date = (sentence.date + *by as usize) % DATES.len(),
                2 => sentence.name = (sentence.name + *by as usize) % NAMES.len(),
                _ => new.rotate_left(*by as usize % length),
            }
        }
        let article = |sentences: &[Slots], day: &str| {
            let sentences: Vec<_> = sentences.iter().map(Slots::sentence).collect();
            let sentences: Vec<_> = sentences.iter().map(String::as_str).collect();
            v1::Article { publish_date: day.to_owned(), ..text(&format!("v/edits-{case}"), &sentences) }
        };
        let day = if same_day { "2024-06-19" } else { "2024-06-20" };
        let (before, after) = (article(&old, "2024-06-19"), article(&new, day));
        prop_assume!(before.text != after.text);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let server = harness::shared();
            for claim in send(server, before).await.claims {
                decide(server, "ada", &claim.name, "VERIFIED").await.expect("decided");
            }
            let stored = send(server, after).await;
            for sentence in &new {
                let quote = sentence.sentence();
                let claims: Vec<_> = stored.claims.iter().filter(|claim| claim.quote == quote).collect();
                assert!(!claims.is_empty(), "{quote} is no claim");
                let stood = old.iter().filter(|before| before.sentence() == quote).count();
                let stays = same_day || !sentence.is_relative();
                let kept = claims.iter().filter(|claim| claim.state == "VERIFIED").count();
                assert_eq!(kept, if stays { stood.min(claims.len()) } else { 0 }, "{quote}: {claims:#?}");
            }
        });
    }
}
