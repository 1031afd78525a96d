//! All or nothing, and what is under way goes on.

use std::sync::Arc;

use fettle_frame::{Frame, Signal};
use fettle_steps::{Kind, Outcome, Presence, Trigger};
use serde_json::json;

use crate::house::{House, builtin, file, hostile, names, resolve, second_features, with_other_digest};

fn told(outcome: &Outcome) -> Vec<String> {
    outcome.refusals.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_the_file_says_is_loaded_and_what_changes_in_it_shows() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&[builtin("outlier"), builtin("statistics")].concat());
    let plugins = house.start().await;
    let current = plugins.current();
    assert_eq!(names(&current, Kind::Feature), "statistics");
    assert_eq!(names(&current, Kind::Window), "");
    assert_eq!(current.generation().number, 1);

    let limited = "[plugin.limits]\nmemory_mib = 64\n[plugin.defaults.iqr]\nthreshold = 2.5\n";
    house.write(&[builtin("outlier"), limited.to_owned(), file("second")].concat());
    let would = plugins.dry_run().await;
    assert_eq!((would.committed, would.generation), (false, 1));
    assert_eq!(names(&current, Kind::Feature), "statistics", "nothing has changed yet");

    let done = plugins.reload(Trigger::Request).await;
    assert_eq!(done.changes, would.changes);
    assert!(done.committed && done.refusals.is_empty());
    assert_eq!(done.generation, 2);
    assert_eq!(done.changes.added, ["second"]);
    assert_eq!(done.changes.removed, ["statistics"]);
    assert_eq!(done.changes.changed[0].name, "outlier");
    assert_eq!(done.changes.changed[0].what, ["limits", "defaults"]);
    assert_eq!(names(&current, Kind::Feature), "correlation fraction_above");
    assert!(house.counts("plugin_generation 2"));
    assert!(house.counts("plugin_reloads_total{outcome=\"committed\"} 1"));

    let again = plugins.reload(Trigger::Request).await;
    assert!(again.committed && again.changes.is_empty());
    assert_eq!(again.changes.unchanged, ["outlier", "second"]);
    assert_eq!(current.generation().number, 2, "what changes nothing is no generation");
}

#[tokio::test]
async fn whatever_is_wrong_everything_stays_as_it_was() {
    let house = House::new();
    house.put("second.wasm", second_features());
    let sound = [builtin("outlier"), file("second")].concat();
    house.write(&sound);
    let plugins = house.start().await;
    let before = plugins.current().generation();

    let broken_file = |name: &str, bytes: &[u8]| house.put(&format!("{name}.wasm"), bytes);
    broken_file("half", &second_features()[..second_features().len() / 2]);
    broken_file("text", b"not a component");
    let wrong: [(&str, String, &str); 10] = [
        ("no TOML", "[[plugin]\n".to_owned(), "line 1"),
        ("an unknown key", format!("{sound}colour = 1\n"), "no such key"),
        ("nothing", String::new(), "names no plugin"),
        ("no such file", format!("{sound}{}", file("gone")), "plugin `gone`: "),
        ("half a component", format!("{sound}{}", file("half")), "plugin `half`: not a valid component"),
        ("no component", format!("{sound}{}", file("text")), "plugin `text`: not a valid component"),
        ("no such built-in", format!("{sound}{}", builtin("cleaning")), "no built-in plugin `cleaning`"),
        ("another sha256", format!("{sound}sha256 = \"{}\"\n", "0".repeat(64)), "has sha256"),
        (
            "a default that is no number",
            format!("{sound}{}[plugin.defaults.min_max]\nfeature_range = \"wide\"\n", builtin("normalize")),
            "`defaults.min_max` of plugin `normalize`: `feature_range`",
        ),
        (
            "a default of no method",
            format!("{sound}{}[plugin.defaults.minmax]\nx = 1\n", builtin("normalize")),
            "it has no such method; it has: min_max, z_score",
        ),
    ];
    for (number, (what, text, message)) in wrong.iter().enumerate() {
        house.write(text);
        let would = plugins.dry_run().await;
        let outcome = plugins.reload(Trigger::Change).await;
        assert!(!outcome.committed && outcome.generation == 1, "{what}");
        assert!(told(&outcome).iter().any(|told| told.contains(message)), "{what}: {:?}", told(&outcome));
        assert_eq!(told(&would), told(&outcome), "{what}");
        let now = plugins.current().generation();
        assert!(Arc::ptr_eq(&before, &now), "{what}: another generation is in force");
        let failure = plugins.failure().unwrap();
        assert_eq!((failure.trigger, &failure.refusals), (Trigger::Change, &outcome.refusals), "{what}");
        assert!(
            house.counts(&format!("plugin_reloads_total{{outcome=\"refused\"}} {}", number + 1)),
            "{what}"
        );
    }

    house.write(&sound);
    assert!(plugins.reload(Trigger::Change).await.committed);
    assert!(plugins.failure().is_none(), "what was wrong is forgotten");
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let house = House::new();
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    house.write(&[builtin("cleaning"), file("gone"), builtin("outlier")].concat());
    let outcome = plugins.reload(Trigger::Request).await;
    let told = told(&outcome);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("line 1: plugin `cleaning`: "), "{told:?}");
    assert!(told[1].starts_with("line 4: plugin `gone`: "), "{told:?}");
}

#[tokio::test]
async fn two_plugins_with_the_same_method_are_refused_by_the_names_of_the_file() {
    let house = House::new();
    house.put("copy.wasm", &with_other_digest(second_features(), 1));
    house.put("second.wasm", second_features());
    house.write(&file("second"));
    let plugins = house.start().await;
    house.write(&[file("second"), file("copy")].concat());
    let told = told(&plugins.reload(Trigger::Request).await);
    let expected = "plugins `second` and `copy` both have the feature method `correlation`";
    assert!(told.iter().any(|told| told.contains(expected)), "{told:?}");
    house.write(&[file("second"), file("copy"), "enabled = false\n".to_owned()].concat());
    assert!(plugins.reload(Trigger::Request).await.committed, "one that is disabled is in nobody's way");
    assert!(matches!(plugins.current().generation().members[1].presence, Presence::Disabled));
}

#[tokio::test]
async fn what_was_resolved_before_a_reload_runs_with_what_it_was_resolved_against() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&file("second"));
    let plugins = house.start().await;
    let before = resolve(&plugins, Kind::Feature, "correlation", json!({})).await.unwrap();

    let other = with_other_digest(second_features(), 7);
    house.put("second.wasm", &other);
    let outcome = plugins.reload(Trigger::Request).await;
    assert_eq!(outcome.changes.changed[0].what, ["digest"]);
    assert_eq!(outcome.changes.changed[0].digest_before, before.plugin().digest());
    let after = resolve(&plugins, Kind::Feature, "correlation", json!({})).await.unwrap();
    assert_eq!(outcome.changes.changed[0].digest, after.plugin().digest());

    let digest = |step: &fettle_steps::Step| serde_json::to_value(step).unwrap()["digest"].clone();
    assert_ne!(digest(&before), digest(&after), "each names the plugin that it runs");
    let signal = |name: &str| Signal { name: name.to_owned(), values: vec![1.0, 2.0, 4.0] };
    let frame = Frame::new(vec![0, 1, 2], vec![signal("a"), signal("b")], Vec::new()).unwrap();
    let (windows, frame) = ([fettle_frame::Window { start: 0, end: 3 }], Arc::new(frame));
    let run = |step: fettle_steps::Step| {
        let frame = Arc::clone(&frame);
        plugins.sandbox().threads().run(move || step.compute(&frame, &windows).unwrap().0)
    };
    assert_eq!(run(before).await.unwrap()[0].values, run(after).await.unwrap()[0].values);
}

#[tokio::test]
async fn defaults_are_what_a_request_does_not_give() {
    let house = House::new();
    house.write(&format!("{}[plugin.defaults.iqr]\nthreshold = 2.5\n", builtin("outlier")));
    let plugins = house.start().await;
    let params = |given| {
        let plugins = &plugins;
        async move { resolve(plugins, Kind::Outlier, "iqr", given).await.unwrap().params() }
    };
    assert_eq!(params(json!({})).await["threshold"], json!(2.5));
    assert_eq!(params(json!({"threshold": 1.25})).await["threshold"], json!(1.25));
    let catalogue = plugins.current().get();
    let method = catalogue.method(Kind::Outlier, "iqr").unwrap();
    assert_eq!(method.schema["properties"]["threshold"]["default"], json!(2.5), "clients see it");
}

#[tokio::test]
async fn limits_hold_for_the_plugin_that_they_stand_beside() {
    let house = House::with(|settings| settings.limits.base_time = std::time::Duration::from_secs(60));
    house.put("hostile.wasm", hostile());
    let limits = "[plugin.limits]\nmemory_mib = 48\ntime_base_ms = 200\noutput_mib = 1\nconcurrency = 1\n";
    house.write(&format!("{}{}{limits}", builtin("window"), file("hostile")));
    let plugins = house.start().await;
    let run = async |method: &'static str| {
        let step = resolve(&plugins, Kind::Outlier, method, json!({})).await.unwrap();
        let values = vec![1.0; 3];
        let frame = Frame::new(vec![0, 1, 2], vec![Signal { name: "a".to_owned(), values }], Vec::new());
        let frame = Arc::new(frame.unwrap());
        plugins.sandbox().threads().run(move || step.fit_apply(&frame).map(drop)).await.unwrap()
    };
    let looped = run("loop_for_ever").await.unwrap_err().to_string();
    assert!(looped.contains("stopped after 0.2 s"), "{looped}");
    let eaten = run("eat_memory").await.unwrap_err().to_string();
    assert!(eaten.contains("more than 48 MiB"), "{eaten}");
    run("well_behaved").await.unwrap();
    let generation = plugins.current().generation();
    let limits = |name: &str| *generation.member(name).unwrap().plugin().unwrap().limits();
    assert_eq!(limits("hostile").concurrency, Some(1));
    assert_eq!(limits("window").base_time.as_secs(), 60);
}

#[tokio::test]
async fn a_rollback_returns_to_the_generation_before_and_a_second_one_to_this() {
    let house = House::new();
    house.put("second.wasm", second_features());
    house.write(&file("second"));
    let plugins = house.start().await;
    let current = plugins.current();
    let digest = || current.get().plugins()[0].digest().to_owned();
    let nothing = plugins.rollback().await;
    assert!(!nothing.committed && told(&nothing)[0].contains("no generation before"), "{nothing:?}");

    let first = digest();
    house.put("second.wasm", &with_other_digest(second_features(), 7));
    plugins.reload(Trigger::Request).await;
    let second = digest();
    for (number, expected) in [(3, &first), (4, &second), (5, &first)] {
        let outcome = plugins.rollback().await;
        assert!(outcome.committed && outcome.changes.changed.len() == 1, "{outcome:?}");
        assert_eq!((current.generation().number, &digest()), (number, expected));
    }
    assert!(house.counts("plugin_reloads_total{outcome=\"rolled_back\"} 3"));
    let reloaded = plugins.reload(Trigger::Request).await;
    assert_eq!((reloaded.generation, &digest()), (6, &second), "a reload reads the file again");
}

#[tokio::test]
async fn a_generation_that_cannot_be_kept_is_not_put_in_force() {
    let house = House::new();
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    std::fs::remove_dir_all(house.path("kept")).unwrap();
    std::fs::write(house.path("kept"), "a file where the folder should be").unwrap();
    house.write(&builtin("window"));
    let outcome = plugins.reload(Trigger::Request).await;
    assert!(!outcome.committed && told(&outcome)[0].contains("cannot be kept"), "{outcome:?}");
    assert_eq!(names(&plugins.current(), Kind::Outlier), "clip iqr z_score");
}
