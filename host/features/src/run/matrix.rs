//! From windows to features.

use std::sync::Arc;

use fettle_frame::{Frame, Signal, Window};
use fettle_steps::{Applied, State, Step};

use super::{Cut, Run};
use crate::metadata::FittedStep;
use crate::plan::FeaturePlan;
use crate::{FeatureError, FieldError, Matrix, Warning};

impl Run<'_> {
    /// The features of each window, under `names`, which are those that the plan gives the frame's signals.
    pub fn features(
        &mut self,
        plan: &FeaturePlan,
        frame: &Arc<Frame>,
        windows: &[Window],
        names: &[String],
    ) -> Result<Vec<Signal>, FeatureError> {
        let mut columns: Vec<Signal> = Vec::with_capacity(names.len());
        for step in &plan.features {
            let (features, overflowed) = self.timed(step, || step.compute(frame, windows))?;
            self.overflow_cells += overflowed;
            self.steps.push(FittedStep { step: step.clone(), state: State::None });
            columns.extend(features);
        }
        if !columns.iter().map(|column| &column.name).eq(names) {
            return Err(misnamed(&plan.features, names, &columns));
        }
        Ok(columns)
    }

    /// The features of each window, normalized where that is for features: with `scaling`, or fitted on these.
    pub(super) fn matrix(
        &mut self,
        plan: &FeaturePlan,
        cut: &Cut,
        names: Vec<String>,
        scaling: Option<&State>,
    ) -> Result<Matrix, FeatureError> {
        let mut columns = self.features(plan, &cut.frame, &cut.windows, &names)?;
        if let Some(step) = &plan.normalize {
            let features = Arc::new(Frame { timestamps: cut.starts(), signals: columns, labels: Vec::new() });
            let (state, scaled) = match scaling {
                Some(state) => (state.clone(), self.scale(step, state, &features)?),
                None => {
                    let (state, scaled) = self.timed(step, || step.fit_apply(&features))?;
                    self.count(&scaled);
                    keeps_windows(step, &scaled)?;
                    (state, scaled.frame.signals)
                }
            };
            self.warnings.extend(Warning::constant_columns(&state.columns_flagged("constant")));
            if scaling.is_none() && step.traits().fitted {
                self.warnings.extend(Warning::few_windows(cut.windows.len()));
            }
            self.steps.push(FittedStep { step: step.clone(), state });
            columns = scaled;
        }
        let timestamps = cut.timestamps(plan.windows.window_label);
        Ok(Matrix { names, timestamps, columns: columns.into_iter().map(|column| column.values).collect() })
    }
}

/// Refuses a normalization of features that removes rows, which are windows there.
pub(super) fn keeps_windows(step: &Step, scaled: &Applied) -> Result<(), FeatureError> {
    if scaled.dropped_rows == 0 {
        return Ok(());
    }
    Err(FeatureError::InvalidParameter(vec![FieldError::new(
        "normalize_method",
        format!("`{}` removes rows, which would be windows here", step.method()),
    )]))
}

/// Refuses, before any is computed, more features than may be answered at once.
pub(super) fn check_size(windows: usize, features: usize, max_cells: u64) -> Result<(), FeatureError> {
    let cells = windows as u64 * features as u64;
    if cells <= max_cells {
        return Ok(());
    }
    Err(FeatureError::TooLarge(format!(
        "{windows} windows × {features} features are {cells} cells, and at most {max_cells} may be answered at once"
    )))
}

/// Column features came in another order than their plugin names them for all columns together.
fn misnamed(steps: &[Step], names: &[String], columns: &[Signal]) -> FeatureError {
    let differs = names.iter().zip(columns).find(|(name, column)| **name != column.name);
    FeatureError::PluginFault {
        plugin: steps.iter().map(|step| step.plugin().name()).collect::<Vec<_>>().join(", "),
        method: steps.iter().map(Step::method).collect::<Vec<_>>().join(", "),
        fault: match differs {
            Some((name, column)) => format!("it computes `{}` where it names `{name}`", column.name),
            None => format!("it names {} columns and computes {}", names.len(), columns.len()),
        },
    }
}
