//! The plugin called as the host calls it.

use fettle_sdk::bindings::transform::exports::fettle::step::transform::Guest;
use fettle_sdk::testing::{column, fit, frame, replay_transform, run};
use fettle_sdk::{Frame, Scope, StepError};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Plugin;

const N: f64 = f64::NAN;
const METHODS: [&str; 2] = ["min_max", "z_score"];

fn changed(method: &str, params: &str, values: &[f64]) -> Vec<f64> {
    run::<Plugin>(method, params, &column(values)).unwrap().columns.remove(0).values
}

fn state(method: &str, values: &[f64]) -> Value {
    serde_json::from_str(&fit::<Plugin>(method, "{}", &[column(values)]).unwrap()).unwrap()
}

fn apply(method: &str, params: &str, state: &Value, values: &[f64]) -> Vec<f64> {
    let changed = Plugin::apply(method.to_owned(), params.to_owned(), state.to_string(), column(values));
    changed.unwrap().columns.remove(0).values
}

#[track_caller]
fn assert_near(found: &[f64], wanted: &[f64], tolerance: f64) {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance || a.is_nan() && b.is_nan();
    assert!(found.len() == wanted.len() && found.iter().zip(wanted).all(near), "{found:?}, not {wanted:?}");
}

#[test]
fn examples_hold() {
    replay_transform::<Plugin>();
}

#[test]
fn states_are_readable() {
    assert_eq!(state("min_max", &[2.0, N, 6.0]), json!({"min": 2.0, "max": 6.0, "constant": false}));
    assert_eq!(state("z_score", &[1.0, N, 3.0]), json!({"mean": 2.0, "std": 1.0, "constant": false}));
    assert_eq!(state("min_max", &[N]), json!({"min": null, "max": null, "constant": false}));
    assert_eq!(state("z_score", &[]), json!({"mean": null, "std": null, "constant": false}));
}

#[test]
fn the_two_rules_for_nearly_constant_columns_are_scikit_learns() {
    // Absolute: a range below ten times the precision of 1.
    assert_eq!(state("min_max", &[1e-16, 3e-16])["constant"], json!(true));
    assert_eq!(state("min_max", &[1e9, 1e9 + 1e-6])["constant"], json!(false));
    assert_near(&changed("min_max", "{}", &[1e-16, 3e-16]), &[0.0, 2e-16], 1e-30);
    // Relative to the mean: a deviation that rounding could have made.
    assert_eq!(state("z_score", &[1e-16, 3e-16])["constant"], json!(false));
    let next = 1e9f64.next_up();
    assert_eq!(state("z_score", &[1e9, next])["constant"], json!(true));
    assert_eq!(state("z_score", &[1e9, 1e9 + 1e-5])["constant"], json!(false));
    assert_eq!(state("z_score", &[0.0, 5e-324])["constant"], json!(false));
    assert_near(&changed("z_score", "{}", &[1e9, next]), &[0.0, next - 1e9], 1e-6);
}

#[test]
fn a_constant_and_one_value_come_to_the_origin() {
    for values in [&[0.3; 11][..], &[0.3]] {
        assert_near(&changed("z_score", "{}", values), &vec![0.0; values.len()], 0.0);
        assert_near(
            &changed("min_max", r#"{"feature_range": [2, 3]}"#, values),
            &vec![2.0; values.len()],
            0.0,
        );
        assert_eq!(state("z_score", values)["constant"], json!(true));
        assert_eq!(state("min_max", values)["constant"], json!(true));
    }
}

#[test]
fn one_cell_off_a_constant_is_not_constant() {
    let mut values = vec![5.0; 99];
    values.push(6.0);
    let deviation = (0.01f64 * 0.99).sqrt();
    let mut wanted = vec![-0.01 / deviation; 99];
    wanted.push(0.99 / deviation);
    assert_near(&changed("z_score", "{}", &values), &wanted, 1e-12);
    assert_eq!(changed("min_max", "{}", &values)[98..], [0.0, 1.0]);
}

#[test]
fn empty_frames_and_columns_without_values_are_sound() {
    for method in METHODS {
        assert_near(&changed(method, "{}", &[]), &[], 0.0);
        assert_near(&changed(method, "{}", &[N, N]), &[N, N], 0.0);
        let no_columns = Frame { timestamps: vec![0, 1], columns: vec![] };
        assert_eq!(run::<Plugin>(method, "{}", &no_columns).unwrap().columns.len(), 0);
        // There is no scale for what comes later.
        assert_near(&apply(method, "{}", &state(method, &[N]), &[4.0]), &[N], 0.0);
    }
}

#[test]
fn offsets_and_the_ends_of_the_range_keep_their_digits() {
    for offset in [1e6, 1e9] {
        let values: Vec<f64> = (0..=1_024).map(|row| offset + f64::from(row) / 1_024.0).collect();
        let wanted: Vec<f64> = (0..=1_024).map(|row| f64::from(row) / 1_024.0).collect();
        assert_eq!(changed("min_max", "{}", &values), wanted);
        let std = (((1_025.0f64 * 1_025.0) - 1.0) / 12.0).sqrt() / 1_024.0;
        let wanted: Vec<f64> = wanted.iter().map(|value| (value - 0.5) / std).collect();
        assert_near(&changed("z_score", "{}", &values), &wanted, 1e-12);
    }
    assert_eq!(changed("min_max", "{}", &[f64::MIN, 0.0, f64::MAX]), [0.0, 0.5, 1.0]);
    assert_eq!(changed("z_score", "{}", &[f64::MIN, f64::MAX]), [-1.0, 1.0]);
    assert_near(&changed("z_score", "{}", &[1e-308, 3e-308]), &[-1.0, 1.0], 1e-15);
}

#[test]
fn values_beyond_the_fitted_range_are_clipped_only_if_asked() {
    let fitted = state("min_max", &[10.0, 20.0]);
    assert_eq!(apply("min_max", "{}", &fitted, &[5.0, 15.0, 40.0]), [-0.5, 0.5, 3.0]);
    assert_eq!(apply("min_max", r#"{"clip": true}"#, &fitted, &[5.0, 15.0, 40.0]), [0.0, 0.5, 1.0]);
}

#[test]
fn parameters_are_checked_and_shown_with_their_defaults() {
    let resolve = |method: &str, params: &str| Plugin::resolve(method.to_owned(), params.to_owned());
    for range in ["[1, 0]", "[1, 1]", "[-1.7e308, 1.7e308]"] {
        match resolve("min_max", &format!(r#"{{"feature_range": {range}}}"#)) {
            Err(StepError::InvalidParams(errors)) => assert_eq!(errors[0].path, "/feature_range"),
            other => panic!("{range}: {other:?}"),
        }
    }
    for wrong in
        [r#"{"feature_range": [1]}"#, r#"{"feature_range": [0, 1, 2]}"#, r#"{"feature_range": [null, 1]}"#]
    {
        assert!(matches!(resolve("min_max", wrong), Err(StepError::InvalidParams(_))), "{wrong}");
    }
    assert!(matches!(resolve("z_score", r#"{"clip": true}"#), Err(StepError::InvalidParams(_))));
    let traits = resolve("min_max", "").unwrap();
    assert_eq!(traits.params, r#"{"feature_range":[0.0,1.0],"clip":false}"#);
    for method in METHODS {
        let traits = resolve(method, "").unwrap();
        assert!(traits.fitted && traits.causal && !traits.removes_rows && traits.scope == Scope::Column);
    }
    let schema: Value = serde_json::from_str(&Plugin::describe().methods[0].params_schema).unwrap();
    let range = &schema["properties"]["feature_range"];
    assert_eq!((&range["minItems"], &range["maxItems"]), (&json!(2), &json!(2)));
}

fn signal(rows: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![6 => -1e3..1e3, 1 => Just(N), 1 => Just(5.0)], rows)
}

proptest! {
    #[test]
    fn agree_with_the_plain_formulas(values in signal(2..150), low in -10.0..10.0, width in 0.1..10.0) {
        let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let (min, max) = present.iter().fold((f64::MAX, f64::MIN), |(min, max), &x| (min.min(x), max.max(x)));
        prop_assume!(max > min);
        let count = present.len() as f64;
        let mean = present.iter().sum::<f64>() / count;
        let std = (present.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
        let z: Vec<f64> = values.iter().map(|x| (x - mean) / std).collect();
        assert_near(&changed("z_score", "{}", &values), &z, 1e-9);
        let high = low + width;
        let scaled: Vec<f64> = values.iter().map(|x| (x - min) / (max - min) * (high - low) + low).collect();
        let params = json!({"feature_range": [low, high]}).to_string();
        assert_near(&changed("min_max", &params, &values), &scaled, 1e-11);
    }

    #[test]
    fn states_do_not_depend_on_cuts(values in signal(1..200), part in 1usize..80) {
        let parts: Vec<Frame> = values.chunks(part).map(column).collect();
        for method in METHODS {
            let whole = fit::<Plugin>(method, "{}", &[column(&values)]).unwrap();
            prop_assert_eq!(fit::<Plugin>(method, "{}", &parts).unwrap(), whole);
        }
    }

    #[test]
    fn columns_together_are_columns_alone(left in signal(50), right in signal(50)) {
        for method in METHODS {
            let together = run::<Plugin>(method, "{}", &frame(&[("a", &left), ("b", &right)])).unwrap();
            assert_near(&together.columns[0].values, &changed(method, "{}", &left), 0.0);
            assert_near(&together.columns[1].values, &changed(method, "{}", &right), 0.0);
        }
    }
}
