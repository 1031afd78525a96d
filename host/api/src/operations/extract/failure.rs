//! What the domain answers instead of a matrix, as problems.

use fettle_features::{FeatureError, FieldError};

use crate::problem::{FieldProblem, Problem};

impl From<FeatureError> for Problem {
    fn from(error: FeatureError) -> Self {
        let told = error.to_string();
        match error {
            FeatureError::InvalidParameter(errors) => {
                Problem::invalid_parameter(errors.into_iter().map(FieldProblem::from).collect())
            }
            FeatureError::NotFound(errors) => {
                let errors: Vec<FieldProblem> = errors.into_iter().map(FieldProblem::from).collect();
                let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
                Problem::not_found(messages.join("; ")).about(errors)
            }
            FeatureError::InsufficientData(_) => Problem::insufficient_data(told),
            FeatureError::TooLarge(_) => Problem::payload_too_large(told),
            FeatureError::StepFailed { .. } => Problem::step_failed(told),
            FeatureError::PluginFault { .. } => Problem::plugin_fault(told).caused_by(&error),
            FeatureError::PluginUnavailable { retry_after, .. } => {
                Problem::plugin_unavailable(told, retry_after)
            }
            FeatureError::StepTimeout { .. } => Problem::step_timeout(told).caused_by(&error),
            FeatureError::BackendUnavailable(..) => Problem::backend_unavailable(told).caused_by(&error),
            FeatureError::Internal(..) => Problem::internal(&error),
        }
    }
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self::new(error.field, error.message)
    }
}
