//! Users.

use jiff::Timestamp;
use sqlx::Row as _;

use super::dialect::{Connection, Row, is_storable, read_id, read_optional_time, time};
use super::tokens;
use crate::code::check_username;
use crate::{Conflict, MetadataError, NewUser, PasswordHash, Role, User};

/// A table that was there before us may let a name stand twice.
const INSERT: &str = "INSERT INTO t_user (username, password_hash, role, created_at, updated_at)
    SELECT $1, $2, $3, $4, $4 WHERE NOT EXISTS (SELECT 1 FROM t_user WHERE username = $1)
    ON CONFLICT DO NOTHING
    RETURNING id, username, password_hash, role, is_active, created_at";

const BY_NAME: &str =
    "SELECT id, username, password_hash, role, is_active, created_at FROM t_user WHERE username = $1";

const ALL: &str =
    "SELECT id, username, password_hash, role, is_active, created_at FROM t_user ORDER BY username";

const SET_PASSWORD: &str = "UPDATE t_user SET password_hash = $2, updated_at = $3 WHERE username = $1
    RETURNING id, username, password_hash, role, is_active, created_at";

const SET_ACTIVE: &str = "UPDATE t_user SET is_active = $2, updated_at = $3 WHERE username = $1
    RETURNING id, username, password_hash, role, is_active, created_at";

pub async fn create(
    connection: &mut Connection,
    user: &NewUser,
    now: Timestamp,
) -> Result<User, MetadataError> {
    check_username(&user.username)?;
    let query = sqlx::query(INSERT).bind(&user.username).bind(user.password_hash.as_str());
    let query = query.bind(user.role.as_str()).bind(time(now));
    let created = query.try_map(|row| read_user(&row)).fetch_optional(connection).await?;
    created.ok_or_else(|| Conflict::UserExists(user.username.clone()).into())
}

pub async fn by_name(connection: &mut Connection, username: &str) -> sqlx::Result<Option<User>> {
    if !is_storable(username) {
        return Ok(None);
    }
    sqlx::query(BY_NAME).bind(username).try_map(|row| read_user(&row)).fetch_optional(connection).await
}

pub async fn all(connection: &mut Connection) -> sqlx::Result<Vec<User>> {
    sqlx::query(ALL).try_map(|row| read_user(&row)).fetch_all(connection).await
}

/// Changes the user first, which keeps others from changing them or their tokens, then revokes their tokens.
pub async fn set_password(
    connection: &mut Connection,
    username: &str,
    password_hash: &PasswordHash,
    now: Timestamp,
) -> sqlx::Result<Option<User>> {
    if !is_storable(username) {
        return Ok(None);
    }
    let query = sqlx::query(SET_PASSWORD).bind(username).bind(password_hash.as_str()).bind(time(now));
    let user = query.try_map(|row| read_user(&row)).fetch_optional(&mut *connection).await?;
    if let Some(user) = &user {
        tokens::revoke_all(connection, user.id, now).await?;
    }
    Ok(user)
}

/// Likewise; tokens are revoked where the user is disabled.
pub async fn set_active(
    connection: &mut Connection,
    username: &str,
    is_active: bool,
    now: Timestamp,
) -> sqlx::Result<Option<User>> {
    if !is_storable(username) {
        return Ok(None);
    }
    let query = sqlx::query(SET_ACTIVE).bind(username).bind(is_active).bind(time(now));
    let user = query.try_map(|row| read_user(&row)).fetch_optional(&mut *connection).await?;
    if let Some(user) = user.as_ref().filter(|user| !user.is_active) {
        tokens::revoke_all(connection, user.id, now).await?;
    }
    Ok(user)
}

/// A user from the columns that all these queries name. In a table that was there before us, any of them may be NULL or
/// hold what is not ours; then the user can do less, never more.
pub fn read_user(row: &Row) -> sqlx::Result<User> {
    let role: Option<&str> = row.try_get("role")?;
    let password_hash: Option<String> = row.try_get("password_hash")?;
    let password_hash = password_hash.and_then(|text| PasswordHash::parse(text).ok());
    Ok(User {
        id: read_id(row, "id")?,
        username: row.try_get("username")?,
        role: role.and_then(|role| role.parse().ok()).unwrap_or(Role::Viewer),
        is_active: row.try_get::<Option<bool>, _>("is_active")?.unwrap_or(false),
        password_hash: password_hash.unwrap_or_else(PasswordHash::of_nobody),
        created_at: read_optional_time(row, "created_at")?.unwrap_or(Timestamp::UNIX_EPOCH),
    })
}
