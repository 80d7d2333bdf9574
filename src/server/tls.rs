//! TLS by rustls: the service's certificate and key, the authorities of client certificates, and all of it anew when the
//! files change.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring::default_provider,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
    server::{VerifierBuilderError, WebPkiClientVerifier},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

/// How often is looked whether the files changed.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The protocol that gRPC speaks, and the one that gRPC-Web may come over.
const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Where the files are.
#[derive(Debug, Clone)]
pub(super) struct TlsFiles {
    /// The certificate and those between it and its authority, in PEM.
    pub(super) certificate: PathBuf,
    /// Its private key, in PEM.
    pub(super) key: PathBuf,
    /// The authorities whose client certificates are taken, in PEM.
    pub(super) client_authorities: Option<PathBuf>,
}

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has not in it what it should.
    #[error("{}: there is no {wanted} in it, in the form of PEM ({source})", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What it should have.
        wanted: &'static str,
        /// Why.
        source: pem::Error,
    },
    /// An authority's certificate is none.
    #[error("{}: a certificate in it is not that of an authority", path.display())]
    Authority {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The authorities cannot be used.
    #[error("{}: no client certificate can be checked with it", path.display())]
    Verifier {
        /// Which.
        path: PathBuf,
        /// Why.
        source: VerifierBuilderError,
    },
    /// Certificate and key cannot be used together.
    #[error("the certificate {} and the key {} do not go together: {source}", certificate.display(), key.display())]
    Pair {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// The settings of new connections, as they are now.
pub(super) type TlsSettings = watch::Receiver<Arc<ServerConfig>>;

/// Reads the files, and goes on to look at them; `web` takes HTTP/1.1 as well. Connections that stand keep what they were made with. Called within a
/// runtime.
///
/// # Errors
/// If the files cannot be used. Later, what was read before stays until they can.
pub(super) fn start(files: TlsFiles, web: bool) -> Result<TlsSettings, TlsError> {
    let mut seen = fingerprint(&files);
    let (sender, settings) = watch::channel(Arc::new(load(&files, web)?));
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let now = fingerprint(&files);
            if now == seen {
                continue;
            }
            seen = now;
            match load(&files, web) {
                Ok(settings) => {
                    tracing::info!(certificate = %files.certificate.display(), "the certificate was read anew");
                    sender.send_replace(Arc::new(settings));
                }
                // One file of two may be there before the other: the next look sees both.
                Err(error) => {
                    tracing::warn!(%error, "the new certificate cannot be used; the one before stays")
                }
            }
        }
    });
    Ok(settings)
}

/// What the files have in them, in short. Their times tell less: they may be links to others.
fn fingerprint(files: &TlsFiles) -> [u8; 32] {
    let mut digest = Sha256::new();
    for path in
        [Some(&files.certificate), Some(&files.key), files.client_authorities.as_ref()].into_iter().flatten()
    {
        let content = std::fs::read(path).unwrap_or_default();
        digest.update(content.len().to_le_bytes());
        digest.update(content);
    }
    digest.finalize().into()
}

fn load(files: &TlsFiles, web: bool) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let pair =
        |source| TlsError::Pair { certificate: files.certificate.clone(), key: files.key.clone(), source };
    let builder = builder.map_err(pair)?;
    let builder = match &files.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                let added = roots.add(certificate);
                added.map_err(|source| TlsError::Authority { path: path.clone(), source })?;
            }
            // A client may come without a certificate: it can have a token instead, or ask for health alone.
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated();
            let verifier =
                verifier.build().map_err(|source| TlsError::Verifier { path: path.clone(), source })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?);
    let key =
        key.map_err(|source| TlsError::NotPem { path: files.key.clone(), wanted: "private key", source })?;
    let mut settings = builder.with_single_cert(certificates(&files.certificate)?, key).map_err(pair)?;
    settings.alpn_protocols = if web { vec![H2.to_vec(), HTTP1.to_vec()] } else { vec![H2.to_vec()] };
    Ok(settings)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |source| TlsError::NotPem { path: path.to_owned(), wanted: "certificate", source };
    let text = read(path)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    if found.is_empty() { Err(wrong(pem::Error::NoItemsFound)) } else { Ok(found) }
}
