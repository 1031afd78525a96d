//! Password hashes.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};

/// An argon2id hash in PHC form (`$argon2id$v=19$…`). It is a secret of sorts, and no `Debug` shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Why a password cannot be taken, or a text is no hash.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// An empty password.
    #[error("the password is empty")]
    Empty,
    /// A password beyond [`PasswordHash::MAX_PASSWORD_BYTES`].
    #[error("the password is longer than {} bytes", PasswordHash::MAX_PASSWORD_BYTES)]
    TooLong,
    /// A text that is no hash in PHC form.
    #[error("not a password hash in PHC form")]
    NotAHash(#[source] phc::Error),
    /// The hash could not be computed, mostly for want of memory or random numbers.
    #[error("the password could not be hashed")]
    Hash(#[source] argon2::password_hash::Error),
}

impl PasswordHash {
    /// Longest password, in bytes, that is hashed at all: longer ones are an attack on the server's time.
    pub const MAX_PASSWORD_BYTES: usize = 1024;

    /// Hashes `password` under a fresh salt.
    ///
    /// Blocks for tens of milliseconds and takes 19 MiB (OWASP's argon2id parameters, the crate's default): call it
    /// off the async threads, a few at once.
    pub fn of(password: &str) -> Result<Self, PasswordError> {
        if password.is_empty() {
            return Err(PasswordError::Empty);
        }
        if password.len() > Self::MAX_PASSWORD_BYTES {
            return Err(PasswordError::TooLong);
        }
        let hash = Argon2::default().hash_password(password.as_bytes()).map_err(PasswordError::Hash)?;
        Ok(Self(hash.to_string()))
    }

    /// A hash that stood in a store.
    pub fn parse(text: String) -> Result<Self, PasswordError> {
        phc::PasswordHash::new(&text).map_err(PasswordError::NotAHash)?;
        Ok(Self(text))
    }

    /// A hash that no password is known for. Verifying against it where a user name is unknown takes as long as it
    /// does for a known one, so that the time does not tell them apart.
    pub fn of_nobody() -> Self {
        Self(
            "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                .to_owned(),
        )
    }

    /// Whether `password` is the one that was hashed. Blocks as long as [`PasswordHash::of`] does.
    pub fn verify(&self, password: &str) -> bool {
        if password.len() > Self::MAX_PASSWORD_BYTES {
            return false;
        }
        phc::PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }

    /// The PHC text, for a store to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_alone() {
        let hash = PasswordHash::of("correct horse").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$"));
        assert!(hash.verify("correct horse"));
        assert!(!hash.verify("correct horsE"));
        assert!(!hash.verify(""));
        assert_ne!(hash, PasswordHash::of("correct horse").unwrap(), "each hash has its own salt");
        assert!(PasswordHash::parse(hash.as_str().to_owned()).unwrap().verify("correct horse"));
    }

    #[test]
    fn nobodys_hash_costs_what_any_other_does() {
        let parameters = |hash: &PasswordHash| hash.as_str().split('$').nth(3).unwrap().to_owned();
        let nobody = PasswordHash::of_nobody();
        assert_eq!(parameters(&nobody), parameters(&PasswordHash::of("x").unwrap()));
        assert!(PasswordHash::parse(nobody.as_str().to_owned()).is_ok());
        assert!(!nobody.verify("x"));
    }

    #[test]
    fn empty_and_endless_passwords_are_refused() {
        assert!(matches!(PasswordHash::of(""), Err(PasswordError::Empty)));
        let endless = "x".repeat(PasswordHash::MAX_PASSWORD_BYTES + 1);
        assert!(matches!(PasswordHash::of(&endless), Err(PasswordError::TooLong)));
        assert!(!PasswordHash::of("x").unwrap().verify(&endless));
    }

    #[test]
    fn debug_shows_no_hash() {
        assert_eq!(format!("{:?}", PasswordHash::of_nobody()), "PasswordHash(…)");
    }

    #[test]
    fn a_text_that_is_no_hash_is_refused() {
        assert!(PasswordHash::parse("secret".to_owned()).is_err());
    }
}
