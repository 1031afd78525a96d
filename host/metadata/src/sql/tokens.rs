//! Refresh tokens. Whatever writes more than once is given a connection inside a transaction. The tokens of one user
//! change one after the other: whoever changes them holds the lock of their user first.

use jiff::Timestamp;
use sqlx::Row as _;

use super::dialect::{Connection, lock_user, lock_user_of_token, read_optional_time, time};
use super::text::read_time;
use super::users::read_user;
use crate::{RefreshToken, Rotation, User};

/// Inserts nothing where the user has been disabled, or has got another password than the one that was checked.
const ISSUE: &str = "INSERT INTO t_refresh_token (token_digest, family, user_id, issued_at, expires_at)
    SELECT $1, $1, id, $2, $3 FROM t_user WHERE id = $4 AND password_hash = $5 AND is_active = TRUE";

const FIND: &str = "SELECT family, expires_at, used_at, revoked_at,
        t_user.id, username, password_hash, role, is_active, created_at
    FROM t_refresh_token JOIN t_user ON t_user.id = t_refresh_token.user_id
    WHERE token_digest = $1";

const USE: &str = "UPDATE t_refresh_token SET used_at = $2 WHERE token_digest = $1";

const SUCCEED: &str = "INSERT INTO t_refresh_token (token_digest, family, user_id, issued_at, expires_at)
    VALUES ($1, $2, $3, $4, $5)";

const FAMILY: &str = "SELECT family FROM t_refresh_token WHERE token_digest = $1";

const REVOKE_FAMILY: &str =
    "UPDATE t_refresh_token SET revoked_at = $2 WHERE family = $1 AND revoked_at IS NULL";

const REVOKE_ALL: &str =
    "UPDATE t_refresh_token SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL";

const FORGET_EXPIRED: &str = "DELETE FROM t_refresh_token WHERE expires_at <= $1";

/// Forgets what has expired, and adds a token that starts a family.
pub async fn issue(
    connection: &mut Connection,
    user: &User,
    token: &RefreshToken,
    expires_at: Timestamp,
    now: Timestamp,
) -> sqlx::Result<bool> {
    forget_expired(connection, now).await?;
    lock_user(connection, user.id).await?;
    let query = sqlx::query(ISSUE).bind(token.digest()).bind(time(now)).bind(time(expires_at));
    let inserted = query.bind(user.id).bind(user.password_hash.as_str()).execute(connection).await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn rotate(
    connection: &mut Connection,
    presented: &RefreshToken,
    next: &RefreshToken,
    expires_at: Timestamp,
    now: Timestamp,
) -> sqlx::Result<Rotation> {
    let digest = presented.digest();
    lock_user_of_token(connection, &digest).await?;
    let Some(row) = sqlx::query(FIND).bind(&digest).fetch_optional(&mut *connection).await? else {
        return Ok(Rotation::Unknown);
    };
    let family: &str = row.try_get("family")?;
    if read_optional_time(&row, "used_at")?.is_some() {
        sqlx::query(REVOKE_FAMILY).bind(family).bind(time(now)).execute(connection).await?;
        return Ok(Rotation::Reused);
    }
    // Disabling a user revokes their tokens, so this stands for that too.
    if read_optional_time(&row, "revoked_at")?.is_some() {
        return Ok(Rotation::Revoked);
    }
    if read_time(&row, "expires_at")? <= now {
        return Ok(Rotation::Expired);
    }
    let user = read_user(&row)?;
    sqlx::query(USE).bind(&digest).bind(time(now)).execute(&mut *connection).await?;
    let query = sqlx::query(SUCCEED).bind(next.digest()).bind(family).bind(user.id);
    query.bind(time(now)).bind(time(expires_at)).execute(connection).await?;
    Ok(Rotation::Rotated(user))
}

/// Revokes the family of `token`; `false` where it is unknown.
pub async fn revoke_family_of(
    connection: &mut Connection,
    token: &RefreshToken,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let digest = token.digest();
    lock_user_of_token(connection, &digest).await?;
    let query = sqlx::query_scalar::<_, String>(FAMILY).bind(&digest);
    let Some(family) = query.fetch_optional(&mut *connection).await? else { return Ok(false) };
    sqlx::query(REVOKE_FAMILY).bind(family).bind(time(now)).execute(connection).await?;
    Ok(true)
}

/// Revokes all tokens of a user.
pub async fn revoke_all(connection: &mut Connection, user_id: i64, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(REVOKE_ALL).bind(user_id).bind(time(now)).execute(connection).await?;
    Ok(())
}

/// Deletes what has expired, so that the table holds what is alive and no more.
async fn forget_expired(connection: &mut Connection, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(FORGET_EXPIRED).bind(time(now)).execute(connection).await?;
    Ok(())
}
