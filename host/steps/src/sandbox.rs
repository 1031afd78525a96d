//! The engine that guests run on, and one guest in it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Store, Trap};

use crate::limits::{Growth, Limits};
use crate::native_code::NativeCode;
use crate::pool::GuestThreads;
use crate::{Fault, StepError};

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
            rest: None,
        }
    }
}

/// The engine, its threads and limits. What runs in it can reach nothing but its own memory.
pub struct Sandbox {
    engine: Engine,
    limits: Limits,
    threads: GuestThreads,
    native_code: Option<NativeCode>,
    pooled: bool,
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
        start_clock(&engine);
        let native_code =
            settings.native_code.map(|(folder, secret)| NativeCode::new(folder, &secret, &engine));
        Ok(Arc::new(Self { engine, limits: settings.limits, threads, native_code, pooled }))
    }

    /// The threads that guests run on.
    pub fn threads(&self) -> &GuestThreads {
        &self.threads
    }

    /// Whether instances come from the pool.
    pub fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// The limits of a call.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Native code of a component, from disk where it has been compiled before.
    pub(crate) fn compile(&self, bytes: &[u8], digest: &str) -> wasmtime::Result<Component> {
        match &self.native_code {
            Some(kept) => kept.load_or_compile(&self.engine, bytes, digest),
            None => Component::new(&self.engine, bytes),
        }
    }

    /// A linker that gives a guest nothing.
    pub(crate) fn linker(&self) -> Linker<Growth> {
        Linker::new(&self.engine)
    }

    /// An empty store within the limits.
    pub(crate) fn store(&self) -> Store<Growth> {
        let mut store = Store::new(&self.engine, Growth::default());
        store.limiter(|growth| growth);
        store.set_hostcall_fuel(self.limits.output_bytes);
        self.allow(&mut store, 0, 0);
        store
    }

    /// Sets the limits for the next call, on so much input; returns the time that it has.
    pub(crate) fn allow(&self, store: &mut Store<Growth>, cells: usize, input_bytes: usize) -> Duration {
        let time = self.limits.time(cells);
        store.data_mut().memory_bytes = self.limits.memory(input_bytes);
        // One tick more: the current one has begun already.
        store.set_epoch_deadline(time.as_nanos().div_ceil(TICK.as_nanos()) as u64 + 1);
        time
    }
}

/// What a call's failure means.
pub(crate) fn failure(
    error: &wasmtime::Error,
    growth: &Growth,
    time: Duration,
    plugin: &str,
    method: &str,
) -> StepError {
    let (plugin, method) = (plugin.to_owned(), method.to_owned());
    let fault = match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => return StepError::Timeout { plugin, method, limit: time },
        _ if growth.denied => Fault::Memory(growth.memory_bytes >> 20),
        Some(trap) => Fault::Trap(trap.to_string()),
        None => Fault::Answer(format!("{:#}", error.root_cause())),
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
