//! Changes are noticed by their contents.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fettle_steps::{CurrentCatalogue, Kind, Plugins, Trigger};

use crate::house::{House, builtin, file, names, second_features, with_other_digest};

/// How often files are looked at.
const POLL: Duration = Duration::from_millis(20);

/// Waits until something is so; far longer than it ever takes.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// Watches until the test ends, and with it its runtime.
fn watch(plugins: &Arc<Plugins>) {
    let plugins = Arc::clone(plugins);
    tokio::spawn(async move { match plugins.keep_watching(POLL).await {} });
}

/// Plugins that are watched, and what is in force of them.
async fn watched(house: &House) -> (Arc<Plugins>, CurrentCatalogue) {
    let plugins = house.start().await;
    watch(&plugins);
    let current = plugins.current();
    (plugins, current)
}

#[tokio::test]
async fn a_change_of_the_file_or_of_a_plugin_is_loaded() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&builtin("outlier"));
    let (_, current) = watched(&house).await;

    house.write(&file("second"));
    until("the file", || names(&current, Kind::Feature) == "correlation fraction_above").await;

    // As long, and dated, as before.
    let (one, other) = (with_other_digest(second_features(), 1), with_other_digest(second_features(), 2));
    let dated = SystemTime::now() - Duration::from_secs(3600);
    let put = |component: &[u8]| {
        let file = fs::File::create(house.path("second.wasm")).unwrap();
        (&file).write_all(component).unwrap();
        file.set_modified(dated).unwrap();
    };
    put(&one);
    until("the plugin", || current.get().plugins()[0].component()[..] == one[..]).await;
    put(&other);
    until("the plugin again", || current.get().plugins()[0].component()[..] == other[..]).await;
}

#[tokio::test]
async fn what_is_broken_changes_nothing_and_what_is_mended_is_loaded() {
    let house = House::new();
    house.write(&builtin("outlier"));
    let (plugins, current) = watched(&house).await;

    house.write(&file("second"));
    until("the missing file is told", || plugins.failure().is_some()).await;
    house.put("second.wasm", &second_features()[..1000]);
    until("half of it is told", || {
        plugins.failure().is_some_and(|failure| failure.refusals[0].message.contains("not a valid component"))
    })
    .await;
    assert_eq!(names(&current, Kind::Outlier), "clip iqr z_score");
    house.put("second.wasm", second_features());
    until("the whole is loaded", || names(&current, Kind::Feature) == "correlation fraction_above").await;
    assert!(plugins.failure().is_none());
}

#[tokio::test]
async fn a_file_that_was_only_touched_is_no_change_and_a_rollback_holds() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&builtin("outlier"));
    let (plugins, current) = watched(&house).await;
    house.write(&file("second"));
    until("the file", || current.generation().number == 2).await;

    plugins.rollback().await;
    for _ in 0..20 {
        house.write(&file("second"));
        tokio::time::sleep(POLL).await;
    }
    tokio::time::sleep(POLL * 10).await;
    assert_eq!(current.generation().number, 3, "the same contents are no change");
    house.write(&[file("second"), builtin("window")].concat());
    until("other contents", || !names(&current, Kind::Window).is_empty()).await;
    assert_eq!(current.generation().number, 4, "nor were they one later");
}

#[tokio::test]
async fn a_rollback_that_is_refused_swallows_no_change() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&file("second"));
    let plugins = house.start().await;
    let first = plugins.current().get().plugins()[0].digest().to_owned();
    house.write(&builtin("outlier"));
    assert!(plugins.reload(Trigger::Request).await.committed);
    drop(plugins);

    let plugins = house.start().await;
    fs::remove_file(house.path("kept").join(format!("{first}.wasm"))).unwrap();
    house.write(&builtin("window"));
    assert!(!plugins.rollback().await.committed);
    watch(&plugins);
    until("the change", || !names(&plugins.current(), Kind::Window).is_empty()).await;
}

#[tokio::test]
async fn a_pipe_in_the_place_of_a_file_is_refused_and_waited_for_by_nobody() {
    let house = House::new();
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    let pipe = |name: &str| {
        let _ = fs::remove_file(house.path(name));
        assert!(Command::new("mkfifo").arg(house.path(name)).status().unwrap().success());
    };
    pipe("second.wasm");
    house.write(&[builtin("outlier"), file("second")].concat());
    for name in ["second.wasm", "plugins.toml"] {
        pipe(name);
        let reload = tokio::time::timeout(Duration::from_secs(60), plugins.reload(Trigger::Request)).await;
        if reload.is_err() {
            // Lets go of who waits, so that the test can end.
            fs::File::options().read(true).write(true).open(house.path(name)).unwrap();
        }
        let outcome = reload.expect("a reload that does not wait for the pipe");
        assert!(!outcome.committed, "{name}");
        assert!(outcome.refusals[0].message.contains("it is not a file"), "{name}: {outcome:?}");
    }
}
