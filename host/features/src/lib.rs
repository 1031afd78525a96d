//! The domain: from a device's rows to a feature matrix.
//!
//! A request names methods; [`Plan::resolve`] makes steps of them, against the catalogue as it is at that instant. The
//! plan then runs over the rows that were read: missing values, outliers, windows, features, normalization. Each step
//! is a call into a sandboxed component; what stands here decides the order, counts what changed and says so.

mod error;
mod extract;
mod matrix;
mod metadata;
mod plan;
mod request;
mod run;
mod warning;

pub use error::{FeatureError, FieldError};
pub use extract::{Extraction, Features, MethodInfo};
pub use matrix::Matrix;
pub use metadata::{FittedOn, FittedStep, Metadata};
pub use plan::Plan;
pub use request::{ExtractRequest, FeatureRequest, MethodRequest, NormalizeScope, StepsRequest, WindowLabel};
pub use warning::Warning;
