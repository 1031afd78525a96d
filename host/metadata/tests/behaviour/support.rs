//! Values that several tests start from.

use fettle_metadata::{
    FieldRole, JobKind, LabelKind, ModelType, NewDevice, NewDeviceType, NewField, NewJob, NewModel,
    NewModelField, Page, Registration,
};
use jiff::Timestamp;
use serde_json::json;

/// A moment; `second` tells moments apart.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_762_128_000 + second).unwrap()
}

/// Welders with two signals and a label, one device and one model.
pub fn welding() -> Registration {
    Registration {
        device_type: NewDeviceType { code: "welder".into(), name: "Welder".into() },
        fields: vec![
            signal("current"),
            NewField { unit: Some("V".into()), name: "Voltage (V)".into(), ..signal("voltage") },
            label("quality_label", LabelKind::Int),
        ],
        devices: vec![NewDevice { code: "WLD001".into(), name: "First welder".into() }],
        models: vec![model("welding_ai_model", &["voltage", "quality_label", "current"])],
    }
}

pub fn signal(code: &str) -> NewField {
    NewField { code: code.into(), name: code.into(), role: FieldRole::Signal, unit: None }
}

pub fn label(code: &str, kind: LabelKind) -> NewField {
    NewField { code: code.into(), name: code.into(), role: FieldRole::Label(kind), unit: None }
}

pub fn model(code: &str, fields: &[&str]) -> NewModel {
    NewModel {
        code: code.into(),
        name: code.into(),
        model_type: ModelType::AiAnalysis,
        fields: fields.iter().copied().map(NewModelField::plain).collect(),
        defaults: serde_json::Map::new(),
    }
}

pub fn job(id: &str) -> NewJob {
    NewJob {
        id: id.into(),
        kind: JobKind::DatasetBuild,
        owner: "test_user".into(),
        request: json!({"model_code": "welding_ai_model", "val_split": 0.2}),
    }
}

pub fn page(number: u32, size: u32) -> Page {
    Page::new(number, size).unwrap()
}
