//! How values are spread: which share of them lies up to where.

/// Which share of the values lies up to where.
#[derive(Debug, Default)]
pub(super) struct Distribution {
    /// Values, rising, each with the share that lies below it and the share that it has itself.
    steps: Vec<(f64, f64, f64)>,
    /// Whether neighbours in the order are neighbours on the disk as well.
    pub(super) in_order: bool,
    /// Which share comes for each unit behind the last value, where more are added there all the time.
    rate: f64,
}

impl Distribution {
    /// Of values that are common, with their shares, and bounds between which equal shares of the others lie.
    pub(super) fn of(common: Vec<(f64, f64)>, bounds: Vec<f64>) -> Self {
        let others = (1.0 - common.iter().map(|(_, share)| share).sum::<f64>()).max(0.0);
        #[expect(clippy::cast_precision_loss, reason = "some thousand bounds at most")]
        let between = others / (bounds.len().saturating_sub(1).max(1) as f64);
        // A value, its own share, and the share between the bound before it and itself.
        let bounds = bounds.into_iter().enumerate();
        let bounds = bounds.map(|(at, value)| (value, 0.0, if at == 0 { 0.0 } else { between }));
        let mut values: Vec<_> =
            common.into_iter().map(|(value, share)| (value, share, 0.0)).chain(bounds).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0.0;
        let mut steps = Vec::with_capacity(values.len());
        for (value, own, before) in values {
            below += before;
            steps.push((value, below, own));
            below += own;
        }
        Self { steps, in_order: false, rate: 0.0 }
    }

    /// Of times: behind the last one that the statistics know, claims are taken to have come as fast as they did before.
    pub(super) fn of_times(common: Vec<(f64, f64)>, bounds: Vec<f64>) -> Self {
        let mut of = Self::of(common, bounds);
        let lately = of.steps.len().saturating_sub(of.steps.len() / 10 + 2);
        if let (Some((from, below, _)), Some((to, all, _))) = (of.steps.get(lately), of.steps.last())
            && to > from
        {
            of.rate = (all - below) / (to - from);
        }
        of
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.len() < 2
    }

    /// Which share lies below a value.
    fn below(&self, value: f64) -> f64 {
        let at = self.steps.partition_point(|(known, ..)| *known < value);
        match (at.checked_sub(1).and_then(|before| self.steps.get(before)), self.steps.get(at)) {
            (None, _) => 0.0,
            (Some((last, below, own)), None) => below + own + (value - last) * self.rate,
            (Some((left, below, own)), Some((right, next, _))) => {
                let from = below + own;
                from + (next - from).max(0.0) * (value - left) / (right - left)
            }
        }
    }

    /// Below which value a share lies; `None` beyond the last.
    fn value(&self, share: f64) -> Option<f64> {
        let at = self.steps.partition_point(|(_, below, own)| below + own < share);
        let Some((right, below, _)) = self.steps.get(at) else {
            let (last, below, own) = self.steps.last().filter(|_| self.rate > 0.0)?;
            return Some(last + (share - below - own) / self.rate);
        };
        let Some((left, before, own)) = at.checked_sub(1).and_then(|before| self.steps.get(before)) else {
            return Some(*right);
        };
        let from = before + own;
        if share >= *below || *below <= from {
            return Some(*right);
        }
        Some(left + (right - left) * (share - from) / (below - from))
    }

    /// The value between which and `start` a share lies; `None` if there is none, beyond the last or the first.
    pub(super) fn beyond(&self, start: Option<f64>, share: f64, descending: bool) -> Option<f64> {
        if descending {
            let from = start.map_or(1.0, |start| self.below(start));
            (from > share).then(|| self.value(from - share)).flatten()
        } else {
            let from = start.map_or(0.0, |start| self.below(start));
            let end = (from + share < 1.0).then(|| self.value(from + share)).flatten()?;
            // A value that is common has more than the share by itself, and all of it lies at the start.
            match start.filter(|start| end <= *start) {
                Some(start) => self
                    .steps
                    .get(self.steps.partition_point(|(known, ..)| *known <= start))
                    .map(|step| step.0),
                None => Some(end),
            }
        }
    }

    /// Which share lies between two values, or between the end of all and one.
    pub(super) fn between(&self, start: Option<f64>, end: f64) -> f64 {
        let end = self.below(end);
        start.map_or(end.max(1.0 - end), |start| (self.below(start) - end).abs())
    }

    /// The first value on the way from one that lies outside of all, where none are taken to have come since.
    pub(super) fn nearest(&self, start: f64, descending: bool) -> Option<f64> {
        let (first, last) = (self.steps.first()?.0, self.steps.last()?.0);
        if descending {
            (start > last && self.rate <= 0.0).then_some(last)
        } else {
            (start < first).then_some(first)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_between_the_bounds() {
        let even = Distribution::of(Vec::new(), vec![0.0, 10.0, 20.0, 100.0, 200.0]);
        assert_eq!(even.beyond(None, 0.125, false), Some(5.0));
        assert_eq!(even.beyond(Some(5.0), 0.25, false), Some(15.0));
        assert_eq!(even.beyond(Some(150.0), 0.125, true), Some(100.0));
        assert_eq!(even.beyond(None, 0.125, true), Some(150.0));
        assert_eq!(even.beyond(Some(5.0), 0.9, false), None);
        assert_eq!(even.beyond(Some(5.0), 0.5, true), None);
    }

    #[test]
    fn a_value_that_is_common_has_a_share_of_its_own() {
        let common = Distribution::of(vec![(50.0, 0.5)], vec![0.0, 100.0]);
        assert_eq!(common.below(50.0), 0.0, "what is between the bounds is taken to lie behind it");
        assert_eq!(common.below(100.0), 1.0);
        assert_eq!(common.beyond(Some(50.0), 0.25, false), Some(100.0), "onwards from what is common");
        assert!(Distribution::default().is_empty());
        assert_eq!(Distribution::default().beyond(None, 0.5, false), None);
    }

    #[test]
    fn times_go_on_behind_the_last_one_that_is_known() {
        let times = Distribution::of_times(Vec::new(), vec![0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(times.below(50.0), 1.25);
        assert_eq!(times.beyond(Some(50.0), 0.125, true), Some(45.0));
        assert_eq!(times.beyond(Some(50.0), 0.5, true), Some(30.0));
        assert_eq!(times.beyond(Some(30.0), 0.5, false), None, "the end is open");
        assert_eq!(times.nearest(50.0, true), None);
    }

    #[test]
    fn from_outside_of_all_the_way_leads_to_the_first() {
        let scores = Distribution::of(Vec::new(), vec![0.25, 0.5, 0.75]);
        assert_eq!(scores.nearest(0.875, true), Some(0.75));
        assert_eq!(scores.nearest(0.125, false), Some(0.25));
        assert_eq!(scores.nearest(0.5, true), None);
        assert_eq!(scores.beyond(Some(0.75), 0.25, true), Some(0.625));
    }

    proptest::proptest! {
        #[test]
        fn it_rises(mut bounds in proptest::collection::vec(0.0..100.0f64, 2..20), common in proptest::collection::vec((0.0..100.0f64, 0.0..0.04f64), 0..10), start in -10.0..110.0f64, share in 0.0..1.0f64) {
            bounds.sort_by(f64::total_cmp);
            let distribution = Distribution::of(common, bounds);
            proptest::prop_assert!(distribution.beyond(Some(start), share, false).is_none_or(|end| end > start));
            proptest::prop_assert!(distribution.beyond(Some(start), share, true).is_none_or(|end| end <= start));
            proptest::prop_assert!(distribution.below(start) <= distribution.below(start + 1.0) + 1e-9);
        }
    }
}
