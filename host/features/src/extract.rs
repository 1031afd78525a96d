//! The features, or the windows, of one device over one range.

use std::sync::Arc;
use std::time::Instant;

use fettle_frame::TIME_COLUMN;
use fettle_metadata::{MetadataStore, ModelConfig};
use fettle_observe::Metrics;
use fettle_series::{Columns, DeviceKey, SeriesStore};
use fettle_steps::{Catalogue, CurrentCatalogue, Kind, Sandbox, Turn};
use serde::Serialize;
use serde_json::Value;

use crate::run::{self, DeviceRows, States};
use crate::{
    ExtractRequest, FeatureError, FeaturePlan, FieldError, Matrix, Metadata, Output, ROW_TIME_COLUMN,
    StepsInEffect, StepsRequest, Warning, WindowPlan, WindowTensor, Wrong,
};

/// What stands beside the signals in a table of windows: no signal may have such a name.
const TIME_COLUMNS: [&str; 2] = [TIME_COLUMN, ROW_TIME_COLUMN];

/// How a plan is made of what is asked for.
type Resolve<P> = fn(&Catalogue, &StepsInEffect) -> Result<P, FeatureError>;

const RESOLVE_FEATURES: Resolve<FeaturePlan> = FeaturePlan::resolve_in_effect;

/// The domain as a service: stores, sandbox and methods.
#[derive(Clone)]
pub struct Features {
    /// Models and devices.
    pub metadata: Arc<dyn MetadataStore>,
    /// Rows.
    pub series: Arc<dyn SeriesStore>,
    /// Where steps run.
    pub sandbox: Arc<Sandbox>,
    /// The methods there are. A plan holds on to those that it was made of.
    pub catalogue: CurrentCatalogue,
    /// What is counted and timed.
    pub metrics: Arc<Metrics>,
    /// Rows × signals that a device of a request may have; also windows × features, or windows × rows × signals, of an answer.
    pub max_cells: u64,
}

/// A matrix, how it came about and what should be known of it.
#[derive(Debug)]
pub struct Extraction {
    /// The features.
    pub matrix: Matrix,
    /// How they came about.
    pub metadata: Metadata,
    /// What is worth a look.
    pub warnings: Vec<Warning>,
}

/// The rows of windows, how they came about and what should be known of them.
#[derive(Debug)]
pub struct WindowExtraction {
    /// The rows.
    pub windows: WindowTensor,
    /// How they came about.
    pub metadata: Metadata,
    /// What is worth a look.
    pub warnings: Vec<Warning>,
}

/// A method as clients see it.
#[derive(Debug, Clone, Serialize)]
pub struct MethodInfo {
    /// What it is for.
    pub kind: Kind,
    /// What a request names.
    pub name: String,
    /// A sentence.
    pub summary: String,
    /// JSON Schema of its parameters.
    pub params_schema: Value,
    /// The plugin it belongs to.
    pub plugin: String,
    /// The plugin's version.
    pub version: String,
    /// The sha256 of the plugin's bytes.
    pub digest: String,
}

impl Features {
    /// Every method of every loaded plugin, by kind and name.
    pub fn methods(&self) -> Vec<MethodInfo> {
        let info = |(method, plugin): (&fettle_steps::Method, &Arc<fettle_steps::Plugin>)| MethodInfo {
            kind: method.kind,
            name: method.name.clone(),
            summary: method.summary.clone(),
            params_schema: method.schema.clone(),
            plugin: plugin.name().to_owned(),
            version: plugin.version().to_owned(),
            digest: plugin.digest().to_owned(),
        };
        self.catalogue.get().methods().map(info).collect()
    }

    /// All that is wrong with the model, the methods and the parameters of a request; for one that is wrong elsewhere
    /// already.
    pub async fn check(
        &self,
        model_code: &str,
        request: &StepsRequest,
        output: Output,
    ) -> Result<(), FeatureError> {
        let model = self.active_model(model_code).await?;
        let wrong = Wrong { missing: no_model(model_code, model.as_ref()), ..Wrong::default() };
        match output {
            Output::Features => {
                wrong.and(self.plan(RESOLVE_FEATURES, request, model.as_ref()).await).map(drop)
            }
            Output::Windows => {
                wrong.and(self.plan(WindowPlan::resolve, request, model.as_ref()).await).map(drop)
            }
        }
    }

    /// All that keeps steps from being the defaults of a model with these signals.
    pub async fn check_defaults(
        &self,
        defaults: StepsRequest,
        signals: Vec<String>,
    ) -> Result<(), FeatureError> {
        let catalogue = self.catalogue.get();
        let check = move || {
            let plan = FeaturePlan::resolve(&catalogue, &defaults)?;
            let signals: Vec<&str> = signals.iter().map(String::as_str).collect();
            match defaults.features {
                Some(_) => plan.feature_names(&signals).map(drop),
                None => Ok(()),
            }
        };
        self.sandbox.threads().run(check).await?
    }

    /// A model that requests may use.
    pub async fn active_model(&self, code: &str) -> Result<Option<ModelConfig>, FeatureError> {
        Ok(self.metadata.model(code).await?.filter(|model| model.is_active))
    }

    /// Reads a device's rows and runs the request's steps over them.
    pub async fn extract(&self, request: ExtractRequest) -> Result<Extraction, FeatureError> {
        let _query = self.metrics.query_started();
        let (plan, model, device) = self.resolve_request(RESOLVE_FEATURES, &request).await?;
        let rows = self.rows(&model, &device, &request).await?;
        let metrics = Arc::clone(&self.metrics);
        let max_cells = self.max_cells;
        let turn = Turn::at(plan.steps()).await;
        let run = move || run::features(&plan, None, rows, &metrics, max_cells);
        let extraction = self.sandbox.threads().run(turn.during(run)).await??;
        self.metrics.features_extracted(&model.model_code);
        Ok(extraction)
    }

    /// Reads a device's rows and runs the request's steps up to windows over them. Windows of different lengths, and a
    /// signal that is named as a time column, are the fault of the request's `output`.
    pub async fn extract_windows(&self, request: ExtractRequest) -> Result<WindowExtraction, FeatureError> {
        let _query = self.metrics.query_started();
        let (plan, model, device) = self.resolve_request(WindowPlan::resolve, &request).await?;
        no_signal_is_a_time_column(&model)?;
        let rows = self.rows(&model, &device, &request).await?;
        let (metrics, max_cells) = (Arc::clone(&self.metrics), self.max_cells);
        let turn = Turn::at(plan.steps()).await;
        let run = move || run::windows(&plan, rows, &metrics, max_cells);
        self.sandbox.threads().run(turn.during(run)).await?
    }

    /// Runs a plan over rows, with what its steps have learnt somewhere else.
    pub async fn extract_with(
        &self,
        plan: Arc<FeaturePlan>,
        states: States,
        rows: DeviceRows,
    ) -> Result<Extraction, FeatureError> {
        let (metrics, max_cells) = (Arc::clone(&self.metrics), self.max_cells);
        let turn = Turn::at(plan.steps()).await;
        let run = move || run::features(&plan, Some(&states), rows, &metrics, max_cells);
        self.sandbox.threads().run(turn.during(run)).await?
    }

    /// The plan of a request over its model's defaults, and the model. A device, where one is named, must be of the
    /// model's type. All that is wrong comes in one error.
    pub async fn plan_and_model(
        &self,
        model_code: &str,
        device_code: Option<&str>,
        steps: &StepsRequest,
    ) -> Result<(FeaturePlan, ModelConfig), FeatureError> {
        self.resolve(RESOLVE_FEATURES, model_code, device_code, steps).await
    }

    /// As [`plan_and_model`](Self::plan_and_model), with what `resolve` makes of the steps; and the device's key.
    async fn resolve_request<P: Send + 'static>(
        &self,
        resolve: Resolve<P>,
        request: &ExtractRequest,
    ) -> Result<(P, ModelConfig, DeviceKey), FeatureError> {
        let ExtractRequest { model_code, device_code, steps, .. } = request;
        let (plan, model) = self.resolve(resolve, model_code, Some(device_code), steps).await?;
        let key = DeviceKey { device_type: model.device_type_code.clone(), device: device_code.clone() };
        Ok((plan, model, key))
    }

    async fn resolve<P: Send + 'static>(
        &self,
        resolve: Resolve<P>,
        model_code: &str,
        device_code: Option<&str>,
        steps: &StepsRequest,
    ) -> Result<(P, ModelConfig), FeatureError> {
        let model = self.active_model(model_code).await?;
        let mut wrong = Wrong { missing: no_model(model_code, model.as_ref()), ..Wrong::default() };
        if let Some(code) = device_code {
            self.check_device(code, model.as_ref(), &mut wrong).await?;
        }
        let plan = wrong.and(self.plan(resolve, steps, model.as_ref()).await)?;
        Ok((plan, model.expect("a model that is missing is an error")))
    }

    /// Whether the device of a request exists, and is of the type of its model.
    async fn check_device(
        &self,
        code: &str,
        model: Option<&ModelConfig>,
        wrong: &mut Wrong,
    ) -> Result<(), FeatureError> {
        let device = self.metadata.device(code).await?;
        if device.is_none() {
            wrong.missing.push(FieldError::new("device_code", format!("there is no device `{code}`")));
        }
        if let (Some(model), Some(device)) = (model, &device)
            && device.device_type_code != model.device_type_code
        {
            let message = format!(
                "`{code}` is a device of type `{}`; model `{}` reads type `{}`",
                device.device_type_code, model.model_code, model.device_type_code
            );
            wrong.invalid.push(FieldError::new("device_code", message));
        }
        Ok(())
    }

    /// What `resolve` makes of a request over the defaults of its model, where there is one.
    async fn plan<P: Send + 'static>(
        &self,
        resolve: Resolve<P>,
        request: &StepsRequest,
        model: Option<&ModelConfig>,
    ) -> Result<P, FeatureError> {
        let asked = StepsInEffect::of(request.clone(), model)?;
        let catalogue = self.catalogue.get();
        self.sandbox.threads().run(move || resolve(&catalogue, &asked)).await?
    }

    /// The rows in the request's range, as they are stored.
    async fn rows(
        &self,
        model: &ModelConfig,
        device: &DeviceKey,
        request: &ExtractRequest,
    ) -> Result<DeviceRows, FeatureError> {
        let start = Instant::now();
        let columns = Columns::signals(model.signals.iter().map(|signal| signal.field_code.clone()));
        let max_rows = self.max_cells / (model.signals.len() as u64).max(1);
        let read = self.series.read(device, &columns, request.range, max_rows).await?;
        self.metrics.model_queried(&model.model_code, model.model_type.as_str(), start.elapsed());
        if read.frame.rows() == 0 {
            return Err(self.nothing_to_read(device, request).await?);
        }
        Ok(DeviceRows {
            frame: read.frame,
            fields: model.signals.clone(),
            infinite_cells: read.infinite_cells,
            model_revision: model.revision,
        })
    }

    /// That a range holds no row, and where there are some.
    async fn nothing_to_read(
        &self,
        device: &DeviceKey,
        request: &ExtractRequest,
    ) -> Result<FeatureError, FeatureError> {
        let elsewhere = match self.series.span(device).await? {
            None => "it has none at all".to_owned(),
            Some(span) => {
                let time = |nanoseconds: i64| {
                    jiff::Timestamp::from_nanosecond(i128::from(nanoseconds))
                        .map_or_else(|_| nanoseconds.to_string(), |time| time.to_string())
                };
                format!("it has {} rows from {} to {}", span.rows, time(span.first), time(span.last))
            }
        };
        Ok(FeatureError::InsufficientData(format!(
            "device `{}` has no row between start_time and end_time; {elsewhere}",
            request.device_code
        )))
    }
}

/// That there is no model that requests may use, where that is so.
fn no_model(code: &str, found: Option<&ModelConfig>) -> Vec<FieldError> {
    let message = || format!("there is no active model `{code}`");
    found.is_none().then(|| FieldError::new("model_code", message())).into_iter().collect()
}

/// Refuses a model whose signals cannot stand beside the times of windows and rows.
fn no_signal_is_a_time_column(model: &ModelConfig) -> Result<(), FeatureError> {
    let errors: Vec<FieldError> = model
        .signals
        .iter()
        .filter(|signal| TIME_COLUMNS.contains(&signal.name.as_str()))
        .map(|signal| {
            let message = format!(
                "`windows` have a time column `{0}`, and model `{1}` a signal `{0}`; it can be renamed in the model",
                signal.name, model.model_code
            );
            FieldError::new("output", message)
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(FeatureError::InvalidParameter(errors)) }
}
