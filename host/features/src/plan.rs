//! Plans: the steps of a request, resolved against the catalogue.

mod fields;
mod resolver;

use std::collections::HashSet;

use fettle_steps::{Catalogue, State, Step};
use serde_json::{Map, Value};

use self::resolver::Resolver;
use crate::defaults::{Origin, StepsInEffect};
use crate::{
    FeatureError, FeatureRequest, FieldError, MethodRequest, NormalizeScope, StepsRequest, WindowLabel,
};

/// What a method is called that skips its step.
pub(crate) const NO_METHOD: &str = "none";

/// How a device's rows become cleaned windows. It holds on to the plugins that it was resolved against.
#[derive(Debug, Clone)]
pub struct WindowPlan {
    pub(crate) missing_value: Option<Step>,
    pub(crate) outlier: Option<Step>,
    /// Of the signals.
    pub(crate) normalize: Option<Step>,
    pub(crate) window: Step,
    pub(crate) window_label: WindowLabel,
    /// Which of the fields that asked for it are a model's defaults.
    origin: Origin,
}

/// How a device's rows become features.
#[derive(Debug, Clone)]
pub struct FeaturePlan {
    pub(crate) windows: WindowPlan,
    /// In the order of their blocks of columns.
    pub(crate) features: Vec<Step>,
    /// Of the features.
    pub(crate) normalize: Option<Step>,
}

impl WindowPlan {
    /// Resolves the methods that are asked for, for windows; all that is wrong with them comes in one error. What a
    /// model's defaults say of features is passed over. Runs guest code: to be called on a guest thread.
    pub fn resolve(catalogue: &Catalogue, asked: &StepsInEffect) -> Result<Self, FeatureError> {
        let mut resolver = Resolver::new(catalogue, asked);
        let windows = resolver.windows()?;
        let StepsInEffect { steps, origin } = asked;
        if steps.features.is_some() && !origin.has("features") {
            resolver.refuse([FieldError::new("features", "means nothing where `output` is `windows`")]);
        }
        let skipped = steps.normalize.method.as_deref() == Some(NO_METHOD);
        let normalize = if skipped || steps.normalize_scope == Some(NormalizeScope::Signal) {
            resolver.normalize()?
        } else {
            resolver.refuse(fields::for_features(asked));
            None
        };
        Ok(Self { normalize, ..resolver.finish(windows)? })
    }

    /// What is done to the signals before they are cut into windows, in its order.
    pub fn stages(&self) -> Vec<Stage<'_>> {
        let refill = self.missing_value.as_ref().filter(|_| self.outlier.as_ref().is_some_and(refills));
        let stages = [
            (Role::MissingValue, self.missing_value.as_ref()),
            (Role::Outlier, self.outlier.as_ref()),
            (Role::Refill, refill),
            (Role::Normalize, self.normalize.as_ref()),
        ];
        stages.into_iter().filter_map(|(role, step)| step.map(|step| Stage { role, step })).collect()
    }

    /// The field through which the list of windows depends on what a step learns, as it is told; `None` where the list
    /// depends on the rows alone. Runs guest code.
    pub fn windows_depend_on_a_fit(&self) -> Result<Option<String>, FeatureError> {
        let mut learnt = false;
        for Stage { role, step } in self.stages() {
            let traits = step.traits();
            if traits.removes_rows && (learnt || traits.fitted) {
                return Ok(Some(self.origin.name(match role {
                    Role::MissingValue => "missing_value_method",
                    Role::Outlier => "outlier_params",
                    Role::Refill => "outlier_params.refill",
                    Role::Normalize => "normalize_method",
                })));
            }
            learnt |= traits.fitted;
        }
        Ok((learnt && self.window.reads_values()?).then(|| self.origin.name("window_method")))
    }

    /// Every step, in the order in which they run.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        let before = self.stages().into_iter().filter(|stage| stage.role != Role::Refill);
        before.map(|stage| stage.step).chain([&self.window])
    }

    /// The step that cuts windows.
    pub fn window(&self) -> &Step {
        &self.window
    }
}

/// A step on the way to windows.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'p> {
    /// What it is there for.
    pub role: Role,
    /// The step.
    pub step: &'p Step,
}

/// What a step is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Fills missing cells.
    MissingValue,
    /// Treats outliers.
    Outlier,
    /// Fills, as the missing-value step learnt to, what the outlier step took out: that method's parameter `refill`.
    Refill,
    /// Normalizes signals.
    Normalize,
}

impl Stage<'_> {
    /// Whether it has to learn from data; to fill again takes what was learnt for the first filling.
    pub fn is_fitted(&self) -> bool {
        self.step.traits().fitted && self.role != Role::Refill
    }
}

/// What the steps before windows have learnt.
#[derive(Debug, Clone, Default)]
pub struct SignalStates {
    missing_value: State,
    outlier: State,
    normalize: State,
}

impl SignalStates {
    /// What the step in a role has learnt.
    pub fn of(&self, role: Role) -> &State {
        match role {
            Role::MissingValue | Role::Refill => &self.missing_value,
            Role::Outlier => &self.outlier,
            Role::Normalize => &self.normalize,
        }
    }

    /// Notes what the step in a role has learnt.
    pub fn set(&mut self, role: Role, state: State) {
        match role {
            Role::MissingValue | Role::Refill => self.missing_value = state,
            Role::Outlier => self.outlier = state,
            Role::Normalize => self.normalize = state,
        }
    }
}

/// Whether an outlier step wants what it took out to be filled.
fn refills(outlier: &Step) -> bool {
    outlier.param("refill") == Some(Value::Bool(true))
}

impl FeaturePlan {
    /// Resolves the methods of a `request` that stands alone, as those in manifests do: no model's defaults are beneath
    /// it. Else as [`resolve_in_effect`](Self::resolve_in_effect).
    pub fn resolve(catalogue: &Catalogue, request: &StepsRequest) -> Result<Self, FeatureError> {
        Self::resolve_in_effect(catalogue, &request.clone().into())
    }

    /// Resolves the methods that are asked for, for features; all that is wrong with them comes in one error. Runs guest
    /// code: to be called on a guest thread.
    pub fn resolve_in_effect(catalogue: &Catalogue, asked: &StepsInEffect) -> Result<Self, FeatureError> {
        let mut resolver = Resolver::new(catalogue, asked);
        let windows = resolver.windows()?;
        let features = resolver.features()?;
        let normalize = resolver.normalize()?;
        let (of_signals, of_features) = match asked.steps.normalize_scope.unwrap_or_default() {
            NormalizeScope::Signal => (normalize, None),
            NormalizeScope::Feature => (None, normalize),
        };
        let windows = WindowPlan { normalize: of_signals, ..resolver.finish(windows)? };
        Ok(Self { windows, features, normalize: of_features })
    }

    /// The part up to windows.
    pub fn windows(&self) -> &WindowPlan {
        &self.windows
    }

    /// The steps that compute features, in the order of their columns.
    pub fn features(&self) -> &[Step] {
        &self.features
    }

    /// The step that normalizes features.
    pub fn normalize(&self) -> Option<&Step> {
        self.normalize.as_ref()
    }

    /// Every step, in the order in which they run.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.windows.steps().chain(&self.features).chain(&self.normalize)
    }

    /// The request that asks for this plan with nothing left to defaults.
    pub fn request(&self) -> StepsRequest {
        let method = |step: Option<&Step>| match step {
            Some(step) => MethodRequest { method: Some(step.method().to_owned()), params: step.params() },
            None => MethodRequest { method: Some(NO_METHOD.to_owned()), params: Map::new() },
        };
        let WindowPlan { missing_value, outlier, normalize, window, window_label, .. } = &self.windows;
        let feature =
            |step: &Step| FeatureRequest::Method { method: step.method().to_owned(), params: step.params() };
        StepsRequest {
            missing_value: method(missing_value.as_ref()),
            outlier: method(outlier.as_ref()),
            window: method(Some(window)),
            normalize: method(normalize.as_ref().or(self.normalize.as_ref())),
            features: Some(self.features.iter().map(feature).collect()),
            normalize_scope: Some(match normalize {
                Some(_) => NormalizeScope::Signal,
                None => NormalizeScope::Feature,
            }),
            window_label: Some(*window_label),
            ..StepsRequest::default()
        }
    }

    /// The names of the features of `signals`, in the order of the matrix. A name twice is the request's fault. Runs
    /// guest code.
    pub fn feature_names(&self, signals: &[&str]) -> Result<Vec<String>, FeatureError> {
        let mut names = Vec::new();
        for step in &self.features {
            names.extend(step.names(signals)?);
        }
        let mut seen = HashSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(twice) => Err(FeatureError::InvalidParameter(vec![FieldError::new(
                self.windows.origin.name("features"),
                format!("two of them give a column `{twice}`; each column can stand there once"),
            )])),
            None => Ok(names),
        }
    }
}
