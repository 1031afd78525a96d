//! Putting a manifest's content together.

use fettle_features::label::ClassCodes;
use fettle_features::split::Side;
use fettle_features::{FeaturePlan, Stage};
use fettle_steps::{State, Step};
use jiff::Timestamp;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    ColumnRecord, Content, DeviceRecord, DroppedWindows, FORMAT, FeatureRecord, LabelRecord,
    NumberStatistics, SplitRecord, StepRecord,
};
use crate::build::{Computed, Learnt, Scan, Split, Units, Windows, label_type};
use crate::recipe::Recipe;
use crate::request::SplitMethod;
use crate::table::{TableSchema, WrittenTable};

/// What a build has come to.
pub(crate) struct Parts<'b> {
    pub(crate) recipe: &'b Recipe,
    pub(crate) scan: &'b Scan,
    pub(crate) units: &'b Units,
    pub(crate) windows: &'b Windows,
    pub(crate) split: &'b Split,
    /// Windows of each unit that lack some feature and went out for it.
    pub(crate) incomplete: &'b [usize],
    pub(crate) computed: &'b Computed,
    /// Of each feature, over the training side.
    pub(crate) quantiles: Vec<Vec<f64>>,
    pub(crate) learnt: &'b Learnt,
    /// What normalization of features has learnt.
    pub(crate) scaling: &'b State,
    pub(crate) written: &'b WrittenTable,
}

impl Content {
    /// What a build has come to, for its manifest.
    pub(crate) fn of(parts: Parts<'_>) -> Self {
        let Parts { recipe, scan, split, .. } = parts;
        let steps = steps(&parts);
        let devices = devices(&parts);
        let mut dropped = DroppedWindows::default();
        devices.iter().for_each(|device| dropped.add(device.dropped_windows));
        let not_causal = steps.iter().filter(|step| !step.causal);
        Content {
            format: FORMAT,
            request: recipe.request.clone(),
            model: recipe.model.clone(),
            not_causal: not_causal.map(|step| format!("{} {}", step.kind, step.method)).collect(),
            steps,
            split: split_record(&parts),
            label: label(&parts),
            skipped_devices: scan.skipped.clone(),
            devices,
            train_samples: split.train.len() as u64,
            val_samples: split.val.len() as u64,
            dropped_windows: dropped,
            schema: schema(&parts),
            table_digest: parts.written.digest.to_string(),
            features: features(parts),
        }
    }
}

impl DroppedWindows {
    fn add(&mut self, other: Self) {
        self.by_window_method += other.by_window_method;
        self.without_label += other.without_label;
        self.purged += other.purged;
        self.missing_features += other.missing_features;
    }

    /// How many went out, whatever the reason.
    pub fn total(self) -> u64 {
        self.by_window_method + self.without_label + self.purged + self.missing_features
    }
}

fn steps(parts: &Parts<'_>) -> Vec<StepRecord> {
    let plan: &FeaturePlan = &parts.recipe.pipeline.plan;
    let stages = plan.windows().stages();
    let stages = stages.iter().filter(|stage| stage.role != fettle_features::Role::Refill);
    let mut steps: Vec<StepRecord> = stages.map(|stage| before_windows(parts, stage)).collect();
    let unfitted = [plan.windows().window()].into_iter().chain(plan.features());
    steps.extend(unfitted.map(|step| record(step, json(&State::None))));
    steps.extend(plan.normalize().map(|step| record(step, json(parts.scaling))));
    steps
}

fn before_windows(parts: &Parts<'_>, stage: &Stage<'_>) -> StepRecord {
    match parts.learnt {
        Learnt::Together(states) => record(stage.step, json(states.of(stage.role))),
        Learnt::Apart(states) => {
            let mut step = record(stage.step, json(&State::None));
            if stage.is_fitted() {
                let devices = parts.scan.devices.iter().zip(states);
                step.states = devices
                    .map(|(device, states)| (device.code.clone(), json(states.of(stage.role))))
                    .collect();
            }
            step
        }
    }
}

fn record(step: &Step, state: Box<RawValue>) -> StepRecord {
    StepRecord {
        kind: step.kind(),
        method: step.method().to_owned(),
        plugin: step.plugin().name().to_owned(),
        version: step.plugin().version().to_owned(),
        digest: step.plugin().digest().to_owned(),
        params: step.params(),
        causal: step.traits().causal,
        fitted: step.traits().fitted,
        state,
        states: Default::default(),
    }
}

fn json(state: &State) -> Box<RawValue> {
    // What a state holds is JSON already.
    to_raw_value(state).unwrap_or_default()
}

fn split_record(parts: &Parts<'_>) -> SplitRecord {
    let by_device = parts.recipe.request.split.split_method == SplitMethod::Device;
    let codes = |side: Side| {
        let units = parts.units.units.iter().filter(|unit| unit.side == Some(side));
        by_device.then(|| {
            let mut codes: Vec<String> =
                units.map(|unit| parts.scan.devices[unit.device].code.clone()).collect();
            codes.sort_unstable();
            codes
        })
    };
    SplitRecord {
        cut_time: parts.units.cut.map(time),
        train_devices: codes(Side::Train),
        val_devices: codes(Side::Val),
        shared_rows: parts.split.shared_rows,
        val_windows_sharing_rows: parts.split.val_windows_sharing_rows,
        purged_windows: parts.split.purged_windows,
    }
}

fn label(parts: &Parts<'_>) -> LabelRecord {
    let Parts { windows, split, .. } = parts;
    let labels = &windows.labels;
    let classes = labels.class_codes();
    let both: Vec<u32> = split.train.iter().chain(&split.val).copied().collect();
    let of = |places: &[u32]| classes.as_ref().map(|classes| classes.distribution_of(places));
    let statistics = || {
        Some(NumberStatistics {
            total: labels.statistics_of(&both)?,
            train: labels.statistics_of(&split.train)?,
            val: labels.statistics_of(&split.val)?,
        })
    };
    LabelRecord {
        name: parts.recipe.model.label.name.clone(),
        meaning: labels.meaning(),
        class_distribution: of(&both),
        class_distribution_train: of(&split.train),
        class_distribution_val: of(&split.val),
        statistics: statistics(),
    }
}

fn devices(parts: &Parts<'_>) -> Vec<DeviceRecord> {
    let Parts { scan, units, windows, split, computed, .. } = parts;
    let classes: Option<ClassCodes> = windows.labels.class_codes();
    let mut side = vec![None; windows.len()];
    split.train.iter().for_each(|&place| side[place as usize] = Some(Side::Train));
    split.val.iter().for_each(|&place| side[place as usize] = Some(Side::Val));
    let record = |(place, device): (usize, &crate::build::Device)| {
        let mine: Vec<usize> = units.of_device(place).map(|(number, _)| number).collect();
        let of_units = || mine.iter().map(|&number| &windows.of_unit[number]);
        let places: Vec<u32> = of_units()
            .flat_map(|unit| unit.places.clone())
            .filter(|&place| side[place].is_some())
            .map(|place| place as u32)
            .collect();
        let on = |wanted: Side| {
            places.iter().filter(|&&place| side[place as usize] == Some(wanted)).count() as u64
        };
        DeviceRecord {
            device_code: device.code.clone(),
            rows: device.rows as u64,
            rows_digest: device.rows_digest.clone(),
            first_row: time(device.first),
            last_row: time(device.last),
            infinite_cells: device.infinite_cells,
            counts: computed.counts[place].clone(),
            leftover_rows: of_units().map(|unit| unit.leftover_rows as u64).sum(),
            train_samples: on(Side::Train),
            val_samples: on(Side::Val),
            dropped_windows: DroppedWindows {
                by_window_method: of_units().map(|unit| unit.left_out.unwrap_or(0) as u64).sum(),
                without_label: of_units().map(|unit| unit.unlabelled as u64).sum(),
                purged: of_units().map(|unit| unit.purged as u64).sum(),
                missing_features: mine.iter().map(|&number| parts.incomplete[number] as u64).sum(),
            },
            class_distribution: classes.as_ref().map(|classes| classes.distribution_of(&places)),
        }
    };
    scan.devices.iter().enumerate().map(record).collect()
}

fn features(parts: Parts<'_>) -> Vec<FeatureRecord> {
    let origins = parts.recipe.pipeline.feature_names.iter().zip(&parts.recipe.features);
    origins
        .zip(&parts.computed.missing)
        .zip(parts.quantiles)
        .map(|(((name, origin), &missing), quantiles)| FeatureRecord {
            name: name.clone(),
            signal: origin.signal.clone(),
            statistic: origin.statistic.clone(),
            missing,
            quantiles,
        })
        .collect()
}

fn schema(parts: &Parts<'_>) -> Vec<ColumnRecord> {
    let label_type = label_type(parts.windows.labels.meaning());
    let Recipe { model, pipeline, .. } = parts.recipe;
    let schema = TableSchema::new(&pipeline.feature_names, &model.label.name, label_type);
    let fields = schema.map(|schema| schema.arrow().fields().clone()).unwrap_or_default();
    fields
        .iter()
        .map(|field| ColumnRecord {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
            nullable: field.is_nullable(),
        })
        .collect()
}

/// A time of i64 nanoseconds, which lie well inside what a timestamp holds.
fn time(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or_default()
}
