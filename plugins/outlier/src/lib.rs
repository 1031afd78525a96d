//! Outliers: cells beyond bounds that a column's quartiles, its deviation, its quantiles or the request gives.
//!
//! Bounds are inclusive, missing cells are left alone. A cell beyond is pulled to the bound, becomes missing, or its
//! row goes.

mod action;
mod bounds;
mod clip;
mod iqr;
mod kernel;
mod z_score;

fettle_sdk::export!(transform, "outlier", [iqr::Iqr, z_score::ZScore, clip::Clip]);

#[cfg(test)]
mod tests;
