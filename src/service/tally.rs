//! What the service has done since its start, as counters for those who watch it.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::{claim::PointValue, extract::Extraction};

/// A language that there is a pack for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Language {
    language: String,
}

/// Points of one kind in one language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Points {
    kind: &'static str,
    language: String,
}

/// What was done. Clones count the same.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    claims: Family<Language, Counter>,
    points: Family<Points, Counter>,
    bytes: Family<Language, Counter>,
    seconds: Counter<f64, AtomicU64>,
    lapsed: Counter,
}

impl Tally {
    /// Puts the counters where they are read.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("claims", "Claims that were found in articles", self.claims.clone());
        registry.register(
            "points",
            "Dates, figures and records that were found in articles",
            self.points.clone(),
        );
        registry.register("extracted_bytes", "Bytes of text that were read for claims", self.bytes.clone());
        registry.register(
            "extraction_seconds",
            "Seconds that were spent on that, on one core",
            self.seconds.clone(),
        );
        registry.register(
            "lease_expiries",
            "Leases that ran out and whose claims another reviewer has taken",
            self.lapsed.clone(),
        );
    }

    /// A text of so many bytes was read.
    pub(super) fn read(&self, bytes: usize, extraction: &Extraction, took: Duration) {
        let language = || extraction.language.clone();
        let of = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.claims.get_or_create(&Language { language: language() }).inc_by(of(extraction.claims.len()));
        self.bytes.get_or_create(&Language { language: language() }).inc_by(of(bytes));
        self.seconds.inc_by(took.as_secs_f64());
        let (mut dates, mut figures, mut records) = (0, 0, 0);
        for point in &extraction.points {
            match point.value {
                PointValue::Date(_) => dates += 1,
                PointValue::Figure(_) => figures += 1,
                PointValue::Record(_) => records += 1,
            }
        }
        for (kind, number) in [("date", dates), ("figure", figures), ("record", records)] {
            self.points.get_or_create(&Points { kind, language: language() }).inc_by(number);
        }
    }

    /// So many leases ran out.
    pub(super) fn lapsed(&self, leases: usize) {
        self.lapsed.inc_by(u64::try_from(leases).unwrap_or(u64::MAX));
    }
}
