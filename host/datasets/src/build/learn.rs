//! Fitting the steps before windows, on training rows alone.

use std::sync::Arc;

use fettle_features::split::Side;
use fettle_features::{FeatureError, SignalStates};
use fettle_frame::Frame;
use fettle_steps::{Fitted, Fitting, State};

use super::scan::{Device, insufficient};
use super::sides::Split;
use super::units::{Unit, Units};
use super::windows::Windows;
use super::work::Work;
use crate::DatasetError;
use crate::request::FitScope;

/// What the steps before windows have learnt.
#[derive(Debug, Clone)]
pub(crate) enum Learnt {
    /// From all devices together.
    Together(SignalStates),
    /// From each device, for itself.
    Apart(Vec<SignalStates>),
}

/// The rows of a unit that a step may learn from.
#[derive(Debug, Clone)]
pub(crate) enum Training {
    /// All of them.
    All,
    /// Those in a training window: stretches, ascending.
    Stretches(Vec<(usize, usize)>),
}

impl Learnt {
    /// Before anything was fitted.
    pub(super) fn nothing() -> Self {
        Learnt::Together(SignalStates::default())
    }

    /// What a device's rows go through.
    pub(crate) fn of(&self, device: usize) -> &SignalStates {
        match self {
            Learnt::Together(states) => states,
            Learnt::Apart(states) => &states[device],
        }
    }

    fn set(&mut self, group: usize, role: fettle_features::Role, state: State) {
        match self {
            Learnt::Together(states) => states.set(role, state),
            Learnt::Apart(states) => states[group].set(role, state),
        }
    }
}

/// Fits each step before windows in turn, those before it applied, on the rows that `training` says of each unit.
pub(crate) async fn learn(
    work: &mut Work<'_>,
    devices: &[Device],
    units: &Units,
    training: &[Option<Training>],
    scope: FitScope,
) -> Result<Learnt, DatasetError> {
    let pipeline = work.pipeline;
    let apart = scope == FitScope::Device;
    let mut learnt = if apart {
        Learnt::Apart(vec![SignalStates::default(); devices.len()])
    } else {
        Learnt::Together(SignalStates::default())
    };
    let stages = pipeline.plan.windows().stages();
    let names = pipeline.signal_names();
    for (number, stage) in stages.iter().enumerate().filter(|(_, stage)| stage.is_fitted()) {
        let groups = if apart { devices.len() } else { 1 };
        let mut fittings: Vec<Option<Fitting>> = (0..groups).map(|_| stage.step.fitting(&names)).collect();
        let mut has_rows = vec![false; groups];
        while fittings.iter().any(Option::is_some) {
            for (place, device) in devices.iter().enumerate() {
                let group = if apart { place } else { 0 };
                let mine: Vec<(Unit, Training)> = units
                    .of_device(place)
                    .filter_map(|(unit_number, unit)| Some((*unit, training[unit_number].clone()?)))
                    .collect();
                let Some(mut fitting) = fittings[group].take() else { continue };
                if !mine.is_empty() {
                    let mut read = work.read_again(device).await?;
                    for (unit, rows) in mine {
                        let part = read.part(units.rows(&unit, &read.frame.timestamps));
                        if part.rows() == 0 {
                            continue;
                        }
                        has_rows[group] = true;
                        let (pipeline, states) = (Arc::clone(pipeline), learnt.of(place).clone());
                        let metrics = Arc::clone(&work.domain.metrics);
                        let job = move || {
                            let (mut run, frame) = pipeline.begin(part, &metrics);
                            let stages = pipeline.plan.windows().stages();
                            let frame = run.treat(&stages[..number], frame, &states)?;
                            fitting.add(&rows.of(frame))?;
                            Ok(fitting)
                        };
                        fitting = work.run(job).await?;
                    }
                }
                fittings[group] = Some(fitting);
            }
            for (group, fitting) in fittings.iter_mut().enumerate() {
                let Some(open) = fitting.take() else { continue };
                if !has_rows[group] {
                    return Err(without_rows(apart.then(|| &devices[group])));
                }
                match work.run(move || open.end_round().map_err(FeatureError::from)).await? {
                    Fitted::State(state) => learnt.set(group, stage.role, state),
                    Fitted::Again(next) => *fitting = Some(next),
                }
            }
        }
    }
    Ok(learnt)
}

fn without_rows(device: Option<&Device>) -> DatasetError {
    insufficient(match device {
        Some(device) => format!(
            "device `{}` has no training rows, and with `fit_scope` `device` nothing else to learn from",
            device.code
        ),
        None => "there are no training rows to fit on".to_owned(),
    })
}

/// Of each unit the rows to learn from: those of training windows, where chance decided on these, else all of training
/// units. `None` where there are none.
pub(super) fn training(units: &Units, windows: Option<(&Windows, &Split)>) -> Vec<Option<Training>> {
    let by_chance = units.units.iter().any(|unit| unit.side.is_none());
    if let (true, Some((windows, split))) = (by_chance, windows) {
        let mut trains = vec![false; windows.len()];
        split.train.iter().for_each(|&place| trains[place as usize] = true);
        return windows
            .of_unit
            .iter()
            .map(|unit| {
                let stretches = stretches(unit.places.clone().filter(|&place| trains[place]).map(|place| {
                    let rows = windows.rows(place);
                    (rows.start, rows.end)
                }));
                (!stretches.is_empty()).then_some(Training::Stretches(stretches))
            })
            .collect();
    }
    units.units.iter().map(|unit| (unit.side == Some(Side::Train)).then_some(Training::All)).collect()
}

/// What ranges that ascend by their start cover together.
fn stretches(ranges: impl Iterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (start, end) in ranges {
        match stretches.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => stretches.push((start, end)),
        }
    }
    stretches
}

impl Training {
    /// All rows of each unit.
    pub(crate) fn all(units: &Units) -> Vec<Option<Self>> {
        units.units.iter().map(|_| Some(Training::All)).collect()
    }

    /// These rows of a frame.
    fn of(&self, frame: Arc<Frame>) -> Arc<Frame> {
        match self {
            Training::All => frame,
            Training::Stretches(stretches) => match stretches.as_slice() {
                [(0, end)] if *end == frame.rows() => frame,
                [(start, end)] => Arc::new(frame.slice(*start..*end)),
                several => {
                    let rows: Vec<usize> = several.iter().flat_map(|&(start, end)| start..end).collect();
                    Arc::new(frame.take(&rows))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_windows_cover_each_row_once() {
        assert_eq!(stretches([(0, 10), (5, 15), (20, 30), (30, 31)].into_iter()), [(0, 15), (20, 31)]);
    }
}
