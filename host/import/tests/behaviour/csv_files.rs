//! CSV files, nice and nasty.

use crate::trial::{Trial, options, present, utc};
use std::sync::{Arc, Mutex};

use fettle_frame::LabelValues;
use fettle_import::{
    ColumnRole, ImportError, ImportOptions, OnDuplicate, Progress, Source, Stage, TimeFormat,
};
use fettle_metadata::MetadataStore;
use jiff::tz::TimeZone;

#[tokio::test]
async fn byte_order_mark_crlf_quotes_and_space_are_no_obstacle() {
    let trial = Trial::new().await;
    let text = "\u{feff}\"time\", \"I (A)\" ,note\r\n\"2025-11-01 00:00:00\" , 1.5 ,\"a, \"\"b\"\"\"\r\n2025-11-01T00:00:10Z,  ,\r\n\r\n2025-11-01T00:00:20.5+00:00,2e0, x ";
    let options = ImportOptions { labels: vec!["note".into()], ..options() };
    let report = trial.csv(&options, text).await.unwrap();
    assert_eq!((report.rows, report.rejected), (3, 0));
    let frame = trial.rows(&options).await;
    assert_eq!(
        frame.timestamps,
        ["2025-11-01T00:00:00Z", "2025-11-01T00:00:10Z", "2025-11-01T00:00:20.5Z"].map(utc)
    );
    assert_eq!(frame.signals[0].name, "I_A_");
    assert_eq!(present(&frame.signals[0].values), [Some(1.5), None, Some(2.0)]);
    assert_eq!(
        frame.labels[0].values,
        LabelValues::Text(vec![Some("a, \"b\"".into()), None, Some("x".into())])
    );
    assert_eq!(trial.metadata.device_type("welding").await.unwrap().unwrap().fields[0].name, "I (A)");
}

#[tokio::test]
async fn words_for_nothing_are_missing_and_infinities_are_counted() {
    let trial = Trial::new().await;
    let text = "time,a,b\n1,,NaN\n2,nan,null\n3,NA,NULL\n4,inf,-Infinity\n5,1e999,5\n";
    let options = ImportOptions { time_format: Some(TimeFormat::Unix), ..options() };
    let report = trial.csv(&options, text).await.unwrap();
    assert_eq!(report.infinite_cells, 3);
    assert_eq!(report.columns.iter().map(|column| column.missing).collect::<Vec<_>>(), [5, 4]);
    let frame = trial.rows(&options).await;
    assert_eq!(present(&frame.signals[1].values), [None, None, None, None, Some(5.0)]);
}

#[tokio::test]
async fn labels_get_the_type_that_all_their_cells_have() {
    let trial = Trial::new().await;
    let text = "time,a,truth,class,score,who\n2025-11-01,1,true,0,0.0,x\n2025-11-02,2,,,,\n2025-11-03,3,False,1,1,7\n";
    let options =
        ImportOptions { labels: ["truth", "class", "score", "who"].map(String::from).to_vec(), ..options() };
    let report = trial.csv(&options, text).await.unwrap();
    let roles: Vec<String> = report.columns.iter().map(|column| column.role.to_string()).collect();
    assert_eq!(roles, ["signal", "label (bool)", "label (int)", "label (float)", "label (text)"]);
    let frame = trial.rows(&options).await;
    assert_eq!(frame.signals.len(), 1, "labels never become signals");
    assert_eq!(
        frame.labels.iter().map(|label| label.values.clone()).collect::<Vec<_>>(),
        [
            LabelValues::Bool(vec![Some(true), None, Some(false)]),
            LabelValues::Int(vec![Some(0), None, Some(1)]),
            LabelValues::Float(vec![Some(0.0), None, Some(1.0)]),
            LabelValues::Text(vec![Some("x".into()), None, Some("7".into())]),
        ]
    );
}

#[tokio::test]
async fn a_recorded_label_keeps_its_type() {
    let trial = Trial::new().await;
    let options = ImportOptions { labels: vec!["ok".into()], ..options() };
    trial.csv(&options, "time,a,ok\n2025-11-01,1,0.5\n").await.unwrap();
    let report = trial.csv(&options, "time,a,ok\n2025-11-02,1,1\n").await.unwrap();
    assert_eq!(report.columns[1].role.to_string(), "label (float)");
    trial.csv(&options, "time,a,ok\n2025-11-03,1,\n").await.unwrap();
    let error = trial.csv(&options, "time,a,ok\n2025-11-04,1,good\n").await.unwrap_err();
    assert_eq!(error.to_string(), "label `ok` is recorded as float, and here has `good`");
    assert_eq!(
        trial.rows(&options).await.labels[0].values,
        LabelValues::Float(vec![Some(0.5), Some(1.0), None])
    );
}

#[tokio::test]
async fn a_label_without_any_value_is_left_out_with_a_warning() {
    let trial = Trial::new().await;
    let options = ImportOptions { labels: vec!["ok".into()], ..options() };
    let report = trial.csv(&options, "time,a,ok\n2025-11-01,1,\n").await.unwrap();
    assert_eq!(report.columns.len(), 1);
    assert!(report.warnings[0].starts_with("label `ok` has no value in any row"), "{:?}", report.warnings);
    let later = trial.csv(&options, "time,a,ok\n2025-11-02,1,bad\n").await.unwrap();
    assert_eq!(later.registered.models_extended, ["welding"]);
    assert_eq!(
        trial.rows(&options).await.labels[0].values,
        LabelValues::Text(vec![None, Some("bad".into())])
    );
}

#[tokio::test]
async fn a_file_without_a_header_takes_its_names_from_columns() {
    let trial = Trial::new().await;
    let options = ImportOptions {
        columns: Some(["time", " a"].map(String::from).to_vec()),
        time_format: Some(TimeFormat::UnixMs),
        ..options()
    };
    let report = trial.csv(&options, "1000.5, 1\n2000, 2\n").await.unwrap();
    assert_eq!((report.rows, report.warnings.len()), (2, 0));
    assert_eq!(trial.rows(&options).await.timestamps, [1_000_500_000, 2_000_000_000]);

    let with_header = trial.csv(&options, "time, a\n3000,3\n").await.unwrap();
    assert_eq!(with_header.rows, 1);
    assert_eq!(with_header.warnings, ["a.csv: the first line repeats `columns` and was read as a header"]);
}

#[tokio::test]
async fn several_files_are_one_import() {
    let trial = Trial::new().await;
    let files = [
        trial.file("later.csv", "time,a,ok\n2025-11-02,2,y\n2025-11-01T12:00,1.5,n\n"),
        trial.file("earlier.csv", "ok,time,a\nn,2025-11-01,1\n"),
    ];
    let options = ImportOptions { labels: vec!["ok".into()], ..options() };
    trial.import(&options, &files).await.unwrap();
    let frame = trial.rows(&options).await;
    assert_eq!(frame.signals[0].values, [1.0, 1.5, 2.0], "columns are told by name, rows by time");
    let texts = ["n", "n", "y"].map(|text| Some(text.to_owned()));
    assert_eq!(frame.labels[0].values, LabelValues::Text(texts.to_vec()));
}

#[tokio::test]
async fn files_of_other_columns_are_refused_together() {
    let trial = Trial::new().await;
    let a = trial.file("a.csv", "time,x,y\n2025-11-01,1,2\n");
    for (content, said) in [
        ("time,x\n2025-11-02,1\n", "b.csv: lacks column `y` of a.csv: "),
        ("time,x,y,z\n2025-11-02,1,2,3\n", "b.csv: has column `z`, which a.csv lacks: "),
    ] {
        let error = trial.import(&options(), &[a.clone(), trial.file("b.csv", content)]).await.unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
        trial.is_untouched().await;
    }
}

#[tokio::test]
async fn a_bad_line_is_named_with_its_column_and_text() {
    let trial = Trial::new().await;
    let text = "time,a,b\r\n2025-11-01,1,2\r\n\r\n\"2025-11-02\",abc,2\r\nyesterday,1,2\r\n2025-11-04,1\r\n2025-11-05,\"1,5\",2\r\n";
    assert_eq!(
        trial.refused(&options(), text).await,
        "4 lines cannot be read; nothing was written\n  \
         a.csv:4: column `a`: `abc` is not a number\n  \
         a.csv:5: column `time`: `yesterday` is not an ISO 8601 time\n  \
         a.csv:6: has 2 cells for 3 columns\n  \
         a.csv:7: column `a`: `1,5` is not a number; decimals are written with a point"
    );
    let allowed = ImportOptions { max_rejected: 4, ..options() };
    let report = trial.csv(&allowed, text).await.unwrap();
    assert_eq!((report.rows, report.rejected), (1, 4));
    assert_eq!(report.rejected_lines[0].to_string(), "a.csv:4: column `a`: `abc` is not a number");
}

#[tokio::test]
async fn lines_are_counted_as_editors_do() {
    let trial = Trial::new().await;
    let options = ImportOptions { labels: vec!["note".into()], ..options() };
    for end in ["\n", "\r\n", "\r"] {
        let text = [
            "time,a,note",
            "2025-11-01,1,\"one",
            "two",
            "three\"",
            "",
            "",
            "2025-11-02,x,\"four",
            "five\"",
            "2025-11-03,y,",
        ]
        .join(end);
        let error = trial.refused(&options, &text).await;
        let lines: Vec<&str> = error.lines().skip(1).collect();
        assert_eq!(
            lines,
            ["  a.csv:7: column `a`: `x` is not a number", "  a.csv:9: column `a`: `y` is not a number"]
        );
    }
}

#[tokio::test]
async fn many_bad_lines_are_counted_and_a_few_are_named() {
    let trial = Trial::new().await;
    let mut text = "time,a\n".to_owned();
    for _ in 0..5_000 {
        text.push_str("2025-11-01,x\n");
    }
    let error = trial.refused(&ImportOptions { max_rejected: 10, ..options() }, text).await;
    assert!(
        error.starts_with("5000 lines cannot be read, 10 are allowed; nothing was written\n  a.csv:2:"),
        "{error}"
    );
    assert!(error.ends_with("  a.csv:21: column `a`: `x` is not a number\n  and 4980 more"), "{error}");
}

#[tokio::test]
async fn a_time_with_two_values_is_refused_unless_decided() {
    let trial = Trial::new().await;
    let files = [
        trial.file("a.csv", "time,v\n2025-11-01,1\n2025-11-02,2\n2025-11-01T00:00:00Z,1.0\n"),
        trial.file("b.csv", "time,v\n2025-11-02,3\n2025-11-02,2\n"),
    ];
    let error = trial.import(&options(), &files).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a line repeats the time of another with different values; nothing was written\n  \
         2025-11-02T00:00:00Z: a.csv:3 and b.csv:2"
    );
    trial.is_untouched().await;
    for (on_duplicate, value, identical, overruled) in
        [(OnDuplicate::First, 2.0, 2, 1), (OnDuplicate::Last, 2.0, 2, 1)]
    {
        let decided = ImportOptions { on_duplicate, device: format!("{on_duplicate:?}"), ..options() };
        let report = trial.import(&decided, &files).await.unwrap();
        assert_eq!(
            (report.rows, report.identical_duplicates, report.overruled_duplicates),
            (2, identical, overruled)
        );
        assert_eq!(trial.rows(&decided).await.signals[0].values, [1.0, value]);
    }
    let last = ImportOptions { on_duplicate: OnDuplicate::Last, ..options() };
    trial.csv(&last, "time,v\n2025-12-01,1\n2025-12-01,\n").await.unwrap();
    assert_eq!(present(&trial.rows(&last).await.signals[0].values), [None], "a missing cell is a value too");
}

#[tokio::test]
async fn identical_lines_are_one_row() {
    let trial = Trial::new().await;
    let report = trial.csv(&options(), "time,a,b\n2025-11-01,1,\n2025-11-01,1,NaN\n").await.unwrap();
    assert_eq!((report.rows, report.identical_duplicates), (1, 1));
}

#[tokio::test]
async fn local_times_are_read_in_their_zone() {
    let trial = Trial::new().await;
    let berlin =
        ImportOptions { time_zone: TimeZone::get("Europe/Berlin").unwrap(), max_rejected: 2, ..options() };
    let text =
        "time,a\n2025-07-01 12:00,1\n2025-03-30 02:30,2\n2025-10-26 02:30,3\n2025-10-26 02:30+01:00,4\n";
    let report = trial.csv(&berlin, text).await.unwrap();
    let reasons: Vec<&str> = report.rejected_lines.iter().map(|line| line.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "column `time`: `2025-03-30 02:30` does not exist in Europe/Berlin: clocks were put forward",
            "column `time`: `2025-10-26 02:30` occurs twice in Europe/Berlin: clocks were put back"
        ]
    );
    let times = trial.rows(&berlin).await.timestamps;
    assert_eq!(times, ["2025-07-01T10:00:00Z", "2025-10-26T01:30:00Z"].map(utc));
}

#[tokio::test]
async fn times_by_a_pattern_are_read() {
    let trial = Trial::new().await;
    let options = ImportOptions { time_format: Some("%d.%m.%Y %H:%M:%S%.f".parse().unwrap()), ..options() };
    trial.csv(&options, "time,a\n01.11.2025 08:00:00,1\n01.11.2025 08:00:00.5,2\n").await.unwrap();
    assert_eq!(
        trial.rows(&options).await.timestamps,
        ["2025-11-01T08:00:00Z", "2025-11-01T08:00:00.5Z"].map(utc)
    );
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_named_and_writes_nothing() {
    let trial = Trial::new().await;
    for (content, said) in [
        (b"".as_slice(), "a.csv: is empty"),
        (b"\n\n\r\n", "a.csv: is empty"),
        (b"\xef\xbb\xbf", "a.csv: is empty"),
        (b"time,a\n", "a.csv: has columns, and no row that can be read"),
        (b"time,a\n\n\n", "a.csv: has columns, and no row that can be read"),
        (b"when,a\n2025-11-01,1\n", "a.csv: has no time column `time`, its columns are `when`, `a`"),
        (b"time\n2025-11-01\n", "a.csv: has the time column `time` alone"),
        (b"time,a\n2025-11-01,\xb0\n", "a.csv:2: column 2 is not UTF-8 text; save the file as UTF-8"),
        (b"time,T \xb0C\n2025-11-01,1\n", "a.csv:1: column 2 is not UTF-8 text; save the file as UTF-8"),
        (b"\xff\xfet\0i\0m\0e\0", "a.csv:1: column 1 is not UTF-8 text; save the file as UTF-8"),
        (
            b"time,a b,a-b\n2025-11-01,1,2\n",
            "a.csv: columns 2 (`a b`) and 3 (`a-b`) would both be field `a_b`",
        ),
    ] {
        assert_eq!(trial.refused(&options(), content).await, said);
    }
    let missing = Source { name: "gone.csv".into(), ..Source::file(trial.path("gone.csv")) };
    let error = trial.import(&options(), &[missing]).await.unwrap_err();
    assert!(error.to_string().starts_with("gone.csv cannot be read"), "{error}");
    let folder = Source { name: "folder".into(), ..Source::file(trial.path(".")) };
    let error = trial.import(&options(), &[folder]).await.unwrap_err();
    assert!(matches!(error, ImportError::Unreadable { .. }), "{error}");
    let error = trial.import(&options(), &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "`file`: none was given");
    trial.is_untouched().await;
}

#[tokio::test]
async fn a_quote_that_is_not_closed_swallows_nothing() {
    let trial = Trial::new().await;
    let options = ImportOptions { labels: vec!["b".into()], max_rejected: 1_000, ..options() };
    let said = "a.csv:3: a quote opens a cell here and is not closed where the cell ends";
    for text in [
        "time,a,b\n2025-11-01,1,2\n2025-11-02,\"1,2\n2025-11-03,1,2\n2025-11-04,1,2\n",
        "time,a,b\n2025-11-01,1,2\n2025-11-02,1,\"2\n2025-11-03,1,2\n\n2025-11-04,1,2",
        "time,a,b\n2025-11-01,1,2\n2025-11-02,1,\"2",
        "time,a,b\n2025-11-01,1,2\n2025-11-02,\"1,2\n2025-11-03,1,2\n2025-11-04,\"1\",2\n",
        "time,a,b\r\n\r\n\"2025-11-01,1,2\r\n",
    ] {
        assert_eq!(trial.refused(&options, text).await, said);
    }
}

#[tokio::test]
async fn when_every_line_is_rejected_there_is_nothing_to_import() {
    let trial = Trial::new().await;
    let lenient = ImportOptions { max_rejected: 1_000, ..options() };
    assert_eq!(
        trial.refused(&lenient, "time,a\nx,1\n").await,
        "a.csv: has columns, and no row that can be read"
    );
}

#[tokio::test]
async fn options_that_make_no_sense_are_named() {
    let trial = Trial::new().await;
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    for (options, said) in [
        (ImportOptions { delimiter: Some(b'"'), ..options() }, "`delimiter`: '\"' cannot separate cells"),
        (ImportOptions { labels: names(&["a", "a"]), ..options() }, "`label`: `a` is named twice"),
        (
            ImportOptions { labels: names(&["z"]), ..options() },
            "a.csv: has no label `z`, its columns are `time`, `a`",
        ),
        (
            ImportOptions { labels: names(&["time"]), ..options() },
            "a.csv: `time` cannot be both time and label",
        ),
        (ImportOptions { columns: Some(names(&["a", "a"])), ..options() }, "`columns`: `a` is named twice"),
        (
            ImportOptions { columns: Some(names(&["t", "a"])), ..options() },
            "`time_column`: `time` is not among `columns`",
        ),
        (ImportOptions { device: "../x".into(), ..options() }, "device code `../x`"),
        (ImportOptions { model: "a/b".into(), ..options() }, "code `a/b`"),
    ] {
        let error = trial.refused(&options, "time,a\n2025-11-01,1\n").await;
        assert!(error.contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_model_keeps_its_device_type_and_gets_new_fields() {
    let trial = Trial::new().await;
    let first = ImportOptions { device_type: Some("arc".into()), ..options() };
    let created = trial.csv(&first, "time,a\n2025-11-01,1\n").await.unwrap();
    assert!(created.registered.device_type_created);
    assert_eq!(created.registered.models_created, ["welding"]);

    let second = ImportOptions { device: "WLD002".into(), ..options() };
    let report = trial.csv(&second, "time,b,a\n2025-11-01,1,2\n").await.unwrap();
    assert_eq!(report.device_type, "arc", "the type that the model reads");
    assert_eq!(report.registered.fields_created, ["b"]);
    let model = trial.model(&second).await;
    assert_eq!(model.signals.iter().map(|signal| signal.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);

    let elsewhere = ImportOptions { device_type: Some("laser".into()), ..options() };
    let error = trial.csv(&elsewhere, "time,a\n2025-11-02,1\n").await.unwrap_err();
    assert!(error.to_string().contains("`arc`"), "{error}");
    assert_eq!(trial.rows(&options()).await.rows(), 1, "nothing was written");
}

#[tokio::test]
async fn an_import_that_was_cut_short_is_completed_by_the_same_again() {
    let mut trial = Trial::new().await;
    let text = "time,a\n2025-10-31,1\n2025-11-01,2\n";
    trial.csv(&options(), text).await.unwrap();
    // As if the program had died between rows and metadata: the rows are there, the database is new.
    trial.metadata = Trial::new().await.metadata;
    let report = trial.csv(&options(), text).await.unwrap();
    assert_eq!((report.written.rows_identical, report.written.rows_new), (2, 0));
    assert_eq!(report.registered.models_created, ["welding"]);
    assert_eq!(trial.rows(&options()).await.rows(), 2);
}

#[tokio::test]
async fn a_report_reads_well() {
    let trial = Trial::new().await;
    let options = ImportOptions { labels: vec!["ok".into()], max_rejected: 1, ..options() };
    let text = "time,Wire Speed,ok\n2025-11-01,1,0\n2025-11-01,1,0\n2025-11-02,,1\n2025-11-03,inf,1\n2025-11-04,fast,1\n";
    let report = trial.csv(&options, text).await.unwrap();
    assert_eq!(report.columns[0].role, ColumnRole::Signal);
    assert_eq!(
        report.to_string(),
        "\
3 rows of device WLD001 (type welding) for model welding
  3 new, 0 replaced, 0 as they were
  from 2025-11-01T00:00:00Z to 2025-11-03T00:00:00Z
  created: device type welding, device WLD001, model welding, 2 fields
  Wire_Speed  signal         2 missing  from `Wire Speed`
  ok          label (int)    0 missing
  infinite cells, now missing: 1
  lines that repeat another: 1
rejected lines: 1
  a.csv:6: column `Wire_Speed`: `fast` is not a number
"
        .replace("column `Wire_Speed`", "column `Wire Speed`")
    );
}

#[tokio::test]
async fn progress_goes_from_reading_to_done() {
    let trial = Trial::new().await;
    let mut text = "time,a\n".to_owned();
    for second in 0..20_000 {
        text.push_str(&format!("{second},1.5\n"));
    }
    let options = ImportOptions { time_format: Some(TimeFormat::Unix), ..options() };
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let on_progress = Arc::new(move |progress| listener.lock().unwrap().push(progress));
    trial.import_telling(&options, &[trial.file("a.csv", &text)], on_progress).await.unwrap();
    let told = told.lock().unwrap();
    let last = told[told.len() - 1];
    let bytes = text.len() as u64;
    assert_eq!(last, Progress { stage: Stage::Done, bytes_read: bytes, bytes_total: bytes, rows: 20_000 });
    assert!(
        told.iter().any(|progress| progress.stage == Stage::Reading && (1..20_000).contains(&progress.rows))
    );
    assert!(told.is_sorted_by(|one, next| one.bytes_read <= next.bytes_read && one.rows <= next.rows));
}
