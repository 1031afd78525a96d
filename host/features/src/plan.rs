//! A plan: the steps of a request, resolved against the catalogue.

mod fields;

use std::collections::HashSet;

use fettle_steps::{Catalogue, Kind, Step, StepError};
use serde_json::{Map, Value, json};

use self::fields::ShortForm;
use crate::{
    FeatureError, FeatureRequest, FieldError, MethodRequest, NormalizeScope, StepsRequest, WindowLabel,
};

/// What a method is called that skips its step.
pub(crate) const NO_METHOD: &str = "none";

/// The feature method whose names can stand in `features` alone.
const STATISTICS: &str = "statistics";

/// The steps that a request's rows go through. It holds on to the plugins that it was resolved against.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) missing_value: Option<Step>,
    pub(crate) outlier: Option<Step>,
    pub(crate) window: Step,
    /// In the order of their blocks of columns.
    pub(crate) features: Vec<Step>,
    pub(crate) normalize: Option<Step>,
    pub(crate) normalize_scope: NormalizeScope,
    pub(crate) window_label: WindowLabel,
}

impl Plan {
    /// Resolves the methods of `request`, all that is wrong with them in one error. Runs guest code: to be called on a
    /// guest thread.
    pub fn resolve(catalogue: &Catalogue, request: &StepsRequest) -> Result<Plan, FeatureError> {
        let mut resolver = Resolver { catalogue, errors: Vec::new() };
        let missing_value = resolver.step(Kind::MissingValue, "interpolate", &request.missing_value, &[])?;
        let outlier = resolver.step(
            Kind::Outlier,
            "iqr",
            &request.outlier,
            &[ShortForm::new("outlier_threshold", "threshold", request.outlier_threshold.as_ref())],
        )?;
        let window = resolver.step(
            Kind::Window,
            "sliding",
            &request.window,
            &[
                ShortForm::new("window_size", "window_size", request.window_size.as_ref()),
                ShortForm::new("overlap", "overlap", request.overlap.as_ref()),
            ],
        )?;
        let features = resolver.features(request.features.as_deref())?;
        let normalize = resolver.step(
            Kind::Normalize,
            "z_score",
            &request.normalize,
            &[ShortForm::new("feature_range", "feature_range", request.feature_range.as_ref())],
        )?;
        match window {
            Some(window) if resolver.errors.is_empty() => Ok(Plan {
                missing_value,
                outlier,
                window,
                features,
                normalize,
                normalize_scope: request.normalize_scope,
                window_label: request.window_label,
            }),
            _ => Err(FeatureError::InvalidParameter(resolver.errors)),
        }
    }

    /// Whether cells that the outlier step took out are filled once more: the outlier method's parameter `refill`.
    pub(crate) fn refills(&self) -> bool {
        self.outlier.as_ref().is_some_and(|outlier| outlier.param("refill") == Some(Value::Bool(true)))
    }

    /// The names of the features of `signals`, in the order of the matrix. A name twice is the request's fault. Runs
    /// guest code.
    pub(crate) fn feature_names(&self, signals: &[&str]) -> Result<Vec<String>, FeatureError> {
        let mut names = Vec::new();
        for step in &self.features {
            names.extend(step.names(signals)?);
        }
        let mut seen = HashSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(twice) => Err(FeatureError::InvalidParameter(vec![FieldError::new(
                "features",
                format!("two of them give a column `{twice}`; each column can stand there once"),
            )])),
            None => Ok(names),
        }
    }
}

/// Resolves one method after the other and gathers what is wrong.
struct Resolver<'a> {
    catalogue: &'a Catalogue,
    errors: Vec<FieldError>,
}

impl Resolver<'_> {
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

    /// The steps of `features`: all names of `statistics` in one, at the place of the first of them.
    fn features(&mut self, items: Option<&[FeatureRequest]>) -> Result<Vec<Step>, FeatureError> {
        let Some(items) = items else {
            return Ok(self
                .feature(STATISTICS, &Map::new(), &|path| format!("features{path}"))?
                .into_iter()
                .collect());
        };
        if items.is_empty() {
            self.errors.push(FieldError::new("features", "at least one feature is needed"));
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
                    self.feature(method, params, &|path| format!("features[{index}].params{path}"))?
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
                    if twice { None } else { self.feature(STATISTICS, &params, &place)? }
                }
                FeatureRequest::Statistic(_) => None,
            };
            steps.extend(step);
        }
        Ok(steps)
    }

    fn feature(
        &mut self,
        method: &str,
        params: &Map<String, Value>,
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
                self.errors.push(FieldError::new("features", message));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
