//! How one generation differs from another.

use std::fmt;

use crate::generation::{Generation, Member};

/// How plugins differ from those in force, by what the operator calls them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Loaded from now on.
    pub added: Vec<String>,
    /// Loaded no more.
    pub removed: Vec<String>,
    /// Loaded in another way.
    pub changed: Vec<Changed>,
    /// As before.
    pub unchanged: Vec<String>,
}

/// A plugin that is loaded in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What the operator calls it.
    pub name: String,
    /// `digest`, `limits`, `defaults`, `wasi`: what is not as before.
    pub what: Vec<&'static str>,
    /// SHA-256 of the component before.
    pub digest_before: String,
    /// SHA-256 of the component now.
    pub digest: String,
}

impl Changes {
    pub(super) fn between(current: &Generation, next: &[Member]) -> Self {
        let mut changes = Self::default();
        for member in next {
            let name = member.entry.name.clone();
            let Some(plugin) = member.plugin() else { continue };
            let before = current.member(&name).and_then(|before| Some((before, before.plugin()?)));
            let Some((before, plugin_before)) = before else {
                changes.added.push(name);
                continue;
            };
            let differences = [
                ("digest", plugin.digest() != plugin_before.digest()),
                ("limits", plugin.limits() != plugin_before.limits()),
                ("defaults", member.entry.defaults != before.entry.defaults),
                ("wasi", member.entry.wasi != before.entry.wasi),
            ];
            let what: Vec<_> =
                differences.iter().filter(|(_, differs)| *differs).map(|(what, _)| *what).collect();
            if what.is_empty() {
                changes.unchanged.push(name);
            } else {
                let (digest_before, digest) = (plugin_before.digest().to_owned(), plugin.digest().to_owned());
                changes.changed.push(Changed { name, what, digest_before, digest });
            }
        }
        let goes_on =
            |name: &str| next.iter().any(|member| member.entry.name == name && member.plugin().is_some());
        let loaded = current.members.iter().filter(|member| member.plugin().is_some());
        let names = loaded.map(|member| &member.entry.name);
        changes.removed = names.filter(|name| !goes_on(name)).cloned().collect();
        changes
    }

    /// Whether all is as before.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed: Vec<String> = self
            .changed
            .iter()
            .map(|changed| format!("{} ({})", changed.name, changed.what.join(", ")))
            .collect();
        let parts = [("added", &self.added), ("removed", &self.removed), ("changed", &changed)];
        let parts = parts.iter().filter(|(_, names)| !names.is_empty());
        let parts: Vec<String> = parts.map(|(what, names)| format!("{what} {}", names.join(", "))).collect();
        f.write_str(&parts.join("; "))
    }
}
