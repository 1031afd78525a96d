//! What was found out. Serializes for other programs; `Display` writes it for people.

use fettle_steps::{Kind, Plugin};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Property;
use crate::case::Case;
use crate::compare::cell;

/// Rows of a counterexample that are shown; one of more is described.
const SHOWN_ROWS: usize = 64;

/// A checked plugin.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether it was admitted and every property holds or is not claimed.
    pub passed: bool,
    /// What generated inputs followed from.
    pub seed: u64,
    /// Bytes of the file.
    pub bytes: usize,
    /// Why it was not admitted, where it was not.
    pub refused: Option<String>,
    /// What it says of itself, where it was admitted.
    pub plugin: Option<PluginReport>,
    /// Its methods, in its order.
    pub methods: Vec<MethodReport>,
}

/// What a plugin says of itself.
#[derive(Debug, Serialize)]
pub struct PluginReport {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The sha256 of its bytes, in hex.
    pub digest: String,
    /// Bytes of the component.
    pub bytes: usize,
}

/// A checked method.
#[derive(Debug, Serialize)]
pub struct MethodReport {
    /// What it is for.
    pub kind: Kind,
    /// Its name.
    pub method: String,
    /// What became of each property.
    #[serde(rename = "properties")]
    pub outcomes: Vec<Outcome>,
}

/// What became of a property.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The property.
    pub property: Property,
    /// Whether it holds.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Whether a property holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum Verdict {
    /// On every case that gave a result.
    Held {
        /// How many those were.
        cases: usize,
    },
    /// Not on this one.
    Broken(Counterexample),
    /// The method does not promise it: it is not fitted, not causal, or sees whole frames.
    NotClaimed,
    /// No case gave a result to judge.
    Untested {
        /// Why not.
        reason: String,
    },
}

/// A small input on which a property does not hold.
#[derive(Debug, Serialize)]
pub struct Counterexample {
    /// What is wrong.
    pub problem: String,
    /// The parameters.
    pub params: Map<String, Value>,
    /// How many rows there are.
    pub rows: usize,
    /// UTC nanoseconds since the Unix epoch; empty where there are too many rows to show.
    pub timestamps: Vec<i64>,
    /// Name and cells of each column, a missing cell being `null`; without cells where there are too many rows.
    pub columns: Vec<(String, Vec<Option<f64>>)>,
    /// Before which rows the data was cut into parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<usize>,
    /// (start, end) of the windows that features were made of; empty where there are too many to show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<(usize, usize)>,
}

impl Report {
    /// Of a file that was not admitted.
    pub(crate) fn refused(bytes: usize, seed: u64, problem: String) -> Self {
        Self { passed: false, seed, bytes, refused: Some(problem), plugin: None, methods: Vec::new() }
    }

    /// Of a plugin whose methods were tried.
    pub(crate) fn of(plugin: PluginReport, seed: u64, methods: Vec<MethodReport>) -> Self {
        let mut outcomes = methods.iter().flat_map(|method| &method.outcomes);
        let passed = outcomes.all(|outcome| outcome.verdict.is_fine());
        Self { passed, seed, bytes: plugin.bytes, refused: None, plugin: Some(plugin), methods }
    }

    /// The properties that do not hold, or could not be tried, with their methods.
    pub fn failures(&self) -> impl Iterator<Item = (&MethodReport, &Outcome)> {
        let with_method = self
            .methods
            .iter()
            .flat_map(|method| method.outcomes.iter().map(move |outcome| (method, outcome)));
        with_method.filter(|(_, outcome)| !outcome.verdict.is_fine())
    }
}

impl Verdict {
    /// Whether it holds, or need not.
    pub fn is_fine(&self) -> bool {
        matches!(self, Verdict::Held { .. } | Verdict::NotClaimed)
    }
}

impl PluginReport {
    pub(crate) fn of(plugin: &Plugin, bytes: usize) -> Self {
        let (name, version) = (plugin.name().to_owned(), plugin.version().to_owned());
        Self { name, version, digest: plugin.digest().to_owned(), bytes }
    }
}

impl Counterexample {
    pub(crate) fn of(case: &Case, problem: String) -> Self {
        let rows = case.frame.rows();
        let shown = if rows > SHOWN_ROWS { 0 } else { rows };
        let cells = |values: &[f64]| {
            values[..shown].iter().map(|value| (!value.is_nan()).then_some(*value)).collect()
        };
        let windows = if case.windows.len() > SHOWN_ROWS { &[] } else { &case.windows[..] };
        Self {
            problem,
            params: case.params.clone(),
            rows,
            timestamps: case.frame.timestamps[..shown].to_vec(),
            columns: case
                .frame
                .signals
                .iter()
                .map(|signal| (signal.name.clone(), cells(&signal.values)))
                .collect(),
            cuts: case.cuts.clone(),
            windows: windows.iter().map(|window| (window.start, window.end)).collect(),
        }
    }

    /// A cell as people read it.
    pub(crate) fn shown(value: Option<f64>) -> String {
        cell(value.unwrap_or(f64::NAN))
    }
}
