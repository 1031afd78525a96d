//! A loaded plugin.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonschema::Validator;
use serde_json::Value;
use wasmtime::Engine;

use crate::bindings::feature::FeaturePluginPre;
use crate::bindings::transform::TransformPluginPre;
use crate::bindings::window::WindowPluginPre;
use crate::guest::World;
use crate::health::{Call, Health, SetAside};
use crate::turn::Turns;
use crate::wasi::Logged;
use crate::{Kind, Limits, Sandbox, StepError};

/// A component that was let in, with what it said of itself.
pub struct Plugin {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) exports: Exports,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) digest: String,
    pub(crate) component: Arc<[u8]>,
    pub(crate) methods: Vec<Method>,
    pub(crate) imports: Vec<String>,
    pub(crate) logged: Arc<Logged>,
    pub(crate) limits: Limits,
    pub(crate) turns: Turns,
    pub(crate) health: Health,
    /// By when it has to be let in; `None` once it is.
    pub(crate) due: Option<Instant>,
}

/// The interface that a plugin exports, ready to be instantiated.
pub(crate) enum Exports {
    Transform(TransformPluginPre<World>),
    Window(WindowPluginPre<World>),
    Feature(FeaturePluginPre<World>),
}

/// A method as its plugin describes it.
#[derive(Debug, Clone)]
pub struct Method {
    /// What it is for.
    pub kind: Kind,
    /// What a request names.
    pub name: String,
    /// A sentence for clients.
    pub summary: String,
    /// JSON Schema of the parameters.
    pub schema: Value,
    /// The schema, ready to check parameters against.
    pub(crate) validator: Arc<Validator>,
}

impl Plugin {
    /// Its own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The sha256 of the component's bytes, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The component itself, of which `digest` is.
    pub fn component(&self) -> &Arc<[u8]> {
        &self.component
    }

    /// Its methods.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// What it imports of WASI, of which it sees an empty world; nothing as a rule.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// What each of its calls may use.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// For how long it is set aside yet, and why; `None` where it is not.
    pub fn set_aside(&self) -> Option<SetAside> {
        self.health.set_aside()
    }

    pub(crate) fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// The engine that it runs on.
    pub(crate) fn engine(&self) -> &Engine {
        match &self.exports {
            Exports::Transform(pre) => pre.engine(),
            Exports::Window(pre) => pre.engine(),
            Exports::Feature(pre) => pre.engine(),
        }
    }

    /// Makes a call of it, unless it is set aside, and notes how it went.
    pub(crate) fn watch<T>(
        &self,
        call: Call,
        work: impl FnOnce() -> Result<T, StepError>,
    ) -> Result<T, StepError> {
        self.health.watch(&self.name, call, work)
    }

    /// How much time is left to let it in; `None` once it is.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    pub(crate) fn exports(&self) -> &Exports {
        &self.exports
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.name, self.version, self.digest)
    }
}
