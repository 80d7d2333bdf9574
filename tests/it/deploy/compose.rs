//! compose.yaml.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{assert_known, keys, text, texts, yaml};
use crate::harness::{self, Options, Server, answer, client_command, refused};
use crate::samples::submit;

fn compose() -> Value {
    yaml("compose.yaml").remove(0)
}

/// A setting in seconds, as in 40s.
fn seconds(value: &Value) -> u64 {
    value
        .as_str()
        .and_then(|text| text.strip_suffix('s'))
        .and_then(|number| number.parse().ok())
        .expect("seconds")
}

#[test]
fn compose_names_what_there_is() {
    let compose = compose();
    let services = &compose["services"];
    assert!(services["postgres"]["image"].as_str().is_some_and(|image| image.starts_with("postgres:18")));
    assert!(services["postgres"]["healthcheck"]["test"].is_array());
    for (name, service) in services.as_object().expect("services") {
        for secret in texts(&service["secrets"]) {
            assert!(compose["secrets"][secret]["file"].is_string(), "{name}: {secret}");
        }
        for network in texts(&service["networks"]) {
            assert!(network == "default" || compose["networks"].get(network).is_some(), "{name}: {network}");
        }
        for other in service["depends_on"].as_object().into_iter().flat_map(|on| on.keys()) {
            assert!(services.get(other).is_some(), "{name} depends on {other}");
        }
        for volume in texts(&service["volumes"]) {
            let source = volume.split(':').next().expect("a source");
            let there = compose["volumes"].get(source).is_some() || harness::root().join(source).exists();
            assert!(there, "{name}: {source}");
        }
        // A password stands in no setting: secrets are files.
        for (key, value) in service["environment"].as_object().into_iter().flatten() {
            let value = value.as_str().expect("a text");
            assert!(!key.ends_with("PASSWORD") && !value.contains(":change"), "{name}: {key}");
            if let Some(secret) = value.strip_prefix("/run/secrets/") {
                assert!(texts(&service["secrets"]).contains(&secret), "{name}: {key}");
            }
        }
    }
    // PostgreSQL is for claimdesk alone; claimdesk for this machine.
    assert_eq!(services["postgres"]["ports"], Value::Null);
    assert_eq!(compose["networks"]["database"]["internal"], Value::Bool(true));
    let ports = texts(&services["claimdesk"]["ports"]);
    assert!(!ports.is_empty() && ports.iter().all(|port| port.starts_with("127.0.0.1:")), "{ports:?}");
}

#[test]
fn the_services_of_compose_are_commands_with_settings_that_there_are() {
    let compose = compose();
    let (service, migrate) = (&compose["services"]["claimdesk"], &compose["services"]["migrate"]);
    assert_known("serve", keys(&service["environment"]));
    assert_eq!(texts(&migrate["command"]), ["migrate"]);
    assert_known("migrate", keys(&migrate["environment"]));
    assert_eq!(service["environment"]["CLAIMDESK_MIGRATE"], "check");
    assert_eq!(service["depends_on"]["migrate"]["condition"], "service_completed_successfully");
    let grace: u64 = service["environment"]["CLAIMDESK_SHUTDOWN_GRACE"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("seconds");
    assert!(seconds(&service["stop_grace_period"]) > grace);
    assert_eq!(service["read_only"], Value::Bool(true));
}

/// The script that makes the roles, the migration and the service, one after the other, with the settings of compose.yaml.
#[tokio::test(flavor = "multi_thread")]
async fn what_compose_starts_works_one_after_the_other() {
    let compose = compose();
    let secrets = harness::scratch("secrets");
    for name in keys(&compose["secrets"]) {
        fs::write(secrets.join(name), format!("{name}-'password'\n")).expect("a secret");
    }
    let psql = harness::postgres_program("psql");
    let folder = Path::new(psql.get_program()).parent().map(|folder| folder.display().to_string());
    let mut roles = Command::new("bash");
    roles
        .arg(harness::root().join("deploy/compose/roles.sh"))
        .env("PATH", format!("{}:/usr/bin:/bin", folder.unwrap_or_default()))
        .env("PGHOST", harness::postgres_socket())
        .env("POSTGRES_USER", "claimdesk")
        .env("SECRETS", &secrets);
    answer(&mut roles, "").success();
    let socket = harness::postgres_socket().display().to_string().replace('/', "%2F");
    // The same settings, but for where PostgreSQL and the secrets are.
    let environment = |service: &str| -> Vec<(String, String)> {
        let settings = compose["services"][service]["environment"].as_object().expect("settings");
        let here = |value: &Value| {
            let value = value.as_str().expect("a text");
            value
                .replace("@postgres/", &format!("@{socket}/"))
                .replace("/run/secrets", &secrets.display().to_string())
        };
        settings.iter().map(|(key, value)| (key.clone(), here(value))).collect()
    };
    let mut migrate = client_command(&["migrate"]);
    let told = answer(migrate.envs(environment("migrate")), "");
    assert_eq!(told.code, 0, "{told:?}");
    let mut settings = environment("claimdesk");
    let at = settings.iter().position(|(key, _)| key == "DATABASE_URL").expect("a database");
    let url = settings.remove(at).1;
    let environment =
        settings.into_iter().map(|(key, value)| (&*Box::leak(key.into_boxed_str()), value)).collect();
    let server =
        Server::start_with(Options { database: Some(url.clone()), environment, ..Options::default() });
    assert!(submit(&server, "compose/one").await.created);
    server.client(&["health"]).success();
    assert!(refused(&url, "DELETE FROM change").contains("permission denied"));
    assert!(text("deploy/compose/roles.sh").contains("REVOKE CONNECT"));
}
