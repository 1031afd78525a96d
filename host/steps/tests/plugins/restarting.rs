//! The last good generation outlives the program, whatever becomes of the files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use fettle_steps::{Kind, Trigger};
use serde_json::json;

use crate::house::{House, builtin, builtins, file, names, resolve, second_features, with_other_digest};

#[tokio::test]
async fn a_restart_with_the_same_files_is_the_same_generation() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    house.write(&[builtin("outlier"), file("second")].concat());
    plugins.reload(Trigger::Request).await;
    drop(plugins);
    let again = house.start().await;
    assert_eq!(again.current().generation().number, 2);
    assert!(again.failure().is_none());
    let back = again.rollback().await;
    assert!(back.committed, "{back:?}");
    assert_eq!(names(&again.current(), Kind::Feature), "", "the generation before is known over a restart");
}

#[tokio::test]
async fn whatever_has_happened_to_the_files_the_last_good_generation_serves() {
    let house = House::new();
    let second = with_other_digest(second_features(), 3);
    house.put("second.wasm", &second);
    let sound = format!(
        "{}{}[plugin.limits]\nmemory_mib = 32\n[plugin.defaults.fraction_above]\nlevel = 7\n",
        builtin("outlier"),
        file("second")
    );
    house.write(&sound);
    let digest = house.start().await.current().get().plugins()[1].digest().to_owned();

    let broken: [(&str, &dyn Fn()); 5] = [
        ("the plugin is gone", &|| fs::remove_file(house.path("second.wasm")).unwrap()),
        ("the plugin is half written", &|| house.put("second.wasm", &second[..second.len() / 2])),
        ("the file is half written", &|| house.write(&sound[..20])),
        ("the file is empty", &|| house.write("")),
        ("the file is gone", &|| fs::remove_file(house.path("plugins.toml")).unwrap()),
    ];
    for (what, damage) in broken {
        damage();
        let plugins = house.start().await;
        let generation = plugins.current().generation();
        assert_eq!(generation.number, 1, "{what}");
        let plugin = generation.member("second").unwrap().plugin().unwrap();
        assert_eq!((plugin.digest(), plugin.limits().memory_bytes), (digest.as_str(), 32 << 20), "{what}");
        let step = resolve(&plugins, Kind::Feature, "fraction_above", json!({})).await.unwrap();
        assert_eq!(step.params()["level"], json!(7.0), "{what}");
        let failure = plugins.failure().unwrap_or_else(|| panic!("{what}: nobody is told"));
        assert_eq!(failure.trigger, Trigger::Start, "{what}");
        assert!(!failure.refusals.is_empty(), "{what}");
    }

    house.put("second.wasm", &second);
    house.write(&sound);
    let plugins = house.start().await;
    assert!(plugins.failure().is_none());
    assert_eq!(plugins.current().generation().number, 1);
}

#[tokio::test]
async fn what_was_rolled_back_is_not_loaded_by_a_restart_until_it_changes() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&file("second"));
    let plugins = house.start().await;
    let first = plugins.current().get().plugins()[0].digest().to_owned();
    house.put("second.wasm", &with_other_digest(second_features(), 9));
    plugins.reload(Trigger::Change).await;
    plugins.rollback().await;
    drop(plugins);

    let again = house.start().await;
    assert_eq!(again.current().get().plugins()[0].digest(), first);
    assert_eq!(again.current().generation().number, 3);
    assert!(again.failure().is_none(), "it is as somebody wanted it");
    assert!(again.rollback().await.committed, "and can be undone");
    drop(again);
    let undone = house.start().await;
    assert_ne!(undone.current().get().plugins()[0].digest(), first);
    assert_eq!(undone.current().generation().number, 4);
    assert!(undone.rollback().await.committed);
    drop(undone);

    house.put("second.wasm", &with_other_digest(second_features(), 10));
    let changed = house.start().await;
    assert_ne!(changed.current().get().plugins()[0].digest(), first);
    assert_eq!(changed.current().generation().number, 6);
}

#[tokio::test]
async fn what_was_rolled_back_is_loaded_by_another_version_of_the_program() {
    let house = House::new();
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    house.write(&[builtin("outlier"), builtin("window")].concat());
    assert!(plugins.reload(Trigger::Request).await.committed);
    assert!(plugins.rollback().await.committed);
    drop(plugins);

    let upgraded = |name: &str| {
        let mut builtins = builtins();
        let (_, component) = builtins.iter_mut().find(|(known, _)| *known == name).unwrap();
        *component = Vec::leak(with_other_digest(component, 11));
        builtins
    };
    // One that the file does not name is nothing to it.
    let other = house.try_start_of(upgraded("normalize")).await.unwrap();
    assert_eq!(names(&other.current(), Kind::Window), "", "it is rolled back");
    drop(other);
    let upgraded = house.try_start_of(upgraded("outlier")).await.unwrap();
    assert_ne!(names(&upgraded.current(), Kind::Window), "", "what the file says is another thing now");
    assert!(upgraded.failure().is_none());
}

#[tokio::test]
async fn without_anything_good_the_program_does_not_start_and_says_why() {
    let house = House::new();
    house.write(&[builtin("cleaning"), file("gone")].concat());
    let told = house.try_start().await.unwrap_err().to_string();
    assert!(told.contains("line 1: plugin `cleaning`") && told.contains("line 4: plugin `gone`"), "{told}");
}

#[tokio::test]
async fn a_kept_component_that_was_damaged_is_not_run() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&file("second"));
    let digest = house.start().await.current().get().plugins()[0].digest().to_owned();
    let kept = house.path("kept").join(format!("{digest}.wasm"));
    house.put("second.wasm", b"broken");
    fs::write(&kept, with_other_digest(second_features(), 1)).unwrap();
    let told = house.try_start().await.unwrap_err().to_string();
    assert!(told.contains("it is damaged"), "{told}");

    house.put("second.wasm", second_features());
    house.start().await;
    assert_eq!(fs::read(&kept).unwrap(), second_features(), "what is whole again is kept again");
}

#[tokio::test]
async fn a_state_file_that_cannot_be_read_is_as_good_as_none() {
    let house = House::new();
    house.write(&builtin("outlier"));
    drop(house.start().await);
    let state = house.path("kept/generation.json");
    let mode = fs::metadata(&state).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "it is its owner's alone: {mode:o}");
    for text in ["", "{", "{\"format\": 99}", "null"] {
        fs::write(&state, text).unwrap();
        assert_eq!(house.start().await.current().generation().number, 1, "{text:?}");
    }
}

#[tokio::test]
async fn components_that_no_generation_has_are_removed() {
    let house = House::new();
    house.write(&file("second"));
    house.put("second.wasm", second_features());
    let plugins = house.start().await;
    for mark in 0..4 {
        house.put("second.wasm", &with_other_digest(second_features(), mark));
        assert!(plugins.reload(Trigger::Request).await.committed);
    }
    let components = fs::read_dir(house.path("kept")).unwrap();
    let components = components.filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "wasm")
    });
    assert_eq!(components.count(), 2, "this generation's and that of the one before");
}
