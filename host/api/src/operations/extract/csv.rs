//! The matrix as CSV.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fettle_features::{Extraction, Matrix};
use fettle_frame::TIME_COLUMN;
use utoipa::ToSchema;

use crate::answer::{MediaType, TimeWriter};
use crate::problem::Problem;
use crate::request::TimeForm;

/// The answer as CSV, for the API document.
#[derive(ToSchema)]
#[schema(value_type = String)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct CsvTable(String);

/// The answer as text: a line of names, then a line for each window, its time in `form`. What JSON says of how the
/// matrix came about has no place here.
pub(super) fn write(extraction: &Extraction, form: TimeForm) -> Result<Response, Problem> {
    let matrix = &extraction.matrix;
    let times = TimeWriter::new(form, &matrix.timestamps);
    let body = text(matrix, |time| times.text(time)).map_err(|error| Problem::internal(&error))?;
    let content_type = format!("{}; charset=utf-8; header=present", MediaType::Csv.name());
    Ok(([(CONTENT_TYPE, content_type)], body).into_response())
}

/// Numbers in their shortest form that reads back as the same f64; a missing value is an empty cell.
fn text(matrix: &Matrix, time: impl Fn(i64) -> String) -> csv::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_field(TIME_COLUMN)?;
    writer.write_record(&matrix.names)?;
    for (row, &timestamp) in matrix.timestamps.iter().enumerate() {
        writer.write_field(time(timestamp))?;
        let cell = |value: f64| if value.is_nan() { String::new() } else { format!("{value:?}") };
        writer.write_record(matrix.columns.iter().map(|column| cell(column[row])))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_the_same_bits_and_missing_cells_are_empty() {
        let values = vec![0.1, f64::NAN, 1e-308, f64::MAX, -0.0, 1.0 / 3.0];
        let matrix = Matrix {
            names: vec!["a_mean".to_owned(), "b, quoted".to_owned()],
            timestamps: (0..6).collect(),
            columns: vec![values.clone(), vec![1.0; 6]],
        };
        let text = String::from_utf8(text(&matrix, |time| time.to_string()).unwrap()).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("timestamp,a_mean,\"b, quoted\""));
        for (row, (line, value)) in lines.zip(values).enumerate() {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!((cells[0], cells[2]), (row.to_string().as_str(), "1.0"));
            let read = cells[1].parse::<f64>().map(f64::to_bits).ok();
            assert_eq!(read, (!value.is_nan()).then(|| value.to_bits()), "{line}");
        }
    }
}
