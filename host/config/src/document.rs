//! A settings file as text with lines: taken apart key by key, so that one mistake does not hide the next.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error};

use crate::Problem;

/// A parsed file.
pub struct Document<'t> {
    text: &'t str,
    sections: DeTable<'t>,
}

impl<'t> Document<'t> {
    /// Parses TOML; all lines that are not TOML are reported together.
    pub fn parse(text: &'t str) -> Result<Self, Vec<Problem>> {
        Ok(Self { text, sections: parsed(text)? })
    }

    /// Names of the sections that are none of `known`, as problems.
    pub fn unknown_sections(&self, known: &[&str]) -> Vec<Problem> {
        let unknown = self.sections.keys().filter(|name| !known.contains(&name.get_ref().as_ref()));
        let problem = |name: &Spanned<std::borrow::Cow<'_, str>>| Problem {
            line: Some(line_of(self.text, name.span().start)),
            key: name.get_ref().to_string(),
            message: format!("no such section; there are {}", quoted(known)),
        };
        unknown.map(problem).collect()
    }

    /// Reads a section whose keys all have defaults. A key that is unknown or of the wrong type becomes a problem and
    /// keeps its default, so that the other keys are looked at too.
    pub fn section<T: DeserializeOwned + Default>(&self, name: &str, problems: &mut Vec<Problem>) -> T {
        let Some((header, value)) = self.sections.get_key_value(name) else { return T::default() };
        let DeValue::Table(table) = value.get_ref() else {
            let message = format!("must be a section, written [{name}], with keys below it");
            problems.push(Problem { line: self.line(&header.span()), key: name.to_owned(), message });
            return T::default();
        };
        read_keys(self.text, name, table, problems)
    }

    /// The line in which `section.key` stands.
    pub fn line_of_key(&self, path: &str) -> Option<usize> {
        let (section, key) = path.split_once('.')?;
        let table = self.sections.get(section)?.get_ref().as_table()?;
        let (key, _) = table.get_key_value(key)?;
        self.line(&key.span())
    }

    fn line(&self, span: &Range<usize>) -> Option<usize> {
        Some(line_of(self.text, span.start))
    }
}

/// TOML as a table with lines; all lines that are not TOML are reported together.
pub fn parsed(text: &str) -> Result<DeTable<'_>, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table.into_inner());
    }
    let problem = |error: &Error| {
        let line = error.span().map(|span| line_of(text, span.start));
        Problem { line, key: String::new(), message: error.message().to_owned() }
    };
    Err(errors.iter().map(problem).collect())
}

/// Reads a table whose keys all have defaults. A key that is unknown or of the wrong type becomes a problem, named below
/// `path`, and keeps its default, so that the other keys are looked at too.
pub fn read_keys<T: DeserializeOwned + Default>(
    text: &str,
    path: &str,
    table: &DeTable<'_>,
    problems: &mut Vec<Problem>,
) -> T {
    let mut sound = DeTable::new();
    for (key, value) in table {
        match read::<T>(DeTable::from_iter([(key.clone(), value.clone())])) {
            Ok(_) => {
                sound.insert(key.clone(), value.clone());
            }
            Err(error) => problems.push(Problem {
                line: Some(line_of(text, key.span().start)),
                key: format!("{path}.{}", key.get_ref()),
                message: error.message().replacen("unknown field", "no such key", 1),
            }),
        }
    }
    // Each key was read on its own above, and reading them together asks nothing more of them.
    read(sound).unwrap_or_default()
}

fn read<T: DeserializeOwned>(table: DeTable<'_>) -> Result<T, Error> {
    T::deserialize(Deserializer::from(Spanned::new(0..0, table)))
}

/// The line of a byte, counted from 1.
pub fn line_of(text: &str, byte: usize) -> usize {
    1 + text.as_bytes()[..byte.min(text.len())].iter().filter(|&&byte| byte == b'\n').count()
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("[{name}]")).collect::<Vec<_>>().join(", ")
}
