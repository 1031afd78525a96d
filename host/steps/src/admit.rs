//! Letting a plugin in: cheap checks first, nothing believed that can be tried.

mod examples;
mod probe;

use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};

use crate::bindings::feature::FeaturePluginPre;
use crate::bindings::transform::TransformPluginPre;
use crate::bindings::transform::fettle::step::types as wit;
use crate::bindings::window::WindowPluginPre;
use crate::catalogue::validator;
use crate::contract::CONTRACT_MAJOR;
use crate::guest::{Guest, Load, Pre};
use crate::plugin::Exports;
use crate::{AdmissionError, Kind, Method, Plugin, Sandbox};

/// The one thing a plugin imports: types have no code.
const TYPES: &str = "fettle:step/types@";

impl Plugin {
    /// Lets a component in: size, sha256 where it is pinned, imports, contract version, compilation, description,
    /// examples, and frames on which it may answer an error but must not fail. Runs guest code: to be called on a
    /// guest thread.
    pub fn admit(
        sandbox: &Arc<Sandbox>,
        bytes: &[u8],
        pinned: Option<&str>,
    ) -> Result<Arc<Plugin>, AdmissionError> {
        let limit = sandbox.limits().file_bytes;
        if bytes.len() > limit {
            return Err(AdmissionError::TooLarge { bytes: bytes.len(), limit });
        }
        let digest = hex::encode(Sha256::digest(bytes));
        if let Some(pinned) = pinned.filter(|pinned| !pinned.eq_ignore_ascii_case(&digest)) {
            return Err(AdmissionError::Digest { found: digest, pinned: pinned.to_owned() });
        }
        let interface = interface(bytes)?;
        let exports = prepare(sandbox, bytes, &digest, interface)?;
        let plugin = Arc::new(described(sandbox, exports, (digest, bytes), interface)?);
        examples::replay(&plugin)?;
        probe::try_out(&plugin)?;
        Ok(plugin)
    }
}

/// An interface of the contract that a plugin can export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interface {
    Transform,
    Windowing,
    Features,
}

impl Interface {
    fn of(name: &str) -> Option<Self> {
        match name {
            "transform" => Some(Interface::Transform),
            "windowing" => Some(Interface::Windowing),
            "features" => Some(Interface::Features),
            _ => None,
        }
    }

    fn holds(self, kind: Kind) -> bool {
        match kind {
            Kind::MissingValue | Kind::Outlier | Kind::Normalize => self == Interface::Transform,
            Kind::Window => self == Interface::Windowing,
            Kind::Feature => self == Interface::Features,
        }
    }
}

/// The one interface of the contract that the component exports; read from the file, before anything is compiled.
fn interface(bytes: &[u8]) -> Result<Interface, AdmissionError> {
    let invalid = |error: wasmparser::BinaryReaderError| AdmissionError::Invalid(error.to_string());
    let mut found = None;
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding != wasmparser::Encoding::Component {
                    return Err(AdmissionError::Invalid("a core module, not a component".to_owned()));
                }
                depth += 1;
            }
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    let import = import.map_err(invalid)?;
                    if !import.name.name.starts_with(TYPES) {
                        return Err(AdmissionError::Import(format!("`{}`", import.name.name)));
                    }
                }
            }
            Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    let name = export.map_err(invalid)?.name.name;
                    let Some((interface, version)) =
                        name.strip_prefix("fettle:step/").and_then(|rest| rest.split_once('@'))
                    else {
                        continue;
                    };
                    let Some(interface) = Interface::of(interface) else { continue };
                    if version.split('.').next() != Some(CONTRACT_MAJOR) {
                        return Err(AdmissionError::Contract(format!(
                            "it exports `{name}`, and this host speaks version {CONTRACT_MAJOR} of the contract"
                        )));
                    }
                    if found.replace(interface).is_some() {
                        return Err(AdmissionError::Contract(
                            "it exports several interfaces of the contract; a plugin has one".to_owned(),
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    found.ok_or_else(|| {
        AdmissionError::Contract(
            "it exports none of `fettle:step/transform`, `windowing` and `features`".to_owned(),
        )
    })
}

fn prepare(
    sandbox: &Sandbox,
    bytes: &[u8],
    digest: &str,
    interface: Interface,
) -> Result<Exports, AdmissionError> {
    let invalid = |error: wasmtime::Error| AdmissionError::Invalid(format!("{error:#}"));
    let component = sandbox.compile(bytes, digest).map_err(invalid)?;
    let pre: Pre = sandbox.linker().instantiate_pre(&component).map_err(invalid)?;
    Ok(match interface {
        Interface::Transform => Exports::Transform(TransformPluginPre::new(pre).map_err(invalid)?),
        Interface::Windowing => Exports::Window(WindowPluginPre::new(pre).map_err(invalid)?),
        Interface::Features => Exports::Feature(FeaturePluginPre::new(pre).map_err(invalid)?),
    })
}

/// The plugin with what it says of itself, checked.
fn described(
    sandbox: &Arc<Sandbox>,
    exports: Exports,
    (digest, bytes): (String, &[u8]),
    interface: Interface,
) -> Result<Plugin, AdmissionError> {
    let mut plugin = Plugin {
        sandbox: Arc::clone(sandbox),
        exports,
        name: "(not yet described)".to_owned(),
        version: String::new(),
        digest,
        component: bytes.into(),
        methods: Vec::new(),
    };
    let wit::PluginInfo { name, version, methods } = {
        let mut guest = Guest::new(&plugin, Kind::Feature, "describe")?;
        guest.call(Load::default(), |exports, store| match interface {
            Interface::Transform => exports.transform()?.call_describe(store),
            Interface::Windowing => exports.windowing()?.call_describe(store),
            Interface::Features => exports.features()?.call_describe(store),
        })?
    };
    if name.is_empty() || version.is_empty() || methods.is_empty() {
        return Err(AdmissionError::Description("no name, no version or no method".to_owned()));
    }
    for method in methods {
        let method = checked(method, interface)?;
        if plugin.methods.iter().any(|other| other.name == method.name) {
            return Err(AdmissionError::Description(format!("two methods are named `{}`", method.name)));
        }
        plugin.methods.push(method);
    }
    (plugin.name, plugin.version) = (name, version);
    Ok(plugin)
}

fn checked(method: wit::Method, interface: Interface) -> Result<Method, AdmissionError> {
    let wit::Method { kind, name, summary, params_schema } = method;
    let kind = Kind::from(kind);
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        || name == "none"
    {
        return Err(AdmissionError::Description(format!(
            "method name `{name}`: letters, digits and `_` are allowed, and `none` means no method"
        )));
    }
    if !interface.holds(kind) {
        return Err(AdmissionError::Description(format!(
            "`{name}` is of kind {kind}, which the interface it exports is not for"
        )));
    }
    let schema: Value = serde_json::from_str(&params_schema).map_err(|error| {
        AdmissionError::Description(format!("the parameter schema of `{name}` is not JSON: {error}"))
    })?;
    validator(&schema).map_err(|error| {
        AdmissionError::Description(format!("the parameter schema of `{name}` is invalid: {error}"))
    })?;
    Ok(Method { kind, name, summary, schema })
}
