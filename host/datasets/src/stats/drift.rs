//! How far values are from those of a baseline, of which there are quantiles.

/// Smallest share that a bin counts with: a bin that one side leaves empty would make the index infinite.
const LEAST_SHARE: f64 = 1e-4;

/// Quantiles of a baseline, a hundredth apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Baseline<'b>(&'b [f64; 101]);

/// Values that are compared with a baseline, as far as they have been seen.
#[derive(Debug)]
pub(super) struct Drift {
    quantiles: Vec<f64>,
    /// Of the bins of the index.
    bins: Bins,
    /// How many values there will be.
    count: f64,
    seen: u64,
    /// The last value that was seen, and how many there were before the first of its like.
    last: Option<(f64, u64)>,
    /// The largest distance so far.
    distance: f64,
}

/// Bins between deciles: each begins behind its lower edge and holds its upper one, the first and the last are open.
#[derive(Debug)]
struct Bins {
    /// The upper edges of all but the last, ascending.
    edges: Vec<f64>,
    /// What the baseline has in each, in hundredths.
    expected: Vec<usize>,
    found: Vec<u64>,
    /// The bin that the last value fell into.
    bin: usize,
}

impl<'b> Baseline<'b> {
    /// `None` where the baseline has no value.
    pub(super) fn of(quantiles: &'b [f64]) -> Option<Self> {
        quantiles.try_into().ok().map(Self)
    }
}

/// The share of a baseline below `value`, and that of what is at or below it. The two differ where several quantiles are
/// equal; between quantiles the share grows along a line.
fn shares(quantiles: &[f64], value: f64) -> (f64, f64) {
    let below = quantiles.partition_point(|quantile| *quantile < value);
    let until = quantiles.partition_point(|quantile| *quantile <= value);
    let hundredths = |share: f64| share / 100.0;
    if below < until {
        return (hundredths(below as f64), hundredths((until - 1) as f64));
    }
    if below == 0 || below == quantiles.len() {
        let share = if below == 0 { 0.0 } else { 1.0 };
        return (share, share);
    }
    // Halved, so that the difference of two huge quantiles is finite.
    let (low, high) = (quantiles[below - 1] / 2.0, quantiles[below] / 2.0);
    let part = if high > low { (value / 2.0 - low) / (high - low) } else { 0.5 };
    let share = hundredths((below - 1) as f64 + part);
    (share, share)
}

impl Drift {
    /// Of `count` values that are to be seen.
    pub(super) fn new(baseline: Baseline<'_>, count: u64) -> Self {
        Self {
            quantiles: baseline.0.to_vec(),
            bins: Bins::between_deciles(baseline),
            count: count as f64,
            seen: 0,
            last: None,
            distance: 0.0,
        }
    }

    /// The next value, which is no smaller than the one before.
    pub(super) fn see(&mut self, value: f64) {
        self.bins.see(value);
        match self.last {
            Some((last, _)) if last == value => {}
            _ => {
                self.compare();
                self.last = Some((value, self.seen));
            }
        }
        self.seen += 1;
    }

    /// The population stability index, `None` where the baseline is one value alone, and the Kolmogorov–Smirnov
    /// distance.
    pub(super) fn finish(mut self) -> (Option<f64>, Option<f64>) {
        self.compare();
        (self.bins.index(self.count), Some(self.distance))
    }

    /// Compares both sides at the last value, and just below it. Between two values the share of those seen does not
    /// change and that of the baseline only grows, so no distance there is larger.
    fn compare(&mut self) {
        let Some((value, before)) = self.last else { return };
        let (below, until) = shares(&self.quantiles, value);
        let at_below = (below - before as f64 / self.count).abs();
        let at_value = (until - self.seen as f64 / self.count).abs();
        self.distance = self.distance.max(at_below).max(at_value);
    }
}

impl Bins {
    fn between_deciles(baseline: Baseline<'_>) -> Self {
        let quantiles = baseline.0;
        let largest = quantiles[100];
        let mut edges: Vec<f64> = Vec::with_capacity(10);
        let mut expected = Vec::with_capacity(10);
        let mut before = 0;
        for decile in quantiles.iter().step_by(10) {
            let until = quantiles.partition_point(|quantile| quantile <= decile) - 1;
            // Nothing of the baseline lies above its largest value, and nothing below a smallest that occurs once:
            // edges there would part nothing from something.
            if *decile < largest && until > before {
                edges.push(*decile);
                expected.push(until - before);
                before = until;
            }
        }
        expected.push(100 - before);
        let found = vec![0; expected.len()];
        Self { edges, expected, found, bin: 0 }
    }

    fn see(&mut self, value: f64) {
        while self.edges.get(self.bin).is_some_and(|edge| value > *edge) {
            self.bin += 1;
        }
        self.found[self.bin] += 1;
    }

    fn index(&self, count: f64) -> Option<f64> {
        let term = |(expected, found): (&usize, &u64)| {
            let expected = (*expected as f64 / 100.0).max(LEAST_SHARE);
            let found = (*found as f64 / count).max(LEAST_SHARE);
            (found - expected) * (found / expected).ln()
        };
        (!self.edges.is_empty()).then(|| self.expected.iter().zip(&self.found).map(term).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(quantiles: &[f64], values: &[f64]) -> (Option<f64>, Option<f64>) {
        let mut drift = Drift::new(Baseline::of(quantiles).unwrap(), values.len() as u64);
        values.iter().for_each(|value| drift.see(*value));
        drift.finish()
    }

    /// 0 to 1.
    fn uniform() -> Vec<f64> {
        (0..=100).map(|percent| f64::from(percent) / 100.0).collect()
    }

    /// A third of a feature stands at 0, a third at 1, and the rest lies between.
    fn with_atoms() -> Vec<f64> {
        (0..=100).map(|percent| ((f64::from(percent) - 33.0) / 34.0).clamp(0.0, 1.0)).collect()
    }

    #[test]
    fn what_is_spread_like_the_baseline_has_not_drifted() {
        let even: Vec<f64> = (0..1_000).map(|value| (f64::from(value) + 0.5) / 1_000.0).collect();
        let (psi, ks) = compared(&uniform(), &even);
        assert!(psi.unwrap() < 1e-12 && (ks.unwrap() - 0.0005).abs() < 1e-12, "{psi:?} {ks:?}");

        let atoms = [
            vec![0.0; 330],
            (0..340).map(|value| (f64::from(value) + 0.5) / 340.0).collect(),
            vec![1.0; 330],
        ];
        let (psi, ks) = compared(&with_atoms(), &atoms.concat());
        assert!(psi.unwrap() < 1e-3 && ks.unwrap() < 0.002, "{psi:?} {ks:?}");
    }

    #[test]
    fn what_lies_beyond_the_baseline_is_in_the_outer_bins() {
        let (psi, ks) = compared(&uniform(), &[2.0; 10]);
        // Nine bins that are empty, and a tenth with all.
        let empty = 9.0 * (1e-4 - 0.1) * (1e-4f64 / 0.1).ln();
        assert!((psi.unwrap() - (empty + 0.9 * 10f64.ln())).abs() < 1e-12);
        assert_eq!(ks, Some(1.0));
        assert_eq!(compared(&uniform(), &[-1.0]).1, Some(1.0));
    }

    #[test]
    fn equal_deciles_are_one_edge_and_keep_what_stands_there() {
        let bins = Bins::between_deciles(Baseline::of(&with_atoms()).unwrap());
        assert_eq!((bins.edges.len(), bins.edges[0]), (4, 0.0));
        assert_eq!(bins.expected, [33, 7, 10, 10, 40]);
        assert_eq!(shares(&with_atoms(), 0.0), (0.0, 0.33));
        assert_eq!(shares(&with_atoms(), 1.0), (0.67, 1.0));
    }

    #[test]
    fn a_baseline_of_one_value_has_no_bins_but_a_distance() {
        assert_eq!(compared(&[5.0; 101], &[5.0, 5.0]), (None, Some(0.0)));
        assert_eq!(compared(&[5.0; 101], &[4.0, 5.0]), (None, Some(0.5)));
        assert!(Baseline::of(&[]).is_none());
    }

    #[test]
    fn between_quantiles_the_share_grows_along_a_line() {
        let (below, until) = shares(&uniform(), 0.255);
        assert!((below - 0.255).abs() < 1e-12 && below == until, "{below}");
        let widest: Vec<f64> =
            (0..=100).map(|percent| if percent < 50 { f64::MIN } else { f64::MAX }).collect();
        assert_eq!(shares(&widest, 0.0), (0.495, 0.495));
    }
}
