//! Writers who do not give up, and what there must be when they are done: exactly what was acknowledged, and all of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use claimdesk::proto::v1::article_service_client::ArticleServiceClient;
use claimdesk::proto::v1::review_service_client::ReviewServiceClient;
use tonic::transport::Endpoint;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

use super::super::harness::Server;
use super::super::samples::{article, decision, reason, submission};

/// How many claims each article has.
const CLAIMS: usize = 3;
/// Longer than anything may be away.
const PATIENCE: Duration = Duration::from_secs(60);

/// What writers may be told, besides that it is done.
#[derive(Clone, Copy)]
pub(super) struct Tolerance {
    /// Connections to the service break.
    pub(super) broken: bool,
    /// Reasons of refusals; each must say when to try again.
    pub(super) reasons: &'static [&'static str],
}

/// The database goes away and comes back.
pub(super) const DATABASE_AWAY: Tolerance = Tolerance { broken: false, reasons: &["DATABASE_UNAVAILABLE"] };
/// The service goes away and comes back.
pub(super) const SERVICE_AWAY: Tolerance =
    Tolerance { broken: true, reasons: &["DATABASE_UNAVAILABLE", "SHUTTING_DOWN"] };

/// What was acknowledged.
#[derive(Default)]
struct Ledger {
    /// Each article by its URI, with the claim that was decided on and the review of it.
    articles: Mutex<BTreeMap<String, Entry>>,
    /// How many calls were refused, or broke.
    refused: AtomicUsize,
    /// What no caller should be told.
    unexpected: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Entry {
    name: String,
    claims: Vec<String>,
    review: Option<String>,
}

/// Some who write at once, each one article and one decision after the other.
pub(super) struct Writers {
    ledger: Arc<Ledger>,
    enough: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Writers {
    /// Begins to write to the service at an address; the articles are called after the label.
    pub(super) fn start(url: &str, label: &str, number: usize, tolerance: Tolerance) -> Self {
        let (ledger, enough) = (Arc::<Ledger>::default(), Arc::<AtomicBool>::default());
        let tasks = (0..number).map(|writer| {
            let channel = Endpoint::from_shared(url.to_owned()).expect("an address").connect_lazy();
            let (ledger, enough, label) = (Arc::clone(&ledger), Arc::clone(&enough), label.to_owned());
            tokio::spawn(async move {
                let articles = ArticleServiceClient::new(channel.clone());
                let reviews = ReviewServiceClient::new(channel);
                for at in 0.. {
                    if enough.load(Ordering::Relaxed) {
                        return;
                    }
                    let label = format!("faults/{label}/{writer}-{at}");
                    let id = label.replace('/', "-");
                    let text = article(&label);
                    let uri = text.uri.clone();
                    let request =
                        v1::SubmitArticleRequest { request_id: format!("{id}-submit"), ..submission(text) };
                    let stored = persist(&ledger, tolerance, || {
                        let (mut client, request) = (articles.clone(), request.clone());
                        async move { client.submit_article(request).await }
                    })
                    .await;
                    let claims: Vec<String> = stored.claims.into_iter().map(|claim| claim.name).collect();
                    let name = stored.article.expect("an article").name;
                    let request = v1::ReviewClaimRequest {
                        request_id: format!("{id}-review"),
                        ..decision(&claims[0], "VERIFIED")
                    };
                    ledger
                        .put(uri.clone(), Entry { name: name.clone(), claims: claims.clone(), review: None });
                    let decided = persist(&ledger, tolerance, || {
                        let (mut client, request) = (reviews.clone(), request.clone());
                        async move { client.review_claim(request).await }
                    })
                    .await;
                    let review = decided.review.map(|review| review.name);
                    ledger.put(uri, Entry { name, claims, review });
                }
            })
        });
        let tasks = tasks.collect();
        Self { ledger, enough, tasks }
    }

    /// How many articles were acknowledged until now.
    pub(super) fn acknowledged(&self) -> usize {
        self.ledger.articles.lock().expect("no panic").len()
    }

    /// How many calls were refused until now, or broke.
    pub(super) fn refused(&self) -> usize {
        self.ledger.refused.load(Ordering::Relaxed)
    }

    /// Waits until one more article is acknowledged.
    pub(super) async fn one_more(&self) {
        let (before, began) = (self.acknowledged(), Instant::now());
        while self.acknowledged() == before {
            assert!(began.elapsed() < PATIENCE, "nothing is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until more articles are acknowledged than there were.
    pub(super) async fn progress(&self) {
        let (before, began) = (self.acknowledged(), Instant::now());
        // As many as there are writers may have been on their way before.
        while self.acknowledged() <= before + self.tasks.len() {
            assert!(began.elapsed() < PATIENCE, "nothing is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Lets each writer finish what it is at, and compares.
    pub(super) async fn finish(self, server: &Server) {
        self.enough.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("a writer");
        }
        let unexpected = self.ledger.unexpected.lock().expect("no panic").clone();
        assert!(unexpected.is_empty(), "callers were told: {unexpected:#?}\n{}", tail(&server.log()));
        self.ledger.compare(server).await;
    }
}

/// Calls until it is done, as a client that wants its write to be there once.
async fn persist<A, F>(ledger: &Ledger, tolerance: Tolerance, call: impl Fn() -> F) -> A
where
    F: Future<Output = Result<Response<A>, Status>>,
{
    let began = Instant::now();
    loop {
        let status = match call().await {
            Ok(answer) => return answer.into_inner(),
            Err(status) => status,
        };
        ledger.refused.fetch_add(1, Ordering::Relaxed);
        if !tolerance.takes(&status) {
            ledger.unexpected.lock().expect("no panic").push(format!("{status:?}"));
        }
        assert!(began.elapsed() < PATIENCE, "a write is never acknowledged: {status:?}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

impl Tolerance {
    fn takes(self, status: &Status) -> bool {
        if status.get_error_details().error_info().is_none() {
            // A connection that breaks has many codes, but none of our details.
            return self.broken;
        }
        let reason = reason(status);
        let code = match reason.as_str() {
            "DEADLINE_EXCEEDED" => Code::DeadlineExceeded,
            "STORAGE_FULL" => Code::ResourceExhausted,
            _ => Code::Unavailable,
        };
        let told_when = code == Code::DeadlineExceeded || status.get_error_details().retry_info().is_some();
        self.reasons.contains(&reason.as_str()) && status.code() == code && told_when
    }
}

impl Ledger {
    fn put(&self, uri: String, entry: Entry) {
        self.articles.lock().expect("no panic").insert(uri, entry);
    }

    /// Each article, claim, review and change is there, once, and nothing else.
    async fn compare(&self, server: &Server) {
        let acknowledged = std::mem::take(&mut *self.articles.lock().expect("no panic"));
        let mut articles = BTreeMap::new();
        for article in all_articles(server).await {
            assert_eq!(usize::try_from(article.claim_count), Ok(CLAIMS), "{article:?}");
            let twice = articles.insert(article.uri.clone(), article.name);
            assert!(twice.is_none(), "{} is there twice", article.uri);
        }
        let expected: BTreeMap<_, _> =
            acknowledged.iter().map(|(uri, entry)| (uri.clone(), entry.name.clone())).collect();
        assert_eq!(articles, expected, "the articles");

        let mut claims: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for claim in all_claims(server).await {
            let article = super::super::samples::parent(&claim.name);
            let decided = claim.name.ends_with("/claims/1");
            let (state, reviews) = if decided { ("VERIFIED", 1) } else { ("UNREVIEWED", 0) };
            assert_eq!((claim.state.as_str(), claim.review_count), (state, reviews), "{}", claim.name);
            claims.entry(article).or_default().push(claim.name);
        }
        let mut reviews = Vec::new();
        for review in all_reviews(server).await {
            reviews.push(review.name);
        }
        reviews.sort();
        let mut expected = Vec::new();
        for entry in acknowledged.values() {
            assert_eq!(claims.get(&entry.name).map(Vec::len), Some(CLAIMS), "{}", entry.name);
            assert_eq!(entry.claims.len(), CLAIMS, "the answer had all of them");
            expected.push(entry.review.clone().expect("an acknowledged review"));
            let request = v1::ListChangesRequest { parent: entry.name.clone(), ..Default::default() };
            let log = server.claims().list_changes(request).await.expect("a log").into_inner().changes;
            let kinds: Vec<&str> = log.iter().map(|change| change.kind.as_str()).collect();
            let created = ["ARTICLE_CREATED", "CLAIM_CREATED", "CLAIM_CREATED", "CLAIM_CREATED"];
            assert_eq!(kinds, [created.as_slice(), &["CLAIM_REVIEWED"]].concat(), "{}", entry.name);
        }
        expected.sort();
        assert_eq!(reviews, expected, "the reviews");
        assert_eq!(claims.len(), acknowledged.len(), "claims of other articles");
        server.client(&["audit", "verify"]).success();
    }
}

async fn all_articles(server: &Server) -> Vec<v1::Article> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListArticlesRequest { page_size: 1000, page_token, ..Default::default() };
        let page = server.articles().list_articles(request).await.expect("articles").into_inner();
        all.extend(page.articles);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

async fn all_claims(server: &Server) -> Vec<v1::Claim> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let parent = "articles/-".to_owned();
        let request = v1::ListClaimsRequest { parent, page_size: 1000, page_token, ..Default::default() };
        let page = server.claims().list_claims(request).await.expect("claims").into_inner();
        all.extend(page.claims);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

async fn all_reviews(server: &Server) -> Vec<v1::Review> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let parent = "articles/-/claims/-".to_owned();
        let request = v1::ListReviewsRequest { parent, page_size: 1000, page_token };
        let page = server.reviews().list_reviews(request).await.expect("reviews").into_inner();
        all.extend(page.reviews);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// The end of a log.
fn tail(log: &str) -> String {
    let with = |level: &str| log.lines().filter(|line| line.contains(level)).collect::<Vec<_>>();
    // A fault of the service tells most.
    let lines = Some(with("ERROR")).filter(|lines| !lines.is_empty()).unwrap_or_else(|| with("WARN"));
    lines[lines.len().saturating_sub(20)..].join("\n")
}
