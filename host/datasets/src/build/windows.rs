//! Windows of all devices, and their labels.

use std::ops::Range;
use std::sync::Arc;

use fettle_features::label::WindowLabels;
use fettle_features::{FeatureError, LeftOver, Run};
use fettle_frame::{Label, Window};

use super::learn::Learnt;
use super::scan::{Scan, insufficient};
use super::units::Units;
use super::work::Work;
use crate::DatasetError;
use crate::pipeline::Pipeline;
use crate::request::{DatasetRequest, OnDeviceError};

/// The windows that have a label: device by device, a device's units one after the other, by time within each.
#[derive(Debug)]
pub(crate) struct Windows {
    /// The rows of each within its unit, when windows are cut.
    rows: Vec<(u32, u32)>,
    /// Times of the first and of the last row of each.
    times: Vec<(i64, i64)>,
    pub(crate) labels: WindowLabels,
    /// Which windows are a unit's, and what became of the others.
    pub(crate) of_unit: Vec<UnitWindows>,
}

/// The windows of a unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnitWindows {
    /// Which of all windows.
    pub(crate) places: Range<usize>,
    /// Rows in no window.
    pub(crate) leftover_rows: usize,
    /// Windows that the window method left out; `None` where it does not tell.
    pub(crate) left_out: Option<usize>,
    /// Windows without a label.
    pub(crate) unlabelled: usize,
    /// Windows that went out because they share rows with validation.
    pub(crate) purged: usize,
}

/// How far rows are treated before windows are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upto {
    /// Up to the first step that is fitted: what comes after it changes no row's place.
    FirstFit,
    /// By all steps before windows.
    Windows,
}

/// What a unit is cut into: windows with a label.
struct Cut {
    windows: Vec<Window>,
    times: Vec<(i64, i64)>,
    label: Label,
    left_over: LeftOver,
}

pub(super) async fn plan(
    work: &mut Work<'_>,
    request: &DatasetRequest,
    scan: &Scan,
    units: &Units,
    learnt: &Learnt,
    upto: Upto,
) -> Result<Windows, DatasetError> {
    let mut all = Windows {
        rows: Vec::new(),
        times: Vec::new(),
        labels: WindowLabels::new(scan.rule),
        of_unit: vec![UnitWindows::default(); units.units.len()],
    };
    for (place, device) in scan.devices.iter().enumerate() {
        let mut read = work.read_again(device).await?;
        let mut reasons = Vec::new();
        for (number, unit) in units.of_device(place) {
            let rows = units.rows(unit, &read.frame.timestamps);
            let side = unit.side.map_or("", |side| side.as_str());
            let cut = if rows.is_empty() {
                Err(format!("it has no row on the side `{side}` of the cut"))
            } else {
                let part = read.part(rows);
                let (pipeline, states) = (Arc::clone(work.pipeline), learnt.of(place).clone());
                let metrics = Arc::clone(&work.domain.metrics);
                let job = move || cut(&pipeline, part, &states, upto, &metrics);
                match work.run(job).await {
                    Ok(cut) => Ok(cut),
                    Err(DatasetError::Feature(FeatureError::InsufficientData(reason))) => Err(reason),
                    Err(other) => return Err(other),
                }
            };
            match cut {
                Ok(cut) => all.push(number, &cut)?,
                Err(reason) => {
                    let at = all.rows.len();
                    all.of_unit[number].places = at..at;
                    reasons.push((unit.side, reason));
                }
            }
        }
        without_windows(work, request, units.of_device(place).count(), &device.code, &reasons)?;
    }
    if all.rows.is_empty() {
        return Err(insufficient("no window of any device has a label".to_owned()));
    }
    Ok(all)
}

/// Treats and cuts a unit's rows. Runs guest code.
fn cut(
    pipeline: &Pipeline,
    frame: fettle_frame::Frame,
    states: &fettle_features::SignalStates,
    upto: Upto,
    metrics: &fettle_observe::Metrics,
) -> Result<Cut, FeatureError> {
    let (mut run, frame) = pipeline.begin(frame, metrics);
    let plan = pipeline.plan.windows();
    let mut stages = plan.stages();
    if upto == Upto::FirstFit {
        let first = stages.iter().position(|stage| stage.step.traits().fitted).unwrap_or(stages.len());
        stages.truncate(first);
    }
    let frame = run.treat(&stages, frame, states)?;
    let windows = run.windows(plan.window(), &frame)?;
    let left_over = Run::left_over(plan.window(), &frame, &windows);
    let times = windows
        .iter()
        .map(|window| (frame.timestamps[window.start], frame.timestamps[window.end - 1]))
        .collect();
    let label = frame.labels.first().cloned().ok_or_else(|| {
        FeatureError::Internal("the label column was lost on the way to windows".to_owned(), None)
    })?;
    Ok(Cut { windows, times, label, left_over })
}

/// What becomes of a device of which some of its `units` have no window.
fn without_windows(
    work: &mut Work<'_>,
    request: &DatasetRequest,
    units: usize,
    code: &str,
    reasons: &[(Option<fettle_features::split::Side>, String)],
) -> Result<(), DatasetError> {
    let Some((_, reason)) = reasons.first() else { return Ok(()) };
    if reasons.len() < units {
        for (side, reason) in reasons {
            let side = side.map_or("", |side| side.as_str());
            let message = format!("`{code}` has no window on the side `{side}`: {reason}");
            work.warn("device_on_one_side", Some("split_method"), message);
        }
        return Ok(());
    }
    if request.on_device_error == OnDeviceError::Fail {
        return Err(insufficient(format!(
            "device `{code}`: {reason}; with `on_device_error` `skip` the dataset would be one of the others"
        )));
    }
    work.warn("device_skipped", Some("device_codes"), format!("`{code}` is left out: {reason}"));
    Ok(())
}

impl Windows {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows of one within its unit.
    pub(crate) fn rows(&self, place: usize) -> Window {
        let (start, end) = self.rows[place];
        Window { start: start as usize, end: end as usize }
    }

    /// When one's first row was recorded.
    pub(crate) fn first(&self, place: usize) -> i64 {
        self.times[place].0
    }

    /// When one's last row was recorded.
    pub(crate) fn last(&self, place: usize) -> i64 {
        self.times[place].1
    }

    /// Keeps the windows that are flagged.
    pub(super) fn retain(&mut self, kept: &[bool]) {
        let mut before = 0;
        for unit in &mut self.of_unit {
            let left = kept[unit.places.clone()].iter().filter(|&&kept| kept).count();
            unit.places = before..before + left;
            before += left;
        }
        let mut flags = kept.iter();
        self.rows.retain(|_| flags.next() == Some(&true));
        let mut flags = kept.iter();
        self.times.retain(|_| flags.next() == Some(&true));
        self.labels.retain(kept);
    }

    fn push(&mut self, unit: usize, cut: &Cut) -> Result<(), DatasetError> {
        let labelled =
            self.labels.push_windows(&cut.label.values, &cut.windows).map_err(FeatureError::from)?;
        let before = self.rows.len();
        for ((window, times), _) in
            cut.windows.iter().zip(&cut.times).zip(&labelled).filter(|(_, kept)| **kept)
        {
            // A frame has at most as many rows as a request may have cells: u32 is the contract's own type for them.
            self.rows.push((window.start as u32, window.end as u32));
            self.times.push(*times);
        }
        self.of_unit[unit] = UnitWindows {
            places: before..self.rows.len(),
            leftover_rows: cut.left_over.rows,
            left_out: cut.left_over.windows,
            unlabelled: labelled.iter().filter(|kept| !**kept).count(),
            purged: 0,
        };
        Ok(())
    }
}
