//! `fettle demo`: the whole product in one command.

use std::fs;
use std::future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use fettle_config::Settings;
use fettle_observe::LogFormat;
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::demo::{ANALYST, seed, tour};
use crate::lifecycle;
use crate::wiring::House;

/// The plugins file that a new data folder gets.
const PLUGINS_FILE: &str = include_str!("../../../../config/plugins.toml");

/// Makes welding telemetry, serves it, and extracts features from it
///
/// The first start makes 33 days of three machines, in seconds; later ones find them. Two users are added: test_user
/// (password test_pass), who may extract, and admin (password admin). Serves until Ctrl-C.
#[derive(Args)]
pub struct Options {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8001")]
    listen: SocketAddr,
    /// Where the data is kept
    #[arg(long, value_name = "DIR", default_value = "fettle-data")]
    data_dir: PathBuf,
    /// End after the first extraction
    #[arg(long)]
    once: bool,
}

/// Runs `fettle demo`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    fettle_observe::start_logging(LogFormat::Text, "warn")?;
    let listener = lifecycle::listen(options.listen).await?;
    let base = tour::base_url(listener.local_addr()?);
    put_plugins_file(&options.data_dir)?;
    let mut settings = Settings::of_folder(&options.data_dir);
    settings.ensure_secret()?;
    let house = House::open(&settings).await?;
    make_data(&house, &options).await?;
    let service = house.serve(&settings).await?;

    let (end, ended) = oneshot::channel::<()>();
    let stop = async {
        if ended.await.is_err() {
            // The sender was dropped: nobody but a signal ends the server now.
            future::pending::<()>().await;
        }
    };
    let server = lifecycle::serve(listener, service, &settings.server, stop);
    let mut server = std::pin::pin!(server);
    let shown = tokio::select! {
        ended = &mut server => return ended.map(|()| ExitCode::SUCCESS),
        shown = tour::first_extraction(&base) => shown.context("the first extraction failed")?,
    };
    println!("{shown}");
    print_how_to_go_on(&base, &settings);
    if options.once {
        // The server still listens: it ends when it is told to, and not before.
        let _ = end.send(());
    } else {
        drop(end);
        println!("\nServing until Ctrl-C.");
    }
    server.await?;
    Ok(ExitCode::SUCCESS)
}

/// Puts the plugins file that explains itself into the data folder, unless there is one: it may have been edited.
fn put_plugins_file(folder: &Path) -> anyhow::Result<()> {
    let path = Settings::embedded(folder).data.plugins_file();
    if path.exists() {
        return Ok(());
    }
    // Under another name first: half a file would be taken for what the operator wants.
    let unfinished = path.with_extension("toml.part");
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&unfinished, PLUGINS_FILE))
        .and_then(|()| fs::rename(&unfinished, &path));
    written.with_context(|| format!("cannot write {}", path.display()))
}

async fn make_data(house: &House, options: &Options) -> anyhow::Result<()> {
    let start = Instant::now();
    let rows = seed::seed(&options.data_dir, house, Timestamp::now()).await?;
    if rows > 0 {
        let (folder, seconds) = (options.data_dir.display(), start.elapsed().as_secs_f64());
        println!("Made {rows} rows of welding telemetry in {folder}, in {seconds:.1} s\n");
    }
    Ok(())
}

fn print_how_to_go_on(base: &str, settings: &Settings) {
    println!("Swagger UI: {base}/api/v2/docs (user {}, password {})", ANALYST.username, ANALYST.password);
    let file = settings.data.plugins_file();
    println!(
        "Steps: {}; a change of that file counts at once, and docs/plugins.md makes new ones",
        file.display()
    );
    println!("The same again, from a shell:\n\n{}", tour::as_curl(base));
}
