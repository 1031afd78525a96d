//! From rows to windows of cleaned rows.

use std::sync::Arc;

use fettle_frame::{Frame, Window};
use fettle_steps::{Applied, CellChanges, State, Step};

use super::{Cut, Run};
use crate::metadata::FittedStep;
use crate::plan::{Role, SignalStates, Stage, WindowPlan};
use crate::{FeatureError, Warning};

impl Run<'_> {
    /// All steps up to windows: with `states`, or fitted on the very rows.
    pub(super) fn cut(
        &mut self,
        plan: &WindowPlan,
        frame: Arc<Frame>,
        states: Option<&SignalStates>,
    ) -> Result<Cut, FeatureError> {
        let stages = plan.stages();
        let frame = match states {
            Some(states) => self.treat(&stages, frame, states)?,
            None => self.learn_and_treat(&stages, frame)?,
        };
        let windows = self.windows(&plan.window, &frame)?;
        Ok(Cut { frame, windows })
    }

    /// The frame after `stages`, each with the state that it has.
    pub fn treat(
        &mut self,
        stages: &[Stage<'_>],
        mut frame: Arc<Frame>,
        states: &SignalStates,
    ) -> Result<Arc<Frame>, FeatureError> {
        for stage in stages {
            let state = states.of(stage.role);
            let applied = self.timed(stage.step, || stage.step.apply(state, &frame))?;
            self.note(stage, state, &applied, frame.rows());
            frame = Arc::new(applied.frame);
        }
        Ok(frame)
    }

    /// The frame after `stages`, each fitted on what those before it left.
    fn learn_and_treat(
        &mut self,
        stages: &[Stage<'_>],
        mut frame: Arc<Frame>,
    ) -> Result<Arc<Frame>, FeatureError> {
        let mut states = SignalStates::default();
        for stage in stages {
            let applied = match stage.role {
                Role::Refill => {
                    let state = states.of(stage.role);
                    self.timed(stage.step, || stage.step.apply(state, &frame))?
                }
                role => {
                    let (state, applied) = self.timed(stage.step, || stage.step.fit_apply(&frame))?;
                    states.set(role, state);
                    applied
                }
            };
            self.note(stage, states.of(stage.role), &applied, frame.rows());
            frame = Arc::new(applied.frame);
        }
        Ok(frame)
    }

    /// Counts what a step did to `rows` rows, and warns of what should be known of it.
    fn note(&mut self, stage: &Stage<'_>, state: &State, applied: &Applied, rows: usize) {
        self.count(applied);
        let filled = applied.changes.iter().map(|changes| changes.filled).sum::<usize>();
        match stage.role {
            Role::MissingValue => self.imputed_cells += filled,
            Role::Refill => {
                self.imputed_cells += filled;
                // The same step with the same state has been noted.
                return;
            }
            Role::Outlier => {
                self.warnings.extend(Warning::degenerate_bounds(&state.columns_flagged("degenerate")));
                for (signal, CellChanges { changed, emptied, .. }) in
                    applied.frame.signals.iter().zip(&applied.changes)
                {
                    let changed = changed + emptied;
                    self.warnings.extend(Warning::many_changed(&signal.name, changed, rows));
                    self.changed_cells.push((signal.name.clone(), changed));
                }
            }
            Role::Normalize => {
                self.warnings.extend(Warning::constant_columns(&state.columns_flagged("constant")));
            }
        }
        self.steps.push(FittedStep { step: stage.step.clone(), state: state.clone() });
    }

    /// The windows of a cleaned frame, of which there is at least one.
    pub fn windows(&mut self, step: &Step, frame: &Frame) -> Result<Vec<Window>, FeatureError> {
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
}
