//! Values that sqlx has no Rust types of ours for, or is stricter about than tables that were there before us allow.
//! Rows come in PostgreSQL's binary form, as they do for every query with parameters or prepared.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type, TypeInfo};

/// PostgreSQL counts microseconds since the beginning of 2000; this is that, in seconds since 1970.
const EPOCH_SECONDS: i64 = 946_684_800;

/// The type `json`, which keeps a text as it is; `jsonb` would change numbers and refuse `\u0000`.
const JSON: Oid = Oid(114);
const TIMESTAMPTZ: Oid = Oid(1184);

/// A time column. One without a zone is read as UTC, which is also how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

/// A JSON column, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(pub String);

/// The number of a row, in a column of any integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id(pub i64);

impl Json {
    pub fn of(value: &Value) -> Self {
        Self(value.to_string())
    }
}

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }

    fn compatible(found: &PgTypeInfo) -> bool {
        matches!(found.name(), "TIMESTAMPTZ" | "TIMESTAMP")
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // Finer digits are cut off. The years that a timestamp can have are well within what this can count.
        let since_1970 = self.0.as_nanosecond().div_euclid(1000);
        let micros = i64::try_from(since_1970 - i128::from(EPOCH_SECONDS) * 1_000_000)?;
        Encode::<Postgres>::encode_by_ref(&micros, buffer)
    }
}

impl Decode<'_, Postgres> for Moment {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = i64::from_be_bytes(binary(&value)?.try_into()?);
        let epoch = Timestamp::from_second(EPOCH_SECONDS)?;
        // Beyond the first and the last moment lie `-infinity` and `infinity`.
        Ok(Self(epoch.saturating_add(SignedDuration::from_micros(micros))?))
    }
}

impl Type<Postgres> for Json {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(JSON)
    }

    fn compatible(found: &PgTypeInfo) -> bool {
        matches!(found.name(), "JSON" | "JSONB" | "TEXT" | "VARCHAR")
    }
}

impl Encode<'_, Postgres> for Json {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Json {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let bytes = binary(&value)?;
        // `jsonb` is its text behind the number of its form.
        let is_jsonb = bytes.first() == Some(&1);
        let text = if is_jsonb { &bytes[1..] } else { bytes };
        Ok(Self(std::str::from_utf8(text)?.to_owned()))
    }
}

impl Type<Postgres> for Id {
    fn type_info() -> PgTypeInfo {
        <i64 as Type<Postgres>>::type_info()
    }

    fn compatible(found: &PgTypeInfo) -> bool {
        matches!(found.name(), "INT2" | "INT4" | "INT8")
    }
}

impl Decode<'_, Postgres> for Id {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let bytes = binary(&value)?;
        Ok(Self(match bytes.len() {
            2 => i16::from_be_bytes(bytes.try_into()?).into(),
            4 => i32::from_be_bytes(bytes.try_into()?).into(),
            _ => i64::from_be_bytes(bytes.try_into()?),
        }))
    }
}

fn binary<'r>(value: &PgValueRef<'r>) -> Result<&'r [u8], BoxDynError> {
    match value.format() {
        PgValueFormat::Binary => value.as_bytes(),
        PgValueFormat::Text => Err("a value in text form, where rows come in binary form".into()),
    }
}
