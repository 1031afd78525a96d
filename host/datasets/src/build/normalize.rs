//! Normalization of features: fitted on training windows, applied to all.

use std::sync::Arc;

use fettle_features::FeatureError;
use fettle_frame::{Frame, Signal};
use fettle_steps::{Fitted, State};

use super::compute::Computed;
use super::sides::Split;
use super::units::Units;
use super::windows::Windows;
use super::work::Work;
use crate::DatasetError;

/// Normalizes the features where they stand; what was learnt.
pub(super) async fn normalize(
    work: &mut Work<'_>,
    units: &Units,
    windows: &Windows,
    split: &Split,
    computed: &mut Computed,
) -> Result<State, DatasetError> {
    let pipeline = work.pipeline;
    let Some(step) = pipeline.plan.normalize() else { return Ok(State::None) };
    let names: Vec<&str> = pipeline.feature_names.iter().map(String::as_str).collect();
    let mut trains = vec![false; windows.len()];
    split.train.iter().for_each(|&place| trains[place as usize] = true);

    let mut state = State::None;
    let mut fitting = step.fitting(&names);
    while let Some(mut open) = fitting.take() {
        for unit in &windows.of_unit {
            let Some(part) = features(&names, windows, computed, unit.places.clone(), &trains)? else {
                continue;
            };
            let part = Arc::new(part);
            open = work
                .run(move || {
                    open.add(&part)?;
                    Ok(open)
                })
                .await?;
        }
        match work.run(move || open.end_round().map_err(FeatureError::from)).await? {
            Fitted::State(learnt) => state = learnt,
            Fitted::Again(next) => fitting = Some(next),
        }
    }
    let constant = state.columns_flagged("constant");
    if !constant.is_empty() {
        let message = format!("nearly constant, and therefore not scaled: {}", constant.join(", "));
        work.warn("constant_columns", Some("normalize_method"), message);
    }

    // Windows that went out are normalized as well: nobody reads them, and rows stay where they are.
    let all = vec![true; windows.len()];
    for (number, unit) in windows.of_unit.iter().enumerate() {
        let Some(frame) = features(&names, windows, computed, unit.places.clone(), &all)? else { continue };
        let (pipeline, state) = (Arc::clone(pipeline), state.clone());
        let metrics = Arc::clone(&work.domain.metrics);
        let job = move || -> Result<(Vec<Signal>, usize), FeatureError> {
            let (mut run, _) = pipeline.begin(Frame::default(), &metrics);
            let Some(step) = pipeline.plan.normalize() else { return Ok((frame.signals, 0)) };
            let scaled = run.scale(step, &state, &Arc::new(frame))?;
            Ok((scaled, run.counts().overflow_cells))
        };
        let (scaled, overflowed) = work.run(job).await?;
        computed.counts[units.units[number].device].overflow_cells += overflowed;
        let columns: Vec<Vec<f64>> = scaled.into_iter().map(|signal| signal.values).collect();
        computed.features.write(unit.places.start, &columns)?;
    }
    Ok(state)
}

/// The features of those windows of a unit that are wanted, as a frame; `None` where there is none.
fn features(
    names: &[&str],
    windows: &Windows,
    computed: &Computed,
    places: std::ops::Range<usize>,
    wanted: &[bool],
) -> Result<Option<Frame>, DatasetError> {
    if !wanted[places.clone()].contains(&true) {
        return Ok(None);
    }
    let read = computed.features.read(places.start, places.len())?;
    let of_unit = || places.clone().zip(read.chunks_exact(names.len())).filter(|(place, _)| wanted[*place]);
    let signals = names.iter().enumerate().map(|(column, name)| Signal {
        name: (*name).to_owned(),
        values: of_unit().map(|(_, cells)| cells[column]).collect(),
    });
    Ok(Some(Frame {
        timestamps: of_unit().map(|(place, _)| windows.first(place)).collect(),
        signals: signals.collect(),
        labels: Vec::new(),
    }))
}
