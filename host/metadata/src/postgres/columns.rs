//! Whether tables that were there before us are what our queries take them for.

use sqlx::{PgConnection, Row as _};

/// What a column may be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A whole number.
    Number,
    Text,
    Flag,
    Time,
    Json,
}

use Kind::{Flag, Json, Number, Text, Time};

/// Every column that our queries name of the five tables that another service may have made.
const COLUMNS: [(&str, &[(&str, Kind)]); 5] = [
    (
        "t_device_type",
        &[
            ("id", Number),
            ("type_code", Text),
            ("type_name", Text),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    (
        "t_device",
        &[
            ("id", Number),
            ("device_code", Text),
            ("device_name", Text),
            ("device_type_id", Number),
            ("is_active", Flag),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    (
        "t_device_field",
        &[
            ("id", Number),
            ("device_type_id", Number),
            ("field_code", Text),
            ("field_name", Text),
            ("role", Text),
            ("data_type", Text),
            ("unit", Text),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    (
        "t_device_data_model",
        &[
            ("id", Number),
            ("model_code", Text),
            ("model_name", Text),
            ("model_type", Text),
            ("device_type_id", Number),
            ("is_active", Flag),
            ("revision", Number),
            ("defaults", Json),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    (
        "t_user",
        &[
            ("id", Number),
            ("username", Text),
            ("password_hash", Text),
            ("role", Text),
            ("is_active", Flag),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
];

const FOUND: &str = "SELECT attname::text AS name, typname::text AS type
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";

/// Why a database cannot be adopted.
#[derive(Debug, thiserror::Error)]
#[error("its tables are not what they would have to be: {}", faults.join("; "))]
pub struct Unfit {
    faults: Vec<String>,
}

impl Kind {
    /// The types that will do, by their names in `pg_type`.
    fn types(self) -> &'static [&'static str] {
        match self {
            Number => &["int8", "int4", "int2"],
            Text => &["text", "varchar"],
            Flag => &["bool"],
            Time => &["timestamptz", "timestamp"],
            Json => &["json", "jsonb", "text", "varchar"],
        }
    }
}

/// Looks at every column that our queries name, and names all that are missing or of another type.
pub async fn check(connection: &mut PgConnection) -> Result<(), crate::error::Cause> {
    let mut faults = Vec::new();
    for (table, columns) in COLUMNS {
        let rows = sqlx::query(FOUND).bind(table).fetch_all(&mut *connection).await?;
        for &(column, kind) in columns {
            let row = rows.iter().find(|row| row.try_get::<&str, _>("name").is_ok_and(|name| name == column));
            match row.map(|row| row.try_get::<&str, _>("type")).transpose()? {
                None => faults.push(format!("{table} has no column {column}")),
                Some(found) if !kind.types().contains(&found) => {
                    let expected = kind.types().join(" or ");
                    faults.push(format!("{table}.{column} is {found}, not {expected}"));
                }
                Some(_) => {}
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Unfit { faults }.into()) }
}
