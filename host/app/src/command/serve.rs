//! `fettle serve`: the server, with its own settings and nobody else's data.

use std::future;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use fettle_config::{LogFormat, Purpose, Settings};

use crate::lifecycle;
use crate::wiring::House;

/// Serves the API
///
/// Makes no data and no users; `fettle import` and `fettle user add` do. SIGTERM and Ctrl-C let requests in flight end;
/// a second one does not wait for them.
#[derive(Args)]
pub struct Options {
    /// The settings file; `fettle config check` explains it
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs `fettle serve`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(&options.config, Purpose::Serve)?;
    let format = match settings.log.format {
        LogFormat::Text => fettle_observe::LogFormat::Text,
        LogFormat::Json => fettle_observe::LogFormat::Json,
    };
    fettle_observe::start_logging(format, settings.log.level.as_str())?;
    let listener = lifecycle::listen(settings.server.listen).await?;
    let service = House::open(&settings).await?.serve(&settings).await?;
    tracing::info!(url = format!("http://{}", listener.local_addr()?), "listening");
    lifecycle::serve(listener, service, &settings.server, future::pending()).await?;
    Ok(ExitCode::SUCCESS)
}
