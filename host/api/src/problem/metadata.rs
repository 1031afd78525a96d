//! What a metadata store answers instead, as problems.

use fettle_metadata::{Conflict, Invalid, MetadataError};

use super::{FieldProblem, Problem};

impl From<MetadataError> for Problem {
    fn from(error: MetadataError) -> Self {
        match &error {
            MetadataError::Conflict(conflict) => {
                let detail = conflict.to_string();
                let field = FieldProblem::new(field_of_conflict(conflict), detail.as_str());
                Problem::conflict(detail).about(vec![field])
            }
            MetadataError::Invalid(invalid) => {
                let field = FieldProblem::new(field_of(invalid), invalid.to_string());
                Problem::invalid_parameter(vec![field])
            }
            MetadataError::Unavailable(_) => {
                Problem::backend_unavailable("the metadata store does not answer").caused_by(&error)
            }
            MetadataError::StorageFull(_) => {
                Problem::storage_full("no space is left for the metadata store").caused_by(&error)
            }
            MetadataError::Open { .. } | MetadataError::Backend(_) => Problem::internal(&error),
        }
    }
}

/// The field of a request that contradicts what is stored.
fn field_of_conflict(conflict: &Conflict) -> &'static str {
    match conflict {
        Conflict::DeviceOfOtherType { .. } => "device_code",
        Conflict::ModelOfOtherType { .. } => "device_type",
        Conflict::FieldRole { .. } | Conflict::ModelFieldName { .. } => "fields",
        Conflict::ModelExists(_) | Conflict::ModelInUse { .. } => "model_code",
        Conflict::ModelRevision { .. } => "revision",
        Conflict::UserExists(_) => "username",
        Conflict::DatasetExists(_) => "dataset_id",
    }
}

/// The field of a request that makes no sense.
fn field_of(invalid: &Invalid) -> &'static str {
    match invalid {
        Invalid::Code { what: "model", .. } => "model_code",
        Invalid::Code { what: "device", .. } | Invalid::Twice { what: "device", .. } => "device_code",
        Invalid::Code { what: "device type", .. } | Invalid::UnknownDeviceType(_) => "device_type",
        Invalid::Code { .. }
        | Invalid::Twice { .. }
        | Invalid::UnknownField { .. }
        | Invalid::Scaling { .. }
        | Invalid::LabelAsSignal { .. }
        | Invalid::SameName { .. } => "fields",
        Invalid::Username(_) => "username",
        // The database does not say which of the texts it is.
        Invalid::TooLong | Invalid::Nul => "body",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    #[test]
    fn what_contradicts_the_store_and_what_makes_no_sense_is_told_by_field() {
        let model = || "m".to_owned();
        let text = || "x".to_owned();
        for (conflict, field) in [
            (Conflict::ModelExists(model()), "model_code"),
            (Conflict::ModelInUse { model: model(), datasets: 2, newest: text() }, "model_code"),
            (Conflict::ModelRevision { model: model(), expected: 1, found: 2 }, "revision"),
            (
                Conflict::ModelOfOtherType { model: model(), existing: text(), requested: text() },
                "device_type",
            ),
            (Conflict::UserExists(text()), "username"),
        ] {
            let problem = Problem::from(MetadataError::Conflict(conflict));
            assert_eq!((problem.code, problem.errors[0].field.as_str()), (Code::Conflict, field));
            assert_eq!(problem.detail, problem.errors[0].message);
        }
        for (invalid, field) in [
            (Invalid::Code { what: "model", code: text(), rule: "shorter" }, "model_code"),
            (Invalid::Code { what: "model field", code: text(), rule: "shorter" }, "fields"),
            (Invalid::UnknownDeviceType(text()), "device_type"),
            (Invalid::UnknownField { model: model(), field: text(), device_type: text() }, "fields"),
        ] {
            let problem = Problem::from(MetadataError::Invalid(invalid));
            assert_eq!((problem.code, problem.errors[0].field.as_str()), (Code::InvalidParameter, field));
        }
    }
}
