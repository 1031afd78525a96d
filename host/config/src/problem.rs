//! What is wrong with a settings file.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The file was read and is wrong, in one or more places.
    #[error("{}", list(path, problems))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it, in the order of its lines.
        problems: Vec<Problem>,
    },
}

/// One mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, counted from 1; `None` for what stands in no line (a default, the environment).
    pub line: Option<usize>,
    /// The key with its section, such as `server.listen`; empty where a line is not TOML at all.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Problems as they are found; lines are looked up afterwards.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<(String, String)>,
}

impl Problems {
    /// Notes that `key` is wrong.
    pub fn add(&mut self, key: &str, message: impl Into<String>) {
        self.found.push((key.to_owned(), message.into()));
    }

    /// Notes that `key` is wrong unless `value` lies within `range`.
    pub fn check_range<T: Copy + PartialOrd + fmt::Display>(
        &mut self,
        key: &str,
        value: T,
        range: RangeInclusive<T>,
    ) {
        if !range.contains(&value) {
            self.add(key, format!("{value} must be between {} and {}", range.start(), range.end()));
        }
    }

    /// Key and message of each problem.
    pub fn into_found(self) -> Vec<(String, String)> {
        self.found
    }
}

fn list(path: &std::path::Path, problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let place = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
        let key = if problem.key.is_empty() { String::new() } else { format!("{}: ", problem.key) };
        format!("{}{place}: {key}{}", path.display(), problem.message)
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}
