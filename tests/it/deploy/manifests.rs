//! The manifests for Kubernetes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::{assert_known, text, texts, yaml};
use crate::harness::root;

const BASE: &str = "deploy/kustomize/base";
const EXAMPLE: &str = "deploy/kustomize/example";

/// The manifests of the base, by their kind and name.
fn base() -> BTreeMap<(String, String), Value> {
    let kustomization = yaml(&format!("{BASE}/kustomization.yaml")).remove(0);
    let files =
        texts(&kustomization["resources"]).into_iter().flat_map(|file| yaml(&format!("{BASE}/{file}")));
    let all = files.map(|manifest| {
        let name = |value: &Value| value.as_str().expect("a text").to_owned();
        ((name(&manifest["kind"]), name(&manifest["metadata"]["name"])), manifest)
    });
    all.collect()
}

/// The lines NAME=VALUE of a file.
fn pairs(file: &str) -> BTreeMap<String, String> {
    let lines = text(file);
    let lines = lines.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn get<'a>(all: &'a BTreeMap<(String, String), Value>, kind: &str, name: &str) -> &'a Value {
    all.get(&(kind.to_owned(), name.to_owned())).unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// Whether labels have all that a selector asks for.
fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.as_object().expect("a selector");
    !wanted.is_empty() && wanted.iter().all(|(key, value)| labels[key] == *value)
}

fn container(workload: &Value) -> &Value {
    &workload["spec"]["template"]["spec"]["containers"][0]
}

#[test]
fn kustomizations_name_files_that_there_are_and_all_of_them() {
    for folder in [BASE, EXAMPLE, "deploy"] {
        let kustomization = yaml(&format!("{folder}/kustomization.yaml")).remove(0);
        let mut named: BTreeSet<String> =
            texts(&kustomization["resources"]).into_iter().map(str::to_owned).collect();
        for patch in kustomization["patches"].as_array().into_iter().flatten() {
            named.insert(patch["path"].as_str().expect("a path").to_owned());
        }
        for generated in kustomization["configMapGenerator"].as_array().into_iter().flatten() {
            for file in texts(&generated["files"]).into_iter().chain(texts(&generated["envs"])) {
                named.insert(file.rsplit('=').next().expect("a file").to_owned());
            }
        }
        for file in &named {
            assert!(root().join(folder).join(file).exists(), "{folder}/{file}");
        }
        if folder == "deploy" {
            assert!(named.contains("alerts.yaml") && named.contains("dashboard.json"), "{named:?}");
            continue;
        }
        for file in std::fs::read_dir(root().join(folder)).expect("a folder").flatten() {
            let file = file.file_name().into_string().expect("a name");
            assert!(file == "kustomization.yaml" || named.contains(&file), "{folder}/{file} is in nothing");
        }
    }
}

#[test]
fn selectors_select_what_there_is() {
    let all = base();
    let deployment = get(&all, "Deployment", "claimdesk");
    let job = get(&all, "Job", "claimdesk-migrate");
    let (served, migrated) = (
        &deployment["spec"]["template"]["metadata"]["labels"],
        &job["spec"]["template"]["metadata"]["labels"],
    );
    let mut selectors = vec![
        &deployment["spec"]["selector"]["matchLabels"],
        &get(&all, "PodDisruptionBudget", "claimdesk")["spec"]["selector"]["matchLabels"],
        &get(&all, "Service", "claimdesk")["spec"]["selector"],
        &get(&all, "Service", "claimdesk-replicas")["spec"]["selector"],
    ];
    for spread in
        deployment["spec"]["template"]["spec"]["topologySpreadConstraints"].as_array().expect("some")
    {
        selectors.push(&spread["labelSelector"]["matchLabels"]);
    }
    for selector in selectors {
        assert!(selects(selector, served), "{selector} selects not {served}");
        assert!(!selects(selector, migrated), "{selector} selects the migration");
    }
    let policy = &get(&all, "NetworkPolicy", "claimdesk")["spec"]["podSelector"]["matchLabels"];
    assert!(selects(policy, served) && selects(policy, migrated));
    let scaled = &get(&all, "HorizontalPodAutoscaler", "claimdesk")["spec"]["scaleTargetRef"];
    assert_eq!((&scaled["kind"], &scaled["name"]), (&deployment["kind"], &deployment["metadata"]["name"]));
    for workload in [deployment, job] {
        let account =
            workload["spec"]["template"]["spec"]["serviceAccountName"].as_str().expect("an account");
        get(&all, "ServiceAccount", account);
    }
}

#[test]
fn settings_and_ports_are_those_of_the_program() {
    let all = base();
    let (deployment, job) = (get(&all, "Deployment", "claimdesk"), get(&all, "Job", "claimdesk-migrate"));
    let settings = pairs(&format!("{BASE}/config.env"));
    assert_known("serve", settings.keys().map(String::as_str));
    for (workload, command) in [(deployment, "serve"), (job, "migrate")] {
        let container = container(workload);
        assert_eq!(texts(&container["args"]), [command]);
        let set = container["env"].as_array().expect("settings");
        assert_known(command, set.iter().map(|one| one["name"].as_str().expect("a name")));
        assert_eq!(container["image"], "claimdesk");
    }
    let port = |setting: &str| {
        settings[setting].rsplit(':').next().expect("a port").parse::<u64>().expect("a number")
    };
    let ports: BTreeMap<&str, u64> = container(deployment)["ports"]
        .as_array()
        .expect("ports")
        .iter()
        .map(|port| {
            (port["name"].as_str().expect("a name"), port["containerPort"].as_u64().expect("a number"))
        })
        .collect();
    assert_eq!(ports["grpc"], port("CLAIMDESK_LISTEN"));
    assert_eq!(ports["metrics"], port("CLAIMDESK_METRICS_LISTEN"));
    for service in ["claimdesk", "claimdesk-replicas"] {
        for port in get(&all, "Service", service)["spec"]["ports"].as_array().expect("ports") {
            let target = port["targetPort"].as_str().expect("a name");
            assert_eq!(port["port"].as_u64(), Some(ports[target]), "{service}");
        }
    }
    assert_eq!(get(&all, "Service", "claimdesk-replicas")["spec"]["clusterIP"], "None");
    let rules = get(&all, "NetworkPolicy", "claimdesk")["spec"]["ingress"].as_array().expect("rules");
    let open: Vec<u64> = rules.iter().filter_map(|rule| rule["ports"][0]["port"].as_u64()).collect();
    assert_eq!(open, [ports["grpc"], ports["metrics"]]);
    // Files that settings name lie where a secret is mounted.
    let mounts: Vec<&str> = container(deployment)["volumeMounts"]
        .as_array()
        .expect("mounts")
        .iter()
        .filter_map(|mount| mount["mountPath"].as_str())
        .collect();
    for (setting, value) in settings.iter().filter(|(_, value)| value.starts_with('/')) {
        let folder = Path::new(value).parent().and_then(Path::to_str).expect("a folder");
        assert!(mounts.contains(&folder), "{setting}: {value}");
    }
    for setting in settings.keys().filter(|setting| setting.contains("LISTEN")) {
        assert!(!settings[setting].starts_with("127."), "{setting} can be reached by nobody");
    }
}

#[test]
fn replicas_are_probed_ended_and_bounded() {
    let all = base();
    let deployment = get(&all, "Deployment", "claimdesk");
    let (spec, container) = (&deployment["spec"]["template"]["spec"], container(deployment));
    for (probe, path) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
        assert_eq!(container[probe]["httpGet"]["path"], path);
        assert_eq!(container[probe]["httpGet"]["port"], "metrics");
    }
    let number = |value: &Value| value.as_u64().expect("a number");
    let grace: u64 =
        pairs(&format!("{BASE}/config.env"))["CLAIMDESK_SHUTDOWN_GRACE"].parse().expect("seconds");
    let pause = number(&container["lifecycle"]["preStop"]["sleep"]["seconds"]);
    assert!(number(&spec["terminationGracePeriodSeconds"]) > grace + pause);
    assert_eq!(deployment["spec"]["replicas"], Value::Null, "the autoscaler says how many there are");
    assert_eq!(deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0);
    for workload in [deployment, get(&all, "Job", "claimdesk-migrate")] {
        let spec = &workload["spec"]["template"]["spec"];
        assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
        let user = number(&spec["securityContext"]["runAsUser"]);
        assert!(text("Dockerfile").contains(&format!("USER {user}:{user}")), "the user of the image");
        assert_eq!(spec["automountServiceAccountToken"], false);
        let container = self::container(workload);
        let security = &container["securityContext"];
        assert_eq!(security["readOnlyRootFilesystem"], true);
        assert_eq!(security["allowPrivilegeEscalation"], false);
        assert_eq!(texts(&security["capabilities"]["drop"]), ["ALL"]);
        assert!(container["resources"]["requests"]["memory"].is_string());
        assert!(container["resources"]["limits"]["memory"].is_string());
    }
    // The most replicas leave a PostgreSQL as it comes (100 connections) room for others.
    let connections: u64 =
        pairs(&format!("{BASE}/config.env"))["CLAIMDESK_DATABASE_CONNECTIONS"].parse().expect("a number");
    let most = number(&get(&all, "HorizontalPodAutoscaler", "claimdesk")["spec"]["maxReplicas"]);
    assert!((most + 1) * connections + 2 < 97, "{most} replicas with {connections} connections");
}

#[test]
fn the_overlay_gives_all_secrets_that_are_asked_for() {
    let all = base();
    let overlay = yaml(&format!("{EXAMPLE}/kustomization.yaml")).remove(0);
    let mut given = BTreeMap::new();
    for secret in overlay["secretGenerator"].as_array().expect("secrets") {
        let keys = texts(&secret["literals"]).into_iter().filter_map(|pair| Some(pair.split_once('=')?.0));
        given.insert(secret["name"].as_str().expect("a name"), keys.collect::<BTreeSet<_>>());
    }
    for workload in [get(&all, "Deployment", "claimdesk"), get(&all, "Job", "claimdesk-migrate")] {
        for setting in container(workload)["env"].as_array().expect("settings") {
            let Some(secret) = setting["valueFrom"].get("secretKeyRef") else { continue };
            let (name, key) =
                (secret["name"].as_str().expect("a name"), secret["key"].as_str().expect("a key"));
            assert!(given.get(name).is_some_and(|keys| keys.contains(key)), "{name}: {key}");
        }
    }
    for volume in
        get(&all, "Deployment", "claimdesk")["spec"]["template"]["spec"]["volumes"].as_array().expect("some")
    {
        let name = volume["secret"]["secretName"].as_str().expect("a secret");
        let explained =
            text(&format!("{EXAMPLE}/kustomization.yaml")).contains(&format!("The secret {name} "));
        assert!(given.contains_key(name) || explained, "{name}");
    }
    for generated in overlay["configMapGenerator"].as_array().expect("settings") {
        assert_known(
            "serve",
            texts(&generated["literals"]).into_iter().filter_map(|pair| Some(pair.split_once('=')?.0)),
        );
    }
    assert_eq!(overlay["images"][0]["newTag"], env!("CARGO_PKG_VERSION"));
}
