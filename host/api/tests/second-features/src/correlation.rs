//! The method `correlation`.

use fettle_sdk::testing::frame;
use fettle_sdk::{Column, Features, FeaturesCase, Frame, NoParams, Scope, StepError, Window};

/// Pearson's correlation of each two signals over the rows of a window where both are present; missing where fewer than
/// two are, or where one of them does not vary.
pub struct Correlation;

impl Features for Correlation {
    const NAME: &'static str = "correlation";
    const SUMMARY: &'static str = "Pearson's correlation of each two signals in a window.";
    type Params = NoParams;

    fn scope(_params: &NoParams) -> Scope {
        Scope::Frame
    }

    fn names(_params: &NoParams, columns: &[String]) -> Vec<String> {
        pairs(columns).map(|(first, second)| format!("{first}_{second}_correlation")).collect()
    }

    fn compute(_params: &NoParams, frame: &Frame, windows: &[Window]) -> Result<Vec<Vec<f64>>, StepError> {
        let of_pair = |(first, second): (&Column, &Column)| {
            let of_window = |window: &Window| {
                let rows = window.start as usize..window.end as usize;
                correlation(&first.values[rows.clone()], &second.values[rows])
            };
            windows.iter().map(of_window).collect()
        };
        Ok(pairs(&frame.columns).map(of_pair).collect())
    }

    fn examples() -> Vec<FeaturesCase> {
        const NAN: f64 = f64::NAN;
        vec![FeaturesCase {
            params: "",
            input: frame(&[
                ("a", &[1.0, 2.0, 3.0, NAN, 5.0, 5.0]),
                ("b", &[6.0, 4.0, 2.0, 9.0, 1.0, 2.0]),
                ("c", &[2.0, 4.0, 6.0, NAN, 0.0, NAN]),
            ]),
            windows: vec![Window { start: 0, end: 4 }, Window { start: 3, end: 6 }],
            output: vec![
                Column { name: "a_b_correlation".to_owned(), values: vec![-1.0, NAN] },
                Column { name: "a_c_correlation".to_owned(), values: vec![1.0, NAN] },
                Column { name: "b_c_correlation".to_owned(), values: vec![-1.0, NAN] },
            ],
        }]
    }
}

/// Each item with each one behind it.
fn pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    items
        .iter()
        .enumerate()
        .flat_map(|(index, first)| items[index + 1..].iter().map(move |second| (first, second)))
}

fn correlation(first: &[f64], second: &[f64]) -> f64 {
    let present = || first.iter().zip(second).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    // Less the first row, so that a signal that does not vary is exactly 0 throughout.
    let Some((first_a, first_b)) = present().next() else { return f64::NAN };
    let both = || present().map(|(a, b)| (a - first_a, b - first_b));
    let rows = both().count() as f64;
    let mean_a = both().map(|(a, _)| a).sum::<f64>() / rows;
    let mean_b = both().map(|(_, b)| b).sum::<f64>() / rows;
    let (mut square_a, mut square_b, mut product) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        square_a += (a - mean_a) * (a - mean_a);
        square_b += (b - mean_b) * (b - mean_b);
        product += (a - mean_a) * (b - mean_b);
    }
    // Of one row, or without variation, it is 0 / 0, which is a missing cell.
    product / (square_a * square_b).sqrt()
}
