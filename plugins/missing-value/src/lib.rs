//! Missing values: rows dropped, gaps filled from their neighbours or with a column's average.
//!
//! What pandas' `dropna`, `ffill`, `bfill`, `interpolate` and `fillna` do, with a limit for each gap.

mod average;
mod drop;
mod fill;
mod interpolate;
mod kernel;
mod limits;

fettle_sdk::export!(
    transform,
    "missing-value",
    [
        drop::Drop,
        fill::ForwardFill,
        fill::BackwardFill,
        interpolate::Interpolate,
        average::Mean,
        average::Median
    ]
);

#[cfg(test)]
mod tests;
