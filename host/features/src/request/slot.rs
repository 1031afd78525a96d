//! The kinds of step of which a request names one method each, and what it says of them.

use fettle_steps::Kind;
use serde_json::Value;

use super::{MethodRequest, StepsRequest};

/// A kind of step of which a request names one method.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The kind; the fields are called after it.
    pub(crate) kind: Kind,
    /// The method where none is named.
    pub(crate) usual: &'static str,
    /// Fields that stand for parameters.
    pub(crate) short_forms: &'static [ShortForm],
    of: fn(&StepsRequest) -> &MethodRequest,
    of_mut: fn(&mut StepsRequest) -> &mut MethodRequest,
}

/// A field of a request that stands for a parameter.
#[derive(Debug)]
pub(crate) struct ShortForm {
    /// The field.
    pub(crate) field: &'static str,
    /// The parameter.
    pub(crate) param: &'static str,
    of: fn(&StepsRequest) -> Option<&Value>,
    of_mut: fn(&mut StepsRequest) -> &mut Option<Value>,
}

impl Slot {
    pub(crate) const MISSING_VALUE: Self = Self {
        kind: Kind::MissingValue,
        usual: "interpolate",
        short_forms: &[],
        of: |steps| &steps.missing_value,
        of_mut: |steps| &mut steps.missing_value,
    };

    pub(crate) const OUTLIER: Self = Self {
        kind: Kind::Outlier,
        usual: "iqr",
        short_forms: &[ShortForm {
            field: "outlier_threshold",
            param: "threshold",
            of: |steps| steps.outlier_threshold.as_ref(),
            of_mut: |steps| &mut steps.outlier_threshold,
        }],
        of: |steps| &steps.outlier,
        of_mut: |steps| &mut steps.outlier,
    };

    pub(crate) const WINDOW: Self = Self {
        kind: Kind::Window,
        usual: "sliding",
        short_forms: &[
            ShortForm {
                field: "window_size",
                param: "window_size",
                of: |steps| steps.window_size.as_ref(),
                of_mut: |steps| &mut steps.window_size,
            },
            ShortForm {
                field: "overlap",
                param: "overlap",
                of: |steps| steps.overlap.as_ref(),
                of_mut: |steps| &mut steps.overlap,
            },
        ],
        of: |steps| &steps.window,
        of_mut: |steps| &mut steps.window,
    };

    pub(crate) const NORMALIZE: Self = Self {
        kind: Kind::Normalize,
        usual: "z_score",
        short_forms: &[ShortForm {
            field: "feature_range",
            param: "feature_range",
            of: |steps| steps.feature_range.as_ref(),
            of_mut: |steps| &mut steps.feature_range,
        }],
        of: |steps| &steps.normalize,
        of_mut: |steps| &mut steps.normalize,
    };

    /// All of them.
    pub(crate) const ALL: [&'static Self; 4] =
        [&Self::MISSING_VALUE, &Self::OUTLIER, &Self::WINDOW, &Self::NORMALIZE];

    /// What a request says of the method.
    pub(crate) fn of<'a>(&self, steps: &'a StepsRequest) -> &'a MethodRequest {
        (self.of)(steps)
    }

    /// The same, to be changed.
    pub(crate) fn of_mut<'a>(&self, steps: &'a mut StepsRequest) -> &'a mut MethodRequest {
        (self.of_mut)(steps)
    }

    /// The field that names the method.
    pub(crate) fn method_field(&self) -> String {
        format!("{}_method", self.kind)
    }

    /// The field that holds the parameters.
    pub(crate) fn params_field(&self) -> String {
        format!("{}_params", self.kind)
    }
}

impl ShortForm {
    /// What a request gives for it.
    pub(crate) fn of<'a>(&self, steps: &'a StepsRequest) -> Option<&'a Value> {
        (self.of)(steps)
    }

    /// The same, to be changed.
    pub(crate) fn of_mut<'a>(&self, steps: &'a mut StepsRequest) -> &'a mut Option<Value> {
        (self.of_mut)(steps)
    }
}
