//! Which role may call which method: the one table.

use crate::claim::{Role, Roles};

/// Who may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, also without credentials.
    Open,
    /// Whoever has one of these roles. ADMIN stands in none of them, since it may call everything.
    Roles(Roles),
}

impl Access {
    /// Whether a caller with these roles may call the method.
    #[must_use]
    pub const fn admits(self, roles: Roles) -> bool {
        match self {
            Self::Open => true,
            Self::Roles(enough) => roles.contains(Role::Admin) || roles.meets(enough),
        }
    }
}

const READ: Access = Access::Roles(Roles::of(&[Role::Reader, Role::Reviewer]));
const SUBMIT: Access = Access::Roles(Roles::of(&[Role::Submitter]));
/// A claim by hand is a reviewer's work as well.
const SUBMIT_CLAIM: Access = Access::Roles(Roles::of(&[Role::Submitter, Role::Reviewer]));
/// What reads nothing that is stored, and stores nothing.
const ANYBODY: Access = Access::Roles(Roles::of(&[Role::Submitter, Role::Reader, Role::Reviewer]));
const REVIEW: Access = Access::Roles(Roles::of(&[Role::Reviewer]));
const ADMIN: Access = Access::Roles(Roles::NONE);

/// Every method that is served. A method that does not stand here is answered UNIMPLEMENTED.
static METHODS: &[(&str, Access)] = &[
    ("/claimdesk.v1.ArticleService/SubmitArticle", SUBMIT),
    ("/claimdesk.v1.ArticleService/ImportArticles", SUBMIT),
    ("/claimdesk.v1.ArticleService/ExtractClaims", ANYBODY),
    ("/claimdesk.v1.ArticleService/GetArticle", READ),
    ("/claimdesk.v1.ArticleService/ListArticles", READ),
    ("/claimdesk.v1.ArticleService/DeleteArticle", ADMIN),
    ("/claimdesk.v1.ClaimService/SubmitClaim", SUBMIT_CLAIM),
    ("/claimdesk.v1.ClaimService/GetClaim", READ),
    ("/claimdesk.v1.ClaimService/ListClaims", READ),
    ("/claimdesk.v1.ClaimService/WatchClaims", READ),
    ("/claimdesk.v1.ClaimService/ListChanges", READ),
    // It reads all that is stored.
    ("/claimdesk.v1.ClaimService/VerifyChanges", ADMIN),
    ("/claimdesk.v1.ReviewService/LeaseClaims", REVIEW),
    ("/claimdesk.v1.ReviewService/RenewLease", REVIEW),
    ("/claimdesk.v1.ReviewService/ReleaseLease", REVIEW),
    ("/claimdesk.v1.ReviewService/ReviewClaim", REVIEW),
    ("/claimdesk.v1.ReviewService/BatchReviewClaims", REVIEW),
    ("/claimdesk.v1.ReviewService/ReopenClaim", REVIEW),
    ("/claimdesk.v1.ReviewService/ListReviews", READ),
    ("/claimdesk.v1.AdminService/CreateToken", ADMIN),
    ("/claimdesk.v1.AdminService/ListTokens", ADMIN),
    ("/claimdesk.v1.AdminService/RevokeToken", ADMIN),
    ("/grpc.health.v1.Health/Check", Access::Open),
    ("/grpc.health.v1.Health/Watch", Access::Open),
    // The contract is no secret; --reflection off takes it away.
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Access::Open),
    ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Access::Open),
];

/// Who may call the method of this path; nothing where there is no such method.
#[must_use]
pub fn access(path: &str) -> Option<Access> {
    METHODS.iter().find(|(method, _)| *method == path).map(|(_, access)| *access)
}

/// The methods whose answers go on for as long as their callers like.
pub static STREAMS: [&str; 2] =
    ["/claimdesk.v1.ArticleService/ImportArticles", "/claimdesk.v1.ClaimService/WatchClaims"];

/// Whether the method of this path is one of ours that answers with a stream.
#[must_use]
pub fn is_stream(path: &str) -> bool {
    STREAMS.contains(&path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// The paths of the methods in an encoded descriptor set.
    fn methods(descriptors: &[u8]) -> BTreeSet<String> {
        methods_that(descriptors, |_| true)
    }

    fn methods_that(
        descriptors: &[u8],
        fits: impl Fn(&prost_types::MethodDescriptorProto) -> bool,
    ) -> BTreeSet<String> {
        let set = FileDescriptorSet::decode(descriptors).expect("descriptors");
        let mut paths = BTreeSet::new();
        for file in set.file {
            let package = file.package().to_owned();
            for service in file.service {
                let methods = service.method.iter().filter(|it| fits(it));
                paths.extend(methods.map(|it| format!("/{package}.{}/{}", service.name(), it.name())));
            }
        }
        paths
    }

    #[test]
    fn the_table_has_every_method_and_no_other() {
        let mut served = methods(crate::proto::DESCRIPTORS);
        assert!(served.len() >= 22, "{served:?}");
        served.extend(methods(tonic_health::pb::FILE_DESCRIPTOR_SET));
        served.extend(methods(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET));
        served.extend(methods(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET));
        let table: BTreeSet<String> = METHODS.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(table.len(), METHODS.len(), "a method stands twice");
        assert_eq!(table, served);
    }

    #[test]
    fn the_streams_are_those_of_the_contract() {
        let streams = methods_that(crate::proto::DESCRIPTORS, |it| it.server_streaming());
        assert_eq!(STREAMS.map(str::to_owned).into_iter().collect::<BTreeSet<_>>(), streams);
    }

    #[test]
    fn nothing_of_ours_is_open() {
        for (path, access) in METHODS.iter().filter(|(path, _)| path.starts_with("/claimdesk.")) {
            assert_ne!(*access, Access::Open, "{path}");
            assert!(!access.admits(Roles::NONE), "{path}");
            assert!(access.admits(Roles::of(&[Role::Admin])), "{path}");
        }
    }
}
