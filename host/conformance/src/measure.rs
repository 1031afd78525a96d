//! How fast a method is, and how much memory it takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fettle_frame::{Frame, Window};
use fettle_steps::{FitAnswer, Kind, Scope, Step, StepError};
use serde::Serialize;

use crate::generate::{self, Fashion, Random};
use crate::subject::transforms;

/// Time that a measurement may take, beside its least number of runs.
const BUDGET: Duration = Duration::from_millis(400);
const LEAST_RUNS: usize = 5;
const MOST_RUNS: usize = 2_000;

/// Columns that a method which sees whole frames is given; one that sees columns is given one.
const FRAME_COLUMNS: usize = 4;

/// Rows of the windows that features are made of, each of which shares half of them with the next.
const WINDOW_ROWS: usize = 100;

/// A method's speed at several sizes.
#[derive(Debug, Serialize)]
pub struct Measurement {
    /// What it is for.
    pub kind: Kind,
    /// Its name.
    pub method: String,
    /// Its parameters after defaults, as JSON.
    pub params: Box<serde_json::value::RawValue>,
    /// From the smallest to the largest.
    pub sizes: Vec<Measured>,
}

/// One size. Times are medians of whole calls, with a fresh instance for each as in a request; a value is a cell that
/// goes in, for windows a row.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Nanoseconds a value of fitting; `None` where nothing is fitted.
    pub fit_ns: Option<f64>,
    /// Nanoseconds a value of applying, planning or computing.
    pub run_ns: f64,
    /// The most linear memory that the instance had, in bytes.
    pub memory_bytes: usize,
}

/// Measures a step on generated rows of the given counts. Runs guest code: to be called on a guest thread, with nothing
/// else running.
pub fn measure(step: &Step, sizes: &[usize]) -> Result<Measurement, StepError> {
    let sizes = sizes.iter().map(|&rows| size(step, rows)).collect::<Result<_, _>>()?;
    let params = serde_json::value::RawValue::from_string(step.traits().params.clone());
    Ok(Measurement {
        kind: step.kind(),
        method: step.method().to_owned(),
        params: params.unwrap_or_default(),
        sizes,
    })
}

fn size(step: &Step, rows: usize) -> Result<Measured, StepError> {
    let columns =
        if step.traits().scope == Scope::Frame && step.kind() != Kind::Window { FRAME_COLUMNS } else { 1 };
    let names: Vec<String> = (0..columns).map(|column| format!("signal_{column}")).collect();
    let frame = generate::frame(&mut Random::new(1, "measure"), &names, rows, &[Fashion::Gaps]);
    let values = (rows * columns) as f64;
    let (frame, windows) = (Arc::new(frame), windows(step.kind(), rows));
    let mut fit_ns = None;
    let run = match step.kind() {
        Kind::Window => median(|| step.plan(&frame).map(drop))?,
        Kind::Feature => median(|| step.compute(&frame, &windows).map(drop))?,
        Kind::MissingValue | Kind::Outlier | Kind::Normalize => {
            let parts = [Arc::clone(&frame)];
            let state = step.fit(&parts)?;
            if step.traits().fitted {
                fit_ns = Some(median(|| step.fit(&parts).map(drop))?.as_nanos() as f64 / values);
            }
            median(|| step.apply(&state, &frame).map(drop))?
        }
    };
    // Here rounds of a fit have no end of their own: what does not converge has failed above.
    let memory_bytes = memory(step, &frame, &windows)?;
    Ok(Measured { rows, columns, fit_ns, run_ns: run.as_nanos() as f64 / values, memory_bytes })
}

fn windows(kind: Kind, rows: usize) -> Vec<Window> {
    let last = rows.saturating_sub(WINDOW_ROWS);
    let starts = (0..=last).step_by(WINDOW_ROWS / 2).filter(|_| kind == Kind::Feature);
    starts.map(|start| Window { start, end: (start + WINDOW_ROWS).min(rows) }).collect()
}

/// The memory of an instance that does all that a request asks of it.
fn memory(step: &Step, frame: &Frame, windows: &[Window]) -> Result<usize, StepError> {
    let mut calls = step.calls()?;
    if transforms(step.kind()) {
        let mut state = String::new();
        let mut round = Vec::new();
        while step.traits().fitted {
            let summary = calls.summarize(&round, frame)?;
            match calls.fit(&round, &summary)? {
                FitAnswer::Done(done) => {
                    state = done;
                    break;
                }
                FitAnswer::Again(next) => round = next,
            }
        }
        calls.apply(&state, frame)?;
    } else if step.kind() == Kind::Window {
        calls.plan(frame)?;
    } else {
        calls.compute(frame, windows)?;
    }
    Ok(calls.memory_bytes())
}

fn median(mut run: impl FnMut() -> Result<(), StepError>) -> Result<Duration, StepError> {
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.len() < LEAST_RUNS || begin.elapsed() < BUDGET && times.len() < MOST_RUNS {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
