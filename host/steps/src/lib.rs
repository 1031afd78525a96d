//! Runs step plugins: WebAssembly components behind the contract of `wit/step.wit`, in a sandbox.
//!
//! A [`Sandbox`] holds the engine and the threads that guests run on. [`Plugin::admit`] lets a component in, a
//! [`Catalogue`] holds the methods of several, [`Catalogue::resolve`] makes a [`Step`] of a method and its parameters,
//! and a step fits, applies, plans or computes on frames. Every call runs in a fresh instance that imports nothing,
//! within [`Limits`], and every answer is checked.

mod bindings;

mod admit;
mod catalogue;
mod contract;
mod error;
mod examples;
mod guest;
mod limits;
mod native_code;
mod plugin;
mod pool;
mod refusal;
mod sandbox;
mod step;

pub use catalogue::{Catalogue, CatalogueError};
pub use contract::{Kind, Scope, State, Traits};
pub use error::{AdmissionError, Fault, ParamError, StepError};
pub use examples::Example;
pub use limits::Limits;
pub use plugin::{Method, Plugin};
pub use pool::{GuestThreads, Panicked};
pub use sandbox::{Sandbox, Settings, SetupError};
pub use step::{Applied, ApplyAnswer, Calls, CellChanges, FitAnswer, Fitted, Fitting, Step};
