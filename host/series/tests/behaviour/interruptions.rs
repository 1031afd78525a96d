//! Writers that are killed, disks that are full, readers and writers at the same time.
//!
//! Some tests run this very binary once more as another process: it is told by its environment what to do, and the
//! test of that name does nothing otherwise.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::store::{HOUR, Store, at, device, frame, label, range, signal};
use fettle_frame::{Frame, LabelValues, TimeRange};
use fettle_series::{Columns, ParquetStore, SeriesError, SeriesStore, Written};

/// Where the other process writes.
const ROOT: &str = "FETTLE_TEST_SERIES_ROOT";

/// Every minute of three months, all cells of a row being `version`.
fn version(version: i64) -> Frame {
    let times: Vec<i64> = (0..92 * 24 * 60).map(|minute| at("2025-10-01") + minute * HOUR / 60).collect();
    let cells = || times.iter().map(|_| version as f64);
    frame(
        &times,
        [signal("a", cells()), signal("b", cells()), signal("c", cells())],
        [label("v", LabelValues::Int(vec![Some(version); times.len()]))],
    )
}

const MONTHS: [(&str, &str, usize); 3] = [
    ("2025-10-01", "2025-11-01", 31 * 24 * 60),
    ("2025-11-01", "2025-12-01", 30 * 24 * 60),
    ("2025-12-01", "2026-01-01", 31 * 24 * 60),
];

/// The version that each month is of, having checked that all of it is.
async fn versions(store: &Store) -> Vec<i64> {
    let columns = Columns { signals: ["a", "b", "c"].map(String::from).to_vec(), labels: vec!["v".into()] };
    let mut versions = Vec::new();
    for (start, end, rows) in MONTHS {
        let read = store.read(&columns, range(at(start), at(end))).await.unwrap().frame;
        assert_eq!(read.rows(), rows, "{start}");
        let LabelValues::Int(labels) = &read.labels[0].values else { panic!("{:?}", read.labels[0].values) };
        let version = labels[0].unwrap();
        assert!(labels.iter().all(|label| *label == Some(version)), "{start} is of two versions");
        for signal in &read.signals {
            assert!(signal.values.iter().all(|value| *value == version as f64), "{start} is of two versions");
        }
        versions.push(version);
    }
    versions
}

/// This binary as another process that runs `test` in the folder `root`.
fn elsewhere(test: &str, root: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(ROOT, root).stdout(Stdio::piped());
    command
}

/// Waits until the other process says that it begins to write.
fn begun(child: &mut Child) -> impl BufRead + use<> {
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("writing") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the other process ended");
    }
    said
}

/// In the other process: writes version 2.
#[tokio::test]
async fn another_process_writes() {
    let Some(root) = env::var_os(ROOT) else { return };
    println!("writing");
    let written = ParquetStore::new(root).write(&device(), version(2)).await.unwrap();
    println!("{written:?}");
}

#[tokio::test]
async fn a_writer_that_is_killed_leaves_each_month_old_or_new() {
    const MOMENTS: u32 = 12;
    let store = Store::new();
    store.write(version(1)).await.unwrap();
    let mut child = elsewhere("interruptions::another_process_writes", &store.root()).spawn().unwrap();
    let mut said = begun(&mut child);
    let start = Instant::now();
    while said.read_line(&mut String::new()).unwrap() > 0 {}
    let whole = start.elapsed();
    assert!(child.wait().unwrap().success());
    assert_eq!(versions(&store).await, [2, 2, 2]);

    let mut left_behind = 0;
    for moment in 0..MOMENTS {
        store.write(version(1)).await.unwrap();
        let mut child = elsewhere("interruptions::another_process_writes", &store.root()).spawn().unwrap();
        let said = begun(&mut child);
        thread::sleep(whole * moment / MOMENTS);
        // SIGKILL on Unix: nothing of the process gets to clean up.
        child.kill().unwrap();
        child.wait().unwrap();
        drop(said);
        let months = versions(&store).await;
        assert!(months.is_sorted_by(|one, next| one >= next), "months are written in order: {months:?}");
        left_behind += store.files().iter().filter(|name| name.ends_with(".tmp")).count();

        let completed = store.write(version(2)).await.unwrap();
        let old: usize =
            months.iter().zip(MONTHS).filter(|(version, _)| **version == 1).map(|(_, month)| month.2).sum();
        assert_eq!(completed.rows_replaced, old as u64, "the second run does what was left: {months:?}");
        assert_eq!(versions(&store).await, [2, 2, 2]);
        assert_eq!(store.files(), ["2025-10.parquet", "2025-11.parquet", "2025-12.parquet"]);
    }
    println!("{left_behind} of {MOMENTS} kills left an unfinished file behind, and all were cleared away");
}

/// From the middle of the first month to the middle of the last.
fn middle() -> TimeRange {
    range(at("2025-10-16"), at("2025-12-16"))
}

/// In the other process: removes what lies in the middle.
#[tokio::test]
async fn another_process_deletes() {
    let Some(root) = env::var_os(ROOT) else { return };
    println!("writing");
    let removed = ParquetStore::new(root).delete(&device(), middle()).await.unwrap();
    println!("{removed}");
}

#[tokio::test]
async fn a_removal_that_is_killed_leaves_each_month_before_or_after_it() {
    const MOMENTS: u32 = 12;
    const DAY: usize = 24 * 60;
    let store = Store::new();
    store.write(version(1)).await.unwrap();
    let mut child = elsewhere("interruptions::another_process_deletes", &store.root()).spawn().unwrap();
    let mut said = begun(&mut child);
    let start = Instant::now();
    while said.read_line(&mut String::new()).unwrap() > 0 {}
    let whole = start.elapsed();
    assert!(child.wait().unwrap().success());
    assert_eq!(store.files(), ["2025-10.parquet", "2025-12.parquet"]);

    let mut cut_short = 0;
    for moment in 0..MOMENTS {
        store.write(version(1)).await.unwrap();
        let mut child = elsewhere("interruptions::another_process_deletes", &store.root()).spawn().unwrap();
        let said = begun(&mut child);
        thread::sleep(whole * moment / MOMENTS);
        child.kill().unwrap();
        child.wait().unwrap();
        drop(said);
        let mut left = Vec::new();
        for ((start, end, rows), kept) in MONTHS.into_iter().zip([15 * DAY, 0, 16 * DAY]) {
            let month = range(at(start), at(end));
            let found = store.read(&Columns::signals(["a", "b", "c"]), month).await.unwrap().frame;
            assert!(found.rows() == rows || found.rows() == kept, "{start}: {} rows", found.rows());
            assert!(found.signals.iter().all(|signal| signal.values.iter().all(|value| *value == 1.0)));
            let outside = found.timestamps.iter().filter(|&&time| !middle().contains(time)).count();
            assert_eq!(outside, kept, "what was not to be removed is there");
            left.push(found.rows() - kept);
        }
        cut_short += usize::from(left.iter().any(|rows| *rows > 0) && left.contains(&0));
        let removed = store.series().delete(&device(), middle()).await.unwrap();
        assert_eq!(removed as usize, left.iter().sum::<usize>(), "the second run does what was left");
        assert_eq!(store.files(), ["2025-10.parquet", "2025-12.parquet"]);
        assert_eq!(store.count_rows(TimeRange::ALL).await.unwrap() as usize, 31 * DAY);
    }
    println!("{cut_short} of {MOMENTS} kills came between two months");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_sees_rows_before_or_after_their_removal() {
    let store = Store::new();
    let times: Vec<i64> = (0..20_000).map(|row| at("2025-11-01") + row * 1_000).collect();
    let rows = || frame(&times, [signal("a", times.iter().map(|_| 1.0))], []);
    store.write(rows()).await.unwrap();
    let series = store.series();
    let remover = tokio::spawn({
        let rows = rows();
        let second_half = range(times[10_000], times[19_999] + 1);
        async move {
            for _ in 0..12 {
                assert_eq!(series.delete(&device(), second_half).await.unwrap(), 10_000);
                series.write(&device(), rows.clone()).await.unwrap();
            }
        }
    });
    loop {
        let done = remover.is_finished();
        let found = store.read(&Columns::signals(["a"]), TimeRange::ALL).await.unwrap().frame.rows();
        assert!(found == 10_000 || found == 20_000, "{found} rows");
        if done {
            break;
        }
    }
    remover.await.unwrap();
}

#[tokio::test]
async fn an_unfinished_file_is_cleared_away_at_the_next_write() {
    let store = Store::new();
    store.write(frame(&[at("2025-11-01")], [signal("a", [1.0])], [])).await.unwrap();
    let left = store.folder().join("2024-01.parquet.tmp");
    std::fs::write(&left, "half a file").unwrap();
    assert_eq!(store.count_rows(TimeRange::ALL).await.unwrap(), 1, "nobody reads it");
    store.write(frame(&[at("2025-11-02")], [signal("a", [1.0])], [])).await.unwrap();
    assert_eq!(store.files(), ["2025-11.parquet"]);
}

/// In the other process, whose files can hold 32 KiB: writes a month that needs more.
#[tokio::test]
async fn another_process_has_no_space() {
    let Some(root) = env::var_os(ROOT) else { return };
    println!("writing");
    let store = ParquetStore::new(root);
    let times: Vec<i64> = (0..40_000).map(|row| at("2025-11-01") + row * 1_000).collect();
    let noise = (0..40_000_u64).map(|row| (row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64);
    let error = store.write(&device(), frame(&times, [signal("a", noise)], [])).await.unwrap_err();
    assert!(error.is_storage_full(), "{error:?}");
    assert!(
        matches!(&error, SeriesError::Io { path, .. } if path.ends_with("2025-11.parquet.tmp")),
        "{error}"
    );
    println!("refused: {error}");
}

#[tokio::test]
async fn a_disk_that_takes_no_more_is_an_error_that_names_the_file() {
    let store = Store::new();
    store.write(frame(&[at("2025-11-01")], [signal("a", [1.0])], [])).await.unwrap();
    let before = store.inodes();
    // A limit on the size of files stands in for a full disk; the signal that comes with it is ignored.
    let inner = elsewhere("interruptions::another_process_has_no_space", &store.root());
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""]).arg(inner.get_program());
    limited.args(inner.get_args()).env(ROOT, store.root());
    let output = limited.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("refused: "),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(store.inodes(), before, "the old file stands, and nothing beside it");
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_an_error_that_names_it() {
    let store = Store::new();
    std::fs::create_dir_all(store.root()).unwrap();
    std::fs::write(store.root().join("welder"), "a file where a folder should be").unwrap();
    let error = store.write(frame(&[0], [signal("a", [1.0])], [])).await.unwrap_err();
    assert!(
        matches!(&error, SeriesError::Io { path, .. } if path.starts_with(store.root().join("welder"))),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_sees_one_version_while_files_are_replaced() {
    let store = Store::new();
    let times: Vec<i64> = (0..20_000).map(|row| at("2025-11-01") + row * 1_000).collect();
    let of = |version: i32| {
        let cells = || times.iter().map(|_| f64::from(version));
        frame(&times, [signal("a", cells()), signal("b", cells())], [])
    };
    store.write(of(0)).await.unwrap();
    let series = store.series();
    let writer = tokio::spawn({
        let versions: Vec<Frame> = (1..12).map(of).collect();
        async move {
            for version in versions {
                series.write(&device(), version).await.unwrap();
            }
        }
    });
    let mut last = 0.0;
    loop {
        let done = writer.is_finished();
        let read = store.read(&Columns::signals(["a", "b"]), TimeRange::ALL).await.unwrap().frame;
        let version = read.signals[0].values[0];
        assert!(version >= last, "versions only go up");
        last = version;
        for signal in &read.signals {
            assert!(signal.values.iter().all(|value| *value == version), "two versions in one read");
        }
        if done {
            break;
        }
    }
    assert_eq!(last, 11.0);
    writer.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_one_device_wait_for_each_other() {
    let store = Store::new();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let series = store.series();
            tokio::spawn(async move {
                let mut sum = Written::default();
                for round in 0..5 {
                    let times: Vec<i64> =
                        (0..100).map(|row| at("2025-11-01") + row * 20 + writer * 5 + round).collect();
                    let written = series
                        .write(&device(), frame(&times, [signal("a", times.iter().map(|_| 1.0))], []))
                        .await
                        .unwrap();
                    sum.rows_new += written.rows_new;
                }
                sum.rows_new
            })
        })
        .collect();
    let mut new = 0;
    for writer in writers {
        new += writer.await.unwrap();
    }
    assert_eq!(new, 2_000);
    assert_eq!(store.count_rows(TimeRange::ALL).await.unwrap(), 2_000, "no writer lost another's rows");
}

#[test]
fn a_lock_is_waited_for() {
    let store = Store::new();
    std::fs::create_dir_all(store.folder()).unwrap();
    let lock = std::fs::File::create(store.folder().join(".lock")).unwrap();
    lock.lock().unwrap();
    let mut child = elsewhere("interruptions::another_process_writes", &store.root()).spawn().unwrap();
    let said = begun(&mut child);
    thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    assert!(store.files().is_empty());
    drop(lock);
    let said: Vec<String> = said.lines().map(Result::unwrap).collect();
    assert!(said.iter().any(|line| line.contains("rows_new: 132480")), "{said:?}");
    assert!(child.wait().unwrap().success());
}
