//! A window for each weld: from the row where the arc is on to the row where it is off again.
//!
//! Sliding windows cut welds in pieces and mix them with pauses. Here a window is what an engineer calls a cycle, so
//! that features of it (its energy, its longest interruption) mean something.

use fettle_sdk::cells::named;
use fettle_sdk::testing::{frame, windows};
use fettle_sdk::{Frame, ParamError, StepError, Window, Windowing, WindowingCase, export, param_error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The method.
pub struct WeldCycle;

/// The parameters of `weld_cycle`.
#[derive(Debug, Clone, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// The signal that tells whether the arc is on, as the model names it.
    signal: String,
    /// The arc is on from this value on, in the signal's unit.
    on: f64,
    /// The arc is off below this value; by default the value of `on`. Less of it ignores short dips.
    off: Option<f64>,
    /// Leaves out cycles with fewer rows.
    #[schemars(range(min = 1))]
    min_rows: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { signal: "current".to_owned(), on: 20.0, off: None, min_rows: 2 }
    }
}

impl Params {
    fn off(&self) -> f64 {
        self.off.unwrap_or(self.on)
    }
}

impl Windowing for WeldCycle {
    const NAME: &'static str = "weld_cycle";
    const SUMMARY: &'static str = "A window for each weld, from arc on to arc off.";
    type Params = Params;

    fn check(params: &Params) -> Vec<ParamError> {
        let (on, off) = (params.on, params.off());
        if off <= on {
            return Vec::new();
        }
        vec![param_error(
            "/off",
            format!("the arc cannot be off below {off} and on from {on}: `off` is at most `on`"),
        )]
    }

    fn resolve(params: Params) -> Params {
        Params { off: Some(params.off()), ..params }
    }

    fn reads_values(_params: &Params) -> bool {
        true
    }

    /// A cycle whose beginning or end is not among the rows is left out: nobody knows how long it was.
    fn plan(params: &Params, frame: &Frame) -> Result<Vec<Window>, StepError> {
        let signal = named(frame, &params.signal, "/signal");
        let values = &signal.map_err(|error| StepError::InvalidParams(vec![error]))?.values;
        let mut windows = Vec::new();
        // From when the arc is on, if it is; `None` within where it was on from the first row.
        let mut on: Option<Option<usize>> = None;
        // Until a value tells, the arc may be on or off.
        let mut known = false;
        for (row, &value) in values.iter().enumerate() {
            // A missing cell tells nothing, and every comparison with it is false.
            match on {
                None if value >= params.on => on = Some(known.then_some(row)),
                Some(start) if value < params.off() => {
                    on = None;
                    if let Some(start) = start.filter(|start| row - start >= params.min_rows as usize) {
                        windows.push(Window { start: start as u32, end: row as u32 });
                    }
                }
                _ => {}
            }
            known |= !value.is_nan();
        }
        if windows.is_empty() {
            return Err(StepError::InsufficientData(format!(
                "{} rows of `{}` hold no whole weld of at least {} rows",
                values.len(),
                params.signal,
                params.min_rows
            )));
        }
        Ok(windows)
    }

    fn examples() -> Vec<WindowingCase> {
        const N: f64 = f64::NAN;
        let input = frame(&[
            ("current", &[0.0, 180.0, 185.0, N, 12.0, 181.0, 0.0, 0.0, 150.0, 0.0, 170.0, 171.0]),
            ("voltage", &[0.0; 12]),
        ]);
        vec![
            // The dip to 12 ends a weld; the one row at 150 is too short, and the last weld has no end.
            WindowingCase { params: "{}", input: input.clone(), output: windows(&[(1, 4)]) },
            WindowingCase {
                params: r#"{"off": 5, "min_rows": 1}"#,
                input: input.clone(),
                output: windows(&[(1, 6), (8, 9)]),
            },
            WindowingCase {
                params: r#"{"signal": "current", "on": 175}"#,
                input,
                output: windows(&[(1, 4)]),
            },
        ]
    }
}

export!(windowing, "weld-cycle", [WeldCycle]);

#[cfg(test)]
mod tests {
    use fettle_sdk::testing::{plan, replay_windowing};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_windowing::<Plugin>();
    }

    fn cycles(params: &str, current: &[f64]) -> Vec<(u32, u32)> {
        match plan::<Plugin>("weld_cycle", params, &frame(&[("current", current)])) {
            Ok(windows) => windows.iter().map(|window| (window.start, window.end)).collect(),
            Err(StepError::InsufficientData(_)) => Vec::new(),
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn a_weld_without_beginning_or_end_is_left_out() {
        assert_eq!(cycles(r#"{"min_rows": 1}"#, &[90.0, 90.0, 0.0, 90.0]), []);
        assert_eq!(cycles(r#"{"min_rows": 1}"#, &[f64::NAN, 90.0, 0.0]), []);
        assert_eq!(cycles(r#"{"min_rows": 1}"#, &[0.0, 90.0, 0.0]), [(1, 2)]);
    }

    #[test]
    fn a_signal_that_is_not_there_is_told_with_those_that_are() {
        let error = plan::<Plugin>("weld_cycle", r#"{"signal": "arc"}"#, &frame(&[("current", &[1.0])]));
        let Err(StepError::InvalidParams(errors)) = error else { panic!("{error:?}") };
        assert_eq!(errors[0].path, "/signal");
        assert!(errors[0].message.contains("`arc`") && errors[0].message.contains("current"));
    }

    #[test]
    fn off_above_on_is_refused() {
        let error = plan::<Plugin>("weld_cycle", r#"{"off": 30}"#, &frame(&[("current", &[1.0])]));
        assert!(matches!(error, Err(StepError::InvalidParams(errors)) if errors[0].path == "/off"));
    }

    proptest! {
        #[test]
        fn within_a_cycle_the_arc_is_on_and_around_it_off(
            current in prop::collection::vec(prop_oneof![Just(0.0), Just(15.0), Just(100.0), Just(f64::NAN)], 0..80),
        ) {
            for (start, end) in cycles(r#"{"off": 10, "min_rows": 1}"#, &current) {
                let (start, end) = (start as usize, end as usize);
                prop_assert!(current[start] >= 20.0 && current[end] < 10.0);
                let inside = current[start..end].iter().all(|value| value.is_nan() || *value >= 10.0);
                let before = current[..start].iter().rev().find(|value| !value.is_nan());
                prop_assert!(inside && before.is_some_and(|value| *value < 20.0));
            }
        }
    }
}
