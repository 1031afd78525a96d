//! Steps under the names that the API gives their fields.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{FeatureRequest, MethodRequest, NormalizeScope, StepsRequest, WindowLabel};

type Params = Map<String, Value>;

#[derive(Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Steps {
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_value_method: Option<String>,
    #[serde(skip_serializing_if = "Params::is_empty")]
    missing_value_params: Params,
    #[serde(skip_serializing_if = "Option::is_none")]
    outlier_method: Option<String>,
    #[serde(skip_serializing_if = "Params::is_empty")]
    outlier_params: Params,
    #[serde(skip_serializing_if = "Option::is_none")]
    outlier_threshold: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window_method: Option<String>,
    #[serde(skip_serializing_if = "Params::is_empty")]
    window_params: Params,
    #[serde(skip_serializing_if = "Option::is_none")]
    window_size: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window_label: Option<WindowLabel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<FeatureRequest>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalize_method: Option<String>,
    #[serde(skip_serializing_if = "Params::is_empty")]
    normalize_params: Params,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalize_scope: Option<NormalizeScope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature_range: Option<Value>,
}

impl Default for Steps {
    fn default() -> Self {
        StepsRequest::default().into()
    }
}

impl From<StepsRequest> for Steps {
    fn from(steps: StepsRequest) -> Self {
        Self {
            missing_value_method: steps.missing_value.method,
            missing_value_params: steps.missing_value.params,
            outlier_method: steps.outlier.method,
            outlier_params: steps.outlier.params,
            outlier_threshold: steps.outlier_threshold,
            window_method: steps.window.method,
            window_params: steps.window.params,
            window_size: steps.window_size,
            overlap: steps.overlap,
            window_label: steps.window_label,
            features: steps.features,
            normalize_method: steps.normalize.method,
            normalize_params: steps.normalize.params,
            normalize_scope: steps.normalize_scope,
            feature_range: steps.feature_range,
        }
    }
}

impl From<Steps> for StepsRequest {
    fn from(steps: Steps) -> Self {
        let method = |method, params| MethodRequest { method, params };
        Self {
            missing_value: method(steps.missing_value_method, steps.missing_value_params),
            outlier: method(steps.outlier_method, steps.outlier_params),
            window: method(steps.window_method, steps.window_params),
            normalize: method(steps.normalize_method, steps.normalize_params),
            features: steps.features,
            window_size: steps.window_size,
            overlap: steps.overlap,
            outlier_threshold: steps.outlier_threshold,
            feature_range: steps.feature_range,
            normalize_scope: steps.normalize_scope,
            window_label: steps.window_label,
        }
    }
}
