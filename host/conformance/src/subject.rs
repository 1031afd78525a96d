//! A method under test.

use std::sync::Arc;

use fettle_frame::Frame;
use fettle_steps::{Catalogue, Kind, Method, Plugin, Scope, Step, StepError};

use crate::case::{Case, Params};
use crate::generate::{self, Random};

/// Parameters that are tried, at most.
const MOST_PARAMS: usize = 40;

/// Columns that no plugin has heard of: beside ordinary names, one that must not be taken apart.
const NAMES: [&str; 3] = ["current", "welding voltage (V)", "gas_flow"];

/// A method, with what it can be tried on.
pub(crate) struct Subject<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) method: &'a Method,
    /// Parameters that the method takes, its defaults first where it has some.
    pub(crate) params: Vec<Params>,
    /// All that seemed worth trying, among them some that the method may refuse.
    pub(crate) candidates: Vec<Params>,
    /// What generated columns are called: as in the method's examples, then others.
    pub(crate) columns: Vec<String>,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        plugin: &Plugin,
        method: &'a Method,
        seed: u64,
    ) -> Result<Self, StepError> {
        let examples: Vec<_> =
            plugin.examples()?.into_iter().filter(|example| example.method == method.name).collect();
        let mut columns: Vec<String> = Vec::new();
        let of_examples =
            examples.iter().flat_map(|example| &example.input.signals).map(|signal| &*signal.name);
        for name in of_examples.chain(NAMES) {
            if !columns.iter().any(|column| column == name) {
                columns.push(name.to_owned());
            }
        }
        let mut random = Random::new(seed, &method.name);
        let mut candidates = vec![Params::new()];
        candidates.extend(examples.iter().filter_map(|example| serde_json::from_str(&example.params).ok()));
        candidates.extend(generate::allowed(&method.schema, &columns, &mut random));
        let mut unique: Vec<Params> = Vec::new();
        for params in candidates {
            if !unique.contains(&params) {
                unique.push(params);
            }
        }
        let mut subject = Self { catalogue, method, params: Vec::new(), candidates: unique, columns };
        let taken = subject.candidates.iter().filter(|params| subject.resolve(params).is_ok());
        subject.params = taken.take(MOST_PARAMS).cloned().collect();
        Ok(subject)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.method.kind
    }

    /// The method with these parameters.
    pub(crate) fn resolve(&self, params: &Params) -> Result<Step, StepError> {
        self.catalogue.resolve(self.method.kind, &self.method.name, params)
    }

    pub(crate) fn step(&self, case: &Case) -> Result<Step, StepError> {
        self.resolve(&case.params)
    }
}

/// What the plugin is given at a time: each column alone where the step sees columns, else the frame.
pub(crate) fn calls_of(step: &Step, frame: &Frame) -> Vec<Frame> {
    match step.traits().scope {
        Scope::Frame => vec![frame.clone()],
        Scope::Column => (0..frame.signals.len()).map(|column| alone(frame, column)).collect(),
    }
}

/// One column of a frame.
pub(crate) fn alone(frame: &Frame, column: usize) -> Frame {
    let signals = vec![frame.signals[column].clone()];
    Frame { timestamps: frame.timestamps.clone(), signals, labels: Vec::new() }
}

/// Whether a step fits and applies.
pub(crate) fn transforms(kind: Kind) -> bool {
    matches!(kind, Kind::MissingValue | Kind::Outlier | Kind::Normalize)
}

/// Runs a step on a case as the host does for a request, for its errors alone.
pub(crate) fn run(step: &Step, case: &Case) -> Result<(), StepError> {
    match step.kind() {
        Kind::MissingValue | Kind::Outlier | Kind::Normalize => {
            step.fit_apply(&Arc::new(case.frame.clone())).map(drop)
        }
        Kind::Window => step.plan(&case.frame).map(drop),
        Kind::Feature => step.compute(&Arc::new(case.frame.clone()), &case.windows).map(drop),
    }
}
