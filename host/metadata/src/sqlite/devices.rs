//! Reading device types, fields and devices.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::text::{count, read_role};
use crate::{Device, DeviceFilter, DeviceType, DeviceTypeSummary, Field, Page, Paged};

const DEVICE_TYPE: &str = "SELECT id, type_code, type_name FROM t_device_type WHERE type_code = ?1";

const FIELDS: &str = "SELECT field_code, field_name, role, data_type, unit FROM t_device_field WHERE device_type_id = ?1 ORDER BY id";

const IS_DEVICE_TYPE: &str = "SELECT EXISTS (SELECT 1 FROM t_device_type WHERE id = ?1)";

/// A row for each field of each type, or one row with NULLs for a type without fields.
const ALL_FIELDS: &str =
    "SELECT t_device_type.id, type_code, type_name, field_code, field_name, role, data_type, unit
    FROM t_device_type LEFT JOIN t_device_field ON t_device_field.device_type_id = t_device_type.id
    ORDER BY type_code, t_device_field.id";

const DEVICE_TYPES: &str = "SELECT type_code, type_name,
        (SELECT COUNT(*) FROM t_device_field WHERE device_type_id = t_device_type.id) AS fields,
        (SELECT COUNT(*) FROM t_device WHERE device_type_id = t_device_type.id) AS devices
    FROM t_device_type ORDER BY type_code LIMIT ?1 OFFSET ?2";

const COUNT_DEVICE_TYPES: &str = "SELECT COUNT(*) FROM t_device_type";

const DEVICE: &str = "SELECT device_code, device_name, type_code, is_active
    FROM t_device JOIN t_device_type ON t_device_type.id = t_device.device_type_id
    WHERE device_code = ?1";

/// What [`DEVICES`] and [`COUNT_DEVICES`] let through: of the type ?1 and the status ?2, where those are given.
macro_rules! listed_devices {
    ($select:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM t_device JOIN t_device_type ON t_device_type.id = t_device.device_type_id
            WHERE (?1 IS NULL OR type_code = ?1) AND (?2 IS NULL OR is_active = ?2) ",
            $rest
        )
    };
}

const DEVICES: &str = listed_devices!(
    "device_code, device_name, type_code, is_active",
    "ORDER BY device_code LIMIT ?3 OFFSET ?4"
);
const COUNT_DEVICES: &str = listed_devices!("COUNT(*)", "");

/// A device type with its fields: two reads, so the caller gives a connection inside a transaction.
pub async fn device_type(connection: &mut SqliteConnection, code: &str) -> sqlx::Result<Option<DeviceType>> {
    let Some(row) = sqlx::query(DEVICE_TYPE).bind(code).fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let id: i64 = row.try_get("id")?;
    let fields = sqlx::query(FIELDS).bind(id).try_map(|row| read_field(&row)).fetch_all(connection).await?;
    Ok(Some(DeviceType { id, code: row.try_get("type_code")?, name: row.try_get("type_name")?, fields }))
}

/// The fields of a device type: two reads.
pub async fn fields(connection: &mut SqliteConnection, id: i64) -> sqlx::Result<Option<Vec<Field>>> {
    if !sqlx::query_scalar::<_, bool>(IS_DEVICE_TYPE).bind(id).fetch_one(&mut *connection).await? {
        return Ok(None);
    }
    sqlx::query(FIELDS).bind(id).try_map(|row| read_field(&row)).fetch_all(connection).await.map(Some)
}

pub async fn all_device_types(pool: &SqlitePool) -> sqlx::Result<Vec<DeviceType>> {
    let mut types: Vec<DeviceType> = Vec::new();
    for row in sqlx::query(ALL_FIELDS).fetch_all(pool).await? {
        let id: i64 = row.try_get("id")?;
        if types.last().is_none_or(|last| last.id != id) {
            let (code, name) = (row.try_get("type_code")?, row.try_get("type_name")?);
            types.push(DeviceType { id, code, name, fields: Vec::new() });
        }
        if let Some(last) = types.last_mut()
            && row.try_get::<Option<&str>, _>("field_code")?.is_some()
        {
            last.fields.push(read_field(&row)?);
        }
    }
    Ok(types)
}

/// Counts and reads in one state of the database.
pub async fn device_types(pool: &SqlitePool, page: Page) -> sqlx::Result<Paged<DeviceTypeSummary>> {
    let mut snapshot = pool.begin().await?;
    let total: i64 = sqlx::query_scalar(COUNT_DEVICE_TYPES).fetch_one(&mut *snapshot).await?;
    let query = sqlx::query(DEVICE_TYPES).bind(page.size.get()).bind(count(page.offset()));
    let items = query.try_map(|row| {
        Ok(DeviceTypeSummary {
            code: row.try_get("type_code")?,
            name: row.try_get("type_name")?,
            fields: row.try_get("fields")?,
            devices: row.try_get("devices")?,
        })
    });
    Ok(Paged::counted(items.fetch_all(&mut *snapshot).await?, page, total.unsigned_abs()))
}

pub async fn device(pool: &SqlitePool, code: &str) -> sqlx::Result<Option<Device>> {
    sqlx::query(DEVICE).bind(code).try_map(|row| read_device(&row)).fetch_optional(pool).await
}

/// Counts and reads in one state of the database.
pub async fn devices(pool: &SqlitePool, filter: &DeviceFilter, page: Page) -> sqlx::Result<Paged<Device>> {
    let mut snapshot = pool.begin().await?;
    let total = sqlx::query_scalar(COUNT_DEVICES).bind(&filter.device_type).bind(filter.is_active);
    let total: i64 = total.fetch_one(&mut *snapshot).await?;
    let query = sqlx::query(DEVICES).bind(&filter.device_type).bind(filter.is_active);
    let query = query.bind(page.size.get()).bind(count(page.offset()));
    let items = query.try_map(|row| read_device(&row)).fetch_all(&mut *snapshot).await?;
    Ok(Paged::counted(items, page, total.unsigned_abs()))
}

fn read_field(row: &SqliteRow) -> sqlx::Result<Field> {
    Ok(Field {
        code: row.try_get("field_code")?,
        name: row.try_get("field_name")?,
        role: read_role(row)?,
        unit: row.try_get("unit")?,
    })
}

fn read_device(row: &SqliteRow) -> sqlx::Result<Device> {
    Ok(Device {
        code: row.try_get("device_code")?,
        name: row.try_get("device_name")?,
        device_type_code: row.try_get("type_code")?,
        is_active: row.try_get("is_active")?,
    })
}
