//! Resolves the methods of a request one after the other and gathers what is wrong.

use fettle_steps::{Catalogue, Kind, Step, StepError};
use serde_json::{Map, Value, json};

use super::fields::{self, ShortForm};
use super::{NO_METHOD, WindowPlan, refills};
use crate::{FeatureError, FeatureRequest, FieldError, MOST_FEATURES, MethodRequest, StepsRequest};

/// The feature method whose names can stand in `features` alone.
const STATISTICS: &str = "statistics";

/// Resolves one method after the other and gathers what is wrong.
pub(super) struct Resolver<'a> {
    catalogue: &'a Catalogue,
    errors: Vec<FieldError>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, errors: Vec::new() }
    }

    /// All steps up to windows but normalization; `None` where there is no window step.
    pub(super) fn windows(&mut self, request: &StepsRequest) -> Result<Option<WindowPlan>, FeatureError> {
        let missing_value = self.step(Kind::MissingValue, "interpolate", &request.missing_value, &[])?;
        let outlier = self.step(
            Kind::Outlier,
            "iqr",
            &request.outlier,
            &[ShortForm::new("outlier_threshold", "threshold", request.outlier_threshold.as_ref())],
        )?;
        let window = self.step(
            Kind::Window,
            "sliding",
            &request.window,
            &[
                ShortForm::new("window_size", "window_size", request.window_size.as_ref()),
                ShortForm::new("overlap", "overlap", request.overlap.as_ref()),
            ],
        )?;
        if missing_value.is_none()
            && request.missing_value.method.as_deref() == Some(NO_METHOD)
            && outlier.as_ref().is_some_and(refills)
        {
            let message =
                format!("there is nothing to fill with where `missing_value_method` is `{NO_METHOD}`");
            self.refuse([FieldError::new("outlier_params.refill", message)]);
        }
        let window_label = request.window_label;
        Ok(window.map(|window| WindowPlan { missing_value, outlier, normalize: None, window, window_label }))
    }

    /// The normalize step, whatever it is for.
    pub(super) fn normalize(&mut self, request: &StepsRequest) -> Result<Option<Step>, FeatureError> {
        self.step(
            Kind::Normalize,
            "z_score",
            &request.normalize,
            &[ShortForm::new("feature_range", "feature_range", request.feature_range.as_ref())],
        )
    }

    /// The steps of `features`: all names of `statistics` in one, at the place of the first of them.
    pub(super) fn features(&mut self, items: Option<&[FeatureRequest]>) -> Result<Vec<Step>, FeatureError> {
        let Some(items) = items else {
            return Ok(self
                .feature(STATISTICS, &Map::new(), "features", &|path| format!("features{path}"))?
                .into_iter()
                .collect());
        };
        if items.is_empty() {
            self.errors.push(FieldError::new("features", "at least one feature is needed"));
        }
        if items.len() > MOST_FEATURES {
            let message = format!("has {} items; at most {MOST_FEATURES} are allowed", items.len());
            self.errors.push(FieldError::new("features", message));
            return Ok(Vec::new());
        }
        // (index in `features`, name)
        let names: Vec<(usize, &String)> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| match item {
                FeatureRequest::Statistic(name) => Some((index, name)),
                FeatureRequest::Method { .. } => None,
            })
            .collect();
        for (place, (index, name)) in names.iter().enumerate() {
            if names[..place].iter().any(|(_, other)| other == name) {
                self.errors.push(FieldError::new(
                    format!("features[{index}]"),
                    format!("`{name}` stands there twice"),
                ));
            }
        }
        let mut steps = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let step = match item {
                FeatureRequest::Method { method, params } => {
                    let named = format!("features[{index}].method");
                    self.feature(method, params, &named, &|path| format!("features[{index}].params{path}"))?
                }
                FeatureRequest::Statistic(_) if names[0].0 == index => {
                    let params =
                        json!({ "statistics": names.iter().map(|(_, name)| name).collect::<Vec<_>>() });
                    let Value::Object(params) = params else { continue };
                    let place = |path: &str| {
                        let item =
                            path.strip_prefix(".statistics.").and_then(|item| item.parse::<usize>().ok());
                        match item.and_then(|item| names.get(item)) {
                            Some((index, _)) => format!("features[{index}]"),
                            None => "features".to_owned(),
                        }
                    };
                    // Names twice have been told already, by their index.
                    let twice =
                        (1..names.len()).any(|n| names[..n].iter().any(|(_, other)| *other == names[n].1));
                    if twice { None } else { self.feature(STATISTICS, &params, "features", &place)? }
                }
                FeatureRequest::Statistic(_) => None,
            };
            steps.extend(step);
        }
        Ok(steps)
    }

    /// Notes what else is wrong.
    pub(super) fn refuse(&mut self, errors: impl IntoIterator<Item = FieldError>) {
        self.errors.extend(errors);
    }

    /// The windows, if nothing at all is wrong.
    pub(super) fn finish(self, windows: Option<WindowPlan>) -> Result<WindowPlan, FeatureError> {
        windows.filter(|_| self.errors.is_empty()).ok_or(FeatureError::InvalidParameter(self.errors))
    }

    /// The step of a kind; `None` where it is skipped or something is wrong with it.
    fn step(
        &mut self,
        kind: Kind,
        default: &str,
        request: &MethodRequest,
        short_forms: &[ShortForm<'_>],
    ) -> Result<Option<Step>, FeatureError> {
        let method = request.method.as_deref().unwrap_or(default);
        if method == NO_METHOD && kind != Kind::Window {
            self.errors.extend(fields::without_method(kind, request, short_forms));
            return Ok(None);
        }
        let Some(described) = self.catalogue.method(kind, method) else {
            self.errors.push(fields::unknown_method(kind, method, &self.catalogue.names(kind)));
            return Ok(None);
        };
        let before = self.errors.len();
        let params = fields::with_short_forms(described, request, short_forms, &mut self.errors);
        if self.errors.len() > before {
            return Ok(None);
        }
        match self.catalogue.resolve(kind, method, &params) {
            Ok(step) => Ok(Some(step)),
            Err(StepError::InvalidParams { errors, .. }) => {
                self.errors.extend(errors.iter().map(|error| fields::param_error(kind, error, short_forms)));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A feature step. An unknown method is told by the field `named`, a parameter by what `field` makes of its path.
    fn feature(
        &mut self,
        method: &str,
        params: &Map<String, Value>,
        named: &str,
        field: &dyn Fn(&str) -> String,
    ) -> Result<Option<Step>, FeatureError> {
        match self.catalogue.resolve(Kind::Feature, method, params) {
            Ok(step) => Ok(Some(step)),
            Err(StepError::InvalidParams { errors, .. }) => {
                self.errors.extend(
                    errors
                        .iter()
                        .map(|error| FieldError::new(field(&error.path.replace('/', ".")), &error.message)),
                );
                Ok(None)
            }
            Err(StepError::UnknownMethod { name, known, .. }) => {
                let message = format!("there is no feature method `{name}`; there are: {}", known.join(", "));
                self.errors.push(FieldError::new(named, message));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
