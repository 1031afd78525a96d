//! Plugins of datasets that the running program does not have are compiled before they serve.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fettle_datasets::{DatasetError, Datasets, ServeRequest, ServedRows};
use fettle_features::{Extraction, FeatureError};
use fettle_steps::{Compiler, Plugin, Sandbox, Settings, Terms};
use futures::future::join_all;
use serde_json::json;

use crate::bench::Bench;

/// A sandbox that compiles what does not come with the program by a script.
fn sandbox(folder: &Path, script: &str) -> Arc<Sandbox> {
    let path = folder.join("compile.sh");
    fs::write(&path, script).unwrap();
    let compiler = Compiler {
        program: PathBuf::from("/bin/sh"),
        arguments: vec![path.to_str().unwrap().to_owned()],
        environment: vec![("PATH".to_owned(), std::env::var("PATH").unwrap())],
        memory_bytes: 1 << 30,
        time: Duration::from_secs(60),
    };
    Sandbox::new(Settings { threads: 2, compiler: Some(compiler), ..Settings::default() }).unwrap()
}

/// What several clients get who ask at the same time.
async fn served(datasets: &Datasets, id: &str) -> Vec<Result<Extraction, DatasetError>> {
    let request = || ServeRequest {
        dataset_id: id.to_owned(),
        model_code: "m".to_owned(),
        device_code: "P1".to_owned(),
        rows: ServedRows::LastWindows(5),
    };
    join_all((0..4).map(|_| datasets.serve(request()))).await
}

#[tokio::test]
async fn each_is_compiled_once_for_all_who_wait_for_it() {
    let bench = Bench::new().await;
    let id = bench.build(json!({})).await.unwrap().dataset_id;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    // Native code as the program itself makes and keeps it, behind a MAC of 32 bytes.
    let native_code = Some((folder.path().join("native"), b"the tests'".to_vec()));
    let keeping = Sandbox::new(Settings { threads: 2, native_code, ..Settings::default() }).unwrap();
    for builtin in fettle_builtin::PLUGINS {
        let terms = Terms { trusted: true, ..Terms::of(&keeping) };
        Plugin::admit_on(&keeping, builtin.component, &terms).unwrap();
    }
    let script = format!(
        "digest=$(sha256sum | cut -d ' ' -f 1)\necho $digest >> {}\nsleep 0.3\ntail -c +33 {}/$digest-*.native\n",
        path("log"),
        path("native"),
    );
    let other = bench.under_another_program_in(&sandbox(folder.path(), &script)).await;
    for extraction in served(&other, &id).await {
        extraction.unwrap();
    }
    let log = fs::read_to_string(path("log")).unwrap();
    let mut compiled: Vec<&str> = log.lines().collect();
    assert!(compiled.len() > 1, "{log}");
    compiled.sort_unstable();
    assert!(compiled.windows(2).all(|pair| pair[0] != pair[1]), "{log}");
}

#[tokio::test]
async fn one_that_cannot_be_compiled_now_is_unavailable_and_one_that_is_none_is_damaged() {
    let bench = Bench::new().await;
    let id = bench.build(json!({})).await.unwrap().dataset_id;
    let folder = tempfile::tempdir().unwrap();
    let other = bench.under_another_program_in(&sandbox(folder.path(), "cat > /dev/null\nexit 1\n")).await;
    for extraction in served(&other, &id).await {
        let error = extraction.unwrap_err();
        let DatasetError::Feature(FeatureError::PluginUnavailable { reason, .. }) = &error else {
            panic!("{error:?}")
        };
        assert!(reason.contains("it was not compiled"), "{reason}");
    }
    let script = "cat > /dev/null\necho it is no component >&2\nexit 3\n";
    let other = bench.under_another_program_in(&sandbox(folder.path(), script)).await;
    for extraction in served(&other, &id).await {
        let error = extraction.unwrap_err();
        assert!(matches!(error, DatasetError::Storage(_)), "{error:?}");
        assert!(error.to_string().contains("it is no component"), "{error}");
    }
}
