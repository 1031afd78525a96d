//! Which column of a file is what, and under which code it is kept.

use std::collections::HashMap;

use fettle_frame::TIME_COLUMN;

use crate::cell::shortened;
use crate::{ImportError, ImportOptions};

/// Names that no field may have: tables of rows call their own columns so.
const RESERVED: [&str; 2] = [TIME_COLUMN, "device_code"];

/// What the columns of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Where the time stands.
    pub time: usize,
    /// The other columns, in the order of the file.
    pub fields: Vec<Field>,
}

/// A column that becomes a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where it stands in the file.
    pub at: usize,
    /// Its code.
    pub code: String,
    /// Its header.
    pub name: String,
    /// Label or signal.
    pub is_label: bool,
}

impl Columns {
    /// The columns of `file`, from its header.
    pub fn plan(file: &str, headers: &[String], options: &ImportOptions) -> Result<Self, ImportError> {
        let refused = |problem| Err(ImportError::columns(file, problem));
        let Some(time) = find(headers, &options.time_column) else {
            return refused(no_such("time column", &options.time_column, headers));
        };
        let mut is_label = vec![false; headers.len()];
        for label in &options.labels {
            match find(headers, label) {
                None => return refused(no_such("label", label, headers)),
                Some(at) if at == time => return refused(format!("`{label}` cannot be both time and label")),
                Some(at) if is_label[at] => return refused(format!("label `{label}` is named twice")),
                Some(at) => is_label[at] = true,
            }
        }
        let mut fields = Vec::with_capacity(headers.len());
        let mut seen = HashMap::new();
        for (at, name) in headers.iter().enumerate() {
            let column = at + 1;
            if at == time {
                continue;
            }
            if name.is_empty() {
                return refused(format!("column {column} has no name"));
            }
            if *name == headers[time] {
                return refused(format!("columns {} and {column} are both called `{name}`", time + 1));
            }
            let code = code_of(name);
            if RESERVED.contains(&code.as_str()) {
                return refused(format!(
                    "column {column}: `{name}` is a reserved name; call it something else"
                ));
            }
            if let Some(earlier) = seen.insert(code.clone(), at) {
                let earlier_name = &headers[earlier];
                return refused(format!(
                    "columns {} (`{earlier_name}`) and {column} (`{name}`) would both be field `{code}`",
                    earlier + 1
                ));
            }
            fields.push(Field { at, code, name: name.clone(), is_label: is_label[at] });
        }
        if fields.is_empty() {
            return refused(format!(
                "has the time column `{}` alone{}",
                options.time_column,
                one_column(headers)
            ));
        }
        Ok(Self { time, fields })
    }

    /// For each field of `first`, a file of the same import, where this file has it. The error names what differs.
    pub fn matching(&self, file: &str, first: &Columns, first_file: &str) -> Result<Vec<usize>, ImportError> {
        let mut places: HashMap<&str, usize> =
            self.fields.iter().map(|field| (field.code.as_str(), field.at)).collect();
        let differs = |problem| {
            let advice = "files of one import have the same columns; import this one on its own";
            ImportError::columns(file, format!("{problem}: {advice}"))
        };
        let found = first
            .fields
            .iter()
            .map(|field| {
                places
                    .remove(field.code.as_str())
                    .ok_or_else(|| differs(format!("lacks column `{}` of {first_file}", field.name)))
            })
            .collect::<Result<_, _>>()?;
        match self.fields.iter().find(|field| places.contains_key(field.code.as_str())) {
            Some(more) => Err(differs(format!("has column `{}`, which {first_file} lacks", more.name))),
            None => Ok(found),
        }
    }
}

/// The code that a header becomes: each run of other characters than `[A-Za-z0-9_]` is one `_`.
pub fn code_of(header: &str) -> String {
    let mut code = String::with_capacity(header.len());
    let mut in_run = false;
    for character in header.chars() {
        let plain = character.is_ascii_alphanumeric() || character == '_';
        if plain {
            code.push(character);
        } else if !in_run {
            code.push('_');
        }
        in_run = !plain;
    }
    code
}

/// The column that an option names: by its header, or else by its code.
pub fn find(headers: &[String], named: &str) -> Option<usize> {
    let named = named.trim();
    headers
        .iter()
        .position(|header| header == named)
        .or_else(|| headers.iter().position(|header| code_of(header) == named))
}

fn no_such(what: &str, name: &str, headers: &[String]) -> String {
    const LISTED: usize = 20;
    let listed: Vec<_> =
        headers.iter().take(LISTED).map(|header| format!("`{}`", shortened(header))).collect();
    let more = if headers.len() > LISTED { " and more" } else { "" };
    let hint = if headers.iter().any(|header| header.parse::<f64>().is_ok()) {
        "; a file whose first line is no header takes its names from `columns`"
    } else {
        one_column(headers)
    };
    format!("has no {what} `{name}`, its columns are {}{more}{hint}", listed.join(", "))
}

/// A hint where cells were not told apart.
fn one_column(headers: &[String]) -> &'static str {
    match headers {
        [only] if only.contains(';') => "; is the delimiter `;`?",
        [only] if only.contains('\t') => "; is the delimiter a tab?",
        [only] if only.contains(',') => "; is the delimiter `,`?",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(headers: &[&str], options: &ImportOptions) -> Result<Columns, String> {
        let headers: Vec<String> = headers.iter().map(|&header| header.to_owned()).collect();
        Columns::plan("a.csv", &headers, options).map_err(|error| error.to_string())
    }

    fn options() -> ImportOptions {
        ImportOptions::new("m", "d", "time")
    }

    #[test]
    fn each_run_of_other_characters_becomes_one_underscore() {
        for (header, code) in [
            ("current", "current"),
            ("Volume Flow RateRMS", "Volume_Flow_RateRMS"),
            ("T (°C)", "T_C_"),
            ("a - b", "a_b"),
            ("a_ b", "a__b"),
            ("温度", "_"),
            ("1st", "1st"),
        ] {
            assert_eq!(code_of(header), code, "{header}");
        }
    }

    #[test]
    fn columns_are_named_by_header_or_by_code() {
        let mut options = options();
        options.time_column = "Time_UTC_".into();
        options.labels = vec!["weld ok".into(), "grade_2".into()];
        let columns = plan(&["I (A)", "Time [UTC]", "weld ok", "grade 2"], &options).unwrap();
        assert_eq!(columns.time, 1);
        let fields: Vec<_> =
            columns.fields.iter().map(|field| (field.at, field.code.as_str(), field.is_label)).collect();
        assert_eq!(fields, [(0, "I_A_", false), (2, "weld_ok", true), (3, "grade_2", true)]);
        assert_eq!(columns.fields[0].name, "I (A)");
    }

    #[test]
    fn collisions_name_both_headers() {
        assert_eq!(
            plan(&["time", "T (C)", "T [C]"], &options()).unwrap_err(),
            "a.csv: columns 2 (`T (C)`) and 3 (`T [C]`) would both be field `T_C_`"
        );
        assert_eq!(
            plan(&["time", "x", "time"], &options()).unwrap_err(),
            "a.csv: columns 1 and 3 are both called `time`"
        );
    }

    #[test]
    fn reserved_and_empty_names_are_refused() {
        for reserved in ["timestamp", "device_code", "device code"] {
            let error = plan(&["time", reserved], &options()).unwrap_err();
            assert_eq!(
                error,
                format!("a.csv: column 2: `{reserved}` is a reserved name; call it something else")
            );
        }
        assert_eq!(plan(&["time", "a", ""], &options()).unwrap_err(), "a.csv: column 3 has no name");
        let mut timestamp = options();
        timestamp.time_column = "timestamp".into();
        plan(&["timestamp", "a"], &timestamp).unwrap();
    }

    #[test]
    fn what_is_missing_is_named_with_what_is_there() {
        assert_eq!(
            plan(&["datetime", "a"], &options()).unwrap_err(),
            "a.csv: has no time column `time`, its columns are `datetime`, `a`"
        );
        assert_eq!(
            plan(&["datetime;a"], &options()).unwrap_err(),
            "a.csv: has no time column `time`, its columns are `datetime;a`; is the delimiter `;`?"
        );
        assert_eq!(
            plan(&["1520624667.164109", "0"], &options()).unwrap_err(),
            "a.csv: has no time column `time`, its columns are `1520624667.164109`, `0`; a file whose first line is no \
             header takes its names from `columns`"
        );
        let mut labelled = options();
        labelled.labels = vec!["ok".into()];
        assert_eq!(
            plan(&["time", "a"], &labelled).unwrap_err(),
            "a.csv: has no label `ok`, its columns are `time`, `a`"
        );
        labelled.labels = vec!["time".into()];
        assert_eq!(
            plan(&["time", "a"], &labelled).unwrap_err(),
            "a.csv: `time` cannot be both time and label"
        );
        assert_eq!(plan(&["time"], &options()).unwrap_err(), "a.csv: has the time column `time` alone");
    }
}
