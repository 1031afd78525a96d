//! The plugins of a server: loaded as the settings say, and reloaded when their file changes or a signal says so.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fettle_config::{Settings, Steps};
use fettle_observe::Metrics;
use fettle_steps::{Compiler, Limits, Plugins, Sandbox, Sources, Tolerance, Trigger};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::command::COMPILE_PLUGIN;

/// This very program, also when its file has been replaced since it started.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// Whether the last good generation is kept on disk: a server does, a command looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Loads what the plugins file says, or the last good generation where that fails.
pub async fn load(settings: &Settings, metrics: &Arc<Metrics>, keeps: Keeps) -> anyhow::Result<Arc<Plugins>> {
    let sandbox = Sandbox::new(sandbox_settings(settings, metrics))?;
    let sources = Sources {
        file: settings.steps.plugins_file.clone(),
        builtin: fettle_builtin::PLUGINS.map(|builtin| (builtin.name, builtin.component)).to_vec(),
        kept: Some(settings.data.plugins_dir()),
        keeps: keeps == Keeps::Yes,
    };
    let file = settings.steps.plugins_file.as_ref().map(|file| file.display().to_string());
    let plugins = Plugins::start(sandbox, sources, Arc::clone(metrics)).await;
    plugins.with_context(|| file.unwrap_or_else(|| "the built-in plugins".to_owned()))
}

/// What keeps the plugins of a server those of their file.
pub struct Reloading {
    plugins: Arc<Plugins>,
    hangup: Signal,
    poll: Duration,
}

impl Reloading {
    /// Loads the plugins. From now on SIGHUP ends nothing.
    pub async fn start(settings: &Settings, metrics: &Arc<Metrics>) -> anyhow::Result<Self> {
        let hangup = signal(SignalKind::hangup()).context("cannot listen for signals")?;
        let plugins = load(settings, metrics, Keeps::Yes).await?;
        Ok(Self { plugins, hangup, poll: settings.steps.plugins_poll() })
    }

    /// The plugins.
    pub fn plugins(&self) -> &Arc<Plugins> {
        &self.plugins
    }

    /// Reloads at every change and every SIGHUP, for ever.
    pub async fn keep(&mut self) -> Infallible {
        let hangups = async {
            loop {
                self.hangup.recv().await;
                self.plugins.reload(Trigger::Signal).await;
            }
        };
        tokio::select! {
            never = self.plugins.keep_watching(self.poll) => never,
            never = hangups => never,
        }
    }
}

/// What each call of a plugin may use that has no limits of its own.
pub fn limits(steps: &Steps) -> Limits {
    Limits {
        memory_bytes: steps.memory_bytes(),
        base_time: steps.time_base(),
        time_per_cell: steps.time_per_cell(),
        output_bytes: steps.output_bytes(),
        ..Limits::default()
    }
}

/// The process that compiles plugins which do not come with the program.
pub fn compiler(steps: &Steps) -> Compiler {
    Compiler {
        program: PathBuf::from(THIS_PROGRAM),
        arguments: vec![COMPILE_PLUGIN.to_owned()],
        // Its allocator would reserve a GiB ahead, which counts as memory.
        environment: vec![("MIMALLOC_ARENA_RESERVE".to_owned(), "0".to_owned())],
        memory_bytes: steps.compile_memory_bytes(),
        time: steps.compile_time(),
    }
}

fn sandbox_settings(settings: &Settings, metrics: &Arc<Metrics>) -> fettle_steps::Settings {
    let steps = &settings.steps;
    // Native code carries a MAC. Who has no secret to make it with compiles at every start.
    let secret = settings.auth.secret.as_ref().map(|secret| secret.expose().as_bytes().to_vec());
    fettle_steps::Settings {
        threads: steps.threads,
        limits: limits(steps),
        pooling: true,
        native_code: secret.map(|secret| (steps.native_code_cache.clone(), secret)),
        compiler: Some(compiler(steps)),
        tolerance: Some(Tolerance {
            faults: steps.set_aside_faults,
            within: steps.set_aside_within(),
            lasting: steps.set_aside_for(),
        }),
        metrics: Some(Arc::clone(metrics)),
        rest: Some(crate::allocator::tidy),
    }
}
