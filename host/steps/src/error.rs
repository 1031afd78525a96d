//! What can go wrong with a step, each as an operator or a client would act on it.

use std::time::Duration;

use crate::Kind;

/// Why a step gave no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StepError {
    /// No loaded plugin has the method.
    #[error("there is no {kind} method `{name}`; there are: {}", known.join(", "))]
    UnknownMethod {
        /// The kind that was asked for.
        kind: Kind,
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Parameters that the method's schema, or the method itself, refuses.
    #[error("invalid parameters of `{method}`")]
    InvalidParams {
        /// The method's name.
        method: String,
        /// All that is wrong.
        errors: Vec<ParamError>,
    },
    /// Too few rows or windows; the method says how many there are and how many it takes.
    #[error("{0}")]
    InsufficientData(String),
    /// The plugin itself answered that it failed.
    #[error("{kind} method `{method}` of plugin `{plugin}` failed: {message}")]
    Failed {
        /// The kind of method.
        kind: Kind,
        /// The method's name.
        method: String,
        /// The plugin's name.
        plugin: String,
        /// What it said.
        message: String,
    },
    /// The plugin trapped, ran into a limit or answered what it must not.
    #[error("plugin `{plugin}` is faulty: method `{method}`: {fault}")]
    Fault {
        /// The plugin's name.
        plugin: String,
        /// The method's name.
        method: String,
        /// What it did.
        fault: Fault,
    },
    /// The plugin took longer than it may.
    #[error("method `{method}` of plugin `{plugin}` was stopped after {:.1} s", limit.as_secs_f64())]
    Timeout {
        /// The plugin's name.
        plugin: String,
        /// The method's name.
        method: String,
        /// How long it may take.
        limit: Duration,
    },
    /// The plugin is set aside, after it was faulty too often.
    #[error("plugin `{plugin}` is set aside after too many faults, the last of them: {reason}")]
    SetAside {
        /// The plugin's name.
        plugin: String,
        /// Its last fault.
        reason: String,
        /// After how long it is tried again.
        retry_after: Duration,
    },
}

impl StepError {
    /// In a word, what the plugin did wrong; `None` where it is not the plugin's fault.
    pub fn fault_cause(&self) -> Option<&'static str> {
        match self {
            StepError::Fault { fault: Fault::Trap(_), .. } => Some("trap"),
            StepError::Fault { fault: Fault::Memory(_), .. } => Some("memory"),
            StepError::Fault { fault: Fault::Answer(_), .. } => Some("answer"),
            StepError::Timeout { .. } => Some("timeout"),
            StepError::UnknownMethod { .. }
            | StepError::InvalidParams { .. }
            | StepError::InsufficientData(_)
            | StepError::Failed { .. }
            | StepError::SetAside { .. } => None,
        }
    }
}

/// One thing wrong with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamError {
    /// A JSON pointer into the parameters, such as `/limit`; empty for the whole.
    pub path: String,
    /// What would be right.
    pub message: String,
}

/// What a faulty plugin did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It trapped.
    #[error("it trapped: {0}")]
    Trap(String),
    /// It wanted more memory than it may have.
    #[error("it wanted more than {0} MiB of memory")]
    Memory(usize),
    /// Its answer breaks the contract.
    #[error("its answer breaks the contract: {0}")]
    Answer(String),
}

/// Why a plugin was not let in.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// The file is too large.
    #[error("the file has {bytes} bytes; at most {limit} are allowed")]
    TooLarge {
        /// Bytes of the file.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not the bytes that the operator pinned.
    #[error("the file has sha256 {found}, not {pinned}")]
    Digest {
        /// Of the file.
        found: String,
        /// From the configuration.
        pinned: String,
    },
    /// Not a component, or one that does not compile.
    #[error("not a valid component: {0}")]
    Invalid(String),
    /// It imports something.
    #[error("it imports {0}, which a plugin may not")]
    Import(String),
    /// It imports WASI, which it is not allowed to.
    #[error(
        "it imports {0}; a plugin may import WASI only where that is allowed: by `wasi = true` beside it in \
         plugins.toml, or by `--wasi` on the command line"
    )]
    Wasi(String),
    /// Compiling it took too much, or could not be begun.
    #[error("it was not compiled: {0}")]
    Compile(String),
    /// It exports no interface of the contract, several, or one of another version.
    #[error("{0}")]
    Contract(String),
    /// It describes itself wrongly.
    #[error("it describes itself wrongly: {0}")]
    Description(String),
    /// An example of its own does not come out.
    #[error("its example {index} of method `{method}` does not come out: {problem}")]
    Example {
        /// From 0.
        index: usize,
        /// The method's name.
        method: String,
        /// What differs.
        problem: String,
    },
    /// A method says that it treats each column alone, and does not.
    #[error("method `{method}` says `scope: column`, and is not: {problem}")]
    Scope {
        /// The method's name.
        method: String,
        /// What differs.
        problem: String,
    },
    /// Its description, its examples and the frames that it is tried on take too long.
    #[error("to describe itself, replay its examples and be tried out takes it more than {:.1} s", limit.as_secs_f64())]
    Slow {
        /// How long all may take together.
        limit: Duration,
    },
    /// It fails on a frame on which it may answer an error but must not trap.
    #[error("on {frame}: {error}")]
    Probe {
        /// Which frame.
        frame: &'static str,
        /// What happened.
        error: StepError,
    },
    /// It could not be asked.
    #[error(transparent)]
    Step(#[from] StepError),
}
