//! What an import creates in the metadata.

use std::collections::HashMap;

use fettle_frame::LabelType;
use fettle_metadata::{
    DeviceType, FieldRole, LabelKind, MetadataError, MetadataStore, ModelType, NewDevice, NewDeviceType,
    NewField, NewModel, NewModelField, Registration,
};
use serde_json::Map;

use crate::{ColumnReport, ColumnRole, ImportOptions};

/// The device type of an import: the one that was asked for, or that the model reads, or one called like the model.
pub async fn device_type(
    options: &ImportOptions,
    metadata: &dyn MetadataStore,
) -> Result<String, MetadataError> {
    if let Some(device_type) = &options.device_type {
        return Ok(device_type.clone());
    }
    let model = metadata.model(&options.model).await?;
    Ok(model.map_or_else(|| options.model.clone(), |model| model.device_type_code))
}

/// The types in which the labels of a device type are recorded, by field code.
pub fn recorded_labels(device_type: Option<DeviceType>) -> HashMap<String, LabelType> {
    let fields = device_type.into_iter().flat_map(|device_type| device_type.fields);
    fields
        .filter_map(|field| match field.role {
            FieldRole::Signal => None,
            FieldRole::Label(kind) => Some((field.code, label_type(kind))),
        })
        .collect()
}

/// Device type, device, fields and model of an import. Where they exist they stay as they are.
pub fn registration(options: &ImportOptions, device_type: &str, columns: &[ColumnReport]) -> Registration {
    let fields = columns.iter().map(|column| NewField {
        code: column.code.clone(),
        name: column.name.clone(),
        role: match column.role {
            ColumnRole::Signal => FieldRole::Signal,
            ColumnRole::Label(label_type) => FieldRole::Label(label_kind(label_type)),
        },
        unit: None,
    });
    Registration {
        device_type: NewDeviceType { code: device_type.to_owned(), name: device_type.to_owned() },
        fields: fields.collect(),
        devices: vec![NewDevice { code: options.device.clone(), name: options.device.clone() }],
        models: vec![NewModel {
            code: options.model.clone(),
            name: options.model.clone(),
            model_type: ModelType::AiAnalysis,
            fields: columns.iter().map(|column| NewModelField::plain(&column.code)).collect(),
            defaults: Map::new(),
        }],
    }
}

fn label_type(kind: LabelKind) -> LabelType {
    match kind {
        LabelKind::Int => LabelType::Int,
        LabelKind::Float => LabelType::Float,
        LabelKind::Bool => LabelType::Bool,
        LabelKind::Text => LabelType::Text,
    }
}

fn label_kind(label_type: LabelType) -> LabelKind {
    match label_type {
        LabelType::Int => LabelKind::Int,
        LabelType::Float => LabelKind::Float,
        LabelType::Bool => LabelKind::Bool,
        LabelType::Text => LabelKind::Text,
    }
}
