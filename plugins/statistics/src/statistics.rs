//! The method `statistics`.

use std::f64::consts::SQRT_2;

use fettle_sdk::testing::{column, frame, windows};
use fettle_sdk::{Column, Features, FeaturesCase, Frame, ParamError, StepError, Window, param_error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Statistic;
use crate::half::Halves;
use crate::window::{self, WindowCells};

/// Statistics of each signal's cells in a window; missing cells are skipped.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatisticsParams {
    /// Which statistics, each once, in the order of a signal's columns.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub statistics: Vec<Statistic>,
}

impl Default for StatisticsParams {
    fn default() -> Self {
        use Statistic::{Max, Mean, Median, Min, Std};
        Self { statistics: vec![Mean, Std, Min, Max, Median] }
    }
}

/// Statistics of each signal, named `{signal}_{statistic}`.
pub struct Statistics;

impl Features for Statistics {
    const NAME: &'static str = "statistics";
    const SUMMARY: &'static str = "Statistics of each signal: mean, std, min, max, median and twenty more.";
    type Params = StatisticsParams;

    fn check(params: &StatisticsParams) -> Vec<ParamError> {
        let statistics = &params.statistics;
        if statistics.is_empty() {
            return vec![param_error("/statistics", "names no statistic; it takes at least one")];
        }
        let repeated = |(place, statistic): (usize, &Statistic)| {
            statistics[..place].contains(statistic).then(|| {
                param_error(&format!("/statistics/{place}"), format!("`{}` is named twice", statistic.name()))
            })
        };
        statistics.iter().enumerate().filter_map(repeated).collect()
    }

    fn names(params: &StatisticsParams, columns: &[String]) -> Vec<String> {
        let of_signal = |signal: &String| {
            let signal = signal.clone();
            params.statistics.iter().map(move |statistic| format!("{signal}_{}", statistic.name()))
        };
        columns.iter().flat_map(of_signal).collect()
    }

    fn compute(
        params: &StatisticsParams,
        frame: &Frame,
        windows: &[Window],
    ) -> Result<Vec<Vec<f64>>, StepError> {
        let of_signal = |signal: &Column| of_signal(&params.statistics, &signal.values, windows);
        Ok(frame.columns.iter().flat_map(of_signal).collect())
    }

    fn examples() -> Vec<FeaturesCase> {
        const NAN: f64 = f64::NAN;
        let ascending: Vec<f64> = (0..21).map(f64::from).collect();
        vec![
            FeaturesCase {
                params: "",
                input: frame(&[
                    ("current", &[2.0, 2.0, 2.0, 0.0, 2.0, 2.0, NAN, NAN]),
                    ("voltage", &[1.0, 1.0, 1.0, 3.0, NAN, NAN, NAN, NAN]),
                ]),
                windows: windows(&[(0, 4), (2, 6), (4, 8)]),
                output: columns(&[
                    ("current_mean", &[1.5, 1.5, 2.0]),
                    ("current_std", &[1.0, 1.0, 0.0]),
                    ("current_min", &[0.0, 0.0, 2.0]),
                    ("current_max", &[2.0, 2.0, 2.0]),
                    ("current_median", &[2.0, 2.0, 2.0]),
                    ("voltage_mean", &[1.5, 2.0, NAN]),
                    ("voltage_std", &[1.0, SQRT_2, NAN]),
                    ("voltage_min", &[1.0, 1.0, NAN]),
                    ("voltage_max", &[3.0, 3.0, NAN]),
                    ("voltage_median", &[1.0, 2.0, NAN]),
                ]),
            },
            FeaturesCase {
                params: r#"{"statistics": ["kurtosis", "skewness", "var", "range", "sum", "count", "missing_ratio"]}"#,
                input: column(&[NAN, -2.0, 0.0, NAN, 0.0, 0.0, 2.0, NAN]),
                windows: windows(&[(0, 8), (0, 4)]),
                output: columns(&[
                    ("x_kurtosis", &[2.0, NAN]),
                    ("x_skewness", &[0.0, NAN]),
                    ("x_var", &[2.0, 2.0]),
                    ("x_range", &[4.0, 2.0]),
                    ("x_sum", &[0.0, -2.0]),
                    ("x_count", &[5.0, 2.0]),
                    ("x_missing_ratio", &[0.375, 0.5]),
                ]),
            },
            FeaturesCase {
                params: r#"{"statistics": ["p05", "p25", "p75", "p95", "iqr", "mad"]}"#,
                input: column(&ascending),
                windows: windows(&[(0, 21), (20, 21)]),
                output: columns(&[
                    ("x_p05", &[1.0, 20.0]),
                    ("x_p25", &[5.0, 20.0]),
                    ("x_p75", &[15.0, 20.0]),
                    ("x_p95", &[19.0, 20.0]),
                    ("x_iqr", &[10.0, 0.0]),
                    ("x_mad", &[5.0, 0.0]),
                ]),
            },
            FeaturesCase {
                params: r#"{"statistics": ["slope", "mean_abs_change", "zero_crossings", "mean_crossings", "first",
                    "last", "rms"]}"#,
                input: column(&[-3.0, -1.0, 1.0, 3.0, NAN, 4.0, 4.0]),
                windows: windows(&[(0, 4), (4, 7)]),
                output: columns(&[
                    ("x_slope", &[2.0, 0.0]),
                    ("x_mean_abs_change", &[2.0, 0.0]),
                    ("x_zero_crossings", &[1.0, 0.0]),
                    ("x_mean_crossings", &[1.0, 0.0]),
                    ("x_first", &[-3.0, 4.0]),
                    ("x_last", &[3.0, 4.0]),
                    ("x_rms", &[5f64.sqrt(), 4.0]),
                ]),
            },
        ]
    }
}

/// The statistics of one signal's windows: a column for each statistic.
pub fn of_signal(statistics: &[Statistic], cells: &[f64], windows: &[Window]) -> Vec<Vec<f64>> {
    let mut columns: Vec<Vec<f64>> = statistics.iter().map(|_| Vec::with_capacity(windows.len())).collect();
    let mut halves = Halves::new(cells, window::wanted(statistics));
    let mut room = Vec::new();
    for window in windows {
        let cells = &cells[window.start as usize..window.end as usize];
        halves.of(window, |first, second| {
            let window = WindowCells::new(cells, first, second);
            for (column, statistic) in columns.iter_mut().zip(statistics) {
                column.push(window.statistic(*statistic, &mut room));
            }
        });
    }
    columns
}

fn columns(named: &[(&str, &[f64])]) -> Vec<Column> {
    frame(named).columns
}
