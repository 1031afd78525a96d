//! What is written is read back: columns, months, replaced rows, and what is refused.

use crate::store::{HOUR, Store, at, bits, frame, label, range, signal};
use fettle_frame::{Frame, LabelType, LabelValues, TimeRange};
use fettle_series::{ColumnKind, Columns, SeriesError, Span, StoredColumn, Written};

fn both(signals: &[&str], labels: &[&str]) -> Columns {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Columns { signals: names(signals), labels: names(labels) }
}

fn every_label_type(times: &[i64]) -> Frame {
    let rows = times.len();
    let of = |row: usize| (row != 1).then_some(row);
    frame(
        times,
        [signal("current", (0..rows).map(|row| if row == 1 { f64::NAN } else { row as f64 / 3.0 }))],
        [
            label(
                "grade",
                LabelValues::Int((0..rows).map(|row| of(row).map(|row| row as i64 - 2)).collect()),
            ),
            label(
                "wear",
                LabelValues::Float((0..rows).map(|row| of(row).map(|row| row as f64 * 0.1)).collect()),
            ),
            label(
                "anomaly",
                LabelValues::Bool((0..rows).map(|row| of(row).map(|row| row % 2 == 0)).collect()),
            ),
            label(
                "operator",
                LabelValues::Text((0..rows).map(|row| of(row).map(|row| format!("焊工 {row}"))).collect()),
            ),
        ],
    )
}

#[tokio::test]
async fn what_is_written_is_read_back_bit_for_bit() {
    let store = Store::new();
    let written = every_label_type(&[at("2025-11-01"), at("2025-11-02"), at("2025-11-03")]);
    store.write(written.clone()).await.unwrap();
    let read = store
        .read(&both(&["current"], &["operator", "grade", "wear", "anomaly"]), TimeRange::ALL)
        .await
        .unwrap();
    assert_eq!(read.infinite_cells, 0);
    assert_eq!(read.frame.timestamps, written.timestamps);
    assert_eq!(bits(&read.frame.signals[0]), bits(&written.signals[0]));
    for label in &read.frame.labels {
        assert!(written.labels.contains(label), "{}", label.name);
    }
    assert_eq!(read.frame.labels[0].name, "operator", "labels come in the order asked for");
}

#[tokio::test]
async fn columns_come_in_the_order_asked_for() {
    let store = Store::new();
    let times = [at("2025-11-01"), at("2025-11-02")];
    store
        .write(frame(&times, [signal("a", [1.0, 2.0]), signal("b", [3.0, 4.0]), signal("c", [5.0, 6.0])], []))
        .await
        .unwrap();
    let read = store.read(&Columns::signals(["c", "a"]), TimeRange::ALL).await.unwrap();
    let names: Vec<_> =
        read.frame.signals.iter().map(|signal| (signal.name.as_str(), signal.values.as_slice())).collect();
    assert_eq!(names, [("c", [5.0, 6.0].as_slice()), ("a", [1.0, 2.0].as_slice())]);
}

#[tokio::test]
async fn a_column_that_a_month_lacks_is_missing_there() {
    let store = Store::new();
    let october = at("2025-10-31T23:59:59.999999999Z");
    let november = at("2025-11-01");
    store.write(frame(&[october], [signal("a", [1.0])], [])).await.unwrap();
    let newer = frame(
        &[november],
        [signal("a", [2.0]), signal("b", [3.0])],
        [label("ok", LabelValues::Bool(vec![Some(true)]))],
    );
    store.write(newer).await.unwrap();
    assert_eq!(store.files(), ["2025-10.parquet", "2025-11.parquet"]);
    let read =
        store.read(&both(&["b", "a", "nowhere"], &["ok", "unknown"]), TimeRange::ALL).await.unwrap().frame;
    assert_eq!(read.timestamps, [october, november]);
    assert!(read.signals[0].values[0].is_nan());
    assert_eq!(read.signals[0].values[1], 3.0);
    assert_eq!(read.signals[1].values, [1.0, 2.0]);
    assert!(read.signals[2].values.iter().all(|value| value.is_nan()));
    assert_eq!(read.labels[0].values, LabelValues::Bool(vec![None, Some(true)]));
    assert_eq!(read.labels[1].values.missing_cells(), 2);
}

#[tokio::test]
async fn a_range_holds_its_start_and_not_its_end() {
    let store = Store::new();
    let times: Vec<i64> = (0..2_000).map(|hour| at("2025-10-15") + hour * HOUR).collect();
    store.write(frame(&times, [signal("hour", (0..2_000).map(f64::from))], [])).await.unwrap();
    assert_eq!(store.files().len(), 4);
    for (start, end) in
        [(0, 1), (0, 2_000), (1_999, 2_000), (407, 408), (400, 410), (100, 1_900), (408, 1_128)]
    {
        let range = range(times[0] + start * HOUR, times[0] + end * HOUR);
        let read = store.read(&Columns::signals(["hour"]), range).await.unwrap().frame;
        assert_eq!(read.signals[0].values, (start..end).map(|hour| hour as f64).collect::<Vec<_>>());
        assert_eq!(store.count_rows(range).await.unwrap(), (end - start) as u64);
    }
    let between = range(times[5] + 1, times[6]);
    assert_eq!(store.count_rows(between).await.unwrap(), 0);
    assert_eq!(store.count_rows(range(times[5] + 1, times[6] + 1)).await.unwrap(), 1);
    assert_eq!(store.count_rows(range(0, times[0])).await.unwrap(), 0);
    assert_eq!(store.count_rows(range(times[1_999] + 1, i64::MAX)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_range_that_begins_and_ends_inside_row_groups_is_cut_to_the_row() {
    let store = Store::new();
    let first = at("2025-11-01");
    let times: Vec<i64> = (0..50_000).map(|row| first + row * 1_000).collect();
    store.write(frame(&times, [signal("row", (0..50_000).map(f64::from))], [])).await.unwrap();
    for (start, end) in
        [(0, 50_000), (16_383, 16_385), (16_384, 32_768), (1, 49_999), (20_000, 20_001), (40_000, 60_000)]
    {
        let range = range(first + start * 1_000, first + end * 1_000);
        let read = store.read(&Columns::signals(["row"]), range).await.unwrap().frame;
        let expected: Vec<f64> = (start..end.min(50_000)).map(|row| row as f64).collect();
        assert_eq!(read.signals[0].values, expected, "{start} to {end}");
        assert_eq!(store.count_rows(range).await.unwrap(), expected.len() as u64);
    }
}

#[tokio::test]
async fn too_many_rows_are_refused_with_their_number() {
    let store = Store::new();
    let times: Vec<i64> = (0..100).map(|row| at("2025-10-31T23:59:50Z") + row * 1_000_000_000).collect();
    store.write(frame(&times, [signal("a", (0..100).map(f64::from))], [])).await.unwrap();
    let error = store.read_at_most(&Columns::signals(["a"]), TimeRange::ALL, 99).await.unwrap_err();
    assert!(matches!(error, SeriesError::TooManyRows { rows: 100, max_rows: 99 }), "{error}");
    store.read_at_most(&Columns::signals(["a"]), TimeRange::ALL, 100).await.unwrap();
}

#[tokio::test]
async fn an_unknown_device_has_no_rows() {
    let store = Store::new();
    let read = store.read(&both(&["a"], &["ok"]), TimeRange::ALL).await.unwrap().frame;
    assert_eq!((read.rows(), read.signals.len(), read.labels.len()), (0, 1, 1));
    assert_eq!(store.count_rows(TimeRange::ALL).await.unwrap(), 0);
    assert_eq!(store.span().await.unwrap(), None);
    assert_eq!(store.columns().await.unwrap(), []);
    assert!(store.files().is_empty(), "reading creates nothing");
}

#[tokio::test]
async fn a_device_knows_its_span_and_its_columns() {
    let store = Store::new();
    let (first, last) = (at("2024-02-29T12:00:00Z"), at("2025-12-31T23:59:59.5Z"));
    store
        .write(frame(&[last], [signal("b", [1.0])], [label("ok", LabelValues::Text(vec![None]))]))
        .await
        .unwrap();
    store.write(frame(&[first, first + 1], [signal("a", [1.0, 2.0])], [])).await.unwrap();
    assert_eq!(store.span().await.unwrap(), Some(Span { first, last, rows: 3 }));
    let column = |name: &str, kind| StoredColumn { name: name.into(), kind };
    assert_eq!(
        store.columns().await.unwrap(),
        [
            column("a", ColumnKind::Signal),
            column("b", ColumnKind::Signal),
            column("ok", ColumnKind::Label(LabelType::Text))
        ]
    );
}

#[tokio::test]
async fn rows_are_inserted_between_rows() {
    let store = Store::new();
    let times: Vec<i64> = (0..40_000).map(|row| at("2025-11-01") + row * 1_000).collect();
    let some = |keep: fn(i64) -> bool| {
        let rows: Vec<i64> = (0..40_000).filter(|&row| keep(row)).collect();
        frame(
            &rows.iter().map(|&row| times[row as usize]).collect::<Vec<_>>(),
            [signal("row", rows.iter().map(|&row| row as f64))],
            [],
        )
    };
    let even = store.write(some(|row| row % 2 == 0)).await.unwrap();
    assert_eq!(even, Written { rows_new: 20_000, ..Written::default() });
    let most = store.write(some(|row| row % 3 != 0)).await.unwrap();
    assert_eq!(most.rows_new + most.rows_identical, 26_666);
    assert_eq!((most.rows_identical, most.rows_replaced), (13_333, 0));
    store.write(some(|_| true)).await.unwrap();
    let read = store.read(&Columns::signals(["row"]), TimeRange::ALL).await.unwrap().frame;
    assert_eq!(read.timestamps, times);
    assert_eq!(read.signals[0].values, (0..40_000).map(f64::from).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_new_row_replaces_the_old_one_in_the_columns_that_it_brings() {
    let store = Store::new();
    let times = [at("2025-11-01"), at("2025-11-02"), at("2025-11-03")];
    let ok = |values| label("ok", LabelValues::Int(values));
    store
        .write(frame(
            &times,
            [signal("a", [1.0, 2.0, 3.0]), signal("b", [4.0, 5.0, 6.0])],
            [ok(vec![Some(0); 3])],
        ))
        .await
        .unwrap();
    let again = frame(&times[1..], [signal("a", [f64::NAN, 3.0]), signal("c", [f64::NAN, f64::NAN])], []);
    let written = store.write(again).await.unwrap();
    assert_eq!(written, Written { rows_new: 0, rows_replaced: 1, rows_identical: 1 });
    let read = store.read(&both(&["a", "b", "c"], &["ok"]), TimeRange::ALL).await.unwrap().frame;
    assert!(read.signals[0].values[1].is_nan(), "a missing cell replaces too");
    assert_eq!(read.signals[1].values, [4.0, 5.0, 6.0], "columns that the new rows lack stay");
    assert_eq!(read.labels[0].values, LabelValues::Int(vec![Some(0); 3]));

    let labels = frame(&times, [], [ok(vec![Some(0), Some(1), None])]);
    assert_eq!(
        store.write(labels).await.unwrap(),
        Written { rows_new: 0, rows_replaced: 2, rows_identical: 1 }
    );
    let read = store.read(&both(&["b"], &["ok"]), TimeRange::ALL).await.unwrap().frame;
    assert_eq!(read.labels[0].values, LabelValues::Int(vec![Some(0), Some(1), None]));
    assert_eq!(read.signals[0].values, [4.0, 5.0, 6.0]);
}

#[tokio::test]
async fn writing_the_same_again_touches_no_file() {
    let store = Store::new();
    let rows = every_label_type(&[at("2025-10-31"), at("2025-11-01"), at("2025-12-01")]);
    store.write(rows.clone()).await.unwrap();
    let before = store.inodes();
    assert_eq!(store.write(rows).await.unwrap(), Written { rows_identical: 3, ..Written::default() });
    assert_eq!(store.inodes(), before);
}

#[tokio::test]
async fn a_column_never_changes_its_kind() {
    let store = Store::new();
    let time = [at("2025-10-01")];
    store
        .write(frame(&time, [signal("a", [1.0])], [label("ok", LabelValues::Float(vec![Some(1.0)]))]))
        .await
        .unwrap();
    let later = [at("2025-11-01")];
    for (rows, column, problem) in [
        (
            frame(&later, [], [label("a", LabelValues::Float(vec![None]))]),
            "a",
            "is stored as a signal, not as a label of type float",
        ),
        (
            frame(&later, [signal("ok", [1.0])], []),
            "ok",
            "is stored as a label of type float, not as a signal",
        ),
        (
            frame(&later, [], [label("ok", LabelValues::Int(vec![None]))]),
            "ok",
            "is stored as a label of type float, not as a label of type int",
        ),
        (frame(&later, [signal("timestamp", [1.0])], []), "timestamp", "is the name of the time column"),
        (
            frame(&later, [signal("b", [1.0]), signal("b", [1.0])], []),
            "b",
            "stands twice among the columns to write",
        ),
    ] {
        match store.write(rows).await.unwrap_err() {
            SeriesError::Column { column: named, problem: said } => {
                assert_eq!((named.as_str(), said.as_str()), (column, problem));
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(store.files(), ["2025-10.parquet"], "nothing was written");
}

#[tokio::test]
async fn a_label_is_no_signal_but_a_signal_may_be_a_label() {
    let store = Store::new();
    let time = [at("2025-11-01"), at("2025-11-02")];
    store
        .write(frame(
            &time,
            [signal("a", [1.5, f64::NAN])],
            [label("ok", LabelValues::Float(vec![Some(1.0); 2]))],
        ))
        .await
        .unwrap();
    let error = store.read(&Columns::signals(["ok"]), TimeRange::ALL).await.unwrap_err();
    assert_eq!(error.to_string(), "column `ok`: is a label of type float, not a signal");
    let error = store.read(&both(&["a"], &["a"]), TimeRange::ALL).await.unwrap_err();
    assert_eq!(error.to_string(), "column `a`: is asked for twice");
    let read = store.read(&both(&[], &["a"]), TimeRange::ALL).await.unwrap().frame;
    assert_eq!(read.labels, [label("a", LabelValues::Float(vec![Some(1.5), None]))]);
}

#[tokio::test]
async fn infinities_in_a_file_read_as_missing_and_are_counted() {
    let store = Store::new();
    let times = [at("2025-11-01"), at("2025-11-02"), at("2025-11-03")];
    let rows = frame(
        &times,
        [signal("a", [f64::INFINITY, 1.0, f64::NEG_INFINITY]), signal("b", [f64::INFINITY; 3])],
        [label("wear", LabelValues::Float(vec![Some(f64::INFINITY), Some(1.0), None]))],
    );
    store.write(rows).await.unwrap();
    let read = store.read(&both(&["a"], &["wear"]), TimeRange::ALL).await.unwrap();
    assert_eq!(read.infinite_cells, 3, "of the columns that were read");
    assert_eq!(bits(&read.frame.signals[0]), [None, Some(1.0_f64.to_bits()), None]);
    assert_eq!(read.frame.labels[0].values, LabelValues::Float(vec![None, Some(1.0), None]));
}

#[tokio::test]
async fn a_damaged_file_is_named() {
    let store = Store::new();
    store.write(frame(&[at("2025-11-01")], [signal("a", [1.0])], [])).await.unwrap();
    let path = store.folder().join("2025-11.parquet");
    let whole = std::fs::read(&path).unwrap();
    for broken in [
        &whole[..0],
        &whole[..3],
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        b"no parquet at all".as_slice(),
    ] {
        std::fs::write(&path, broken).unwrap();
        match store.read(&Columns::signals(["a"]), TimeRange::ALL).await.unwrap_err() {
            SeriesError::Damaged { path: named, .. } => assert_eq!(named, path),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_wide_frame_is_written_and_read() {
    let store = Store::new();
    let times = [at("2025-11-01"), at("2025-11-02")];
    let wide =
        frame(&times, (0..1_000).map(|column| signal(&format!("s{column}"), [f64::from(column), 0.5])), []);
    store.write(wide).await.unwrap();
    let read = store.read(&Columns::signals(["s999", "s0"]), TimeRange::ALL).await.unwrap().frame;
    assert_eq!(read.signals[0].values, [999.0, 0.5]);
    assert_eq!(read.signals[1].values, [0.0, 0.5]);
}
