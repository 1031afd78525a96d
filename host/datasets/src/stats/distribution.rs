//! What is read off a feature's values when they are shown in ascending order.

use super::answer::Histogram;
use super::column::Column;
use super::comoments::Moments;
use super::drift::{Baseline, Drift};
use crate::build::between;

/// Which quantiles there are.
const PROBABILITIES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Bins of a histogram.
const BINS: usize = 20;

/// A feature's values as far as they have been seen.
#[derive(Debug)]
pub(super) struct Distribution {
    seen: u64,
    /// What is wanted, and which value it is, from 0.
    places: Vec<(u64, Wanted)>,
    places_found: usize,
    /// The neighbours of each quantile.
    neighbours: [[f64; 2]; PROBABILITIES.len()],
    count: u64,
    histogram: Option<Histogram>,
    /// The bin that the last value fell into.
    bin: usize,
    drift: Option<Drift>,
}

/// One of the two neighbours of a quantile.
type Wanted = (usize, usize);

impl Distribution {
    /// Of a feature whose values are to be seen, and to be compared with a baseline where there is one.
    pub(super) fn new(column: Column, moments: &Moments, baseline: Option<&[f64]>) -> Self {
        let last = column.count.saturating_sub(1);
        let mut places: Vec<(u64, Wanted)> = Vec::with_capacity(2 * PROBABILITIES.len());
        for (quantile, probability) in PROBABILITIES.iter().enumerate() {
            let below = (probability * last as f64).floor() as u64;
            places.push((below, (quantile, 0)));
            places.push(((below + 1).min(last), (quantile, 1)));
        }
        places.sort_unstable();
        let histogram =
            (column.count > 0 && !moments.constant).then(|| edges(column.min, column.max)).flatten();
        Self {
            seen: 0,
            places,
            places_found: 0,
            neighbours: [[f64::NAN; 2]; PROBABILITIES.len()],
            count: column.count,
            histogram: histogram.map(|edges| Histogram { edges, counts: vec![0; BINS] }),
            bin: 0,
            drift: baseline.and_then(Baseline::of).map(|baseline| Drift::new(baseline, column.count)),
        }
    }

    /// The next value, which is no smaller than the one before.
    pub(super) fn see(&mut self, value: f64) {
        while let Some((_, (quantile, side))) =
            self.places.get(self.places_found).filter(|(place, _)| *place == self.seen)
        {
            self.neighbours[*quantile][*side] = value;
            self.places_found += 1;
        }
        self.seen += 1;
        if let Some(Histogram { edges, counts }) = &mut self.histogram {
            // A bin begins at its lower edge; the last one has the upper one too.
            while self.bin + 1 < BINS && value >= edges[self.bin + 1] {
                self.bin += 1;
            }
            counts[self.bin] += 1;
        }
        if let Some(drift) = &mut self.drift {
            drift.see(value);
        }
    }

    /// The quantiles, `None` where there was no value.
    pub(super) fn quantiles(&self) -> [Option<f64>; PROBABILITIES.len()] {
        let quantile = |place: usize| {
            let position = PROBABILITIES[place] * self.count.saturating_sub(1) as f64;
            let [low, high] = self.neighbours[place];
            (self.count > 0).then(|| between(low, high, position - position.floor()))
        };
        std::array::from_fn(quantile)
    }

    /// The population stability index and the Kolmogorov–Smirnov distance, as far as there are values on both sides.
    pub(super) fn drift(&mut self) -> (Option<f64>, Option<f64>) {
        match self.drift.take().filter(|_| self.count > 0) {
            Some(drift) => drift.finish(),
            None => (None, None),
        }
    }

    /// The histogram.
    pub(super) fn into_histogram(self) -> Option<Histogram> {
        self.histogram
    }
}

/// Bins of equal width from `min` to `max`; `None` where there are not as many different numbers between the two.
fn edges(min: f64, max: f64) -> Option<Vec<f64>> {
    let (bins, width) = (BINS as f64, max - min);
    let edge = |place: usize| match place as f64 {
        // Farther apart than an f64 can say.
        place if width.is_infinite() => min * (1.0 - place / bins) + max * (place / bins),
        place => place * (width / bins) + min,
    };
    let mut edges: Vec<f64> = (0..=BINS).map(edge).collect();
    edges[BINS] = max;
    edges.windows(2).all(|pair| pair[0] < pair[1]).then_some(edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Distribution {
        let mut column = Column::EMPTY;
        column.add(values);
        let moments = Moments { mean: None, std: None, constant: column.min == column.max };
        let mut distribution = Distribution::new(column, &moments, None);
        values.iter().for_each(|value| distribution.see(*value));
        distribution
    }

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        let hundred: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(of(&hundred).quantiles(), [5.0, 25.0, 50.0, 75.0, 95.0].map(Some));
        assert_eq!(of(&[1.0, 2.0]).quantiles(), [1.05, 1.25, 1.5, 1.75, 1.95].map(Some));
        assert_eq!(of(&[7.0]).quantiles(), [Some(7.0); 5]);
        assert_eq!(of(&[]).quantiles(), [None; 5]);
    }

    #[test]
    fn a_bin_holds_its_lower_edge_and_the_last_one_both() {
        let values: Vec<f64> = (0..=20).map(f64::from).collect();
        let Histogram { edges, counts } = of(&values).into_histogram().unwrap();
        assert_eq!(edges, values);
        assert_eq!(counts, [vec![1; 19], vec![2]].concat());
    }

    #[test]
    fn there_is_no_histogram_of_too_few_different_numbers() {
        assert!(of(&[3.0, 3.0]).into_histogram().is_none());
        assert!(of(&[]).into_histogram().is_none());
        assert!(edges(1.0, 1.0 + 10.0 * f64::EPSILON).is_none());
        assert!(edges(0.0, 5e-324).is_none());
        let widest = edges(f64::MIN, f64::MAX).unwrap();
        assert!(widest.iter().all(|edge| edge.is_finite()));
        assert_eq!((widest[0], widest[20]), (f64::MIN, f64::MAX));
    }
}
