//! What a method makes of parameters.

use fettle_steps::StepError;
use serde_json::Value;

use super::{Property, Shrinks, Trial, Trouble};
use crate::case::{Case, Params};
use crate::generate::{self, Random};
use crate::subject::Subject;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial {
            property: Property::ParametersTaken,
            cases: |subject, _, _| subject.candidates.iter().cloned().map(Case::of_params).collect(),
            holds: taken,
            shrinks: Shrinks { rows_from: 0, cells: false, params: true },
        },
        Trial {
            property: Property::ParametersRefused,
            cases: outside,
            holds: refused,
            shrinks: Shrinks::NOTHING,
        },
        Trial {
            property: Property::Defaults,
            cases: |subject, _, _| subject.params.iter().cloned().map(Case::of_params).collect(),
            holds: settled,
            shrinks: Shrinks { rows_from: 0, cells: false, params: true },
        },
    ]
}

fn taken(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    match subject.resolve(&case.params) {
        Err(error @ (StepError::Fault { .. } | StepError::Timeout { .. })) => {
            Err(Trouble::Broken(error.to_string()))
        }
        _ => Ok(()),
    }
}

fn outside(subject: &Subject<'_>, _: &mut Random, _: usize) -> Vec<Case> {
    let Some(base) = subject.params.first() else { return Vec::new() };
    let outside = generate::outside(&subject.method.schema, base);
    outside.into_iter().map(|(params, _)| Case::of_params(params)).collect()
}

fn refused(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    match subject.resolve(&case.params) {
        Err(StepError::InvalidParams { .. }) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Trouble::Broken(format!("it takes parameters though {}", wrong(subject, &case.params)))),
    }
}

/// What is wrong with parameters that were made to be wrong.
fn wrong(subject: &Subject<'_>, params: &Params) -> String {
    let base = subject.params.first().cloned().unwrap_or_default();
    let outside = generate::outside(&subject.method.schema, &base);
    outside.into_iter().find(|(other, _)| other == params).map(|(_, wrong)| wrong).unwrap_or_default()
}

fn settled(subject: &Subject<'_>, case: &Case) -> Result<(), Trouble> {
    let first = subject.resolve(&case.params)?;
    let resolved = first.params();
    let again = match subject.resolve(&resolved) {
        Ok(step) => step,
        Err(StepError::InvalidParams { errors, .. }) => {
            let errors: Vec<String> =
                errors.iter().map(|error| format!("{}: {}", error.path, error.message)).collect();
            let (resolved, errors) = (Value::Object(resolved), errors.join("; "));
            return Err(Trouble::Broken(format!(
                "it resolves to {resolved}, which is then refused: {errors}"
            )));
        }
        Err(error) => return Err(error.into()),
    };
    if again.traits() != first.traits() {
        let (first, again) = (&first.traits().params, &again.traits().params);
        return Err(Trouble::Broken(format!(
            "it resolves to {first}, and that to {again}, or to other traits"
        )));
    }
    let properties = subject.method.schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        // Where the schema's default is null, resolving may fill in what follows from other parameters.
        let Some(default) = property.get("default").filter(|default| !default.is_null()) else { continue };
        if case.params.is_empty() && !alike(resolved.get(name), default) {
            let found = resolved.get(name).map_or_else(|| "nothing".to_owned(), Value::to_string);
            return Err(Trouble::Broken(format!(
                "`{name}` resolves to {found} where the schema has the default {default}"
            )));
        }
    }
    Ok(())
}

/// Whether a resolved value is the schema's; 1 and 1.0 are.
fn alike(found: Option<&Value>, default: &Value) -> bool {
    match (found, default) {
        (Some(Value::Number(found)), Value::Number(default)) => found.as_f64() == default.as_f64(),
        (found, default) => found == Some(default),
    }
}
