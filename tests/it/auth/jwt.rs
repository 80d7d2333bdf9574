//! JWTs of an issuer: what is taken, what is not, and keys that change.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use data_encoding::BASE64URL_NOPAD;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use tonic::Code;

use super::world::{Guarded, eventually, reason};
use crate::harness;

const ISSUER: &str = "https://id.example.org";

/// A key of an issuer.
struct Key {
    id: &'static str,
    pair: Pair,
}

enum Pair {
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    fn p256(id: &'static str) -> Self {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Self { id, pair: Pair::P256(key.expect("a key").as_ref().to_vec()) }
    }

    fn ed25519(id: &'static str) -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self { id, pair: Pair::Ed25519(key.as_ref().to_vec()) }
    }

    fn public(&self) -> Vec<u8> {
        match &self.pair {
            Pair::P256(pkcs8) => p256(pkcs8).public_key().as_ref().to_vec(),
            Pair::Ed25519(pkcs8) => ed25519(pkcs8).public_key().as_ref().to_vec(),
        }
    }

    fn jwk(&self) -> Value {
        let public = self.public();
        match self.pair {
            Pair::P256(_) => json!({
                "kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "alg": "ES256",
                "x": BASE64URL_NOPAD.encode(&public[1..33]), "y": BASE64URL_NOPAD.encode(&public[33..]),
            }),
            Pair::Ed25519(_) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": BASE64URL_NOPAD.encode(&public)})
            }
        }
    }

    /// Signs these claims, with the header that belongs to the key.
    fn sign(&self, claims: &Value) -> String {
        let algorithm = if matches!(self.pair, Pair::P256(_)) { "ES256" } else { "EdDSA" };
        self.sign_as(&json!({"alg": algorithm, "typ": "JWT", "kid": self.id}), claims)
    }

    fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = match &self.pair {
            Pair::P256(pkcs8) => p256(pkcs8)
                .sign(&SystemRandom::new(), message.as_bytes())
                .expect("a signature")
                .as_ref()
                .to_vec(),
            Pair::Ed25519(pkcs8) => ed25519(pkcs8).sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

fn p256(pkcs8: &[u8]) -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new()).expect("a key")
}

fn ed25519(pkcs8: &[u8]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_pkcs8(pkcs8).expect("a key")
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

fn set(keys: &[&Key]) -> String {
    json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()}).to_string()
}

/// So many seconds from now.
fn at(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    i64::try_from(now).expect("a time") + seconds
}

/// The claims of a token that is fine, with some that are not.
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": "claimdesk", "sub": "ada", "exp": at(600), "nbf": at(-5), "roles": ["reader"],
    });
    let object = claims.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn arguments(keys: &str) -> Vec<String> {
    ["--jwt-issuer", ISSUER, "--jwt-audience", "other,claimdesk", "--jwt-keys", keys]
        .map(str::to_owned)
        .to_vec()
}

/// A service that takes the JWTs of these keys, which stand in a file.
fn start(keys: &[&Key], more: &[&str]) -> (Guarded, PathBuf) {
    let file = harness::scratch("jwks").join("keys.json");
    fs::write(&file, set(keys)).expect("written");
    let mut all = arguments(&file.display().to_string());
    all.extend(more.iter().map(|argument| (*argument).to_owned()));
    (Guarded::start_with(&all), file)
}

async fn reading(desk: &Guarded, token: &str) -> Result<(), tonic::Status> {
    desk.try_reading(&format!("Bearer {token}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_issuer_signed_for_this_service_and_this_time_is_taken() {
    let (p256, ed25519, foreign) = (Key::p256("one"), Key::ed25519("two"), Key::p256("one"));
    let (desk, _) = start(&[&p256, &ed25519], &[]);
    for key in [&p256, &ed25519] {
        reading(&desk, &key.sign(&claims(json!({})))).await.expect("taken");
    }
    reading(&desk, &p256.sign(&claims(json!({"aud": ["else", "claimdesk"]})))).await.expect("one of several");
    reading(&desk, &p256.sign(&claims(json!({"exp": at(-20), "nbf": at(20)})))).await.expect("clocks differ");
    reading(&desk, &ed25519.sign_as(&json!({"alg": "EdDSA"}), &claims(json!({}))))
        .await
        .expect("the only one");
    let access = json!({"alg": "ES256", "typ": "at+JWT", "kid": "one"});
    reading(&desk, &p256.sign_as(&access, &claims(json!({})))).await.expect("an access token");

    for (what, changes) in [
        ("expired", json!({"exp": at(-120)})),
        ("not yet valid", json!({"nbf": at(120)})),
        ("of another issuer", json!({"iss": "https://id.example.com"})),
        ("for another service", json!({"aud": "elsewhere"})),
        ("for nobody", json!({"aud": []})),
        ("without an issuer", json!({"iss": null})),
        ("without an audience", json!({"aud": null})),
        ("without an end", json!({"exp": null})),
        ("with an end in words", json!({"exp": "tomorrow"})),
        ("of nobody", json!({"sub": null})),
        ("of anonymous", json!({"sub": "anonymous"})),
        ("of two lines", json!({"sub": "ada\nadmin"})),
    ] {
        let status = reading(&desk, &p256.sign(&claims(changes))).await.expect_err(what);
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unauthenticated, "CREDENTIALS_INVALID"),
            "{what}"
        );
    }
    let good = claims(json!({}));
    let header = |changes: Value| {
        let mut header = json!({"alg": "ES256", "typ": "JWT", "kid": "one"});
        header.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        header
    };
    let confused = {
        // The public key as a secret, which everybody has.
        let message = message(&header(json!({"alg": "HS256"})), &good);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &p256.public()), message.as_bytes());
        format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
    };
    let right = p256.sign(&good);
    let (signed, signature) = right.rsplit_once('.').expect("a signature");
    let other = message(&header(json!({})), &claims(json!({"roles": ["admin"]})));
    for (what, token) in [
        ("signed by another key of the same name", foreign.sign(&good)),
        ("with other claims than were signed", format!("{other}.{signature}")),
        ("without a signature", format!("{signed}.")),
        ("alg none", format!("{}.", message(&header(json!({"alg": "none"})), &good))),
        ("alg none with a signature", p256.sign_as(&header(json!({"alg": "none"})), &good)),
        ("HS256 by the public key", confused),
        ("another algorithm than its key's", p256.sign_as(&header(json!({"alg": "ES384"})), &good)),
        ("the other key's name", p256.sign_as(&header(json!({"kid": "two"})), &good)),
        ("an unknown key's name", p256.sign_as(&header(json!({"kid": "three"})), &good)),
        ("a key of its own", p256.sign_as(&header(json!({"kid": "x", "jwk": foreign.jwk()})), &good)),
        ("for another purpose", p256.sign_as(&header(json!({"typ": "logout+jwt"})), &good)),
        ("with something critical", p256.sign_as(&header(json!({"crit": ["b64"], "b64": false})), &good)),
        ("too long", p256.sign(&claims(json!({"much": "x".repeat(9_000)})))),
        ("four parts", format!("{right}.x")),
    ] {
        let status = reading(&desk, &token).await.expect_err(what);
        assert_eq!(status.code(), Code::Unauthenticated, "{what}: {status:?}");
    }
    assert!(!desk.server.log().contains(signature), "no JWT stands in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_come_from_the_claim_and_by_the_names_that_are_set() {
    let key = Key::p256("one");
    let set = [
        "--jwt-roles-claim",
        "realm_access.roles",
        "--jwt-role-names",
        "editors=reader",
        "--jwt-subject-claim",
        "email",
    ];
    let (desk, _) = start(&[&key], &set);
    let token = |roles: Value| {
        key.sign(&claims(
            json!({"email": "ada@example.org", "roles": ["admin"], "realm_access": {"roles": roles}}),
        ))
    };
    reading(&desk, &token(json!(["editors", "more"]))).await.expect("a reader");
    for none in [json!(["admin"]), json!(["READER"]), json!([]), json!(5)] {
        let status = reading(&desk, &token(none.clone())).await.expect_err("no role");
        assert_eq!(reason(&status), "ROLE_MISSING", "{none}");
        assert!(status.message().contains("ada@example.org"), "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_a_file_change_without_a_restart() {
    let (before, after) = (Key::p256("before"), Key::ed25519("after"));
    let (desk, file) = start(&[&before], &[]);
    let (old, new) = (before.sign(&claims(json!({}))), after.sign(&claims(json!({}))));
    reading(&desk, &old).await.expect("a key from the start");
    reading(&desk, &new).await.expect_err("not there yet");
    fs::write(&file, set(&[&before, &after])).expect("written");
    eventually("the new key is found", async || reading(&desk, &new).await.is_ok()).await;
    reading(&desk, &old).await.expect("the old one is still there");
    // A file that is broken changes nothing.
    fs::write(&file, "{").expect("written");
    eventually("the broken file is told", async || desk.server.log().contains("those from before stay"))
        .await;
    reading(&desk, &new).await.expect("still known");
    fs::write(&file, set(&[&after])).expect("written");
    eventually("the old key is withdrawn", async || reading(&desk, &old).await.is_err()).await;
}

/// An issuer on this machine, which counts how often it is asked for its keys.
struct Issuer {
    address: String,
    keys: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Issuer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (keys, asked) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicUsize::new(0)));
        let issuer = Self { address: address.clone(), keys: Arc::clone(&keys), asked: Arc::clone(&asked) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut lines = BufReader::new(stream.try_clone().expect("a socket")).lines();
                let request = lines.next().and_then(Result::ok).unwrap_or_default();
                while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
                let body = if request.contains("/.well-known/openid-configuration") {
                    json!({"issuer": address, "jwks_uri": format!("{address}/keys")}).to_string()
                } else {
                    asked.fetch_add(1, Ordering::SeqCst);
                    keys.lock().expect("no panic").clone()
                };
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        issuer
    }

    fn set(&self, keys: &[&Key]) {
        *self.keys.lock().expect("no panic") = set(keys);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_found_at_the_issuer_and_not_asked_for_too_often() {
    let (before, after) = (Key::p256("before"), Key::p256("after"));
    let issuer = Issuer::start();
    issuer.set(&[&before]);
    let arguments = ["--jwt-issuer", &issuer.address, "--jwt-audience", "claimdesk"].map(str::to_owned);
    let desk = Guarded::start_with(&arguments);
    let claims = claims(json!({"iss": issuer.address}));
    eventually("the keys are found", async || reading(&desk, &before.sign(&claims)).await.is_ok()).await;
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    let made_up = before.sign_as(&json!({"alg": "ES256", "kid": "made up"}), &claims);
    for _ in 0..100 {
        reading(&desk, &made_up).await.expect_err("no such key");
    }
    let asked = issuer.asked.load(Ordering::SeqCst);
    issuer.set(&[&after]);
    eventually("the new key is found", async || reading(&desk, &after.sign(&claims)).await.is_ok()).await;
    reading(&desk, &before.sign(&claims)).await.expect_err("the old one is withdrawn");
    assert!(asked <= 3, "a hundred unknown keys made the service ask {asked} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_away_holds_up_nobody_else() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let desk = Guarded::start_with(&arguments(&format!("http://{free}/keys")));
    reading(&desk, &desk.admin).await.expect("tokens are taken");
    let status = reading(&desk, &Key::p256("one").sign(&claims(json!({})))).await.expect_err("no keys");
    assert_eq!(status.code(), Code::Unauthenticated);
    eventually("the log tells", async || desk.server.log().contains("cannot be read")).await;
}
