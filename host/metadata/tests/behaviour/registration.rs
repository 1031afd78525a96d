//! What registering creates, extends, leaves alone and refuses.

use std::sync::Arc;

use crate::support::{Place, Store, at, label, model, on_both, signal, welding};
use fettle_metadata::{
    Conflict, DeviceFilter, FieldRole, Invalid, LabelKind, MetadataError, ModelField, ModelFilter,
    ModelLabel, ModelSummary, ModelType, NewDevice, NewField, NewModelField, Page, Registered, Registration,
};
use serde_json::json;

async fn store_with(place: &Place, registration: &Registration) -> Arc<dyn Store> {
    let store = place.open().await;
    store.register(registration, at(0)).await.unwrap();
    store
}

/// The conflict that `check` and `register` agree on; nothing was written by either.
async fn conflict(store: &dyn Store, registration: &Registration) -> Conflict {
    match refusal(store, registration).await {
        MetadataError::Conflict(conflict) => conflict,
        other => panic!("{other}"),
    }
}

async fn refusal(store: &dyn Store, registration: &Registration) -> MetadataError {
    let before = everything(store).await;
    let checked = store.check(registration).await.unwrap_err();
    let registered = store.register(registration, at(1)).await.unwrap_err();
    assert_eq!(checked.to_string(), registered.to_string());
    assert_eq!(everything(store).await, before, "a refused registration leaves nothing behind");
    registered
}

async fn everything(store: &dyn Store) -> String {
    let models = store.models(ModelFilter::default(), Page::ALL).await.unwrap().items;
    let mut configs = Vec::new();
    for model in &models {
        configs.push(store.model(&model.model_code).await.unwrap());
    }
    let welder = store.device_type("welder").await.unwrap();
    format!(
        "{:?} {:?} {:?}",
        store.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items,
        configs,
        welder
    )
}

async fn a_first_registration_creates_everything_it_names(place: Place) {
    let store = place.open().await;
    let all = Registered {
        device_type_created: true,
        fields_created: vec!["current".into(), "voltage".into(), "quality_label".into()],
        devices_created: vec!["WLD001".into()],
        models_created: vec!["welding_ai_model".into()],
        models_extended: vec![],
    };
    assert_eq!(store.check(&welding()).await.unwrap(), all);
    assert_eq!(store.device_type("welder").await.unwrap(), None, "a check writes nothing");
    assert_eq!(store.register(&welding(), at(0)).await.unwrap(), all);

    let welder = store.device_type("welder").await.unwrap().unwrap();
    let fields: Vec<_> = welder.fields.iter().map(|field| (field.code.as_str(), field.role)).collect();
    let expected = [
        ("current", FieldRole::Signal),
        ("voltage", FieldRole::Signal),
        ("quality_label", FieldRole::Label(LabelKind::Int)),
    ];
    assert_eq!(fields, expected);
    assert_eq!(welder.fields[1].name, "Voltage (V)");
    assert_eq!(welder.fields[1].unit.as_deref(), Some("V"));

    let device = store.device("WLD001").await.unwrap().unwrap();
    assert_eq!((device.name.as_str(), device.device_type_code.as_str()), ("First welder", "welder"));
    assert!(device.is_active);
    assert_eq!(store.devices(&DeviceFilter::default(), Page::ALL).await.unwrap().items, [device]);

    let model = store.model("welding_ai_model").await.unwrap().unwrap();
    assert_eq!((model.device_type_code.as_str(), model.device_type_id), ("welder", welder.id));
    assert_eq!((model.model_type, model.is_active, model.revision), (ModelType::AiAnalysis, true, 1));
    let signal = |code: &str, unit: Option<&str>| ModelField {
        field_code: code.into(),
        name: code.into(),
        unit: unit.map(Into::into),
        scale: 1.0,
        offset: 0.0,
    };
    assert_eq!(
        model.signals,
        [signal("voltage", Some("V")), signal("current", None)],
        "in the model's order"
    );
    let name = "quality_label".to_owned();
    assert_eq!(model.labels, [ModelLabel { field_code: name.clone(), name, kind: LabelKind::Int }]);
    assert!(model.defaults.is_empty());
}
on_both!(a_first_registration_creates_everything_it_names);

async fn what_does_not_exist_is_none(place: Place) {
    let store = store_with(&place, &welding()).await;
    assert_eq!(store.device_type("lathe").await.unwrap(), None);
    assert_eq!(store.device("WLD999").await.unwrap(), None);
    assert_eq!(store.model("turning").await.unwrap(), None);
    store.ping().await.unwrap();
}
on_both!(what_does_not_exist_is_none);

async fn registering_again_changes_nothing(place: Place) {
    let store = store_with(&place, &welding()).await;
    let before = everything(&*store).await;
    let mut again = welding();
    again.devices[0].name = "Another name".into();
    again.models[0].model_type = ModelType::Realtime;
    assert!(store.register(&again, at(1)).await.unwrap().is_empty());
    assert_eq!(everything(&*store).await, before, "what exists keeps its own names and types");
}
on_both!(registering_again_changes_nothing);

async fn a_model_takes_up_new_fields_as_one_new_revision(place: Place) {
    let store = store_with(&place, &welding()).await;
    let mut wider = welding();
    wider.fields.extend([signal("gas_flow"), label("operator", LabelKind::Text)]);
    wider.models[0] = model("welding_ai_model", &["gas_flow", "current", "operator"]);
    let registered = store.register(&wider, at(1)).await.unwrap();
    assert_eq!(registered.fields_created, ["gas_flow", "operator"]);
    assert_eq!(registered.models_extended, ["welding_ai_model"]);
    assert_eq!((registered.models_created.len(), registered.devices_created.len()), (0, 0));

    let model = store.model("welding_ai_model").await.unwrap().unwrap();
    assert_eq!(model.revision, 2);
    let signals: Vec<_> = model.signals.iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(signals, ["voltage", "current", "gas_flow"], "new fields stand behind the old ones");
    let labels: Vec<_> = model.labels.iter().map(|label| (label.name.as_str(), label.kind)).collect();
    assert_eq!(labels, [("quality_label", LabelKind::Int), ("operator", LabelKind::Text)]);

    store.register(&wider, at(2)).await.unwrap();
    assert_eq!(store.model("welding_ai_model").await.unwrap().unwrap().revision, 2, "no change, no revision");
}
on_both!(a_model_takes_up_new_fields_as_one_new_revision);

async fn a_model_renames_scales_and_sets_defaults(place: Place) {
    let mut registration = welding();
    registration.models[0].fields = vec![
        NewModelField {
            rename: Some("amps".into()),
            unit: Some("kA".into()),
            scale: 1e-3,
            offset: -0.5,
            ..NewModelField::plain("current")
        },
        NewModelField { rename: Some("good".into()), ..NewModelField::plain("quality_label") },
    ];
    let defaults = json!({"window_size": 50, "outlier_method": "none", "threshold": 1e-9});
    registration.models[0].defaults = defaults.as_object().unwrap().clone();
    let store = store_with(&place, &registration).await;
    let model = store.model("welding_ai_model").await.unwrap().unwrap();
    let amps = ModelField {
        field_code: "current".into(),
        name: "amps".into(),
        unit: Some("kA".into()),
        scale: 1e-3,
        offset: -0.5,
    };
    assert_eq!(model.signals, [amps]);
    assert_eq!(
        (model.labels[0].field_code.as_str(), model.labels[0].name.as_str()),
        ("quality_label", "good")
    );
    assert_eq!(json!(model.defaults), defaults);
}
on_both!(a_model_renames_scales_and_sets_defaults);

async fn a_model_may_use_fields_that_were_registered_before_it(place: Place) {
    let store = store_with(&place, &welding()).await;
    let mut later = welding();
    later.fields.clear();
    later.models = vec![model("welding_realtime", &["current"]), model("empty", &[])];
    later.models[0].model_type = ModelType::Realtime;
    store.register(&later, at(1)).await.unwrap();
    assert_eq!(store.model("welding_realtime").await.unwrap().unwrap().signals[0].name, "current");
    let empty = store.model("empty").await.unwrap().unwrap();
    assert!(empty.signals.is_empty() && empty.labels.is_empty());

    let codes =
        |models: Vec<ModelSummary>| models.into_iter().map(|model| model.model_code).collect::<Vec<_>>();
    let list = async |filter| codes(store.models(filter, Page::ALL).await.unwrap().items);
    let realtime = Some(ModelType::Realtime);
    assert_eq!(list(ModelFilter::default()).await, ["empty", "welding_ai_model", "welding_realtime"]);
    assert_eq!(list(ModelFilter { model_type: realtime, is_active: None }).await, ["welding_realtime"]);
    assert_eq!(list(ModelFilter { model_type: realtime, is_active: Some(true) }).await, ["welding_realtime"]);
    assert!(list(ModelFilter { model_type: realtime, is_active: Some(false) }).await.is_empty());
    assert_eq!(list(ModelFilter { model_type: None, is_active: Some(true) }).await.len(), 3);
    assert!(list(ModelFilter { model_type: None, is_active: Some(false) }).await.is_empty());
}
on_both!(a_model_may_use_fields_that_were_registered_before_it);

async fn a_device_or_model_of_another_type_is_a_conflict(place: Place) {
    let store = store_with(&place, &welding()).await;
    let mut lathe = welding();
    lathe.device_type.code = "lathe".into();
    lathe.models.clear();
    let found = conflict(&*store, &lathe).await;
    assert_eq!(found.to_string(), "device `WLD001` belongs to device type `welder`, not `lathe`");

    let mut lathe = welding();
    lathe.device_type.code = "lathe".into();
    lathe.devices = vec![NewDevice { code: "L1".into(), name: "L1".into() }];
    let found = conflict(&*store, &lathe).await;
    assert_eq!(found.to_string(), "model `welding_ai_model` reads device type `welder`, not `lathe`");
}
on_both!(a_device_or_model_of_another_type_is_a_conflict);

async fn a_field_of_another_role_is_a_conflict(place: Place) {
    let store = store_with(&place, &welding()).await;
    let refused = async |field: NewField| {
        let fields = vec![signal("gas_flow"), field];
        conflict(&*store, &Registration { fields, ..welding() }).await.to_string()
    };
    assert_eq!(
        refused(label("current", LabelKind::Float)).await,
        "field `current` of device type `welder` is a signal, not a label of type float"
    );
    assert_eq!(
        refused(label("quality_label", LabelKind::Text)).await,
        "field `quality_label` of device type `welder` is a label of type int, not a label of type text"
    );
}
on_both!(a_field_of_another_role_is_a_conflict);

async fn two_fields_under_one_name_are_a_conflict(place: Place) {
    let store = store_with(&place, &welding()).await;
    let mut taken = welding();
    taken.fields.push(signal("amps"));
    taken.models[0]
        .fields
        .push(NewModelField { rename: Some("current".into()), ..NewModelField::plain("amps") });
    assert!(
        matches!(conflict(&*store, &taken).await, Conflict::ModelFieldName { name, .. } if name == "current")
    );

    taken.models[0].fields.remove(2);
    let found = conflict(&*store, &taken).await.to_string();
    assert_eq!(found, "model `welding_ai_model` would call both `current` and `amps` by the name `current`");
}
on_both!(two_fields_under_one_name_are_a_conflict);

async fn a_registration_without_sense_is_refused(place: Place) {
    let store = store_with(&place, &welding()).await;
    let refused = async |change: fn(&mut Registration)| {
        let mut registration = welding();
        change(&mut registration);
        match refusal(&*store, &registration).await {
            MetadataError::Invalid(invalid) => invalid,
            other => panic!("{other}"),
        }
    };
    let code = refused(|it| it.devices[0].code = "../WLD001".into()).await;
    assert!(matches!(code, Invalid::Code { what: "device", .. }), "{code}");
    let code = refused(|it| it.fields[0].code = "current (A)".into()).await;
    assert!(matches!(code, Invalid::Code { what: "field", .. }), "{code}");
    let code = refused(|it| it.models[0].fields[0].rename = Some("a b".into())).await;
    assert!(matches!(code, Invalid::Code { what: "model field", .. }), "{code}");
    let twice = refused(|it| it.fields.push(signal("current"))).await;
    assert_eq!(twice, Invalid::Twice { what: "field", code: "current".into() });
    let twice = refused(|it| {
        it.models[0]
            .fields
            .push(NewModelField { rename: Some("x".into()), ..NewModelField::plain("current") });
    });
    assert_eq!(twice.await, Invalid::Twice { what: "model field", code: "current".into() });
    let unknown = refused(|it| it.models.push(model("m", &["gas_flow"]))).await;
    assert_eq!(
        unknown.to_string(),
        "model `m` names field `gas_flow`, which device type `welder` does not have"
    );
    for scale in [0.0, f64::NAN, f64::INFINITY] {
        let mut registration = welding();
        registration.models[0].fields[0].scale = scale;
        let error = refusal(&*store, &registration).await;
        assert!(matches!(error, MetadataError::Invalid(Invalid::Scaling { .. })), "{scale}: {error}");
    }
    let scaled_label = refused(|it| it.models[0].fields[1].offset = 1.0).await;
    assert!(scaled_label.to_string().ends_with("field `quality_label`: a label cannot be scaled"));
}
on_both!(a_registration_without_sense_is_refused);
