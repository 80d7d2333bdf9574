//! The tokens that were looked up lately.
//!
//! A call with a known token asks nobody; after some seconds one call asks the database again, and the others go on meanwhile.
//! So a revocation takes effect everywhere within [`FRESH`] and the time of one question, at most [`USABLE`].

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Identity, Proof, UNKNOWN, failures::Failures, refused};
use crate::{
    claim::Roles,
    service::{Secret, ServiceError},
    store::{Store, StoreError, TokenState},
};

/// How long what was looked up is taken for true.
const FRESH: Duration = Duration::from_secs(2);
/// How long it is used while another call looks it up again.
const USABLE: Duration = Duration::from_secs(5);
/// How long a token that nobody uses is kept in mind.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// How many tokens are kept in mind.
const MOST_TOKENS: usize = 10_000;

/// A token that was valid when it was looked up.
#[derive(Debug, Clone)]
struct Known {
    subject: Arc<str>,
    roles: Roles,
    looked_up: Instant,
    /// When a call last went to look it up again.
    asked: Instant,
}

/// What is known of a token without asking.
enum Memory {
    /// All that is needed.
    Fresh(Known),
    /// That it was valid a while ago.
    Stale,
    /// Nothing.
    None,
}

/// The tokens of a store.
#[derive(Debug)]
pub(super) struct Tokens {
    store: Store,
    known: Mutex<HashMap<Arc<str>, Known>>,
    failures: Failures,
}

impl Tokens {
    pub(super) fn new(store: Store) -> Self {
        Self { store, known: Mutex::default(), failures: Failures::default() }
    }

    /// Whose token it is.
    pub(super) async fn identify(
        &self,
        secret: &Secret,
        address: Option<IpAddr>,
    ) -> Result<Identity, ServiceError> {
        let hash: Arc<str> = secret.hash().into();
        let now = Instant::now();
        let known = match self.recall(&hash, now) {
            Memory::Fresh(known) => known,
            // Who was known a moment ago is not held up by others who guess from the same address.
            Memory::Stale => {
                self.look_up(&hash).await?.ok_or_else(|| ServiceError::CredentialsInvalid(UNKNOWN))?
            }
            Memory::None => {
                if address.is_some_and(|address| !self.failures.may_try(address, now)) {
                    return Err(ServiceError::TooManyFailures);
                }
                let Some(known) = self.look_up(&hash).await? else {
                    if let Some(address) = address {
                        self.failures.count(address, now);
                    }
                    return Err(ServiceError::CredentialsInvalid(UNKNOWN));
                };
                known
            }
        };
        Ok(Identity { subject: known.subject, roles: known.roles, proof: Proof::Token(hash) })
    }

    /// Whether a token is still valid.
    pub(super) async fn still(&self, hash: &Arc<str>) -> Result<(), ServiceError> {
        if let Memory::Fresh(_) = self.recall(hash, Instant::now()) {
            return Ok(());
        }
        match self.look_up(hash).await {
            Ok(None) => Err(ServiceError::CredentialsInvalid(UNKNOWN)),
            Ok(Some(_)) | Err(_) => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recall(&self, hash: &str, now: Instant) -> Memory {
        let mut known = self.lock();
        let Some(token) = known.get_mut(hash) else { return Memory::None };
        let age = now.saturating_duration_since(token.looked_up);
        let somebody_asks = now.saturating_duration_since(token.asked) < FRESH;
        if age < FRESH || (age < USABLE && somebody_asks) {
            return Memory::Fresh(token.clone());
        }
        token.asked = now;
        Memory::Stale
    }

    async fn look_up(&self, hash: &Arc<str>) -> Result<Option<Known>, StoreError> {
        let now = Instant::now();
        let found = self.store.present_token(hash).await?;
        let mut known = self.lock();
        let (token, state) = match found {
            Some(found) => found,
            None => {
                let _ = refused("there is no such token", UNKNOWN);
                return Ok(None);
            }
        };
        if state != TokenState::Valid {
            known.remove(hash);
            tracing::info!(token = %token.id, token.subject = %token.subject, ?state, "credentials were refused");
            return Ok(None);
        }
        let token = Known { subject: token.subject.into(), roles: token.roles, looked_up: now, asked: now };
        if known.len() >= MOST_TOKENS {
            known.retain(|_, token| now.saturating_duration_since(token.looked_up) < FORGOTTEN);
        }
        if known.len() < MOST_TOKENS {
            known.insert(Arc::clone(hash), token.clone());
        }
        Ok(Some(token))
    }
}
