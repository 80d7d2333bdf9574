//! Databases that another version of claimdesk has migrated.

use super::super::harness::{self, Options, Server};
use super::super::samples::{decision, submit};

/// A database that this version has migrated and used.
async fn used(label: &str) -> String {
    let database = harness::database();
    let server = Server::start_with(on(&database));
    submit(&server, label).await;
    database
}

fn on(database: &str) -> Options {
    Options { database: Some(database.to_owned()), ..Options::default() }
}

/// What a person is told by a service that does not start.
fn refusal(database: &str) -> String {
    let log = Server::spawn(on(database)).err().expect("a service that does not start");
    log.lines().find(|line| line.starts_with("claimdesk:")).expect("what a person is told").to_owned()
}

fn applied(database: &str, version: i64, description: &str) {
    harness::query(
        database,
        &format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES ({version}, '{description}', true, '\\x00', 0)"
        ),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_works_beside_a_newer_one_that_has_migrated_the_database() {
    let database = used("faults/schema/before").await;
    let running = Server::start_with(on(&database));
    // As a newer version does it: something more, which this one does not know.
    harness::query(
        &database,
        "ALTER TABLE article ADD COLUMN of_the_future text; CREATE TABLE future (id int)",
    );
    applied(&database, 9001, "of the future");
    applied(&database, 9002, "without the old column needs 0011");
    let stored = submit(&running, "faults/schema/running").await;
    running.reviews().review_claim(decision(&stored.claims[0].name, "VERIFIED")).await.expect("decided");
    let started = Server::start_with(on(&database));
    let stored = submit(&started, "faults/schema/started").await;
    started.reviews().review_claim(decision(&stored.claims[0].name, "VERIFIED")).await.expect("decided");
    assert!(started.log().contains("a newer claimdesk has migrated the database"), "{}", started.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_too_old_for_the_database_says_which_it_takes() {
    let database = used("faults/schema/old").await;
    applied(&database, 9002, "without the old column needs 9001");
    let newest = harness::number(&database, "SELECT max(version) FROM _sqlx_migrations WHERE version < 9000");
    let told = refusal(&database).replace(&format!("up to {newest}:"), "up to NEWEST:");
    insta::assert_snapshot!(told, @"claimdesk: this version cannot work on the database; a newer claimdesk has migrated the database (9002: without the old column needs 9001), and it takes a version that knows migration 9001; this one knows them up to NEWEST: start the newer version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_no_release_is_refused_with_what_to_do() {
    let database = used("faults/schema/foreign").await;
    applied(&database, 7, "of a branch");
    insta::assert_snapshot!(refusal(&database), @"claimdesk: this version cannot work on the database; migration 7 (of a branch) was applied to the database and belongs to no release: start the build of claimdesk that applied it, or give this one a database of its own");
    harness::query(&database, "DELETE FROM _sqlx_migrations WHERE version = 7");
    harness::query(&database, "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 2");
    insta::assert_snapshot!(refusal(&database), @"claimdesk: this version cannot work on the database; migration 2 was applied to the database by a build in which it had another content: start that build, or restore a backup into a new database and start this one there; nothing was changed");
}
