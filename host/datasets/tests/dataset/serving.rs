//! Serving rows with what a dataset has learnt.

use std::collections::HashMap;

use fettle_datasets::{DatasetError, SentRows, ServeRequest, ServedRows};
use fettle_features::{Extraction, FeatureError};
use fettle_frame::TimeRange;
use serde_json::json;

use crate::bench::{Bench, ROWS, SECOND, START, press};

impl Bench {
    async fn serve(&self, id: &str, device: &str, rows: ServedRows) -> Result<Extraction, DatasetError> {
        let request = ServeRequest {
            dataset_id: id.to_owned(),
            model_code: "m".to_owned(),
            device_code: device.to_owned(),
            rows,
        };
        self.datasets.serve(request).await
    }
}

/// The bits of each window's features, by the time that it begins.
fn by_start(extraction: &Extraction) -> HashMap<i64, Vec<Option<u64>>> {
    let matrix = &extraction.matrix;
    let row = |row: usize| {
        let cell = |column: &Vec<f64>| (!column[row].is_nan()).then(|| column[row].to_bits());
        matrix.columns.iter().map(cell).collect()
    };
    matrix.timestamps.iter().enumerate().map(|(number, time)| (*time, row(number))).collect()
}

fn range(from: i64, to: i64) -> ServedRows {
    ServedRows::Range(TimeRange::new(START + from * SECOND, START + to * SECOND).unwrap())
}

#[tokio::test]
async fn every_row_of_the_dataset_comes_again_bit_for_bit() {
    let bench = Bench::new().await;
    for changes in [
        json!({"missing_value_method": "mean", "outlier_method": "z_score"}),
        json!({"split_method": "time", "outlier_params": {"action": "drop"}}),
        json!({"fit_scope": "device", "normalize_scope": "signal"}),
        json!({"normalize_method": "min_max", "features": ["p95", "rms", "slope"]}),
    ] {
        let manifest = bench.build(changes.clone()).await.unwrap();
        let table = bench.table(&manifest).await;
        let mut served: HashMap<String, HashMap<i64, Vec<Option<u64>>>> = HashMap::new();
        for code in ["P1", "P2", "P3"] {
            // Each side of a cut is a frame of its own.
            let sides = match manifest.content.split.cut_time {
                Some(cut) => {
                    let cut = (cut.as_nanosecond() as i64 - START).div_euclid(SECOND) + 1;
                    vec![range(0, cut), range(cut, ROWS as i64)]
                }
                None => vec![range(0, ROWS as i64)],
            };
            for side in sides {
                let extraction = bench.serve(&manifest.dataset_id, code, side).await.unwrap();
                served.entry(code.to_owned()).or_default().extend(by_start(&extraction));
            }
        }
        for row in 0..table.rows() {
            let again = &served[table.device(row)][&table.start(row)];
            assert_eq!(*again, table.features(row), "{changes}, row {row}");
        }
    }
}

#[tokio::test]
async fn over_a_part_come_the_windows_whose_rows_the_steps_leave_equal() {
    let bench = Bench::new().await;
    for (changes, all) in [
        // What these do to a cell depends on that cell and on what was learnt.
        (json!({"missing_value_method": "mean", "outlier_method": "z_score"}), true),
        // A gap at the edge of a part is filled otherwise than in the middle of all rows.
        (json!({"missing_value_method": "interpolate"}), false),
    ] {
        let manifest = bench.build(changes.clone()).await.unwrap();
        let table = bench.table(&manifest).await;
        // It begins in the gap of rows 40 to 46, ten rows being a stride.
        let served = by_start(&bench.serve(&manifest.dataset_id, "P1", range(40, 500)).await.unwrap());
        let mut compared = 0;
        for row in (0..table.rows()).filter(|&row| table.device(row) == "P1") {
            let Some(again) = served.get(&table.start(row)) else { continue };
            let in_the_gap = table.start(row) < START + 47 * SECOND;
            if all || !in_the_gap {
                assert_eq!(*again, table.features(row), "{changes}, row {row}");
                compared += 1;
            }
        }
        assert!(compared > 40, "{compared}");
    }
}

#[tokio::test]
async fn rows_sent_along_give_what_the_same_rows_read_give() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({})).await.unwrap();
    let read = bench.serve(&manifest.dataset_id, "P2", range(100, 300)).await.unwrap();
    let rows = press(1).slice(100..300);
    let columns = rows.signals.into_iter().map(|signal| (signal.name, signal.values)).collect();
    let sent = ServedRows::Sent(SentRows { timestamps: rows.timestamps, columns });
    let sent = bench.serve(&manifest.dataset_id, "P2", sent).await.unwrap();
    assert_eq!(by_start(&sent), by_start(&read));
    assert_eq!(serde_json::to_value(&sent.metadata).unwrap(), serde_json::to_value(&read.metadata).unwrap());
    assert_eq!(serde_json::to_value(&sent.metadata).unwrap()["fitted_on"], "dataset");
}

#[tokio::test]
async fn the_newest_windows_are_those_at_the_end_of_the_rows() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({"missing_value_method": "forward_fill"})).await.unwrap();
    let newest = bench.serve(&manifest.dataset_id, "P1", ServedRows::LastWindows(3)).await.unwrap();
    // (3 - 1) strides of 10 and a window of 20 rows.
    let whole = bench.serve(&manifest.dataset_id, "P1", range(ROWS as i64 - 40, ROWS as i64)).await.unwrap();
    assert_eq!(newest.matrix.timestamps.len(), 3);
    assert_eq!(by_start(&newest), by_start(&whole));

    let by_time = json!({
        "window_size": null, "overlap": null,
        "window_method": "sliding_time", "window_params": {"size_s": 30, "step_s": 15},
    });
    let manifest = bench.build(by_time).await.unwrap();
    let newest = bench.serve(&manifest.dataset_id, "P1", ServedRows::LastWindows(4)).await.unwrap();
    assert_eq!(newest.matrix.timestamps.len(), 4);

    let all = bench.serve(&manifest.dataset_id, "P1", ServedRows::LastWindows(1_000)).await.unwrap();
    let codes: Vec<&str> = all.warnings.iter().map(|warning| warning.code).collect();
    assert!(codes.contains(&"fewer_windows"), "{codes:?}");
}

#[tokio::test]
async fn what_cannot_be_served_is_told_by_field() {
    let bench = Bench::new().await;
    let manifest = bench.build(json!({"fit_scope": "device", "device_codes": ["P1", "P2"]})).await.unwrap();
    let id = manifest.dataset_id.as_str();
    let fields = |error: DatasetError| -> Vec<String> {
        match error {
            DatasetError::Feature(
                FeatureError::InvalidParameter(errors) | FeatureError::NotFound(errors),
            ) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other}"),
        }
    };
    let refused = async |device: &str, rows| fields(bench.serve(id, device, rows).await.unwrap_err());
    assert_eq!(refused("P3", range(0, 100)).await, ["device_code"], "it was not fitted on P3");
    assert_eq!(refused("P9", range(0, 100)).await, ["device_code"]);
    let columns = vec![("force".to_owned(), vec![1.0]), ("speed".to_owned(), vec![1.0, 2.0])];
    let sent = ServedRows::Sent(SentRows { timestamps: vec![START, START], columns });
    let expected = ["rows.timestamps", "rows.columns.force", "rows.columns.speed", "rows.columns.heat"];
    assert_eq!(refused("P1", sent).await, expected);
    assert!(matches!(
        bench.serve("ds_20200101_001", "P1", range(0, 100)).await,
        Err(DatasetError::NotFound(_))
    ));
}
