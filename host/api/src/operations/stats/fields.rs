//! What `stats` is asked.

use fettle_datasets::{StatisticsRequest, StatisticsSteps};
use fettle_features::StepsRequest;
use fettle_frame::TimeRange;
use utoipa::IntoParams;

use crate::operations::step_fields::StepFields;
use crate::request::{Fields, ReadFields, RequestTime};

/// Which features to describe.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StatsFields {
    /// Code of the model: which signals, under which names, in which order. With `baseline_dataset_id` the dataset's own.
    #[param(example = "welding_ai_model", max_length = 128)]
    model_code: String,
    /// The first instant that is read.
    #[param(value_type = String, format = DateTime, example = "2025-11-01T00:00:00")]
    start_time: RequestTime,
    /// The first instant that is not read any more; after `start_time`.
    #[param(value_type = String, format = DateTime, example = "2025-11-02T00:00:00")]
    end_time: RequestTime,
    /// Code of the device; all devices of the model's type unless given.
    #[param(max_length = 128)]
    device_code: Option<String>,
    /// A dataset whose steps are applied, with what they learnt when it was built, and whose features these are compared
    /// with. No field about steps may stand beside it.
    #[param(max_length = 128)]
    baseline_dataset_id: Option<String>,
    #[param(ignore)]
    steps: StepFields,
}

impl ReadFields for StatsFields {
    fn read(fields: &mut Fields) -> Self {
        let model_code = fields.required_name("model_code");
        let (start_time, end_time) = fields.required_times("start_time", "end_time");
        let device_code = fields.optional_name("device_code");
        if fields.is_given("baseline_dataset_id") {
            let message =
                "cannot stand beside `baseline_dataset_id`: the dataset says what is done with rows";
            fields.refuse_given(StepFields::NAMES, message);
        }
        let baseline_dataset_id = fields.optional_name("baseline_dataset_id");
        let steps = StepFields::read(fields);
        Self { model_code, start_time, end_time, device_code, baseline_dataset_id, steps }
    }
}

impl StatsFields {
    /// The model and the steps that it asks for, to be checked even where other fields are wrong; none where a dataset has
    /// them.
    pub(super) fn into_steps(self) -> Option<(String, StepsRequest)> {
        self.baseline_dataset_id.is_none().then(|| (self.model_code, self.steps.into()))
    }

    /// What the domain is asked. Only of a query without complaints.
    pub(super) fn into_request(self) -> StatisticsRequest {
        let range = TimeRange::new(self.start_time.instant(), self.end_time.instant());
        StatisticsRequest {
            model_code: self.model_code,
            device_code: self.device_code,
            range: range.expect("the fields are read as a start and an end after it"),
            steps: match self.baseline_dataset_id {
                Some(dataset_id) => StatisticsSteps::Baseline(dataset_id),
                None => StatisticsSteps::Request(Box::new(self.steps.into())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::*;

    fn read(parameters: Value) -> (StatsFields, Vec<String>) {
        let Value::Object(mut object) = parameters else { panic!("an object") };
        object.insert("model_code".to_owned(), json!("m"));
        object.insert("start_time".to_owned(), json!("2025-11-01T00:00:00 01:00"));
        object.insert("end_time".to_owned(), json!("2025-11-02"));
        let mut fields = Fields::of_query(object, &TimeZone::UTC);
        let asked = StatsFields::read(&mut fields);
        (asked, fields.finish().into_iter().map(|problem| problem.field).collect())
    }

    #[test]
    fn the_parameters_that_are_read_are_those_that_are_documented() {
        let mut fields = Fields::of_query(serde_json::Map::new(), &TimeZone::UTC);
        StatsFields::read(&mut fields);
        let mut known = fields.known().to_vec();
        known.sort_unstable();
        let document: Value = serde_json::from_str(&crate::openapi_json()).unwrap();
        let parameters =
            document["paths"]["/api/v2/ai/features/stats"]["get"]["parameters"].as_array().unwrap();
        let mut documented: Vec<&str> =
            parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
        documented.sort_unstable();
        assert_eq!(known, documented);
        let required = parameters.iter().filter(|parameter| parameter["required"] == true);
        let required: Vec<&str> = required.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(required, ["model_code", "start_time", "end_time"]);
    }

    #[test]
    fn steps_come_as_texts_and_reach_the_domain_as_what_they_are() {
        let (asked, problems) = read(json!({
            "window_size": "50", "overlap": "0.25", "outlier_params": "{\"threshold\": 2}", "feature_range": ["0", "2"],
            "features": ["mean", "{\"method\": \"spectrum\", \"params\": {\"bins\": 8}}"], "normalize_scope": "signal",
        }));
        assert_eq!(problems, [""; 0]);
        let request = asked.into_request();
        assert_eq!(request.range.end() - request.range.start(), 25 * 3_600_000_000_000);
        let StatisticsSteps::Request(steps) = request.steps else { panic!("steps") };
        let wanted: StepsRequest = serde_json::from_value(json!({
            "window_size": 50, "overlap": 0.25, "outlier_params": {"threshold": 2}, "feature_range": [0, 2],
            "features": ["mean", {"method": "spectrum", "params": {"bins": 8}}], "normalize_scope": "signal",
        }))
        .unwrap();
        assert_eq!(*steps, wanted);
    }

    #[test]
    fn nothing_about_steps_stands_beside_a_baseline() {
        let (_, problems) =
            read(json!({"baseline_dataset_id": "ds", "features": ["mean", "std"], "window_size": "5"}));
        assert_eq!(problems, ["window_size", "features"]);
        let (asked, problems) = read(json!({"baseline_dataset_id": "ds", "device_code": "d"}));
        assert_eq!(problems, [""; 0]);
        let request = asked.into_request();
        assert!(matches!(request.steps, StatisticsSteps::Baseline(id) if id == "ds"));
        assert_eq!(request.device_code.as_deref(), Some("d"));
    }
}
