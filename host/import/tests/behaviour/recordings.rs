//! Real recordings, as they come.

use std::fs;

use crate::trial::{Trial, recordings, utc};
use fettle_frame::{Frame, LabelType, LabelValues};
use fettle_import::{ColumnRole, ImportOptions, OnDuplicate, Source, TimeFormat};
use fettle_metadata::{DeviceFilter, MetadataStore, ModelType, Page};
use fettle_series::Written;

fn welder_options() -> ImportOptions {
    let columns = ["time", "voltage command", "wire feed command", "current", "voltage", "wire speed"]
        .map(String::from);
    ImportOptions {
        columns: Some(columns.to_vec()),
        time_format: Some(TimeFormat::Unix),
        ..ImportOptions::new("welder_model", "WLD001", "time")
    }
}

fn skab_options(device: &str) -> ImportOptions {
    ImportOptions {
        delimiter: Some(b';'),
        labels: vec!["anomaly".into(), "changepoint".into()],
        ..ImportOptions::new("skab", device, "datetime")
    }
}

/// The last row's cells, as the file writes them.
fn last_row(frame: &Frame) -> Vec<String> {
    frame.signals.iter().map(|signal| signal.values[frame.rows() - 1].to_string()).collect()
}

#[tokio::test]
async fn two_runs_of_the_welder_are_one_import() {
    let Some(folder) = recordings("welder") else { return };
    let runs = ["20180309_14_44_27_welder_data.csv", "20180309_14_55_12_welder_data.csv"];
    let trial = Trial::new().await;
    let options = welder_options();
    // The second run first: rows are brought into order.
    let report = trial
        .import(&options, &[folder.join(runs[1]), folder.join(runs[0])].map(Source::file))
        .await
        .unwrap();
    assert_eq!(report.rows, 2_194 + 6_605);
    assert_eq!(report.written, Written { rows_new: 8_799, ..Written::default() });
    assert_eq!(report.time_range, (1_520_624_667_164_109_000, 1_520_625_478_104_861_000));
    assert_eq!((report.rejected, report.identical_duplicates, report.infinite_cells), (0, 0, 0));
    let codes: Vec<_> =
        report.columns.iter().map(|column| (column.code.as_str(), column.name.as_str())).collect();
    assert_eq!(codes[0], ("voltage_command", "voltage command"));
    assert!(report.columns.iter().all(|column| column.role == ColumnRole::Signal && column.missing == 0));

    let frame = trial.rows(&options).await;
    assert_eq!(frame.rows(), 8_799);
    assert_eq!(frame.timestamps[1], 1_520_624_667_188_083_000, "decimal seconds are read exactly");
    assert_eq!(last_row(&frame), ["564", "266", "0", "704", "266"]);
    let arc_off = frame.signals[2].values.iter().filter(|current| **current < 10.0).count();
    assert!((0.2..0.95).contains(&(arc_off as f64 / 8_799.0)), "{arc_off} rows without an arc");

    let model = trial.model(&options).await;
    assert_eq!(
        (model.model_type, model.device_type_code.as_str(), model.signals.len()),
        (ModelType::AiAnalysis, "welder_model", 5)
    );
}

#[tokio::test]
async fn a_second_import_of_the_welder_changes_nothing() {
    let Some(folder) = recordings("welder") else { return };
    let run = [Source::file(folder.join("20180309_14_44_27_welder_data.csv"))];
    let trial = Trial::new().await;
    trial.import(&welder_options(), &run).await.unwrap();
    let again = trial.import(&welder_options(), &run).await.unwrap();
    assert_eq!(again.written, Written { rows_identical: 2_194, ..Written::default() });
    assert!(again.registered.is_empty());
}

#[tokio::test]
async fn ten_experiments_of_skab_are_ten_devices() {
    let Some(folder) = recordings("skab") else { return };
    let trial = Trial::new().await;
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 10);
    for path in files {
        let device = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let options = skab_options(&device);
        let report = trial.import(&options, &[Source::file(&path)]).await.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(report.rows + report.identical_duplicates, lines.len() as u64, "{device}");
        assert_eq!(report.rejected, 0);

        let frame = trial.rows(&options).await;
        assert_eq!((frame.signals.len(), frame.labels.len()), (8, 2));
        assert_eq!(frame.signals[7].name, "Volume_Flow_RateRMS");
        for label in &frame.labels {
            assert_eq!(
                label.values.label_type(),
                LabelType::Float,
                "0.0 and 1.0 are kept as they are written"
            );
        }
        let cells: Vec<&str> = lines[lines.len() - 1].split(';').collect();
        assert_eq!(
            last_row(&frame),
            cells[1..9].iter().map(|cell| cell.parse::<f64>().unwrap().to_string()).collect::<Vec<_>>()
        );
        let time = format!("{}Z", cells[0].replace(' ', "T"));
        assert_eq!(frame.timestamps[frame.rows() - 1], utc(&time));
        let ones = lines.iter().filter(|line| line.split(';').nth(9) == Some("1.0")).count();
        let LabelValues::Float(anomaly) = &frame.labels[0].values else { panic!("{:?}", frame.labels[0]) };
        assert_eq!(anomaly.iter().filter(|cell| **cell == Some(1.0)).count(), ones, "{device}");
    }
    let model = trial.model(&skab_options("")).await;
    assert_eq!((model.signals.len(), model.labels.len(), model.revision), (8, 2, 1));
    assert_eq!(trial.metadata.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items.len(), 10);
}

#[tokio::test]
async fn skab_without_its_delimiter_or_with_a_label_forgotten_says_what_to_do() {
    let Some(folder) = recordings("skab") else { return };
    let trial = Trial::new().await;
    let file = [Source { name: "valve1-0.csv".into(), ..Source::file(folder.join("valve1-0.csv")) }];
    let comma = ImportOptions { delimiter: None, ..skab_options("valve1-0") };
    let error = trial.import(&comma, &file).await.unwrap_err().to_string();
    assert!(error.starts_with("valve1-0.csv: has no time column `datetime`"), "{error}");
    assert!(error.ends_with("is the delimiter `;`?"), "{error}");
    trial.is_untouched().await;

    trial.import(&skab_options("valve1-0"), &file).await.unwrap();
    let forgotten = ImportOptions { labels: vec!["anomaly".into()], ..skab_options("valve1-1") };
    let error = trial.import(&forgotten, &file).await.unwrap_err().to_string();
    assert!(error.contains("`changepoint`") && error.contains("label of type float"), "{error}");
}

#[tokio::test]
async fn overlapping_recordings_of_two_devices_are_refused_as_one() {
    let Some(folder) = recordings("skab") else { return };
    let trial = Trial::new().await;
    let files = [folder.join("other-3.csv"), folder.join("other-4.csv")].map(Source::file);
    let error = trial.import(&skab_options("both"), &files).await.unwrap_err().to_string();
    assert!(error.contains("repeat the time of another"), "{error}");
    assert!(error.contains("other-3.csv:") && error.contains("other-4.csv:"), "{error}");
    trial.is_untouched().await;

    let last = ImportOptions { on_duplicate: OnDuplicate::Last, ..skab_options("both") };
    let report = trial.import(&last, &files).await.unwrap();
    assert!(report.overruled_duplicates > 0);
    assert_eq!(report.rows, report.written.rows_new);
}
