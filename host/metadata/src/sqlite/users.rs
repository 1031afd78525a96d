//! Users.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::text::{read, read_time, time};
use crate::code::check_username;
use crate::{Conflict, MetadataError, NewUser, PasswordHash, User};

const INSERT: &str = "INSERT INTO t_user (username, password_hash, role, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?4)
    ON CONFLICT (username) DO NOTHING
    RETURNING id, username, password_hash, role, is_active, created_at";

const BY_NAME: &str =
    "SELECT id, username, password_hash, role, is_active, created_at FROM t_user WHERE username = ?1";

const ALL: &str =
    "SELECT id, username, password_hash, role, is_active, created_at FROM t_user ORDER BY username";

const SET_PASSWORD: &str = "UPDATE t_user SET password_hash = ?2, updated_at = ?3 WHERE username = ?1
    RETURNING id, username, password_hash, role, is_active, created_at";

const SET_ACTIVE: &str = "UPDATE t_user SET is_active = ?2, updated_at = ?3 WHERE username = ?1
    RETURNING id, username, password_hash, role, is_active, created_at";

pub async fn create(pool: &SqlitePool, user: &NewUser, now: Timestamp) -> Result<User, MetadataError> {
    check_username(&user.username)?;
    let query = sqlx::query(INSERT).bind(&user.username).bind(user.password_hash.as_str());
    let query = query.bind(user.role.as_str()).bind(time(now));
    let created = query.try_map(|row| read_user(&row)).fetch_optional(pool).await?;
    created.ok_or_else(|| Conflict::UserExists(user.username.clone()).into())
}

pub async fn by_name(pool: &SqlitePool, username: &str) -> sqlx::Result<Option<User>> {
    sqlx::query(BY_NAME).bind(username).try_map(|row| read_user(&row)).fetch_optional(pool).await
}

pub async fn all(pool: &SqlitePool) -> sqlx::Result<Vec<User>> {
    sqlx::query(ALL).try_map(|row| read_user(&row)).fetch_all(pool).await
}

pub async fn set_password(
    connection: &mut SqliteConnection,
    username: &str,
    password_hash: &PasswordHash,
    now: Timestamp,
) -> sqlx::Result<Option<User>> {
    let query = sqlx::query(SET_PASSWORD).bind(username).bind(password_hash.as_str()).bind(time(now));
    query.try_map(|row| read_user(&row)).fetch_optional(connection).await
}

pub async fn set_active(
    connection: &mut SqliteConnection,
    username: &str,
    is_active: bool,
    now: Timestamp,
) -> sqlx::Result<Option<User>> {
    let query = sqlx::query(SET_ACTIVE).bind(username).bind(is_active).bind(time(now));
    query.try_map(|row| read_user(&row)).fetch_optional(connection).await
}

/// A user from the columns that all these queries name.
pub fn read_user(row: &SqliteRow) -> sqlx::Result<User> {
    Ok(User {
        id: row.try_get("id")?,
        username: row.try_get("username")?,
        role: read(row, "role", |text| text.parse().ok())?,
        is_active: row.try_get("is_active")?,
        password_hash: read(row, "password_hash", |text| PasswordHash::parse(text.to_owned()).ok())?,
        created_at: read_time(row, "created_at")?,
    })
}
