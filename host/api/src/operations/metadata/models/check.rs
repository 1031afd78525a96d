//! All that is wrong with a model's definition, in one answer.

use fettle_features::FeatureError;
use fettle_metadata::{
    DefinitionFault, DefinitionPlace, DeviceType, Field, FieldRole, Invalid, LabelKind, ModelDefinition,
};

use super::body::DefinitionFields;
use super::fields::ReadField;
use crate::ApiState;
use crate::problem::{FieldProblem, Problem};
use crate::request::nearest;

/// Unknown fields for which the one that may have been meant is looked for: each is compared with all that there are.
const MOST_SUGGESTIONS: usize = 20;

/// Fields of a device type that are named where nothing is like what was given.
const MOST_NAMED: usize = 20;

/// The definition of the model `code`; or all that is wrong with it, `problems` that were found as it was read among
/// it. Its defaults are checked as the fields of an extraction are.
pub(super) async fn checked(
    state: &ApiState,
    code: String,
    read: DefinitionFields,
    problems: Vec<FieldProblem>,
) -> Result<ModelDefinition, Problem> {
    let definition = read.definition(code);
    let mut checking = Checking { read: &read, problems, suggestions: 0 };
    match state.metadata().device_type(&definition.device_type).await? {
        Some(device_type) => checking.check_fields(&definition, &device_type),
        None => checking.complain(FieldProblem::new(
            "device_type",
            format!("there is no device type `{}`", definition.device_type),
        )),
    }
    if read.has_defaults() {
        let signals = definition.signals.iter().map(|signal| signal.name().to_owned()).collect();
        match state.features().check_defaults(read.defaults.clone(), signals).await {
            Ok(()) => {}
            Err(FeatureError::InvalidParameter(errors)) => {
                for error in errors {
                    checking.complain(FieldProblem::new(format!("defaults.{}", error.field), error.message));
                }
            }
            Err(other) => return Err(other.into()),
        }
    }
    let problems = checking.problems;
    if problems.is_empty() { Ok(definition) } else { Err(Problem::invalid_parameter(problems)) }
}

/// Gathers what is wrong.
struct Checking<'a> {
    read: &'a DefinitionFields,
    problems: Vec<FieldProblem>,
    suggestions: usize,
}

impl Checking<'_> {
    fn check_fields(&mut self, definition: &ModelDefinition, device_type: &DeviceType) {
        for DefinitionFault { place, invalid } in definition.faults(device_type) {
            let (field, read) = match place {
                DefinitionPlace::Code => ("model_code".to_owned(), None),
                DefinitionPlace::Signal(index, part) => {
                    let read = &self.read.fields[index];
                    (read.place_of(part), Some(read))
                }
                DefinitionPlace::Label(index, part) => {
                    let read = &self.read.label_fields[index];
                    (read.place_of(part), Some(read))
                }
            };
            // A field that was complained about is a stand-in.
            let is_told = |read: &ReadField| self.problems.iter().any(|problem| read.is_at(&problem.field));
            if read.is_some_and(is_told) {
                continue;
            }
            let is_signal = matches!(place, DefinitionPlace::Signal(..));
            let message = self.message(&invalid, device_type, is_signal);
            self.complain(FieldProblem::new(field, message));
        }
        for read in &self.read.label_fields {
            let field = device_type.fields.iter().find(|field| field.code == read.field.field_code);
            if let (Some(field), Some(given)) = (field, read.data_type) {
                let kind = kind_of_label(field);
                if kind != given {
                    let message = format!("`{}` is {kind}, not {given}; this can be left out", field.code);
                    self.complain(FieldProblem::new(read.place_of_type(), message));
                }
            }
        }
    }

    /// Notes a complaint, unless there is one about the field already.
    fn complain(&mut self, problem: FieldProblem) {
        if self.problems.iter().all(|told| told.field != problem.field) {
            self.problems.push(problem);
        }
    }

    /// What is wrong, to who knows where.
    fn message(&mut self, invalid: &Invalid, device_type: &DeviceType, is_signal: bool) -> String {
        match invalid {
            Invalid::Code { rule, .. } => format!("must be {rule}"),
            Invalid::Twice { code, .. } => format!("`{code}` stands there already"),
            Invalid::SameName { name, first, .. } => format!("`{name}` is what `{first}` is called already"),
            Invalid::Scaling { reason, .. } => (*reason).to_owned(),
            Invalid::LabelAsSignal { field, .. } => {
                format!("`{field}` is a label of the device type; it can stand in `label_fields`")
            }
            Invalid::UnknownField { field, .. } => {
                let known = device_type.fields.iter();
                let known = known.filter(|field| !is_signal || field.role == FieldRole::Signal);
                let known: Vec<&str> = known.map(|field| field.code.as_str()).collect();
                self.suggestions += 1;
                let meant =
                    nearest(field, known.iter().copied().filter(|_| self.suggestions <= MOST_SUGGESTIONS));
                let instead = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("it has: {}", named(&known)),
                };
                format!("device type `{}` has no field `{field}`; {instead}", device_type.code)
            }
            other => other.to_string(),
        }
    }
}

/// A signal that is a label is one of type float.
fn kind_of_label(field: &Field) -> LabelKind {
    match field.role {
        FieldRole::Label(kind) => kind,
        FieldRole::Signal => LabelKind::Float,
    }
}

fn named(codes: &[&str]) -> String {
    match codes.len().checked_sub(MOST_NAMED) {
        Some(more) if more > 0 => format!("{} and {more} more", codes[..MOST_NAMED].join(", ")),
        _ => codes.join(", "),
    }
}
