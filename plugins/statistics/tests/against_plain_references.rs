//! Every statistic against its definition, written as plainly as can be, within the tolerances that are promised; and
//! the promises that hold to the bit.

use fettle_sdk::Window;
use fettle_sdk::testing::{assert_same, column, compute, frame};
use fettle_statistics::{Plugin, Statistic};
use proptest::prelude::*;

const NAN: f64 = f64::NAN;

fn params(statistics: &[Statistic]) -> String {
    let names: Vec<&str> = statistics.iter().map(|statistic| statistic.name()).collect();
    serde_json::json!({ "statistics": names }).to_string()
}

/// One statistic of one window.
fn of_window(statistic: Statistic, cells: &[f64]) -> f64 {
    let windows = [Window { start: 0, end: cells.len() as u32 }];
    let found = compute::<Plugin>("statistics", &params(&[statistic]), &column(cells), &windows);
    found.expect("a statistic can be computed of any cells")[0].values[0]
}

/// A sum with what each addition loses carried along (Neumaier's).
fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for term in terms {
        let next = sum + term;
        lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        sum = next;
    }
    sum + lost
}

/// The statistic by its definition.
fn plain(statistic: Statistic, rows: &[f64]) -> f64 {
    let cells: Vec<f64> = rows.iter().copied().filter(|cell| !cell.is_nan()).collect();
    let mut sorted = cells.clone();
    sorted.sort_by(f64::total_cmp);
    let n = cells.len() as f64;
    let mean = sum(cells.iter().copied()) / n;
    let power = |k: i32| sum(cells.iter().map(|cell| (cell - mean).powi(k)));
    let constant = sorted.first() == sorted.last();
    let quantile = |sorted: &[f64], probability: f64| {
        let position = probability * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
        low + (high - low) * position.fract()
    };
    let crossings = |level: f64| {
        let mut sides = vec![];
        for cell in &cells {
            match cell - level {
                0.0 => sides.extend(sides.last().copied()),
                difference => sides.push(difference > 0.0),
            }
        }
        sides.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64
    };
    let needed = match statistic {
        Statistic::Count => return n,
        Statistic::MissingRatio => return 1.0 - n / rows.len() as f64,
        Statistic::Std | Statistic::Var | Statistic::Slope => 2,
        Statistic::Skewness => 3,
        Statistic::Kurtosis => 4,
        _ => 1,
    };
    if cells.len() < needed || constant && matches!(statistic, Statistic::Skewness | Statistic::Kurtosis) {
        return NAN;
    }
    match statistic {
        Statistic::Count | Statistic::MissingRatio => unreachable!("answered above"),
        Statistic::Mean => mean,
        Statistic::Std => (power(2) / (n - 1.0)).sqrt(),
        Statistic::Min => sorted[0],
        Statistic::Max => sorted[sorted.len() - 1],
        Statistic::Median => quantile(&sorted, 0.5),
        Statistic::Sum => sum(cells.iter().copied()),
        Statistic::Var => power(2) / (n - 1.0),
        Statistic::Range => sorted[sorted.len() - 1] - sorted[0],
        Statistic::Rms => (sum(cells.iter().map(|cell| cell * cell)) / n).sqrt(),
        Statistic::Skewness => n * (n - 1.0).sqrt() / (n - 2.0) * power(3) / power(2).powf(1.5),
        Statistic::Kurtosis => {
            let (a, b) = ((n - 2.0) * (n - 3.0), (n - 1.0) * (n - 1.0));
            n * (n + 1.0) * (n - 1.0) / a * power(4) / power(2).powi(2) - 3.0 * b / a
        }
        Statistic::P05 => quantile(&sorted, 0.05),
        Statistic::P25 => quantile(&sorted, 0.25),
        Statistic::P75 => quantile(&sorted, 0.75),
        Statistic::P95 => quantile(&sorted, 0.95),
        Statistic::Iqr => quantile(&sorted, 0.75) - quantile(&sorted, 0.25),
        Statistic::Mad => {
            let median = quantile(&sorted, 0.5);
            let mut distances: Vec<f64> = cells.iter().map(|cell| (cell - median).abs()).collect();
            distances.sort_by(f64::total_cmp);
            quantile(&distances, 0.5)
        }
        Statistic::Slope => {
            let present = || rows.iter().enumerate().filter(|(_, cell)| !cell.is_nan());
            let mean_row = present().map(|(row, _)| row as f64).sum::<f64>() / n;
            sum(present().map(|(row, cell)| (row as f64 - mean_row) * (cell - mean)))
                / sum(present().map(|(row, _)| (row as f64 - mean_row).powi(2)))
        }
        Statistic::MeanAbsChange => {
            let changes: Vec<f64> = rows
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).abs())
                .filter(|change| !change.is_nan())
                .collect();
            sum(changes.iter().copied()) / changes.len() as f64
        }
        Statistic::ZeroCrossings => crossings(0.0),
        Statistic::MeanCrossings => crossings(mean),
        Statistic::First => cells[0],
        Statistic::Last => cells[cells.len() - 1],
    }
}

/// What may lie between a result and the oracle's: a relative part, and one of what an f64 of the cells' size cannot say.
fn tolerance(statistic: Statistic, rows: &[f64], wanted: f64) -> f64 {
    use Statistic::{Count, First, Kurtosis, Last, Max, Min, Skewness, Sum, Var, ZeroCrossings};
    use Statistic::{Iqr, Mad, MeanCrossings, Median, P05, P25, P75, P95};
    let largest = rows.iter().filter(|cell| !cell.is_nan()).fold(0.0, |most: f64, cell| most.max(cell.abs()));
    let blur = 64.0 * f64::EPSILON * largest;
    let std = plain(Statistic::Std, rows);
    match statistic {
        Count | Min | Max | First | Last | ZeroCrossings | MeanCrossings => 0.0,
        Median | P05 | P25 | P75 | P95 | Iqr | Mad => 1e-12 * wanted.abs() + blur,
        Skewness | Kurtosis => 1e-7 * wanted.abs() + blur / std,
        Sum => 1e-9 * wanted.abs() + blur * rows.len() as f64,
        // In the unit of the result: the signal's, squared.
        Var => 1e-9 * wanted.abs() + blur * (std + blur),
        _ => 1e-9 * wanted.abs() + blur,
    }
}

/// Cells as sensors give them, with missing ones; small whole numbers, so that there are ties; large offsets.
fn cells() -> impl Strategy<Value = Vec<f64>> {
    let cell = |present: BoxedStrategy<f64>| prop_oneof![6 => present, 1 => Just(NAN)];
    prop_oneof![
        prop::collection::vec(cell((-5.0..5.0f64).boxed()), 1..70),
        prop::collection::vec(cell((-3i32..3).prop_map(f64::from).boxed()), 1..70),
        prop::collection::vec(cell((0.0..1.0f64).prop_map(|cell| 1e6 + cell).boxed()), 1..70),
        prop::collection::vec(cell(Just(0.1).boxed()), 1..20),
        prop::collection::vec(cell((-1e3..1e3f64).boxed()), 200..300),
    ]
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let irregular = prop::collection::vec((0u32..200, 1u32..60), 1..30).prop_map(|mut bounds| {
        bounds.sort_unstable();
        bounds.dedup_by_key(|(start, _)| *start);
        bounds.into_iter().map(|(start, size)| Window { start, end: (start + size).min(200) }).collect()
    });
    let sliding = (1u32..70, 1u32..70).prop_map(|(size, stride)| {
        (0..=200 - size).step_by(stride as usize).map(|start| Window { start, end: start + size }).collect()
    });
    prop_oneof![irregular, sliding]
}

proptest! {
    #[test]
    fn each_statistic_is_its_definition(cells in cells()) {
        for &statistic in Statistic::ALL {
            let (found, wanted) = (of_window(statistic, &cells), plain(statistic, &cells));
            // Where a cell and the mean agree but for rounding, the side it lies on is nobody's to say.
            if statistic == Statistic::MeanCrossings && near_mean(&cells) {
                continue;
            }
            let close = (found - wanted).abs() <= tolerance(statistic, &cells, wanted);
            prop_assert!(close || found.is_nan() && wanted.is_nan(), "{statistic:?} of {cells:?} is {found}, not {wanted}");
        }
    }

    #[test]
    fn a_window_among_many_is_the_window_alone(
        cells in prop::collection::vec(prop_oneof![9 => -1e3..1e3f64, 1 => Just(NAN)], 200),
        windows in windows(),
    ) {
        let all = params(Statistic::ALL);
        let together = compute::<Plugin>("statistics", &all, &column(&cells), &windows).unwrap();
        for (place, window) in windows.iter().enumerate() {
            let rows = column(&cells[window.start as usize..window.end as usize]);
            let whole = [Window { start: 0, end: window.end - window.start }];
            let alone = compute::<Plugin>("statistics", &all, &rows, &whole).unwrap();
            for (together, alone) in together.iter().zip(&alone) {
                let (together_value, alone_value) = (together.values[place], alone.values[0]);
                prop_assert!(
                    together_value.to_bits() == alone_value.to_bits() || together_value.is_nan() && alone_value.is_nan(),
                    "{} of {window:?} is {together_value} among many and {alone_value} alone", together.name
                );
            }
        }
    }

    #[test]
    fn one_statistic_is_the_same_whatever_others_are_asked_for(cells in cells()) {
        let windows = [Window { start: 0, end: cells.len() as u32 }];
        let all = compute::<Plugin>("statistics", &params(Statistic::ALL), &column(&cells), &windows).unwrap();
        for (statistic, among_all) in Statistic::ALL.iter().zip(all) {
            let alone = compute::<Plugin>("statistics", &params(&[*statistic]), &column(&cells), &windows).unwrap();
            assert_same(&alone, &[among_all], statistic.name(), "alone");
        }
    }

    #[test]
    fn columns_together_are_columns_alone(
        left in prop::collection::vec(prop_oneof![9 => -1e3..1e3f64, 1 => Just(NAN)], 200),
        right in prop::collection::vec(-1.0..1.0f64, 200),
        windows in windows(),
    ) {
        let all = params(Statistic::ALL);
        let of = |input| compute::<Plugin>("statistics", &all, &input, &windows).unwrap();
        let together = of(frame(&[("left", &left), ("right", &right)]));
        let alone = [of(frame(&[("left", &left)])), of(frame(&[("right", &right)]))].concat();
        assert_same(&together, &alone, "statistics", "together");
    }
}

fn near_mean(rows: &[f64]) -> bool {
    let mean = plain(Statistic::Mean, rows);
    rows.iter().any(|cell| (cell - mean).abs() <= 4.0 * f64::EPSILON * mean.abs())
}

#[track_caller]
fn assert_statistics(cells: &[f64], wanted: &[(Statistic, f64)]) {
    for &(statistic, wanted) in wanted {
        let found = of_window(statistic, cells);
        let close = (found - wanted).abs() <= 1e-14 * wanted.abs();
        assert!(
            found == wanted || close || found.is_nan() && wanted.is_nan(),
            "{statistic:?} is {found}, not {wanted}"
        );
    }
}

#[test]
fn huge_cells_have_every_statistic_that_an_f64_can_hold() {
    use Statistic::{Mean, MeanAbsChange, Median, Range, Rms, Skewness, Slope, Std, Sum, Var};
    assert_statistics(
        &[1e308, 1.5e308, 1e308, 1.5e308],
        &[
            (Mean, 1.25e308),
            (Median, 1.25e308),
            (Std, 0.5e308 / 3f64.sqrt()),
            (Skewness, 0.0),
            (Sum, f64::INFINITY),
        ],
    );
    assert_statistics(
        &[1e308, 1e308, -1e308, -1e308],
        &[
            (Sum, 0.0),
            (Mean, 0.0),
            (Rms, 1e308),
            (Slope, -0.8e308),
            (Range, f64::INFINITY),
            (Var, f64::INFINITY),
        ],
    );
    assert_statistics(&[1.5e308, -1.5e308, -1.5e308], &[(MeanAbsChange, 1.5e308), (Mean, -0.5e308)]);
}

#[test]
fn tiny_cells_have_every_statistic_that_an_f64_can_hold() {
    use Statistic::{Kurtosis, Mean, Rms, Skewness, Std, Var};
    let tiny = [1e-300, 2e-300, 3e-300, 6e-300];
    assert_statistics(&tiny, &[(Mean, 3e-300), (Std, (14.0f64 / 3.0).sqrt() * 1e-300), (Var, 0.0)]);
    let shape = [1.0, 2.0, 3.0, 6.0];
    for statistic in [Skewness, Kurtosis] {
        let close = (of_window(statistic, &tiny) - of_window(statistic, &shape)).abs() < 1e-12;
        assert!(close, "{statistic:?}");
    }
    assert_statistics(&[5e-324, -5e-324], &[(Rms, 5e-324), (Mean, 0.0)]);
}

#[test]
fn an_offset_of_a_billion_costs_no_digits() {
    use Statistic::{Kurtosis, Mean, Skewness, Slope, Std};
    let offset = [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0, 1e9 + 6.0];
    assert_statistics(
        &offset,
        &[(Mean, 1e9 + 3.0), (Std, (14.0f64 / 3.0).sqrt()), (Slope, 1.6), (Kurtosis, 1.5)],
    );
    assert_eq!(of_window(Skewness, &offset), of_window(Skewness, &[1.0, 2.0, 3.0, 6.0]));
}

#[test]
fn a_constant_window_does_not_vary_at_all() {
    use Statistic::{Kurtosis, Mad, Mean, MeanCrossings, Skewness, Slope, Std, Var};
    for cell in [0.1, -7.3e200, 3e-320, 0.0] {
        assert_statistics(
            &[cell, NAN, cell, cell, cell, cell],
            &[(Mean, cell), (Std, 0.0), (Var, 0.0), (Slope, 0.0), (Mad, 0.0), (MeanCrossings, 0.0)],
        );
        assert_statistics(&[cell; 5], &[(Skewness, NAN), (Kurtosis, NAN)]);
    }
}

#[test]
fn too_few_cells_make_a_statistic_missing_and_nothing_else() {
    use Statistic::{Kurtosis, Mean, MeanAbsChange, Skewness, Slope, Std, Var, ZeroCrossings};
    assert_statistics(
        &[NAN, 5.0],
        &[(Mean, 5.0), (Std, NAN), (Var, NAN), (Slope, NAN), (MeanAbsChange, NAN)],
    );
    assert_statistics(&[1.0, NAN, -1.0], &[(Skewness, NAN), (Slope, -1.0), (ZeroCrossings, 1.0)]);
    assert_statistics(&[1.0, 2.0, 4.0], &[(Kurtosis, NAN), (Skewness, 0.935_219_529_582_827_3)]);
}
