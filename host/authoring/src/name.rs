//! What plugins are called.

use std::fmt;
use std::str::FromStr;

/// A plugin's name: lower-case letters, digits and single hyphens, a letter first. So it can be a crate's and a file's
/// name, and with `_` for `-` a method's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginName(String);

/// A text that is no plugin's name.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no plugin name: it takes lower-case letters, digits and single hyphens, a letter first, at most 48"
)]
pub struct InvalidName(String);

/// Most bytes of a name.
const LONGEST: usize = 48;

/// Words that cargo or the API would not have: a crate `test` cannot be built, a method `none` cannot be asked for.
const TAKEN: [&str; 8] = ["none", "test", "core", "std", "sdk", "fettle-sdk", "serde", "schemars"];

impl FromStr for PluginName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let sound = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(allowed)
            && !text.ends_with('-')
            && !text.contains("--")
            && text.len() <= LONGEST
            && !TAKEN.contains(&text);
        if sound { Ok(Self(text.to_owned())) } else { Err(InvalidName(text.to_owned())) }
    }
}

impl PluginName {
    /// As the name of a method or a Rust crate.
    pub fn with_underscores(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_crates_and_methods() {
        for name in ["spike", "arc-on", "p95", "a-1"] {
            assert_eq!(name.parse::<PluginName>().unwrap().to_string(), name);
        }
        for name in
            ["", "Spike", "1st", "a--b", "a-", "a_b", "a b", "../a", "none", "test", "äh", &"a".repeat(49)]
        {
            assert!(name.parse::<PluginName>().is_err(), "{name}");
        }
        assert_eq!("arc-on".parse::<PluginName>().unwrap().with_underscores(), "arc_on");
    }
}
