//! The client certificate of a connection: its names, and until when it is valid. That it was signed by a trusted authority
//! is checked before, as the connection is made.

use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
use x509_cert::{
    der::Decode as _,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use super::{EXPIRED, Identity, Proof, RoleNames, refused};
use crate::service::{ServiceError, subject};

/// Stands for any certificate in a table of role names.
const ANY: &str = "*";

/// What a client certificate says of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct Certificate {
    /// Its names, the most telling first: URIs, e-mail addresses and DNS names of the subjectAltName; where there are none,
    /// the common name.
    names: Vec<String>,
    /// When it ends.
    end: SystemTime,
}

/// A certificate that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the client certificate cannot be read: {0}")]
pub(in crate::server) struct UnreadableCertificate(#[from] x509_cert::der::Error);

impl Certificate {
    /// Reads a certificate.
    pub(in crate::server) fn read(der: &CertificateDer<'_>) -> Result<Self, UnreadableCertificate> {
        let certificate = x509_cert::Certificate::from_der(der)?;
        let content = certificate.tbs_certificate();
        let mut names = Vec::new();
        if let Some((_, alternatives)) = content.get_extension::<SubjectAltName>()? {
            let of = |kind: fn(&GeneralName) -> Option<&str>| alternatives.0.iter().filter_map(kind);
            names.extend(of(uri).chain(of(email)).chain(of(dns)).map(str::to_owned));
        }
        if names.is_empty()
            && let Some(name) = content.subject().common_name()?
        {
            names.push(name.value().to_string());
        }
        let end = content.validity().not_after.to_date_time().unix_duration();
        Ok(Self { names, end: SystemTime::UNIX_EPOCH + end })
    }

    /// Who holds it, and what these names allow.
    pub(super) fn identify(&self, roles: &RoleNames) -> Result<Identity, ServiceError> {
        const NAMELESS: &str = "the client certificate has no name that can stand in a record";
        // The connection may be older than the certificate's end.
        if SystemTime::now() > self.end {
            return Err(refused("the client certificate has expired since the connection was made", EXPIRED));
        }
        let name = self.names.first().and_then(|name| subject(name).ok());
        let name = name.ok_or_else(|| refused("the client certificate has no usable name", NAMELESS))?;
        let given = roles.iter().filter(|(name, _)| name == ANY || self.names.contains(name));
        Ok(Identity {
            subject: name.into(),
            roles: given.map(|(_, role)| *role).collect(),
            proof: Proof::Until(self.end),
        })
    }
}

fn uri(name: &GeneralName) -> Option<&str> {
    if let GeneralName::UniformResourceIdentifier(uri) = name { Some(uri.as_str()) } else { None }
}

fn email(name: &GeneralName) -> Option<&str> {
    if let GeneralName::Rfc822Name(address) = name { Some(address.as_str()) } else { None }
}

fn dns(name: &GeneralName) -> Option<&str> {
    if let GeneralName::DnsName(name) = name { Some(name.as_str()) } else { None }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;
    use crate::claim::{Role, Roles};

    fn certificate(common_name: &str, alternatives: Vec<SanType>) -> Certificate {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, common_name);
        parameters.subject_alt_names = alternatives;
        let key = KeyPair::generate().expect("a key");
        Certificate::read(parameters.self_signed(&key).expect("a certificate").der()).expect("readable")
    }

    #[test]
    fn a_certificate_gives_its_names_and_the_table_gives_their_roles() {
        let table = vec![
            ("spiffe://example.org/cms".to_owned(), Role::Submitter),
            ("ada".to_owned(), Role::Reviewer),
            (ANY.to_owned(), Role::Reader),
        ];
        let who = |certificate: &Certificate| {
            let identity = certificate.identify(&table).expect("a holder");
            (identity.subject.to_string(), identity.roles)
        };
        assert_eq!(
            who(&certificate("ada", vec![])),
            ("ada".to_owned(), Roles::of(&[Role::Reader, Role::Reviewer]))
        );
        let dns = SanType::DnsName("cms.example.org".try_into().expect("a name"));
        let uri = SanType::URI("spiffe://example.org/cms".try_into().expect("a name"));
        assert_eq!(
            who(&certificate("ada", vec![dns, uri])),
            ("spiffe://example.org/cms".to_owned(), Roles::of(&[Role::Submitter, Role::Reader])),
            "the common name counts only where there is no other"
        );
        assert!(certificate("", vec![]).identify(&table).is_err(), "somebody must have a name");
    }

    #[test]
    fn a_certificate_that_has_ended_is_refused_on_an_old_connection() {
        let mut certificate = certificate("ada", vec![]);
        certificate.end = SystemTime::UNIX_EPOCH;
        assert!(certificate.identify(&vec![(ANY.to_owned(), Role::Admin)]).is_err());
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        assert!(Certificate::read(&CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01, 0x01])).is_err());
    }
}
