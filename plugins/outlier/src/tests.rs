//! The plugin called as the host calls it.

use fettle_sdk::bindings::transform::exports::fettle::step::transform::Guest;
use fettle_sdk::testing::{column, fit, frame, replay_transform, run};
use fettle_sdk::{Frame, Scope, StepError, Traits};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Plugin;

const N: f64 = f64::NAN;
const METHODS: [&str; 3] = ["iqr", "z_score", "clip"];

fn changed(method: &str, params: &str, values: &[f64]) -> Vec<f64> {
    run::<Plugin>(method, params, &column(values)).unwrap().columns.remove(0).values
}

fn state(method: &str, params: &str, values: &[f64]) -> Value {
    serde_json::from_str(&fit::<Plugin>(method, params, &[column(values)]).unwrap()).unwrap()
}

fn traits(method: &str, params: &str) -> Result<Traits, StepError> {
    Plugin::resolve(method.to_owned(), params.to_owned())
}

/// The paths of what is wrong with parameters.
fn refused(method: &str, params: &str) -> Vec<String> {
    match traits(method, params) {
        Err(StepError::InvalidParams(errors)) => errors.into_iter().map(|error| error.path).collect(),
        other => panic!("{method} {params}: {other:?}"),
    }
}

fn assert_cells(found: &[f64], wanted: &[f64]) {
    let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    assert!(found.len() == wanted.len() && found.iter().zip(wanted).all(same), "{found:?}, not {wanted:?}");
}

#[test]
fn examples_hold() {
    replay_transform::<Plugin>();
}

#[test]
fn states_are_readable() {
    assert_eq!(
        state("iqr", "{}", &[1.0, 2.0, N, 3.0, 4.0, 50.0]),
        json!({"lower": -1.0, "upper": 7.0, "degenerate": false, "q1": 2.0, "q3": 4.0}),
    );
    assert_eq!(
        state("z_score", "{}", &[0.0, 0.0, 0.0, 0.0, 10.0]),
        json!({"lower": -10.0, "upper": 14.0, "degenerate": false, "mean": 2.0, "std": 4.0}),
    );
    assert_eq!(
        state("clip", r#"{"lower": 0, "upper": 1}"#, &[3.0, 8.0]),
        json!({"lower": 3.0, "upper": 8.0, "degenerate": false}),
    );
    assert_eq!(fit::<Plugin>("clip", r#"{"max": 1}"#, &[column(&[3.0])]).unwrap(), "");
}

#[test]
fn bounds_that_coincide_though_values_differ_leave_the_column() {
    let mut idle = vec![0.0; 90];
    idle.extend([5.0; 10]);
    for (method, params) in
        [("iqr", "{}"), ("z_score", r#"{"threshold": 0}"#), ("clip", r#"{"lower": 0.2, "upper": 0.8}"#)]
    {
        assert_eq!(state(method, params, &idle)["degenerate"], json!(true), "{method}");
        assert_cells(&changed(method, params, &idle), &idle);
        let mut dropping: Value = serde_json::from_str(params).unwrap();
        dropping["action"] = json!("drop");
        assert_eq!(run::<Plugin>(method, &dropping.to_string(), &column(&idle)).unwrap().kept, None);
    }
}

#[test]
fn a_constant_column_is_not_degenerate() {
    for method in METHODS {
        for values in [&[0.1; 7][..], &[0.1], &[N, 0.1, N]] {
            let state = state(method, "{}", values);
            assert_eq!(state["degenerate"], json!(false));
            assert_eq!((&state["lower"], &state["upper"]), (&json!(0.1), &json!(0.1)));
            assert_cells(&changed(method, "{}", values), values);
        }
    }
}

#[test]
fn columns_without_values_and_empty_frames_are_sound() {
    for method in METHODS {
        assert_eq!(state(method, "{}", &[N, N])["lower"], Value::Null);
        assert_eq!(state(method, "{}", &[])["degenerate"], json!(false));
        assert_cells(&changed(method, "{}", &[N, N]), &[N, N]);
        assert_cells(&changed(method, "{}", &[]), &[]);
        let no_columns = Frame { timestamps: vec![0, 1], columns: vec![] };
        assert_eq!(run::<Plugin>(method, "{}", &no_columns).unwrap().columns.len(), 0);
        let dropped = run::<Plugin>(method, r#"{"action": "drop"}"#, &no_columns).unwrap();
        assert_eq!((dropped.columns.len(), dropped.kept), (0, None));
    }
}

#[test]
fn bounds_beyond_f64_are_open() {
    let huge = [-1.5e308, -1e308, 0.0, 1e308, 1.5e308];
    for method in ["iqr", "z_score"] {
        let state = state(method, "{}", &huge);
        assert_eq!((&state["lower"], &state["upper"]), (&Value::Null, &Value::Null), "{state}");
        assert_cells(&changed(method, "{}", &huge), &huge);
    }
    assert_eq!(state("iqr", "{}", &huge)["q3"], json!(1e308));
    // One side alone.
    let state = state("iqr", r#"{"threshold": 1}"#, &[1.0e308, 1.0e308, 1.7e308, 1.7e308]);
    assert_eq!(state["upper"], Value::Null);
    assert!((state["lower"].as_f64().unwrap() / 0.3e308 - 1.0).abs() < 1e-12);
}

#[test]
fn an_offset_does_not_move_bounds() {
    for offset in [1e6, 1e9] {
        let values: Vec<f64> = (0..1_000).map(|row| offset + f64::from(row) / 1024.0).collect();
        let state = state("iqr", "{}", &values);
        assert_eq!(state["q1"].as_f64().unwrap() - offset, 249.75 / 1024.0);
        assert_eq!(state["q3"].as_f64().unwrap() - offset, 749.25 / 1024.0);
    }
    let values: Vec<f64> = [1.0, 2.0, 3.0, 6.0].iter().map(|value| value + 1e9).collect();
    let state = state("z_score", "{}", &values);
    assert_eq!(state["mean"], json!(1e9 + 3.0));
    assert!((state["std"].as_f64().unwrap() - 3.5f64.sqrt()).abs() < 1e-12);
}

#[test]
fn tiny_values_have_bounds() {
    let values = [1e-308, 2e-308, 3e-308, 4e-308, 5e-307];
    for (method, params) in [("iqr", "{}"), ("z_score", r#"{"threshold": 1.5}"#)] {
        let found = changed(method, params, &values);
        assert_cells(&found[..4], &values[..4]);
        assert!(found[4] < values[4] && found[4] > values[3], "{method}: {found:?}");
    }
}

#[test]
fn a_cell_off_a_constant_is_cut_by_its_deviation() {
    let mut values = vec![20.0; 999];
    values.push(1_020.0);
    let found = changed("z_score", "{}", &values);
    let wanted = 21.0 + 3.0 * (0.001f64 * 0.999).sqrt() * 1_000.0;
    assert!((found[999] / wanted - 1.0).abs() < 1e-12);
    assert_cells(&found[..999], &values[..999]);
}

#[test]
fn too_few_values_for_ddof_have_no_bounds() {
    let state = state("z_score", r#"{"ddof": 1}"#, &[5.0]);
    assert_eq!(state, json!({"lower": null, "upper": null, "degenerate": false, "mean": 5.0, "std": null}));
}

#[test]
fn dropping_wants_the_frame_and_clipping_a_column() {
    for method in METHODS {
        for action in ["clip", "missing"] {
            let traits = traits(method, &json!({"action": action}).to_string()).unwrap();
            assert_eq!((traits.scope, traits.removes_rows), (Scope::Column, false));
            assert!(traits.fitted && traits.causal);
        }
        let traits = traits(method, r#"{"action": "drop"}"#).unwrap();
        assert_eq!((traits.scope, traits.removes_rows), (Scope::Frame, true));
        assert!(traits.fitted && traits.causal);
    }
    assert!(!traits("clip", r#"{"max": 3}"#).unwrap().fitted);
}

#[test]
fn parameters_are_checked() {
    assert_eq!(refused("iqr", r#"{"threshold": -1}"#), ["/threshold"]);
    assert_eq!(refused("z_score", r#"{"threshold": -0.5}"#), ["/threshold"]);
    assert_eq!(refused("clip", r#"{"lower": -0.1, "upper": 1.5}"#), ["/lower", "/upper"]);
    assert_eq!(refused("clip", r#"{"lower": 0.9, "upper": 0.1}"#), ["/lower"]);
    assert_eq!(refused("clip", r#"{"lower": 0.995}"#), ["/lower"]);
    assert_eq!(refused("clip", r#"{"upper": 0.005}"#), ["/upper"]);
    assert_eq!(refused("clip", r#"{"min": 2, "max": 2}"#), ["/min"]);
    assert_eq!(refused("clip", r#"{"lower": 0.1, "max": 2}"#), ["/lower"]);
    assert_eq!(refused("clip", r#"{"lower": 0.1, "upper": 0.9, "min": 2}"#), ["/lower", "/upper"]);
    for method in METHODS {
        assert_eq!(refused(method, r#"{"refill": true}"#), ["/refill"]);
        assert_eq!(refused(method, r#"{"refill": true, "action": "drop"}"#), ["/refill"]);
        assert!(traits(method, r#"{"refill": true, "action": "missing"}"#).is_ok());
        assert_eq!(refused(method, r#"{"action": "remove"}"#).len(), 1);
        assert_eq!(refused(method, r#"{"limit": 1}"#).len(), 1);
    }
}

#[test]
fn parameters_are_shown_with_their_defaults() {
    let shown = |method, params| traits(method, params).unwrap().params;
    assert_eq!(shown("iqr", ""), r#"{"threshold":1.5,"action":"clip","refill":false}"#);
    assert_eq!(shown("z_score", ""), r#"{"threshold":3.0,"ddof":0,"action":"clip","refill":false}"#);
    let quantiles = r#"{"lower":0.01,"upper":0.99,"min":null,"max":null,"action":"clip","refill":false}"#;
    assert_eq!(shown("clip", ""), quantiles);
    assert_eq!(shown("clip", quantiles), quantiles);
    let absolute = r#"{"lower":null,"upper":null,"min":2.0,"max":null,"action":"clip","refill":false}"#;
    assert_eq!(shown("clip", r#"{"min": 2}"#), absolute);
    assert_eq!(shown("clip", absolute), absolute);
}

#[test]
fn the_schema_shows_defaults_and_bounds() {
    let methods = Plugin::describe().methods;
    let schema: Value = serde_json::from_str(&methods[2].params_schema).unwrap();
    assert_eq!(schema["properties"]["lower"]["default"], json!(0.01));
    assert_eq!(schema["properties"]["upper"]["maximum"], json!(1.0));
    let schema: Value = serde_json::from_str(&methods[0].params_schema).unwrap();
    assert_eq!(schema["properties"]["threshold"]["minimum"], json!(0.0));
    assert_eq!(schema["additionalProperties"], json!(false));
}

/// The quantile as numpy's `linear` has it, over sorted cells.
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let position = probability * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    low + (high - low) * position.fract()
}

/// Bounds as one would say them.
fn plain(method: &str, values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return None;
    }
    let (lower, upper) = match method {
        "iqr" => {
            let (q1, q3) = (quantile(&sorted, 0.25), quantile(&sorted, 0.75));
            (q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))
        }
        "clip" => (quantile(&sorted, 0.01), quantile(&sorted, 0.99)),
        _ => {
            let count = sorted.len() as f64;
            let mean = sorted.iter().sum::<f64>() / count;
            let std = (sorted.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
            (mean - 3.0 * std, mean + 3.0 * std)
        }
    };
    (lower < upper).then_some((lower, upper))
}

fn signal(rows: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    let cell = prop_oneof![6 => -1e2..1e2, 2 => Just(7.0), 1 => Just(N), 1 => -1e5..1e5];
    prop::collection::vec(cell, rows)
}

proptest! {
    #[test]
    fn clipping_agrees_with_the_plain_definition(values in signal(0..150), method in prop::sample::select(&METHODS)) {
        let bounds = plain(method, &values);
        for (found, value) in changed(method, "{}", &values).iter().zip(&values) {
            let wanted = bounds.map_or(*value, |(lower, upper)| value.clamp(lower, upper));
            prop_assert!((found - wanted).abs() <= 1e-8 || found.is_nan() && wanted.is_nan(), "{found} {wanted}");
        }
    }

    #[test]
    fn actions_agree_on_what_is_beyond(values in signal(1..150), method in prop::sample::select(&METHODS)) {
        let clipped = changed(method, "{}", &values);
        let missing = changed(method, r#"{"action": "missing"}"#, &values);
        let dropped = run::<Plugin>(method, r#"{"action": "drop"}"#, &column(&values)).unwrap();
        let within: Vec<u32> = (0..values.len())
            .filter(|&row| values[row].is_nan() || clipped[row] == values[row])
            .map(|row| row as u32)
            .collect();
        for row in 0..values.len() {
            prop_assert_eq!(missing[row].is_nan(), values[row].is_nan() || !within.contains(&(row as u32)));
        }
        let kept: Vec<f64> = within.iter().map(|&row| values[row as usize]).collect();
        assert_cells(&dropped.columns[0].values, &kept);
        prop_assert_eq!(dropped.kept, (within.len() < values.len()).then_some(within));
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
    fn columns_together_have_the_states_of_columns_alone(left in signal(60), right in signal(60)) {
        for method in METHODS {
            let together = frame(&[("a", &left), ("b", &right)]);
            let both = fit::<Plugin>(method, r#"{"action": "drop"}"#, &[together]).unwrap();
            let both: Value = serde_json::from_str(&both).unwrap();
            prop_assert_eq!(&both["a"], &state(method, "{}", &left));
            prop_assert_eq!(&both["b"], &state(method, "{}", &right));
        }
    }
}
