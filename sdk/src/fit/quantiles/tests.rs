//! Whole fits, over parts, through all rounds.

use proptest::prelude::*;

use super::*;

/// All rounds over parts cut after every `part` values, and how many rounds it took.
fn fit(values: &[f64], part: usize, probabilities: &[f64]) -> (Quantiles, usize) {
    let mut round: Option<QuantilesRound> = None;
    for rounds in 1..=16 {
        let merged = values
            .chunks(part.max(1))
            .map(|values| QuantilesSummary::of(probabilities, round.as_ref(), values))
            .reduce(|left, right| {
                assert!(postcard::to_stdvec(&left).unwrap().len() <= 1 << 20, "a summary of more than 1 MiB");
                QuantilesSummary::merge(probabilities, round.as_ref(), left, right)
            })
            .unwrap_or_else(|| QuantilesSummary::of(probabilities, None, &[]));
        assert!(postcard::to_stdvec(&merged).unwrap().len() <= 1 << 20, "a summary of more than 1 MiB");
        match merged.fit(probabilities, round.as_ref()) {
            Fitted::Done(found) => return (found, rounds),
            Fitted::Again(next) => round = Some(next),
        }
    }
    panic!("rounds that never end");
}

/// Numpy's `linear`, over the sorted cells.
fn plain(values: &[f64], probability: f64) -> f64 {
    let mut present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    present.sort_unstable_by(f64::total_cmp);
    let position = probability * (present.len() - 1) as f64;
    let (low, high) = (present[position.floor() as usize], present[position.ceil() as usize]);
    low + (high - low) * position.fract()
}

#[test]
fn few_values_take_one_round() {
    let (found, rounds) = fit(&[4.0, f64::NAN, 1.0, 3.0, 2.0], 2, &[0.25, 0.75]);
    assert_eq!((found.count, rounds), (4, 1));
    assert_eq!(found.extremes, Extremes { min: Some(1.0), max: Some(4.0) });
    assert_eq!(found.quantiles[0].linear(), 1.75);
    assert_eq!(found.quantiles[1].linear(), 3.25);
}

#[test]
fn medians_of_even_and_odd_counts() {
    assert_eq!(fit(&[5.0, 1.0, 3.0], 1, &[0.5]).0.quantiles[0].midpoint(), 3.0);
    assert_eq!(fit(&[5.0, 1.0, 3.0, 4.0], 1, &[0.5]).0.quantiles[0].midpoint(), 3.5);
    assert_eq!(fit(&[f64::MAX, 1e308], 1, &[0.5]).0.quantiles[0].midpoint(), f64::MAX / 2.0 + 5e307);
}

#[test]
fn the_ends_of_the_range_do_not_overflow() {
    let (found, _) = fit(&[-1e308, 1e308, 1e308, 1e308], 1, &[0.25]);
    assert_eq!(found.quantiles[0].linear(), 0.5e308);
}

#[test]
fn nothing_present_has_no_quantiles() {
    for values in [vec![], vec![f64::NAN; 3], vec![f64::NAN; 3_000]] {
        let (found, rounds) = fit(&values, 1_000, &[0.5]);
        assert_eq!(found, Quantiles { count: 0, extremes: Extremes::default(), quantiles: vec![] });
        assert_eq!(rounds, 1);
    }
}

#[test]
fn one_value_is_every_quantile() {
    let (found, _) = fit(&[f64::NAN, 7.0], 1, &[0.0, 0.5, 1.0]);
    assert!(found.quantiles.iter().all(|quantile| quantile.linear() == 7.0 && quantile.midpoint() == 7.0));
}

#[test]
fn many_values_take_a_few_rounds_and_are_exact() {
    let spread: Vec<f64> =
        (0..400_000u64).map(|i| (i * 2_654_435_761 % 1_000_003) as f64 / 7.0 - 5e4).collect();
    let close: Vec<f64> = (0..300_000u64).map(|i| 1e9 + (i * 48_271 % 65_537) as f64 * 1e-6).collect();
    let rising: Vec<f64> = (0..300_000).map(f64::from).collect();
    let mut idle = vec![0.0; 250_000];
    idle.extend((0..60_000).map(f64::from));
    for values in [spread, close, rising, idle] {
        for (part, most) in [(usize::MAX, 1), (86_400, 5), (5_000, 5), (700, 5)] {
            let (found, rounds) = fit(&values, part, &[0.25, 0.75]);
            assert_eq!(
                found.quantiles[0].linear(),
                fit(&values, usize::MAX, &[0.25]).0.quantiles[0].linear()
            );
            assert!((found.quantiles[1].linear() - plain(&values, 0.75)).abs() <= 1e-6);
            assert!(rounds <= most, "{rounds} rounds for parts of {part}");
        }
    }
}

proptest! {
    #[test]
    fn agree_with_sorting_whatever_the_cuts(
        values in prop::collection::vec(
            prop_oneof![4 => -1e3..1e3, 1 => Just(f64::NAN), 1 => Just(-0.0), 1 => Just(0.0)],
            1..200,
        ),
        part in 1usize..60,
        probability in 0.0..=1.0,
    ) {
        let (found, _) = fit(&values, part, &[probability]);
        prop_assert_eq!(&found, &fit(&values, values.len(), &[probability]).0);
        if let Some(quantile) = found.quantiles.first() {
            prop_assert!((quantile.linear() - plain(&values, probability)).abs() <= 1e-9);
        }
    }

    #[test]
    fn large_parts_agree_with_the_whole(
        seed in any::<u64>(),
        steps in 1u64..100_000,
        cut in 1usize..9_000,
        probability in 0.0..=1.0,
    ) {
        let value = |row: u64| ((row.wrapping_mul(seed | 1) >> 33) % steps) as f64 - 50.0;
        let values: Vec<f64> = (0..9_000).map(value).collect();
        let wanted = [0.01, probability, 0.99];
        prop_assert_eq!(fit(&values, cut, &wanted).0, fit(&values, 9_000, &wanted).0);
    }
}
