//! The id that an answer, an error and the log lines of one request share.

use std::fmt;

/// Long enough for every id format in use (a UUID has 36 characters), short enough to log.
const LONGEST: usize = 64;

/// Identifies one request in answers and in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new random id.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// The id that a client or a proxy sent along, if it is 1 to 64 letters, digits, `-`, `_` or `.`; anything else
    /// could forge log lines.
    pub fn from_client(sent: &str) -> Option<Self> {
        let fits = (1..=LONGEST).contains(&sent.len())
            && sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        fits.then(|| Self(sent.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_differ_and_would_be_accepted_back() {
        let (one, other) = (RequestId::random(), RequestId::random());
        assert_ne!(one, other);
        assert_eq!(RequestId::from_client(one.as_str()), Some(one));
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not_taken() {
        for sent in ["", "a b", "a\nb", "a\u{1b}[2J", &"x".repeat(65), "é"] {
            assert_eq!(RequestId::from_client(sent), None, "{sent:?}");
        }
    }
}
