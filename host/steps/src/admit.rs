//! Letting a plugin in: cheap checks first, nothing believed that can be tried.

mod columns;
mod describing;
mod examples;
mod probe;

use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};
use wasmparser::{ComponentTypeRef, Parser, Payload};

use crate::bindings::feature::FeaturePluginPre;
use crate::bindings::transform::TransformPluginPre;
use crate::bindings::window::WindowPluginPre;
use crate::contract::CONTRACT_MAJOR;
use crate::guest::Pre;
use crate::health::Health;
use crate::plugin::Exports;
use crate::turn::Turns;
use crate::wasi::{self, NAMESPACE};
use crate::{AdmissionError, Kind, Limits, Plugin, Sandbox, StepError};

/// The one thing a plugin imports: types have no code.
const TYPES: &str = "fettle:step/types@";

/// All calls that let a plugin in may together take so many times what one may.
const PATIENCE: u32 = 30;

/// On which terms a component is let in.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The sha256 in hex that it must have.
    pub pinned: Option<String>,
    /// What each of its calls may use.
    pub limits: Limits,
    /// Whether it may import WASI.
    pub wasi: bool,
    /// Whether it comes with the program, and may be compiled in this process.
    pub trusted: bool,
}

impl Terms {
    /// Those of a sandbox for a component from elsewhere, any that imports nothing.
    pub fn of(sandbox: &Sandbox) -> Self {
        Self { pinned: None, limits: *sandbox.limits(), wasi: false, trusted: false }
    }
}

impl Plugin {
    /// Lets a component in, on the terms of the sandbox: see [`Plugin::admit_on`].
    pub fn admit(
        sandbox: &Arc<Sandbox>,
        bytes: &[u8],
        pinned: Option<&str>,
    ) -> Result<Arc<Plugin>, AdmissionError> {
        let pinned = pinned.map(str::to_owned);
        Self::admit_on(sandbox, bytes, &Terms { pinned, ..Terms::of(sandbox) })
    }

    /// Lets a component in: size, sha256 where it is pinned, imports, contract version, compilation, description,
    /// examples, and frames on which it may answer an error but must not fail. Runs guest code: to be called on a
    /// guest thread.
    pub fn admit_on(
        sandbox: &Arc<Sandbox>,
        bytes: &[u8],
        terms: &Terms,
    ) -> Result<Arc<Plugin>, AdmissionError> {
        Compiled::of(sandbox, bytes, terms)?.admit()
    }
}

/// A component that is checked and compiled as far as can be without running it.
pub(crate) struct Compiled {
    plugin: Plugin,
    interface: Interface,
}

impl Compiled {
    /// Runs no guest code, and may take long: for a thread that may block.
    pub(crate) fn of(sandbox: &Arc<Sandbox>, bytes: &[u8], terms: &Terms) -> Result<Self, AdmissionError> {
        let limit = terms.limits.file_bytes;
        if bytes.len() > limit {
            return Err(AdmissionError::TooLarge { bytes: bytes.len(), limit });
        }
        let digest = hex::encode(Sha256::digest(bytes));
        if let Some(pinned) = terms.pinned.as_ref().filter(|pinned| !pinned.eq_ignore_ascii_case(&digest)) {
            return Err(AdmissionError::Digest { found: digest, pinned: pinned.clone() });
        }
        let Surface { interface, imports } = surface(bytes)?;
        if !imports.is_empty() && !terms.wasi {
            return Err(AdmissionError::Wasi(listed(&imports)));
        }
        let plugin = Plugin {
            sandbox: Arc::clone(sandbox),
            exports: prepare(sandbox, bytes, &digest, interface, !imports.is_empty(), terms.trusted)?,
            name: "(not yet described)".to_owned(),
            version: String::new(),
            digest,
            component: bytes.into(),
            methods: Vec::new(),
            imports,
            logged: Arc::default(),
            limits: terms.limits,
            turns: Turns::of(&terms.limits),
            health: Health::new(sandbox.tolerance().cloned(), sandbox.metrics().cloned()),
            due: None,
        };
        Ok(Self { plugin, interface })
    }

    /// Lets the plugin say what it is, and tries it out. Runs guest code.
    pub(crate) fn admit(self) -> Result<Arc<Plugin>, AdmissionError> {
        let Self { mut plugin, interface } = self;
        let limit = plugin.limits().base_time * PATIENCE;
        let due = Instant::now() + limit;
        // Each of its calls is held to that, so that all of them take one thread, for so long.
        plugin.due = Some(due);
        tried(plugin, interface).map_err(|error| match error {
            AdmissionError::Step(StepError::Timeout { .. })
            | AdmissionError::Probe { error: StepError::Timeout { .. }, .. }
                if Instant::now() >= due =>
            {
                AdmissionError::Slow { limit }
            }
            error => error,
        })
    }
}

fn tried(plugin: Plugin, interface: Interface) -> Result<Arc<Plugin>, AdmissionError> {
    let mut plugin = Arc::new(describing::described(plugin, interface)?);
    examples::replay(&plugin)?;
    probe::try_out(&plugin)?;
    Arc::get_mut(&mut plugin).expect("the steps that it was tried with are gone").due = None;
    Ok(plugin)
}

/// What shows of a component from outside.
struct Surface {
    interface: Interface,
    /// Names of what it imports of WASI.
    imports: Vec<String>,
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

/// The one interface of the contract that the component exports, and what it imports; read from the file, before
/// anything is compiled.
fn surface(bytes: &[u8]) -> Result<Surface, AdmissionError> {
    let invalid = |error: wasmparser::BinaryReaderError| AdmissionError::Invalid(error.to_string());
    let mut found = None;
    let (mut imports, mut others) = (Vec::new(), Vec::new());
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
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import.map_err(invalid)?;
                    let name = import.name.name;
                    if name.starts_with(NAMESPACE) && matches!(import.ty, ComponentTypeRef::Instance(_)) {
                        imports.push(name.to_owned());
                    } else if !name.starts_with(TYPES) {
                        others.push(name.to_owned());
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
    if !others.is_empty() {
        return Err(AdmissionError::Import(listed(&others)));
    }
    let interface = found.ok_or_else(|| {
        AdmissionError::Contract(
            "it exports none of `fettle:step/transform`, `windowing` and `features`".to_owned(),
        )
    })?;
    Ok(Surface { interface, imports })
}

/// Names as a sentence has them, the first few.
fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn prepare(
    sandbox: &Sandbox,
    bytes: &[u8],
    digest: &str,
    interface: Interface,
    wasi: bool,
    trusted: bool,
) -> Result<Exports, AdmissionError> {
    let invalid = |error: wasmtime::Error| AdmissionError::Invalid(format!("{error:#}"));
    let ground = sandbox.ground(wasi)?;
    let component = sandbox.compile(ground, bytes, digest, trusted)?;
    let mut linker = ground.linker();
    if wasi {
        wasi::empty_world(&mut linker, &ground.engine, &component).map_err(invalid)?;
    }
    let pre: Pre = linker.instantiate_pre(&component).map_err(invalid)?;
    Ok(match interface {
        Interface::Transform => Exports::Transform(TransformPluginPre::new(pre).map_err(invalid)?),
        Interface::Windowing => Exports::Window(WindowPluginPre::new(pre).map_err(invalid)?),
        Interface::Features => Exports::Feature(FeaturePluginPre::new(pre).map_err(invalid)?),
    })
}
