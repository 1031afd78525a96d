//! Rows that come along with a request.

use std::collections::BTreeMap;

use fettle_datasets::SentRows;
use serde_json::Value;
use utoipa::ToSchema;

use crate::request::{Fields, RequestTime, TimeForm};

/// Columns that rows may have: more than any device has signals.
const MOST_COLUMNS: usize = 4096;

/// Rows of now, for a service that scores what it has itself.
#[derive(ToSchema)]
#[schema(as = Rows)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct RowsDocument {
    /// When each row was recorded, strictly ascending.
    #[schema(min_items = 1, example = json!(["2025-11-01T00:00:00", "2025-11-01T00:00:01"]))]
    timestamps: Vec<String>,
    /// The values of every signal under the name that the model gives it, one for each of `timestamps`, `null` where
    /// there is none.
    #[schema(example = json!({"current": [150.2, null], "voltage": [24.1, 24.0]}))]
    columns: BTreeMap<String, Vec<Option<f64>>>,
}

/// The rows, and how their first time was written.
#[derive(Debug)]
pub(super) struct SentRowsField {
    /// The rows.
    pub(super) rows: SentRows,
    /// How the answer's times are written.
    pub(super) form: TimeForm,
}

impl SentRowsField {
    /// Reads `rows`, which is given. Of each list in it the first mistake is told: there may be as many as values.
    pub(super) fn read(fields: &mut Fields) -> Option<Self> {
        let object = fields.optional_member("rows")?;
        fields.nested("rows", object, |rows| {
            let times = read_times(rows);
            let columns = rows.required_object("columns");
            if columns.len() > MOST_COLUMNS {
                let message = format!("has {} members; at most {MOST_COLUMNS} are allowed", columns.len());
                rows.complain("columns", message);
                return None;
            }
            let columns = columns.into_iter().map(|(name, values)| (read_column(rows, &name, &values), name));
            let columns = columns.map(|(values, name)| (name, values)).collect();
            let form = times.first().map_or_else(TimeForm::utc, |first| first.form().clone());
            let timestamps = times.iter().map(RequestTime::instant).collect();
            Some(Self { rows: SentRows { timestamps, columns }, form })
        })
    }
}

fn read_times(rows: &mut Fields) -> Vec<RequestTime> {
    let items = rows.required_list("timestamps");
    let mut times = Vec::with_capacity(items.len());
    for (row, item) in items.into_iter().enumerate() {
        let Some(time) = rows.item_time(&format!("timestamps[{row}]"), item) else { break };
        times.push(time);
    }
    times
}

/// The values of a column, NaN where there is none.
fn read_column(rows: &mut Fields, name: &str, values: &Value) -> Vec<f64> {
    let Value::Array(items) = values else {
        rows.complain(&format!("columns.{name}"), "must be a list of numbers");
        return Vec::new();
    };
    let mut values = Vec::with_capacity(items.len());
    for (row, item) in items.iter().enumerate() {
        match item {
            Value::Null => values.push(f64::NAN),
            Value::Number(number) => values.extend(number.as_f64()),
            _ => {
                rows.complain(&format!("columns.{name}[{row}]"), "must be a number or null");
                break;
            }
        }
    }
    values
}
