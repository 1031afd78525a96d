//! A plugin that is faulty again and again is set aside, and tried again later.

use std::sync::Arc;
use std::time::Duration;

use fettle_frame::{Frame, Signal};
use fettle_steps::{Kind, Plugins, StepError, Tolerance, Trigger};
use serde_json::json;

use crate::house::{House, builtin, file, hostile, resolve};

async fn run(plugins: &Plugins, method: &'static str) -> Result<(), StepError> {
    let step = resolve(plugins, Kind::Outlier, method, json!({})).await?;
    let signal = |name: &str| Signal { name: name.to_owned(), values: vec![1.0; 10_000] };
    let signals = ["a", "b", "c", "d"].map(signal).to_vec();
    let frame = Arc::new(Frame::new((0..10_000).collect(), signals, Vec::new()).unwrap());
    plugins.sandbox().threads().run(move || step.fit_apply(&frame).map(drop)).await.unwrap()
}

async fn house(lasting: Duration) -> (House, Arc<Plugins>) {
    let house = House::with(|settings| {
        settings.tolerance = Some(Tolerance { faults: 3, within: Duration::from_secs(600), lasting });
    });
    house.put("hostile.wasm", hostile());
    house.write(&[builtin("outlier"), file("hostile")].concat());
    let plugins = house.start().await;
    (house, plugins)
}

#[tokio::test]
async fn so_many_faults_set_it_aside_and_nobody_else() {
    let (house, plugins) = house(Duration::from_secs(600)).await;
    // A request whose columns fail on several threads is one fault.
    for _ in 0..2 {
        assert!(matches!(run(&plugins, "trap").await, Err(StepError::Fault { .. })));
        run(&plugins, "well_behaved").await.unwrap();
        assert!(
            matches!(run(&plugins, "rant").await, Err(StepError::Failed { .. })),
            "its answer is no fault"
        );
    }
    assert!(matches!(run(&plugins, "trap").await, Err(StepError::Fault { .. })));
    match run(&plugins, "well_behaved").await {
        Err(StepError::SetAside { plugin, reason, retry_after }) => {
            assert!(plugin == "hostile" && reason.contains("trapped"), "{plugin}: {reason}");
            assert!(retry_after > Duration::from_secs(500) && retry_after <= Duration::from_secs(600));
        }
        other => panic!("{other:?}"),
    }
    assert!(house.counts("plugin_set_aside_total{plugin=\"hostile\"} 1"));
    let generation = plugins.current().generation();
    let set_aside = |name: &str| generation.member(name).unwrap().plugin().unwrap().set_aside();
    assert!(set_aside("hostile").unwrap().reason.contains("trapped"));
    assert!(set_aside("outlier").is_none());
    run(&plugins, "iqr").await.unwrap();

    plugins.reload(Trigger::Request).await;
    assert!(
        matches!(run(&plugins, "well_behaved").await, Err(StepError::SetAside { .. })),
        "it is the same plugin"
    );
}

#[tokio::test]
async fn it_is_tried_again_and_its_next_call_decides() {
    let (_house, plugins) = house(Duration::from_secs(1)).await;
    let tried_again = async |method: &'static str| loop {
        match run(&plugins, method).await {
            Err(StepError::SetAside { retry_after, .. }) => tokio::time::sleep(retry_after).await,
            other => break other,
        }
    };
    for _ in 0..3 {
        run(&plugins, "trap").await.unwrap_err();
    }
    assert!(matches!(tried_again("trap").await, Err(StepError::Fault { .. })));
    assert!(
        matches!(run(&plugins, "well_behaved").await, Err(StepError::SetAside { .. })),
        "one fault more sets it aside at once"
    );
    tried_again("well_behaved").await.unwrap();
    run(&plugins, "trap").await.unwrap_err();
    run(&plugins, "well_behaved").await.unwrap();
}
