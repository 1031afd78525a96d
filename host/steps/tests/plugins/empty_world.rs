//! What a component that imports WASI sees.

use std::sync::Arc;

use fettle_frame::{Frame, Signal};
use fettle_steps::{Kind, Plugins, StepError, Trigger};
use serde_json::json;

use crate::house::{House, builtin, curious, file, names, resolve};

const ALLOWED: &str = "wasi = true\n";

async fn plugins(house: &House) -> Arc<Plugins> {
    house.put("curious.wasm", curious());
    house.write(&format!("{}{}{ALLOWED}", builtin("outlier"), file("curious")));
    house.start().await
}

/// What a method answers for a column.
async fn see(plugins: &Plugins, method: &'static str) -> Result<Vec<f64>, StepError> {
    let step = resolve(plugins, Kind::Outlier, method, json!({})).await?;
    let signals = vec![Signal { name: "a".to_owned(), values: vec![1.0; 20] }];
    let frame = Arc::new(Frame::new((0..20).collect(), signals, Vec::new()).unwrap());
    let run = move || step.fit_apply(&frame).map(|(_, applied)| applied.frame.signals[0].values.clone());
    plugins.sandbox().threads().run(run).await.unwrap()
}

#[tokio::test]
async fn only_where_the_file_allows_it_is_it_let_in() {
    let house = House::new();
    house.put("curious.wasm", curious());
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    house.write(&[builtin("outlier"), file("curious")].concat());
    let message = plugins.reload(Trigger::Request).await.refusals.remove(0).message;
    assert!(
        message.contains("`wasi:cli/environment@0.2.3`") && message.contains("`wasi = true`"),
        "{message}"
    );

    house.write(&format!("{}{}{ALLOWED}", builtin("outlier"), file("curious")));
    assert!(plugins.reload(Trigger::Request).await.committed);
    assert_eq!(names(&plugins.current(), Kind::Outlier), "clip iqr leave look talk wait z_score");
    let generation = plugins.current().generation();
    let imports = generation.member("curious").unwrap().plugin().unwrap().imports().to_vec();
    assert!(imports.iter().any(|import| import.starts_with("wasi:random/random@")), "{imports:?}");

    house.write(&format!("{}{}", builtin("outlier"), file("curious")));
    assert!(!plugins.reload(Trigger::Request).await.committed, "what is not allowed any more is refused");
}

#[tokio::test]
async fn there_is_nothing_and_it_is_the_same_each_time() {
    let house = House::new();
    let plugins = plugins(&house).await;
    let seen = see(&plugins, "look").await.unwrap();
    assert_eq!(seen[..9], [0.0; 9], "no variables, arguments, folders, sockets; no time, no seed");
    let drawn = &seen[9..14];
    assert!(drawn.iter().any(|number| *number > 255.0) && drawn[1..].iter().any(|byte| *byte != drawn[1]));
    for _ in 0..3 {
        assert_eq!(see(&plugins, "look").await.unwrap(), seen);
    }
    assert_eq!(see(&*self::plugins(&House::new()).await, "look").await.unwrap(), seen, "also elsewhere");
}

#[tokio::test]
async fn nothing_is_waited_for() {
    let plugins = plugins(&House::new()).await;
    assert_eq!(
        see(&plugins, "wait").await.unwrap(),
        [0.0; 20],
        "a hundred years pass at once, and none has passed"
    );
}

#[tokio::test]
async fn whatever_it_says_and_does_it_ends_as_any_other() {
    let plugins = plugins(&House::new()).await;
    let written = see(&plugins, "talk").await.unwrap();
    assert!(written[0] >= f64::from(1 << 20), "all of it is taken");
    let left = see(&plugins, "leave").await.unwrap_err();
    assert_eq!(left.fault_cause(), Some("trap"), "{left}");
    assert!(left.to_string().contains("ended itself"), "{left}");
    see(&plugins, "look").await.unwrap();
}
