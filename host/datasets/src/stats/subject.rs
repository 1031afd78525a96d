//! A request with everything looked up that it names.

use std::sync::Arc;

use fettle_features::{FeatureError, FeaturePlan, FieldError, NormalizeScope, SignalStates, StepsRequest};
use fettle_frame::TimeRange;
use fettle_metadata::{DeviceFilter, ModelField, Page};
use fettle_series::DeviceKey;

use super::check_width;
use super::request::{StatisticsRequest, StatisticsSteps};
use crate::DatasetError;
use crate::build::{Device, Learnt, Work};
use crate::manifest::Manifest;
use crate::pipeline::Pipeline;
use crate::serve::states;
use crate::service::Datasets;

/// What statistics are of.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) model_code: String,
    pub(super) pipeline: Arc<Pipeline>,
    /// The device that was named, or all of the type, by code.
    pub(super) devices: Vec<String>,
    /// What features are compared with, where that was asked for.
    pub(super) baseline: Option<Baseline>,
    named: bool,
    /// Whether the request asks for features to be normalized, which they are not here.
    asks_to_normalize: bool,
}

/// A dataset whose steps and features these are.
#[derive(Debug)]
pub(super) struct Baseline(Manifest);

/// Whose rows are read, and how.
struct Source {
    device_type: String,
    signals: Vec<ModelField>,
    model_revision: i64,
    plan: FeaturePlan,
}

impl Datasets {
    /// Looks up what a request names.
    pub(super) async fn subject(&self, request: StatisticsRequest) -> Result<Subject, DatasetError> {
        let StatisticsRequest { model_code, device_code, range, steps } = request;
        let asks_to_normalize =
            matches!(&steps, StatisticsSteps::Request(steps) if normalizes_features(steps));
        let (source, baseline) = match steps {
            StatisticsSteps::Request(steps) => {
                (self.source(&model_code, device_code.as_deref(), &steps).await?, None)
            }
            StatisticsSteps::Baseline(dataset_id) => {
                let (source, baseline) =
                    self.baseline(&dataset_id, &model_code, device_code.as_deref()).await?;
                (source, Some(baseline))
            }
        };
        let pipeline = self.pipeline(source, range).await?;
        let named = device_code.is_some();
        let devices = match device_code {
            Some(code) => vec![code],
            None => self.devices_of(&pipeline.device_type).await?,
        };
        let subject =
            Subject { model_code, pipeline: Arc::new(pipeline), devices, baseline, named, asks_to_normalize };
        subject.check()?;
        Ok(subject)
    }

    /// Steps that a request names, over the signals and the defaults of a model.
    async fn source(
        &self,
        model_code: &str,
        device_code: Option<&str>,
        steps: &StepsRequest,
    ) -> Result<Source, DatasetError> {
        let (plan, model) = self.features.plan_and_model(model_code, device_code, steps).await?;
        Ok(Source {
            device_type: model.device_type_code,
            signals: model.signals,
            model_revision: model.revision,
            plan,
        })
    }

    /// A dataset's own steps, over the signals that it was built of.
    async fn baseline(
        &self,
        dataset_id: &str,
        model_code: &str,
        device_code: Option<&str>,
    ) -> Result<(Source, Baseline), DatasetError> {
        let manifest = self.manifest(dataset_id).await.map_err(|error| match error {
            DatasetError::NotFound(_) => {
                FeatureError::NotFound(vec![FieldError::new("baseline_dataset_id", error.to_string())]).into()
            }
            other => other,
        })?;
        let model = &manifest.content.model;
        if model_code != model.model_code {
            let message = format!("dataset `{dataset_id}` is one of model `{}`", model.model_code);
            let error = FieldError::new("model_code", message);
            return Err(FeatureError::InvalidParameter(vec![error]).into());
        }
        let device_type = model.device_type_code.clone();
        let plan = self.plan(&manifest).await?;
        if let Some(code) = device_code {
            let device = DeviceKey { device_type: device_type.clone(), device: code.to_owned() };
            self.check_device(&device, "the dataset").await?;
            // That the dataset has nothing for this device is the request's fault.
            states(&manifest, &plan, code)?;
        }
        let source =
            Source { device_type, signals: model.signals.clone(), model_revision: model.revision, plan };
        Ok((source, Baseline(manifest)))
    }

    async fn pipeline(&self, source: Source, range: TimeRange) -> Result<Pipeline, DatasetError> {
        let Source { device_type, signals, model_revision, plan } = source;
        let names: Vec<String> = signals.iter().map(|signal| signal.name.clone()).collect();
        let look = move || {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let feature_names = plan.feature_names(&names)?;
            Ok::<_, FeatureError>((plan, feature_names))
        };
        let looked = self.features.sandbox.threads().run(look).await.map_err(FeatureError::from)?;
        let (plan, feature_names) = looked?;
        check_width(feature_names.len(), self.features.max_cells)?;
        Ok(Pipeline { device_type, signals, label: None, model_revision, range, plan, feature_names })
    }

    /// The codes of all devices of a type, in use or not, by code.
    async fn devices_of(&self, device_type: &str) -> Result<Vec<String>, DatasetError> {
        let filter = DeviceFilter { device_type: Some(device_type.to_owned()), is_active: None };
        let devices = self.features.metadata.devices(&filter, Page::ALL).await?;
        Ok(devices.items.into_iter().map(|device| device.code).collect())
    }
}

impl Subject {
    /// Whether one device was asked for by its code.
    pub(super) fn is_named(&self) -> bool {
        self.named
    }

    /// The baseline's quantiles of a feature, by its place; empty where the feature is missing there.
    pub(super) fn quantiles(&self, feature: usize) -> Option<&[f64]> {
        self.baseline.as_ref().map(|baseline| baseline.0.content.features[feature].quantiles.as_slice())
    }

    /// Warns of what is asked for and not done.
    pub(super) fn warn(&self, work: &mut Work<'_>) {
        if self.asks_to_normalize && self.pipeline.plan.normalize().is_some() {
            let message = "statistics are of features before normalization; with `normalize_scope` `signal` they are \
                           of features of normalized signals";
            work.warn("not_normalized", Some("normalize_method"), message.to_owned());
        }
    }

    /// That no device has a row.
    pub(super) fn without_rows(&self) -> String {
        match self.devices.as_slice() {
            [code] if self.named => format!("device `{code}` has no row between start_time and end_time"),
            _ => format!(
                "no device of type `{}` has a row between start_time and end_time that could be used",
                self.pipeline.device_type
            ),
        }
    }

    /// Whether a baseline's features are those that its steps compute.
    fn check(&self) -> Result<(), DatasetError> {
        let Some(Baseline(manifest)) = &self.baseline else { return Ok(()) };
        let recorded = manifest.content.features.iter().map(|feature| &feature.name);
        if recorded.eq(&self.pipeline.feature_names) {
            return Ok(());
        }
        Err(DatasetError::Damaged {
            id: manifest.dataset_id.clone(),
            problem: "its features are not those that its steps compute".to_owned(),
        })
    }
}

impl Baseline {
    /// Which dataset it is.
    pub(super) fn dataset_id(&self) -> &str {
        &self.0.dataset_id
    }

    /// Whether its steps have learnt something for a device's rows, or need not.
    pub(super) fn has_state_for(&self, device_code: &str) -> bool {
        let content = &self.0.content;
        content.steps.iter().all(|step| content.state_of(step, device_code).is_some())
    }

    /// What its steps have learnt, for the rows of these devices.
    pub(super) fn learnt(&self, plan: &FeaturePlan, devices: &[Device]) -> Result<Learnt, DatasetError> {
        let of = |device: &Device| -> Result<SignalStates, DatasetError> {
            Ok(states(&self.0, plan, &device.code)?.signals)
        };
        let is_apart = self.0.content.steps.iter().any(|step| !step.states.is_empty());
        match devices.first() {
            Some(first) if !is_apart => Ok(Learnt::Together(of(first)?)),
            _ => {
                let of_each: Result<Vec<SignalStates>, DatasetError> = devices.iter().map(of).collect();
                Ok(Learnt::Apart(of_each?))
            }
        }
    }
}

/// Whether a request itself, rather than a default, says how features are to be normalized.
fn normalizes_features(steps: &StepsRequest) -> bool {
    let given = steps.normalize.method.is_some()
        || !steps.normalize.params.is_empty()
        || steps.feature_range.is_some();
    given && steps.normalize_scope != Some(NormalizeScope::Signal)
}
