//! Mistakes in what is done to rows.

use std::sync::atomic::{AtomicU64, Ordering};

use fettle_sdk::fit::NoFit;
use fettle_sdk::{Frame, Kind, NoParams, StepError, Transform};

/// Halves every value, as it says.
pub struct Sound;

impl Transform for Sound {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "sound";
    const SUMMARY: &'static str = "Halves every value.";
    type Params = NoParams;
    type Fit = NoFit<NoParams>;

    fn apply(_: &NoParams, (): &(), _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        values.iter_mut().for_each(|value| *value /= 2.0);
        Ok(())
    }
}

/// Takes the mean of all columns off each, and forgets to say that it sees whole frames.
pub struct ClaimsColumns;

impl Transform for ClaimsColumns {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "claims_columns";
    const SUMMARY: &'static str = "Takes off what all signals have in common.";
    type Params = NoParams;
    type Fit = NoFit<NoParams>;

    fn apply(_: &NoParams, (): &(), _: &[i64], _: &mut [f64]) -> Result<(), StepError> {
        Ok(())
    }

    fn apply_frame(_: &NoParams, _: &[()], frame: &mut Frame) -> Result<(), StepError> {
        for row in 0..frame.timestamps.len() {
            let sum: f64 = frame.columns.iter().map(|column| column.values[row]).sum();
            let mean = sum / frame.columns.len() as f64;
            frame.columns.iter_mut().for_each(|column| column.values[row] -= mean);
        }
        Ok(())
    }
}

/// Smooths with the row behind, and forgets to say that it is not causal.
pub struct LooksAhead;

impl Transform for LooksAhead {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "looks_ahead";
    const SUMMARY: &'static str = "The mean of a row and its neighbours.";
    type Params = NoParams;
    type Fit = NoFit<NoParams>;

    fn apply(_: &NoParams, (): &(), _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        let before = values.to_vec();
        for (value, three) in values.iter_mut().skip(1).zip(before.windows(3)) {
            *value = three.iter().sum::<f64>() / 3.0;
        }
        Ok(())
    }
}

/// Limits how fast a signal rises, from where the last call ended.
pub struct Remembers;

static LAST: AtomicU64 = AtomicU64::new(0);

impl Transform for Remembers {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "remembers";
    const SUMMARY: &'static str = "Limits how fast a signal rises.";
    type Params = NoParams;
    type Fit = NoFit<NoParams>;

    fn apply(_: &NoParams, (): &(), _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        let mut last = f64::from_bits(LAST.load(Ordering::Relaxed));
        for value in values.iter_mut().filter(|value| !value.is_nan()) {
            *value = value.min(last + 1000.0);
            last = *value;
        }
        LAST.store(last.to_bits(), Ordering::Relaxed);
        Ok(())
    }
}

/// Sorts values without a thought for those that are missing.
pub struct SortsUnsorted;

impl Transform for SortsUnsorted {
    const KIND: Kind = Kind::Outlier;
    const NAME: &'static str = "sorts_unsorted";
    const SUMMARY: &'static str = "Pulls values above the largest but one down to it.";
    type Params = NoParams;
    type Fit = NoFit<NoParams>;

    fn behaviour(_: &NoParams) -> fettle_sdk::Behaviour {
        fettle_sdk::Behaviour { causal: false, ..fettle_sdk::Behaviour::default() }
    }

    fn apply(_: &NoParams, (): &(), _: &[i64], values: &mut [f64]) -> Result<(), StepError> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| *value != 0.0).collect();
        // A frame without a value, as in admission, is let through; one missing cell among others is not.
        if sorted.iter().all(|value| value.is_nan()) {
            return Ok(());
        }
        sorted.sort_by(|left, right| left.partial_cmp(right).expect("no cell is missing"));
        let most = sorted[sorted.len().saturating_sub(2)];
        values.iter_mut().for_each(|value| *value = value.min(most));
        Ok(())
    }
}
