//! What was done in a session, and how fast.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::Timestamp;

/// What a reviewer has decided since the session began.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    began: Timestamp,
    decided: BTreeMap<String, u32>,
    undone: u32,
    skipped: u32,
}

impl Tally {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { began: now, decided: BTreeMap::new(), undone: 0, skipped: 0 }
    }

    pub(super) fn decide(&mut self, verdict: &str) {
        *self.decided.entry(verdict.to_owned()).or_default() += 1;
    }

    pub(super) fn undo(&mut self) {
        self.undone += 1;
    }

    pub(super) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// How many claims were decided on.
    pub(super) fn count(&self) -> u32 {
        self.decided.values().sum()
    }

    fn seconds(&self, now: Timestamp) -> i64 {
        now.as_second().saturating_sub(self.began.as_second()).max(0)
    }

    /// Claims decided on in an hour at the pace until now; none in the first minute, which says nothing.
    pub(super) fn per_hour(&self, now: Timestamp) -> Option<u32> {
        let seconds = u64::try_from(self.seconds(now)).unwrap_or(0);
        (seconds >= 60).then(|| u32::try_from(u64::from(self.count()) * 3600 / seconds).unwrap_or(u32::MAX))
    }

    /// The session in words.
    pub(super) fn summary(&self, now: Timestamp) -> String {
        let minutes = self.seconds(now) / 60;
        let time = match (minutes / 60, minutes % 60) {
            (0, 0) => "less than a minute".to_owned(),
            (0, 1) => "1 minute".to_owned(),
            (0, minutes) => format!("{minutes} minutes"),
            (hours, minutes) => format!("{hours} h {minutes:02} min"),
        };
        let mut text = match self.count() {
            0 => format!("No claim was decided on in {time}."),
            1 => format!("1 claim was decided on in {time}"),
            many => format!("{many} claims were decided on in {time}"),
        };
        if self.count() > 0 {
            if let Some(pace) = self.per_hour(now) {
                let _ = write!(text, ", {pace} in an hour");
            }
            let each = self.decided.iter().map(|(verdict, count)| format!("{count} {verdict}"));
            let _ = write!(text, ": {}.", each.collect::<Vec<_>>().join(", "));
        }
        for (count, what) in [(self.undone, "taken back"), (self.skipped, "skipped")] {
            if count > 0 {
                let _ = write!(text, " {count} {what}.");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_was_done() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let mut tally = Tally::new(at(0));
        assert_eq!(tally.summary(at(30)), "No claim was decided on in less than a minute.");
        for verdict in ["VERIFIED", "DISPUTED", "VERIFIED"] {
            tally.decide(verdict);
        }
        tally.undo();
        assert_eq!(tally.per_hour(at(59)), None);
        assert_eq!(
            tally.summary(at(5400)),
            "3 claims were decided on in 1 h 30 min, 2 in an hour: 1 DISPUTED, 2 VERIFIED. 1 taken back."
        );
    }
}
