//! Where log lines go and how they look.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// One JSON object a line, for a log collector.
    Json,
}

/// Logging that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The level is neither a level nor a list of `target=level`.
    #[error("log level `{level}`: {problem}")]
    Level {
        /// What was given.
        level: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Logging was started before.
    #[error("logging has been started already")]
    Started,
}

/// Sends the log lines of the whole process to standard error, from `level` (`info`, or `info,fettle_steps=debug`) up.
/// Standard output stays free for what a command is asked to print.
pub fn start_logging(format: LogFormat, level: &str) -> Result<(), LoggingError> {
    let filter = EnvFilter::try_new(level)
        .map_err(|error| LoggingError::Level { level: level.to_owned(), problem: error.to_string() })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(|_| LoggingError::Started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_none_is_refused_by_name() {
        let error = start_logging(LogFormat::Text, "fettle=loud").unwrap_err();
        assert!(error.to_string().contains("`fettle=loud`"), "{error}");
    }
}
