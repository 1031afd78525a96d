//! The domain: from a device's rows to a feature matrix.
//!
//! A request names methods, and the defaults of its model stand in where it says nothing ([`StepsInEffect`]); a
//! [`FeaturePlan`] makes steps of them, against the catalogue as it is at that instant. The plan then runs over the rows
//! that were read: missing values, outliers, windows, features, normalization. Who wants the windows themselves has a
//! [`WindowPlan`], which ends there. Each step is a call into a sandboxed component; what stands here decides the order,
//! counts what changed and says so.

mod defaults;
mod error;
mod extract;
pub mod label;
mod matrix;
mod metadata;
mod plan;
mod request;
mod run;
pub mod split;
mod tensor;
mod warning;

pub use defaults::StepsInEffect;
pub use error::{FeatureError, FieldError, Wrong};
pub use extract::{Extraction, Features, MethodInfo, WindowExtraction};
pub use matrix::Matrix;
pub use metadata::{FittedOn, FittedStep, Metadata};
pub use plan::{FeaturePlan, Role, SignalStates, Stage, WindowPlan};
pub use request::{
    ExtractRequest, FeatureRequest, MOST_FEATURES, MethodRequest, NormalizeScope, Output, StepsRequest,
    WindowLabel,
};
pub use run::{Counts, DeviceRows, LeftOver, Run, States};
pub use tensor::{ROW_TIME_COLUMN, WindowTensor};
pub use warning::Warning;
