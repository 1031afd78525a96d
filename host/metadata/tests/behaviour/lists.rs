//! Lists of device types, devices and models, in pages and by filter; the fields of all device types.

use std::sync::Arc;

use crate::support::{Place, Store, at, label, model, on_both, page, signal, welding};
use fettle_metadata::{
    Device, DeviceFilter, DeviceTypeSummary, LabelKind, ModelFilter, ModelSummary, ModelType, NewDevice,
    NewDeviceType, Page, Paged, Registration, Total,
};

/// Three device types; the second has no field, no device and no model.
async fn factory(place: &Place) -> Arc<dyn Store> {
    let store = place.open().await;
    let device = |code: String| NewDevice { name: format!("Device {code}"), code };
    let mut welders = welding();
    welders.devices = (1..=5).map(|number| device(format!("WLD00{number}"))).collect();
    welders.models = vec![model("c", &["current"]), model("a", &[]), model("b", &["voltage", "current"])];
    welders.models[1].model_type = ModelType::Realtime;
    let valves = Registration {
        device_type: NewDeviceType { code: "valve".into(), name: "Valve".into() },
        fields: vec![label("anomaly", LabelKind::Bool), signal("pressure")],
        devices: vec![device("SKAB1".into())],
        models: vec![model("d", &["pressure"])],
    };
    let idle = Registration {
        device_type: NewDeviceType { code: "oven".into(), name: "Oven".into() },
        fields: vec![],
        devices: vec![],
        models: vec![],
    };
    for registration in [&welders, &valves, &idle] {
        store.register(registration, at(0)).await.unwrap();
    }
    place.sql("UPDATE t_device SET is_active = FALSE WHERE device_code IN ('WLD002', 'SKAB1')").await;
    place.sql("UPDATE t_device_data_model SET is_active = FALSE WHERE model_code = 'b'").await;
    store
}

fn exactly(count: u64) -> Total {
    Total { count, is_estimate: false }
}

/// The texts of a page's items, and whether there are more.
fn shown<T>(paged: &Paged<T>, text: fn(&T) -> &str) -> (String, bool) {
    (paged.items.iter().map(text).collect::<Vec<_>>().join(" "), paged.more)
}

async fn device_types_are_listed_by_code_with_what_they_have(place: Place) {
    let store = factory(&place).await;
    let all = store.device_types(page(1, 50)).await.unwrap();
    let summary = |code: &str, name: &str, fields, devices| DeviceTypeSummary {
        code: code.into(),
        name: name.into(),
        fields,
        devices,
    };
    let expected =
        [summary("oven", "Oven", 0, 0), summary("valve", "Valve", 2, 1), summary("welder", "Welder", 3, 5)];
    assert_eq!(all.items, expected);
    assert_eq!((all.total, all.more), (exactly(3), false));
    let second = store.device_types(page(2, 2)).await.unwrap();
    assert_eq!((shown(&second, |it| &it.code), second.total), (("welder".into(), false), exactly(3)));
}
on_both!(device_types_are_listed_by_code_with_what_they_have);

async fn every_device_type_comes_with_its_fields_in_one_answer(place: Place) {
    let store = factory(&place).await;
    let all = store.all_device_types().await.unwrap();
    assert_eq!(all.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["oven", "valve", "welder"]);
    for device_type in &all {
        let alone = store.device_type(&device_type.code).await.unwrap();
        assert_eq!(alone.as_ref(), Some(device_type));
        assert_eq!(store.fields(device_type.id).await.unwrap().as_ref(), Some(&device_type.fields));
    }
    let codes: Vec<_> = all[1].fields.iter().map(|field| field.code.as_str()).collect();
    assert_eq!(codes, ["anomaly", "pressure"], "in the order in which they were registered");
    assert!(all[0].fields.is_empty());
    assert_eq!(store.fields(-1).await.unwrap(), None);
}
on_both!(every_device_type_comes_with_its_fields_in_one_answer);

async fn devices_are_listed_by_code_type_and_status(place: Place) {
    let store = factory(&place).await;
    let list = async |device_type: Option<&str>, is_active| {
        let filter = DeviceFilter { device_type: device_type.map(str::to_owned), is_active };
        let paged = store.devices(&filter, page(1, 50)).await.unwrap();
        assert_eq!((paged.total, paged.more), (exactly(paged.items.len() as u64), false));
        shown(&paged, |it| &it.code).0
    };
    assert_eq!(list(None, None).await, "SKAB1 WLD001 WLD002 WLD003 WLD004 WLD005");
    assert_eq!(list(Some("welder"), None).await, "WLD001 WLD002 WLD003 WLD004 WLD005");
    assert_eq!(list(Some("welder"), Some(true)).await, "WLD001 WLD003 WLD004 WLD005");
    assert_eq!(list(Some("welder"), Some(false)).await, "WLD002");
    assert_eq!(list(None, Some(false)).await, "SKAB1 WLD002");
    assert_eq!(list(Some("oven"), None).await, "");
    assert_eq!(list(Some("lathe"), None).await, "");
    assert_eq!(list(Some("a\0b"), None).await, "");
    let expected = Device {
        code: "SKAB1".into(),
        name: "Device SKAB1".into(),
        device_type_code: "valve".into(),
        is_active: false,
    };
    assert_eq!(store.device("SKAB1").await.unwrap(), Some(expected));
}
on_both!(devices_are_listed_by_code_type_and_status);

async fn a_page_tells_whether_there_are_more(place: Place) {
    let store = factory(&place).await;
    let welders = DeviceFilter { device_type: Some("welder".into()), is_active: None };
    let list = async |number, size| {
        let paged = store.devices(&welders, page(number, size)).await.unwrap();
        assert_eq!(paged.total, exactly(5), "page {number} of {size}");
        shown(&paged, |it| &it.code)
    };
    assert_eq!(list(1, 2).await, ("WLD001 WLD002".into(), true));
    assert_eq!(list(2, 2).await, ("WLD003 WLD004".into(), true));
    assert_eq!(list(3, 2).await, ("WLD005".into(), false));
    assert_eq!(list(4, 2).await, (String::new(), false));
    assert!(!list(1, 5).await.1);
    assert!(list(1, 4).await.1);
    assert_eq!(list(u32::MAX, u32::MAX).await, (String::new(), false));
    assert_eq!(store.devices(&welders, Page::ALL).await.unwrap().items.len(), 5);
}
on_both!(a_page_tells_whether_there_are_more);

async fn models_are_listed_by_code_type_and_status(place: Place) {
    let store = factory(&place).await;
    let list = async |model_type, is_active| {
        let filter = ModelFilter { model_type, is_active };
        let paged = store.models(filter, page(1, 50)).await.unwrap();
        assert_eq!(paged.total, exactly(paged.items.len() as u64));
        shown(&paged, |it| &it.model_code).0
    };
    assert_eq!(list(None, None).await, "a b c d");
    assert_eq!(list(None, Some(true)).await, "a c d");
    assert_eq!(list(None, Some(false)).await, "b");
    assert_eq!(list(Some(ModelType::AiAnalysis), None).await, "b c d");
    assert_eq!(list(Some(ModelType::AiAnalysis), Some(true)).await, "c d");
    assert_eq!(list(Some(ModelType::AiAnalysis), Some(false)).await, "b");
    assert_eq!(list(Some(ModelType::Statistics), None).await, "");
    let second = store.models(ModelFilter::default(), page(2, 3)).await.unwrap();
    let expected = ModelSummary {
        model_code: "d".into(),
        name: "d".into(),
        model_type: ModelType::AiAnalysis,
        device_type_code: "valve".into(),
        is_active: true,
        revision: 1,
    };
    assert_eq!((second.items.as_slice(), second.total, second.more), (&[expected][..], exactly(4), false));
}
on_both!(models_are_listed_by_code_type_and_status);

async fn active_models_are_those_that_are_read_one_by_one(place: Place) {
    let store = factory(&place).await;
    let active = store.active_models().await.unwrap();
    assert_eq!(active.iter().map(|it| it.model_code.as_str()).collect::<Vec<_>>(), ["a", "c", "d"]);
    for model in &active {
        assert_eq!(store.model(&model.model_code).await.unwrap().as_ref(), Some(model));
    }
    assert!(active[0].signals.is_empty() && active[0].labels.is_empty());
}
on_both!(active_models_are_those_that_are_read_one_by_one);

async fn a_key_that_no_database_could_hold_is_not_found(place: Place) {
    let store = factory(&place).await;
    for key in ["\0", "WLD001\0", "a\0", "'; DROP TABLE t_device; --", "设备"] {
        assert_eq!(store.device(key).await.unwrap(), None);
        assert_eq!(store.device_type(key).await.unwrap(), None);
        assert_eq!(store.model(key).await.unwrap(), None);
        assert_eq!(store.user(key).await.unwrap(), None);
        assert_eq!(store.job(key).await.unwrap(), None);
        assert_eq!(store.dataset(key).await.unwrap(), None);
        assert_eq!(store.dataset_of_job(key).await.unwrap(), None);
        assert_eq!(store.request_cancel(key, at(1)).await.unwrap(), None);
        assert_eq!(store.datasets_using(key).await.unwrap(), 0);
        assert!(!store.delete_dataset(key).await.unwrap());
        assert!(!store.delete_model(key).await.unwrap());
    }
    assert_eq!(store.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items.len(), 6);
}
on_both!(a_key_that_no_database_could_hold_is_not_found);
