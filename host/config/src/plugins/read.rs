//! Takes `plugins.toml` apart, so that one mistake does not hide the next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::{PluginEntry, PluginLimits, PluginSource, PluginsFile};
use crate::Problem;
use crate::document::{line_of, parsed, read_keys};
use crate::problem::Problems;

/// Hexadecimal digits of a SHA-256.
const DIGEST_DIGITS: usize = 64;

/// The keys of an entry that hold one value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Plain {
    name: Option<String>,
    source: Option<String>,
    sha256: Option<String>,
    enabled: bool,
    wasi: bool,
}

impl Default for Plain {
    fn default() -> Self {
        Self { name: None, source: None, sha256: None, enabled: true, wasi: false }
    }
}

/// Reads a file that lies in the folder `base`.
pub(super) fn file(text: &str, base: &Path) -> Result<PluginsFile, Vec<Problem>> {
    let table = parsed(text)?;
    let mut reader = Reader { text, base, problems: Vec::new() };
    let mut file = PluginsFile::default();
    for (key, value) in &table {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("forbidden", DeValue::Array(digests)) => file.forbidden = reader.forbidden(digests),
            ("forbidden", _) => {
                reader.refuse(key, "forbidden", "must be a list of SHA-256 in quotes: [\"…\", \"…\"]");
            }
            ("plugin", DeValue::Array(entries)) => file.plugins = reader.entries(entries),
            ("plugin", _) => reader.refuse(key, "plugin", "must be written [[plugin]], once for each plugin"),
            (other, _) => reader.refuse(key, other, "no such key; there are `forbidden` and `[[plugin]]`"),
        }
    }
    if file.plugins.is_empty() && reader.problems.is_empty() {
        // As it would look to a reader who comes while the file is being written.
        let message = "names no plugin; each has a [[plugin]] with its `name` and `source`".to_owned();
        reader.problems.push(Problem { line: None, key: "plugin".to_owned(), message });
    }
    reader.problems.sort_by_key(|problem| (problem.line.is_none(), problem.line));
    if reader.problems.is_empty() { Ok(file) } else { Err(reader.problems) }
}

struct Reader<'t> {
    text: &'t str,
    base: &'t Path,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn refuse<T>(&mut self, place: &Spanned<T>, key: &str, message: impl Into<String>) {
        let line = Some(line_of(self.text, place.span().start));
        self.problems.push(Problem { line, key: key.to_owned(), message: message.into() });
    }

    fn forbidden(&mut self, digests: &DeArray<'_>) -> BTreeSet<String> {
        let mut forbidden = BTreeSet::new();
        for item in digests {
            match item.get_ref().as_str().and_then(digest) {
                Some(digest) => drop(forbidden.insert(digest)),
                None => {
                    self.refuse(item, "forbidden", "must hold SHA-256 of 64 hexadecimal digits, in quotes");
                }
            }
        }
        forbidden
    }

    fn entries(&mut self, items: &DeArray<'_>) -> Vec<PluginEntry> {
        let mut entries: Vec<PluginEntry> = Vec::with_capacity(items.len());
        for item in items {
            let DeValue::Table(table) = item.get_ref() else {
                self.refuse(item, "plugin", "must be written [[plugin]], with keys below it");
                continue;
            };
            let entry = self.entry(item, table);
            if let Some(other) =
                entries.iter().find(|other| other.name == entry.name && !other.name.is_empty())
            {
                let line = other.line.unwrap_or_default();
                let message = format!("another plugin is named `{}` already, in line {line}", entry.name);
                self.about(item, table, "name", &message);
            }
            entries.push(entry);
        }
        entries
    }

    fn entry(&mut self, place: &Spanned<DeValue<'_>>, table: &DeTable<'_>) -> PluginEntry {
        let nested = |name: &str| matches!(name, "limits" | "defaults");
        let plain = table.iter().filter(|(key, _)| !nested(key.get_ref().as_ref()));
        let plain = plain.map(|(key, value)| (key.clone(), value.clone())).collect();
        let plain: Plain = read_keys(self.text, "plugin", &plain, &mut self.problems);
        let name = plain.name.unwrap_or_default();
        let mut entry =
            PluginEntry { line: Some(line_of(self.text, place.span().start)), ..PluginEntry::named(&name) };
        (entry.enabled, entry.wasi) = (plain.enabled, plain.wasi);

        if !is_name(&name) {
            self.about(
                place,
                table,
                "name",
                "must be a name of letters, digits, `-`, `_` and `.`, in quotes",
            );
        }
        match plain.source.as_deref() {
            Some("" | "builtin:") | None => {
                self.about(place, table, "source", "must be \"builtin:NAME\" or the path of a component");
            }
            Some(source) => {
                entry.source = PluginSource::from(source.to_owned());
                if let PluginSource::File(path) = &mut entry.source {
                    *path = self.base.join(&*path);
                }
            }
        }
        if let Some(pin) = plain.sha256 {
            entry.sha256 = digest(&pin);
            if entry.sha256.is_none() {
                self.about(place, table, "sha256", "must be a SHA-256 of 64 hexadecimal digits");
            }
        }
        if let Some((key, value)) = table.get_key_value("limits") {
            match value.get_ref() {
                DeValue::Table(limits) => entry.limits = self.limits(limits),
                _ => self.refuse(key, "plugin.limits", "must be written [plugin.limits], with keys below it"),
            }
        }
        if let Some((key, value)) = table.get_key_value("defaults") {
            match value.get_ref() {
                DeValue::Table(methods) => entry.defaults = self.defaults(methods),
                _ => self.refuse(
                    key,
                    "plugin.defaults",
                    "must be written [plugin.defaults.METHOD], with parameters below it",
                ),
            }
        }
        entry
    }

    /// A problem with a key of an entry, or with the entry where the key is missing; none where a wrong type of it has
    /// been told already.
    fn about(&mut self, entry: &Spanned<DeValue<'_>>, table: &DeTable<'_>, key: &str, message: &str) {
        let path = format!("plugin.{key}");
        let span = table.get_key_value(key).map_or(entry.span(), |(key, _)| key.span());
        let line = Some(line_of(self.text, span.start));
        if !self.problems.iter().any(|told| told.key == path && told.line == line) {
            self.problems.push(Problem { line, key: path, message: message.to_owned() });
        }
    }

    fn limits(&mut self, table: &DeTable<'_>) -> PluginLimits {
        let limits: PluginLimits = read_keys(self.text, "plugin.limits", table, &mut self.problems);
        let mut found = Problems::default();
        let mut check = |key: &str, value: Option<u32>, range| {
            if let Some(value) = value {
                found.check_range(key, value, range);
            }
        };
        check("memory_mib", limits.memory_mib, 16..=4096);
        check("time_base_ms", limits.time_base_ms, 1..=600_000);
        check("time_per_cell_ns", limits.time_per_cell_ns, 0..=1_000_000);
        check("output_mib", limits.output_mib, 1..=4096);
        check(
            "concurrency",
            limits.concurrency.map(|threads| u32::try_from(threads).unwrap_or(u32::MAX)),
            1..=256,
        );
        for (key, message) in found.into_found() {
            if let Some((place, _)) = table.get_key_value(key.as_str()) {
                self.refuse(place, &format!("plugin.limits.{key}"), message);
            }
        }
        limits
    }

    fn defaults(&mut self, methods: &DeTable<'_>) -> BTreeMap<String, Map<String, Value>> {
        let mut defaults = BTreeMap::new();
        for (method, params) in methods {
            let path = format!("plugin.defaults.{}", method.get_ref());
            let DeValue::Table(params) = params.get_ref() else {
                self.refuse(method, &path, format!("must be written [{path}], with parameters below it"));
                continue;
            };
            let mut given = Map::new();
            for (name, value) in params {
                match json(value.get_ref()) {
                    Ok(value) => drop(given.insert(name.get_ref().to_string(), value)),
                    Err(problem) => self.refuse(name, &format!("{path}.{}", name.get_ref()), problem),
                }
            }
            defaults.insert(method.get_ref().to_string(), given);
        }
        defaults
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A SHA-256 in lower case.
fn digest(text: &str) -> Option<String> {
    let is_digest = text.len() == DIGEST_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| text.to_ascii_lowercase())
}

/// A TOML value as the JSON that a parameter is.
fn json(value: &DeValue<'_>) -> Result<Value, &'static str> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Integer(whole) => {
            let parsed = i64::from_str_radix(whole.as_str(), whole.radix());
            Value::from(parsed.map_err(|_| "is larger than a whole number can be")?)
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            Value::Number(number.ok_or("must be a finite number")?)
        }
        DeValue::Datetime(_) => return Err("is a date, which no parameter is; write it in quotes"),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| json(item.get_ref())).collect::<Result<_, _>>()?)
        }
        DeValue::Table(members) => {
            let member = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                Ok((name.to_string(), json(value.get_ref())?))
            };
            Value::Object(members.iter().map(member).collect::<Result<_, &'static str>>()?)
        }
    })
}
