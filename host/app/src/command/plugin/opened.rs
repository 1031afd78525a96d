//! A plugin's file, let in as a server lets it in.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use fettle_config::Steps;
use fettle_steps::{Catalogue, Kind, Method, Plugin, Sandbox, Settings, Step, StepError, Terms};
use serde_json::{Map, Value};

use super::terms::TermOptions;
use crate::plugins;

/// The bytes of a component.
pub fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// A sandbox to try plugins in, with the limits of a server whose settings say nothing of them.
pub fn sandbox() -> anyhow::Result<Arc<Sandbox>> {
    let steps = Steps::default();
    let (limits, compiler) = (plugins::limits(&steps), Some(plugins::compiler(&steps)));
    Ok(Sandbox::new(Settings { limits, compiler, ..fettle_conformance::settings() })?)
}

/// An admitted plugin.
pub struct Opened {
    /// Where it runs.
    pub sandbox: Arc<Sandbox>,
    /// The plugin.
    pub plugin: Arc<Plugin>,
    /// Its methods.
    pub catalogue: Arc<Catalogue>,
}

impl Opened {
    /// Admits the plugin in `file`.
    pub async fn open(file: &Path, options: TermOptions) -> anyhow::Result<Self> {
        let (bytes, sandbox) = (read(file)?, sandbox()?);
        Self::admit(&sandbox, bytes, options.terms(&sandbox))
            .await
            .with_context(|| format!("{} is not admitted", file.display()))
    }

    /// Admits a component.
    pub async fn admit(sandbox: &Arc<Sandbox>, bytes: Vec<u8>, terms: Terms) -> anyhow::Result<Self> {
        let own = Arc::clone(sandbox);
        let plugin = sandbox.threads().run(move || Plugin::admit_on(&own, &bytes, &terms)).await??;
        let catalogue = Arc::new(Catalogue::new(vec![Arc::clone(&plugin)])?);
        Ok(Self { sandbox: Arc::clone(sandbox), plugin, catalogue })
    }

    /// The method that is named, or the only one there is.
    pub fn method(&self, name: Option<&str>) -> anyhow::Result<&Method> {
        let methods = self.plugin.methods();
        let names = || methods.iter().map(|method| method.name.as_str()).collect::<Vec<_>>().join(", ");
        match (name, methods) {
            (None, [only]) => Ok(only),
            (None, _) => bail!("which method? --method takes one of: {}", names()),
            (Some(name), _) => methods
                .iter()
                .find(|method| method.name == name)
                .with_context(|| format!("the plugin has no method `{name}`; it has: {}", names())),
        }
    }

    /// A method with parameters.
    pub async fn resolve(
        &self,
        kind: Kind,
        method: &str,
        params: Map<String, Value>,
    ) -> anyhow::Result<Step> {
        let (catalogue, method) = (Arc::clone(&self.catalogue), method.to_owned());
        let resolved = self.sandbox.threads().run(move || catalogue.resolve(kind, &method, &params)).await?;
        resolved.map_err(|error| told(&error))
    }
}

/// A step's error with all that is wrong with parameters.
pub fn told(error: &StepError) -> anyhow::Error {
    match error {
        StepError::InvalidParams { errors, .. } => {
            let errors = errors.iter().map(|error| format!("\n  {}: {}", error.path, error.message));
            anyhow!("{error}:{}", errors.collect::<String>())
        }
        error => anyhow!("{error}"),
    }
}

/// Parameters from the command line: a JSON object.
pub fn params(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("must be a JSON object: {error}"))
}
