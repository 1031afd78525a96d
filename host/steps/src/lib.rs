//! Runs step plugins: WebAssembly components behind the contract of `wit/step.wit`, in a sandbox.
//!
//! A [`Sandbox`] holds the engine and the threads that guests run on. [`Plugin::admit`] lets a component in, a
//! [`Catalogue`] holds the methods of several, [`Catalogue::resolve`] makes a [`Step`] of a method and its parameters,
//! and a step fits, applies, plans or computes on frames. Every call runs in a fresh instance that imports nothing,
//! within [`Limits`], and every answer is checked.
//!
//! [`Plugins`] are those of a server, as a file names them: it makes one [`Generation`] after the other of them, each
//! whole or not at all, while requests go on with the one that they began with.

mod bindings;

mod admit;
mod catalogue;
mod compiler;
mod contract;
mod error;
mod examples;
mod generation;
mod guest;
mod health;
mod limits;
mod native_code;
mod plugin;
mod plugins;
mod pool;
mod refusal;
mod sandbox;
mod schema;
mod step;
mod told;
mod turn;
mod wasi;

pub use admit::Terms;
pub use catalogue::{Catalogue, CatalogueError, Listed};
pub use compiler::{Compiler, compile_from_standard_input};
pub use contract::{Kind, Scope, State, Traits};
pub use error::{AdmissionError, Fault, ParamError, StepError};
pub use examples::Example;
pub use generation::{CurrentCatalogue, Generation, Member, Presence, Previous};
pub use health::{SetAside, Tolerance};
pub use limits::Limits;
pub use plugin::{Method, Plugin};
pub use plugins::{
    Changed, Changes, Failure, Outcome, Plugins, Refusal, Sources, StartError, Subject, Trigger,
};
pub use pool::{GuestThreads, Panicked};
pub use sandbox::{Sandbox, Settings, SetupError};
pub use step::{Applied, ApplyAnswer, Calls, CellChanges, FitAnswer, Fitted, Fitting, Step};
pub use turn::Turn;
