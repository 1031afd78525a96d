//! Settings: loaded from a TOML file, checked as a whole, explained with the line.
//!
//! Every key has a default, stands documented in `config/fettle.toml`, and belongs to one section of [`Settings`]. A
//! file with mistakes is refused with all of them at once, each with its line and what would be right. No secret is
//! ever shown: not in an error, not by `Debug`, not by [`Settings::explain`].

mod backend_url;
mod document;
mod plugins;
mod problem;
mod secret;
mod sections;
mod settings;
mod urls;

pub use crate::backend_url::BackendUrl;
pub use crate::plugins::{PluginEntry, PluginLimits, PluginSource, PluginsFile};
pub use crate::problem::{ConfigError, Problem};
pub use crate::secret::{SECRET_VARIABLE, Secret, SecretError};
pub use crate::sections::{
    Auth, Cache, Data, Datasets, Jobs, Limits, Log, LogFormat, LogLevel, Metadata, Metrics, Server, Steps,
};
pub use crate::settings::{Purpose, Settings};
