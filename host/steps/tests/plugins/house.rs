//! A folder with a plugins file, as an operator has it, and a server's plugins on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use fettle_observe::Metrics;
use fettle_steps::{CurrentCatalogue, Kind, Plugins, Sandbox, Settings, Sources, StartError, StepError};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// Components that tests bring: one that misbehaves, one of features, one that imports WASI.
const PACKAGES: [&str; 3] = ["fettle-hostile", "fettle-second-features", "fettle-curious"];

pub struct House {
    pub folder: TempDir,
    pub metrics: Arc<Metrics>,
    settings: Settings,
}

impl House {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// With the sandbox set up in another way.
    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        // Native code is kept beside the tests, so that each component is compiled once.
        let native_code = Path::new(env!("CARGO_TARGET_TMPDIR")).join("native-code");
        let metrics = Arc::new(Metrics::new());
        let mut settings = Settings {
            metrics: Some(Arc::clone(&metrics)),
            pooling: false,
            threads: 4,
            native_code: Some((native_code, b"the tests'".to_vec())),
            ..Settings::default()
        };
        change(&mut settings);
        Self { folder: tempfile::tempdir().unwrap(), metrics, settings }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the plugins file, whole.
    pub fn write(&self, text: &str) {
        self.replace("plugins.toml", text.as_bytes());
    }

    /// Puts a component where the plugins file names it.
    pub fn put(&self, name: &str, component: &[u8]) {
        self.replace(name, component);
    }

    fn replace(&self, name: &str, bytes: &[u8]) {
        let beside = self.path(&format!("{name}.new"));
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, self.path(name)).unwrap();
    }

    /// Starts a server's plugins.
    pub async fn try_start(&self) -> Result<Arc<Plugins>, StartError> {
        self.try_start_of(builtins()).await
    }

    /// Starts those of a program that has other built-in plugins.
    pub async fn try_start_of(
        &self,
        builtin: Vec<(&'static str, &'static [u8])>,
    ) -> Result<Arc<Plugins>, StartError> {
        let sources = Sources {
            file: Some(self.path("plugins.toml")),
            builtin,
            kept: Some(self.path("kept")),
            keeps: true,
        };
        let sandbox = Sandbox::new(self.settings.clone()).unwrap();
        Plugins::start(sandbox, sources, Arc::clone(&self.metrics)).await
    }

    pub async fn start(&self) -> Arc<Plugins> {
        self.try_start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Whether the metrics have a line.
    pub fn counts(&self, line: &str) -> bool {
        self.metrics.render().lines().any(|found| found == line)
    }
}

/// The plugins that are part of this program.
pub fn builtins() -> Vec<(&'static str, &'static [u8])> {
    fettle_builtin::PLUGINS.map(|builtin| (builtin.name, builtin.component)).to_vec()
}

/// An entry for a built-in plugin.
pub fn builtin(name: &str) -> String {
    format!("[[plugin]]\nname = \"{name}\"\nsource = \"builtin:{name}\"\n")
}

/// An entry for a component beside the plugins file.
pub fn file(name: &str) -> String {
    format!("[[plugin]]\nname = \"{name}\"\nsource = \"{name}.wasm\"\n")
}

/// The plugin whose methods misbehave.
pub fn hostile() -> &'static [u8] {
    component(0)
}

/// A plugin of two features.
pub fn second_features() -> &'static [u8] {
    component(1)
}

/// The plugin that imports WASI.
pub fn curious() -> &'static [u8] {
    component(2)
}

fn component(index: usize) -> &'static [u8] {
    static COMPONENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    &COMPONENTS.get_or_init(|| fettle_componentize::components(&PACKAGES, &std::env::current_exe().unwrap()))
        [index]
}

/// The same component with other bytes: a custom section at its end changes its digest and nothing else.
pub fn with_other_digest(component: &[u8], mark: u8) -> Vec<u8> {
    // Section 0, three bytes long: the name `m` and one byte.
    [component, &[0, 3, 1, b'm', mark]].concat()
}

/// The names of a kind's methods.
pub fn names(current: &CurrentCatalogue, kind: Kind) -> String {
    current.get().names(kind).join(" ")
}

/// A step that is resolved on a guest thread.
pub async fn resolve(
    plugins: &Plugins,
    kind: Kind,
    method: &'static str,
    params: Value,
) -> Result<fettle_steps::Step, StepError> {
    let catalogue = plugins.current().get();
    let params: Map<String, Value> = serde_json::from_value(params).unwrap();
    plugins.sandbox().threads().run(move || catalogue.resolve(kind, method, &params)).await.unwrap()
}
