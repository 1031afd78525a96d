//! What a dataset is asked to be.

use fettle_datasets::{DatasetRequest, FitScope, MissingFeatures, OnDeviceError, SplitMethod, SplitRequest};
use fettle_features::label::{LabelStrategy, LabelTypeRequest};
use utoipa::ToSchema;

use crate::operations::step_fields::StepFields;
use crate::request::{Fields, Named, ReadFields, RequestTime};

/// Devices that a dataset may be of: each is looked up before the answer begins.
const MOST_DEVICES: usize = 10_000;

/// What to build, and how. Methods and parameters that are left out are the model's defaults, or else those shown here.
#[derive(Debug, ToSchema)]
pub(crate) struct DatasetBody {
    /// Code of the model: which signals, under which names, in which order.
    #[schema(example = "welding_ai_model", max_length = 128)]
    model_code: String,
    /// Codes of the devices, in the order of the dataset, none twice.
    #[schema(min_items = 1, max_items = 10_000, example = json!(["WLD001", "WLD002"]))]
    device_codes: Vec<String>,
    /// The first instant that is read.
    #[schema(value_type = String, format = DateTime, example = "2025-11-01T00:00:00")]
    start_time: RequestTime,
    /// The first instant that is not read any more; after `start_time`.
    #[schema(value_type = String, format = DateTime, example = "2025-11-02T00:00:00")]
    end_time: RequestTime,
    /// Where labels come from: a label of the model, or one of its signals, which is none then.
    #[schema(example = "quality_label", max_length = 128)]
    label_column: String,
    /// How the labels of a window's rows become one. `last` and `first` take that row's even if it is missing, and a
    /// window without a label is left out; the others skip missing ones. `mean`, `median` and `min` are for numbers.
    #[schema(value_type = Option<String>, pattern = "^(last|first|majority|max|any|mean|median|min)$", default = "last")]
    label_strategy: LabelStrategy,
    /// Whether labels are classes or numbers. Unless given, whole numbers, truth values and texts are classes.
    #[schema(value_type = Option<String>, pattern = "^(class|number)$")]
    label_type: Option<LabelTypeRequest>,
    /// How windows come to training or validation: each by chance, all before and after a time, or all of a device
    /// together.
    #[schema(value_type = Option<String>, pattern = "^(random|time|device)$", default = "random")]
    split_method: SplitMethod,
    /// The part that is for validation, more than 0 and less than 1.
    #[schema(default = 0.2)]
    val_split: Option<f64>,
    /// With `split_method` `time`, instead of `val_split`: the first instant of validation.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-11-01T18:00:00")]
    split_time: Option<RequestTime>,
    /// What chance starts from.
    #[schema(value_type = Option<u32>, default = 42)]
    random_state: Option<u64>,
    /// With `split_method` `random`: whether each class is split alike.
    #[schema(value_type = Option<bool>, default = false)]
    stratify: bool,
    /// With `split_method` `random`: whether training windows that share rows with a validation window are left out.
    #[schema(value_type = Option<bool>, default = false)]
    purge: bool,
    /// Whose rows a fitted step before windows learns from: those of all devices, or of each device for itself.
    #[schema(value_type = Option<String>, pattern = "^(global|device)$", default = "global")]
    fit_scope: FitScope,
    /// Whether windows without some feature stay.
    #[schema(value_type = Option<String>, pattern = "^(keep|drop_window)$", default = "keep")]
    missing_features: MissingFeatures,
    /// Whether a device that gives nothing fails the dataset, or is left out with a warning.
    #[schema(value_type = Option<String>, pattern = "^(fail|skip)$", default = "fail")]
    on_device_error: OnDeviceError,
    #[serde(flatten)]
    steps: StepFields,
}

impl ReadFields for DatasetBody {
    fn read(fields: &mut Fields) -> Self {
        let model_code = fields.required_name("model_code");
        let device_codes = fields.required_names("device_codes", MOST_DEVICES);
        let (start_time, end_time) = fields.required_times("start_time", "end_time");
        Self {
            model_code,
            device_codes,
            start_time,
            end_time,
            label_column: fields.required_name("label_column"),
            label_strategy: fields.optional_word("label_strategy"),
            label_type: fields.optional_choice("label_type"),
            split_method: fields.optional_word("split_method"),
            val_split: fields.optional_number("val_split"),
            split_time: fields.optional_time("split_time"),
            random_state: fields.optional_whole("random_state", 0..=u32::MAX.into()),
            stratify: fields.optional_flag("stratify"),
            purge: fields.optional_flag("purge"),
            fit_scope: fields.optional_word("fit_scope"),
            missing_features: fields.optional_word("missing_features"),
            on_device_error: fields.optional_word("on_device_error"),
            steps: StepFields::read(fields),
        }
    }
}

impl From<DatasetBody> for DatasetRequest {
    /// What the domain is asked.
    fn from(body: DatasetBody) -> Self {
        DatasetRequest {
            model_code: body.model_code,
            device_codes: body.device_codes,
            start_time: body.start_time.timestamp(),
            end_time: body.end_time.timestamp(),
            label_column: body.label_column,
            label_strategy: body.label_strategy,
            label_type: body.label_type,
            steps: body.steps.into(),
            split: SplitRequest {
                split_method: body.split_method,
                val_split: body.val_split,
                split_time: body.split_time.map(|time| time.timestamp()),
                // It is read as one that fits.
                random_state: body.random_state.and_then(|state| u32::try_from(state).ok()),
                stratify: body.stratify,
                purge: body.purge,
            },
            fit_scope: body.fit_scope,
            missing_features: body.missing_features,
            on_device_error: body.on_device_error,
        }
    }
}

impl Named for LabelStrategy {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("last", LabelStrategy::Last),
        ("first", LabelStrategy::First),
        ("majority", LabelStrategy::Majority),
        ("max", LabelStrategy::Max),
        ("any", LabelStrategy::Any),
        ("mean", LabelStrategy::Mean),
        ("median", LabelStrategy::Median),
        ("min", LabelStrategy::Min),
    ];
}

impl Named for LabelTypeRequest {
    const NAMES: &'static [(&'static str, Self)] =
        &[("class", LabelTypeRequest::Class), ("number", LabelTypeRequest::Number)];
}

impl Named for SplitMethod {
    const NAMES: &'static [(&'static str, Self)] =
        &[("random", SplitMethod::Random), ("time", SplitMethod::Time), ("device", SplitMethod::Device)];
}

impl Named for FitScope {
    const NAMES: &'static [(&'static str, Self)] =
        &[("global", FitScope::Global), ("device", FitScope::Device)];
}

impl Named for MissingFeatures {
    const NAMES: &'static [(&'static str, Self)] =
        &[("keep", MissingFeatures::Keep), ("drop_window", MissingFeatures::DropWindow)];
}

impl Named for OnDeviceError {
    const NAMES: &'static [(&'static str, Self)] =
        &[("fail", OnDeviceError::Fail), ("skip", OnDeviceError::Skip)];
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::*;
    use crate::request::assert_reads_what_is_documented;

    fn read(body: Value) -> (DatasetRequest, Vec<String>) {
        let Value::Object(object) = body else { panic!("an object") };
        let mut fields = Fields::of(object, &TimeZone::UTC);
        let request = DatasetBody::read(&mut fields).into();
        (request, fields.finish().into_iter().map(|problem| problem.field).collect())
    }

    #[test]
    fn the_fields_that_are_read_are_the_fields_that_are_documented() {
        assert_reads_what_is_documented::<DatasetBody>(&[]);
    }

    #[test]
    fn a_request_reaches_the_domain_as_its_json_does() {
        let body = json!({
            "model_code": "m", "device_codes": ["a", "b"], "label_column": "q",
            "start_time": "2025-11-01T01:00:00+01:00", "end_time": "2025-11-02",
            "label_strategy": "majority", "label_type": "class", "split_method": "time",
            "split_time": "2025-11-01T18:00:00Z", "stratify": true, "purge": true, "fit_scope": "device",
            "missing_features": "drop_window", "on_device_error": "skip", "window_size": 50,
        });
        let (request, problems) = read(body.clone());
        assert_eq!(problems, [""; 0]);
        let mut stored = body;
        stored["start_time"] = json!("2025-11-01T00:00:00Z");
        stored["end_time"] = json!("2025-11-02T00:00:00Z");
        assert_eq!(request, serde_json::from_value(stored).unwrap());
    }

    #[test]
    fn every_complaint_comes_at_once() {
        let (_, problems) = read(json!({
            "model_code": 1, "device_codes": ["a", 2, ""], "start_time": "2025-11-02", "end_time": "2025-11-01",
            "label_strategy": "middle", "label_type": "text", "split_method": "half", "val_split": "0.2",
            "split_time": "noon", "random_state": -1, "stratify": 1, "purge": "yes", "fit_scope": "all",
            "missing_features": "drop", "on_device_error": "ignore", "output": "windows",
        }));
        assert_eq!(
            problems,
            [
                "model_code",
                "device_codes[1]",
                "device_codes[2]",
                "end_time",
                "label_column",
                "label_strategy",
                "label_type",
                "split_method",
                "val_split",
                "split_time",
                "random_state",
                "stratify",
                "purge",
                "fit_scope",
                "missing_features",
                "on_device_error",
                "output",
            ]
        );
        let (_, problems) = read(json!({
            "model_code": "m", "device_codes": vec!["d"; MOST_DEVICES + 1], "label_column": "q",
            "start_time": "2025-11-01", "end_time": "2025-11-02",
        }));
        assert_eq!(problems, ["device_codes"]);
    }
}
