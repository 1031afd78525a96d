//! The plugin called as the host calls it.

use fettle_sdk::testing::{column, fit, frame, replay_transform, run};
use fettle_sdk::{Frame, StepError, Traits};
use proptest::prelude::*;

use crate::Plugin;

const N: f64 = f64::NAN;
const METHODS: [&str; 6] = ["drop", "forward_fill", "backward_fill", "interpolate", "mean", "median"];

fn changed(method: &str, params: &str, values: &[f64]) -> Vec<f64> {
    run::<Plugin>(method, params, &column(values)).unwrap().columns.remove(0).values
}

fn assert_cells(found: &[f64], wanted: &[f64]) {
    let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    assert!(found.len() == wanted.len() && found.iter().zip(wanted).all(same), "{found:?}, not {wanted:?}");
}

fn traits(method: &str, params: &str) -> Result<Traits, StepError> {
    use fettle_sdk::bindings::transform::exports::fettle::step::transform::Guest;
    Plugin::resolve(method.to_owned(), params.to_owned())
}

#[test]
fn examples_hold() {
    replay_transform::<Plugin>();
}

#[test]
fn nothing_missing_changes_nothing() {
    let values: Vec<f64> = (0..100).map(|row| f64::from(row) * 0.1 + 1e6).collect();
    for method in METHODS {
        assert_cells(&changed(method, "{}", &values), &values);
    }
}

#[test]
fn empty_frames_single_rows_and_columns_without_values_are_sound() {
    for method in METHODS {
        assert_cells(&changed(method, "{}", &[]), &[]);
        assert_cells(&changed(method, "{}", &[4.0]), &[4.0]);
        let none: &[f64] = if method == "drop" { &[] } else { &[N, N, N] };
        assert_cells(&changed(method, "{}", &[N, N, N]), none);
        let no_columns = run::<Plugin>(method, "{}", &Frame { timestamps: vec![0, 1], columns: vec![] });
        assert_eq!(no_columns.unwrap().columns.len(), 0);
    }
}

#[test]
fn one_value_fills_what_each_method_reaches() {
    let one = [N, 4.0, N];
    assert_cells(&changed("forward_fill", "{}", &one), &[N, 4.0, 4.0]);
    assert_cells(&changed("backward_fill", "{}", &one), &[4.0, 4.0, N]);
    assert_cells(&changed("interpolate", "{}", &one), &[N, 4.0, 4.0]);
    assert_cells(&changed("interpolate", r#"{"edges": "fill"}"#, &one), &[4.0; 3]);
    assert_cells(&changed("mean", "{}", &one), &[4.0; 3]);
    assert_cells(&changed("median", "{}", &one), &[4.0; 3]);
}

#[test]
fn limits_are_those_of_pandas() {
    let gaps = [N, 1.0, N, N, 4.0, N, N, N, 9.0, N, N];
    assert_cells(
        &changed("forward_fill", r#"{"limit": 2}"#, &gaps),
        &[N, 1.0, 1.0, 1.0, 4.0, 4.0, 4.0, N, 9.0, 9.0, 9.0],
    );
    assert_cells(
        &changed("backward_fill", r#"{"limit": 2}"#, &gaps),
        &[1.0, 1.0, 4.0, 4.0, 4.0, N, 9.0, 9.0, 9.0, N, N],
    );
    assert_cells(
        &changed("interpolate", r#"{"limit": 1}"#, &gaps),
        &[N, 1.0, 2.0, N, 4.0, 5.25, N, N, 9.0, 9.0, N],
    );
}

#[test]
fn time_is_exact_far_from_the_epoch() {
    let start = 1_761_955_200_000_000_001;
    let mut input = column(&[0.0, N, 3.0]);
    input.timestamps = vec![start, start + 1, start + 3];
    let found = run::<Plugin>("interpolate", r#"{"basis": "time"}"#, &input).unwrap();
    assert_cells(&found.columns[0].values, &[0.0, 1.0, 3.0]);
    input.timestamps = vec![i64::MIN, 0, i64::MAX];
    let found = run::<Plugin>("interpolate", r#"{"basis": "time"}"#, &input).unwrap();
    assert_cells(&found.columns[0].values, &[0.0, 1.5, 3.0]);
}

#[test]
fn averages_do_not_overflow_or_lose_an_offset() {
    assert_cells(&changed("mean", "{}", &[1e308, N, 1e308]), &[1e308; 3]);
    assert_cells(&changed("median", "{}", &[1e308, N, 1.2e308]), &[1e308, 1.1e308, 1.2e308]);
    assert_cells(&changed("mean", "{}", &[1e9, N, 1e9 + 1.0]), &[1e9, 1e9 + 0.5, 1e9 + 1.0]);
    assert_cells(&changed("mean", "{}", &[1e-308, N, 3e-308]), &[1e-308, 2e-308, 3e-308]);
    assert_cells(&changed("mean", "{}", &[0.1, 0.1, 0.1, N, 0.1]), &[0.1; 5]);
}

#[test]
fn states_are_readable() {
    assert_eq!(fit::<Plugin>("mean", "{}", &[column(&[12.0, N, 12.5])]).unwrap(), r#"{"value":12.25}"#);
    assert_eq!(fit::<Plugin>("median", "{}", &[column(&[N])]).unwrap(), r#"{"value":null}"#);
    assert_eq!(fit::<Plugin>("interpolate", "{}", &[column(&[1.0])]).unwrap(), "");
}

#[test]
fn only_what_looks_back_is_causal() {
    for method in ["drop", "forward_fill", "mean", "median"] {
        assert!(traits(method, "{}").unwrap().causal, "{method}");
    }
    for method in ["backward_fill", "interpolate"] {
        assert!(!traits(method, "{}").unwrap().causal, "{method}");
    }
    assert!(traits("forward_fill", r#"{"limit": 3}"#).unwrap().causal);
    // How long a gap is shows only after it.
    for method in ["forward_fill", "mean", "median"] {
        assert!(!traits(method, r#"{"max_gap": 3}"#).unwrap().causal, "{method}");
    }
}

#[test]
fn parameters_are_checked_and_shown_with_their_defaults() {
    for params in [r#"{"limit": 0}"#, r#"{"max_gap": 0}"#, r#"{"limit": -1}"#, r#"{"limits": 1}"#] {
        for method in &METHODS[1..] {
            assert!(matches!(traits(method, params), Err(StepError::InvalidParams(_))), "{method} {params}");
        }
    }
    assert!(traits("interpolate", r#"{"basis": "weight"}"#).is_err());
    assert!(traits("drop", r#"{"limit": 1}"#).is_err());
    let shown = traits("interpolate", r#"{"limit": 2}"#).unwrap().params;
    assert_eq!(shown, r#"{"basis":"position","edges":"none","limit":2,"max_gap":null}"#);
}

/// Each method again, cell by cell, as one would say it.
fn plain(method: &str, limit: Option<usize>, max_gap: Option<usize>, values: &[f64]) -> Vec<f64> {
    let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let mut sorted = present.clone();
    sorted.sort_by(f64::total_cmp);
    let fill = |row: usize| {
        let before = (0..row).rev().find(|&row| !values[row].is_nan());
        let after = (row..values.len()).find(|&row| !values[row].is_nan());
        let start = before.map_or(0, |before| before + 1);
        let end = after.unwrap_or(values.len());
        let reach = if method == "backward_fill" { end - row } else { row - start + 1 };
        if limit.is_some_and(|limit| reach > limit) || max_gap.is_some_and(|longest| end - start > longest) {
            return N;
        }
        match (method, before, after) {
            ("forward_fill", Some(before), _) | ("interpolate", Some(before), None) => values[before],
            ("backward_fill", _, Some(after)) => values[after],
            ("interpolate", Some(before), Some(after)) => {
                let share = (row - before) as f64 / (after - before) as f64;
                values[before] * (1.0 - share) + values[after] * share
            }
            ("mean", ..) if !present.is_empty() => present.iter().sum::<f64>() / present.len() as f64,
            ("median", ..) if !present.is_empty() => {
                (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0
            }
            _ => N,
        }
    };
    (0..values.len()).map(|row| if values[row].is_nan() { fill(row) } else { values[row] }).collect()
}

fn signal(rows: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![3 => -1e3..1e3, 2 => Just(N)], rows)
}

proptest! {
    #[test]
    fn fills_agree_with_the_plain_definition(
        values in signal(0..120),
        method in prop::sample::select(&METHODS[1..]),
        limit in prop::option::of(1usize..4),
        max_gap in prop::option::of(1usize..4),
    ) {
        let params = serde_json::json!({"limit": limit, "max_gap": max_gap}).to_string();
        let found = changed(method, &params, &values);
        for (found, wanted) in found.iter().zip(plain(method, limit, max_gap, &values)) {
            prop_assert!((found - wanted).abs() <= 1e-9 || found.is_nan() && wanted.is_nan(), "{found} {wanted}");
        }
    }

    #[test]
    fn drop_keeps_whole_rows(left in signal(40), right in signal(40)) {
        let found = run::<Plugin>("drop", "{}", &frame(&[("a", &left), ("b", &right)])).unwrap();
        let whole: Vec<u32> =
            (0..40u32).filter(|&row| !left[row as usize].is_nan() && !right[row as usize].is_nan()).collect();
        let picked: Vec<f64> = whole.iter().map(|&row| right[row as usize]).collect();
        prop_assert_eq!(&found.columns[1].values, &picked);
        prop_assert_eq!(found.kept, (whole.len() < 40).then_some(whole));
    }

    #[test]
    fn averages_do_not_depend_on_cuts(values in signal(1..200), part in 1usize..80) {
        let parts: Vec<Frame> = values.chunks(part).map(column).collect();
        for method in ["mean", "median"] {
            let whole = fit::<Plugin>(method, "{}", &[column(&values)]).unwrap();
            prop_assert_eq!(fit::<Plugin>(method, "{}", &parts).unwrap(), whole);
        }
    }

    #[test]
    fn columns_together_are_columns_alone(left in signal(50), right in signal(50)) {
        for method in &METHODS[1..] {
            let together = run::<Plugin>(method, "{}", &frame(&[("a", &left), ("b", &right)])).unwrap();
            assert_cells(&together.columns[0].values, &changed(method, "{}", &left));
            assert_cells(&together.columns[1].values, &changed(method, "{}", &right));
        }
    }
}
