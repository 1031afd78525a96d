//! Plugins that few threads may run at the same time.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use fettle_steps::{Kind, Turn};
use serde_json::json;
use tokio::sync::oneshot;

use crate::house::{House, builtin, file, resolve, second_features};

#[tokio::test]
async fn a_turn_lasts_as_long_as_the_job_whoever_has_gone() {
    let house = House::new();
    house.put("second.wasm", second_features());
    let limits = "[plugin.limits]\nconcurrency = 1\n".to_owned();
    house.write(&[builtin("outlier"), file("second"), limits].concat());
    let plugins = house.start().await;
    let limited = resolve(&plugins, Kind::Feature, "fraction_above", json!({"level": 1})).await.unwrap();
    let free = resolve(&plugins, Kind::Outlier, "iqr", json!({})).await.unwrap();

    let ((begun, has_begun), (end, ends)) = (oneshot::channel(), mpsc::channel::<()>());
    let job = Turn::at([&limited]).await.during(move || {
        begun.send(()).unwrap();
        ends.recv().unwrap();
    });
    let sandbox = Arc::clone(plugins.sandbox());
    let client = tokio::spawn(async move { sandbox.threads().run(job).await });
    has_begun.await.unwrap();
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());

    let waiting = tokio::time::timeout(Duration::from_millis(100), Turn::at([&limited, &free]));
    assert!(waiting.await.is_err(), "the job still runs");
    // Who needs other plugins waits for nobody.
    let other = Turn::at([&free]).await.during(|| ());
    plugins.sandbox().threads().run(other).await.unwrap();
    end.send(()).unwrap();
    drop(Turn::at([&limited, &free]).await);
}
