//! Addresses of backends, which may hold a password that nobody may see.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::Secret;

/// Where a backend is: `scheme://user:password@host:port/rest`. What it shows of itself has neither the password nor the
/// parameters behind a `?`, for some of those are secrets too.
#[derive(Clone, PartialEq, Eq)]
pub struct BackendUrl(String);

impl BackendUrl {
    /// A URL of one of `schemes` with a host; `None` for any other text.
    pub fn parse(text: impl Into<String>, schemes: &[&str]) -> Option<Self> {
        let url = Self(text.into());
        url.is_of(schemes).then_some(url)
    }

    /// The whole URL, for the one place that connects.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it has one of the schemes, and a host.
    pub(crate) fn is_of(&self, schemes: &[&str]) -> bool {
        let Some((scheme, _, rest)) = self.parts() else { return false };
        let is_one_word =
            !self.0.contains(|character: char| character.is_whitespace() || character.is_control());
        schemes.contains(&scheme)
            && is_one_word
            && !rest.is_empty()
            && !rest.starts_with(['/', ':', '?', '#'])
    }

    /// Whether there is a password before the host.
    pub(crate) fn has_password(&self) -> bool {
        self.parts().is_some_and(|(_, user, _)| user.is_some_and(|user| user.contains(':')))
    }

    /// The same with a password, in the place of the one that is there.
    pub(crate) fn with_password(&self, password: &Secret) -> Self {
        let Some((scheme, user, rest)) = self.parts() else { return self.clone() };
        let name = user.map_or("", |user| user.split(':').next().unwrap_or(""));
        Self(format!("{scheme}://{name}:{}@{rest}", percent_encoded(password.expose())))
    }

    /// Scheme, what stands before the host, and host with all behind it. What stands before the host ends at the last
    /// `@`, so that no part of a password which was not encoded as it should be shows as something else.
    fn parts(&self) -> Option<(&str, Option<&str>, &str)> {
        let (scheme, rest) = self.0.split_once("://")?;
        Some(match rest.rsplit_once('@') {
            Some((user, rest)) => (scheme, Some(user), rest),
            None => (scheme, None, rest),
        })
    }
}

/// All but what never means anything else in a URL.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Without what is secret.
impl fmt::Display for BackendUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, user, rest)) = self.parts() else { return f.write_str("(no URL)") };
        write!(f, "{scheme}://")?;
        if let Some(user) = user {
            // A name has none of these; behind one of them may be a password, in whatever place it got.
            match user.split_once([':', '/', '?', '#']) {
                Some((name, _)) => write!(f, "{name}:(hidden)@")?,
                None => write!(f, "{user}@")?,
            }
        }
        match rest.split_once('?') {
            Some((place, _)) => write!(f, "{place}?(hidden)"),
            None => f.write_str(rest),
        }
    }
}

impl fmt::Debug for BackendUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackendUrl({self})")
    }
}

impl Serialize for BackendUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BackendUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde's own message would quote the value.
        String::deserialize(deserializer).map(Self).map_err(|_| D::Error::custom("must be a text in quotes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

    fn url(text: &str) -> BackendUrl {
        BackendUrl::parse(text, &SCHEMES).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn it_has_a_scheme_and_a_host() {
        url("postgres://db");
        url("postgresql://fettle@[::1]:5432/fettle?sslmode=require");
        for text in [
            "",
            "db",
            "redis://db",
            "postgres:db",
            "postgres://",
            "postgres://user@",
            "postgres:///x",
            "postgres://:5432",
            "postgres://a b",
        ] {
            assert_eq!(BackendUrl::parse(text, &SCHEMES), None, "{text}");
        }
    }

    #[test]
    fn it_shows_nothing_that_is_secret() {
        for (text, shown) in [
            ("postgres://db/fettle", "postgres://db/fettle"),
            ("postgres://me@db/fettle", "postgres://me@db/fettle"),
            ("postgres://me:hush@db:5432/fettle", "postgres://me:(hidden)@db:5432/fettle"),
            ("postgres://me:hu/sh?h@ush@db/fettle", "postgres://me:(hidden)@db/fettle"),
            ("postgres://me@db/fettle?password=hush", "postgres://me@db/fettle?(hidden)"),
            ("postgres://db/fettle?password=hush@5", "postgres://db:(hidden)@5"),
        ] {
            let url = url(text);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("BackendUrl({shown})"));
        }
    }

    #[test]
    fn a_password_gets_before_the_host_encoded() {
        let password = Secret::new("p@ss/w:rd", 1).unwrap();
        let with = |text: &str| url(text).with_password(&password).expose().to_owned();
        assert_eq!(with("postgres://me@db/fettle"), "postgres://me:p%40ss%2Fw%3Ard@db/fettle");
        assert_eq!(with("postgres://db/fettle"), "postgres://:p%40ss%2Fw%3Ard@db/fettle");
        assert!(url("postgres://me:x@db").has_password() && !url("postgres://me@db").has_password());
    }
}
