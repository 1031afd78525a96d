//! Features as an author of plugins might add them: one method that looks at a signal alone and has parameters, and one
//! that looks at two signals together.

mod correlation;
mod fraction_above;

pub use correlation::Correlation;
pub use fraction_above::{FractionAbove, FractionAboveParams};

fettle_sdk::export!(features, "second-features", [Correlation, FractionAbove]);
