//! All that is wrong with a model's definition, each with its place: a plain computation, the same for every store.

use std::collections::{HashMap, HashSet};

use crate::additions::scaling_fault;
use crate::code::{check_code, check_field_code};
use crate::{DeviceType, Field, FieldRole, Invalid, LabelKind, ModelDefinition, NewModelField};

/// Something wrong with a model's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionFault {
    /// Where it stands.
    pub place: DefinitionPlace,
    /// What is wrong.
    pub invalid: Invalid,
}

/// A place in a model's definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionPlace {
    /// The model's code.
    Code,
    /// A part of the signal at this index.
    Signal(usize, FieldPart),
    /// A part of the label at this index.
    Label(usize, FieldPart),
}

/// A part of a model's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldPart {
    /// Its code in the device type.
    Code,
    /// What the model calls it.
    Name,
    /// Its factor.
    Scale,
    /// Its summand.
    Offset,
}

impl ModelDefinition {
    /// All that keeps it from being a model of `device_type`, from its first place to its last; of each field what is
    /// wrong first. Stores refuse what has any.
    pub fn faults(&self, device_type: &DeviceType) -> Vec<DefinitionFault> {
        let known: HashMap<&str, &Field> =
            device_type.fields.iter().map(|field| (field.code.as_str(), field)).collect();
        let mut looking =
            Looking { model: self, device_type, known, by_code: HashSet::new(), by_name: HashMap::new() };
        let code = check_code("model", &self.code).err();
        let mut faults: Vec<DefinitionFault> = code
            .map(|invalid| DefinitionFault { place: DefinitionPlace::Code, invalid })
            .into_iter()
            .collect();
        for (index, signal) in self.signals.iter().enumerate() {
            if let Some((part, invalid)) = looking.fault(signal, true) {
                faults.push(DefinitionFault { place: DefinitionPlace::Signal(index, part), invalid });
            }
        }
        for (index, label) in self.labels.iter().enumerate() {
            if let Some((part, invalid)) = looking.fault(label, false) {
                faults.push(DefinitionFault { place: DefinitionPlace::Label(index, part), invalid });
            }
        }
        faults
    }
}

/// Looks at one field after the other.
struct Looking<'a> {
    model: &'a ModelDefinition,
    device_type: &'a DeviceType,
    known: HashMap<&'a str, &'a Field>,
    /// Those that were looked at already.
    by_code: HashSet<&'a str>,
    /// Of each name the code that has it.
    by_name: HashMap<&'a str, &'a str>,
}

impl<'a> Looking<'a> {
    /// What is wrong first with a field that is to be a signal, or a label.
    fn fault(&mut self, mapping: &'a NewModelField, is_signal: bool) -> Option<(FieldPart, Invalid)> {
        let (definition, code) = (self.model, mapping.field_code.as_str());
        let model = || definition.code.clone();
        if let Err(invalid) = check_field_code("model field", code) {
            return Some((FieldPart::Code, invalid));
        }
        let Some(field) = self.known.get(code).copied() else {
            let (field, device_type) = (code.to_owned(), self.device_type.code.clone());
            return Some((FieldPart::Code, Invalid::UnknownField { model: model(), field, device_type }));
        };
        if is_signal && field.role != FieldRole::Signal {
            return Some((
                FieldPart::Code,
                Invalid::LabelAsSignal { model: model(), field: code.to_owned() },
            ));
        }
        if !self.by_code.insert(code) {
            return Some((FieldPart::Code, Invalid::Twice { what: "model field", code: code.to_owned() }));
        }
        let name = mapping.name();
        if let Err(invalid) = check_field_code("model field", name) {
            return Some((FieldPart::Name, invalid));
        }
        if let Some(first) = self.by_name.insert(name, code) {
            let (name, first, second) = (name.to_owned(), first.to_owned(), code.to_owned());
            return Some((FieldPart::Name, Invalid::SameName { model: model(), name, first, second }));
        }
        // What is a label here takes no scaling, whatever it is in the device type.
        let role = if is_signal { FieldRole::Signal } else { FieldRole::Label(LabelKind::Float) };
        let reason = scaling_fault(mapping, role)?;
        let is_offset =
            mapping.scale.is_finite() && mapping.scale != 0.0 && (is_signal || mapping.scale == 1.0);
        let part = if is_offset { FieldPart::Offset } else { FieldPart::Scale };
        Some((part, Invalid::Scaling { model: model(), field: code.to_owned(), reason }))
    }
}
