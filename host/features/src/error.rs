//! Why there are no features.

use std::time::Duration;

use fettle_metadata::MetadataError;
use fettle_series::SeriesError;
use fettle_steps::{Kind, Panicked, StepError};

/// One thing wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The request's field, dots between the levels: `outlier_params.threshold`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Why a request of the domain failed.
#[derive(Debug, thiserror::Error)]
pub enum FeatureError {
    /// The request makes no sense; all that is wrong with it.
    #[error("{}", listed(.0))]
    InvalidParameter(Vec<FieldError>),
    /// Something that the request names does not exist.
    #[error("{}", listed(.0))]
    NotFound(Vec<FieldError>),
    /// Too few rows or windows.
    #[error("{0}")]
    InsufficientData(String),
    /// More cells than a request may have.
    #[error("{0}")]
    TooLarge(String),
    /// A plugin answered that it failed.
    #[error("{kind} method `{method}` of plugin `{plugin}` failed: {message}")]
    StepFailed {
        /// The kind of method.
        kind: Kind,
        /// The method's name.
        method: String,
        /// The plugin's name.
        plugin: String,
        /// What it said.
        message: String,
    },
    /// A plugin trapped, ran into a limit or broke the contract.
    #[error("plugin `{plugin}` is faulty: method `{method}`: {fault}")]
    PluginFault {
        /// The plugin's name.
        plugin: String,
        /// The method's name.
        method: String,
        /// What it did.
        fault: String,
    },
    /// A plugin is set aside, or must not be loaded.
    #[error("plugin `{plugin}` is unavailable: {reason}")]
    PluginUnavailable {
        /// The plugin's name.
        plugin: String,
        /// Why.
        reason: String,
        /// After how long the same request may work, where that can be told.
        retry_after: Option<Duration>,
    },
    /// A plugin took too long.
    #[error("method `{method}` of plugin `{plugin}` was stopped after {:.1} s", limit.as_secs_f64())]
    StepTimeout {
        /// The plugin's name.
        plugin: String,
        /// The method's name.
        method: String,
        /// How long it may take.
        limit: Duration,
    },
    /// A store is away; the same request may work later.
    #[error("{0} is unavailable")]
    BackendUnavailable(&'static str, #[source] Cause),
    /// Our own fault; for the log.
    #[error("{0}")]
    Internal(String, #[source] Option<Cause>),
}

/// What is wrong with what a request names, beside its steps.
#[derive(Debug, Default)]
pub struct Wrong {
    /// What does not exist.
    pub missing: Vec<FieldError>,
    /// What exists and does not go together.
    pub invalid: Vec<FieldError>,
}

impl Wrong {
    /// What `resolved` is where nothing is wrong; else all that is wrong, in one error. Where nothing but that
    /// something does not exist, it says so.
    pub fn and<T>(self, resolved: Result<T, FeatureError>) -> Result<T, FeatureError> {
        let Self { missing, mut invalid } = self;
        let resolved = match resolved {
            Ok(resolved) => Some(resolved),
            Err(FeatureError::InvalidParameter(errors)) => {
                invalid.extend(errors);
                None
            }
            Err(other) => return Err(other),
        };
        match resolved {
            Some(resolved) if missing.is_empty() && invalid.is_empty() => Ok(resolved),
            _ if invalid.is_empty() && !missing.is_empty() => Err(FeatureError::NotFound(missing)),
            _ => Err(FeatureError::InvalidParameter([missing, invalid].concat())),
        }
    }
}

/// What is behind a failure; for the log, never for a client.
type Cause = Box<dyn std::error::Error + Send + Sync>;

fn listed(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("`{}`: {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
}

impl From<MetadataError> for FeatureError {
    fn from(error: MetadataError) -> Self {
        match error {
            MetadataError::Unavailable(_) => {
                FeatureError::BackendUnavailable("the metadata store", Box::new(error))
            }
            error => FeatureError::Internal("the metadata store failed".to_owned(), Some(Box::new(error))),
        }
    }
}

impl From<SeriesError> for FeatureError {
    fn from(error: SeriesError) -> Self {
        match error {
            SeriesError::TooManyRows { .. } => FeatureError::TooLarge(error.to_string()),
            SeriesError::Stopped => FeatureError::BackendUnavailable("the series store", Box::new(error)),
            error => FeatureError::Internal("the series store failed".to_owned(), Some(Box::new(error))),
        }
    }
}

impl From<StepError> for FeatureError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::InsufficientData(message) => FeatureError::InsufficientData(message),
            StepError::Failed { kind, method, plugin, message } => {
                FeatureError::StepFailed { kind, method, plugin, message }
            }
            StepError::Fault { plugin, method, fault } => {
                FeatureError::PluginFault { plugin, method, fault: fault.to_string() }
            }
            StepError::Timeout { plugin, method, limit } => {
                FeatureError::StepTimeout { plugin, method, limit }
            }
            StepError::SetAside { plugin, reason, retry_after } => FeatureError::PluginUnavailable {
                plugin,
                reason: format!("it is set aside after too many faults, the last of them: {reason}"),
                retry_after: Some(retry_after),
            },
            // Both belong to resolving, where they are told by field; a step that was resolved has neither.
            error @ (StepError::UnknownMethod { .. } | StepError::InvalidParams { .. }) => {
                FeatureError::Internal("a resolved step was refused".to_owned(), Some(Box::new(error)))
            }
        }
    }
}

impl From<Panicked> for FeatureError {
    fn from(error: Panicked) -> Self {
        FeatureError::Internal("a job panicked".to_owned(), Some(Box::new(error)))
    }
}
