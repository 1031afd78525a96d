//! Why nothing was imported, as problems.

use fettle_import::{Duplicate, ImportError, RejectedLine};
use fettle_metadata::{Invalid, MetadataError};
use fettle_series::SeriesError;
use jiff::Timestamp;

use super::BODY;
use crate::problem::{FieldProblem, Problem};

/// What an import says against a request.
pub(super) fn refused(error: ImportError) -> Problem {
    let told = error.to_string();
    match error {
        ImportError::Option { option, problem } => {
            Problem::invalid_parameter(vec![FieldProblem::new(option, problem)])
        }
        ImportError::NotUtf8 { line, column, .. } => Problem::bad_request(format!(
            "line {line} of the body: column {column} is not UTF-8 text; save the file as UTF-8"
        )),
        ImportError::OpenQuote { line, .. } => of_the_body(format!(
            "line {line}: a quote opens a cell here and is not closed where the cell ends"
        )),
        ImportError::Empty { .. }
        | ImportError::NoRows { .. }
        | ImportError::Parquet { .. }
        | ImportError::Arrow { .. }
        | ImportError::Columns { .. } => {
            let message = told.strip_prefix(BODY).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&told);
            of_the_body(message.to_owned())
        }
        ImportError::Label { column, problem } => {
            let message = format!("`{column}` {problem}");
            Problem::invalid_parameter(vec![FieldProblem::new("label", message)])
        }
        ImportError::Rejected { total, max_rejected, first } => rejected(total, max_rejected, &first),
        ImportError::Duplicates { total, first } => duplicates(total, &first),
        ImportError::TooLarge { .. } => Problem::payload_too_large(told),
        ImportError::Metadata(MetadataError::Invalid(invalid)) => of_a_code(&invalid),
        ImportError::Metadata(error) => error.into(),
        // Its kind is another than that of the column which is stored.
        ImportError::Series(SeriesError::Column { .. }) => Problem::conflict(told),
        ImportError::Series(error) => error.into(),
        ImportError::Unreadable { .. } => Problem::internal(&error),
        ImportError::Stopped => {
            Problem::backend_unavailable("the server is shutting down; ask again").caused_by(&error)
        }
    }
}

fn of_the_body(message: String) -> Problem {
    Problem::invalid_parameter(vec![FieldProblem::new(BODY, message)])
}

/// The lines that cannot be read, as far as they are remembered.
fn rejected(total: u64, max_rejected: u64, first: &[RejectedLine]) -> Problem {
    let lines = first
        .iter()
        .map(|rejected| FieldProblem::new(BODY, format!("line {}: {}", rejected.line, rejected.reason)));
    let mut errors: Vec<FieldProblem> = lines.collect();
    and_more(&mut errors, total);
    let detail = format!(
        "{total} lines of the body cannot be read, and `max_rejected` is {max_rejected}; nothing was written"
    );
    Problem::invalid_parameter(errors).saying(detail)
}

fn duplicates(total: u64, first: &[Duplicate]) -> Problem {
    let lines = first.iter().map(|duplicate| {
        let time = Timestamp::from_nanosecond(i128::from(duplicate.time));
        let time = time.map_or_else(|_| duplicate.time.to_string(), |time| time.to_string());
        let message = format!(
            "lines {} and {} have the time {time} and different values",
            duplicate.first.1, duplicate.second.1
        );
        FieldProblem::new(BODY, message)
    });
    let mut errors: Vec<FieldProblem> = lines.collect();
    and_more(&mut errors, total);
    let detail = format!(
        "{total} lines of the body repeat the time of another with different values; `on_duplicate` can say which \
         counts; nothing was written"
    );
    Problem::invalid_parameter(errors).saying(detail)
}

fn and_more(errors: &mut Vec<FieldProblem>, total: u64) {
    if let more @ 1.. = total.saturating_sub(errors.len() as u64) {
        errors.push(FieldProblem::new("…", format!("{more} more lines")));
    }
}

/// A name that nothing may have, by the parameter that it was given in.
fn of_a_code(invalid: &Invalid) -> Problem {
    let field = match invalid {
        Invalid::Code { what: "model", .. } => "model",
        Invalid::Code { what: "device", .. } => "device",
        Invalid::Code { what: "device type", .. } => "device_type",
        _ => BODY,
    };
    let message = match invalid {
        Invalid::Code { rule, .. } if field != BODY => format!("must be {rule}"),
        other => other.to_string(),
    };
    Problem::invalid_parameter(vec![FieldProblem::new(field, message)])
}
