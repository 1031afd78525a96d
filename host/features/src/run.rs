//! Runs a plan over the rows of one device. All of it runs guest code, on a guest thread.

mod leftover;

use std::sync::Arc;
use std::time::Instant;

use fettle_frame::{Frame, Signal, Window};
use fettle_metadata::ModelField;
use fettle_observe::Metrics;
use fettle_steps::{Applied, CellChanges, State, Step, StepError};

use self::leftover::left_over;
use crate::metadata::{FittedOn, FittedStep, Metadata};
use crate::plan::NO_METHOD;
use crate::{FeatureError, Matrix, NormalizeScope, Plan, Warning, WindowLabel};

/// Rows of a device as they were read.
pub(crate) struct Rows {
    pub(crate) frame: Frame,
    /// What the model makes of each signal of the frame, in their order.
    pub(crate) fields: Vec<ModelField>,
    pub(crate) infinite_cells: u64,
    pub(crate) model_revision: i64,
}

/// A matrix, how it came about and what should be known of it.
pub(crate) struct Outcome {
    pub(crate) matrix: Matrix,
    pub(crate) metadata: Metadata,
    pub(crate) warnings: Vec<Warning>,
}

/// A run under way: what has been done and counted so far.
struct Run<'a> {
    plan: &'a Plan,
    metrics: &'a Metrics,
    steps: Vec<FittedStep>,
    warnings: Vec<Warning>,
    imputed_cells: usize,
    dropped_rows: usize,
    overflow_cells: usize,
    changed_cells: Vec<(String, usize)>,
}

/// Cleans, cuts, computes and normalizes.
pub(crate) fn run(plan: &Plan, mut rows: Rows, metrics: &Metrics) -> Result<Outcome, FeatureError> {
    let overflow_cells = under_the_model(&mut rows.frame, &rows.fields);
    let mut run = Run {
        plan,
        metrics,
        steps: Vec::new(),
        warnings: Vec::new(),
        imputed_cells: 0,
        dropped_rows: 0,
        overflow_cells,
        changed_cells: Vec::new(),
    };
    let row_count = rows.frame.rows();
    let empty_signals = without_value(&rows.frame);
    run.warnings.extend(Warning::empty_signals(&empty_signals));

    let signals: Vec<&str> = rows.frame.signals.iter().map(|signal| signal.name.as_str()).collect();
    let names = plan.feature_names(&signals)?;
    let cleaned = run.clean(Arc::new(rows.frame))?;
    let windows = run.windows(&cleaned)?;
    let left_over = left_over(&plan.window, &cleaned.timestamps, &windows);
    let matrix = run.matrix(&cleaned, &windows, names)?;

    let param = |name| plan.window.param(name);
    let method = |step: &Option<Step>| step.as_ref().map_or(NO_METHOD, Step::method).to_owned();
    let metadata = Metadata {
        window_count: windows.len(),
        window_size: param("window_size").and_then(|size| size.as_u64()),
        overlap: param("overlap").and_then(|overlap| overlap.as_f64()),
        stride: param("stride").and_then(|stride| stride.as_u64()),
        normalize_method: method(&plan.normalize),
        missing_value_method: method(&plan.missing_value),
        outlier_method: method(&plan.outlier),
        window_method: plan.window.method().to_owned(),
        row_count,
        model_revision: rows.model_revision,
        fitted_on: FittedOn::Request,
        imputed_cells: run.imputed_cells,
        changed_cells: run.changed_cells.into_iter().collect(),
        dropped_rows: run.dropped_rows,
        leftover_rows: left_over.rows,
        dropped_windows: left_over.windows,
        infinite_cells: rows.infinite_cells,
        overflow_cells: run.overflow_cells,
        empty_signals,
        largest_gap_s: largest_gap_s(&cleaned.timestamps),
        steps: run.steps,
    };
    Ok(Outcome { matrix, metadata, warnings: run.warnings })
}

impl Run<'_> {
    /// Missing values, outliers, and normalization where it is for signals.
    fn clean(&mut self, mut frame: Arc<Frame>) -> Result<Arc<Frame>, FeatureError> {
        let plan = self.plan;
        let mut filling = State::None;
        if let Some(step) = &plan.missing_value {
            let (state, filled) = self.fit_apply(step, &frame)?;
            self.imputed_cells += filled.changes.iter().map(|changes| changes.filled).sum::<usize>();
            (filling, frame) = (state, Arc::new(filled.frame));
        }
        if let Some(step) = &plan.outlier {
            let (state, bounded) = self.fit_apply(step, &frame)?;
            self.warnings.extend(Warning::degenerate_bounds(&state.columns_flagged("degenerate")));
            for (signal, CellChanges { changed, emptied, .. }) in
                bounded.frame.signals.iter().zip(&bounded.changes)
            {
                let changed = changed + emptied;
                self.warnings.extend(Warning::many_changed(&signal.name, changed, frame.rows()));
                self.changed_cells.push((signal.name.clone(), changed));
            }
            frame = Arc::new(bounded.frame);
            if let Some(filler) = plan.missing_value.as_ref().filter(|_| plan.refills()) {
                let filled = self.timed(filler, || filler.apply(&filling, &frame))?;
                self.count(&filled);
                self.imputed_cells += filled.changes.iter().map(|changes| changes.filled).sum::<usize>();
                frame = Arc::new(filled.frame);
            }
        }
        if let Some(step) = plan.normalize.as_ref().filter(|_| plan.normalize_scope == NormalizeScope::Signal)
        {
            let (state, scaled) = self.fit_apply(step, &frame)?;
            self.warnings.extend(Warning::constant_columns(&state.columns_flagged("constant")));
            frame = Arc::new(scaled.frame);
        }
        Ok(frame)
    }

    fn windows(&mut self, frame: &Frame) -> Result<Vec<Window>, FeatureError> {
        let step = &self.plan.window;
        let windows = self.timed(step, || step.plan(frame))?;
        self.steps.push(FittedStep { step: step.clone(), state: State::None });
        if windows.is_empty() {
            return Err(FeatureError::InsufficientData(format!(
                "window method `{}` finds no window in {} rows",
                step.method(),
                frame.rows()
            )));
        }
        Ok(windows)
    }

    /// Features of each window, normalized where that is for features.
    fn matrix(
        &mut self,
        frame: &Arc<Frame>,
        windows: &[Window],
        names: Vec<String>,
    ) -> Result<Matrix, FeatureError> {
        let mut columns: Vec<Signal> = Vec::with_capacity(names.len());
        for step in &self.plan.features {
            let (features, overflowed) = self.timed(step, || step.compute(frame, windows))?;
            self.overflow_cells += overflowed;
            self.steps.push(FittedStep { step: step.clone(), state: State::None });
            columns.extend(features);
        }
        if !columns.iter().map(|column| &column.name).eq(&names) {
            return Err(self.misnamed(&names, &columns));
        }
        let starts: Vec<i64> = windows.iter().map(|window| frame.timestamps[window.start]).collect();
        if let Some(step) =
            self.plan.normalize.as_ref().filter(|_| self.plan.normalize_scope == NormalizeScope::Feature)
        {
            let features =
                Arc::new(Frame { timestamps: starts.clone(), signals: columns, labels: Vec::new() });
            let (state, scaled) = self.fit_apply(step, &features)?;
            self.warnings.extend(Warning::constant_columns(&state.columns_flagged("constant")));
            if step.traits().fitted {
                self.warnings.extend(Warning::few_windows(windows.len()));
            }
            if scaled.dropped_rows > 0 {
                return Err(FeatureError::InvalidParameter(vec![crate::FieldError::new(
                    "normalize_method",
                    format!("`{}` removes rows, which would be windows here", step.method()),
                )]));
            }
            columns = scaled.frame.signals;
        }
        let timestamps = match self.plan.window_label {
            WindowLabel::Start => starts,
            WindowLabel::End => windows.iter().map(|window| frame.timestamps[window.end - 1]).collect(),
        };
        Ok(Matrix { names, timestamps, columns: columns.into_iter().map(|column| column.values).collect() })
    }

    fn fit_apply(&mut self, step: &Step, frame: &Arc<Frame>) -> Result<(State, Applied), FeatureError> {
        let (state, applied) = self.timed(step, || step.fit_apply(frame))?;
        self.count(&applied);
        self.steps.push(FittedStep { step: step.clone(), state: state.clone() });
        Ok((state, applied))
    }

    fn count(&mut self, applied: &Applied) {
        self.dropped_rows += applied.dropped_rows;
        self.overflow_cells += applied.changes.iter().map(|changes| changes.overflowed).sum::<usize>();
    }

    /// Runs a step and records how long it took, or what its plugin did wrong.
    fn timed<T>(&self, step: &Step, call: impl FnOnce() -> Result<T, StepError>) -> Result<T, FeatureError> {
        let start = Instant::now();
        let result = call();
        match &result {
            Ok(_) => self.metrics.step_ran(&step.kind().to_string(), step.method(), start.elapsed()),
            Err(error) => {
                if let Some(cause) = error.fault_cause() {
                    self.metrics.plugin_failed(step.plugin().name(), cause);
                }
            }
        }
        Ok(result?)
    }

    /// Column features came in another order than their plugin names them for all columns together.
    fn misnamed(&self, names: &[String], columns: &[Signal]) -> FeatureError {
        let differs = names.iter().zip(columns).find(|(name, column)| **name != column.name);
        FeatureError::PluginFault {
            plugin: self.plan.features.iter().map(|step| step.plugin().name()).collect::<Vec<_>>().join(", "),
            method: self.plan.features.iter().map(Step::method).collect::<Vec<_>>().join(", "),
            fault: match differs {
                Some((name, column)) => format!("it computes `{}` where it names `{name}`", column.name),
                None => format!("it names {} columns and computes {}", names.len(), columns.len()),
            },
        }
    }
}

/// Gives the signals the model's names and scales. What is too large for an f64 then becomes missing, since no plugin
/// sees an infinity; answers how many cells that are.
fn under_the_model(frame: &mut Frame, fields: &[ModelField]) -> usize {
    let mut overflowed = 0;
    for (signal, field) in frame.signals.iter_mut().zip(fields) {
        signal.name.clone_from(&field.name);
        if field.scale == 1.0 && field.offset == 0.0 {
            continue;
        }
        for value in &mut signal.values {
            *value = *value * field.scale + field.offset;
            if value.is_infinite() {
                *value = f64::NAN;
                overflowed += 1;
            }
        }
    }
    overflowed
}

fn without_value(frame: &Frame) -> Vec<String> {
    let empty = |signal: &&Signal| signal.values.iter().all(|value| value.is_nan());
    frame.signals.iter().filter(empty).map(|signal| signal.name.clone()).collect()
}

/// Seconds between the two neighbouring rows that lie farthest apart.
fn largest_gap_s(timestamps: &[i64]) -> Option<f64> {
    timestamps.windows(2).map(|pair| pair[1].abs_diff(pair[0])).max().map(|gap| gap as f64 / 1e9)
}
