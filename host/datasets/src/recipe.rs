//! A request with everything looked up that it names: what a build needs to know before it reads a row.

use std::collections::HashSet;
use std::sync::Arc;

use fettle_features::{FeatureError, FeaturePlan, Features, FieldError, StepsInEffect, Wrong};
use fettle_metadata::{ModelConfig, ModelField};
use fettle_steps::Catalogue;
use serde::{Deserialize, Serialize};

use crate::pipeline::Pipeline;
use crate::request::{DatasetRequest, FitScope, SplitMethod};
use crate::table::{NameClash, TableSchema};

/// A request with everything looked up that it names.
#[derive(Debug)]
pub struct Recipe {
    /// The request, nothing left to defaults.
    pub request: DatasetRequest,
    /// What it reads of the model.
    pub model: ModelPart,
    /// What each feature is of.
    pub features: Vec<FeatureOrigin>,
    pub(crate) pipeline: Arc<Pipeline>,
}

/// What a dataset needs of a model, as it was when the dataset was built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelPart {
    /// The model's code.
    pub model_code: String,
    /// Which of its revisions.
    pub revision: i64,
    /// Code of the device type whose devices it reads.
    pub device_type_code: String,
    /// The signals, in the model's order.
    pub signals: Vec<ModelField>,
    /// The label.
    pub label: LabelField,
}

/// Where labels come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelField {
    /// The column in the series store.
    pub field_code: String,
    /// What the model calls it.
    pub name: String,
    /// Factor; 1 unless it is a signal that the model scales.
    pub scale: f64,
    /// Summand; 0 unless it is a signal that the model scales.
    pub offset: f64,
}

/// What a feature is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureOrigin {
    /// Its signal, where it is of one.
    pub signal: Option<String>,
    /// What it is of that signal; its whole name where it is of several.
    pub statistic: String,
}

impl Recipe {
    /// Looks up what `request` names: the model and the devices in the metadata store, the methods, over the model's
    /// defaults, in `catalogue`. All that is wrong comes in one error.
    pub async fn resolve(
        domain: &Features,
        catalogue: &Arc<Catalogue>,
        request: DatasetRequest,
    ) -> Result<Self, FeatureError> {
        let model = domain.active_model(&request.model_code).await?;
        let mut wrong = Wrong { missing: Vec::new(), invalid: contradictions(&request) };
        if model.is_none() {
            let message = format!("there is no active model `{}`", request.model_code);
            wrong.missing.push(FieldError::new("model_code", message));
        }
        check_devices(domain, &request, model.as_ref(), &mut wrong).await?;
        let part = model.as_ref().map(|model| part_of(model, &request.label_column));
        let part = part.and_then(|part| part.map_err(|error| wrong.invalid.push(error)).ok());
        let plan = wrong.and(resolve_plan(domain, catalogue, &request, model.as_ref()).await)?;
        let model = part.expect("a model that is missing or lacks the label is an error");
        Self::of(domain, request, model, plan).await
    }

    /// A recipe of parts that were looked up before: those that a manifest holds.
    pub async fn of(
        domain: &Features,
        request: DatasetRequest,
        model: ModelPart,
        plan: FeaturePlan,
    ) -> Result<Self, FeatureError> {
        let by_chance = request.split.split_method == SplitMethod::Random;
        let signals = model.signals.clone();
        let look = move || {
            let signals: Vec<&str> = signals.iter().map(|signal| signal.name.as_str()).collect();
            let feature_names = plan.feature_names(&signals)?;
            let features = origins(&plan, &signals)?;
            let dependent = if by_chance { plan.windows().windows_depend_on_a_fit()? } else { None };
            Ok::<_, FeatureError>((plan, feature_names, features, dependent))
        };
        let (plan, feature_names, features, dependent) = domain.sandbox.threads().run(look).await??;
        let mut errors = Vec::new();
        if let Some(field) = dependent {
            errors.push(FieldError::new(
                "split_method",
                format!(
                    "`random` splits windows before anything is fitted, and through `{field}` the windows depend on a \
                     fit; `time` or `device` would be right"
                ),
            ));
            errors.push(FieldError::new(
                field,
                "lets a fitted step remove rows, which `split_method` `random` does not allow",
            ));
        }
        // The type of the label plays no part in names.
        let label_type = fettle_frame::LabelType::Int;
        if let Err(NameClash(name)) = TableSchema::new(&feature_names, &model.label.name, label_type) {
            let message = format!("two columns of the dataset would be called `{name}`");
            errors.push(FieldError::new("label_column", message));
        }
        if !errors.is_empty() {
            return Err(FeatureError::InvalidParameter(errors));
        }
        let range = request.range().expect("an empty range has been refused");
        let request = with_defaults(request, &plan);
        let pipeline = Arc::new(Pipeline {
            device_type: model.device_type_code.clone(),
            signals: model.signals.clone(),
            label: Some(model.label.clone()),
            model_revision: model.revision,
            range,
            plan,
            feature_names,
        });
        Ok(Self { request, model, features, pipeline })
    }
}

/// The request with nothing left to defaults.
fn with_defaults(mut request: DatasetRequest, plan: &FeaturePlan) -> DatasetRequest {
    request.steps = plan.request();
    let split = &mut request.split;
    if split.split_time.is_none() {
        split.val_split = Some(split.val_split());
    }
    if split.split_method != SplitMethod::Time {
        split.random_state = Some(split.random_state());
    }
    request
}

/// What is wrong with a request whatever there is in the stores.
fn contradictions(request: &DatasetRequest) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, message: String| errors.push(FieldError::new(field, message));
    let DatasetRequest { device_codes, split, fit_scope, .. } = request;

    if device_codes.is_empty() {
        refuse("device_codes", "must name at least one device".to_owned());
    }
    let mut seen = HashSet::new();
    for (place, code) in device_codes.iter().enumerate().filter(|(_, code)| !seen.insert(code.as_str())) {
        refuse(&format!("device_codes[{place}]"), format!("`{code}` stands there twice"));
    }
    if request.range().is_none() {
        refuse("end_time", "must be after start_time, both between the years 1678 and 2261".to_owned());
    }
    if let Some(val_split) = split.val_split.filter(|part| !(*part > 0.0 && *part < 1.0)) {
        refuse("val_split", format!("must be more than 0 and less than 1, not {val_split}"));
    }
    match split.split_method {
        SplitMethod::Time => {
            if split.split_time.is_some() && split.val_split.is_some() {
                refuse(
                    "val_split",
                    "stands beside `split_time`; one of the two says where to cut".to_owned(),
                );
            }
            if let Some(cut) = split.split_time
                && !(request.start_time < cut && cut < request.end_time)
            {
                refuse("split_time", "must lie between start_time and end_time".to_owned());
            }
            if split.random_state.is_some() {
                refuse("random_state", "means nothing where `split_method` is `time`".to_owned());
            }
        }
        SplitMethod::Random | SplitMethod::Device => {
            if split.split_time.is_some() {
                refuse("split_time", "means something only where `split_method` is `time`".to_owned());
            }
        }
    }
    if split.split_method != SplitMethod::Random {
        for (field, given) in [("stratify", split.stratify), ("purge", split.purge)] {
            if given {
                refuse(field, "means something only where `split_method` is `random`".to_owned());
            }
        }
    }
    if *fit_scope == FitScope::Device && split.split_method == SplitMethod::Device {
        let message = "a device is as a whole on one side, so that with `fit_scope` `device` those on the other would \
                       learn nothing";
        refuse("fit_scope", format!("cannot be `device` where `split_method` is `device`: {message}"));
        refuse("split_method", "cannot be `device` where `fit_scope` is `device`".to_owned());
    }
    errors
}

async fn resolve_plan(
    domain: &Features,
    catalogue: &Arc<Catalogue>,
    request: &DatasetRequest,
    model: Option<&ModelConfig>,
) -> Result<FeaturePlan, FeatureError> {
    let asked = StepsInEffect::of(request.steps.clone(), model)?;
    let catalogue = Arc::clone(catalogue);
    domain.sandbox.threads().run(move || FeaturePlan::resolve_in_effect(&catalogue, &asked)).await?
}

/// Finds devices of a request that do not exist, or are not of the model's type.
async fn check_devices(
    domain: &Features,
    request: &DatasetRequest,
    model: Option<&ModelConfig>,
    wrong: &mut Wrong,
) -> Result<(), FeatureError> {
    for (place, code) in request.device_codes.iter().enumerate() {
        let field = format!("device_codes[{place}]");
        match (domain.metadata.device(code).await?, model) {
            (None, _) => {
                wrong.missing.push(FieldError::new(field, format!("there is no device `{code}`")));
            }
            (Some(device), Some(model)) if device.device_type_code != model.device_type_code => {
                let message = format!(
                    "`{code}` is a device of type `{}`; model `{}` reads type `{}`",
                    device.device_type_code, model.model_code, model.device_type_code
                );
                wrong.invalid.push(FieldError::new(field, message));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a dataset with this label reads of a model. A signal that is the label is no signal any more.
fn part_of(model: &ModelConfig, label_column: &str) -> Result<ModelPart, FieldError> {
    let label = model.labels.iter().find(|label| label.name == label_column);
    let signal = model.signals.iter().find(|signal| signal.name == label_column);
    let label = match (label, signal) {
        (Some(label), _) => LabelField {
            field_code: label.field_code.clone(),
            name: label.name.clone(),
            scale: 1.0,
            offset: 0.0,
        },
        (None, Some(signal)) => LabelField {
            field_code: signal.field_code.clone(),
            name: signal.name.clone(),
            scale: signal.scale,
            offset: signal.offset,
        },
        (None, None) => {
            let names: Vec<&str> = model.labels.iter().map(|label| label.name.as_str()).collect();
            let there_are = match names.as_slice() {
                [] => "the model has no label, only signals".to_owned(),
                names => format!("its labels are: {}", names.join(", ")),
            };
            let message = format!("model `{}` has no column `{label_column}`; {there_are}", model.model_code);
            return Err(FieldError::new("label_column", message));
        }
    };
    let signals: Vec<ModelField> =
        model.signals.iter().filter(|signal| signal.name != label_column).cloned().collect();
    if signals.is_empty() {
        let message =
            format!("is the only signal of model `{}`; nothing is left for features", model.model_code);
        return Err(FieldError::new("label_column", message));
    }
    Ok(ModelPart {
        model_code: model.model_code.clone(),
        revision: model.revision,
        device_type_code: model.device_type_code.clone(),
        signals,
        label,
    })
}

/// What each feature of `signals` is of. Runs guest code.
fn origins(plan: &FeaturePlan, signals: &[&str]) -> Result<Vec<FeatureOrigin>, FeatureError> {
    let mut origins = Vec::new();
    for step in plan.features() {
        let by_column = step.traits().scope == fettle_steps::Scope::Column;
        for name in step.names(signals)? {
            // Of several signals whose names begin alike it is that with the longest name.
            let signal = signals
                .iter()
                .filter(|signal| {
                    by_column && name.strip_prefix(**signal).is_some_and(|rest| rest.starts_with('_'))
                })
                .max_by_key(|signal| signal.len());
            origins.push(match signal {
                Some(signal) => FeatureOrigin {
                    signal: Some((*signal).to_owned()),
                    statistic: name[signal.len() + 1..].to_owned(),
                },
                None => FeatureOrigin { signal: None, statistic: name },
            });
        }
    }
    Ok(origins)
}
