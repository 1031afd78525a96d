//! One instance of a plugin, and calls into it.

use std::time::Duration;

use wasmtime::{Store, component};

use crate::bindings::feature::FeaturePlugin;
use crate::bindings::feature::exports::fettle::step::features::Guest as FeatureGuest;
use crate::bindings::transform::TransformPlugin;
use crate::bindings::transform::exports::fettle::step::transform::Guest as TransformGuest;
use crate::bindings::transform::fettle::step::types as wit;
use crate::bindings::window::WindowPlugin;
use crate::bindings::window::exports::fettle::step::windowing::Guest as WindowGuest;
use crate::limits::{Growth, Limits};
use crate::plugin::{Exports, Plugin};
use crate::sandbox::{allow, failure};
use crate::told::beginning;
use crate::wasi::Wasi;
use crate::{Fault, Kind, ParamError, StepError};

/// Characters of what a plugin says that are told.
const TOLD: usize = 2_000;

/// Errors of one answer that are told.
const MOST_ERRORS: usize = 100;

/// A fresh instance, thrown away by the one that asked for it.
pub(crate) struct Guest<'a> {
    plugin: &'a Plugin,
    /// What errors name.
    kind: Kind,
    method: &'a str,
    store: Store<World>,
    exports: Instance,
    time: Duration,
}

/// What the host keeps for an instance.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) growth: Growth,
    /// What a component that imports WASI has said and drawn.
    pub(crate) wasi: Wasi,
}

pub(crate) enum Instance {
    Transform(TransformPlugin),
    Window(WindowPlugin),
    Feature(FeaturePlugin),
}

/// How much goes into a call; its limits follow from that.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    /// Rows × columns.
    pub(crate) cells: usize,
    /// Bytes of all arguments.
    pub(crate) bytes: usize,
}

/// The limits of a call on so many cells. While a plugin is being let in, no call takes longer than is left for that.
fn limits(plugin: &Plugin, method: &str, cells: usize) -> Result<Limits, StepError> {
    let limits = *plugin.limits();
    let Some(left) = plugin.left() else { return Ok(limits) };
    let (plugin, method) = (plugin.name().to_owned(), method.to_owned());
    if left.is_zero() {
        // A call of less than a tick of the clock would not be stopped.
        return Err(StepError::Timeout { plugin, method, limit: left });
    }
    Ok(Limits { base_time: limits.time(cells).min(left), time_per_cell: Duration::ZERO, ..limits })
}

impl<'a> Guest<'a> {
    /// Instantiates `plugin`, for calls on behalf of `method`.
    pub(crate) fn new(plugin: &'a Plugin, kind: Kind, method: &'a str) -> Result<Self, StepError> {
        let mut store = plugin.sandbox().store(plugin);
        let time = allow(&mut store, &limits(plugin, method, 0)?, 0, 0);
        let exports = match plugin.exports() {
            Exports::Transform(pre) => pre.instantiate(&mut store).map(Instance::Transform),
            Exports::Window(pre) => pre.instantiate(&mut store).map(Instance::Window),
            Exports::Feature(pre) => pre.instantiate(&mut store).map(Instance::Feature),
        };
        match exports {
            Ok(exports) => Ok(Self { plugin, kind, method, store, exports, time }),
            Err(error) => Err(failure(&error, &store, time, plugin.name(), method)),
        }
    }

    /// Calls into the instance within the limits for `load`.
    pub(crate) fn call<T>(
        &mut self,
        load: Load,
        call: impl FnOnce(&Instance, &mut Store<World>) -> wasmtime::Result<T>,
    ) -> Result<T, StepError> {
        let limits = limits(self.plugin, self.method, load.cells)?;
        self.time = allow(&mut self.store, &limits, load.cells, load.bytes);
        call(&self.exports, &mut self.store)
            .map_err(|error| failure(&error, &self.store, self.time, self.plugin.name(), self.method))
    }

    /// Like `call`, for functions that may answer an error themselves.
    pub(crate) fn ask<T>(
        &mut self,
        load: Load,
        call: impl FnOnce(&Instance, &mut Store<World>) -> wasmtime::Result<Result<T, wit::StepError>>,
    ) -> Result<T, StepError> {
        self.call(load, call)?.map_err(|answer| self.answered(answer))
    }

    /// The most bytes of linear memory that the instance has had.
    pub(crate) fn reached_bytes(&self) -> usize {
        self.store.data().growth.reached_bytes
    }

    /// What breaks the contract.
    pub(crate) fn broken(&self, what: impl Into<String>) -> StepError {
        StepError::Fault {
            plugin: self.plugin.name().to_owned(),
            method: self.method.to_owned(),
            fault: Fault::Answer(beginning(&what.into(), TOLD)),
        }
    }

    fn answered(&self, answer: wit::StepError) -> StepError {
        match answer {
            wit::StepError::InvalidParams(errors) => StepError::InvalidParams {
                method: self.method.to_owned(),
                errors: errors
                    .into_iter()
                    .take(MOST_ERRORS)
                    .map(|error| ParamError {
                        path: beginning(&error.path, TOLD),
                        message: beginning(&error.message, TOLD),
                    })
                    .collect(),
            },
            wit::StepError::InsufficientData(message) => {
                StepError::InsufficientData(beginning(&message, TOLD))
            }
            wit::StepError::Failed(message) => StepError::Failed {
                kind: self.kind,
                method: self.method.to_owned(),
                plugin: self.plugin.name().to_owned(),
                message: beginning(&message, TOLD),
            },
        }
    }
}

impl Instance {
    /// The transform interface; admission has seen to it that a transform method belongs to such a plugin.
    pub(crate) fn transform(&self) -> wasmtime::Result<&TransformGuest> {
        match self {
            Instance::Transform(plugin) => Ok(plugin.fettle_step_transform()),
            _ => Err(wasmtime::Error::msg("the plugin does not export `transform`")),
        }
    }

    /// The windowing interface.
    pub(crate) fn windowing(&self) -> wasmtime::Result<&WindowGuest> {
        match self {
            Instance::Window(plugin) => Ok(plugin.fettle_step_windowing()),
            _ => Err(wasmtime::Error::msg("the plugin does not export `windowing`")),
        }
    }

    /// The features interface.
    pub(crate) fn features(&self) -> wasmtime::Result<&FeatureGuest> {
        match self {
            Instance::Feature(plugin) => Ok(plugin.fettle_step_features()),
            _ => Err(wasmtime::Error::msg("the plugin does not export `features`")),
        }
    }
}

/// A pre-instantiated component, its types put away.
pub(crate) type Pre = component::InstancePre<World>;
