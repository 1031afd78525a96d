//! The matrix as JSON.

use axum::response::Response;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::metadata::{MetadataDocument, WarningDocument};
use crate::answer::{Arrival, JsonAnswer, TimeWriter, Times};
use crate::problem::Problem;
use crate::request::TimeForm;
use fettle_features::{Extraction, Matrix, Metadata, Warning};

/// Features of one device, a row for each window.
#[derive(Serialize, ToSchema)]
pub(super) struct ExtractData<'a> {
    /// A row for each window, in the order of `timestamps`; in it a value for each of `feature_names`, `null` where
    /// there is none.
    #[schema(value_type = Vec<Vec<Option<f64>>>, example = json!([[-0.2, 1.1], [0.3, null]]))]
    features: Rows<'a>,
    /// What the columns of `features` are: `{signal}_{statistic}`, signals in the model's order.
    #[schema(example = json!(["current_mean", "current_std"]))]
    feature_names: &'a [String],
    /// When each window begins (or ends, by `window_label`), written the way `start_time` was. Without an offset, times
    /// of an hour in which the clocks go back occur twice; a warning `ambiguous_times` then says so.
    #[schema(value_type = Vec<String>, example = json!(["2025-11-01T00:00:00", "2025-11-01T00:08:20"]))]
    timestamps: Times<'a>,
    /// What was done to get there.
    #[schema(value_type = MetadataDocument)]
    metadata: &'a Metadata,
    /// What to know before relying on it; empty as a rule.
    #[schema(value_type = Vec<WarningDocument>)]
    warnings: &'a [&'a Warning],
}

/// The matrix, row by row; it is held column by column.
struct Rows<'a>(&'a Matrix);

struct Row<'a> {
    matrix: &'a Matrix,
    row: usize,
}

/// The answer to `arrival`, its times in `form`.
pub(super) fn write(extraction: &Extraction, form: TimeForm, arrival: Arrival) -> Result<Response, Problem> {
    let Extraction { matrix, metadata, warnings } = extraction;
    let ambiguous = form.ambiguous_zone(&matrix.timestamps).map(ambiguous_times);
    let warnings: Vec<&Warning> = warnings.iter().chain(&ambiguous).collect();
    let times = TimeWriter::new(form, &matrix.timestamps);
    JsonAnswer::to(arrival).success(ExtractData {
        features: Rows(matrix),
        feature_names: &matrix.names,
        timestamps: times.list(&matrix.timestamps),
        metadata,
        warnings: &warnings,
    })
}

/// That a time of the answer could be either of two instants. The domain does not know of zones, so it is told here.
fn ambiguous_times(zone: &str) -> Warning {
    Warning {
        code: "ambiguous_times",
        field: Some("start_time"),
        message: format!(
            "some of `timestamps` occur twice in {zone}, whose clocks go back in this range; ask with an offset, as in \
             2025-11-01T00:00:00Z, to get answers that can be told apart"
        ),
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = 0..self.0.timestamps.len();
        serializer.collect_seq(rows.map(|row| Row { matrix: self.0, row }))
    }
}

impl Serialize for Row<'_> {
    /// Numbers in their shortest form that reads back as the same f64; NaN, which is a missing value, as `null`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.matrix.columns.iter().map(|column| column[self.row]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_the_same_bits_and_missing_ones_are_null() {
        let values = vec![0.1, -0.0, 1e-308, f64::MAX, 1.0 / 3.0, f64::NAN, 5e-324, 120.0];
        let matrix = Matrix {
            names: vec!["a".to_owned()],
            timestamps: (0..8).collect(),
            columns: vec![values.clone()],
        };
        let json = serde_json::to_string(&Rows(&matrix)).unwrap();
        let back: Vec<[Option<f64>; 1]> = serde_json::from_str(&json).unwrap();
        for (value, [read]) in values.into_iter().zip(back) {
            assert_eq!(read.map(f64::to_bits), (!value.is_nan()).then(|| value.to_bits()), "{json}");
        }
    }
}
