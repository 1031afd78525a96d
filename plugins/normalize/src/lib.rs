//! Normalization: columns brought to a common range or a common deviation, as scikit-learn's scalers do.
//!
//! Missing cells are passed over in fitting and stay missing. A column without any value has no scale: what it holds
//! when the state is applied later becomes missing, as in scikit-learn. Nearly constant columns get the divisor 1; their
//! state says so.

mod kernel;
mod min_max;
mod z_score;

fettle_sdk::export!(transform, "normalize", [min_max::MinMax, z_score::ZScore]);

#[cfg(test)]
mod tests;
