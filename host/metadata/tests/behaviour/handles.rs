//! Several handles on one database, one after the other and at once.

use crate::support::{Place, at, model, on_both, signal, welding};
use fettle_metadata::{DeviceFilter, NewDevice, Page, Registration};

async fn a_thousand_fields_and_devices_are_one_registration(place: Place) {
    let store = place.open().await;
    let codes: Vec<_> = (0..1000).map(|number| format!("s{number}")).collect();
    let names: Vec<_> = codes.iter().map(String::as_str).collect();
    let registration = Registration {
        fields: codes.iter().map(|code| signal(code)).collect(),
        devices: codes.iter().map(|code| NewDevice { code: code.clone(), name: code.clone() }).collect(),
        models: vec![model("wide", &names)],
        ..welding()
    };
    store.register(&registration, at(0)).await.unwrap();
    let model = store.model("wide").await.unwrap().unwrap();
    assert_eq!(
        model.signals.iter().map(|signal| &signal.name).collect::<Vec<_>>(),
        codes.iter().collect::<Vec<_>>()
    );
    assert!(store.check(&registration).await.unwrap().is_empty());
}
on_both!(a_thousand_fields_and_devices_are_one_registration);

async fn two_handles_that_register_at_once_both_succeed(place: Place) {
    let handles = [place.open().await, place.open().await];
    let mut tasks = Vec::new();
    for number in 0..40 {
        let store = handles[number % 2].clone();
        let field = format!("extra_{}", number % 10);
        let mut registration = welding();
        registration
            .devices
            .push(NewDevice { code: format!("WLD{number}"), name: format!("Welder {number}") });
        registration.fields.push(signal(&field));
        registration.models.push(model("welding_extra", &[&field]));
        tasks.push(tokio::spawn(async move { store.register(&registration, at(number as i64)).await }));
    }
    let mut created = 0;
    for task in tasks {
        let registered = task.await.unwrap().unwrap();
        created += usize::from(registered.device_type_created);
    }
    assert_eq!(created, 1, "exactly one of them was first");
    assert_eq!(handles[0].devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items.len(), 41);
    let model = handles[1].model("welding_extra").await.unwrap().unwrap();
    assert_eq!((model.signals.len(), model.revision), (10, 10), "nine extensions of the one that created it");
    assert_eq!(handles[0].model("welding_ai_model").await.unwrap().unwrap().revision, 1);
}
on_both!(two_handles_that_register_at_once_both_succeed);

async fn what_was_registered_is_there_after_a_restart(place: Place) {
    let first = place.open().await;
    first.register(&welding(), at(0)).await.unwrap();
    let before = first.model("welding_ai_model").await.unwrap();
    drop(first);
    let second = place.open().await;
    assert_eq!(second.model("welding_ai_model").await.unwrap(), before);
    assert!(second.check(&welding()).await.unwrap().is_empty());
}
on_both!(what_was_registered_is_there_after_a_restart);
