//! What is printed: each measurement as it comes, and at the end what was aimed at.

use hdrhistogram::Histogram;

use crate::{generator::Outcome, processes::Shares, replay::Ceiling};

/// What a figure has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    Below(f64),
}

#[derive(Debug, Default)]
pub(crate) struct Report {
    targets: Vec<(String, f64, Target)>,
    titled: bool,
}

impl Report {
    /// A measurement of callers.
    pub(crate) fn row(&mut self, name: &str, outcome: &Outcome) {
        self.line(name, outcome.rate, &outcome.took, outcome.shares);
        if outcome.refused + outcome.failed > 0 {
            println!("{:<46} {} refused, {} failed", "", outcome.refused, outcome.failed);
        }
    }

    /// A measurement of pgbench.
    pub(crate) fn ceiling(&mut self, name: &str, ceiling: &Ceiling) {
        self.line(name, ceiling.rate, &ceiling.took, ceiling.shares);
    }

    fn line(&mut self, name: &str, rate: f64, took: &Histogram<u64>, shares: Shares) {
        if !std::mem::replace(&mut self.titled, true) {
            println!(
                "{:<46} {:>9} {:>9} {:>9} {:>9} {:>9}   {:>5} {:>5} {:>5}",
                "", "calls/s", "p50, ms", "p90, ms", "p99, ms", "p99.9, ms", "load", "serv", "pg"
            );
        }
        #[expect(clippy::cast_precision_loss, reason = "far less than a year")]
        let milliseconds = |quantile| took.value_at_quantile(quantile) as f64 / 1e3;
        println!(
            "{name:<46} {rate:>9.1} {:>9.2} {:>9.2} {:>9.2} {:>9.2}   {:>4.0}% {:>4.0}% {:>4.0}%",
            milliseconds(0.5),
            milliseconds(0.9),
            milliseconds(0.99),
            milliseconds(0.999),
            shares.generator * 100.0,
            shares.service * 100.0,
            shares.postgres * 100.0,
        );
    }

    /// Something worth knowing.
    #[expect(clippy::unused_self, reason = "what is printed is printed by the report")]
    pub(crate) fn note(&self, text: &str) {
        println!("{text}");
    }

    /// A figure that is aimed at.
    pub(crate) fn aim(&mut self, name: &str, figure: f64, target: Target) {
        self.targets.push((name.to_owned(), figure, target));
    }

    /// Prints what was aimed at, and gives whether any of it was missed.
    pub(crate) fn print_targets(&self) -> bool {
        println!("\n{:<66} {:>9} {:>9}", "", "measured", "target");
        let mut missed = false;
        for (name, figure, target) in &self.targets {
            let (sign, bound, met) = match *target {
                Target::AtLeast(least) => (">=", least, *figure >= least),
                Target::Below(most) => ("<", most, *figure < most),
            };
            missed |= !met;
            let bound = format!("{sign} {bound}");
            println!("{name:<66} {figure:>9.2} {bound:>9}{}", if met { "" } else { "   missed" });
        }
        missed
    }
}
