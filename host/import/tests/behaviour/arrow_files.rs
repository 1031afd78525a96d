//! Arrow files and streams, whole and broken.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, ListArray, NullArray, RecordBatch,
    StringArray, StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow::datatypes::{Float64Type, UInt8Type};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use fettle_frame::LabelValues;
use fettle_import::{Format, ImportError, ImportOptions, Source, TimeFormat, prepare};

use crate::trial::{Trial, options, present, utc};

/// Two days, as most files have them.
fn days() -> ArrayRef {
    let micros = ["2025-11-01T00:00:00Z", "2025-11-02T00:00:00Z"].map(|text| utc(text) / 1_000);
    Arc::new(TimestampMicrosecondArray::from(micros.to_vec()).with_timezone("UTC"))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, cells)| (name, cells, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn file_of(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

fn stream_of(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Columns of every kind, labels among them.
fn mixed() -> RecordBatch {
    let dictionary: DictionaryArray<UInt8Type> = vec!["1.5", "-2"].into_iter().collect();
    batch(vec![
        ("time", days()),
        ("float", Arc::new(Float64Array::from(vec![Some(f64::INFINITY), Some(0.1)]))),
        ("whole", Arc::new(Int64Array::from(vec![Some(7), None]))),
        ("text", Arc::new(StringViewArray::from(vec![Some(" 1e3 "), Some("NA")]))),
        ("dictionary", Arc::new(dictionary)),
        ("nothing", Arc::new(NullArray::new(2))),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("who", Arc::new(StringArray::from(vec![Some("ada"), None]))),
    ])
}

#[tokio::test]
async fn files_and_streams_are_told_by_what_they_begin_with() {
    let options = ImportOptions { labels: vec!["ok".into(), "who".into()], ..options() };
    for (name, content) in [
        ("plain", file_of(&[mixed()], None)),
        ("lz4", file_of(&[mixed()], Some(CompressionType::LZ4_FRAME))),
        ("zstd.csv", file_of(&[mixed()], Some(CompressionType::ZSTD))),
        ("stream", stream_of(&[mixed()])),
    ] {
        let trial = Trial::new().await;
        let report = trial.import(&options, &[trial.file(name, content)]).await.unwrap();
        assert_eq!((report.rows, report.infinite_cells), (2, 1), "{name}");
        let frame = trial.rows(&options).await;
        let cells: Vec<_> =
            frame.signals.iter().map(|signal| (signal.name.as_str(), present(&signal.values))).collect();
        assert_eq!(
            cells,
            [
                ("float", vec![None, Some(0.1)]),
                ("whole", vec![Some(7.0), None]),
                ("text", vec![Some(1_000.0), None]),
                ("dictionary", vec![Some(1.5), Some(-2.0)]),
                ("nothing", vec![None, None]),
            ],
            "{name}"
        );
        assert_eq!(frame.labels[0].values, LabelValues::Bool(vec![Some(true), None]), "{name}");
        assert_eq!(frame.labels[1].values, LabelValues::Text(vec![Some("ada".into()), None]), "{name}");
    }
}

#[tokio::test]
async fn batches_follow_each_other_and_rows_are_counted_through() {
    let trial = Trial::new().await;
    let hour = |hour: i64, rows: i64| {
        let start = utc("2025-11-01T00:00:00Z") / 1_000_000 + hour * 3_600_000;
        let times = (0..rows).map(|row| start + row * 100);
        let values = (0..rows).map(|row| (hour * 100_000 + row) as f64);
        batch(vec![
            ("time", Arc::new(TimestampMillisecondArray::from_iter_values(times).with_timezone("UTC"))),
            ("a", Arc::new(Float64Array::from_iter_values(values))),
        ])
    };
    // Batches longer than what is taken in at once, and an empty one.
    let batches = [hour(0, 20_000), hour(1, 0), hour(2, 9_000)];
    let report = trial.import(&options(), &[trial.file("a.arrow", file_of(&batches, None))]).await.unwrap();
    assert_eq!(report.rows, 29_000);
    let frame = trial.rows(&options()).await;
    assert_eq!((frame.signals[0].values[19_999], frame.signals[0].values[20_000]), (19_999.0, 200_000.0));

    let times = StringArray::from(vec![Some("2025-11-01"), Some("noon"), None]);
    let wrong = batch(vec![("time", Arc::new(times)), ("a", Arc::new(Int64Array::from(vec![1, 2, 3])))]);
    let error = trial.import(&options(), &[trial.file("b", stream_of(&[wrong]))]).await.unwrap_err();
    let ImportError::Rejected { total, first, .. } = error else { panic!("{error}") };
    assert_eq!((total, first[0].line, first[1].line), (2, 2, 3), "rows are counted from 1");
}

#[tokio::test]
async fn whole_numbers_are_times_by_a_format_and_nested_columns_are_refused() {
    let trial = Trial::new().await;
    let times: ArrayRef = Arc::new(Int64Array::from(vec![1_761_955_200, 1_761_955_201]));
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    let file = file_of(&[batch(vec![("time", times), ("a", values)])], None);
    let source = trial.file("a.feather", file);
    let refused = trial.import(&options(), std::slice::from_ref(&source)).await.unwrap_err().to_string();
    assert!(refused.contains("time_format"), "{refused}");
    let unix = ImportOptions { time_format: Some(TimeFormat::Unix), ..options() };
    assert_eq!(trial.import(&unix, &[source]).await.unwrap().rows, 2);

    let lists = ListArray::from_iter_primitive::<Float64Type, _, _>([Some(vec![Some(1.0)]), None]);
    let file = file_of(&[batch(vec![("time", days()), ("a", Arc::new(lists))])], None);
    let refused = trial.import(&options(), &[trial.file("b.arrow", file)]).await.unwrap_err().to_string();
    assert!(refused.starts_with("b.arrow: column `a` is List"), "{refused}");
}

#[tokio::test]
async fn what_is_named_arrow_and_is_none_is_told_as_such() {
    let trial = Trial::new().await;
    for (name, format) in [
        ("a.arrow", None),
        ("a.feather", None),
        ("a.arrows", None),
        ("a.csv", Some(Format::ArrowFile)),
        ("a.csv", Some(Format::ArrowStream)),
    ] {
        let source = Source { format, ..trial.file(name, "time,a\n2025-11-01,1\n") };
        let error = trial.import(&options(), &[source]).await.unwrap_err();
        assert!(matches!(error, ImportError::Arrow { .. }), "{name} as {format:?}: {error}");
    }
    trial.is_untouched().await;
}

#[tokio::test]
async fn a_broken_file_is_an_error_wherever_it_is_broken() {
    let trial = Trial::new().await;
    let sound = [
        file_of(&[mixed()], None),
        file_of(&[mixed()], Some(CompressionType::ZSTD)),
        file_of(&[mixed()], Some(CompressionType::LZ4_FRAME)),
        stream_of(&[mixed()]),
    ];
    let options = ImportOptions { labels: vec!["ok".into(), "who".into()], ..options() };
    let mut refused = 0;
    for (number, file) in sound.iter().enumerate() {
        let format = Some(if number < 3 { Format::ArrowFile } else { Format::ArrowStream });
        for place in (0..file.len()).step_by(3) {
            let mut broken = file.clone();
            broken[place] ^= 0xFF;
            let source = Source { format, ..trial.file("broken", broken) };
            // A changed value is a value too; all else must be an error, and nothing may end the program.
            match prepare(&options, &[source], &trial.metadata, Arc::new(|_| ())).await {
                Ok(_) => {}
                Err(ImportError::Unreadable { source, .. }) => panic!("byte {place} of {number}: {source}"),
                Err(_) => refused += 1,
            }
        }
        for length in (1..file.len()).step_by(7) {
            let source = Source { format, ..trial.file("cut", &file[..length]) };
            // A stream may end after any of its messages.
            let cut = prepare(&options, &[source], &trial.metadata, Arc::new(|_| ())).await;
            assert!(cut.is_err() || number == 3, "{length} bytes of {number}");
        }
    }
    assert!(refused > 100, "{refused}");
}

#[tokio::test]
async fn more_cells_than_are_allowed_are_refused_in_every_format() {
    let trial = Trial::new().await;
    let limited = |max_cells| ImportOptions { max_cells: Some(max_cells), ..options() };
    let two = batch(vec![("time", days()), ("a", Arc::new(Float64Array::from(vec![1.0, 2.0])))]);
    let mut parquet = parquet::arrow::ArrowWriter::try_new(Vec::new(), two.schema(), None).unwrap();
    parquet.write(&two).unwrap();
    for (name, content) in [
        ("a.csv", b"time,a\n2025-11-01,1\n2025-11-02,2\n".to_vec()),
        ("a.arrow", file_of(std::slice::from_ref(&two), None)),
        ("a.arrows", stream_of(std::slice::from_ref(&two))),
        ("a.parquet", parquet.into_inner().unwrap()),
    ] {
        let source = trial.file(name, content);
        let error = trial.import(&limited(3), std::slice::from_ref(&source)).await.unwrap_err();
        assert!(matches!(error, ImportError::TooLarge { max_rows: 1, columns: 2, .. }), "{name}: {error}");
        trial.is_untouched().await;
        // One file may have as much, two of them not.
        let twice = [source.clone(), source.clone()];
        let error = trial.import(&limited(4), &twice).await.unwrap_err();
        assert!(matches!(error, ImportError::TooLarge { .. }), "{name}: {error}");
    }
    let source = trial.file("a.csv", "time,a\n2025-11-01,1\n2025-11-02,2\n");
    assert_eq!(trial.import(&limited(4), &[source]).await.unwrap().rows, 2);
}
