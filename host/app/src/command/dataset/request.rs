//! The body of `POST /api/v2/ai/features/dataset`, read from a file.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};
use fettle_datasets::DatasetRequest;
use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::command::instant::instant;

/// All fields. [`DatasetRequest`] cannot refuse others itself, since it is made of parts that each know their own.
const FIELDS: [&str; 31] = [
    "model_code",
    "device_codes",
    "start_time",
    "end_time",
    "label_column",
    "label_strategy",
    "label_type",
    "missing_value_method",
    "missing_value_params",
    "outlier_method",
    "outlier_params",
    "outlier_threshold",
    "window_method",
    "window_params",
    "window_size",
    "overlap",
    "window_label",
    "features",
    "normalize_method",
    "normalize_params",
    "normalize_scope",
    "feature_range",
    "split_method",
    "val_split",
    "split_time",
    "random_state",
    "stratify",
    "purge",
    "fit_scope",
    "missing_features",
    "on_device_error",
];

/// The fields that hold times.
const TIMES: [&str; 3] = ["start_time", "end_time", "split_time"];

/// Reads a request from a file, or from standard input where that is `-`. Times without an offset are local in `zone`.
pub fn read(file: &Path, zone: &TimeZone) -> anyhow::Result<DatasetRequest> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.with_context(|| format!("reading the request {}", file.display()))?;
    parse(&text, zone).with_context(|| format!("the request {} cannot be taken", file.display()))
}

fn parse(text: &str, zone: &TimeZone) -> anyhow::Result<DatasetRequest> {
    let Fields(mut fields) = serde_json::from_str(text)?;
    let unknown: Vec<&str> =
        fields.keys().map(String::as_str).filter(|field| !FIELDS.contains(field)).collect();
    if !unknown.is_empty() {
        bail!("no such field: `{}`; there are {}", unknown.join("`, `"), FIELDS.join(", "));
    }
    for name in TIMES {
        if let Some(Value::String(text)) = fields.get_mut(name) {
            *text = instant(text, zone).with_context(|| format!("`{name}`"))?.to_string();
        }
    }
    Ok(DatasetRequest::deserialize(Value::Object(fields))?)
}

/// An object, each of whose names stands there once.
struct Fields(Map<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if fields.contains_key(&name) {
                return Err(A::Error::custom(format_args!("`{name}` stands twice")));
            }
            fields.insert(name, value);
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all_fields() -> Value {
        json!({
            "model_code": "m", "device_codes": ["d"], "label_column": "l",
            "start_time": "2025-10-01T00:00:00", "end_time": "2025-10-31T00:00:00Z",
            "label_strategy": "majority", "label_type": "class",
            "missing_value_method": "linear", "missing_value_params": {"limit": 1},
            "outlier_method": "iqr", "outlier_params": {"action": "clip"}, "outlier_threshold": 2,
            "window_method": "sliding", "window_params": {"window_size": 10}, "window_size": 10, "overlap": 0,
            "window_label": "end", "features": ["mean"],
            "normalize_method": "min_max", "normalize_params": {"a": 1}, "normalize_scope": "signal",
            "feature_range": [0, 1],
            "split_method": "time", "val_split": 0.5, "split_time": "2025-10-10T02:00:00+02:00",
            "random_state": 1, "stratify": true, "purge": true,
            "fit_scope": "device", "missing_features": "drop_window", "on_device_error": "skip",
        })
    }

    fn refusal(text: &str) -> String {
        format!("{:#}", parse(text, &TimeZone::UTC).unwrap_err())
    }

    #[test]
    fn every_field_of_a_request_is_known_and_read() {
        let all = all_fields();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let request = parse(&all.to_string(), &zone).unwrap();
        assert_eq!(request.start_time, "2025-09-30T22:00:00Z".parse().unwrap());
        assert_eq!(request.end_time, "2025-10-31T00:00:00Z".parse().unwrap());
        assert_eq!(request.split.split_time, Some("2025-10-10T00:00:00Z".parse().unwrap()));

        let written = serde_json::to_value(&request).unwrap();
        let mut written: Vec<&String> = written.as_object().unwrap().keys().collect();
        let mut known: Vec<&str> = FIELDS.to_vec();
        written.sort();
        known.sort_unstable();
        assert_eq!(written, known);
    }

    #[test]
    fn what_is_no_field_is_refused_and_so_is_one_that_stands_twice() {
        let mut body = all_fields();
        body["val_splt"] = json!(0.5);
        body["dataset_id"] = json!("ds_20251103_001");
        let refused = refusal(&body.to_string());
        assert!(
            refused.starts_with("no such field: `dataset_id`, `val_splt`; there are model_code"),
            "{refused}"
        );
        assert!(refusal(r#"{"overlap": 0, "overlap": 0.5}"#).starts_with("`overlap` stands twice"));
        assert!(refusal("[]").contains("expected an object"));
        assert!(refusal("{}").contains("missing field `model_code`"));
    }

    #[test]
    fn a_time_must_be_one() {
        let mut body = all_fields();
        body["end_time"] = json!("October");
        assert!(refusal(&body.to_string()).starts_with("`end_time`: must be an ISO 8601 time"));
        body["end_time"] = json!("2025-10-26T02:30:00");
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let twice = format!("{:#}", parse(&body.to_string(), &zone).unwrap_err());
        assert!(twice.contains("does not occur exactly once"), "{twice}");
    }
}
