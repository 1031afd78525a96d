//! A loaded plugin.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::bindings::feature::FeaturePluginPre;
use crate::bindings::transform::TransformPluginPre;
use crate::bindings::window::WindowPluginPre;
use crate::limits::Growth;
use crate::{Kind, Sandbox};

/// A component that was let in, with what it said of itself.
pub struct Plugin {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) exports: Exports,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) digest: String,
    pub(crate) component: Arc<[u8]>,
    pub(crate) methods: Vec<Method>,
}

/// The interface that a plugin exports, ready to be instantiated.
pub(crate) enum Exports {
    Transform(TransformPluginPre<Growth>),
    Window(WindowPluginPre<Growth>),
    Feature(FeaturePluginPre<Growth>),
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

    pub(crate) fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
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
