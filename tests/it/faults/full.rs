//! The disk of the database is full: writes are refused and say so, reads go on, and with room again everything does.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::super::harness::{self, Options};
use super::super::observability::{get, watched_with};
use super::super::samples::{article, reason, submission};
use super::load::{Tolerance, Writers};
use crate::cluster::Cluster;

const FULL: Tolerance = Tolerance { broken: false, reasons: &["STORAGE_FULL"] };

/// A small file system of its own, as far as this user may mount one.
struct Disk(PathBuf);

impl Disk {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = harness::scratch("disk");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "claimdesk-test"])
            .arg(&folder)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).expect("a file");
        for size in [1 << 16, 1 << 12] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Its database may still be about to close its files.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let Some(disk) = Disk::mount(64) else {
        harness::skipped("a full disk cannot be tested, since this user may mount no file system (root may)");
        return;
    };
    let tables = disk.0.join("tables");
    fs::create_dir(&tables).expect("a folder");
    harness::give(&tables);
    // Declared behind the disk, and so ended before it. Its log of writes lies elsewhere: where that is full as well,
    // PostgreSQL ends, and is away.
    let cluster = Cluster::start();
    cluster.administer(&format!("CREATE TABLESPACE small LOCATION '{}'", tables.display()));
    cluster.administer("CREATE DATABASE full_disk TABLESPACE small");
    let (server, probes) =
        watched_with(Options { database: Some(cluster.url("full_disk")), ..Options::default() });
    let writers = Writers::start(&server.url(), "full", 4, FULL);
    writers.progress().await;
    let filler = disk.fill();

    let status = refusal(&server).await;
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "STORAGE_FULL"));
    assert!(status.message().contains("disk is full"), "{}", status.message());
    assert!(status.get_error_details().retry_info().is_some(), "{status:?}");
    reads_go_on(&server, &probes).await;
    assert!(server.log().contains("the database's disk is full"), "its operator is told");
    let began = Instant::now();
    while writers.refused() == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "writers find room on a full disk");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    free(&filler);
    writers.progress().await;
    writers.finish(&server).await;
}

/// Writes until there is no room. Nothing is stored by it: what fits into pages that are there is taken back.
async fn refusal(server: &harness::Server) -> tonic::Status {
    let began = Instant::now();
    let mut long = article("faults/full/long");
    long.text = "Im Juli 2024 kamen 40 Gäste aus 3 Ländern.\n".repeat(2_000);
    loop {
        let request = v1::SubmitArticleRequest { validate_only: true, ..submission(long.clone()) };
        if let Err(status) = server.articles().submit_article(request).await {
            return status;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "a long article finds room on a full disk");
    }
}

async fn reads_go_on(server: &harness::Server, probes: &str) {
    let request = v1::ListArticlesRequest { page_size: 1, ..Default::default() };
    let first =
        server.articles().list_articles(request).await.expect("a list").into_inner().articles.remove(0);
    let request = v1::GetArticleRequest { name: first.name };
    server.articles().get_article(request).await.expect("an article");
    let request = v1::ListClaimsRequest {
        parent: "articles/-".to_owned(),
        filter: "state = \"VERIFIED\"".to_owned(),
        ..Default::default()
    };
    server.claims().list_claims(request).await.expect("a search");
    assert_eq!(get(probes, "/readyz").0, 200, "whoever reads is not sent elsewhere");
}

fn free(filler: &Path) {
    fs::remove_file(filler).expect("the filler");
}
