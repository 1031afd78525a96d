//! Models that are created, replaced and removed, and everything that is refused on the way.

use std::sync::Arc;

use crate::support::{Place, Store, at, dataset, label, on_both, signal, welding};
use fettle_metadata::{
    Conflict, Invalid, LabelKind, MetadataError, ModelConfig, ModelDefinition, ModelField, ModelLabel,
    ModelType, NewModelField, Registration,
};
use serde_json::json;

/// A model of welders that is not there yet, with all that a model can have.
fn definition() -> ModelDefinition {
    ModelDefinition {
        code: "welding_quality".into(),
        name: "Quality".into(),
        model_type: ModelType::AiAnalysis,
        device_type: "welder".into(),
        is_active: true,
        signals: vec![
            NewModelField {
                rename: Some("kilovolts".into()),
                unit: Some("kV".into()),
                scale: 0.001,
                offset: -2.5,
                ..NewModelField::plain("voltage")
            },
            NewModelField::plain("current"),
        ],
        labels: vec![NewModelField::plain("quality_label")],
        defaults: json!({"window_size": 60, "normalize_method": "z_score"}).as_object().unwrap().clone(),
    }
}

async fn store_with_welders(place: &Place) -> Arc<dyn Store> {
    let store = place.open().await;
    store.register(&welding(), at(0)).await.unwrap();
    store
}

async fn create(store: &dyn Store, definition: &ModelDefinition) -> ModelConfig {
    store.create_model(definition, at(1)).await.unwrap()
}

/// How creating and replacing refuse a definition, in the same words; nothing is left of either.
async fn refusal(place: &Place, change: impl Fn(&mut ModelDefinition)) -> Invalid {
    let store = store_with_welders(place).await;
    let mut refused = definition();
    change(&mut refused);
    let version = store.version().await.unwrap();
    let created = store.create_model(&refused, at(1)).await.unwrap_err();
    assert_eq!(store.model("welding_quality").await.unwrap(), None);
    assert_eq!(store.version().await.unwrap(), version);
    if refused.code == definition().code && refused.device_type == definition().device_type {
        let before = create(&*store, &definition()).await;
        let replaced = store.replace_model(&refused, None, at(2)).await.unwrap_err();
        assert_eq!(replaced.to_string(), created.to_string());
        assert_eq!(store.model("welding_quality").await.unwrap(), Some(before));
        assert!(store.delete_model("welding_quality").await.unwrap());
    }
    match created {
        MetadataError::Invalid(invalid) => invalid,
        other => panic!("{other}"),
    }
}

async fn a_created_model_is_read_as_it_was_defined(place: Place) {
    let store = store_with_welders(&place).await;
    let expected = ModelConfig {
        model_code: "welding_quality".into(),
        name: "Quality".into(),
        model_type: ModelType::AiAnalysis,
        device_type_code: "welder".into(),
        device_type_id: store.device_type("welder").await.unwrap().unwrap().id,
        is_active: true,
        revision: 1,
        signals: vec![
            ModelField {
                field_code: "voltage".into(),
                name: "kilovolts".into(),
                unit: Some("kV".into()),
                scale: 0.001,
                offset: -2.5,
            },
            ModelField {
                field_code: "current".into(),
                name: "current".into(),
                unit: None,
                scale: 1.0,
                offset: 0.0,
            },
        ],
        labels: vec![ModelLabel {
            field_code: "quality_label".into(),
            name: "quality_label".into(),
            kind: LabelKind::Int,
        }],
        defaults: definition().defaults,
    };
    assert_eq!(create(&*store, &definition()).await, expected);
    assert_eq!(store.model("welding_quality").await.unwrap(), Some(expected.clone()));
    let active = store.active_models().await.unwrap();
    assert_eq!(
        active.iter().map(|model| model.model_code.as_str()).collect::<Vec<_>>(),
        ["welding_ai_model", "welding_quality"]
    );
    assert_eq!(active[1], expected);
}
on_both!(a_created_model_is_read_as_it_was_defined);

async fn a_signal_may_be_a_label_of_a_model(place: Place) {
    let store = store_with_welders(&place).await;
    let mut forecast = definition();
    forecast.signals.pop();
    forecast.labels = vec![NewModelField::plain("current")];
    let created = create(&*store, &forecast).await;
    assert_eq!(created.labels[0].kind, LabelKind::Float);
    assert_eq!(store.model("welding_quality").await.unwrap(), Some(created));
}
on_both!(a_signal_may_be_a_label_of_a_model);

async fn a_taken_code_is_refused_and_its_model_stays(place: Place) {
    let store = store_with_welders(&place).await;
    let before = create(&*store, &definition()).await;
    let again = ModelDefinition { name: "Another".into(), signals: vec![], ..definition() };
    let error = store.create_model(&again, at(2)).await.unwrap_err();
    let expected = Conflict::ModelExists("welding_quality".into());
    assert!(matches!(error, MetadataError::Conflict(conflict) if conflict == expected));
    assert_eq!(store.model("welding_quality").await.unwrap(), Some(before));
}
on_both!(a_taken_code_is_refused_and_its_model_stays);

async fn a_definition_that_contradicts_its_device_type_is_refused(place: Place) {
    let unknown = refusal(&place, |it| it.signals[1] = NewModelField::plain("gas_flow")).await;
    assert_eq!(
        unknown.to_string(),
        "model `welding_quality` names field `gas_flow`, which device type `welder` does not have"
    );
    let unknown = refusal(&place.another(), |it| it.labels[0] = NewModelField::plain("verdict")).await;
    assert!(matches!(unknown, Invalid::UnknownField { field, .. } if field == "verdict"));
    let label = refusal(&place.another(), |it| it.signals.push(it.labels.pop().unwrap())).await;
    let (model, field) = ("welding_quality".to_owned(), "quality_label".to_owned());
    assert_eq!(label, Invalid::LabelAsSignal { model, field });
    let nowhere = refusal(&place.another(), |it| it.device_type = "lathe".into()).await;
    assert_eq!(nowhere, Invalid::UnknownDeviceType("lathe".into()));
}
on_both!(a_definition_that_contradicts_its_device_type_is_refused);

async fn a_definition_that_contradicts_itself_is_refused(place: Place) {
    let twice = refusal(&place, |it| {
        it.signals.push(NewModelField { rename: Some("x".into()), ..NewModelField::plain("current") });
    });
    assert_eq!(twice.await, Invalid::Twice { what: "model field", code: "current".into() });
    let both = refusal(&place.another(), |it| it.labels.push(NewModelField::plain("current"))).await;
    assert_eq!(both, Invalid::Twice { what: "model field", code: "current".into() });
    let same = refusal(&place.another(), |it| it.signals[0].rename = Some("current".into())).await;
    assert_eq!(
        same.to_string(),
        "model `welding_quality` would call both `voltage` and `current` by the name `current`"
    );
    for scale in [0.0, f64::NAN, f64::INFINITY] {
        let scaling = refusal(&place.another(), |it| it.signals[0].scale = scale).await;
        assert!(matches!(scaling, Invalid::Scaling { field, .. } if field == "voltage"), "{scale}");
    }
    let scaled = refusal(&place.another(), |it| it.labels[0].scale = 2.0).await;
    assert!(scaled.to_string().ends_with("field `quality_label`: a label cannot be scaled"), "{scaled}");
    let code = refusal(&place.another(), |it| it.code = "../model".into()).await;
    assert!(matches!(code, Invalid::Code { what: "model", .. }), "{code}");
    let name = refusal(&place.another(), |it| it.signals[0].rename = Some("a b".into())).await;
    assert!(matches!(name, Invalid::Code { what: "model field", .. }), "{name}");
}
on_both!(a_definition_that_contradicts_itself_is_refused);

async fn a_change_of_any_part_is_a_new_revision_and_all_of_it(place: Place) {
    let store = store_with_welders(&place).await;
    let mut expected = create(&*store, &definition()).await;
    let mut next = definition();
    let changes: [fn(&mut ModelDefinition); 8] = [
        |it| it.name = "Renamed".into(),
        |it| it.model_type = ModelType::Statistics,
        |it| it.is_active = false,
        |it| it.signals.swap(0, 1),
        |it| it.signals[1].scale = 0.01,
        |it| it.labels.clear(),
        |it| drop(it.defaults.insert("overlap".into(), json!(0.25))),
        |it| it.defaults.clear(),
    ];
    for (revision, change) in (2..).zip(changes) {
        change(&mut next);
        let replaced = store.replace_model(&next, Some(revision - 1), at(revision)).await.unwrap().unwrap();
        assert_eq!(replaced.revision, revision);
        assert_ne!(ModelConfig { revision: expected.revision, ..replaced.clone() }, expected);
        assert_eq!(store.model("welding_quality").await.unwrap(), Some(replaced.clone()));
        expected = replaced;
    }
    assert_eq!((expected.model_type, expected.is_active), (ModelType::Statistics, false));
    assert_eq!(expected.signals[0].name, "current");
    assert!(expected.labels.is_empty() && expected.defaults.is_empty());
}
on_both!(a_change_of_any_part_is_a_new_revision_and_all_of_it);

async fn what_is_there_already_makes_no_revision(place: Place) {
    let store = store_with_welders(&place).await;
    let before = create(&*store, &definition()).await;
    let version = store.version().await.unwrap();
    let again = store.replace_model(&definition(), Some(1), at(2)).await.unwrap();
    assert_eq!(again, Some(before));
    // The field's own unit, spelt out, is the same unit.
    let mut spelt_out = definition();
    spelt_out.signals[0].unit = Some("kV".into());
    assert_eq!(store.replace_model(&spelt_out, None, at(2)).await.unwrap().unwrap().revision, 1);
    assert_eq!(store.version().await.unwrap(), version);
}
on_both!(what_is_there_already_makes_no_revision);

async fn a_model_that_was_changed_meanwhile_is_not_replaced(place: Place) {
    let store = store_with_welders(&place).await;
    create(&*store, &definition()).await;
    let renamed = ModelDefinition { name: "Renamed".into(), ..definition() };
    let second = store.replace_model(&renamed, Some(1), at(2)).await.unwrap();
    let late = ModelDefinition { name: "Too late".into(), ..definition() };
    let error = store.replace_model(&late, Some(1), at(3)).await.unwrap_err();
    assert_eq!(error.to_string(), "model `welding_quality` has revision 2, not 1");
    assert!(matches!(error, MetadataError::Conflict(Conflict::ModelRevision { .. })));
    assert_eq!(store.model("welding_quality").await.unwrap(), second);
}
on_both!(a_model_that_was_changed_meanwhile_is_not_replaced);

async fn a_model_stays_with_its_device_type_and_one_that_is_not_there_is_not_made(place: Place) {
    let store = store_with_welders(&place).await;
    let mut lathes = Registration { devices: vec![], models: vec![], ..welding() };
    lathes.device_type.code = "lathe".into();
    store.register(&lathes, at(0)).await.unwrap();
    create(&*store, &definition()).await;
    let moved = ModelDefinition { device_type: "lathe".into(), ..definition() };
    let error = store.replace_model(&moved, None, at(2)).await.unwrap_err();
    assert_eq!(error.to_string(), "model `welding_quality` reads device type `welder`, not `lathe`");
    let missing = ModelDefinition { code: "missing".into(), ..definition() };
    assert_eq!(store.replace_model(&missing, None, at(2)).await.unwrap(), None);
    assert_eq!(store.model("missing").await.unwrap(), None);
}
on_both!(a_model_stays_with_its_device_type_and_one_that_is_not_there_is_not_made);

async fn of_many_who_replace_one_revision_at_once_one_succeeds(place: Place) {
    let stores = [store_with_welders(&place).await, place.open().await];
    create(&*stores[0], &definition()).await;
    let mut tasks = Vec::new();
    for number in 0..12 {
        let store = Arc::clone(&stores[number % 2]);
        let mut next = ModelDefinition { name: format!("By {number}"), ..definition() };
        next.signals.rotate_left(number % 2);
        tasks.push(tokio::spawn(async move { store.replace_model(&next, Some(1), at(2)).await }));
    }
    let mut replaced = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(model) => replaced.extend(model),
            Err(error) => assert!(
                matches!(error, MetadataError::Conflict(Conflict::ModelRevision { found: 2, .. })),
                "{error}"
            ),
        }
    }
    assert_eq!(replaced.len(), 1);
    assert_eq!(stores[1].model("welding_quality").await.unwrap(), replaced.pop());
}
on_both!(of_many_who_replace_one_revision_at_once_one_succeeds);

async fn those_who_replace_at_once_without_a_revision_follow_each_other(place: Place) {
    let stores = [store_with_welders(&place).await, place.open().await];
    create(&*stores[0], &definition()).await;
    let mut tasks = Vec::new();
    for number in 0..12 {
        let store = Arc::clone(&stores[number % 2]);
        let next = ModelDefinition { name: format!("By {number}"), ..definition() };
        tasks.push(tokio::spawn(async move { store.replace_model(&next, None, at(2)).await }));
    }
    let mut revisions = Vec::new();
    for task in tasks {
        revisions.push(task.await.unwrap().unwrap().unwrap().revision);
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=13).collect::<Vec<_>>());
    let last = stores[0].model("welding_quality").await.unwrap().unwrap();
    assert_eq!((last.revision, last.signals.len(), last.labels.len()), (13, 2, 1));
}
on_both!(those_who_replace_at_once_without_a_revision_follow_each_other);

async fn of_many_who_create_one_model_at_once_one_succeeds(place: Place) {
    let stores = [store_with_welders(&place).await, place.open().await];
    let mut tasks = Vec::new();
    for number in 0..8 {
        let store = Arc::clone(&stores[number % 2]);
        tasks.push(tokio::spawn(async move { store.create_model(&definition(), at(2)).await }));
    }
    let mut created = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => created += 1,
            Err(error) => {
                assert!(matches!(error, MetadataError::Conflict(Conflict::ModelExists(_))), "{error}");
            }
        }
    }
    assert_eq!(created, 1);
}
on_both!(of_many_who_create_one_model_at_once_one_succeeds);

async fn a_deleted_model_leaves_nothing_and_its_code_is_free(place: Place) {
    let store = store_with_welders(&place).await;
    create(&*store, &definition()).await;
    assert!(store.delete_model("welding_quality").await.unwrap());
    assert!(!store.delete_model("welding_quality").await.unwrap());
    assert_eq!(store.model("welding_quality").await.unwrap(), None);
    assert_eq!(store.active_models().await.unwrap().len(), 1);
    let bare = ModelDefinition { signals: vec![], labels: vec![], ..definition() };
    let created = create(&*store, &bare).await;
    assert_eq!((created.revision, created.signals.len()), (1, 0));
    assert_eq!(store.model("welding_quality").await.unwrap(), Some(created), "no old field comes back");
}
on_both!(a_deleted_model_leaves_nothing_and_its_code_is_free);

async fn a_model_that_a_dataset_was_built_from_is_not_deleted_but_may_change(place: Place) {
    let store = store_with_welders(&place).await;
    create(&*store, &definition()).await;
    for id in ["ds_20251103_001", "ds_20251103_002"] {
        let mut entry = dataset(id);
        entry.model_code = "welding_quality".into();
        store.insert_dataset(&entry).await.unwrap();
    }
    let error = store.delete_model("welding_quality").await.unwrap_err();
    let expected = Conflict::ModelInUse {
        model: "welding_quality".into(),
        datasets: 2,
        newest: "ds_20251103_002".into(),
    };
    assert!(matches!(&error, MetadataError::Conflict(conflict) if *conflict == expected), "{error}");
    let renamed = ModelDefinition { name: "Renamed".into(), ..definition() };
    assert_eq!(store.replace_model(&renamed, None, at(2)).await.unwrap().unwrap().revision, 2);
    for id in ["ds_20251103_001", "ds_20251103_002"] {
        store.delete_dataset(id).await.unwrap();
    }
    assert!(store.delete_model("welding_quality").await.unwrap());
}
on_both!(a_model_that_a_dataset_was_built_from_is_not_deleted_but_may_change);

async fn a_model_that_lost_a_field_of_its_middle_is_extended_behind_its_last(place: Place) {
    let store = store_with_welders(&place).await;
    create(&*store, &definition()).await;
    let mut shorter = definition();
    shorter.signals.remove(0);
    store.replace_model(&shorter, None, at(2)).await.unwrap();
    let mut wider = welding();
    wider.fields.extend([signal("gas_flow"), label("operator", LabelKind::Text)]);
    wider.models[0] = crate::support::model("welding_quality", &["operator", "gas_flow"]);
    let registered = store.register(&wider, at(3)).await.unwrap();
    assert_eq!(registered.models_extended, ["welding_quality"]);
    let model = store.model("welding_quality").await.unwrap().unwrap();
    assert_eq!(model.revision, 3);
    assert_eq!(
        model.signals.iter().map(|signal| signal.name.as_str()).collect::<Vec<_>>(),
        ["current", "gas_flow"]
    );
    assert_eq!(
        model.labels.iter().map(|label| label.name.as_str()).collect::<Vec<_>>(),
        ["quality_label", "operator"]
    );
}
on_both!(a_model_that_lost_a_field_of_its_middle_is_extended_behind_its_last);
