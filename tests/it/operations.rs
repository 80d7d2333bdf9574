//! What whoever runs the service does with it: as docs/operations.md says.

mod backup;
mod roles;
mod upgrade;

use super::harness;

/// The URL of the same database for another role.
fn for_role(url: &str, role: &str) -> String {
    let (_, place) = url.split_once('@').expect("a user");
    format!("postgres://{role}@{place}")
}

/// The name of the database in a URL.
fn database_name(url: &str) -> &str {
    url.rsplit('/').next().expect("a name")
}

/// A new database whose owner may change its schema, and another role that may not: their URLs.
fn two_roles() -> (String, String, String) {
    let url = harness::database();
    let name = database_name(&url);
    let (owner, serving) = (format!("owner_{name}"), format!("serving_{name}"));
    for role in [&owner, &serving] {
        harness::administer(&format!("CREATE ROLE {role} LOGIN"));
    }
    harness::administer(&format!("ALTER DATABASE {name} OWNER TO {owner}"));
    (for_role(&url, &owner), for_role(&url, &serving), serving)
}

/// `claimdesk migrate` on a database.
fn migrate(url: &str, arguments: &[&str]) -> harness::Answer {
    let mut command = harness::client_command(&["migrate"]);
    command.args(arguments).env("DATABASE_URL", url).env_remove("CLAIMDESK_SERVING_ROLE");
    harness::answer(&mut command, "")
}
