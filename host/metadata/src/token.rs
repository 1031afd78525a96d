//! Refresh tokens.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::User;

/// An opaque random text that a client trades for a new access token, once. No `Debug` shows it, and a store keeps
/// its [`digest`](RefreshToken::digest) alone.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(String);

/// What became of an attempt to trade a refresh token.
///
/// To a client all but `Rotated` are the same refusal; a log may tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The presented token is used up, and the next one is valid.
    Rotated(User),
    /// Nobody was ever given this token, or it was forgotten after it expired.
    Unknown,
    /// It has expired.
    Expired,
    /// It was revoked: by a logout, by another's reuse, with a password change or with the user.
    Revoked,
    /// It was used before; its whole family is revoked now.
    Reused,
}

impl RefreshToken {
    /// 256 random bits. Fails where the system has no random numbers to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// A token as a client presented it; any text will do, and one that was never issued is unknown.
    pub fn presented(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that the client is given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 in hex. Unsalted and fast is enough here: 256 random bits cannot be guessed from it.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_random_and_hidden() {
        let token = RefreshToken::random().unwrap();
        assert_eq!(token.as_str().len(), 64);
        assert_ne!(token, RefreshToken::random().unwrap());
        assert_eq!(format!("{token:?}"), "RefreshToken(…)");
        assert_eq!(RefreshToken::presented(token.as_str()).digest(), token.digest());
        assert_ne!(token.digest(), token.as_str());
    }
}
