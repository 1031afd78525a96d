//! `drop`: without the rows that lack a cell.

use fettle_sdk::fit::NoFit;
use fettle_sdk::{Behaviour, Example, Frame, Kind, NoParams, Scope, StepError, Transform};

/// pandas' `dropna(how="any")` over the signals.
pub struct Drop;

impl Transform for Drop {
    const KIND: Kind = Kind::MissingValue;
    const NAME: &'static str = "drop";
    const SUMMARY: &'static str = "Removes each row in which any signal is missing.";
    type Params = NoParams;
    type Fit = NoFit<NoParams>;

    fn behaviour(_params: &NoParams) -> Behaviour {
        Behaviour { scope: Scope::Frame, causal: true, removes_rows: true }
    }

    fn apply(_params: &NoParams, (): &(), _timestamps: &[i64], _values: &mut [f64]) -> Result<(), StepError> {
        Ok(())
    }

    fn keep(_params: &NoParams, _states: &[()], frame: &Frame) -> Result<Vec<u32>, StepError> {
        let mut missing = vec![false; frame.timestamps.len()];
        for column in &frame.columns {
            for (missing, value) in missing.iter_mut().zip(&column.values) {
                *missing |= value.is_nan();
            }
        }
        Ok((0u32..).zip(missing).filter(|(_, missing)| !missing).map(|(row, _)| row).collect())
    }

    fn examples() -> Vec<Example> {
        const N: f64 = f64::NAN;
        vec![
            Example::frame(
                "{}",
                &[("a", &[1.0, N, 3.0, 4.0]), ("b", &[5.0, 6.0, 7.0, N])],
                &[("a", &[1.0, 3.0]), ("b", &[5.0, 7.0])],
            )
            .keeping(&[0, 2]),
            Example::frame("{}", &[("a", &[1.0]), ("b", &[2.0])], &[("a", &[1.0]), ("b", &[2.0])]),
            Example::column("{}", &[N, N], &[]).keeping(&[]),
        ]
    }
}
