//! `fettle plugin bench`: how fast a plugin is.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use fettle_conformance::Measurement;
use serde_json::{Map, Value};

use super::opened::{Opened, params, told};
use super::terms::TermOptions;

/// Measures a plugin's methods: nanoseconds a value at several sizes, and memory
///
/// Times are medians of whole calls in a fresh instance each, as in a request. A value is a cell that goes in, for
/// windows a row. Without --method, every method that has defaults is measured with them.
#[derive(Args)]
pub struct Options {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// The method
    #[arg(long, value_name = "NAME")]
    method: Option<String>,
    /// Its parameters
    #[arg(long, value_name = "JSON", value_parser = params, requires = "method")]
    params: Option<Map<String, Value>>,
    /// How many rows
    #[arg(long, value_name = "ROWS,…", value_delimiter = ',', default_value = "1000,10000,100000,1000000")]
    rows: Vec<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    terms: TermOptions,
}

/// Runs `fettle plugin bench`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    ensure!(!options.rows.contains(&0), "--rows: nothing can be measured on no rows");
    let opened = Opened::open(&options.file, options.terms).await?;
    let mut measurements = Vec::new();
    for step in steps(&opened, &options).await? {
        let rows = options.rows.clone();
        let measured =
            opened.sandbox.threads().run(move || fettle_conformance::measure(&step, &rows)).await?;
        measurements.push(measured.map_err(|error| told(&error))?);
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&measurements)?);
    } else {
        measurements.iter().for_each(print);
    }
    Ok(ExitCode::SUCCESS)
}

/// The one that is asked for, or all that have defaults.
async fn steps(opened: &Opened, options: &Options) -> anyhow::Result<Vec<fettle_steps::Step>> {
    if let Some(name) = &options.method {
        let method = opened.method(Some(name))?;
        let params = options.params.clone().unwrap_or_default();
        return Ok(vec![opened.resolve(method.kind, &method.name, params).await?]);
    }
    let mut steps = Vec::new();
    for method in opened.plugin.methods() {
        match opened.resolve(method.kind, &method.name, Map::new()).await {
            Ok(step) => steps.push(step),
            Err(error) => eprintln!("{} `{}` is left out: {error:#}", method.kind, method.name),
        }
    }
    ensure!(
        !steps.is_empty(),
        "no method can be measured without parameters; name one with --method and --params"
    );
    Ok(steps)
}

fn print(measurement: &Measurement) {
    println!("{} `{}` {}", measurement.kind, measurement.method, measurement.params);
    println!(
        "{:>10} {:>8} {:>14} {:>14} {:>12}",
        "rows", "columns", "fit ns/value", "run ns/value", "memory MiB"
    );
    for size in &measurement.sizes {
        let fit = size.fit_ns.map_or_else(|| "-".to_owned(), |ns| format!("{ns:.2}"));
        let mib = size.memory_bytes as f64 / f64::from(1 << 20);
        println!("{:>10} {:>8} {fit:>14} {:>14.2} {mib:>12.1}", size.rows, size.columns, size.run_ns);
    }
    println!();
}
