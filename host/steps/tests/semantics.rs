//! The examples of docs/semantics.md, run in the sandbox.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};
use fettle_steps::{Catalogue, Kind, Plugin, Sandbox, Settings, Step};

/// How far a result may be from what the page says, which rounds to 16 digits.
const TOLERANCE: f64 = 1e-14;

/// An example of the page.
struct Example {
    heading: String,
    kind: Kind,
    method: String,
    params: String,
    input: Arc<Frame>,
    /// What stands behind each `becomes`.
    output: Vec<String>,
}

#[test]
fn every_example_of_the_page_comes_out() {
    let sandbox = Sandbox::new(Settings::default()).unwrap();
    let plugins =
        fettle_builtin::PLUGINS.map(|builtin| Plugin::admit(&sandbox, builtin.component, None).unwrap());
    let catalogue = Catalogue::new(plugins.into()).unwrap();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/semantics.md");
    let examples = examples(&std::fs::read_to_string(page).unwrap());
    for example in &examples {
        let params = serde_json::from_str(&example.params).unwrap();
        let step = catalogue.resolve(example.kind, &example.method, &params).unwrap();
        check(example, &step);
    }
    for (method, _) in catalogue.methods() {
        let shown = |example: &Example| example.kind == method.kind && example.method == method.name;
        assert!(examples.iter().any(shown), "no example of {} {}", method.kind, method.name);
    }
}

fn check(example: &Example, step: &Step) {
    let heading = &example.heading;
    match example.kind {
        Kind::Window => {
            let windows = step.plan(&example.input).unwrap();
            let found: Vec<String> =
                windows.iter().map(|window| format!("{}-{}", window.start, window.end)).collect();
            assert_eq!([found.join(" ")], *example.output, "{heading}");
        }
        Kind::Feature => {
            let whole = [Window { start: 0, end: example.input.rows() }];
            let (features, _) = step.compute(&example.input, &whole).unwrap();
            let found: Vec<f64> = features.iter().map(|feature| feature.values[0]).collect();
            assert_close(&found, &cells(&example.output[0]), heading);
        }
        Kind::MissingValue | Kind::Outlier | Kind::Normalize => {
            let (_, applied) = step.fit_apply(&example.input).unwrap();
            assert_eq!(applied.frame.signals.len(), example.output.len(), "{heading}");
            for (signal, wanted) in applied.frame.signals.iter().zip(&example.output) {
                assert_close(&signal.values, &cells(wanted), heading);
            }
        }
    }
}

fn assert_close(found: &[f64], wanted: &[f64], heading: &str) {
    let close = |(found, wanted): (&f64, &f64)| {
        found.is_nan() && wanted.is_nan() || (found - wanted).abs() <= TOLERANCE * wanted.abs()
    };
    let all = found.len() == wanted.len() && found.iter().zip(wanted).all(close);
    assert!(all, "{heading}: {found:?}, and the page says {wanted:?}");
}

fn examples(page: &str) -> Vec<Example> {
    page.split("```example\n").skip(1).map(|rest| example(rest.split("```").next().unwrap())).collect()
}

/// `kind method params`, then lines of a name and its cells.
fn example(text: &str) -> Example {
    let (heading, body) = text.split_once('\n').unwrap();
    let mut words = heading.splitn(3, ' ');
    let kind: Kind = serde_json::from_value(words.next().unwrap().into()).unwrap();
    let (method, params) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let mut seconds = None;
    let mut signals = Vec::new();
    let mut output = Vec::new();
    for line in body.lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        match name {
            "seconds" => seconds = Some(cells(rest)),
            "becomes" => output.push(rest.trim().to_owned()),
            name => signals.push(Signal { name: name.to_owned(), values: cells(rest) }),
        }
    }
    let seconds = seconds.unwrap_or_else(|| (0..signals[0].values.len()).map(|row| row as f64).collect());
    let timestamps = seconds.iter().map(|second| (second * 1e9) as i64).collect();
    let input = Arc::new(Frame::new(timestamps, signals, Vec::new()).unwrap());
    Example { heading: heading.to_owned(), kind, method, params, input, output }
}

fn cells(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|cell| if cell == "-" { f64::NAN } else { cell.parse().unwrap() }).collect()
}
