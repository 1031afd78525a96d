//! `fettle plugin run`: a plugin on a file of rows.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use fettle_frame::{Frame, Window};
use fettle_steps::{Kind, Sandbox, Step, Terms};
use serde_json::{Map, Value, json};

use super::opened::{Opened, params, told};
use super::table;
use super::terms::TermOptions;

/// Runs a method on the rows of a CSV file and prints the result as CSV
///
/// What is fitted is fitted on the same rows; the state goes to standard error. A window method prints a line for each
/// window, a feature method one for each sliding window of --window-size rows.
#[derive(Args)]
pub struct Options {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// The rows: a header, a column `timestamp` (without one, rows are a second apart), numbers
    #[arg(value_name = "DATA.csv")]
    data: PathBuf,
    /// The method; need not be said where the plugin has one
    #[arg(long, value_name = "NAME")]
    method: Option<String>,
    /// Its parameters
    #[arg(long, value_name = "JSON", value_parser = params, default_value = "{}")]
    params: Map<String, Value>,
    /// The column of times: ISO 8601, or seconds since 1970 [default: timestamp]
    #[arg(long, value_name = "COLUMN")]
    time_column: Option<String>,
    /// The columns to read [default: all others]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// Rows of a window: for features, and for a window method that has such a parameter [default: 100]
    #[arg(long, value_name = "ROWS")]
    window_size: Option<u32>,
    /// The fraction of its rows that a window shares with the next, for features
    #[arg(long, value_name = "FRACTION", default_value_t = 0.5)]
    overlap: f64,
    #[command(flatten)]
    terms: TermOptions,
}

/// Runs `fettle plugin run`.
pub async fn run(mut options: Options) -> anyhow::Result<ExitCode> {
    let data =
        File::open(&options.data).with_context(|| format!("cannot read {}", options.data.display()))?;
    let frame = table::read(data, options.time_column.as_deref(), options.columns.as_deref())
        .with_context(|| format!("{}", options.data.display()))?;
    let frame = Arc::new(frame);
    let opened = Opened::open(&options.file, options.terms).await?;
    let method = opened.method(options.method.as_deref())?.clone();
    if let Some(rows) = options.window_size.filter(|_| method.kind == Kind::Window) {
        if method.schema["properties"].get("window_size").is_none() {
            bail!("--window-size: the window method `{}` has no parameter `window_size`", method.name);
        }
        options.params.insert("window_size".to_owned(), rows.into());
    }
    let step = opened.resolve(method.kind, &method.name, options.params.clone()).await?;
    eprintln!("{} `{}` with {}", method.kind, method.name, step.traits().params);
    match method.kind {
        Kind::MissingValue | Kind::Outlier | Kind::Normalize => {
            transform(&opened.sandbox, step, frame).await?;
        }
        Kind::Window => {
            let windows = plan(&opened.sandbox, step, Arc::clone(&frame)).await?;
            write_windows(&frame, &windows)?;
        }
        Kind::Feature => {
            let windows = sliding(&opened.sandbox, &options, Arc::clone(&frame)).await?;
            features(&opened.sandbox, step, frame, windows).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn transform(sandbox: &Arc<Sandbox>, step: Step, frame: Arc<Frame>) -> anyhow::Result<()> {
    let fitted = step.traits().fitted;
    let outcome = sandbox.threads().run(move || step.fit_apply(&frame)).await?;
    let (state, applied) = outcome.map_err(|error| told(&error))?;
    if fitted {
        eprintln!("state: {}", serde_json::to_string(&state)?);
    }
    if applied.dropped_rows > 0 {
        eprintln!("rows removed: {}", applied.dropped_rows);
    }
    table::write(io::stdout().lock(), applied.frame.timestamps.iter().copied(), &applied.frame.signals)
}

async fn plan(sandbox: &Arc<Sandbox>, step: Step, frame: Arc<Frame>) -> anyhow::Result<Vec<Window>> {
    let planned = sandbox.threads().run(move || step.plan(&frame)).await?;
    planned.map_err(|error| told(&error))
}

/// The windows of the built-in method `sliding`.
async fn sliding(
    sandbox: &Arc<Sandbox>,
    options: &Options,
    frame: Arc<Frame>,
) -> anyhow::Result<Vec<Window>> {
    let builtin = fettle_builtin::PLUGINS.iter().find(|builtin| builtin.name == "window");
    let builtin = builtin.context("the program has no built-in window plugin")?;
    let opened = Opened::admit(sandbox, builtin.component.to_vec(), Terms::of(sandbox)).await?;
    let params = json!({"window_size": options.window_size.unwrap_or(100), "overlap": options.overlap});
    let params = params.as_object().cloned().unwrap_or_default();
    let step = opened.resolve(Kind::Window, "sliding", params).await?;
    plan(sandbox, step, frame).await
}

async fn features(
    sandbox: &Arc<Sandbox>,
    step: Step,
    frame: Arc<Frame>,
    windows: Vec<Window>,
) -> anyhow::Result<()> {
    let starts: Vec<i64> = windows.iter().map(|window| frame.timestamps[window.start]).collect();
    let computed = sandbox.threads().run(move || step.compute(&frame, &windows)).await?;
    let (features, _) = computed.map_err(|error| told(&error))?;
    table::write(io::stdout().lock(), starts.into_iter(), &features)
}

/// A line for each window: its first row and the one behind its last, and the times of its first and last row.
fn write_windows(frame: &Frame, windows: &[Window]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "start,end,start_time,end_time")?;
    for &Window { start, end } in windows {
        let (first, last) = (table::iso(frame.timestamps[start]), table::iso(frame.timestamps[end - 1]));
        writeln!(out, "{start},{end},{first},{last}")?;
    }
    Ok(())
}
