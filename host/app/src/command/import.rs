//! `fettle import`: one's own files.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use fettle_import::{
    ImportOptions, OnDuplicate, OnProgress, Progress, Source, Stage, TimeFormat, parse_delimiter,
};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::data::DataOptions;
use crate::wiring::House;

/// Imports CSV, Parquet and Arrow files, all recorded by one device
///
/// Device type, fields, device and model are made where they are missing. Rows of a time that is stored already replace
/// the stored ones. Either every file is taken or nothing is written; then the exit code is 1, and every line at fault
/// is named.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    data: DataOptions,
    /// The model that reads the rows
    #[arg(long, value_name = "CODE")]
    model: String,
    /// The device that recorded them
    #[arg(long, value_name = "CODE")]
    device: String,
    /// What the device is [default: what the model reads, or for a new model its own code]
    #[arg(long, value_name = "CODE")]
    device_type: Option<String>,
    /// The column that holds the time of a row
    #[arg(long, value_name = "COLUMN")]
    time_column: String,
    /// What separates the cells of a CSV file: one character, or `tab` [default: a comma]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    delimiter: Option<u8>,
    /// How times are written: iso, unix, unix_ms, unix_us, unix_ns, or a pattern such as '%d.%m.%Y %H:%M:%S'
    /// [default: iso, or what a Parquet or Arrow file's own type says]
    #[arg(long, value_name = "FORMAT")]
    time_format: Option<TimeFormat>,
    /// Where the clock stood that showed times without an offset: an IANA name [default: the settings' zone, or UTC]
    #[arg(long, value_name = "ZONE", value_parser = TimeZone::get)]
    time_zone: Option<TimeZone>,
    /// The columns' names, for CSV files without a header
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// The columns that are labels: kept as they are, never cleaned, never features
    #[arg(long, value_name = "A,…", value_delimiter = ',')]
    label: Vec<String>,
    /// Where two lines have one time and different values: error, last or first (the one that counts)
    #[arg(long, value_name = "WHICH", default_value = "error")]
    on_duplicate: OnDuplicate,
    /// How many lines may be left out because they cannot be read
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    max_rejected: u64,
    /// The files: CSV, Parquet, or Arrow (file or stream), told by what they begin with
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Runs `fettle import`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let settings = options.data.settings()?;
    let house = House::open(&settings).await?;
    let sources: Vec<Source> = options.files.into_iter().map(Source::file).collect();
    let import = ImportOptions {
        model: options.model,
        device: options.device,
        device_type: options.device_type,
        time_column: options.time_column,
        delimiter: options.delimiter,
        time_format: options.time_format,
        time_zone: options.time_zone.unwrap_or(settings.data.time_zone),
        columns: options.columns,
        labels: options.label,
        on_duplicate: options.on_duplicate,
        max_rejected: options.max_rejected,
        max_cells: None,
    };
    let bar = progress_bar();
    let report = fettle_import::import(
        &import,
        &sources,
        house.metadata.as_ref(),
        house.series.as_ref(),
        Timestamp::now(),
        shown_on(&bar),
    )
    .await;
    bar.finish_and_clear();
    print!("{}", report?);
    Ok(ExitCode::SUCCESS)
}

/// A bar on standard error; nothing where that is no terminal.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:9} {bar:40} {bytes}/{total_bytes} {elapsed}")
        .expect("the template is well formed");
    ProgressBar::new(0).with_style(style)
}

fn shown_on(bar: &ProgressBar) -> OnProgress {
    let bar = bar.clone();
    Arc::new(move |progress: Progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes_read);
        bar.set_message(match progress.stage {
            Stage::Reading => "reading",
            Stage::Ordering => "ordering",
            Stage::Writing => "writing",
            Stage::Done => "done",
        });
    })
}
