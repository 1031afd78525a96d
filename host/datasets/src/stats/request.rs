//! What is asked for.

use fettle_features::StepsRequest;
use fettle_frame::TimeRange;

/// Statistics of features over a range.
#[derive(Debug, Clone)]
pub struct StatisticsRequest {
    /// Which model's signals.
    pub model_code: String,
    /// Which device's rows; those of all devices of the model's type where it is left out.
    pub device_code: Option<String>,
    /// Which rows.
    pub range: TimeRange,
    /// What is done with them.
    pub steps: StatisticsSteps,
}

/// Where steps come from.
#[derive(Debug, Clone)]
pub enum StatisticsSteps {
    /// The request: what is fitted learns from the rows of all of its devices together.
    Request(Box<StepsRequest>),
    /// A dataset, by its id: with what they learnt there, and its features to compare with.
    Baseline(String),
}
