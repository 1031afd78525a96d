//! Reading backwards gives what reading forwards and turning it around does.

use fettle_frame::{Frame, LabelType, LabelValues, TimeRange};
use fettle_series::{
    Backward, Columns, DeviceKey, NewestRows, ParquetStore, RowPlace, SeriesError, SeriesStore,
};
use proptest::prelude::*;

use crate::store::{HOUR, Store, at, frame, label, range, signal};

fn welder(code: &str) -> DeviceKey {
    DeviceKey { device_type: "welder".into(), device: code.into() }
}

fn backward(devices: &[&str], max_rows: u64) -> Backward {
    Backward {
        devices: devices.iter().map(|code| welder(code)).collect(),
        columns: Columns::signals(["a"]),
        range: TimeRange::ALL,
        behind: None,
        max_rows,
    }
}

/// Device and time of all rows that were found, in the order in which they come.
fn places(found: &[NewestRows]) -> Vec<(String, i64)> {
    let mut places: Vec<RowPlace> = found
        .iter()
        .flat_map(|device| {
            let times = device.rows.frame.timestamps.iter();
            times.map(|&time| RowPlace { time, device: device.device.device.clone() })
        })
        .collect();
    places.sort();
    places.into_iter().map(|place| (place.device, place.time)).collect()
}

fn minutes(from: i64, rows: i64) -> Frame {
    let times: Vec<i64> = (0..rows).map(|row| from + row * HOUR / 60).collect();
    frame(&times, [signal("a", times.iter().map(|&time| time as f64))], [])
}

/// What a plain forward read of every device says that `backward` should find.
async fn forward(store: &ParquetStore, backward: &Backward) -> Vec<NewestRows> {
    let mut all = Vec::new();
    let mut places = Vec::new();
    for device in &backward.devices {
        let rows = store.read(device, &backward.columns, backward.range, u64::MAX).await.unwrap();
        let times = rows.frame.timestamps.iter();
        places.extend(times.map(|&time| RowPlace { time, device: device.device.clone() }));
        all.push((device, rows));
    }
    places.sort();
    places.retain(|place| backward.behind.as_ref().is_none_or(|behind| place > behind));
    places.truncate(usize::try_from(backward.max_rows).unwrap());
    let mut found = Vec::new();
    for (device, mut rows) in all {
        let kept: Vec<usize> = (0..rows.frame.rows())
            .filter(|&row| {
                let place = RowPlace { time: rows.frame.timestamps[row], device: device.device.clone() };
                places.contains(&place)
            })
            .collect();
        if !kept.is_empty() {
            rows.frame = rows.frame.take(&kept);
            found.push(NewestRows { device: device.clone(), rows });
        }
    }
    found
}

/// Rows and cells as texts: NaN is equal to nothing, and the type of a label that is nowhere present is any.
fn shown(found: &[NewestRows]) -> Vec<String> {
    let cells = |device: &NewestRows| {
        let frame = &device.rows.frame;
        let signals = frame.signals.iter().map(|signal| format!("{}={:?}", signal.name, signal.values));
        let labels =
            frame.labels.iter().map(|label| match label.values.missing_cells() == label.values.len() {
                true => format!("{} missing", label.name),
                false => format!("{}={:?}", label.name, label.values),
            });
        signals.chain(labels).collect::<Vec<_>>()
    };
    found
        .iter()
        .map(|device| format!("{} {:?} {:?}", device.device, device.rows.frame.timestamps, cells(device)))
        .collect()
}

/// Times of one device: some minutes of three months, steps of all sizes.
fn times() -> impl Strategy<Value = Vec<i64>> {
    let start = at("2025-10-31T23:00:00Z");
    let steps = prop_oneof![4 => 1..4_i64, 1 => Just(24 * 60), 1 => Just(31 * 24 * 60)];
    (0..120_i64, prop::collection::vec(steps, 0..60)).prop_map(move |(first, steps)| {
        let minutes = steps.iter().scan(first, |minute, step| {
            *minute += step;
            Some(*minute)
        });
        minutes.map(|minute| start + minute * HOUR / 60).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn backwards_is_forwards_turned_around(
        devices in prop::collection::vec((times(), times()), 1..5),
        max_rows in 0..150_u64,
        behind in prop::option::of((0..200_i64, 0..6_usize)),
        cut in prop::option::of((0..100_i64, 1..100_000_i64)),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let store = ParquetStore::new(folder.path());
            let mut codes = Vec::new();
            for (number, (signals, labels)) in devices.iter().enumerate().rev() {
                // In the request, devices are in another order than their codes are.
                codes.push(format!("W{number}"));
                let key = welder(codes.last().unwrap());
                let values = signals.iter().map(|time| match time % 7 {
                    0 => f64::NAN,
                    1 => f64::INFINITY,
                    _ => *time as f64,
                });
                let with_signal = frame(signals, [signal("a", values)], []);
                store.write(&key, with_signal).await.unwrap();
                let grades = labels.iter().map(|time| (time % 5 != 0).then_some(*time)).collect();
                store.write(&key, frame(labels, [], [label("grade", LabelValues::Int(grades))])).await.unwrap();
            }
            let start = at("2025-10-31T23:00:00Z");
            let asked = Backward {
                devices: codes.iter().map(|code| welder(code)).collect(),
                columns: Columns {
                    signals: vec!["nowhere".to_owned(), "a".to_owned()],
                    labels: vec!["grade".to_owned()],
                },
                range: cut.map_or(TimeRange::ALL, |(from, length)| {
                    range(start + from * HOUR / 60, start + (from + length) * HOUR / 60)
                }),
                behind: behind.map(|(minute, device)| RowPlace {
                    time: start + minute * HOUR / 60,
                    device: format!("W{device}"),
                }),
                max_rows,
            };
            let found = store.newest(&asked).await.unwrap();
            prop_assert_eq!(shown(&found), shown(&forward(&store, &asked).await));
            let infinite: u64 = found.iter().map(|device| device.rows.infinite_cells).sum();
            let expected = found.iter().flat_map(|device| &device.rows.frame.timestamps);
            let expected = expected.filter(|&time| {
                time % 7 == 1 && devices.iter().any(|(signals, _)| signals.contains(time))
            });
            prop_assert!(infinite <= expected.count() as u64);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn rows_of_one_time_come_by_device_and_a_read_goes_on_between_them() {
    let store = Store::new();
    let series = store.series();
    let (first, second) = (at("2025-11-01"), at("2025-11-01T00:01:00Z"));
    for code in ["W3", "W1", "W2"] {
        series.write(&welder(code), minutes(first, 2)).await.unwrap();
    }
    let mut asked = backward(&["W3", "W1", "W2"], 2);
    let found = series.newest(&asked).await.unwrap();
    assert_eq!(places(&found), [("W1".to_owned(), second), ("W2".to_owned(), second)]);
    asked.behind = Some(RowPlace { time: second, device: "W2".to_owned() });
    let found = series.newest(&asked).await.unwrap();
    assert_eq!(places(&found), [("W3".to_owned(), second), ("W1".to_owned(), first)]);
    assert_eq!(found[0].device.device, "W3", "devices come in the order in which they were asked for");
}

#[tokio::test]
async fn a_page_is_the_same_whatever_is_written_behind_and_before_it() {
    let store = Store::new();
    let series = store.series();
    series.write(&welder("W1"), minutes(at("2025-11-01"), 200)).await.unwrap();
    let mut asked = backward(&["W1", "W2"], 50);
    let first = series.newest(&asked).await.unwrap();
    let last = first[0].rows.frame.timestamps[0];
    asked.behind = Some(RowPlace { time: last, device: "W1".to_owned() });
    let second = series.newest(&asked).await.unwrap();
    series.write(&welder("W1"), minutes(at("2025-12-01"), 10)).await.unwrap();
    series.write(&welder("W2"), minutes(at("2025-11-02"), 10)).await.unwrap();
    assert_eq!(shown(&series.newest(&asked).await.unwrap()), shown(&second));
}

#[tokio::test]
async fn nothing_is_found_where_there_is_nothing() {
    let store = Store::new();
    let series = store.series();
    assert_eq!(series.newest(&backward(&["W1"], 5)).await.unwrap(), []);
    assert_eq!(series.newest(&backward(&[], 5)).await.unwrap(), []);
    series.write(&welder("W1"), minutes(at("2025-11-01"), 5)).await.unwrap();
    assert_eq!(series.newest(&backward(&["W1"], 0)).await.unwrap(), []);
    let mut elsewhere = backward(&["W1"], 5);
    elsewhere.range = range(at("2025-11-02"), at("2025-11-03"));
    assert_eq!(series.newest(&elsewhere).await.unwrap(), []);
    let mut all_behind = backward(&["W1"], 5);
    all_behind.behind = Some(RowPlace { time: i64::MIN, device: "W0".to_owned() });
    assert_eq!(series.newest(&all_behind).await.unwrap(), []);
}

#[tokio::test]
async fn a_label_that_changes_its_type_is_refused_and_one_that_is_nowhere_is_missing() {
    let store = Store::new();
    let series = store.series();
    let text = label("operator", LabelValues::Text(vec![Some("焊工".into())]));
    series.write(&welder("W1"), frame(&[at("2025-11-01")], [signal("a", [1.0])], [text])).await.unwrap();
    let mut asked = backward(&["W1"], 5);
    asked.columns.labels = vec!["grade".to_owned(), "a".to_owned()];
    asked.columns.signals = vec!["operator".to_owned()];
    let error = series.newest(&asked).await.unwrap_err();
    assert!(matches!(&error, SeriesError::Column { column, .. } if column == "operator"), "{error}");
    asked.columns.signals.clear();
    let found = series.newest(&asked).await.unwrap();
    let types = found[0].rows.frame.labels.iter().map(|label| label.values.label_type());
    assert_eq!(
        types.collect::<Vec<_>>(),
        [LabelType::Float, LabelType::Float],
        "a signal is a label of type float"
    );
}

#[tokio::test]
async fn rows_of_all_devices_are_counted_together() {
    let store = Store::new();
    let series = store.series();
    for (code, rows) in [("W1", 5), ("W2", 7)] {
        series.write(&welder(code), minutes(at("2025-11-01"), rows)).await.unwrap();
    }
    let devices = ["W1", "W2", "W3"].map(welder);
    assert_eq!(series.count_rows_of(&devices, TimeRange::ALL).await.unwrap(), 12);
    let start = range(at("2025-11-01"), at("2025-11-01T00:02:00Z"));
    assert_eq!(series.count_rows_of(&devices, start).await.unwrap(), 4);
}
