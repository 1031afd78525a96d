//! Parquet files of every type and width, whole and broken.

use std::fs::File;
use std::sync::Arc;

use crate::trial::{Trial, options, present, utc};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, DurationMillisecondArray,
    Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray, ListArray, NullArray,
    RecordBatch, StringArray, StringViewArray, Time32SecondArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
    UInt16Array, UInt64Array,
};
use arrow::datatypes::{Int32Type, UInt8Type};
use fettle_frame::LabelValues;
use fettle_import::{ImportError, ImportOptions, Source, TimeFormat};
use jiff::tz::TimeZone;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

fn parquet(trial: &Trial, name: &str, columns: Vec<(&str, ArrayRef)>) -> Source {
    let path = trial.path(name);
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, cells)| (name, cells, true)),
    );
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    Source { path, name: name.into(), format: None }
}

/// Two days, as most files have them.
fn days() -> ArrayRef {
    let micros = ["2025-11-01T00:00:00Z", "2025-11-02T00:00:00Z"].map(|text| utc(text) / 1_000);
    Arc::new(TimestampMicrosecondArray::from(micros.to_vec()).with_timezone("UTC"))
}

#[tokio::test]
async fn numbers_of_every_type_become_signals() {
    let trial = Trial::new().await;
    let cents = Decimal128Array::from(vec![Some(12_345), None]).with_precision_and_scale(10, 2).unwrap();
    let dictionary: DictionaryArray<UInt8Type> = vec!["1.5", "-2"].into_iter().collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("time", days()),
        ("int8", Arc::new(Int8Array::from(vec![Some(-128), None]))),
        ("uint16", Arc::new(UInt16Array::from(vec![65_535, 0]))),
        ("uint64", Arc::new(UInt64Array::from(vec![1 << 60, 3]))),
        ("float32", Arc::new(Float32Array::from(vec![0.5, f32::NAN]))),
        ("float64", Arc::new(Float64Array::from(vec![Some(f64::INFINITY), Some(1e300)]))),
        ("decimal", Arc::new(cents)),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), Some(false)]))),
        ("text", Arc::new(StringArray::from(vec![Some(" 1e3 "), Some("NA")]))),
        ("large text", Arc::new(LargeStringArray::from(vec![None, Some("7")]))),
        ("text view", Arc::new(StringViewArray::from(vec!["8", "9"]))),
        ("dictionary", Arc::new(dictionary)),
        ("nothing", Arc::new(NullArray::new(2))),
        ("lasted", Arc::new(DurationMillisecondArray::from(vec![1_500, 0]))),
        ("made", Arc::new(Date32Array::from(vec![Some(1), None]))),
        ("at", Arc::new(Time32SecondArray::from(vec![61, 0]))),
        ("exactly at", Arc::new(Time64MicrosecondArray::from(vec![1_500_000, 0]))),
    ];
    let source = parquet(&trial, "a.parquet", columns);
    let report = trial.import(&options(), &[source]).await.unwrap();
    assert_eq!((report.rows, report.infinite_cells), (2, 1));
    let frame = trial.rows(&options()).await;
    let cells: Vec<_> =
        frame.signals.iter().map(|signal| (signal.name.as_str(), present(&signal.values))).collect();
    assert_eq!(
        cells,
        [
            ("int8", vec![Some(-128.0), None]),
            ("uint16", vec![Some(65_535.0), Some(0.0)]),
            ("uint64", vec![Some((1_u64 << 60) as f64), Some(3.0)]),
            ("float32", vec![Some(0.5), None]),
            ("float64", vec![None, Some(1e300)]),
            ("decimal", vec![Some(123.45), None]),
            ("bool", vec![Some(1.0), Some(0.0)]),
            ("text", vec![Some(1_000.0), None]),
            ("large_text", vec![None, Some(7.0)]),
            ("text_view", vec![Some(8.0), Some(9.0)]),
            ("dictionary", vec![Some(1.5), Some(-2.0)]),
            ("nothing", vec![None, None]),
            ("lasted", vec![Some(1.5), Some(0.0)]),
            ("made", vec![Some(86_400.0), None]),
            ("at", vec![Some(61.0), Some(0.0)]),
            ("exactly_at", vec![Some(1.5), Some(0.0)]),
        ]
    );
}

#[tokio::test]
async fn labels_keep_their_own_type() {
    let trial = Trial::new().await;
    let half = Decimal128Array::from(vec![5, 10]).with_precision_and_scale(3, 1).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("time", days()),
        ("a", Arc::new(Int32Array::from(vec![1, 2]))),
        ("class", Arc::new(Int32Array::from(vec![Some(3), None]))),
        ("score", Arc::new(Float32Array::from(vec![0.5, f32::INFINITY]))),
        ("half", Arc::new(half)),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("who", Arc::new(StringArray::from(vec![Some("7"), None]))),
        ("shift", Arc::new(Date32Array::from(vec![0, 1]))),
    ];
    let source = parquet(&trial, "a.parquet", columns);
    let labels = ["class", "score", "half", "ok", "who", "shift"].map(String::from).to_vec();
    let options = ImportOptions { labels, ..options() };
    let report = trial.import(&options, &[source]).await.unwrap();
    assert_eq!(report.infinite_cells, 1);
    let frame = trial.rows(&options).await;
    assert_eq!(frame.signals.len(), 1);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        frame.labels.into_iter().map(|label| label.values).collect::<Vec<_>>(),
        [
            LabelValues::Int(vec![Some(3), None]),
            LabelValues::Float(vec![Some(0.5), None]),
            LabelValues::Float(vec![Some(0.5), Some(1.0)]),
            LabelValues::Bool(vec![Some(true), None]),
            LabelValues::Text(vec![text("7"), None]),
            LabelValues::Text(vec![text("1970-01-01"), text("1970-01-02")]),
        ]
    );
}

#[tokio::test]
async fn times_of_every_type_are_instants() {
    let second = utc("2025-07-01T10:00:00Z") / 1_000_000_000;
    let at = |offset: i64| utc("2025-07-01T10:00:00Z") + offset;
    let decimal =
        Decimal128Array::from(vec![i128::from(second) * 1_000_000 + 5]).with_precision_and_scale(20, 6);
    let berlin = || TimeZone::get("Europe/Berlin").unwrap();
    let cases: Vec<(ArrayRef, Option<TimeFormat>, TimeZone, i64)> = vec![
        (Arc::new(TimestampSecondArray::from(vec![second]).with_timezone("UTC")), None, berlin(), at(0)),
        (
            Arc::new(TimestampMillisecondArray::from(vec![second * 1_000 + 1]).with_timezone("+08:00")),
            None,
            berlin(),
            at(1_000_000),
        ),
        (
            Arc::new(
                TimestampNanosecondArray::from(vec![second * 1_000_000_000 + 1]).with_timezone("Asia/Tokyo"),
            ),
            None,
            berlin(),
            at(1),
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![second * 1_000_000_000 + 1])),
            None,
            TimeZone::UTC,
            at(1),
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![(second + 7_200) * 1_000_000])),
            None,
            berlin(),
            at(0),
        ),
        (Arc::new(Date32Array::from(vec![20_270])), None, berlin(), utc("2025-06-30T22:00:00Z")),
        (Arc::new(StringArray::from(vec!["2025-07-01 12:00"])), None, berlin(), at(0)),
        (
            Arc::new(StringArray::from(vec!["1.7.2025"])),
            Some("%d.%m.%Y".parse().unwrap()),
            berlin(),
            utc("2025-06-30T22:00:00Z"),
        ),
        (Arc::new(Int64Array::from(vec![second * 1_000])), Some(TimeFormat::UnixMs), berlin(), at(0)),
        (Arc::new(Int32Array::from(vec![second as i32])), Some(TimeFormat::Unix), berlin(), at(0)),
        (
            Arc::new(Float64Array::from(vec![second as f64 + 0.164109])),
            Some(TimeFormat::Unix),
            berlin(),
            at(164_109_000),
        ),
        (Arc::new(decimal.unwrap()), Some(TimeFormat::Unix), berlin(), at(5_000)),
    ];
    for (cells, time_format, time_zone, instant) in cases {
        let trial = Trial::new().await;
        let data_type = cells.data_type().to_string();
        let options = ImportOptions { time_format, time_zone, ..options() };
        let source =
            parquet(&trial, "a.parquet", vec![("time", cells), ("a", Arc::new(Int32Array::from(vec![1])))]);
        trial.import(&options, &[source]).await.unwrap();
        assert_eq!(trial.rows(&options).await.timestamps, [instant], "{data_type}");
    }
}

#[tokio::test]
async fn columns_that_cannot_be_read_are_named() {
    let trial = Trial::new().await;
    let list: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)]), Some([Some(2)])]));
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    for (columns, time_format, said) in [
        (vec![("time", days()), ("a", list)], None, "which is neither a number nor a text"),
        (
            vec![("time", Arc::clone(&whole)), ("a", Arc::clone(&whole))],
            None,
            "a.parquet: column `time` is Int64; say with `time_format`",
        ),
        (
            vec![("time", days()), ("a", Arc::clone(&whole))],
            Some(TimeFormat::Unix),
            "already; `time_format` unix does not apply",
        ),
        (
            vec![("time", Arc::new(BooleanArray::from(vec![true, false])) as ArrayRef), ("a", whole)],
            None,
            "is Boolean, which is no time",
        ),
    ] {
        let source = parquet(&trial, "a.parquet", columns);
        let error = trial.import(&ImportOptions { time_format, ..options() }, &[source]).await.unwrap_err();
        assert!(matches!(error, ImportError::Columns { .. }) && error.to_string().contains(said), "{error}");
        trial.is_untouched().await;
    }
}

#[tokio::test]
async fn bad_rows_are_named_by_their_number() {
    let trial = Trial::new().await;
    let times = StringArray::from(vec![Some("2025-11-01"), None, Some("soon"), Some("2025-11-04")]);
    let text = StringArray::from(vec!["1", "2", "3", "four"]);
    let source = parquet(&trial, "a.parquet", vec![("time", Arc::new(times)), ("a", Arc::new(text))]);
    let lenient = ImportOptions { max_rejected: 3, ..options() };
    let report = trial.import(&lenient, &[source]).await.unwrap();
    assert_eq!(
        report.rejected_lines.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "a.parquet:2: column `time`: there is no time",
            "a.parquet:3: column `time`: `soon` is not an ISO 8601 time",
            "a.parquet:4: column `a`: `four` is not a number",
        ]
    );
    assert_eq!(report.rows, 1);
}

#[tokio::test]
async fn every_usual_compression_is_read() {
    let trial = Trial::new().await;
    for (day, compression) in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ]
    .into_iter()
    .enumerate()
    {
        let columns: [(&str, ArrayRef); 2] = [
            ("time", Arc::new(Date32Array::from(vec![day as i32]))),
            ("a", Arc::new(Float64Array::from(vec![day as f64]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_compression(compression).build();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        let source = trial.file("a.parquet", writer.into_inner().unwrap());
        trial.import(&options(), &[source]).await.unwrap();
    }
    assert_eq!(trial.rows(&options()).await.signals[0].values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[tokio::test]
async fn a_file_of_two_thousand_columns_is_imported() {
    let trial = Trial::new().await;
    let names: Vec<String> = (0..2_000).map(|column| format!("s{column}")).collect();
    let mut columns = vec![("time", days())];
    for (column, name) in names.iter().enumerate() {
        columns.push((name, Arc::new(Float32Array::from(vec![column as f32, 0.5]))));
    }
    let source = parquet(&trial, "wide.parquet", columns);
    let report = trial.import(&options(), &[source]).await.unwrap();
    assert_eq!(report.columns.len(), 2_000);
    assert_eq!(trial.rows(&options()).await.signals[1_999].values, [1_999.0, 0.5]);
}

#[tokio::test]
async fn parquet_and_csv_are_one_import() {
    let trial = Trial::new().await;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("time", days()),
        ("a", Arc::new(Int32Array::from(vec![1, 2]))),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
    ];
    // What a file is shows at its beginning, whatever it is called.
    let sources = [parquet(&trial, "a.bin", columns), trial.file("b.csv", "time,ok,a\n2025-11-03,FALSE,3\n")];
    let options = ImportOptions { labels: vec!["ok".into()], ..options() };
    trial.import(&options, &sources).await.unwrap();
    let frame = trial.rows(&options).await;
    assert_eq!(frame.signals[0].values, [1.0, 2.0, 3.0]);
    assert_eq!(frame.labels[0].values, LabelValues::Bool(vec![Some(true), None, Some(false)]));
}

#[tokio::test]
async fn options_for_csv_alone_are_refused_without_csv() {
    let trial = Trial::new().await;
    let source =
        parquet(&trial, "a.parquet", vec![("time", days()), ("a", Arc::new(Int32Array::from(vec![1, 2])))]);
    let names = Some(["time", "a"].map(String::from).to_vec());
    for (options, said) in [
        (ImportOptions { delimiter: Some(b';'), ..options() }, "`delimiter`: is for CSV, and no file is"),
        (ImportOptions { columns: names, ..options() }, "`columns`: is for CSV, and no file is"),
    ] {
        let error = trial.import(&options, std::slice::from_ref(&source)).await.unwrap_err();
        assert_eq!(error.to_string(), said);
    }
}

#[tokio::test]
async fn a_broken_file_is_an_error_and_never_a_panic() {
    let trial = Trial::new().await;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("time", days()),
        ("a", Arc::new(Float64Array::from(vec![1.0, 2.0]))),
        ("who", Arc::new(StringArray::from(vec!["x", "y"]))),
    ];
    let whole = std::fs::read(parquet(&trial, "a.parquet", columns).path).unwrap();
    let options = ImportOptions { labels: vec!["who".into()], ..options() };
    for length in [0, 3, 4, 7, 11, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        let cut = trial.file("cut.parquet", &whole[..length]);
        let error = trial.import(&options, &[cut]).await.unwrap_err().to_string();
        assert!(error.starts_with("cut.parquet: "), "{error}");
    }
    trial.is_untouched().await;
    let (mut refused, mut taken) = (0, 0);
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        let file = trial.file("flipped.parquet", &flipped);
        // A flipped value is a value; all else is an error that names the file, or the rows, or the label.
        match trial.import(&options, &[file]).await {
            Ok(_) => taken += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(refused > taken / 10, "{refused} refused, {taken} taken");
}
