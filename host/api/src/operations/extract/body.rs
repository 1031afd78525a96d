//! What `extract` is asked.

use fettle_datasets::{ServeRequest, ServedRows};
use fettle_features::{ExtractRequest, Output, StepsRequest};
use fettle_frame::TimeRange;
use utoipa::ToSchema;

use super::sent_rows::{RowsDocument, SentRowsField};
use crate::operations::step_fields::StepFields;
use crate::request::{Fields, Named, ReadFields, RequestTime, TimeForm};

/// What to extract, and how. Methods and parameters that are left out are the model's defaults, or else those shown here.
#[derive(Debug, ToSchema)]
pub(crate) struct ExtractBody {
    /// Code of the model: which signals, under which names, in which order. With `dataset_id` the dataset's own.
    #[schema(example = "welding_ai_model", max_length = 128)]
    model_code: String,
    /// Code of the device.
    #[schema(example = "WLD001", max_length = 128)]
    device_code: String,
    /// The first instant that is read. Required, unless `dataset_id` stands beside `last_windows` or `rows`.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-11-01T00:00:00")]
    start_time: Option<RequestTime>,
    /// The first instant that is not read any more; after `start_time`, and required where that is.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-11-02T00:00:00")]
    end_time: Option<RequestTime>,
    /// What is answered: features of each window, or the cleaned rows of the `windows` themselves, as an Arrow stream.
    #[schema(value_type = Option<String>, pattern = "^(features|windows)$", default = "features")]
    output: Output,
    /// A dataset whose steps are applied, with what they learnt when it was built: nothing is fitted. Beside it stand
    /// `model_code`, `device_code` and one of a range, `last_windows` and `rows`, and nothing else.
    #[schema(example = "ds_20251103_001")]
    dataset_id: Option<String>,
    /// Only with `dataset_id`: so many of the device's newest windows, whose rows are read. Times are answered in UTC.
    #[schema(minimum = 1, example = 1)]
    last_windows: Option<u64>,
    /// Only with `dataset_id`: the rows themselves, so that none are read. Times are answered as the first of
    /// `timestamps` is written.
    #[schema(value_type = Option<RowsDocument>)]
    rows: Option<SentRowsField>,
    #[serde(flatten)]
    steps: StepFields,
}

/// What the domain is asked.
#[derive(Debug)]
pub(super) enum Asked {
    /// Steps that are fitted on the rows themselves.
    Steps(Box<ExtractRequest>, Output),
    /// Steps of a dataset, with what they learnt there.
    Dataset(ServeRequest),
}

impl ReadFields for ExtractBody {
    fn read(fields: &mut Fields) -> Self {
        let model_code = fields.required_name("model_code");
        let device_code = fields.required_name("device_code");
        let serves = fields.is_given("dataset_id");
        let dataset_id = fields.optional_name("dataset_id");
        if serves {
            let message = "cannot stand beside `dataset_id`: the dataset says what is done with rows";
            fields.refuse_given(StepFields::NAMES, message);
            fields.refuse_given(&["output"], "cannot stand beside `dataset_id`, which answers features");
        } else {
            fields.refuse_given(&["last_windows", "rows"], "means something only beside `dataset_id`");
        }
        let mut body = Self {
            model_code,
            device_code,
            start_time: None,
            end_time: None,
            output: fields.optional_word("output"),
            dataset_id,
            last_windows: None,
            rows: None,
            steps: StepFields::read(fields),
        };
        if serves {
            body.read_rows_to_serve(fields);
        } else {
            body.read_range(fields);
        }
        body
    }
}

impl ExtractBody {
    /// One of the three ways to say which rows a dataset's steps are applied to.
    fn read_rows_to_serve(&mut self, fields: &mut Fields) {
        let range = fields.is_given("start_time") || fields.is_given("end_time");
        match (range, fields.is_given("last_windows"), fields.is_given("rows")) {
            (true, false, false) => self.read_range(fields),
            (false, true, false) => self.last_windows = fields.optional_whole("last_windows", 1..=u64::MAX),
            (false, false, true) => self.rows = SentRowsField::read(fields),
            (range, last_windows, rows) => {
                let message = "cannot stand there: one of a range, `last_windows` and `rows` says which rows";
                fields.refuse_given(&["start_time", "end_time", "last_windows", "rows"], message);
                if !(range || last_windows || rows) {
                    fields.complain("start_time", "is required, unless there are `last_windows` or `rows`");
                }
            }
        }
    }

    fn read_range(&mut self, fields: &mut Fields) {
        let (start, end) = fields.required_times("start_time", "end_time");
        (self.start_time, self.end_time) = (Some(start), Some(end));
    }

    /// What is answered.
    pub(super) fn output(&self) -> Output {
        self.output
    }

    /// The model and the steps that it asks for, to be checked even where other fields are wrong; none where a dataset
    /// has them.
    pub(super) fn into_model_and_steps(self) -> Option<(String, StepsRequest)> {
        self.dataset_id.is_none().then(|| (self.model_code, self.steps.into()))
    }

    /// What the domain is asked, and how the times of the answer are written. Only of a body without complaints.
    pub(super) fn into_asked(self) -> (Asked, TimeForm) {
        let Self { model_code, device_code, start_time, end_time, dataset_id, .. } = self;
        let range = start_time.zip(end_time).map(|(start, end)| {
            let range = TimeRange::new(start.instant(), end.instant());
            (range.expect("the fields are read as a start and an end after it"), start.form().clone())
        });
        let Some(dataset_id) = dataset_id else {
            let (range, form) = range.expect("without a dataset, times are required");
            let request = ExtractRequest { model_code, device_code, range, steps: self.steps.into() };
            return (Asked::Steps(Box::new(request), self.output), form);
        };
        let (rows, form) = match (range, self.last_windows, self.rows) {
            (Some((range, form)), ..) => (ServedRows::Range(range), form),
            (None, Some(windows), _) => (ServedRows::LastWindows(windows), TimeForm::utc()),
            (None, None, Some(sent)) => (ServedRows::Sent(sent.rows), sent.form),
            (None, None, None) => unreachable!("one of the three is required"),
        };
        (Asked::Dataset(ServeRequest { dataset_id, model_code, device_code, rows }), form)
    }
}

impl Named for Output {
    const NAMES: &'static [(&'static str, Self)] =
        &[("features", Output::Features), ("windows", Output::Windows)];
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::*;
    use crate::request::assert_reads_what_is_documented;

    fn read(changes: Value) -> (ExtractBody, Vec<String>) {
        let Value::Object(mut object) = changes else { panic!("an object") };
        object.insert("model_code".to_owned(), json!("m"));
        object.insert("device_code".to_owned(), json!("d"));
        let mut fields = Fields::of(object, &TimeZone::UTC);
        let body = ExtractBody::read(&mut fields);
        (body, fields.finish().into_iter().map(|problem| problem.field).collect())
    }

    fn served(changes: Value) -> (ServedRows, TimeForm) {
        let (body, problems) = read(changes);
        assert_eq!(problems, [""; 0]);
        match body.into_asked() {
            (Asked::Dataset(request), form) => (request.rows, form),
            (Asked::Steps(..), _) => panic!("a dataset was asked for"),
        }
    }

    #[test]
    fn the_fields_that_are_read_are_the_fields_that_are_documented() {
        assert_reads_what_is_documented::<ExtractBody>(&["start_time", "end_time"]);
    }

    #[test]
    fn a_request_reaches_the_domain_as_it_was_asked() {
        let (body, problems) = read(json!({
            "start_time": "2025-11-01T00:00:00Z", "end_time": "2025-11-02T00:00:00Z",
            "window_size": 50, "output": "windows",
        }));
        assert_eq!(problems, [""; 0]);
        let (Asked::Steps(request, Output::Windows), _) = body.into_asked() else { panic!("windows") };
        assert_eq!(request.range.end() - request.range.start(), 86_400_000_000_000);
        assert_eq!(request.steps.window_size, Some(json!(50)));
    }

    #[test]
    fn a_dataset_is_served_by_range_by_windows_or_by_rows() {
        let range =
            json!({"dataset_id": "ds", "start_time": "2025-11-01T00:00:00+01:00", "end_time": "2025-11-02"});
        let (rows, form) = served(range);
        assert!(matches!(rows, ServedRows::Range(_)));
        assert_eq!(form.suffix(), "+01:00");
        let (rows, form) = served(json!({"dataset_id": "ds", "last_windows": 3}));
        assert!(matches!(rows, ServedRows::LastWindows(3)));
        assert_eq!(form.suffix(), "Z");
        let (rows, form) = served(json!({"dataset_id": "ds", "rows": {
            "timestamps": ["2025-11-01T00:00:00", "2025-11-01T00:00:01"], "columns": {"a": [1, null], "b": [2.5, 3]},
        }}));
        let ServedRows::Sent(sent) = rows else { panic!("rows") };
        assert_eq!(sent.timestamps, [1_761_955_200_000_000_000, 1_761_955_201_000_000_000]);
        assert_eq!((sent.columns[0].0.as_str(), sent.columns[1].1.as_slice()), ("a", &[2.5, 3.0][..]));
        assert!(sent.columns[0].1[1].is_nan());
        assert_eq!(form.suffix(), "");
    }

    #[test]
    fn nothing_else_stands_beside_a_dataset_and_no_two_ways_to_say_which_rows() {
        let (_, problems) = read(json!({
            "dataset_id": "ds", "last_windows": 1, "window_size": 5, "output": "features", "outlier_params": {},
        }));
        assert_eq!(problems, ["window_size", "outlier_params", "output"]);
        let (_, problems) =
            read(json!({"dataset_id": "ds", "last_windows": 1, "rows": {}, "end_time": "2025"}));
        assert_eq!(problems, ["end_time", "last_windows", "rows"]);
        assert_eq!(read(json!({"dataset_id": "ds"})).1, ["start_time"]);
        assert_eq!(read(json!({"dataset_id": 7, "last_windows": 0})).1, ["dataset_id", "last_windows"]);
        let (_, problems) = read(json!({
            "start_time": "2025-11-01", "end_time": "2025-11-02", "last_windows": 1, "rows": {},
        }));
        assert_eq!(problems, ["last_windows", "rows"]);
    }

    #[test]
    fn of_each_list_of_sent_rows_the_first_mistake_is_told() {
        let (_, problems) = read(json!({"dataset_id": "ds", "rows": {
            "timestamps": ["2025-11-01", 2, 3], "columns": {"a": [1, "x", true], "b": 7}, "column": 1,
        }}));
        assert_eq!(problems, ["rows.timestamps[1]", "rows.columns.a[1]", "rows.columns.b", "rows.column"]);
        assert_eq!(read(json!({"dataset_id": "ds", "rows": {}})).1, ["rows.timestamps", "rows.columns"]);
        assert_eq!(read(json!({"dataset_id": "ds", "rows": [1]})).1, ["rows"]);
    }
}
