//! What authors of plugins start with: [`create`] makes the folder of a new plugin, and [`componentize`] makes a
//! component of the module that a compiler made.
//!
//! A new folder needs nothing of this workspace: it brings the SDK along.

mod component;
mod folder;
mod name;
mod template;

pub use component::{NotAComponent, componentize};
pub use folder::{CreateError, NewPlugin, create};
pub use name::{InvalidName, PluginName};
pub use template::{Kind, Language};
