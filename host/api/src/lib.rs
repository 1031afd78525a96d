//! The REST API, version 2: features over HTTP.
//!
//! [`router`] is the whole of it. A request passes the outermost layer (id, log line, metrics, panics, the time limit),
//! then the route's own arguments, each of which may refuse it (form of the answer, caller, body), then the operation,
//! which asks the domain and writes the answer. Whatever refuses or fails says so as a [`Problem`], and the outermost
//! layer writes it.

mod answer;
mod auth;
mod document;
mod excerpt;
mod operations;
mod passage;
mod problem;
mod request;
mod router;
mod settings;
mod state;

pub use crate::document::openapi_json;
pub use crate::problem::{Code, FieldProblem, Problem, ProblemDocument};
pub use crate::router::router;
pub use crate::settings::{ApiSettings, NoSecret};
pub use crate::state::{ApiState, Backends};
