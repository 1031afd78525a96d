//! The contract's functions called one by one, their answers as the plugin gave them: for those who check or measure a
//! plugin. Whoever uses one takes the functions of [`Step`], which check every answer.

use fettle_frame::{Frame, Signal, Window};

use super::features::computing;
use super::{Step, columns_of, load, size};
use crate::StepError;
use crate::bindings::transform::exports::fettle::step::transform::Fitting as Answer;
use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::{Guest, Load};

/// One instance of a step's plugin, which lives through all calls that are made on it.
pub struct Calls<'a> {
    step: &'a Step,
    guest: Guest<'a>,
}

/// What the contract's `fit` answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FitAnswer {
    /// The state; JSON, if the plugin keeps the contract.
    Done(String),
    /// What a further round has to know.
    Again(Vec<u8>),
}

/// What the contract's `apply` answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyAnswer {
    /// The columns.
    pub columns: Vec<Signal>,
    /// The rows that survive; `None` for all of them.
    pub kept: Option<Vec<u32>>,
}

impl Step {
    /// A fresh instance to call. To be dropped before another one is asked for: a thread has one at a time.
    pub fn calls(&self) -> Result<Calls<'_>, StepError> {
        Ok(Calls { step: self, guest: self.guest()? })
    }
}

impl Calls<'_> {
    /// The contract's `summarize` of all columns of `data` at once; likewise below.
    pub fn summarize(&mut self, round: &[u8], data: &Frame) -> Result<Vec<u8>, StepError> {
        let columns = columns_of(data, None);
        let frame = wit::FrameParam { timestamps: &data.timestamps, columns: &columns };
        let (method, params) = (&self.step.method, &self.step.traits.params);
        self.guest.ask(load(data.rows(), columns.len()), |exports, store| {
            exports.transform()?.call_summarize(store, method, params, round, frame)
        })
    }

    /// The contract's `merge`.
    pub fn merge(&mut self, round: &[u8], summaries: &[&[u8]]) -> Result<Vec<u8>, StepError> {
        let (method, params) = (&self.step.method, &self.step.traits.params);
        let bytes = summaries.iter().map(|summary| summary.len()).sum();
        self.guest.ask(size(bytes), |exports, store| {
            exports.transform()?.call_merge(store, method, params, round, summaries)
        })
    }

    /// The contract's `fit`.
    pub fn fit(&mut self, round: &[u8], summary: &[u8]) -> Result<FitAnswer, StepError> {
        let (method, params) = (&self.step.method, &self.step.traits.params);
        let answer = self.guest.ask(size(summary.len()), |exports, store| {
            exports.transform()?.call_fit(store, method, params, round, summary)
        })?;
        Ok(match answer {
            Answer::Done(state) => FitAnswer::Done(state),
            Answer::Again(next) => FitAnswer::Again(next),
        })
    }

    /// The contract's `apply`.
    pub fn apply(&mut self, state: &str, data: &Frame) -> Result<ApplyAnswer, StepError> {
        let columns = columns_of(data, None);
        let frame = wit::FrameParam { timestamps: &data.timestamps, columns: &columns };
        let (method, params) = (&self.step.method, &self.step.traits.params);
        let changed = self.guest.ask(load(data.rows(), columns.len()), |exports, store| {
            exports.transform()?.call_apply(store, method, params, state, frame)
        })?;
        Ok(ApplyAnswer { columns: signals(changed.columns), kept: changed.kept })
    }

    /// The contract's `plan`: (start, end) of each window. Values are handed over whether it reads them or not.
    pub fn plan(&mut self, data: &Frame) -> Result<Vec<(u32, u32)>, StepError> {
        let columns = columns_of(data, None);
        let frame = wit::FrameParam { timestamps: &data.timestamps, columns: &columns };
        let (method, params) = (&self.step.method, &self.step.traits.params);
        let windows = self.guest.ask(load(data.rows(), columns.len()), |exports, store| {
            exports.windowing()?.call_plan(store, method, params, frame)
        })?;
        Ok(windows.iter().map(|window| (window.start, window.end)).collect())
    }

    /// The contract's `names`.
    pub fn names(&mut self, columns: &[&str]) -> Result<Vec<String>, StepError> {
        let bytes = columns.iter().map(|column| column.len()).sum();
        let (method, params) = (&self.step.method, &self.step.traits.params);
        self.guest.ask(Load { cells: columns.len(), bytes }, |exports, store| {
            exports.features()?.call_names(store, method, params, columns)
        })
    }

    /// The contract's `compute`, after its `names`, as the host does it.
    pub fn compute(&mut self, data: &Frame, windows: &[Window]) -> Result<Vec<Signal>, StepError> {
        let columns = columns_of(data, None);
        let frame = wit::FrameParam { timestamps: &data.timestamps, columns: &columns };
        let (method, params) = (&self.step.method, &self.step.traits.params);
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let features = self.names(&names)?.len();
        let windows: Vec<wit::Window> = windows
            .iter()
            .map(|window| wit::Window { start: window.start as u32, end: window.end as u32 })
            .collect();
        let load = computing(self.step, data.rows(), columns.len(), &windows, features);
        let features = self.guest.ask(load, |exports, store| {
            exports.features()?.call_compute(store, method, params, frame, &windows)
        })?;
        Ok(signals(features))
    }

    /// The most bytes of linear memory that the instance has had.
    pub fn memory_bytes(&self) -> usize {
        self.guest.reached_bytes()
    }
}

fn signals(columns: Vec<wit::ColumnResult>) -> Vec<Signal> {
    columns.into_iter().map(|column| Signal { name: column.name, values: column.values }).collect()
}
