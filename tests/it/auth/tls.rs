//! TLS: who is trusted, which protocols there are, and certificates that change under open connections.

use std::sync::Arc;

use claimdesk::proto::v1;
use tonic::Code;

use super::{
    pki::{Authority, articles, channel},
    world::{Guarded, bearing, eventually},
};
use crate::harness::{self, Options, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_served_while_open_connections_go_on() {
    let (before, after) = (Authority::new("before"), Authority::new("after"));
    let desk = Guarded::start_with(&before.serve(&before.service()));
    let address = desk.server.address();
    let list = || bearing(&desk.admin, v1::ListArticlesRequest::default());
    let open = channel(address, &before, None);
    articles(&open).list_articles(list()).await.expect("over TLS");
    let stranger =
        articles(&channel(address, &after, None)).list_articles(list()).await.expect_err("not trusted yet");
    assert_eq!(stranger.code(), Code::Unavailable, "{stranger:?}");

    let signed = after.service();
    // The key comes a moment later: what does not go together is not taken.
    before.file("cert.pem", &signed.certificate);
    eventually("the pair is looked at", async || desk.server.log().contains("cannot be used")).await;
    articles(&channel(address, &before, None))
        .list_articles(list())
        .await
        .expect("the certificate from before stays");
    before.file("key.pem", &signed.key);
    eventually("the new certificate is served", async || {
        articles(&channel(address, &after, None)).list_articles(list()).await.is_ok()
    })
    .await;
    articles(&channel(address, &before, None)).list_articles(list()).await.expect_err("not with the old one");
    articles(&open).list_articles(list()).await.expect("the open connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_in_the_clear_gets_nothing() {
    let authority = Authority::new("authority");
    let desk = Guarded::start_with(&authority.serve(&authority.service()));
    let status = desk.try_reading(&format!("Bearer {}", desk.admin)).await.expect_err("no TLS");
    assert!(status.details().is_empty(), "nothing of the service: {status:?}");
    // Who connects and says nothing holds up nobody.
    let _silent: Vec<_> =
        (0..50).map(|_| std::net::TcpStream::connect(desk.server.address()).expect("a connection")).collect();
    let list = bearing(&desk.admin, v1::ListArticlesRequest::default());
    articles(&channel(desk.server.address(), &authority, None)).list_articles(list).await.expect("over TLS");
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_agreed_on() {
    let authority = Authority::new("authority");
    let desk = Guarded::start_with(&authority.serve(&authority.service()));
    let versions = [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12]];
    for versions in versions {
        use rustls::pki_types::pem::PemObject as _;
        let mut roots = rustls::RootCertStore::empty();
        let root = rustls::pki_types::CertificateDer::from_pem_slice(authority.certificate().as_bytes());
        roots.add(root.expect("PEM")).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = rustls::ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
        let mut settings = settings.expect("versions").with_root_certificates(roots).with_no_client_auth();
        settings.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        let stream = tokio::net::TcpStream::connect(desk.server.address()).await.expect("a connection");
        let name = rustls::pki_types::ServerName::try_from("localhost").expect("a name");
        let stream = tokio_rustls::TlsConnector::from(Arc::new(settings)).connect(name, stream).await;
        assert_eq!(stream.expect("a handshake").get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    }
}

#[test]
fn files_that_cannot_be_used_are_told() {
    let authority = Authority::new("authority");
    let (one, other) = (authority.service(), authority.service());
    let refused = |certificate: &str, key: &str| {
        let arguments =
            vec!["--tls-cert".to_owned(), certificate.to_owned(), "--tls-key".to_owned(), key.to_owned()];
        let options = Options { database: Some(harness::database()), arguments, ..Options::default() };
        Server::spawn(options).err().expect("refused")
    };
    let certificate = authority.file("one.pem", &one.certificate);
    let key = authority.file("one.key", &one.key);
    let log = refused("/nowhere/cert.pem", &key);
    assert!(log.contains("/nowhere/cert.pem: No such file"), "{log}");
    let log = refused(&key, &key);
    assert!(log.contains("there is no certificate in it"), "{log}");
    let log = refused(&certificate, &certificate);
    assert!(log.contains("there is no private key in it"), "{log}");
    let log = refused(&certificate, &authority.file("other.key", &other.key));
    assert!(log.contains("do not go together"), "{log}");
}

#[test]
fn the_client_checks_whom_it_talks_to() {
    let authority = Authority::new("authority");
    let desk = Guarded::start_with(&authority.serve(&authority.service()));
    let root = authority.file("ca.pem", &authority.certificate());
    let client = |arguments: &[&str]| {
        let mut command = harness::client_command(arguments);
        command.env("CLAIMDESK_SERVER", format!("https://{}", desk.server.address()));
        harness::answer(command.arg("--token-file").arg(&desk.file), "")
    };
    client(&["articles", "list", "--ca-cert", &root]).success();
    let unknown = client(&["articles", "list"]);
    assert_eq!(unknown.code, 6, "{unknown:?}");
    assert!(unknown.stderr.contains("UnknownIssuer") && unknown.stderr.contains("--ca-cert"), "{unknown:?}");
}
