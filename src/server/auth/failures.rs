//! How often an address may come with tokens that nobody knows, since each costs a question to the database.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many failures an address has at once.
const BURST: u32 = 20;
/// How long it takes to get one back.
const REFILL: Duration = Duration::from_millis(500);
/// How many addresses are kept in mind.
const MOST_ADDRESSES: usize = 10_000;

/// The failures of each address, as the time at which all will be forgiven.
#[derive(Debug, Default)]
pub(super) struct Failures {
    forgiven: Mutex<HashMap<IpAddr, Instant>>,
}

impl Failures {
    /// Whether an address may try once more.
    pub(super) fn may_try(&self, address: IpAddr, now: Instant) -> bool {
        let forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        forgiven
            .get(&address)
            .is_none_or(|time| time.saturating_duration_since(now) + REFILL <= REFILL * BURST)
    }

    /// Counts a failure.
    pub(super) fn count(&self, address: IpAddr, now: Instant) {
        let mut forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        if forgiven.len() >= MOST_ADDRESSES {
            forgiven.retain(|_, time| *time > now);
        }
        // With so many at it, those who come new are not counted: memory is bounded, and the database has limits of its own.
        if forgiven.len() < MOST_ADDRESSES || forgiven.contains_key(&address) {
            let time = forgiven.entry(address).or_insert(now);
            *time = (*time).max(now) + REFILL;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_failures_and_gets_them_back() {
        let (failures, start) = (Failures::default(), Instant::now());
        let (guesser, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..BURST {
            assert!(failures.may_try(guesser, start));
            failures.count(guesser, start);
        }
        assert!(!failures.may_try(guesser, start));
        assert!(failures.may_try(other, start), "others have their own");
        assert!(failures.may_try(guesser, start + REFILL));
        failures.count(guesser, start + REFILL);
        assert!(!failures.may_try(guesser, start + REFILL));
        assert!(failures.may_try(guesser, start + REFILL * (BURST + 1)));
    }
}
