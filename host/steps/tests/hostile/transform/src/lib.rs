//! A fitted outlier method that adds to each value how many values its column has, unless it is ordered otherwise. Each of
//! its exports has misdeeds of its own.

mod describing;
mod fitting;

use std::sync::atomic::{AtomicU64, Ordering};

use fettle_hostile_orders as orders;
use fettle_sdk::bindings::transform::exports::fettle::step::transform::Guest;
use fettle_sdk::{Changed, Column, Fitting, Frame, PluginInfo, Scope, StepError, Traits, TransformExample};

/// The plugin.
pub struct Plugin;

impl Guest for Plugin {
    fn describe() -> PluginInfo {
        describing::describe()
    }

    fn examples() -> Vec<TransformExample> {
        describing::examples()
    }

    fn resolve(_method: String, params: String) -> Result<Traits, StepError> {
        describing::resolve(&params)
    }

    fn summarize(_: String, params: String, _: Vec<u8>, data: Frame) -> Result<Vec<u8>, StepError> {
        fitting::summarize(&params, &data)
    }

    fn merge(_: String, params: String, _: Vec<u8>, summaries: Vec<Vec<u8>>) -> Result<Vec<u8>, StepError> {
        fitting::merge(&params, &summaries)
    }

    fn fit(_: String, params: String, round: Vec<u8>, summary: Vec<u8>) -> Result<Fitting, StepError> {
        fitting::fit(&params, &round, &summary)
    }

    fn apply(_: String, params: String, state: String, data: Frame) -> Result<Changed, StepError> {
        apply(&params, &state, data)
    }
}

/// Whether the orders take whole frames, of which rows may be removed.
fn scope() -> Scope {
    if orders::whatever_the_params("apply").starts_with("keeps") { Scope::Frame } else { Scope::Column }
}

fn apply(params: &str, state: &str, data: Frame) -> Result<Changed, StepError> {
    /// What was added to the columns before.
    static ADDED: AtomicU64 = AtomicU64::new(0);
    let misdeed = orders::of("apply", params);
    let added = fitting::count(state);
    orders::dawdle();
    let others = data.columns.len() as f64 - 1.0;
    let before = ADDED.fetch_add(added as u64, Ordering::Relaxed) as f64;
    let mut columns = data.columns;
    for value in columns.iter_mut().flat_map(|column| &mut column.values) {
        *value += added;
        match orders::whatever_the_params("apply") {
            "looks at other columns" => *value += others,
            "remembers other columns" => *value += before,
            _ => {}
        }
    }
    let rows = data.timestamps.len() as u32;
    let kept = match misdeed {
        "keeps rows out of order" => Some((0..rows).rev().collect()),
        "keeps a row twice" => Some((0..rows).map(|row| row - row % 2).collect()),
        "keeps rows that are not there" => Some((1..=rows).collect()),
        "keeps other rows than it says" => Some((1..rows).collect()),
        "removes rows" => Some((0..rows).collect()),
        _ => None,
    };
    misbehave(misdeed, &mut columns)?;
    Ok(Changed { columns, kept })
}

fn misbehave(misdeed: &str, columns: &mut Vec<Column>) -> Result<(), StepError> {
    let Some(first) = columns.first_mut() else { return Ok(()) };
    match misdeed {
        "forgets a value" => drop(first.values.pop()),
        "invents a value" => first.values.push(1.0),
        "invents a column" => columns.push(Column { name: "more".to_owned(), values: Vec::new() }),
        "forgets a column" => drop(columns.pop()),
        "renames a column" => first.name.push('!'),
        "renames a column at length" => first.name = "no! ".repeat(1 << 18),
        "names no text" => first.name = orders::no_text(),
        "overflows" => first.values.fill(f64::NEG_INFINITY),
        "hands back four gibibytes" => first.values = orders::endless(),
        "hands back too much" => first.values = vec![1.0; 640 << 10],
        "rants" => return Err(StepError::Failed("no! ".repeat(1 << 18))),
        "fails without text" => return Err(StepError::Failed(orders::no_text())),
        _ => {}
    }
    Ok(())
}

#[cfg(target_arch = "wasm32")]
fettle_sdk::bindings::transform::export_transform!(Plugin with_types_in fettle_sdk::bindings::transform);
