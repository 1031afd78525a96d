//! The fields of a request that say what is done with rows: extractions, datasets and statistics have them in common.

use fettle_features::{
    FeatureRequest, MOST_FEATURES, MethodRequest, NormalizeScope, StepsRequest, WindowLabel,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::request::{Fields, Named, ReadFields};

/// What is done with rows. Methods and parameters that are left out are the model's defaults, or else those shown here.
#[derive(Debug, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[schema(as = Steps)]
pub(crate) struct StepFields {
    /// Rows in a window: short for `window_params.window_size`.
    #[schema(value_type = Option<u64>, minimum = 1, default = 100)]
    #[param(value_type = Option<u64>, minimum = 1)]
    window_size: Option<Value>,
    /// The share of a window that the next one covers again, from 0 to less than 1: short for `window_params.overlap`.
    #[schema(value_type = Option<f64>, default = 0.5)]
    #[param(value_type = Option<f64>)]
    overlap: Option<Value>,
    /// How missing cells are filled; `none` leaves them.
    #[schema(default = "interpolate")]
    missing_value_method: Option<String>,
    /// What the missing-value method is told.
    #[schema(value_type = Option<Object>)]
    #[param(value_type = Option<String>)]
    missing_value_params: Map<String, Value>,
    /// How outliers are found; `none` leaves them.
    #[schema(default = "iqr")]
    outlier_method: Option<String>,
    /// What the outlier method is told.
    #[schema(value_type = Option<Object>)]
    #[param(value_type = Option<String>)]
    outlier_params: Map<String, Value>,
    /// How far out an outlier is: short for `outlier_params.threshold`.
    #[schema(value_type = Option<f64>, example = 1.5)]
    #[param(value_type = Option<f64>)]
    outlier_threshold: Option<Value>,
    /// How rows are cut into windows.
    #[schema(default = "sliding")]
    window_method: Option<String>,
    /// What the window method is told.
    #[schema(value_type = Option<Object>)]
    #[param(value_type = Option<String>)]
    window_params: Map<String, Value>,
    /// Which time a window has in the answer: that of its first row (`start`) or of its last (`end`). A dataset's table
    /// has both.
    #[schema(value_type = Option<String>, pattern = "^(start|end)$", default = "start")]
    #[param(value_type = Option<String>, pattern = "^(start|end)$")]
    window_label: Option<WindowLabel>,
    /// Names of statistics, and `{"method": …, "params": …}` of any feature plugin. Five statistics unless given. To be
    /// left out where the `output` of an extraction is `windows`.
    #[schema(value_type = Option<Vec<FeatureItem>>, min_items = 1, max_items = 256, example = json!(["mean", "std", "min", "max", "median"]))]
    #[param(value_type = Option<Vec<String>>, max_items = 256)]
    features: Option<Vec<FeatureRequest>>,
    /// How values are scaled; `none` leaves them. Where the `output` of an extraction is `windows`, nothing is scaled
    /// unless `normalize_scope` is `signal`.
    #[schema(default = "z_score")]
    normalize_method: Option<String>,
    /// What the normalize method is told.
    #[schema(value_type = Option<Object>)]
    #[param(value_type = Option<String>)]
    normalize_params: Map<String, Value>,
    /// What is scaled: the features, or the signals before they are cut into windows.
    #[schema(value_type = Option<String>, pattern = "^(feature|signal)$", default = "feature")]
    #[param(value_type = Option<String>, pattern = "^(feature|signal)$")]
    normalize_scope: Option<NormalizeScope>,
    /// Smallest and largest value after `min_max`: short for `normalize_params.feature_range`.
    #[schema(value_type = Option<Vec<f64>>, min_items = 2, max_items = 2, example = json!([0.0, 1.0]))]
    #[param(value_type = Option<Vec<f64>>, min_items = 2, max_items = 2)]
    feature_range: Option<Value>,
}

/// What `features` is a list of, for the API document.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum FeatureItem {
    /// A name of `statistics`.
    Statistic(String),
    /// A method of any feature plugin.
    Method {
        /// Its name.
        method: String,
        /// What it is told.
        #[schema(value_type = Option<Object>)]
        params: Map<String, Value>,
    },
}

impl ReadFields for StepFields {
    fn read(fields: &mut Fields) -> Self {
        Self {
            window_size: fields.optional_value("window_size"),
            overlap: fields.optional_value("overlap"),
            missing_value_method: fields.optional_name("missing_value_method"),
            missing_value_params: fields.optional_object("missing_value_params"),
            outlier_method: fields.optional_name("outlier_method"),
            outlier_params: fields.optional_object("outlier_params"),
            outlier_threshold: fields.optional_value("outlier_threshold"),
            window_method: fields.optional_name("window_method"),
            window_params: fields.optional_object("window_params"),
            window_label: fields.optional_choice("window_label"),
            features: read_features(fields),
            normalize_method: fields.optional_name("normalize_method"),
            normalize_params: fields.optional_object("normalize_params"),
            normalize_scope: fields.optional_choice("normalize_scope"),
            feature_range: fields.optional_value("feature_range"),
        }
    }
}

impl StepFields {
    /// All of their names.
    pub(crate) const NAMES: &'static [&'static str] = StepsRequest::FIELDS;
}

impl From<StepFields> for StepsRequest {
    /// What the domain is asked.
    fn from(fields: StepFields) -> Self {
        let method = |method, params| MethodRequest { method, params };
        StepsRequest {
            missing_value: method(fields.missing_value_method, fields.missing_value_params),
            outlier: method(fields.outlier_method, fields.outlier_params),
            window: method(fields.window_method, fields.window_params),
            normalize: method(fields.normalize_method, fields.normalize_params),
            features: fields.features,
            window_size: fields.window_size,
            overlap: fields.overlap,
            outlier_threshold: fields.outlier_threshold,
            feature_range: fields.feature_range,
            normalize_scope: fields.normalize_scope,
            window_label: fields.window_label,
        }
    }
}

fn read_features(fields: &mut Fields) -> Option<Vec<FeatureRequest>> {
    let items = fields.optional_list("features")?;
    if items.is_empty() {
        fields.complain("features", "must name at least one feature, or be left out");
    }
    if items.len() > MOST_FEATURES {
        // Not looked at one by one: a list of a hundred thousand would have as many complaints.
        fields
            .complain("features", format!("has {} items; at most {MOST_FEATURES} are allowed", items.len()));
        return None;
    }
    let places = items.into_iter().enumerate().map(|(place, item)| (format!("features[{place}]"), item));
    Some(places.map(|(place, item)| read_feature(fields, &place, item)).collect())
}

/// An item, or a stand-in where it was complained about, so that those behind it keep their places.
fn read_feature(fields: &mut Fields, place: &str, item: Value) -> FeatureRequest {
    match item {
        Value::String(name) => FeatureRequest::Statistic(fields.item_name(place, name).unwrap_or_default()),
        Value::Object(item) => fields.nested(place, item, |item| FeatureRequest::Method {
            method: item.required_name("method"),
            params: item.optional_object("params"),
        }),
        _ => {
            fields.complain(place, "must be the name of a statistic or {\"method\": …, \"params\": …}");
            FeatureRequest::Statistic(String::new())
        }
    }
}

impl Named for NormalizeScope {
    const NAMES: &'static [(&'static str, Self)] =
        &[("feature", NormalizeScope::Feature), ("signal", NormalizeScope::Signal)];
}

impl Named for WindowLabel {
    const NAMES: &'static [(&'static str, Self)] =
        &[("start", WindowLabel::Start), ("end", WindowLabel::End)];
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;
    use crate::request::assert_reads_what_is_documented;

    fn read(body: Value) -> (StepsRequest, Vec<String>) {
        let Value::Object(object) = body else { panic!("an object") };
        let mut fields = Fields::of(object, &TimeZone::UTC);
        let steps = StepFields::read(&mut fields).into();
        (steps, fields.finish().into_iter().map(|problem| problem.field).collect())
    }

    #[test]
    fn the_fields_that_are_read_are_the_fields_that_are_documented_and_named() {
        assert_reads_what_is_documented::<StepFields>(&[]);
        let mut fields = Fields::of(Map::new(), &TimeZone::UTC);
        StepFields::read(&mut fields);
        assert_eq!(fields.known(), StepFields::NAMES);
    }

    #[test]
    fn steps_reach_the_domain_as_they_were_asked() {
        let (steps, problems) = read(json!({
            "window_size": 50, "outlier_method": "clip", "outlier_params": {"min": 0},
            "features": ["mean", {"method": "spectrum", "params": {"bins": 8}}],
            "normalize_scope": "signal", "window_label": "end",
        }));
        assert_eq!(problems, [""; 0]);
        assert_eq!(steps.window_size, Some(json!(50)));
        assert_eq!(steps.outlier.method.as_deref(), Some("clip"));
        assert_eq!(Value::Object(steps.outlier.params), json!({"min": 0}));
        assert_eq!(steps.normalize_scope, Some(NormalizeScope::Signal));
        assert_eq!(steps.window_label, Some(WindowLabel::End));
        let features = steps.features.unwrap();
        assert!(matches!(&features[0], FeatureRequest::Statistic(name) if name == "mean"));
        assert!(matches!(&features[1], FeatureRequest::Method { params, .. } if params["bins"] == 8));
    }

    #[test]
    fn features_are_names_or_methods() {
        let (_, problems) = read(json!({
            "features": [1, {"params": 2}, {"method": "x", "parms": {}}],
        }));
        assert_eq!(
            problems,
            ["features[0]", "features[1].method", "features[1].params", "features[2].parms"]
        );
        assert_eq!(read(json!({"features": []})).1, ["features"]);
    }
}
