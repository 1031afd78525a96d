//! The formats of a dataset: each holds what was written, to the bit.
#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Float64Type;
use arrow::ipc::reader::StreamReader;
use fettle_datasets::StorageError;
use fettle_datasets::format::{self, Artifact, Format};
use fettle_datasets::table::{Part, TableReader, TableWriter};
use fettle_frame::LabelType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use crate::npz::Array;
use crate::sample::{FEATURES, LABEL, Label, Row};

mod npz;
mod sample;

const LABEL_TYPES: [LabelType; 4] = [LabelType::Int, LabelType::Float, LabelType::Bool, LabelType::Text];
const PARTS: [Part; 3] = [Part::All, Part::Train, Part::Val];
/// More than are read at once.
const MANY: usize = 20_000;

/// A dataset's Parquet file in a folder of its own.
struct Dataset {
    folder: TempDir,
    data: PathBuf,
    rows: Vec<Row>,
}

impl Dataset {
    fn new(label_type: LabelType, count: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data.parquet");
        let rows = sample::rows(label_type, count);
        sample::write(&data, label_type, &rows, 1000);
        Self { folder, data, rows }
    }

    fn make(&self, format: Format, part: Part) -> PathBuf {
        let artifact = Artifact::new(format, part).unwrap();
        let made = self.folder.path().join(format!("made-{}", artifact.file_name()));
        format::make(artifact, &self.data, &made).unwrap();
        made
    }

    fn rows(&self, part: Part) -> Vec<Row> {
        let of_part = |row: &&Row| part == Part::All || row.split == part.as_str();
        self.rows.iter().filter(of_part).cloned().collect()
    }
}

/// All rows of a file.
fn read_parquet(path: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = builder.schema().clone();
    concat_batches(&schema, &builder.build().unwrap().map(Result::unwrap).collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_parquet_file_reads_back_with_its_columns_and_what_was_said_of_it() {
    for label_type in LABEL_TYPES {
        let dataset = Dataset::new(label_type, MANY);
        let schema = sample::schema(label_type);
        for part in PARTS {
            let made = dataset.make(Format::Parquet, part);
            assert_eq!(TableReader::open(&made).unwrap().schema(), &schema);
            let found = read_parquet(&made);
            assert_eq!(found.schema_ref().metadata()["dataset"], schema.arrow().metadata()["dataset"]);
            assert_eq!(found.schema_ref().metadata()["content_sha256"].len(), 64);
            same(&found, &sample::batch(&schema, &dataset.rows(part)));
        }
    }
}

#[test]
fn an_arrow_stream_reads_back_with_its_columns_and_what_was_said_of_it() {
    for label_type in LABEL_TYPES {
        let dataset = Dataset::new(label_type, MANY);
        let schema = sample::schema(label_type);
        for part in PARTS {
            let file = File::open(dataset.make(Format::Arrow, part)).unwrap();
            let stream = StreamReader::try_new_buffered(file, None).unwrap();
            assert_eq!(&stream.schema(), schema.arrow());
            let found =
                concat_batches(schema.arrow(), &stream.map(Result::unwrap).collect::<Vec<_>>()).unwrap();
            same(&found, &sample::batch(&schema, &dataset.rows(part)));
        }
    }
}

/// Equal to the bit, signs of zeros among them.
fn same(found: &RecordBatch, expected: &RecordBatch) {
    assert_eq!(found.columns(), expected.columns());
    for (found, expected) in found.columns().iter().zip(expected.columns()) {
        if let (Some(found), Some(expected)) =
            (found.as_primitive_opt::<Float64Type>(), expected.as_primitive_opt::<Float64Type>())
        {
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            assert!(found.iter().map(bits).eq(expected.iter().map(bits)));
        }
    }
}

#[test]
fn csv_reads_back_as_the_same_bits() {
    for label_type in LABEL_TYPES {
        let dataset = Dataset::new(label_type, MANY);
        for part in PARTS {
            let mut lines = csv::Reader::from_path(dataset.make(Format::Csv, part)).unwrap();
            let mut names = vec!["device_code", "window_start", "window_end", "split"];
            names.extend(FEATURES);
            names.push(LABEL);
            assert_eq!(lines.headers().unwrap(), names);
            let expected = dataset.rows(part);
            let mut found = lines.records().map(Result::unwrap);
            for row in &expected {
                let cells = found.next().unwrap();
                assert_eq!((&cells[0], &cells[3]), (row.device, row.split));
                for (cell, time) in [(&cells[1], row.start), (&cells[2], row.end)] {
                    let digits = cell.strip_suffix('Z').unwrap().split_once('.').unwrap().1.len();
                    assert_eq!(digits, if part == Part::Train { 3 } else { 9 }, "{cell}");
                    let read: jiff::Timestamp = cell.parse().unwrap();
                    assert_eq!(read.as_nanosecond(), i128::from(time));
                }
                for (cell, value) in (4..).map(|at| &cells[at]).zip(row.features) {
                    let read = cell.parse::<f64>().map(f64::to_bits).ok();
                    assert_eq!(read, (!value.is_nan()).then(|| value.to_bits()), "{cell}");
                }
                match &row.label {
                    Label::Int(value) => assert_eq!(cells[7].parse(), Ok(*value)),
                    Label::Float(value) => {
                        assert_eq!(cells[7].parse().map(f64::to_bits), Ok(value.to_bits()));
                    }
                    Label::Bool(value) => assert_eq!(cells[7].parse(), Ok(*value)),
                    Label::Text(value) => assert_eq!(&&cells[7], value),
                }
            }
            assert!(found.next().is_none());
        }
    }
}

#[test]
fn times_of_a_csv_file_have_no_more_digits_than_they_need() {
    let folder = TempDir::new().unwrap();
    for (nanoseconds, expected) in [
        (0, "2025-11-01T00:00:00Z"),
        (500_000_000, "2025-11-01T00:00:00.500Z"),
        (1_000, "2025-11-01T00:00:00.000001Z"),
        (1, "2025-11-01T00:00:00.000000001Z"),
    ] {
        let mut rows = sample::rows(LabelType::Int, 5)[2..3].to_vec();
        (rows[0].start, rows[0].end) = (1_761_955_200_000_000_000 + nanoseconds, 1_761_955_260_000_000_000);
        let (data, made) = (folder.path().join("data.parquet"), folder.path().join("all.csv"));
        sample::write(&data, LabelType::Int, &rows, 1);
        format::make(Artifact::new(Format::Csv, Part::All).unwrap(), &data, &made).unwrap();
        let text = fs::read_to_string(made).unwrap();
        assert_eq!(text.lines().nth(1).unwrap().rsplit(',').nth(6), Some(expected), "{text}");
    }
}

#[test]
fn npz_holds_both_sides_as_arrays() {
    for label_type in LABEL_TYPES {
        let dataset = Dataset::new(label_type, MANY);
        let arrays = npz::read(&dataset.make(Format::Npz, Part::All));
        let names: Vec<_> = arrays.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "X_train",
                "y_train",
                "X_val",
                "y_val",
                "feature_names",
                "device_train",
                "device_val",
                "start_train",
                "start_val"
            ]
        );
        let array = |name: &str| &arrays.iter().find(|(other, _)| other == name).unwrap().1;
        let feature_names = array("feature_names");
        assert_eq!((feature_names.descr.as_str(), &feature_names.shape), ("<U16", &vec![3]));
        assert_eq!(feature_names.texts(), FEATURES);
        for part in [Part::Train, Part::Val] {
            let rows = dataset.rows(part);
            let array = |name: &str| array(&format!("{name}_{}", part.as_str()));
            check_side(&rows, array("X"), array("y"), array("device"), array("start"));
        }
    }
}

fn check_side(rows: &[Row], x: &Array, y: &Array, device: &Array, start: &Array) {
    assert_eq!((x.descr.as_str(), &x.shape), ("<f8", &vec![rows.len(), 3]));
    let expected = rows.iter().flat_map(|row| row.features.map(f64::to_bits));
    assert!(x.words().eq(expected));
    assert_eq!((start.descr.as_str(), &start.shape), ("<M8[ns]", &vec![rows.len()]));
    assert!(start.words().eq(rows.iter().map(|row| row.start as u64)));
    assert_eq!((device.descr.as_str(), &device.shape), ("<U15", &vec![rows.len()]));
    assert_eq!(device.texts(), rows.iter().map(|row| row.device).collect::<Vec<_>>());
    assert_eq!(y.shape, [rows.len()]);
    let labels = rows.iter().map(|row| &row.label);
    match y.descr.as_str() {
        "<i8" => assert!(y.words().eq(labels.map(|label| label.int().unwrap() as u64))),
        "<f8" => assert!(y.words().eq(labels.map(|label| label.float().unwrap().to_bits()))),
        "|b1" => assert!(y.bytes.iter().copied().eq(labels.map(|label| u8::from(label.bool().unwrap())))),
        "<U12" => assert_eq!(y.texts(), labels.map(|label| label.text().unwrap()).collect::<Vec<_>>()),
        other => panic!("{other}"),
    }
}

#[test]
fn a_side_without_windows_is_an_array_without_rows() {
    let mut dataset = Dataset::new(LabelType::Text, 0);
    dataset.rows = sample::rows(LabelType::Text, 3);
    dataset.rows.iter_mut().for_each(|row| row.split = "train");
    sample::write(&dataset.data, LabelType::Text, &dataset.rows, 10);
    let arrays = npz::read(&dataset.make(Format::Npz, Part::All));
    let shapes: Vec<_> = arrays
        .iter()
        .filter(|(name, _)| name.ends_with("_val"))
        .map(|(name, array)| (name.as_str(), array.descr.as_str(), array.shape.clone()))
        .collect();
    assert_eq!(
        shapes,
        [
            ("X_val", "<f8", vec![0, 3]),
            ("y_val", "<U1", vec![0]),
            ("device_val", "<U1", vec![0]),
            ("start_val", "<M8[ns]", vec![0]),
        ]
    );
    let lines = fs::read_to_string(dataset.make(Format::Csv, Part::Val)).unwrap();
    assert_eq!(lines.lines().count(), 1);
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    let (one, other) = (Dataset::new(LabelType::Text, 2000), Dataset::new(LabelType::Text, 2000));
    for format in Format::ALL {
        for part in PARTS {
            if Artifact::new(format, part).is_ok() {
                let bytes = |dataset: &Dataset| fs::read(dataset.make(format, part)).unwrap();
                assert!(bytes(&one) == bytes(&other), "{format:?} {part:?}");
            }
        }
    }
}

#[test]
fn the_digest_of_a_file_is_that_of_what_was_written_however_it_was_cut() {
    let folder = TempDir::new().unwrap();
    let rows = sample::rows(LabelType::Float, MANY);
    let digest = |in_each: usize| {
        let path = folder.path().join("data.parquet");
        let written = sample::write(&path, LabelType::Float, &rows, in_each);
        let read = TableReader::open(&path).unwrap();
        assert_eq!((written.rows, read.rows()), (MANY as u64, MANY as u64));
        assert_eq!(written.bytes, fs::metadata(&path).unwrap().len());
        assert_eq!(read.content_digest().unwrap(), written.digest);
        written.digest
    };
    assert_eq!(digest(MANY), digest(777));
}

#[test]
fn a_thousand_columns_are_written_and_read_in_few_rows_at_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data.parquet");
    let names: Vec<_> = (0..1000).map(|at| format!("f{at}")).collect();
    let schema = fettle_datasets::table::TableSchema::new(&names, LABEL, LabelType::Int).unwrap();
    let rows = sample::rows(LabelType::Int, 300);
    let narrow = sample::batch(&sample::schema(LabelType::Int), &rows);
    let mut columns = narrow.columns()[..4].to_vec();
    columns.extend((0..1000).map(|at| narrow.column(4 + at % 3).clone()));
    columns.push(narrow.column(7).clone());
    let wide = RecordBatch::try_new(schema.arrow().clone(), columns).unwrap();
    let mut table = TableWriter::create(&path, &schema).unwrap();
    table.write(&wide).unwrap();
    table.finish().unwrap();
    let read = TableReader::open(&path).unwrap();
    let batches: Vec<_> = read.batches(Part::All).unwrap().map(Result::unwrap).collect();
    assert!(batches.len() > 1);
    assert_eq!(concat_batches(schema.arrow(), &batches).unwrap(), wide);
}

#[test]
fn a_file_that_is_no_table_is_damaged_and_says_so() {
    let dataset = Dataset::new(LabelType::Int, 5000);
    let whole = fs::read(&dataset.data).unwrap();
    let made = dataset.folder.path().join("made");
    let mut flipped = whole.clone();
    for byte in &mut flipped[400..4000] {
        *byte ^= 0x55;
    }
    let other = dataset.folder.path().join("other.parquet");
    let batch = RecordBatch::try_from_iter([(
        "a",
        sample::batch(&sample::schema(LabelType::Int), &[]).column(0).clone(),
    )]);
    let file = File::create(&other).unwrap();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(file, batch.as_ref().unwrap().schema(), None).unwrap();
    writer.write(&batch.unwrap()).unwrap();
    writer.close().unwrap();
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("cut off", whole[..whole.len() - 1].to_vec()),
        ("cut off at the front", whole[100..].to_vec()),
        ("of text", b"device_code,window_start\n".to_vec()),
        ("flipped", flipped),
        ("of another schema", fs::read(&other).unwrap()),
    ] {
        fs::write(&dataset.data, bytes).unwrap();
        for format in Format::ALL {
            let part = if format == Format::Parquet { Part::Train } else { Part::All };
            let artifact = Artifact::new(format, part).unwrap();
            match format::make(artifact, &dataset.data, &made) {
                Err(StorageError::Damaged { what: named, .. }) => assert!(named.ends_with("data.parquet")),
                other => panic!("{what}, {format:?}: {other:?}"),
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let dataset = Dataset::new(LabelType::Int, MANY);
    let full = Path::new("/dev/full");
    for format in Format::ALL {
        let part = if format == Format::Parquet { Part::Train } else { Part::All };
        let error = format::make(Artifact::new(format, part).unwrap(), &dataset.data, full).unwrap_err();
        assert!(matches!(error, StorageError::StorageFull { .. }), "{format:?}: {error}");
    }
}
