//! The first token.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::world::Guarded;
use crate::harness::{self, Options, Server};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_token_is_made_for_its_owner_alone() {
    let desk = Guarded::start();
    assert_eq!(fs::metadata(&desk.file).expect("the file").permissions().mode() & 0o777, 0o600);
    desk.try_reading(&format!("Bearer {}", desk.admin)).await.expect("an administrator");
    let day = "SELECT extract(epoch FROM expire_time - create_time)::bigint FROM token";
    assert_eq!(harness::number(&desk.database, day), 86_400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_does_not_come_back_with_its_file() {
    let desk = Guarded::start();
    let listed = claimdesk::proto::v1::ListTokensRequest::default();
    let listed = desk.tokens().list_tokens(super::world::bearing(&desk.admin, listed)).await.expect("a list");
    desk.revoke(&listed.into_inner().tokens[0].name).await;
    let again = desk.replica();
    again.try_reading(&format!("Bearer {}", desk.admin)).await.expect_err("it stays revoked");
    // Without the file there is a new one.
    fs::remove_file(&desk.file).expect("removed");
    let anew = desk.replica();
    assert_ne!(anew.admin, desk.admin);
    anew.try_reading(&format!("Bearer {}", anew.admin)).await.expect("an administrator");
}

#[test]
fn a_file_without_a_token_is_told() {
    let file = harness::scratch("token").join("admin");
    fs::write(&file, "secret\n").expect("written");
    let arguments = vec!["--bootstrap-token-file".to_owned(), file.display().to_string()];
    let options = Options { database: Some(harness::database()), arguments, ..Options::default() };
    let log = Server::spawn(options).err().expect("refused");
    assert!(log.contains("openssl rand -hex 32") && log.contains("--bootstrap-token-file"), "{log}");
    assert!(!log.contains("secret\n"), "what stands in it is not repeated: {log}");
}
