//! Nothing that was answered is lost, however the service ends; on a private PostgreSQL as `claimdesk serve` runs it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use claimdesk::proto::v1;

use super::harness::{self, Options, Server, alive};
use super::samples::{article, decision, submission, submit};

fn on(data: &Path) -> Server {
    Server::start_with(Options { data: Some(data.to_owned()), ..Options::default() })
}

/// The process of the private PostgreSQL below a data folder, and the folder of its socket.
pub(crate) fn postmaster(folder: &Path) -> Option<(u32, PathBuf)> {
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path: PathBuf = entry.path();
            if path.ends_with("postmaster.pid") {
                let text = std::fs::read_to_string(path).ok()?;
                let mut lines = text.lines();
                return Some((lines.next()?.trim().parse().ok()?, lines.nth(3)?.into()));
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                left.push(path);
            }
        }
    }
    None
}

fn gone(pid: u32) -> bool {
    let began = Instant::now();
    while alive(pid) {
        if began.elapsed() > Duration::from_secs(20) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill() {
    let data = harness::scratch("durable").join("data");
    let mut answered = Vec::new();
    let mut decided = Vec::new();
    for round in 0..3 {
        let server = on(&data);
        // Everything of the rounds before is there.
        for name in &answered {
            let request = v1::GetArticleRequest { name: String::clone(name) };
            server.articles().get_article(request).await.expect("an answered article");
        }
        for name in &decided {
            let request = v1::GetClaimRequest { name: String::clone(name) };
            let claim =
                server.claims().get_claim(request).await.expect("an answered claim").into_inner().claim;
            assert_eq!(claim.expect("a claim").state, "VERIFIED");
        }
        // Some are on their way when the service dies.
        let under_way: Vec<_> = (0..8)
            .map(|at| {
                let mut client = server.articles();
                let request = submission(article(&format!("durable/under-way-{round}-{at}")));
                tokio::spawn(async move { client.submit_article(request).await })
            })
            .collect();
        let stored = submit(&server, &format!("durable/{round}")).await;
        let claim = stored.claims[0].name.clone();
        server.reviews().review_claim(decision(&claim, "VERIFIED")).await.unwrap();
        server.signal("KILL");
        server.wait();
        answered.push(stored.article.unwrap().name);
        decided.push(claim);
        for task in under_way {
            if let Ok(answer) = task.await.unwrap() {
                answered.push(answer.into_inner().article.unwrap().name);
            }
        }
    }
    let server = on(&data);
    for name in answered {
        server.articles().get_article(v1::GetArticleRequest { name }).await.expect("an answered article");
    }
    // An article is there with all its claims or not at all.
    let request = v1::ListArticlesRequest { page_size: 1000, ..Default::default() };
    for article in server.articles().list_articles(request).await.unwrap().into_inner().articles {
        let request = v1::ListClaimsRequest { parent: article.name, ..Default::default() };
        let claims = server.claims().list_claims(request).await.unwrap().into_inner().claims;
        assert_eq!((claims.len(), article.claim_count), (3, 3));
    }
    let (postgres, socket) = postmaster(&data).expect("a private PostgreSQL");
    assert!(socket.exists());
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!(!socket.exists(), "{} is left behind", socket.display());
    assert!(gone(postgres), "the private PostgreSQL stops with the service, adopted or not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_postgresql_that_was_killed_recovers() {
    let data = harness::scratch("crash").join("data");
    let server = on(&data);
    let stored = submit(&server, "durable/crash").await.article.unwrap();
    let (postgres, _) = postmaster(&data).expect("a private PostgreSQL");
    harness::kill("KILL", postgres);
    server.signal("KILL");
    server.wait();
    let server = on(&data);
    let request = v1::GetArticleRequest { name: stored.name };
    server.articles().get_article(request).await.expect("an answered article");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_on_the_same_data_is_refused() {
    let data = harness::scratch("owner").join("data");
    let first = on(&data);
    let log =
        Server::spawn(Options { data: Some(data.clone()), ..Options::default() }).err().expect("refused");
    assert!(log.contains(&*data.to_string_lossy()), "it names the folder:\n{log}");
    submit(&first, "durable/owner").await;
}
