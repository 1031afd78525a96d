//! Calls a plugin natively, as the host would: for an author's own tests.

use crate::bindings::feature::exports::fettle::step::features::Guest as FeatureGuest;
use crate::bindings::transform::exports::fettle::step::transform::Guest as TransformGuest;
use crate::bindings::window::exports::fettle::step::windowing::Guest as WindowGuest;
use crate::{Changed, Column, Fitting, Frame, Scope, StepError, Window};

/// More rounds of fitting are a fault of the plugin.
const ROUNDS: usize = 16;

/// A frame of one column `x`, a row a second from the epoch on.
pub fn column(values: &[f64]) -> Frame {
    frame(&[("x", values)])
}

/// A frame of named columns, a row a second from the epoch on.
pub fn frame(columns: &[(&str, &[f64])]) -> Frame {
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    Frame {
        timestamps: (0..rows as i64).map(|row| row * 1_000_000_000).collect(),
        columns: columns
            .iter()
            .map(|(name, values)| Column { name: (*name).to_owned(), values: values.to_vec() })
            .collect(),
    }
}

/// Windows from (start, end): rows from `start` to just before `end`.
pub fn windows(bounds: &[(u32, u32)]) -> Vec<Window> {
    bounds.iter().map(|&(start, end)| Window { start, end }).collect()
}

/// Resolves, fits on the frame where that is needed and applies, as the host does for one request: column by column
/// where the scope is column. `params` is JSON.
pub fn run<P: TransformGuest>(method: &str, params: &str, input: &Frame) -> Result<Changed, StepError> {
    let state = |part: &Frame| fit::<P>(method, params, std::slice::from_ref(part));
    let traits = P::resolve(method.to_owned(), params.to_owned())?;
    if traits.scope == Scope::Frame {
        return P::apply(method.to_owned(), traits.params, state(input)?, input.clone());
    }
    let mut changed = Changed { columns: Vec::new(), kept: None };
    for column in &input.columns {
        let alone = Frame { timestamps: input.timestamps.clone(), columns: vec![column.clone()] };
        let applied = P::apply(method.to_owned(), traits.params.clone(), state(&alone)?, alone)?;
        changed.columns.extend(applied.columns);
    }
    Ok(changed)
}

/// The state of `parts` of the same columns, through all its rounds; empty where nothing is fitted.
pub fn fit<P: TransformGuest>(method: &str, params: &str, parts: &[Frame]) -> Result<String, StepError> {
    let traits = P::resolve(method.to_owned(), params.to_owned())?;
    let mut round = Vec::new();
    if !traits.fitted {
        return Ok(String::new());
    }
    for _ in 0..ROUNDS {
        let mut summaries = Vec::new();
        for part in parts {
            summaries.push(P::summarize(
                method.to_owned(),
                traits.params.clone(),
                round.clone(),
                part.clone(),
            )?);
        }
        let summary = P::merge(method.to_owned(), traits.params.clone(), round.clone(), summaries)?;
        match P::fit(method.to_owned(), traits.params.clone(), round, summary)? {
            Fitting::Done(state) => return Ok(state),
            Fitting::Again(next) => round = next,
        }
    }
    Err(StepError::Failed(format!("no state after {ROUNDS} rounds")))
}

/// Resolves and plans.
pub fn plan<P: WindowGuest>(method: &str, params: &str, input: &Frame) -> Result<Vec<Window>, StepError> {
    let traits = P::resolve(method.to_owned(), params.to_owned())?;
    P::plan(method.to_owned(), traits.params, input.clone())
}

/// Resolves and computes.
pub fn compute<P: FeatureGuest>(
    method: &str,
    params: &str,
    input: &Frame,
    windows: &[Window],
) -> Result<Vec<Column>, StepError> {
    let traits = P::resolve(method.to_owned(), params.to_owned())?;
    P::compute(method.to_owned(), traits.params, input.clone(), windows.to_vec())
}

/// Replays the examples of a transform plugin, bit for bit; panics at the first that disagrees.
pub fn replay_transform<P: TransformGuest>() {
    for example in P::examples() {
        let found = run::<P>(&example.method, &example.params, &example.input);
        let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", example.method));
        assert_eq!(found.kept, example.output.kept, "rows kept by {} {}", example.method, example.params);
        assert_same(&found.columns, &example.output.columns, &example.method, &example.params);
    }
}

/// Replays the examples of a window plugin; panics at the first that disagrees.
pub fn replay_windowing<P: WindowGuest>() {
    for example in P::examples() {
        let found = plan::<P>(&example.method, &example.params, &example.input);
        let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", example.method));
        let bounds = |windows: &[Window]| windows.iter().map(|w| (w.start, w.end)).collect::<Vec<_>>();
        assert_eq!(bounds(&found), bounds(&example.output), "{} {}", example.method, example.params);
    }
}

/// Replays the examples of a feature plugin, bit for bit; panics at the first that disagrees.
pub fn replay_features<P: FeatureGuest>() {
    for example in P::examples() {
        let found = compute::<P>(&example.method, &example.params, &example.input, &example.windows);
        let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", example.method));
        assert_same(&found, &example.output, &example.method, &example.params);
    }
}

/// Asserts that columns have the same names and values, bit for bit; all missing cells are alike.
pub fn assert_same(found: &[Column], wanted: &[Column], method: &str, params: &str) {
    let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(found), names(wanted), "columns of {method} {params}");
    for (found, wanted) in found.iter().zip(wanted) {
        let same = found.values.len() == wanted.values.len()
            && found
                .values
                .iter()
                .zip(&wanted.values)
                .all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
        assert!(same, "{method} {params}: {} is {:?}, not {:?}", wanted.name, found.values, wanted.values);
    }
}
