//! Removing rows, and what is stored.

use fettle_frame::{LabelValues, TimeRange};
use fettle_series::{ColumnKind, Columns, Holding, SeriesStore, Span};

use crate::store::{HOUR, Store, at, device, frame, label, range, signal};

/// A row an hour from the last day of October to the first of December, of a signal and a label.
async fn autumn() -> Store {
    let store = Store::new();
    let times: Vec<i64> = (0..32 * 24).map(|hour| at("2025-10-31") + hour * HOUR).collect();
    let grades = (0..times.len() as i64).map(|grade| (grade % 3 > 0).then_some(grade)).collect();
    let values = (0..times.len()).map(|row| if row % 5 == 0 { f64::NAN } else { row as f64 });
    let rows = frame(&times, [signal("a", values)], [label("grade", LabelValues::Int(grades))]);
    store.write(rows).await.unwrap();
    store
}

fn both() -> Columns {
    Columns { signals: vec!["a".into()], labels: vec!["grade".into()] }
}

#[tokio::test]
async fn rows_of_a_range_go_and_all_others_stay_as_they_are() {
    for (from, to) in [
        ("2025-10-01", "2025-10-31"),
        ("2025-10-31", "2025-11-01"),
        ("2025-11-10", "2025-11-20"),
        ("2025-11-01", "2025-11-02"),
        ("2025-11-30", "2025-12-01"),
        ("2025-10-31T12:00:00Z", "2025-12-01T06:30:00Z"),
        ("2025-11-05T03:00:00.000000001Z", "2025-11-05T04:00:00.000000001Z"),
        ("2025-01-01", "2026-01-01"),
    ] {
        let store = autumn().await;
        let whole = store.read(&both(), TimeRange::ALL).await.unwrap().frame;
        let gone = range(at(from), at(to));
        let kept: Vec<usize> =
            (0..whole.rows()).filter(|&row| !gone.contains(whole.timestamps[row])).collect();
        let removed = store.series().delete(&device(), gone).await.unwrap();
        assert_eq!(removed as usize, whole.rows() - kept.len(), "{from} to {to}");
        let left = store.read(&both(), TimeRange::ALL).await.unwrap().frame;
        let expected = whole.take(&kept);
        assert_eq!(left.timestamps, expected.timestamps, "{from} to {to}");
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&left.signals[0].values), bits(&expected.signals[0].values), "{from} to {to}");
        if !kept.is_empty() {
            assert_eq!(left.labels, expected.labels, "{from} to {to}");
        }
        assert_eq!(store.series().delete(&device(), gone).await.unwrap(), 0, "once more: {from} to {to}");
    }
}

#[tokio::test]
async fn a_month_without_rows_has_no_file_and_an_untouched_one_keeps_its_own() {
    let store = autumn().await;
    let before = store.inodes();
    store.series().delete(&device(), range(at("2025-11-01"), at("2025-12-01"))).await.unwrap();
    let after = store.inodes();
    assert_eq!(after, [before[0].clone(), before[2].clone()]);
    store.series().delete(&device(), TimeRange::ALL).await.unwrap();
    assert_eq!(store.files(), [""; 0]);
    assert_eq!(store.span().await.unwrap(), None);
}

#[tokio::test]
async fn what_was_never_there_is_removed_without_a_trace() {
    let store = Store::new();
    assert_eq!(store.series().delete(&device(), TimeRange::ALL).await.unwrap(), 0);
    assert!(!store.root().exists());
}

#[tokio::test]
async fn rows_can_be_written_where_others_were_removed() {
    let store = autumn().await;
    store.series().delete(&device(), TimeRange::ALL).await.unwrap();
    // Of another kind than before: no row says what the column was.
    let grade = signal("grade", [0.5]);
    store.write(frame(&[at("2025-11-01")], [grade], [])).await.unwrap();
    assert_eq!(store.count_rows(TimeRange::ALL).await.unwrap(), 1);
}

#[tokio::test]
async fn devices_with_rows_are_listed_by_type_and_code() {
    let store = autumn().await;
    let series = store.series();
    let keys = |found: Vec<fettle_series::DeviceKey>| -> Vec<String> {
        found.iter().map(ToString::to_string).collect()
    };
    let rows = || frame(&[at("2025-11-01")], [signal("a", [1.0])], []);
    for (device_type, code) in [("welder", "WLD000"), ("press", "P9"), ("press", "P10")] {
        let key = fettle_series::DeviceKey { device_type: device_type.into(), device: code.into() };
        series.write(&key, rows()).await.unwrap();
    }
    std::fs::create_dir_all(store.root().join("press/.hidden")).unwrap();
    std::fs::create_dir_all(store.root().join("press/empty")).unwrap();
    std::fs::write(store.root().join("notes.txt"), "no device type").unwrap();
    assert_eq!(
        keys(series.devices().await.unwrap()),
        ["press/P10", "press/P9", "welder/WLD000", "welder/WLD001"]
    );
    series.delete(&device(), TimeRange::ALL).await.unwrap();
    assert_eq!(keys(series.devices().await.unwrap()), ["press/P10", "press/P9", "welder/WLD000"]);
    assert_eq!(keys(Store::new().series().devices().await.unwrap()), [""; 0]);
}

#[tokio::test]
async fn a_holding_says_what_there_is_and_what_it_takes_up() {
    let store = autumn().await;
    let Holding { span, columns, months, bytes } = store.series().holding(&device()).await.unwrap().unwrap();
    let expected = Span { first: at("2025-10-31"), last: at("2025-12-01T23:00:00Z"), rows: 32 * 24 };
    assert_eq!(span, expected);
    assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["a", "grade"]);
    assert!(matches!(columns[1].kind, ColumnKind::Label(_)));
    assert_eq!(months, ["2025-10", "2025-11", "2025-12"]);
    let size = |name: &String| std::fs::metadata(store.folder().join(name)).unwrap().len();
    assert_eq!(bytes, Some(store.files().iter().map(size).sum()));
    assert_eq!(Store::new().series().holding(&device()).await.unwrap(), None);
}
