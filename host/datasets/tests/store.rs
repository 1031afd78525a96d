//! Where datasets are kept: whole or not at all.
#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use fettle_datasets::StorageError;
use fettle_datasets::format::{Artifact, Format};
use fettle_datasets::store::{DatasetId, DatasetStore, StoredArtifact, Swept};
use fettle_datasets::table::Part;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A store in a folder of its own.
struct Place {
    folder: TempDir,
    store: DatasetStore,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = DatasetStore::at(&folder.path().join("store").display().to_string()).unwrap();
        Self { folder, store }
    }

    /// A local file to be stored.
    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// All files in the store, by their paths in it.
    fn files(&self) -> Vec<String> {
        let root = self.folder.path().join("store");
        let mut files = Vec::new();
        list(&root, &mut files);
        let mut files: Vec<_> =
            files.iter().map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect();
        files.sort();
        files
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn id(number: u64) -> DatasetId {
    DatasetId::new(jiff::civil::date(2025, 11, 3), number)
}

fn csv() -> Artifact {
    Artifact::new(Format::Csv, Part::Train).unwrap()
}

async fn read(artifact: &StoredArtifact, range: std::ops::Range<u64>) -> Vec<u8> {
    let parts: Vec<Bytes> = artifact.read(range).await.unwrap().try_collect().await.unwrap();
    parts.concat()
}

/// Later than anything here was written.
fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn a_published_dataset_is_read_whole_and_in_ranges() {
    let place = Place::new();
    // Larger than one part of an upload.
    let content: Vec<u8> = (0..9_000_000_u32).map(|byte| (byte % 251) as u8).collect();
    assert_eq!(place.store.manifest(&id(1)).await.unwrap(), None);
    assert!(place.store.open(&id(1), Artifact::DATA).await.unwrap().is_none());

    place.store.publish(&id(1), &place.file("data", &content), "{}".into()).await.unwrap();
    assert_eq!(place.store.manifest(&id(1)).await.unwrap(), Some("{}".into()));
    let data = place.store.open(&id(1), Artifact::DATA).await.unwrap().unwrap();
    assert_eq!(data.size(), content.len() as u64);
    assert!(!data.etag().unwrap().contains('"'));
    assert!(data.last_modified() <= SystemTime::now());
    assert!(read(&data, 0..data.size()).await == content);
    assert_eq!(read(&data, 8_388_600..8_388_620).await, &content[8_388_600..8_388_620]);
    assert!(read(&data, 5..5).await.is_empty());
    assert_eq!(
        place.files(),
        ["datasets/ds_20251103_001/data.parquet", "datasets/ds_20251103_001/manifest.json"]
    );
}

#[tokio::test]
async fn a_file_that_was_replaced_is_not_read_as_if_it_were_the_same() {
    let place = Place::new();
    place.store.publish(&id(1), &place.file("data", b"rows"), "{}".into()).await.unwrap();
    place.store.keep(&id(1), csv(), &place.file("csv", b"one")).await.unwrap();
    let one = place.store.open(&id(1), csv()).await.unwrap().unwrap();
    place.store.keep(&id(1), csv(), &place.file("csv", b"another")).await.unwrap();
    assert!(one.read(0..3).await.is_err());
    let other = place.store.open(&id(1), csv()).await.unwrap().unwrap();
    assert_ne!(one.etag(), other.etag());
    assert_eq!(read(&other, 0..7).await, b"another");
}

#[tokio::test]
async fn a_dataset_that_exists_stays_as_it_is() {
    let place = Place::new();
    place.store.publish(&id(1), &place.file("data", b"first"), "first".into()).await.unwrap();
    let again = place.store.publish(&id(1), &place.file("data", b"second"), "second".into()).await;
    assert!(matches!(again, Err(StorageError::Exists { .. })), "{again:?}");
    let data = place.store.open(&id(1), Artifact::DATA).await.unwrap().unwrap();
    assert_eq!(read(&data, 0..data.size()).await, b"first");
    assert_eq!(place.store.manifest(&id(1)).await.unwrap(), Some("first".into()));
    assert_eq!(place.files().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_publish_the_same_id_at_once_one_wins_as_a_whole() {
    let place = Arc::new(Place::new());
    let publishers: Vec<_> = (0..16)
        .map(|number| {
            let place = Arc::clone(&place);
            tokio::spawn(async move {
                let content = format!("{number}");
                let data = place.file(&content, content.as_bytes());
                place.store.publish(&id(1), &data, content.into()).await
            })
        })
        .collect();
    let mut won = 0;
    for publisher in publishers {
        match publisher.await.unwrap() {
            Ok(()) => won += 1,
            Err(error) => assert!(matches!(error, StorageError::Exists { .. }), "{error}"),
        }
    }
    assert_eq!(won, 1);
    let data = place.store.open(&id(1), Artifact::DATA).await.unwrap().unwrap();
    assert_eq!(place.store.manifest(&id(1)).await.unwrap().unwrap(), read(&data, 0..data.size()).await);
}

#[tokio::test]
async fn deleting_removes_all_of_a_dataset_and_nothing_else() {
    let place = Place::new();
    let plugin = Bytes::from_static(b"\0asm");
    let digest = hex::encode(Sha256::digest(&plugin));
    place.store.put_plugin(&digest, plugin).await.unwrap();
    for number in [1, 2] {
        place.store.publish(&id(number), &place.file("data", b"rows"), "{}".into()).await.unwrap();
        place.store.keep(&id(number), csv(), &place.file("csv", b"a,b")).await.unwrap();
    }
    assert!(place.store.delete(&id(1)).await.unwrap());
    assert!(!place.store.delete(&id(1)).await.unwrap());
    assert_eq!(
        place.files(),
        [
            "datasets/ds_20251103_002/data.parquet".to_owned(),
            "datasets/ds_20251103_002/manifest.json".to_owned(),
            "datasets/ds_20251103_002/train.csv".to_owned(),
            format!("plugins/{digest}.wasm"),
        ]
    );
    assert!(!place.folder.path().join("store/datasets/ds_20251103_001").exists());
}

#[tokio::test]
async fn what_is_made_of_a_dataset_that_was_removed_is_not_kept() {
    let place = Place::new();
    let kept = place.store.keep(&id(1), csv(), &place.file("csv", b"a,b")).await;
    assert!(matches!(kept, Err(StorageError::NotFound { .. })), "{kept:?}");
    assert!(place.files().is_empty());
}

#[tokio::test]
async fn data_is_fetched_where_it_lies() {
    let place = Place::new();
    place.store.publish(&id(1), &place.file("data", b"rows"), "{}".into()).await.unwrap();
    let fetched = place.store.fetch_data(&id(1), place.folder.path()).await.unwrap();
    assert_eq!(fs::read(fetched.path()).unwrap(), b"rows");
    drop(fetched);
    assert!(place.store.open(&id(1), Artifact::DATA).await.unwrap().is_some());
    let absent = place.store.fetch_data(&id(2), place.folder.path()).await;
    assert!(matches!(absent, Err(StorageError::NotFound { .. })), "{absent:?}");
}

#[tokio::test]
async fn a_plugin_is_what_its_digest_says() {
    let place = Place::new();
    let plugin = Bytes::from_static(b"\0asm plugin");
    let digest = hex::encode(Sha256::digest(&plugin));
    let other = "0".repeat(64);
    assert_eq!(place.store.plugin(&digest).await.unwrap(), None);
    for wrong in [other.as_str(), "", "../../etc/passwd", &digest.to_uppercase()] {
        let refused = place.store.put_plugin(wrong, plugin.clone()).await;
        assert!(matches!(refused, Err(StorageError::Damaged { .. })), "{wrong}: {refused:?}");
        assert_eq!(place.store.plugin(wrong).await.unwrap(), None);
    }
    place.store.put_plugin(&digest, plugin.clone()).await.unwrap();
    place.store.put_plugin(&digest, plugin.clone()).await.unwrap();
    assert_eq!(place.store.plugin(&digest).await.unwrap(), Some(plugin.clone()));
    assert_eq!(place.files(), [format!("plugins/{digest}.wasm")]);

    fs::write(place.folder.path().join(format!("store/plugins/{digest}.wasm")), b"\0asm plugln").unwrap();
    let damaged = place.store.plugin(&digest).await;
    assert!(matches!(damaged, Err(StorageError::Damaged { .. })), "{damaged:?}");
    place.store.put_plugin(&digest, plugin.clone()).await.unwrap();
    assert_eq!(place.store.plugin(&digest).await.unwrap(), Some(plugin));
}

#[tokio::test]
async fn a_sweep_removes_what_belongs_to_no_dataset_once_it_is_old() {
    let place = Place::new();
    place.store.publish(&id(1), &place.file("data", b"rows"), "{}".into()).await.unwrap();
    place.store.keep(&id(1), csv(), &place.file("csv", b"a,b")).await.unwrap();
    // As processes leave them that are killed before they publish, or while they write.
    let datasets = place.folder.path().join("store/datasets");
    for number in [2, 3] {
        fs::create_dir(datasets.join(id(number).as_str())).unwrap();
    }
    fs::write(datasets.join("ds_20251103_002/data.parquet"), b"rows").unwrap();
    fs::write(datasets.join("ds_20251103_003/data.parquet#1"), b"ro").unwrap();
    fs::write(datasets.join("ds_20251103_001/all.npz#2"), b"PK").unwrap();
    fs::write(datasets.join("notes.txt"), b"not ours").unwrap();
    assert_eq!(place.store.manifest(&id(2)).await.unwrap(), None);

    let young = SystemTime::now() - Duration::from_secs(3600);
    assert_eq!(place.store.sweep(young).await.unwrap(), Swept::default());
    assert_eq!(place.files().len(), 7);
    assert_eq!(place.store.sweep(later()).await.unwrap(), Swept { datasets: 1, files: 2 });
    assert_eq!(
        place.files(),
        [
            "datasets/ds_20251103_001/data.parquet",
            "datasets/ds_20251103_001/manifest.json",
            "datasets/ds_20251103_001/train.csv",
            "datasets/notes.txt",
        ]
    );
    assert!(!datasets.join("ds_20251103_003").exists());
    assert_eq!(place.store.sweep(later()).await.unwrap(), Swept::default());
}

#[tokio::test]
async fn a_build_begins_anew_over_what_an_earlier_one_left() {
    let place = Place::new();
    let folder = place.folder.path().join("store/datasets/ds_20251103_001");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("data.parquet"), b"old and longer").unwrap();
    fs::write(folder.join("data.parquet#1"), b"half").unwrap();
    place.store.publish(&id(1), &place.file("data", b"new"), "{}".into()).await.unwrap();
    let data = place.store.open(&id(1), Artifact::DATA).await.unwrap().unwrap();
    assert_eq!(read(&data, 0..data.size()).await, b"new");
}

#[tokio::test]
async fn what_cannot_be_sent_leaves_nothing() {
    let place = Place::new();
    let absent = place.store.publish(&id(1), Path::new("/no/such/file"), "{}".into()).await;
    assert!(matches!(absent, Err(StorageError::Unavailable { .. })), "{absent:?}");
    assert!(place.files().is_empty());
}

#[tokio::test]
async fn a_store_whose_folder_went_away_says_so() {
    let place = Place::new();
    place.store.check().await.unwrap();
    fs::remove_dir(place.folder.path().join("store")).unwrap();
    let gone = place.store.check().await;
    assert!(matches!(gone, Err(StorageError::Unavailable { .. })), "{gone:?}");
}

#[test]
fn a_location_is_a_folder_or_a_bucket() {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("a/b");
    DatasetStore::at(&format!("file://{}", inner.display())).unwrap();
    assert!(inner.is_dir());
    DatasetStore::at("s3://bucket/prefix").unwrap();
    for wrong in ["gs://bucket", "s3://", "s3:///prefix", "http://localhost", "file://relative"] {
        let refused = DatasetStore::at(wrong);
        assert!(matches!(refused, Err(StorageError::Location { .. })), "{wrong}: {refused:?}");
    }
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let refused = DatasetStore::at(&file.display().to_string());
    assert!(matches!(refused, Err(StorageError::Unavailable { .. })), "{refused:?}");
}

/// Where the test below finds a file that is too large for it to write.
#[cfg(unix)]
const LARGE_FILE: &str = "FETTLE_TEST_LARGE_FILE";

/// Runs the test below as a process that may write no file of more than 128 KiB: its writes fail as on a full disk,
/// though with another number.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let large = folder.path().join("large");
    fs::write(&large, vec![7; 1 << 20]).unwrap();
    let limited = "ulimit -f 128; trap '' XFSZ; exec \"$0\" --exact on_a_full_disk --ignored";
    let mut run = Command::new("sh");
    run.arg("-c").arg(limited).arg(std::env::current_exe().unwrap()).env(LARGE_FILE, large);
    let run = run.output().unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && output.contains("1 passed"), "{output}{run:?}");
}

#[cfg(unix)]
#[ignore = "runs where little may be written: a_full_disk_leaves_nothing"]
#[tokio::test]
async fn on_a_full_disk() {
    let place = Place::new();
    let large = PathBuf::from(std::env::var_os(LARGE_FILE).unwrap());
    let content = Bytes::from(fs::read(&large).unwrap());
    let small = place.file("small", b"rows");
    let digest = hex::encode(Sha256::digest(&content));
    for failed in [
        place.store.publish(&id(1), &large, "{}".into()).await,
        place.store.publish(&id(1), &small, content.clone()).await,
        place.store.put_plugin(&digest, content.clone()).await,
    ] {
        assert!(matches!(failed, Err(StorageError::StorageFull { .. })), "{failed:?}");
    }
    assert_eq!(place.store.manifest(&id(1)).await.unwrap(), None);
    assert!(place.files().is_empty(), "{:?}", place.files());

    place.store.publish(&id(1), &small, "{}".into()).await.unwrap();
    let failed = place.store.keep(&id(1), csv(), &large).await;
    assert!(matches!(failed, Err(StorageError::StorageFull { .. })), "{failed:?}");
    assert_eq!(place.files().len(), 2, "{:?}", place.files());
}
