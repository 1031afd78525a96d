//! Access tokens: JWT, signed with HS256.

use std::time::Duration;

use fettle_metadata::User;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Tells our tokens from any other that the same secret signs.
const ISSUER: &str = "fettle";

/// Signs and checks access tokens.
pub(crate) struct AccessTokens {
    sign: EncodingKey,
    verify: DecodingKey,
    validation: Validation,
    lifetime: Duration,
}

/// What a token says. The role is not in it: it is looked up at every use, so that taking it away takes effect.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    /// The user's name.
    pub(crate) sub: String,
    /// Which password the user had, see [`password_version`].
    pub(crate) pwv: String,
    /// Issued at, seconds since the Unix epoch.
    iat: i64,
    /// Valid until then, in the same unit.
    exp: i64,
}

impl AccessTokens {
    /// Tokens signed with `secret` that are valid for `lifetime`.
    pub(crate) fn new(secret: &[u8], lifetime: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // The expiry is checked against the time that is passed in.
        validation.validate_exp = false;
        Self {
            sign: EncodingKey::from_secret(secret),
            verify: DecodingKey::from_secret(secret),
            validation,
            lifetime,
        }
    }

    /// How long a token is valid.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// A token for `user`, valid from `now`.
    pub(crate) fn issue(&self, user: &User, now: Timestamp) -> Result<String, Problem> {
        let iat = now.as_second();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user.username.clone(),
            pwv: password_version(user),
            iat,
            exp: iat.saturating_add_unsigned(self.lifetime.as_secs()),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.sign).map_err(|error| Problem::internal(&error))
    }

    /// What a token that we signed says, if it has not expired.
    pub(crate) fn check(&self, token: &str, now: Timestamp) -> Result<Claims, Problem> {
        let claims = decode::<Claims>(token, &self.verify, &self.validation)
            .map_err(|_| Problem::unauthorized("the access token is not one of this server's; log in again"))?
            .claims;
        if claims.exp <= now.as_second() {
            return Err(Problem::unauthorized("the access token has expired; refresh it or log in again"));
        }
        Ok(claims)
    }
}

/// Changes with the user's password and when a user is made anew under the same name, so that older tokens end then.
/// A prefix of a hash of a salted hash: it gives nothing away.
pub(crate) fn password_version(user: &User) -> String {
    let digest = Sha256::digest(user.password_hash.as_str().as_bytes());
    hex::encode(&digest[..8])
}

#[cfg(test)]
mod tests {
    use fettle_metadata::{PasswordHash, Role};

    use super::*;

    fn user() -> User {
        User {
            id: 1,
            username: "test_user".to_owned(),
            role: Role::Analyst,
            is_active: true,
            password_hash: PasswordHash::of_nobody(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_token_is_valid_until_it_expires_and_under_its_own_secret_alone() {
        let tokens = AccessTokens::new(b"a secret of at least 32 bytes, or so", Duration::from_secs(60));
        let issued: Timestamp = "2025-11-01T00:00:00Z".parse().unwrap();
        let later = |seconds: i64| Timestamp::from_second(issued.as_second() + seconds).unwrap();
        let token = tokens.issue(&user(), issued).unwrap();
        assert_eq!(tokens.check(&token, later(59)).unwrap().sub, "test_user");
        assert!(tokens.check(&token, later(60)).is_err());
        let others = AccessTokens::new(b"another secret of at least 32 bytes!", Duration::from_secs(60));
        assert!(others.check(&token, issued).is_err());
    }

    #[test]
    fn a_token_without_a_signature_is_refused() {
        let tokens = AccessTokens::new(b"a secret of at least 32 bytes, or so", Duration::from_secs(60));
        let token = tokens.issue(&user(), Timestamp::UNIX_EPOCH).unwrap();
        let claims = token.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
        for broken in ["", "x", "a.b.c", &token[..token.len() - 2], &unsigned] {
            assert!(tokens.check(broken, Timestamp::UNIX_EPOCH).is_err(), "{broken}");
        }
    }
}
