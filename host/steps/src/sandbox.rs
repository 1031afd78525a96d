//! The engine that guests run on, and one guest in it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fettle_observe::Metrics;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Store, Trap};

use crate::compiler::Compiler;
use crate::guest::World;
use crate::health::Tolerance;
use crate::limits::Limits;
use crate::native_code::NativeCode;
use crate::pool::GuestThreads;
use crate::wasi::{Ended, Wasi};
use crate::{AdmissionError, Fault, Plugin, StepError};

/// A tick of the clock that guests are stopped by: how exactly time limits hold.
const TICK: Duration = Duration::from_millis(10);

/// Memory of an instance that stays with the process when it ends: page faults, not copies, are what a fresh instance
/// costs. A column of a million rows with its timestamps and result fits.
const RESIDENT_BYTES: usize = 64 << 20;

/// Address space of an instance's memory: all that 32 bits reach.
const RESERVED_BYTES: usize = 1 << 32;

/// How the sandbox is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that guests run on.
    pub threads: usize,
    /// What each call may use.
    pub limits: Limits,
    /// Whether fresh instances come from a pool whose memory stays resident; without it they cost ten times as much.
    pub pooling: bool,
    /// Where native code is kept between starts, and the secret that it is signed with.
    pub native_code: Option<(PathBuf, Vec<u8>)>,
    /// The process that compiles what does not come with the program; without it, this one does.
    pub compiler: Option<Compiler>,
    /// When a plugin is set aside; without it, none ever is.
    pub tolerance: Option<Tolerance>,
    /// Where it is counted that one is.
    pub metrics: Option<Arc<Metrics>>,
    /// What a thread does when it has run out of work, before it waits for more.
    pub rest: Option<fn()>,
}

impl Default for Settings {
    fn default() -> Self {
        // Two threads more than a small machine has cores, so that one slow plugin does not stop all others.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads: cores.max(4),
            limits: Limits::default(),
            pooling: true,
            native_code: None,
            compiler: None,
            tolerance: None,
            metrics: None,
            rest: None,
        }
    }
}

/// The engines, their threads and limits. What runs in them can reach nothing but its own memory.
pub struct Sandbox {
    ground: Ground,
    /// For components that import WASI: they come with many modules, large tables and rarely, and get no pool.
    wasi_ground: OnceLock<Result<Ground, String>>,
    native_code: Option<(PathBuf, Vec<u8>)>,
    limits: Limits,
    threads: GuestThreads,
    compiler: Option<Compiler>,
    tolerance: Option<Tolerance>,
    metrics: Option<Arc<Metrics>>,
    pooled: bool,
}

/// An engine, and what has been compiled for it.
pub(crate) struct Ground {
    pub(crate) engine: Engine,
    native_code: Option<NativeCode>,
}

/// The sandbox could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up: {0:#}")]
pub struct SetupError(wasmtime::Error);

impl Sandbox {
    /// Sets up the engine and starts its threads.
    pub fn new(settings: Settings) -> Result<Arc<Self>, SetupError> {
        let threads = GuestThreads::start(settings.threads, settings.rest);
        let pooled = settings.pooling.then(|| Engine::new(&pooled_config(threads.count())));
        let (engine, pooled) = match pooled {
            Some(Ok(engine)) => (engine, true),
            Some(Err(error)) => {
                tracing::warn!("no pool of instances, each is made anew: {error:#}");
                (Engine::new(&config()).map_err(SetupError)?, false)
            }
            None => (Engine::new(&config()).map_err(SetupError)?, false),
        };
        Ok(Arc::new(Self {
            ground: Ground::new(engine, settings.native_code.as_ref()),
            wasi_ground: OnceLock::new(),
            native_code: settings.native_code,
            limits: settings.limits,
            threads,
            compiler: settings.compiler,
            tolerance: settings.tolerance,
            metrics: settings.metrics,
            pooled,
        }))
    }

    /// The threads that guests run on.
    pub fn threads(&self) -> &GuestThreads {
        &self.threads
    }

    /// Whether instances come from the pool.
    pub fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// How many instances there are in the pool at this moment; `None` where there is no pool.
    pub fn instances(&self) -> Option<u64> {
        self.ground.engine.pooling_allocator_metrics().map(|metrics| metrics.component_instances())
    }

    /// The limits of a call.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn tolerance(&self) -> Option<&Tolerance> {
        self.tolerance.as_ref()
    }

    /// Where faults of plugins are counted, if anywhere.
    pub fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.as_ref()
    }

    /// Where components run that import WASI, or those that import nothing.
    pub(crate) fn ground(&self, wasi: bool) -> Result<&Ground, AdmissionError> {
        if !wasi {
            return Ok(&self.ground);
        }
        let begin = || match Engine::new(&config()) {
            Ok(engine) => Ok(Ground::new(engine, self.native_code.as_ref())),
            Err(error) => Err(format!("no engine for components that import WASI: {error:#}")),
        };
        self.wasi_ground.get_or_init(begin).as_ref().map_err(|error| AdmissionError::Compile(error.clone()))
    }

    /// Native code of a component, from disk where it has been compiled before; what is not `trusted` is compiled in a
    /// process of its own, where there is one.
    pub(crate) fn compile(
        &self,
        ground: &Ground,
        bytes: &[u8],
        digest: &str,
        trusted: bool,
    ) -> Result<Component, AdmissionError> {
        let invalid = |error: wasmtime::Error| AdmissionError::Invalid(format!("{error:#}"));
        let Ground { engine, native_code } = ground;
        if let Some(component) = native_code.as_ref().and_then(|kept| kept.load(engine, digest)) {
            return Ok(component);
        }
        let code = match self.compiler.as_ref().filter(|_| !trusted) {
            Some(compiler) => compiler.compile(bytes)?,
            None => engine.precompile_component(bytes).map_err(invalid)?,
        };
        let component = crate::native_code::loaded(engine, &code).map_err(invalid)?;
        if let Some(kept) = native_code {
            kept.keep(digest, &code);
        }
        Ok(component)
    }

    /// An empty store for an instance of `plugin`, within its limits.
    pub(crate) fn store(&self, plugin: &Plugin) -> Store<World> {
        let mut world = World::default();
        if !plugin.imports().is_empty() {
            world.wasi = Wasi::of(plugin.name(), &plugin.logged);
        }
        let mut store = Store::new(plugin.engine(), world);
        store.limiter(|world| &mut world.growth);
        store.set_hostcall_fuel(plugin.limits().output_bytes);
        allow(&mut store, plugin.limits(), 0, 0);
        store
    }
}

impl Ground {
    fn new(engine: Engine, native_code: Option<&(PathBuf, Vec<u8>)>) -> Self {
        start_clock(&engine);
        let native_code =
            native_code.map(|(folder, secret)| NativeCode::new(folder.clone(), secret, &engine));
        Self { engine, native_code }
    }

    /// A linker that gives a guest nothing.
    pub(crate) fn linker(&self) -> Linker<World> {
        Linker::new(&self.engine)
    }
}

/// Sets the limits for the next call, on so much input; returns the time that it has.
pub(crate) fn allow(store: &mut Store<World>, limits: &Limits, cells: usize, input_bytes: usize) -> Duration {
    let time = limits.time(cells);
    store.data_mut().growth.memory_bytes = limits.memory(input_bytes);
    // One tick more: the current one has begun already.
    store.set_epoch_deadline(time.as_nanos().div_ceil(TICK.as_nanos()) as u64 + 1);
    time
}

/// Native code of a component for the engines of a sandbox; for the process that does nothing else.
pub(crate) fn compile_alone(bytes: &[u8]) -> wasmtime::Result<Vec<u8>> {
    Engine::new(&config())?.precompile_component(bytes)
}

/// What a call's failure means.
pub(crate) fn failure(
    error: &wasmtime::Error,
    store: &Store<World>,
    time: Duration,
    plugin: &str,
    method: &str,
) -> StepError {
    let (plugin, method) = (plugin.to_owned(), method.to_owned());
    let growth = &store.data().growth;
    let fault = match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => return StepError::Timeout { plugin, method, limit: time },
        _ if growth.denied => Fault::Memory(growth.memory_bytes >> 20),
        Some(trap) => Fault::Trap(trap.to_string()),
        None if error.is::<Ended>() => Fault::Trap(error.root_cause().to_string()),
        None if error.root_cause().to_string().contains("fuel allocated for hostcalls") => {
            Fault::Answer(format!("it has more than {} MiB", store.hostcall_fuel() >> 20))
        }
        None => Fault::Answer(error.root_cause().to_string()),
    };
    StepError::Fault { plugin, method, fault }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .cranelift_opt_level(OptLevel::Speed)
        // The same bytes give the same result on every machine, also those of NaN.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .epoch_interruption(true)
        .memory_reservation(RESERVED_BYTES as u64);
    config
}

fn pooled_config(threads: usize) -> Config {
    // As many slots as threads, and two for whoever admits a plugin meanwhile.
    let slots = threads as u32 + 2;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        // A component holds its module and small adapters; those of other languages hold several modules.
        .total_core_instances(slots * 8)
        .max_core_instances_per_component(8)
        .total_memories(slots * 2)
        .max_memories_per_component(2)
        .total_tables(slots * 8)
        .max_tables_per_component(8)
        .table_elements(20_000)
        .max_memory_size(RESERVED_BYTES)
        .linear_memory_keep_resident(RESIDENT_BYTES)
        .table_keep_resident(1 << 20);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Advances the engine's epoch until the engine is gone.
fn start_clock(engine: &Engine) {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("guest-clock".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .expect("the operating system starts a few threads");
}
