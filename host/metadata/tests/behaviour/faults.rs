//! What is wrong with a model's definition is found place by place, by the rules that stores go by.

use fettle_metadata::{
    DefinitionPlace, FieldPart, LabelKind, MetadataError, MetadataStore, ModelDefinition, ModelType,
    NewModelField, SqliteStore,
};
use serde_json::Map;

use crate::support::{at, welding};

fn definition(signals: Vec<NewModelField>, labels: Vec<NewModelField>) -> ModelDefinition {
    ModelDefinition {
        code: "of_the_test".into(),
        name: "Of the test".into(),
        model_type: ModelType::AiAnalysis,
        device_type: "welder".into(),
        is_active: true,
        signals,
        labels,
        defaults: Map::new(),
    }
}

fn plain(code: &str) -> NewModelField {
    NewModelField::plain(code)
}

#[tokio::test]
async fn every_fault_has_its_place_and_each_is_one_that_the_store_refuses() {
    let store = SqliteStore::in_memory().await.unwrap();
    store.register(&welding(), at(0)).await.unwrap();
    let welder = store.device_type("welder").await.unwrap().unwrap();
    let renamed = |code: &str, name: &str| NewModelField { rename: Some(name.into()), ..plain(code) };
    let scaled = |code: &str, scale, offset| NewModelField { scale, offset, ..plain(code) };
    let (signal, label) = (DefinitionPlace::Signal, DefinitionPlace::Label);
    let code = ModelDefinition { code: "../up".into(), ..definition(vec![plain("current")], vec![]) };
    for (definition, expected) in [
        (code, vec![DefinitionPlace::Code]),
        (
            definition(vec![plain("current"), plain("curent"), plain("a-b")], vec![plain("qality")]),
            vec![signal(1, FieldPart::Code), signal(2, FieldPart::Code), label(0, FieldPart::Code)],
        ),
        (definition(vec![plain("quality_label")], vec![]), vec![signal(0, FieldPart::Code)]),
        (
            definition(vec![plain("current"), plain("current")], vec![plain("current")]),
            vec![signal(1, FieldPart::Code), label(0, FieldPart::Code)],
        ),
        (
            definition(
                vec![plain("current"), renamed("voltage", "current")],
                vec![renamed("quality_label", "a b")],
            ),
            vec![signal(1, FieldPart::Name), label(0, FieldPart::Name)],
        ),
        (
            definition(
                vec![scaled("current", 0.0, 0.0), scaled("voltage", 1.0, f64::NAN)],
                vec![scaled("quality_label", 1.0, 2.0)],
            ),
            vec![signal(0, FieldPart::Scale), signal(1, FieldPart::Offset), label(0, FieldPart::Offset)],
        ),
    ] {
        let faults = definition.faults(&welder);
        let places: Vec<DefinitionPlace> = faults.iter().map(|fault| fault.place).collect();
        assert_eq!(places, expected, "{definition:?}");
        match store.create_model(&definition, at(1)).await {
            Err(MetadataError::Invalid(invalid)) => assert_eq!(invalid, faults[0].invalid),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_sound_definition_has_no_fault_and_a_signal_may_be_a_label_in_it() {
    let store = SqliteStore::in_memory().await.unwrap();
    store.register(&welding(), at(0)).await.unwrap();
    let welder = store.device_type("welder").await.unwrap().unwrap();
    let sound = definition(vec![plain("voltage")], vec![plain("current"), plain("quality_label")]);
    assert_eq!(sound.faults(&welder), []);
    let model = store.create_model(&sound, at(1)).await.unwrap();
    assert_eq!(store.model("of_the_test").await.unwrap().unwrap(), model);
    let kinds: Vec<LabelKind> = model.labels.iter().map(|label| label.kind).collect();
    assert_eq!(kinds, [LabelKind::Float, LabelKind::Int]);
}
