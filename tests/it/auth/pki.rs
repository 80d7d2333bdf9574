//! Certificates that are made for a test: an authority, and what it signs.

use std::{fs, path::PathBuf};

use claimdesk::proto::v1::article_service_client::ArticleServiceClient;
use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SanType,
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::harness;

/// An authority, with a folder for what it signs.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

/// A certificate and its key, in PEM.
pub(super) struct Signed {
    pub(super) certificate: String,
    pub(super) key: String,
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(parameters, key).expect("an authority");
        Self { issuer, folder: harness::scratch("pki") }
    }

    /// The authority's own certificate, in PEM.
    pub(super) fn certificate(&self) -> String {
        pem("CERTIFICATE", self.issuer.der())
    }

    /// A certificate with these names that is valid for so many days from yesterday on.
    pub(super) fn sign(&self, common_name: &str, names: Vec<SanType>, days: i64) -> Signed {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, common_name);
        parameters.subject_alt_names = names;
        parameters.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
        parameters.not_before = yesterday.into();
        parameters.not_after = parameters.not_before
            + std::time::Duration::from_secs(86_400) * u32::try_from(days).expect("days");
        let key = KeyPair::generate().expect("a key");
        let signed = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        Signed {
            certificate: pem("CERTIFICATE", signed.der()),
            key: pem("PRIVATE KEY", &key.serialize_der()),
        }
    }

    /// A certificate for the service, which runs on this machine.
    pub(super) fn service(&self) -> Signed {
        let names = vec![
            SanType::DnsName("localhost".try_into().expect("a name")),
            SanType::IpAddress(std::net::IpAddr::from([127, 0, 0, 1])),
        ];
        self.sign("claimdesk", names, 30)
    }

    /// Writes a text into a file of the authority's folder.
    pub(super) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    /// The arguments that make a service serve TLS with this certificate.
    pub(super) fn serve(&self, signed: &Signed) -> Vec<String> {
        vec![
            "--tls-cert".to_owned(),
            self.file("cert.pem", &signed.certificate),
            "--tls-key".to_owned(),
            self.file("key.pem", &signed.key),
        ]
    }
}

/// A connection that trusts this authority, with a certificate of the caller's own if there is one.
pub(super) fn channel(address: &str, authority: &Authority, own: Option<&Signed>) -> Channel {
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.certificate()));
    if let Some(own) = own {
        tls = tls.identity(Identity::from_pem(&own.certificate, &own.key));
    }
    let endpoint = Endpoint::from_shared(format!("https://{address}")).expect("an address");
    endpoint.tls_config(tls).expect("settings").connect_lazy()
}

pub(super) fn articles(channel: &Channel) -> ArticleServiceClient<Channel> {
    ArticleServiceClient::new(channel.clone())
}
