//! Features of all windows.

use std::path::Path;
use std::sync::Arc;

use fettle_features::split::Side;
use fettle_features::{Counts, FeatureError, Warning};
use fettle_frame::Window;

use super::learn::Learnt;
use super::scan::{Scan, insufficient};
use super::sides::Split;
use super::spill::Spill;
use super::units::Units;
use super::windows::Windows;
use super::work::Work;
use crate::DatasetError;
use crate::request::{DatasetRequest, MissingFeatures};

/// Values that are sorted at once, over all features that are: 2 MiB, or one feature where that is more.
const SORTED_AT_ONCE: usize = 1 << 18;

/// Features as they were computed, not normalized.
#[derive(Debug)]
pub(crate) struct Computed {
    /// A row for each window, in their order.
    pub(crate) features: Spill,
    /// What the steps did to each device's rows.
    pub(crate) counts: Vec<Counts>,
    /// Whether a window lacks some feature.
    incomplete: Vec<bool>,
    /// Windows in which a feature is missing, feature by feature.
    pub(crate) missing: Vec<u64>,
}

/// What becomes of the windows of a unit on the way.
struct Unit {
    columns: Vec<Vec<f64>>,
    counts: Counts,
    warnings: Vec<Warning>,
}

pub(super) async fn compute(
    work: &mut Work<'_>,
    scan: &Scan,
    units: &Units,
    windows: &Windows,
    learnt: &Learnt,
    scratch: &Path,
) -> Result<Computed, DatasetError> {
    let width = work.pipeline.feature_names.len();
    let mut computed = Computed {
        features: Spill::create(scratch, width)?,
        counts: vec![Counts::default(); scan.devices.len()],
        incomplete: Vec::with_capacity(windows.len()),
        missing: vec![0; width],
    };
    for (place, device) in scan.devices.iter().enumerate() {
        let mut done = 0;
        let mine: Vec<_> = units
            .of_device(place)
            .map(|(number, unit)| (*unit, windows.of_unit[number].places.clone()))
            .filter(|(_, places)| !places.is_empty())
            .collect();
        if mine.is_empty() {
            work.progress.device_done(0);
            continue;
        }
        let mut read = work.read_again(device).await?;
        for (unit, places) in mine {
            done += places.len() as u64;
            let part = read.part(units.rows(&unit, &read.frame.timestamps));
            let cut: Vec<Window> = places.map(|place| windows.rows(place)).collect();
            let (pipeline, states) = (Arc::clone(work.pipeline), learnt.of(place).clone());
            let metrics = Arc::clone(&work.domain.metrics);
            let job = move || -> Result<Unit, FeatureError> {
                let (mut run, frame) = pipeline.begin(part, &metrics);
                let frame = run.treat(&pipeline.plan.windows().stages(), frame, &states)?;
                let features = run.features(&pipeline.plan, &frame, &cut, &pipeline.feature_names)?;
                Ok(Unit {
                    columns: features.into_iter().map(|feature| feature.values).collect(),
                    counts: run.counts(),
                    warnings: run.warnings().to_vec(),
                })
            };
            let unit = work.run(job).await?;
            computed.add(place, &unit)?;
            for Warning { code, field, message } in unit.warnings {
                work.warn(code, field, format!("device `{}`: {message}", device.code));
            }
        }
        work.progress.device_done(done);
    }
    Ok(computed)
}

impl Computed {
    fn add(&mut self, device: usize, unit: &Unit) -> Result<(), DatasetError> {
        self.features.append(&unit.columns)?;
        let rows = unit.columns.first().map_or(0, Vec::len);
        let before = self.incomplete.len();
        self.incomplete.resize(before + rows, false);
        for (missing, column) in self.missing.iter_mut().zip(&unit.columns) {
            for (row, _) in column.iter().enumerate().filter(|(_, value)| value.is_nan()) {
                *missing += 1;
                self.incomplete[before + row] = true;
            }
        }
        self.counts[device].add(&unit.counts);
        Ok(())
    }

    /// Takes windows without some feature out of the split, if that is asked for; how many of each unit.
    pub(super) fn drop_incomplete(
        &mut self,
        request: &DatasetRequest,
        split: &mut Split,
        windows: &Windows,
    ) -> Result<Vec<usize>, DatasetError> {
        if request.missing_features == MissingFeatures::Keep {
            return Ok(vec![0; windows.of_unit.len()]);
        }
        let incomplete = &self.incomplete;
        for side in [&mut split.train, &mut split.val] {
            side.retain(|&place| !incomplete[place as usize]);
        }
        for (side, places) in [(Side::Train, &split.train), (Side::Val, &split.val)] {
            if places.is_empty() {
                return Err(insufficient(format!(
                    "every window on the side `{}` lacks some feature, and `missing_features` is `drop_window`",
                    side.as_str()
                )));
            }
        }
        // Nothing is missing in what is left.
        self.missing.fill(0);
        let count = |places: std::ops::Range<usize>| places.filter(|&place| incomplete[place]).count();
        Ok(windows.of_unit.iter().map(|unit| count(unit.places.clone())).collect())
    }

    /// For each feature its quantiles 0, 0.01, … 1 over the windows of a side, linear between neighbours; empty where
    /// it is missing in all of them.
    pub(super) fn quantiles(&self, split: &Split, side: Side) -> Result<Vec<Vec<f64>>, DatasetError> {
        let places = if side == Side::Train { &split.train } else { &split.val };
        let mut wanted = vec![false; self.features.rows()];
        places.iter().for_each(|&place| wanted[place as usize] = true);
        let width = self.features.width();
        let at_once = (SORTED_AT_ONCE / places.len().max(1)).clamp(1, width.max(1));
        let mut quantiles = Vec::with_capacity(width);
        for first in (0..width).step_by(at_once) {
            let columns = first..width.min(first + at_once);
            let mut values: Vec<Vec<f64>> =
                columns.clone().map(|_| Vec::with_capacity(places.len())).collect();
            let block = (SORTED_AT_ONCE / 8 / width.max(1)).max(1);
            for begin in (0..wanted.len()).step_by(block) {
                let rows = block.min(wanted.len() - begin);
                let read = self.features.read(begin, rows)?;
                let rows = read.chunks_exact(width).zip(&wanted[begin..]).filter(|(_, wanted)| **wanted);
                for (cells, _) in rows {
                    for (value, column) in cells[columns.clone()].iter().zip(&mut values) {
                        if !value.is_nan() {
                            column.push(*value);
                        }
                    }
                }
            }
            quantiles.extend(values.into_iter().map(hundredths));
        }
        Ok(quantiles)
    }
}

/// The quantiles 0, 0.01, … 1 of values in any order, as numpy's `linear` has them.
fn hundredths(mut values: Vec<f64>) -> Vec<f64> {
    if values.is_empty() {
        return Vec::new();
    }
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    (0..=100)
        .map(|percent| {
            let position = f64::from(percent) / 100.0 * last as f64;
            let below = position.floor();
            let (low, high) = (values[below as usize], values[(below as usize + 1).min(last)]);
            between(low, high, position - below)
        })
        .collect()
}

/// What lies a `part` of the way from `low` to `high`, as numpy's `linear` has it.
pub(crate) fn between(low: f64, high: f64, part: f64) -> f64 {
    match high - low {
        // Farther apart than an f64 can say.
        gap if gap.is_infinite() => low * (1.0 - part) + high * part,
        gap if part < 0.5 => low + gap * part,
        gap => high - gap * (1.0 - part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        let quantiles = hundredths(vec![3.0, 1.0, 2.0]);
        assert_eq!(quantiles.len(), 101);
        assert_eq!((quantiles[0], quantiles[25], quantiles[50], quantiles[100]), (1.0, 1.5, 2.0, 3.0));
        assert_eq!(hundredths(vec![7.0]), [7.0; 101]);
        assert!(hundredths(Vec::new()).is_empty());
    }
}
