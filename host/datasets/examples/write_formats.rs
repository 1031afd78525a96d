//! Writes a dataset of each type of label in every format, and what it holds as JSON, for `tests/check_formats.py`:
//! `write_formats FOLDER`.
#![expect(clippy::unwrap_used, reason = "it serves tests, which fail where it does")]

use std::fs;
use std::path::PathBuf;

use fettle_datasets::format::{self, Artifact, Format};
use fettle_datasets::table::Part;
use fettle_frame::LabelType;
use serde_json::{Value, json};

#[path = "../tests/sample/mod.rs"]
mod sample;

const ROWS: usize = 10_000;

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("usage: write_formats FOLDER"));
    for label_type in [LabelType::Int, LabelType::Float, LabelType::Bool, LabelType::Text] {
        let folder = folder.join(label_type.as_str());
        fs::create_dir_all(&folder).unwrap();
        let rows = sample::rows(label_type, ROWS);
        let data = folder.join(Artifact::DATA.file_name());
        sample::write(&data, label_type, &rows, 1000);
        for format in Format::ALL {
            for part in [Part::All, Part::Train, Part::Val] {
                if let Ok(artifact) = Artifact::new(format, part)
                    && artifact != Artifact::DATA
                {
                    format::make(artifact, &data, &folder.join(artifact.file_name())).unwrap();
                }
            }
        }
        fs::write(folder.join("content.json"), content(&rows).to_string()).unwrap();
    }
}

/// The rows as JSON. Floats are their 64 bits as a number, so that no reader can round them; NaN is null.
fn content(rows: &[sample::Row]) -> Value {
    let bits = |value: f64| if value.is_nan() { Value::Null } else { json!(value.to_bits()) };
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let label = match row.label {
                sample::Label::Int(value) => json!(value),
                sample::Label::Float(value) => bits(value),
                sample::Label::Bool(value) => json!(value),
                sample::Label::Text(value) => json!(value),
            };
            json!([row.device, row.start, row.end, row.split, row.features.map(bits), label])
        })
        .collect();
    json!({ "features": sample::FEATURES, "label": sample::LABEL, "rows": rows })
}
