//! What comes of a reload, for those who asked for it and those who look later.

use std::fmt;
use std::time::SystemTime;

use fettle_config::{PluginSource, Problem};

use super::Changes;

/// What came of a reload, or would come of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The number of the generation that is in force now.
    pub generation: u64,
    /// Whether that is the one that was prepared.
    pub committed: bool,
    /// How what was prepared differs from what was in force. Where something was refused, as far as could be seen.
    pub changes: Changes,
    /// Why not; nothing where all is well.
    pub refusals: Vec<Refusal>,
}

/// Why a reload was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The program starts.
    Start,
    /// The file or a plugin has changed.
    Change,
    /// SIGHUP.
    Signal,
    /// Somebody asked for it.
    Request,
    /// Somebody asked for the generation before.
    Rollback,
}

/// One thing that keeps plugins from being put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub subject: Subject,
    /// Where that comes from, where it is a plugin.
    pub source: Option<PluginSource>,
    /// The line of the file, counted from 1.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub message: String,
}

/// What a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The plugin that the operator calls so.
    Plugin(String),
    /// The file as a whole.
    File,
    /// The generation before, of which there is none.
    Previous,
    /// The folder where the generation in force is kept.
    Kept,
    /// This program.
    Server,
}

/// A reload that failed, until one succeeds.
#[derive(Debug, Clone)]
pub struct Failure {
    /// When it was tried.
    pub at: SystemTime,
    /// Why it was tried.
    pub trigger: Trigger,
    /// What was wrong.
    pub refusals: Vec<Refusal>,
}

/// There is nothing that could be loaded: neither what the file says nor what was loaded last.
#[derive(Debug, thiserror::Error)]
#[error("the plugins cannot be loaded: {}", told(.0))]
pub struct StartError(pub Vec<Refusal>);

impl Refusal {
    pub(crate) fn of(subject: Subject, message: impl Into<String>) -> Self {
        Self { subject, source: None, line: None, message: message.into() }
    }

    /// What the operator calls the plugin that it is about.
    pub fn plugin(&self) -> Option<&str> {
        match &self.subject {
            Subject::Plugin(name) => Some(name),
            Subject::File | Subject::Previous | Subject::Kept | Subject::Server => None,
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let Problem { line, key, message } = problem;
        let message = if key.is_empty() { message } else { format!("{key}: {message}") };
        Self { subject: Subject::File, source: None, line, message }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(plugin) = self.plugin() {
            write!(f, "plugin `{plugin}`: ")?;
        }
        f.write_str(&self.message)
    }
}

pub(super) fn told(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trigger::Start => "start",
            Trigger::Change => "change",
            Trigger::Signal => "signal",
            Trigger::Request => "request",
            Trigger::Rollback => "rollback",
        })
    }
}
