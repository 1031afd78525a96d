//! How a file is to be read, from the query.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use fettle_import::{ImportOptions, OnDuplicate, TimeFormat, parse_delimiter};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use crate::ApiState;
use crate::problem::{FieldProblem, Problem};
use crate::request::{Fields, Named};

/// Parameters that may be repeated.
const LISTS: [&str; 2] = ["columns", "label"];

/// Longest name of a column, or pattern of a time, in characters.
const LONGEST: usize = 1024;

/// Checked options.
#[derive(Debug)]
pub(crate) struct ImportQuery(pub(super) ImportOptions);

/// How the file is to be read, and what it is of.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its documentation is used")]
pub(crate) struct ImportFields {
    /// Code of the model that reads the rows.
    #[param(example = "welding_ai_model")]
    model: String,
    /// Code of the device that recorded them.
    #[param(example = "WLD001")]
    device: String,
    /// Code of the device's type; left out, what the model reads, or for a new model its own code.
    device_type: Option<String>,
    /// The column that holds the time of a row.
    #[param(example = "time")]
    time_column: String,
    /// What separates the cells of a CSV file: one character, or `tab`; left out, a comma.
    #[param(example = ";")]
    delimiter: Option<String>,
    /// How times are written: `iso`, `unix`, `unix_ms`, `unix_us`, `unix_ns`, or a pattern such as
    /// `%d.%m.%Y %H:%M:%S`; left out, ISO 8601, or what the file's own type says.
    time_format: Option<String>,
    /// Where the clock stood that showed times without an offset: an IANA name; left out, the server's zone.
    #[param(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// The columns' names, in their order, for a CSV file without a header; once for each, or with commas between them.
    columns: Option<Vec<String>>,
    /// A column that is a label; repeated for more, or with commas between them.
    label: Option<Vec<String>>,
    /// Where two lines have one time and different values, which counts.
    #[param(value_type = Option<String>, pattern = "^(error|last|first)$", default = "error")]
    on_duplicate: Option<String>,
    /// How many lines may be left out because they cannot be read.
    #[param(minimum = 0, default = 0)]
    max_rejected: Option<u64>,
}

impl FromRequestParts<ApiState> for ImportQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = pairs.map_err(|error| {
            Problem::invalid_parameter(vec![FieldProblem::new("query", "cannot be read")]).caused_by(&error)
        })?;
        let (parameters, mut problems) = gathered(pairs);
        let zone = &state.settings().time_zone;
        let mut fields = Fields::of(parameters, zone);
        let options = read(&mut fields, zone);
        problems.extend(fields.finish());
        if problems.is_empty() {
            let faults = options.faults().into_iter();
            problems.extend(faults.map(|(option, problem)| FieldProblem::new(option, problem)));
        }
        if problems.is_empty() { Ok(Self(options)) } else { Err(Problem::invalid_parameter(problems)) }
    }
}

impl Named for OnDuplicate {
    const NAMES: &'static [(&'static str, Self)] =
        &[("error", OnDuplicate::Error), ("last", OnDuplicate::Last), ("first", OnDuplicate::First)];
}

/// The parameters as an object: a list of those that may be repeated, and complaints about the others that are.
fn gathered(pairs: Vec<(String, String)>) -> (Map<String, Value>, Vec<FieldProblem>) {
    let mut parameters = Map::new();
    let mut problems = Vec::new();
    for (name, value) in pairs {
        if LISTS.contains(&name.as_str()) {
            let items = value.split(',').map(Value::from);
            match parameters.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(list) => list.extend(items),
                _ => unreachable!("nothing else is put there"),
            }
        } else if parameters.contains_key(&name) {
            problems.push(FieldProblem::new(name, "stands there twice"));
        } else {
            parameters.insert(name, Value::String(value));
        }
    }
    (parameters, problems)
}

fn read(fields: &mut Fields, zone: &TimeZone) -> ImportOptions {
    let (model, device) = (fields.required_name("model"), fields.required_name("device"));
    let device_type = fields.optional_name("device_type");
    let time_column = fields.required_name("time_column");
    let mut options = ImportOptions::new(model, device, time_column);
    options.device_type = device_type;
    options.delimiter = parsed(fields, "delimiter", parse_delimiter);
    options.time_format =
        parsed(fields, "time_format", |text| text.parse::<TimeFormat>().map_err(|error| error.to_string()));
    let asked = parsed(fields, "time_zone", |name| {
        TimeZone::get(name).map_err(|_| format!("`{name}` is no IANA name of a zone, such as Europe/Berlin"))
    });
    options.time_zone = asked.unwrap_or_else(|| zone.clone());
    options.columns = names(fields, "columns");
    options.labels = names(fields, "label").unwrap_or_default();
    options.on_duplicate = fields.optional_word("on_duplicate");
    options.max_rejected = parsed(fields, "max_rejected", |text| {
        text.parse().map_err(|_| format!("must be a whole number of at least 0, not `{text}`"))
    })
    .unwrap_or_default();
    options
}

/// A parameter that `parse` reads; the error says what would be right.
fn parsed<T>(
    fields: &mut Fields,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let value = fields.optional_value(name)?;
    let text = value.as_str().unwrap_or_default();
    if text.chars().nth(LONGEST).is_some() {
        fields.complain(name, format!("must have at most {LONGEST} characters"));
        return None;
    }
    parse(text).map_err(|problem| fields.complain(name, problem)).ok()
}

/// A list of names of columns; more than any file has do not fit into a query.
fn names(fields: &mut Fields, name: &'static str) -> Option<Vec<String>> {
    let items = fields.optional_list(name)?;
    let names = items.iter().filter_map(Value::as_str);
    if let Some(place) = names.clone().position(|name| name.trim().is_empty()) {
        fields.complain(&format!("{name}[{place}]"), "must not be empty");
    }
    Some(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> (ImportOptions, Vec<String>) {
        let pairs = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (parameters, mut problems) = gathered(pairs.collect());
        let mut fields = Fields::of(parameters, &TimeZone::UTC);
        let options = read(&mut fields, &TimeZone::UTC);
        problems.extend(fields.finish());
        (options, problems.into_iter().map(|problem| problem.field).collect())
    }

    #[test]
    fn the_defaults_are_those_of_the_command() {
        let (options, problems) = asked(&[("model", "m"), ("device", "d"), ("time_column", "t")]);
        assert_eq!(problems, [""; 0]);
        assert_eq!(options, ImportOptions::new("m", "d", "t"));
    }

    #[test]
    fn lists_repeat_their_name_or_have_commas() {
        let (options, problems) = asked(&[
            ("model", "m"),
            ("device", "d"),
            ("time_column", "t"),
            ("columns", "t,a"),
            ("columns", "b"),
            ("label", "a"),
            ("delimiter", "tab"),
            ("time_format", "unix_ms"),
            ("time_zone", "Asia/Kolkata"),
            ("on_duplicate", "last"),
            ("max_rejected", "3"),
        ]);
        assert_eq!(problems, [""; 0]);
        assert_eq!(options.columns, Some(["t", "a", "b"].map(String::from).to_vec()));
        assert_eq!((options.labels.as_slice(), options.delimiter), (&["a".to_owned()][..], Some(b'\t')));
        assert_eq!((options.time_format, options.max_rejected), (Some(TimeFormat::UnixMs), 3));
        assert_eq!(options.time_zone.iana_name(), Some("Asia/Kolkata"));
        assert_eq!(options.on_duplicate, OnDuplicate::Last);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let (_, problems) = asked(&[
            ("model", "m"),
            ("model", "n"),
            ("delimiter", ";;"),
            ("time_format", "swatch"),
            ("time_zone", "Mars"),
            ("on_duplicate", "both"),
            ("max_rejected", "-1"),
            ("label", "a,"),
            ("timecolumn", "t"),
        ]);
        let expected = [
            "model",
            "device",
            "time_column",
            "delimiter",
            "time_format",
            "time_zone",
            "label[1]",
            "on_duplicate",
            "max_rejected",
            "timecolumn",
        ];
        assert_eq!(problems, expected);
    }
}
