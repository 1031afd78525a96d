//! Runs a plan over the rows of one device. All of it runs guest code, on a guest thread.

mod clean;
mod leftover;
mod matrix;
mod model;
mod tensor;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use fettle_frame::{Frame, Signal, Window};
use fettle_metadata::ModelField;
use fettle_observe::Metrics;
use fettle_steps::{Applied, Kind, State, Step, StepError};
use serde::{Deserialize, Serialize};

pub use self::leftover::LeftOver;

use self::leftover::left_over;
use self::matrix::keeps_windows;
use self::model::{under_the_model, without_value};
use crate::metadata::{FittedOn, FittedStep, Metadata};
use crate::plan::{FeaturePlan, NO_METHOD, SignalStates, WindowPlan};
use crate::{Extraction, FeatureError, Warning, WindowExtraction, WindowLabel};

/// Rows of a device as they were read.
#[derive(Debug)]
pub struct DeviceRows {
    /// The rows, under the fields' codes.
    pub frame: Frame,
    /// What the model makes of each signal of the frame, in their order.
    pub fields: Vec<ModelField>,
    /// Cells that were infinite in the store.
    pub infinite_cells: u64,
    /// The model's revision.
    pub model_revision: i64,
}

/// What the fitted steps of a plan have learnt somewhere else.
#[derive(Debug, Clone, Default)]
pub struct States {
    /// The steps before windows.
    pub signals: SignalStates,
    /// Normalization of features.
    pub features: State,
}

/// The steps of a plan over the rows of one device: what has been done and counted so far. Its functions run guest
/// code, and are to be called on a guest thread.
#[derive(Debug)]
pub struct Run<'a> {
    metrics: &'a Metrics,
    row_count: usize,
    model_revision: i64,
    infinite_cells: u64,
    empty_signals: Vec<String>,
    steps: Vec<FittedStep>,
    warnings: Vec<Warning>,
    imputed_cells: usize,
    dropped_rows: usize,
    overflow_cells: usize,
    changed_cells: Vec<(String, usize)>,
}

/// Cleaned rows, and the windows that they are cut into.
struct Cut {
    frame: Arc<Frame>,
    /// At least one.
    windows: Vec<Window>,
}

/// Cleans, cuts, computes and normalizes, with `states` or fitted on the very rows; the features may have `max_cells`
/// altogether.
pub(crate) fn features(
    plan: &FeaturePlan,
    states: Option<&States>,
    rows: DeviceRows,
    metrics: &Metrics,
    max_cells: u64,
) -> Result<Extraction, FeatureError> {
    let (mut run, frame) = Run::begin(rows, metrics);
    let signals: Vec<&str> = frame.signals.iter().map(|signal| signal.name.as_str()).collect();
    let names = plan.feature_names(&signals)?;
    let cut = run.cut(&plan.windows, frame, states.map(|states| &states.signals))?;
    matrix::check_size(cut.windows.len(), names.len(), max_cells)?;
    let matrix = run.matrix(plan, &cut, names, states.map(|states| &states.features))?;
    let fitted_on = if states.is_some() { FittedOn::Dataset } else { FittedOn::Request };
    let (metadata, warnings) = run.end(&plan.windows.window, &cut, fitted_on);
    Ok(Extraction { matrix, metadata, warnings })
}

/// Cleans and cuts; the windows may have `max_cells` altogether.
pub(crate) fn windows(
    plan: &WindowPlan,
    rows: DeviceRows,
    metrics: &Metrics,
    max_cells: u64,
) -> Result<WindowExtraction, FeatureError> {
    let (mut run, frame) = Run::begin(rows, metrics);
    let cut = run.cut(plan, frame, None)?;
    let windows = tensor::of(plan, &cut, max_cells)?;
    let (metadata, warnings) = run.end(&plan.window, &cut, FittedOn::Request);
    Ok(WindowExtraction { windows, metadata, warnings })
}

impl<'a> Run<'a> {
    /// A run, and the rows as the model has them.
    pub fn begin(rows: DeviceRows, metrics: &'a Metrics) -> (Self, Arc<Frame>) {
        let DeviceRows { mut frame, fields, infinite_cells, model_revision } = rows;
        let overflow_cells = under_the_model(&mut frame, &fields);
        let empty_signals = without_value(&frame);
        let run = Run {
            metrics,
            row_count: frame.rows(),
            model_revision,
            infinite_cells,
            steps: Vec::new(),
            warnings: Warning::empty_signals(&empty_signals).into_iter().collect(),
            empty_signals,
            imputed_cells: 0,
            dropped_rows: 0,
            overflow_cells,
            changed_cells: Vec::new(),
        };
        (run, Arc::new(frame))
    }

    /// What was done and what should be known of it.
    fn end(self, window: &Step, cut: &Cut, fitted_on: FittedOn) -> (Metadata, Vec<Warning>) {
        let param = |name| window.param(name);
        let ran = |kind| self.steps.iter().map(|fitted| &fitted.step).find(|step| step.kind() == kind);
        let method = |kind| ran(kind).map_or(NO_METHOD, Step::method).to_owned();
        let timestamps = &cut.frame.timestamps;
        let left_over = left_over(window, timestamps, &cut.windows);
        let Counts { imputed_cells, changed_cells, dropped_rows, overflow_cells } = self.counts();
        let metadata = Metadata {
            window_count: cut.windows.len(),
            window_size: param("window_size").and_then(|size| size.as_u64()),
            overlap: param("overlap").and_then(|overlap| overlap.as_f64()),
            stride: param("stride").and_then(|stride| stride.as_u64()),
            normalize_method: method(Kind::Normalize),
            missing_value_method: method(Kind::MissingValue),
            outlier_method: method(Kind::Outlier),
            window_method: method(Kind::Window),
            row_count: self.row_count,
            model_revision: self.model_revision,
            fitted_on,
            imputed_cells,
            changed_cells,
            dropped_rows,
            leftover_rows: left_over.rows,
            dropped_windows: left_over.windows,
            infinite_cells: self.infinite_cells,
            overflow_cells,
            empty_signals: self.empty_signals,
            largest_gap_s: largest_gap_s(timestamps),
            steps: self.steps,
        };
        (metadata, self.warnings)
    }

    /// What the window step left out of a frame.
    pub fn left_over(step: &Step, frame: &Frame, windows: &[Window]) -> LeftOver {
        left_over(step, &frame.timestamps, windows)
    }

    /// Refuses, before any is computed, more features than `max_cells` altogether.
    pub fn check_size(windows: usize, features: usize, max_cells: u64) -> Result<(), FeatureError> {
        matrix::check_size(windows, features, max_cells)
    }

    /// The features with the step that normalizes them applied. Removing rows, which are windows, is the request's
    /// fault.
    pub fn scale(
        &mut self,
        step: &Step,
        state: &State,
        features: &Arc<Frame>,
    ) -> Result<Vec<Signal>, FeatureError> {
        let scaled = self.timed(step, || step.apply(state, features))?;
        self.count(&scaled);
        keeps_windows(step, &scaled)?;
        Ok(scaled.frame.signals)
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        Counts {
            imputed_cells: self.imputed_cells,
            changed_cells: self.changed_cells.iter().cloned().collect(),
            dropped_rows: self.dropped_rows,
            overflow_cells: self.overflow_cells,
        }
    }

    /// What should be known of what was done so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    fn count(&mut self, applied: &Applied) {
        self.dropped_rows += applied.dropped_rows;
        self.overflow_cells += applied.changes.iter().map(|changes| changes.overflowed).sum::<usize>();
    }

    /// Runs a step and records how long it took.
    fn timed<T>(&self, step: &Step, call: impl FnOnce() -> Result<T, StepError>) -> Result<T, FeatureError> {
        let start = Instant::now();
        let result = call();
        if result.is_ok() {
            self.metrics.step_ran(&step.kind().to_string(), step.method(), start.elapsed());
        }
        Ok(result?)
    }
}

/// What the steps did to the rows of a device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Cells that were missing and are not any more.
    pub imputed_cells: usize,
    /// Cells that the outlier step changed or took out, by signal.
    pub changed_cells: BTreeMap<String, usize>,
    /// Rows that steps removed.
    pub dropped_rows: usize,
    /// Results too large for a number, which are missing.
    pub overflow_cells: usize,
}

impl Counts {
    /// Adds what was done to other rows.
    pub fn add(&mut self, other: &Self) {
        self.imputed_cells += other.imputed_cells;
        self.dropped_rows += other.dropped_rows;
        self.overflow_cells += other.overflow_cells;
        for (signal, cells) in &other.changed_cells {
            *self.changed_cells.entry(signal.clone()).or_default() += cells;
        }
    }
}

impl Cut {
    /// When each window begins.
    fn starts(&self) -> Vec<i64> {
        self.windows.iter().map(|window| self.frame.timestamps[window.start]).collect()
    }

    /// The time of each window by `label`.
    fn timestamps(&self, label: WindowLabel) -> Vec<i64> {
        match label {
            WindowLabel::Start => self.starts(),
            WindowLabel::End => {
                self.windows.iter().map(|window| self.frame.timestamps[window.end - 1]).collect()
            }
        }
    }
}

/// Seconds between the two neighbouring rows that lie farthest apart.
fn largest_gap_s(timestamps: &[i64]) -> Option<f64> {
    timestamps.windows(2).map(|pair| pair[1].abs_diff(pair[0])).max().map(|gap| gap as f64 / 1e9)
}
