//! Resolves the methods of a request one after the other and gathers what is wrong.

use fettle_steps::{Catalogue, Kind, Step, StepError};
use serde_json::{Map, Value, json};

use super::{NO_METHOD, WindowPlan, fields, refills};
use crate::defaults::StepsInEffect;
use crate::request::Slot;
use crate::{FeatureError, FeatureRequest, FieldError, MOST_FEATURES};

/// The feature method whose names can stand in `features` alone.
const STATISTICS: &str = "statistics";

/// Resolves one method after the other and gathers what is wrong.
pub(super) struct Resolver<'a> {
    catalogue: &'a Catalogue,
    asked: &'a StepsInEffect,
    errors: Vec<FieldError>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, asked: &'a StepsInEffect) -> Self {
        Self { catalogue, asked, errors: Vec::new() }
    }

    /// All steps up to windows but normalization; `None` where there is no window step.
    pub(super) fn windows(&mut self) -> Result<Option<WindowPlan>, FeatureError> {
        let StepsInEffect { steps, origin } = self.asked;
        let missing_value = self.step(&Slot::MISSING_VALUE)?;
        let outlier = self.step(&Slot::OUTLIER)?;
        let window = self.step(&Slot::WINDOW)?;
        if missing_value.is_none()
            && steps.missing_value.method.as_deref() == Some(NO_METHOD)
            && outlier.as_ref().is_some_and(refills)
        {
            let method = origin.name("missing_value_method");
            let message = format!("there is nothing to fill with where `{method}` is `{NO_METHOD}`");
            self.refuse([FieldError::new("outlier_params.refill", message)]);
        }
        let window_label = steps.window_label.unwrap_or_default();
        let origin = origin.clone();
        Ok(window.map(|window| WindowPlan {
            missing_value,
            outlier,
            normalize: None,
            window,
            window_label,
            origin,
        }))
    }

    /// The normalize step, whatever it is for.
    pub(super) fn normalize(&mut self) -> Result<Option<Step>, FeatureError> {
        self.step(&Slot::NORMALIZE)
    }

    /// The steps of `features`: all names of `statistics` in one, at the place of the first of them.
    pub(super) fn features(&mut self) -> Result<Vec<Step>, FeatureError> {
        let asked = self.asked;
        let Some(items) = asked.steps.features.as_deref() else {
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
        let Self { asked, errors, .. } = self;
        windows.filter(|_| errors.is_empty()).ok_or_else(|| {
            let told = |error: FieldError| FieldError::new(asked.origin.name(&error.field), error.message);
            FeatureError::InvalidParameter(errors.into_iter().map(told).collect())
        })
    }

    /// The step of a kind; `None` where it is skipped or something is wrong with it.
    fn step(&mut self, slot: &Slot) -> Result<Option<Step>, FeatureError> {
        let (asked, kind) = (self.asked, slot.kind);
        let method = slot.of(&asked.steps).method.as_deref().unwrap_or(slot.usual);
        if method == NO_METHOD && kind != Kind::Window {
            self.errors.extend(fields::without_method(slot, asked));
            return Ok(None);
        }
        let Some(described) = self.catalogue.method(kind, method) else {
            self.errors.push(fields::unknown_method(kind, method, &self.catalogue.names(kind)));
            return Ok(None);
        };
        let before = self.errors.len();
        let params = fields::with_short_forms(described, slot, asked, &mut self.errors);
        if self.errors.len() > before {
            return Ok(None);
        }
        match self.catalogue.resolve(kind, method, &params) {
            Ok(step) => Ok(Some(step)),
            Err(StepError::InvalidParams { errors, .. }) => {
                self.errors.extend(errors.iter().map(|error| fields::param_error(slot, &asked.steps, error)));
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
