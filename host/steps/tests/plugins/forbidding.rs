//! What is forbidden is not loaded, whatever else is said of it.

use fettle_steps::{Kind, Presence, Trigger};
use sha2::{Digest, Sha256};

use crate::house::{House, builtin, file, names, second_features, with_other_digest};

fn forbidding(component: &[u8], rest: &str) -> String {
    format!("forbidden = [\"{}\"]\n{rest}", hex::encode(Sha256::digest(component)))
}

#[tokio::test]
async fn a_forbidden_component_is_taken_out_while_all_others_stay() {
    let house = House::new();
    let bad = with_other_digest(second_features(), 66);
    house.put("second.wasm", &bad);
    let all = [builtin("outlier"), file("second")].concat();
    house.write(&all);
    let plugins = house.start().await;
    let current = plugins.current();
    assert_eq!(names(&current, Kind::Feature), "correlation fraction_above");

    house.write(&forbidding(&bad, &all));
    let outcome = plugins.reload(Trigger::Change).await;
    assert!(outcome.committed, "{outcome:?}");
    assert_eq!(outcome.changes.removed, ["second"]);
    assert_eq!(names(&current, Kind::Feature), "");
    assert_eq!(names(&current, Kind::Outlier), "clip iqr z_score");
    let generation = current.generation();
    assert!(matches!(&generation.members[1].presence, Presence::Forbidden { .. }));
    assert!(generation.forbids(&hex::encode(Sha256::digest(&bad))));

    let back = plugins.rollback().await;
    assert_eq!(names(&current, Kind::Feature), "", "a rollback brings back nothing forbidden: {back:?}");
    drop(plugins);

    house.write("broken");
    let again = house.start().await;
    assert_eq!(names(&again.current(), Kind::Feature), "", "neither does a restart with a broken file");

    house.write(&all);
    assert!(again.reload(Trigger::Change).await.committed);
    assert_eq!(
        names(&again.current(), Kind::Feature),
        "correlation fraction_above",
        "what is allowed again is"
    );
}

#[tokio::test]
async fn what_was_forbidden_and_never_loaded_keeps_no_generation_from_coming_back() {
    let house = House::new();
    let bad = with_other_digest(second_features(), 67);
    house.put("second.wasm", &bad);
    house.write(&forbidding(&bad, &[builtin("outlier"), file("second")].concat()));
    drop(house.start().await);

    house.write("broken");
    let plugins = house.start().await;
    let generation = plugins.current().generation();
    assert_eq!(names(&plugins.current(), Kind::Outlier), "clip iqr z_score");
    assert!(matches!(&generation.members[1].presence, Presence::Forbidden { .. }), "{generation:?}");

    house.write(&builtin("window"));
    assert!(plugins.reload(Trigger::Request).await.committed);
    let back = plugins.rollback().await;
    assert!(back.committed, "{back:?}");
    assert_eq!(names(&plugins.current(), Kind::Outlier), "clip iqr z_score");
    assert_eq!(names(&plugins.current(), Kind::Feature), "");
}

#[tokio::test]
async fn a_rollback_brings_back_nothing_that_the_file_forbids_since() {
    let house = House::new();
    let bad = with_other_digest(second_features(), 68);
    house.put("second.wasm", &bad);
    let all = [builtin("outlier"), file("second")].concat();
    house.write(&all);
    let plugins = house.start().await;
    house.put("second.wasm", second_features());
    assert!(plugins.reload(Trigger::Request).await.committed);

    house.write(&forbidding(&bad, &all));
    let back = plugins.rollback().await;
    assert!(back.committed, "{back:?}");
    let generation = plugins.current().generation();
    assert!(matches!(&generation.members[1].presence, Presence::Forbidden { .. }), "{generation:?}");
    assert!(generation.forbids(&hex::encode(Sha256::digest(&bad))));
}
