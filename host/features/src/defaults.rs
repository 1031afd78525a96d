//! A request over the defaults of its model.

use std::collections::{BTreeSet, HashSet};

use fettle_metadata::ModelConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::request::Slot;
use crate::{FeatureError, FieldError, StepsRequest};

/// What is asked for in effect: what a request says, and where it says nothing, what the defaults of its model say.
///
/// A request's own values win, field by field:
///
/// - Where it names another method than the defaults do, nothing of what they say of that kind of step is left.
/// - Where it names the same one, or none, its parameters come over those of the defaults, name by name. A short form
///   (`window_size`) and the parameter that it stands for (`window_params.window_size`) are one name. So `null` takes a
///   parameter out, where the method knows it as none.
/// - `features` are taken from one side as a whole; `normalize_scope` and `window_label` likewise.
///
/// What came from the defaults is told so wherever something is wrong with it: `overlap (default of model welding)`.
#[derive(Debug, Clone, Default)]
pub struct StepsInEffect {
    pub(crate) steps: StepsRequest,
    pub(crate) origin: Origin,
}

/// Which of the fields of steps are a model's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    model_code: String,
    /// As the API names them: `outlier_method`, `outlier_params.threshold`, and `outlier_params` where all of it is.
    fields: BTreeSet<String>,
}

impl StepsInEffect {
    /// A request over the defaults of the model that it names; alone, where there is no such model. Defaults that are
    /// no fields of a request are an error each.
    pub fn of(request: StepsRequest, model: Option<&ModelConfig>) -> Result<Self, FeatureError> {
        let Some(model) = model.filter(|model| !model.defaults.is_empty()) else { return Ok(request.into()) };
        Ok(Self::over(request, defaults_of(model)?, &model.model_code))
    }

    /// A request over `defaults` of the model `model_code`.
    pub fn over(request: StepsRequest, mut defaults: StepsRequest, model_code: &str) -> Self {
        let origin = Origin { model_code: model_code.to_owned(), fields: BTreeSet::new() };
        let mut over = Self { steps: request, origin };
        for slot in Slot::ALL {
            over.put_beneath(slot, &mut defaults);
        }
        let Self { steps, origin } = &mut over;
        origin.fill("features", &mut steps.features, defaults.features);
        origin.fill("normalize_scope", &mut steps.normalize_scope, defaults.normalize_scope);
        origin.fill("window_label", &mut steps.window_label, defaults.window_label);
        over
    }

    /// Puts what the defaults say of a kind of step beneath what the request says of it.
    fn put_beneath(&mut self, slot: &Slot, defaults: &mut StepsRequest) {
        let Self { steps, origin } = self;
        let usual = slot.of(defaults).method.as_deref().unwrap_or(slot.usual);
        if slot.of(steps).method.as_deref().is_some_and(|method| method != usual) {
            return;
        }
        let short_forms = slot.short_forms.iter().filter(|form| form.of(steps).is_some());
        let short_forms = short_forms.map(|form| form.param.to_owned());
        let given: HashSet<String> = slot.of(steps).params.keys().cloned().chain(short_forms).collect();
        let has_params = !slot.of(steps).params.is_empty();

        let beneath = std::mem::take(slot.of_mut(defaults));
        let asked = slot.of_mut(steps);
        origin.fill(&slot.method_field(), &mut asked.method, beneath.method);
        for (name, value) in beneath.params {
            if !given.contains(&name) {
                origin.fields.insert(format!("{}.{name}", slot.params_field()));
                asked.params.insert(name, value);
            }
        }
        if !has_params && !asked.params.is_empty() {
            origin.fields.insert(slot.params_field());
        }
        for form in slot.short_forms.iter().filter(|form| !given.contains(form.param)) {
            origin.fill(form.field, form.of_mut(steps), form.of_mut(defaults).take());
        }
    }
}

impl From<StepsRequest> for StepsInEffect {
    /// A request that stands alone.
    fn from(steps: StepsRequest) -> Self {
        Self { steps, origin: Origin::default() }
    }
}

impl Origin {
    /// Whether a field, or what it is a part of, is the model's.
    pub(crate) fn has(&self, field: &str) -> bool {
        let parts = field.match_indices(['.', '[']).map(|(end, _)| end);
        parts.chain([field.len()]).any(|end| self.fields.contains(&field[..end]))
    }

    /// A field as it is told: with its model, where it is the model's.
    pub(crate) fn name(&self, field: &str) -> String {
        format!("{field}{}", self.suffix(field))
    }

    /// ` (default of model …)` where a field is the model's.
    pub(crate) fn suffix(&self, field: &str) -> String {
        if self.has(field) { format!(" (default of model {})", self.model_code) } else { String::new() }
    }

    /// Takes a default where nothing was asked.
    fn fill<T>(&mut self, field: &str, asked: &mut Option<T>, default: Option<T>) {
        if asked.is_none() && default.is_some() {
            *asked = default;
            self.fields.insert(field.to_owned());
        }
    }
}

/// The defaults of a model, as steps.
fn defaults_of(model: &ModelConfig) -> Result<StepsRequest, FeatureError> {
    let default = |field: &str| format!("{field} (default of model {})", model.model_code);
    let unknown = model.defaults.keys().filter(|name| !StepsRequest::FIELDS.contains(&name.as_str()));
    let unknown: Vec<FieldError> =
        unknown.map(|name| FieldError::new(default(name), "is no field of an extraction")).collect();
    if !unknown.is_empty() {
        return Err(FeatureError::InvalidParameter(unknown));
    }
    StepsRequest::deserialize(Value::Object(model.defaults.clone())).map_err(|error| {
        let message = format!("cannot be read: {error}");
        FeatureError::InvalidParameter(vec![FieldError::new(default("defaults"), message)])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a request asks for in effect, and which of that came from the defaults.
    fn over(request: Value, defaults: Value) -> (Value, Vec<String>) {
        let read = |steps| serde_json::from_value::<StepsRequest>(steps).unwrap();
        let StepsInEffect { steps, origin } = StepsInEffect::over(read(request), read(defaults), "m");
        (serde_json::to_value(steps).unwrap(), origin.fields.into_iter().collect())
    }

    #[test]
    fn what_a_request_does_not_say_the_defaults_say() {
        let defaults = json!({
            "window_size": 50, "missing_value_method": "mean", "outlier_params": {"action": "missing"},
            "features": ["max"], "normalize_scope": "signal", "window_label": "end",
        });
        let (steps, from) = over(json!({}), defaults.clone());
        assert_eq!(steps, defaults);
        let fields = "features missing_value_method normalize_scope outlier_params outlier_params.action \
                      window_label window_size";
        assert_eq!(from.join(" "), fields);
    }

    #[test]
    fn what_a_request_says_wins() {
        let request = json!({
            "window_size": 10, "missing_value_method": "none", "outlier_params": {"action": "clip"},
            "features": ["min"], "normalize_scope": "feature", "window_label": "start",
        });
        let defaults = json!({
            "window_size": 50, "missing_value_method": "mean", "outlier_params": {"action": "missing"},
            "features": ["max", "min"], "normalize_scope": "signal", "window_label": "end",
        });
        let (steps, from) = over(request.clone(), defaults);
        assert_eq!((steps, from), (request, vec![]));
    }

    #[test]
    fn a_short_form_and_its_parameter_are_one_name() {
        let short = json!({"window_size": 10});
        let long = json!({"window_params": {"window_size": 50}});
        assert_eq!(over(short.clone(), long.clone()), (short.clone(), vec![]));
        assert_eq!(over(long.clone(), short), (long, vec![]));
        let (steps, from) = over(
            json!({"overlap": 0, "window_params": {"max_gap_s": 9}}),
            json!({"window_size": 50, "window_params": {"overlap": 0.75, "max_gap_s": 60}}),
        );
        assert_eq!(steps, json!({"overlap": 0, "window_size": 50, "window_params": {"max_gap_s": 9}}));
        assert_eq!(from, ["window_size"]);
    }

    #[test]
    fn parameters_of_the_same_method_come_together_name_by_name() {
        let defaults = json!({"outlier_method": "clip", "outlier_params": {"lower": 0.1, "upper": 0.9}});
        for named in [json!({}), json!({"outlier_method": "clip"})] {
            let mut request = named.clone();
            request["outlier_params"] = json!({"upper": 0.8, "action": "missing"});
            let (steps, from) = over(request, defaults.clone());
            let params = json!({"lower": 0.1, "upper": 0.8, "action": "missing"});
            assert_eq!(steps, json!({"outlier_method": "clip", "outlier_params": params}));
            let method = named.as_object().unwrap().is_empty().then_some("outlier_method");
            assert_eq!(from, Vec::from_iter(method.into_iter().chain(["outlier_params.lower"])));
        }
    }

    #[test]
    fn what_the_defaults_say_of_the_usual_method_holds_for_a_request_that_names_it() {
        let defaults = json!({"outlier_threshold": 3, "feature_range": [0, 2]});
        let (steps, from) = over(json!({"outlier_method": "iqr", "normalize_method": "min_max"}), defaults);
        let expected =
            json!({"outlier_method": "iqr", "outlier_threshold": 3, "normalize_method": "min_max"});
        assert_eq!((steps, from), (expected, vec!["outlier_threshold".to_owned()]));
    }

    #[test]
    fn nothing_that_is_meant_for_one_method_reaches_another() {
        let defaults = json!({
            "outlier_method": "clip", "outlier_params": {"lower": 0.1}, "outlier_threshold": 3,
            "window_size": 50, "window_params": {"max_gap_s": 60}, "overlap": 0.1,
            "missing_value_params": {"limit": 3}, "normalize_params": {"ddof": 1},
        });
        let request = json!({
            "outlier_method": "iqr", "window_method": "sliding_time", "window_params": {"size_s": 10},
            "missing_value_method": "none", "normalize_method": "none",
        });
        assert_eq!(over(request.clone(), defaults), (request, vec![]));
    }

    #[test]
    fn null_takes_a_parameter_out_of_the_defaults() {
        let defaults = json!({"missing_value_params": {"limit": 3}});
        let request = json!({"missing_value_params": {"limit": null}});
        assert_eq!(over(request.clone(), defaults), (request, vec![]));
    }

    #[test]
    fn parts_of_a_default_are_told_as_the_models() {
        let fields = ["features", "outlier_params.range"].map(str::to_owned).into();
        let origin = Origin { model_code: "m".to_owned(), fields };
        assert_eq!(origin.name("features[1].params.level"), "features[1].params.level (default of model m)");
        assert_eq!(origin.name("outlier_params.range.0"), "outlier_params.range.0 (default of model m)");
        assert_eq!(origin.name("outlier_params.ranges"), "outlier_params.ranges");
        assert_eq!(origin.name("outlier_params"), "outlier_params");
    }
}
