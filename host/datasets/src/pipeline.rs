//! From a device's rows to features: what is read, and the steps that it goes through.

use std::sync::Arc;

use fettle_features::{DeviceRows, FeaturePlan, Run};
use fettle_frame::{Frame, TimeRange};
use fettle_metadata::ModelField;
use fettle_observe::Metrics;
use fettle_series::{Columns, DeviceKey};

use crate::recipe::LabelField;

/// What all passes over devices have in common: which rows of which columns, and what is done with them.
#[derive(Debug)]
pub(crate) struct Pipeline {
    /// Code of the type that all devices are of.
    pub(crate) device_type: String,
    /// The signals, in the model's order.
    pub(crate) signals: Vec<ModelField>,
    /// Where labels come from, if there are any.
    pub(crate) label: Option<LabelField>,
    /// Which revision of the model says so.
    pub(crate) model_revision: i64,
    /// Which rows.
    pub(crate) range: TimeRange,
    /// The steps.
    pub(crate) plan: FeaturePlan,
    /// The names of the features.
    pub(crate) feature_names: Vec<String>,
}

impl Pipeline {
    /// The columns to read of a device.
    pub(crate) fn columns(&self) -> Columns {
        Columns {
            signals: self.signals.iter().map(|signal| signal.field_code.clone()).collect(),
            labels: self.label.iter().map(|label| label.field_code.clone()).collect(),
        }
    }

    /// What the series store knows a device by.
    pub(crate) fn device(&self, code: &str) -> DeviceKey {
        DeviceKey { device_type: self.device_type.clone(), device: code.to_owned() }
    }

    /// The signals under the model's names for them.
    pub(crate) fn signal_names(&self) -> Vec<&str> {
        self.signals.iter().map(|signal| signal.name.as_str()).collect()
    }

    /// A run over rows as they are stored, and the rows as the model has them.
    pub(crate) fn begin<'m>(&self, frame: Frame, metrics: &'m Metrics) -> (Run<'m>, Arc<Frame>) {
        let rows = DeviceRows {
            frame,
            fields: self.signals.clone(),
            infinite_cells: 0,
            model_revision: self.model_revision,
        };
        Run::begin(rows, metrics)
    }
}
