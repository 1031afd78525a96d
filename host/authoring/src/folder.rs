//! The folder of a new plugin.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::template::files;
use crate::{Kind, Language, PluginName};

/// A plugin to be.
#[derive(Debug, Clone)]
pub struct NewPlugin {
    /// What it, its folder and its method are called.
    pub name: PluginName,
    /// What its method is for.
    pub kind: Kind,
    /// What it is written in.
    pub language: Language,
    /// Where the program is that its Makefile calls if there is none on the path.
    pub program: PathBuf,
}

/// The folder was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Something is there already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The file system refuses.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes the folder of `plugin` in `parent`; returns its path. Nothing that is there is written over.
pub fn create(plugin: &NewPlugin, parent: &Path) -> Result<PathBuf, CreateError> {
    let folder = parent.join(plugin.name.to_string());
    match fs::create_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CreateError::Exists(folder));
        }
        made => made.map_err(|source| CreateError::Write { path: folder.clone(), source })?,
    }
    let program = plugin.program.display().to_string();
    for (path, bytes) in files(&plugin.name, plugin.kind, plugin.language, &program) {
        let path = folder.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        written.map_err(|source| CreateError::Write { path: path.clone(), source })?;
    }
    Ok(folder)
}
