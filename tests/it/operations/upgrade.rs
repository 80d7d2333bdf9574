//! One version takes over from another while calls go on.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use claimdesk::proto::v1::article_service_client::ArticleServiceClient;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use crate::harness::{self, Options, Server, number};
use crate::samples::{article, submission};

const CALLERS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

fn on(url: &str) -> Server {
    Server::start_with(Options { database: Some(url.to_owned()), ..Options::default() })
}

/// A channel over services, each call to one of them.
fn balanced(servers: &[&Server]) -> Channel {
    let endpoints = servers.iter().map(|server| Endpoint::from_shared(server.url()).expect("an address"));
    Channel::balance_list(endpoints)
}

/// Stores articles one after the other, each again with the same request id until it is answered; how many there were.
async fn write(
    channel: Channel,
    caller: usize,
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
) -> HashSet<String> {
    let mut names = HashSet::new();
    while !stop.load(Ordering::Relaxed) {
        let label = format!("upgrade/{caller}/{}", names.len());
        let mut request = submission(article(&label));
        request.request_id = format!("upgrade-{caller}-{}", names.len());
        let began = Instant::now();
        let stored = loop {
            match ArticleServiceClient::new(channel.clone()).submit_article(request.clone()).await {
                Ok(answer) => break answer.into_inner(),
                // What a client may call again: the service says so, or the connection broke.
                Err(status)
                    if matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled) =>
                {
                    assert!(began.elapsed() < PATIENCE, "{status:?}");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(status) => panic!("{status:?}"),
            }
        };
        assert_eq!(stored.claims.len(), 3);
        assert!(names.insert(stored.article.expect("an article").name), "each article has a name of its own");
        written.fetch_add(1, Ordering::Relaxed);
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_service_takes_over_from_another_without_a_loss() {
    let url = harness::database();
    let old = on(&url);
    // The later one brings the schema up to date while the earlier one serves, and both do for a while.
    let new = on(&url);
    let channel = balanced(&[&old, &new]);
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| tokio::spawn(write(channel.clone(), caller, Arc::clone(&stop), Arc::clone(&written))))
        .collect();
    let more = async |number: usize| {
        let (until, began) = (written.load(Ordering::Relaxed) + number, Instant::now());
        while written.load(Ordering::Relaxed) < until {
            assert!(began.elapsed() < PATIENCE, "nothing is written any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    more(20).await;
    old.signal("TERM");
    let ended = tokio::task::block_in_place(|| old.wait());
    assert_eq!(ended.code(), Some(0), "{}", old.log());
    more(20).await;
    stop.store(true, Ordering::Relaxed);
    let mut names = HashSet::new();
    for caller in callers {
        names.extend(caller.await.expect("no panic"));
    }
    for server in [&old, &new] {
        assert!(server.log().contains("SubmitArticle"), "both have served:\n{}", server.log());
    }
    assert!(!old.log().contains("cut off"), "nothing was cut off:\n{}", old.log());
    // Every answer is there, once, and nothing else.
    assert_eq!(number(&url, "SELECT count(*) FROM article"), i64::try_from(names.len()).expect("a count"));
    assert_eq!(number(&url, "SELECT count(*) FROM claim"), 3 * i64::try_from(names.len()).expect("a count"));
    for name in names {
        let request = v1::GetArticleRequest { name };
        new.articles().get_article(request).await.expect("an article that was answered");
    }
    new.client(&["audit", "verify"]).success();
}
