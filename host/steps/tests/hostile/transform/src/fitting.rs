//! How many values there are: eight bytes of summary, and a state of one number.

use fettle_hostile_orders as orders;
use fettle_sdk::{Fitting, Frame, StepError};

/// More than a summary, a state, or what a round is told may be.
const LARGE: usize = (1 << 20) + 1;

pub(crate) fn summarize(params: &str, data: &Frame) -> Result<Vec<u8>, StepError> {
    let misdeed = orders::of("summarize", params);
    orders::dawdle();
    let values = data.columns.iter().flat_map(|column| &column.values);
    let count = values.filter(|value| !value.is_nan()).count() as u64;
    Ok(match misdeed {
        "a megabyte and more" => vec![0; LARGE],
        "four gibibytes" => orders::endless(),
        _ => count.to_le_bytes().to_vec(),
    })
}

pub(crate) fn merge(params: &str, summaries: &[Vec<u8>]) -> Result<Vec<u8>, StepError> {
    let misdeed = orders::of("merge", params);
    let count: u64 = summaries.iter().map(|summary| number(summary)).sum();
    let mut merged = count.to_le_bytes().to_vec();
    if misdeed == "grows" {
        // Each more than all before it.
        let before: usize = summaries.iter().map(Vec::len).sum();
        merged.resize(before << 17, 0);
    }
    Ok(merged)
}

pub(crate) fn fit(params: &str, round: &[u8], summary: &[u8]) -> Result<Fitting, StepError> {
    if orders::whatever_the_params("examples") == "take their time in one" && round.len() < 15 {
        // As many rounds as there may be.
        return Ok(Fitting::Again(vec![0; round.len() + 1]));
    }
    let state = format!(r#"{{"count":{}}}"#, number(summary));
    Ok(match orders::of("fit", params) {
        "never ends" => Fitting::Again(vec![1]),
        "goes on with nothing" => Fitting::Again(Vec::new()),
        "goes on with a megabyte and more" => Fitting::Again(vec![0; LARGE]),
        "to no JSON" => Fitting::Done(format!("{state},")),
        "to no text" => Fitting::Done(orders::no_text()),
        "to a megabyte and more" => Fitting::Done(format!(r#""{}""#, "n".repeat(LARGE))),
        "to what goes deep" => Fitting::Done(["[".repeat(10_000), "]".repeat(10_000)].concat()),
        _ => Fitting::Done(state),
    })
}

/// How many values a state tells of.
pub(crate) fn count(state: &str) -> f64 {
    let count = state.strip_prefix(r#"{"count":"#).and_then(|rest| rest.strip_suffix('}'));
    count.and_then(|count| count.parse().ok()).unwrap_or(0.0)
}

fn number(summary: &[u8]) -> u64 {
    summary.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
