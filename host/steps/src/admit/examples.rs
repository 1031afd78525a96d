//! A plugin's own examples, replayed: they must come out bit for bit on this engine, and for columns alone as together.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};
use serde_json::Value;

use super::columns;

use crate::bindings::transform::fettle::step::types as wit;
use crate::catalogue::resolve;
use crate::examples::windows;
use crate::guest::{Guest, Load};
use crate::plugin::Exports;
use crate::told::beginning;
use crate::{AdmissionError, Kind, Plugin, Step};

/// Examples of a plugin.
const MOST_EXAMPLES: usize = 1_000;

/// Columns and rows of an example.
const MOST_COLUMNS: usize = 100;
const MOST_ROWS: usize = 100_000;

/// Characters of what a plugin says that are told.
const TOLD: usize = 500;

/// Replays all examples of a plugin that is not yet in the catalogue.
pub(super) fn replay(plugin: &Arc<Plugin>) -> Result<(), AdmissionError> {
    // The instance that is asked ends before its examples are replayed: a thread has one at a time, and the pool as many
    // as there are threads.
    let ask = || Guest::new(plugin, Kind::Feature, "examples");
    match plugin.exports {
        Exports::Transform(_) => {
            let examples =
                ask()?.call(Load::default(), |exports, store| exports.transform()?.call_examples(store))?;
            for (index, example) in counted(examples)?.into_iter().enumerate() {
                let case = Case::new(plugin, index, example.method, &example.params, example.input)?;
                let (step, input) = (&case.step, &case.input);
                let (_, applied) = step.fit_apply(input)?;
                let kept = example.output.kept.unwrap_or_else(|| (0..input.rows() as u32).collect());
                let kept: Vec<i64> =
                    kept.iter().filter_map(|&row| input.timestamps.get(row as usize).copied()).collect();
                if applied.frame.timestamps != kept {
                    return Err(case.differs(format!("{} rows survive", applied.frame.rows())));
                }
                case.same(&applied.frame.signals, example.output.columns)?;
                columns::transform(step, input)?;
            }
        }
        Exports::Window(_) => {
            let examples =
                ask()?.call(Load::default(), |exports, store| exports.windowing()?.call_examples(store))?;
            for (index, example) in counted(examples)?.into_iter().enumerate() {
                let case = Case::new(plugin, index, example.method, &example.params, example.input)?;
                let found = case.step.plan(&case.input)?;
                if found != windows(&example.output) {
                    return Err(case.differs(format!("the windows are {found:?}")));
                }
            }
        }
        Exports::Feature(_) => {
            let examples =
                ask()?.call(Load::default(), |exports, store| exports.features()?.call_examples(store))?;
            for (index, example) in counted(examples)?.into_iter().enumerate() {
                let case = Case::new(plugin, index, example.method, &example.params, example.input)?;
                let (windows, rows) = (windows(&example.windows), case.input.rows());
                if let Some(Window { start, end }) =
                    windows.iter().find(|window| window.start >= window.end || window.end > rows)
                {
                    return Err(case.differs(format!("it has a window [{start}, {end}) of {rows} rows")));
                }
                let (found, _) = case.step.compute(&case.input, &windows)?;
                case.same(&found, example.output)?;
                columns::features(&case.step, &case.input, &windows)?;
            }
        }
    }
    Ok(())
}

fn counted<T>(examples: Vec<T>) -> Result<Vec<T>, AdmissionError> {
    match examples.len() {
        0..=MOST_EXAMPLES => Ok(examples),
        count => {
            Err(AdmissionError::Description(format!("{count} examples; at most {MOST_EXAMPLES} are allowed")))
        }
    }
}

/// An example, its method resolved.
struct Case {
    index: usize,
    step: Step,
    input: Arc<Frame>,
}

impl Case {
    fn new(
        plugin: &Arc<Plugin>,
        index: usize,
        method: String,
        params: &str,
        input: wit::FrameResult,
    ) -> Result<Self, AdmissionError> {
        let differs = differs(index, &method);
        let described = plugin.methods.iter().find(|other| other.name == method);
        let described = described.ok_or_else(|| differs("there is no such method".to_owned()))?;
        let most = plugin.limits().params_bytes;
        if params.len() > most {
            let bytes = params.len();
            return Err(differs(format!("its parameters have {bytes} bytes; at most {most} are allowed")));
        }
        // None at all are the defaults.
        if !params.is_empty() {
            let given: Value = serde_json::from_str(params)
                .map_err(|error| differs(format!("its parameters are not JSON: {error}")))?;
            if let Err(error) = described.validator.validate(&given) {
                return Err(differs(format!("its schema does not allow its parameters: {error}")));
            }
        }
        let (columns, rows) = (input.columns.len(), input.timestamps.len());
        if columns > MOST_COLUMNS || rows > MOST_ROWS {
            return Err(differs(format!(
                "its input has {rows} rows of {columns} columns; at most {MOST_ROWS} of {MOST_COLUMNS} are allowed"
            )));
        }
        let input = crate::examples::frame(input)
            .map_err(|error| differs(format!("its input is no frame: {error}")))?;
        let kind = described.kind;
        let traits = resolve(plugin, kind, &method, params)?;
        let step = Step { plugin: Arc::clone(plugin), kind, method, traits };
        Ok(Self { index, step, input: Arc::new(input) })
    }

    fn differs(&self, problem: String) -> AdmissionError {
        differs(self.index, self.step.method())(problem)
    }

    fn same(&self, found: &[Signal], wanted: Vec<wit::ColumnResult>) -> Result<(), AdmissionError> {
        let signal = |column: wit::ColumnResult| Signal { name: column.name, values: column.values };
        let wanted: Vec<Signal> = wanted.into_iter().map(signal).collect();
        first_difference(found, &wanted).map_or(Ok(()), |problem| Err(self.differs(problem)))
    }
}

fn differs(index: usize, method: &str) -> impl Fn(String) -> AdmissionError + use<> {
    let method = beginning(method, TOLD);
    move |problem| AdmissionError::Example {
        index,
        method: method.clone(),
        problem: beginning(&problem, TOLD),
    }
}

/// Where columns differ; a missing cell is like another.
pub(super) fn first_difference(found: &[Signal], wanted: &[Signal]) -> Option<String> {
    let names = |found: &[Signal]| found.iter().map(|signal| signal.name.clone()).collect::<Vec<_>>();
    if !found.iter().map(|signal| &signal.name).eq(wanted.iter().map(|signal| &signal.name)) {
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
