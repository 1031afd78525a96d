//! A plugin's own examples, replayed: they must come out bit for bit on this engine.

use std::sync::Arc;

use fettle_frame::{Frame, Signal};

use crate::bindings::transform::fettle::step::types as wit;
use crate::catalogue::resolve;
use crate::examples::windows;
use crate::guest::{Guest, Load};
use crate::plugin::Exports;
use crate::{AdmissionError, Kind, Plugin, Step};

/// Replays all examples of a plugin that is not yet in the catalogue.
pub(super) fn replay(plugin: &Arc<Plugin>) -> Result<(), AdmissionError> {
    // The instance that is asked ends before its examples are replayed: a thread has one at a time, and the pool as many
    // as there are threads.
    let ask = || Guest::new(plugin, Kind::Feature, "examples");
    match plugin.exports {
        Exports::Transform(_) => {
            let examples =
                ask()?.call(Load::default(), |exports, store| exports.transform()?.call_examples(store))?;
            for (index, example) in examples.into_iter().enumerate() {
                let step = step(plugin, index, &example.method, &example.params)?;
                let input = Arc::new(frame(example.input).map_err(differs(index, &example.method))?);
                let (_, applied) = step.fit_apply(&input)?;
                let kept = example.output.kept.unwrap_or_else(|| (0..input.rows() as u32).collect());
                let kept: Vec<i64> =
                    kept.iter().filter_map(|&row| input.timestamps.get(row as usize).copied()).collect();
                let problem = if applied.frame.timestamps == kept {
                    first_difference(&applied.frame.signals, &example.output.columns)
                } else {
                    Some(format!("{} rows survive", applied.frame.rows()))
                };
                problem.map_or(Ok(()), |problem| Err(differs(index, &example.method)(problem)))?;
            }
        }
        Exports::Window(_) => {
            let examples =
                ask()?.call(Load::default(), |exports, store| exports.windowing()?.call_examples(store))?;
            for (index, example) in examples.into_iter().enumerate() {
                let step = step(plugin, index, &example.method, &example.params)?;
                let input = frame(example.input).map_err(differs(index, &example.method))?;
                let found = step.plan(&input)?;
                if found != windows(&example.output) {
                    return Err(differs(index, &example.method)(format!("the windows are {found:?}")));
                }
            }
        }
        Exports::Feature(_) => {
            let examples =
                ask()?.call(Load::default(), |exports, store| exports.features()?.call_examples(store))?;
            for (index, example) in examples.into_iter().enumerate() {
                let step = step(plugin, index, &example.method, &example.params)?;
                let input = Arc::new(frame(example.input).map_err(differs(index, &example.method))?);
                let (found, _) = step.compute(&input, &windows(&example.windows))?;
                let problem = first_difference(&found, &example.output);
                problem.map_or(Ok(()), |problem| Err(differs(index, &example.method)(problem)))?;
            }
        }
    }
    Ok(())
}

/// The step that an example names.
fn step(plugin: &Arc<Plugin>, index: usize, method: &str, params: &str) -> Result<Step, AdmissionError> {
    let described = plugin
        .methods
        .iter()
        .find(|other| other.name == method)
        .ok_or_else(|| differs(index, method)("there is no such method".to_owned()))?;
    let traits = resolve(plugin, described.kind, method, params)?;
    Ok(Step { plugin: Arc::clone(plugin), kind: described.kind, method: method.to_owned(), traits })
}

fn differs(index: usize, method: &str) -> impl Fn(String) -> AdmissionError + use<> {
    let method = method.to_owned();
    move |problem| AdmissionError::Example { index, method: method.clone(), problem }
}

fn frame(input: wit::FrameResult) -> Result<Frame, String> {
    crate::examples::frame(input).map_err(|error| format!("its input is no frame: {error}"))
}

/// Where columns differ; a missing cell is like another.
fn first_difference(found: &[Signal], wanted: &[wit::ColumnResult]) -> Option<String> {
    let names = |found: &[Signal]| found.iter().map(|signal| signal.name.clone()).collect::<Vec<_>>();
    if !found.iter().map(|signal| &signal.name).eq(wanted.iter().map(|column| &column.name)) {
        return Some(format!("the columns are {:?}", names(found)));
    }
    for (found, wanted) in found.iter().zip(wanted) {
        if found.values.len() != wanted.values.len() {
            return Some(format!("`{}` has {} values", found.name, found.values.len()));
        }
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        if let Some(row) = found.values.iter().zip(&wanted.values).position(|pair| !same(pair)) {
            return Some(format!(
                "`{}` is {} at {row}, not {}",
                found.name, found.values[row], wanted.values[row]
            ));
        }
    }
    None
}
