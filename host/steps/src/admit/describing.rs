//! What a plugin says of itself, checked. It is kept for as long as the plugin is loaded, and shown to clients.

use std::sync::Arc;

use serde_json::Value;

use super::Interface;
use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::{Guest, Load};
use crate::schema::Schemas;
use crate::told::{beginning, is_name};
use crate::{AdmissionError, Kind, Method, Plugin};

/// Methods of a plugin.
const MOST_METHODS: usize = 256;

/// Bytes of a name and of a version.
const NAME_BYTES: usize = 100;

/// Bytes of a summary.
const SUMMARY_BYTES: usize = 4 << 10;

/// Bytes of a schema, and of all of them.
const SCHEMA_BYTES: usize = 256 << 10;
const SCHEMAS_BYTES: usize = 1 << 20;

/// Characters of a wrong name that are told.
const TOLD: usize = 40;

/// The plugin with what it says of itself. Runs guest code.
pub(super) fn described(mut plugin: Plugin, interface: Interface) -> Result<Plugin, AdmissionError> {
    let wit::PluginInfo { name, version, methods } = {
        let mut guest = Guest::new(&plugin, Kind::Feature, "describe")?;
        guest.call(Load::default(), |exports, store| match interface {
            Interface::Transform => exports.transform()?.call_describe(store),
            Interface::Windowing => exports.windowing()?.call_describe(store),
            Interface::Features => exports.features()?.call_describe(store),
        })?
    };
    if name.is_empty() || version.is_empty() || methods.is_empty() {
        return Err(wrong("no name, no version or no method"));
    }
    for (what, name) in [("name", &name), ("version", &version)] {
        if !is_name(name, NAME_BYTES) {
            let told = beginning(name, TOLD);
            return Err(wrong(format!("{what} {told:?}: it is one line of at most {NAME_BYTES} bytes")));
        }
    }
    if methods.len() > MOST_METHODS {
        return Err(wrong(format!("{} methods; at most {MOST_METHODS} are allowed", methods.len())));
    }
    let mut left = SCHEMAS_BYTES;
    let mut schemas = Schemas::default();
    for method in methods {
        let bytes = method.params_schema.len();
        let method = checked(method, interface, left, &mut schemas)?;
        left -= bytes;
        if plugin.methods.iter().any(|other| other.name == method.name) {
            return Err(wrong(format!("two methods are named `{}`", method.name)));
        }
        plugin.methods.push(method);
    }
    (plugin.name, plugin.version) = (name, version);
    Ok(plugin)
}

fn checked(
    method: wit::Method,
    interface: Interface,
    left: usize,
    schemas: &mut Schemas,
) -> Result<Method, AdmissionError> {
    let wit::Method { kind, name, summary, params_schema } = method;
    let kind = Kind::from(kind);
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        || name == "none"
    {
        return Err(wrong(format!(
            "method name {:?}: letters, digits and `_` are allowed, and `none` means no method",
            beginning(&name, TOLD)
        )));
    }
    for (what, bytes, most) in [
        ("method name", name.len(), NAME_BYTES),
        ("summary", summary.len(), SUMMARY_BYTES),
        ("parameter schema", params_schema.len(), SCHEMA_BYTES),
    ] {
        if bytes > most {
            let name = beginning(&name, TOLD);
            return Err(wrong(format!(
                "the {what} of `{name}` has {bytes} bytes; at most {most} are allowed"
            )));
        }
    }
    if params_schema.len() > left {
        return Err(wrong(format!("the parameter schemas have more than {SCHEMAS_BYTES} bytes together")));
    }
    if !interface.holds(kind) {
        return Err(wrong(format!("`{name}` is of kind {kind}, which the interface it exports is not for")));
    }
    let schema: Value = serde_json::from_str(&params_schema)
        .map_err(|error| wrong(format!("the parameter schema of `{name}` is not JSON: {error}")))?;
    let validator = schemas
        .validator(&schema)
        .map_err(|error| wrong(format!("the parameter schema of `{name}` is invalid: {error}")))?;
    Ok(Method { kind, name, summary, schema, validator: Arc::new(validator) })
}

fn wrong(what: impl Into<String>) -> AdmissionError {
    AdmissionError::Description(what.into())
}
