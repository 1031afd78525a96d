//! Extraction on real stores and built-in plugins: what goes wrong is told by field, and what changed is counted.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::sync::{Arc, OnceLock};

use fettle_features::{
    ExtractRequest, Extraction, FeatureError, FeatureRequest, Features, MethodRequest, NormalizeScope,
    StepsRequest, WindowLabel, WindowTensor,
};
use fettle_frame::{Frame, Signal, TimeRange};
use fettle_metadata::{
    FieldRole, MetadataStore, ModelType, NewDevice, NewDeviceType, NewField, NewModel, NewModelField,
    Registration, SqliteStore,
};
use fettle_observe::Metrics;
use fettle_series::{DeviceKey, ParquetStore, SeriesStore};
use fettle_steps::{Catalogue, Plugin, Sandbox, Settings};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

const SECOND: i64 = 1_000_000_000;

/// A service over a store of one device `M1` with the signals `a` and `b`, which model `m` gives as `a` and, doubled and
/// shifted by one, as `twice`.
struct Bench {
    features: Features,
    _folder: TempDir,
}

async fn bench(a: &[f64], b: &[f64]) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let metadata: Arc<dyn MetadataStore> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let field = |code: &str| NewField {
        code: code.to_owned(),
        name: code.to_owned(),
        role: FieldRole::Signal,
        unit: None,
    };
    let doubled = NewModelField {
        rename: Some("twice".to_owned()),
        scale: 2.0,
        offset: 1.0,
        ..NewModelField::plain("b")
    };
    let registration = Registration {
        device_type: NewDeviceType { code: "press".to_owned(), name: "Press".to_owned() },
        fields: vec![field("a"), field("b")],
        devices: vec![NewDevice { code: "M1".to_owned(), name: "M1".to_owned() }],
        models: vec![NewModel {
            code: "m".to_owned(),
            name: "m".to_owned(),
            model_type: ModelType::AiAnalysis,
            fields: vec![NewModelField::plain("a"), doubled],
            defaults: Map::new(),
        }],
    };
    metadata.register(&registration, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let series: Arc<dyn SeriesStore> = Arc::new(ParquetStore::new(folder.path()));
    let signal = |name: &str, values: &[f64]| Signal { name: name.to_owned(), values: values.to_vec() };
    let timestamps = (0..a.len() as i64).map(|row| row * SECOND).collect();
    let frame = Frame::new(timestamps, vec![signal("a", a), signal("b", b)], Vec::new()).unwrap();
    let device = DeviceKey { device_type: "press".to_owned(), device: "M1".to_owned() };
    series.write(&device, frame).await.unwrap();

    let (sandbox, catalogue) = steps();
    let features = Features {
        metadata,
        series,
        sandbox,
        catalogue: catalogue.into(),
        metrics: Arc::new(Metrics::new()),
        max_cells: 1_000_000,
    };
    Bench { features, _folder: folder }
}

/// Compiling the steps takes seconds, so all tests share them.
fn steps() -> (Arc<Sandbox>, Arc<Catalogue>) {
    static STEPS: OnceLock<(Arc<Sandbox>, Arc<Catalogue>)> = OnceLock::new();
    let start = || {
        let sandbox = Sandbox::new(Settings { threads: 2, ..Settings::default() }).unwrap();
        let plugins =
            fettle_builtin::PLUGINS.map(|builtin| Plugin::admit(&sandbox, builtin.component, None).unwrap());
        (sandbox, Arc::new(Catalogue::new(plugins.into()).unwrap()))
    };
    STEPS.get_or_init(start).clone()
}

impl Bench {
    async fn extract(&self, steps: StepsRequest) -> Result<Extraction, FeatureError> {
        self.features.extract(request(steps)).await
    }

    /// All that is wrong with a request, by field.
    async fn refused(&self, steps: StepsRequest) -> Vec<String> {
        match self.extract(steps).await {
            Err(FeatureError::InvalidParameter(errors)) => {
                errors.into_iter().map(|error| error.field).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

fn request(steps: StepsRequest) -> ExtractRequest {
    let range = TimeRange::new(0, 1_000_000 * SECOND).unwrap();
    ExtractRequest { model_code: "m".to_owned(), device_code: "M1".to_owned(), range, steps }
}

fn method(method: &str, params: Value) -> MethodRequest {
    MethodRequest { method: Some(method.to_owned()), params: serde_json::from_value(params).unwrap() }
}

fn plain(window_size: u64) -> StepsRequest {
    StepsRequest {
        outlier: method("none", json!({})),
        normalize: method("none", json!({})),
        window_size: Some(json!(window_size)),
        overlap: Some(json!(0)),
        features: Some(vec![FeatureRequest::Statistic("max".to_owned())]),
        ..StepsRequest::default()
    }
}

#[tokio::test]
async fn signals_come_under_the_models_names_and_scales() {
    let bench = bench(&[1.0, 2.0, 3.0, 4.0, 5.0], &[10.0, 20.0, 30.0, 40.0, 50.0]).await;
    let Extraction { matrix, metadata, .. } = bench.extract(plain(2)).await.unwrap();
    assert_eq!(matrix.names, ["a_max", "twice_max"]);
    assert_eq!(matrix.columns, [vec![2.0, 4.0], vec![41.0, 81.0]]);
    assert_eq!(matrix.timestamps, [0, 2 * SECOND]);
    assert_eq!((metadata.window_count, metadata.row_count, metadata.leftover_rows), (2, 5, 1));
    assert_eq!((metadata.window_size, metadata.stride, metadata.overlap), (Some(2), Some(2), Some(0.0)));
    assert_eq!((metadata.model_revision, metadata.largest_gap_s), (1, Some(1.0)));
    let methods: Vec<&str> = metadata.steps.iter().map(|step| step.step.method()).collect();
    assert_eq!(methods, ["interpolate", "sliding", "statistics"]);
}

#[tokio::test]
async fn a_scaled_value_that_is_too_large_is_missing_and_counted() {
    let bench = bench(&[1.0, 2.0], &[1.7e308, 3.0]).await;
    let steps = StepsRequest { missing_value: method("none", json!({})), ..plain(1) };
    let Extraction { matrix, metadata, .. } = bench.extract(steps).await.unwrap();
    assert!(matrix.columns[1][0].is_nan());
    assert_eq!((matrix.columns[1][1], metadata.overflow_cells), (7.0, 1));
}

#[tokio::test]
async fn windows_can_be_named_after_their_last_row() {
    let bench = bench(&[1.0; 4], &[1.0; 4]).await;
    let steps = StepsRequest { window_label: Some(WindowLabel::End), ..plain(2) };
    assert_eq!(bench.extract(steps).await.unwrap().matrix.timestamps, [SECOND, 3 * SECOND]);
}

#[tokio::test]
async fn what_steps_changed_is_counted() {
    let nan = f64::NAN;
    let mut a: Vec<f64> = (0..40).map(f64::from).collect();
    (a[5], a[6], a[20]) = (nan, nan, 1000.0);
    let bench = bench(&a, &[nan; 40]).await;
    let steps = StepsRequest { outlier: MethodRequest::default(), ..plain(10) };
    let Extraction { matrix, metadata, warnings } = bench.extract(steps).await.unwrap();
    assert_eq!(metadata.imputed_cells, 2);
    assert_eq!(metadata.changed_cells.get("a"), Some(&1));
    assert_eq!(metadata.empty_signals, ["twice"]);
    assert!(matrix.columns[1].iter().all(|value| value.is_nan()), "nothing comes of nothing");
    assert!(warnings.iter().any(|warning| warning.code == "empty_signals"));
    let steps = serde_json::to_value(&metadata.steps).unwrap();
    assert_eq!(steps[1]["method"], "iqr");
    assert_eq!(steps[1]["params"]["threshold"], 1.5);
    assert!(steps[1]["state"]["a"]["upper"].as_f64().unwrap() < 1000.0);
}

#[tokio::test]
async fn what_the_outlier_step_takes_out_is_filled_where_that_is_asked_for() {
    let mut a: Vec<f64> = (0..40).map(f64::from).collect();
    a[20] = 1000.0;
    let bench = bench(&a, &a).await;
    for (refill, at_20) in [(false, f64::NAN), (true, 20.0)] {
        let steps = StepsRequest {
            outlier: method("iqr", json!({"action": "missing", "refill": refill})),
            ..plain(1)
        };
        let found = bench.extract(steps).await.unwrap();
        let value = found.matrix.columns[0][20];
        assert!(value == at_20 || value.is_nan() && at_20.is_nan(), "{refill}: {value}");
        assert_eq!(found.metadata.imputed_cells, if refill { 2 } else { 0 });
    }
}

#[tokio::test]
async fn nothing_is_filled_again_where_nothing_fills() {
    let bench = bench(&[1.0; 4], &[2.0; 4]).await;
    let outlier = method("iqr", json!({"action": "missing", "refill": true}));
    let none = method("none", json!({}));
    let steps = StepsRequest { missing_value: none, outlier, ..plain(2) };
    assert_eq!(bench.refused(steps).await, ["outlier_params.refill"]);
}

#[tokio::test]
async fn rows_with_a_missing_cell_can_go() {
    let bench = bench(&[1.0, f64::NAN, 3.0, 4.0, 5.0], &[1.0, 2.0, 3.0, f64::NAN, 5.0]).await;
    let steps = StepsRequest { missing_value: method("drop", json!({})), ..plain(1) };
    let found = bench.extract(steps).await.unwrap();
    assert_eq!(found.matrix.timestamps, [0, 2 * SECOND, 4 * SECOND]);
    assert_eq!((found.metadata.dropped_rows, found.metadata.largest_gap_s), (2, Some(2.0)));
}

#[tokio::test]
async fn normalization_is_of_features_or_of_signals() {
    let values: Vec<f64> = (0..8).map(f64::from).collect();
    let bench = bench(&values, &values).await;
    let normalized = |scope| StepsRequest {
        normalize: method("min_max", json!({})),
        normalize_scope: Some(scope),
        ..plain(4)
    };
    let of_features = bench.extract(normalized(NormalizeScope::Feature)).await.unwrap();
    assert_eq!(of_features.matrix.columns[0], [0.0, 1.0]);
    assert!(of_features.warnings.iter().any(|warning| warning.code == "few_windows"));
    let of_signals = bench.extract(normalized(NormalizeScope::Signal)).await.unwrap();
    assert_eq!(of_signals.matrix.columns[0], [3.0 / 7.0, 1.0]);
}

#[tokio::test]
async fn signals_that_stand_still_are_warned_of() {
    let mut idle = vec![0.0; 40];
    idle[3] = 7.0;
    let bench = bench(&idle, &[5.0; 40]).await;
    let steps =
        StepsRequest { outlier: MethodRequest::default(), normalize: MethodRequest::default(), ..plain(10) };
    let found = bench.extract(steps).await.unwrap();
    let warning = |code| found.warnings.iter().find(|warning| warning.code == code).unwrap();
    assert!(warning("degenerate_bounds").message.contains(" a "), "{:?}", warning("degenerate_bounds"));
    assert!(!warning("degenerate_bounds").message.contains("twice"));
    assert!(warning("constant_columns").message.contains("twice_max"));
    assert_eq!(found.metadata.changed_cells["a"], 0);
}

#[tokio::test]
async fn all_bad_fields_come_in_one_answer() {
    let bench = bench(&[1.0], &[1.0]).await;
    let steps = StepsRequest {
        missing_value: method("interpolte", json!({})),
        outlier: method("iqr", json!({"treshold": 2})),
        window: method("sliding", json!({"window_size": 5})),
        normalize: method("none", json!({"clip": true})),
        window_size: Some(json!(7)),
        overlap: Some(json!(1)),
        feature_range: Some(json!([0, 1])),
        features: Some(vec![
            FeatureRequest::Statistic("mean".to_owned()),
            FeatureRequest::Statistic("average".to_owned()),
            FeatureRequest::Method { method: "spectrum".to_owned(), params: Map::new() },
        ]),
        ..StepsRequest::default()
    };
    let refused = bench.refused(steps).await;
    let wanted = [
        "missing_value_method",
        "outlier_params.treshold",
        "window_size",
        "features[1]",
        "features[2].method",
        "normalize_params",
        "feature_range",
    ];
    assert_eq!(refused, wanted);
}

#[tokio::test]
async fn short_forms_belong_to_methods_that_have_the_parameter() {
    let bench = bench(&[1.0], &[1.0]).await;
    let window = method("sliding_time", json!({"size_s": 10}));
    let steps = StepsRequest { window, overlap: Some(json!(0.5)), ..StepsRequest::default() };
    assert_eq!(bench.refused(steps).await, ["overlap"]);
    let outlier = method("clip", json!({}));
    let steps = StepsRequest { outlier, outlier_threshold: Some(json!(2)), ..StepsRequest::default() };
    assert_eq!(bench.refused(steps).await, ["outlier_threshold"]);
    let steps = StepsRequest { overlap: Some(json!(1)), ..StepsRequest::default() };
    assert_eq!(bench.refused(steps).await, ["overlap"]);
}

#[tokio::test]
async fn features_stand_where_they_are_asked_for_and_once() {
    let bench = bench(&[1.0, 2.0, 4.0], &[1.0; 3]).await;
    let named = |names: &[&str]| StepsRequest {
        features: Some(names.iter().map(|name| FeatureRequest::Statistic((*name).to_owned())).collect()),
        ..plain(3)
    };
    let found = bench.extract(named(&["range", "first", "count"])).await.unwrap().matrix;
    assert_eq!(found.names, ["a_range", "a_first", "a_count", "twice_range", "twice_first", "twice_count"]);
    assert_eq!(found.columns.concat(), [3.0, 1.0, 3.0, 0.0, 3.0, 3.0]);
    assert_eq!(bench.refused(named(&["min", "max", "min"])).await, ["features[2]"]);
    assert_eq!(bench.refused(named(&[])).await, ["features"]);
    let again = FeatureRequest::Method {
        method: "statistics".to_owned(),
        params: serde_json::from_value(json!({"statistics": ["max"]})).unwrap(),
    };
    let steps =
        StepsRequest { features: Some(vec![FeatureRequest::Statistic("max".to_owned()), again]), ..plain(3) };
    assert_eq!(bench.refused(steps).await, ["features"]);
}

#[tokio::test]
async fn what_is_not_there_is_told_by_field() {
    let bench = bench(&[1.0; 5], &[1.0; 5]).await;
    let unknown = ExtractRequest {
        model_code: "other".to_owned(),
        device_code: "M2".to_owned(),
        ..request(StepsRequest::default())
    };
    match bench.features.extract(unknown).await {
        Err(FeatureError::NotFound(errors)) => {
            assert_eq!(
                errors.iter().map(|error| &error.field).collect::<Vec<_>>(),
                ["model_code", "device_code"]
            );
        }
        other => panic!("{other:?}"),
    }
    let late = ExtractRequest {
        range: TimeRange::new(100 * SECOND, 200 * SECOND).unwrap(),
        ..request(StepsRequest::default())
    };
    match bench.features.extract(late).await {
        Err(FeatureError::InsufficientData(message)) => {
            assert!(message.contains("5 rows from 1970-01-01"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    match bench.extract(plain(6)).await {
        Err(FeatureError::InsufficientData(message)) => {
            assert!(message.contains('5') && message.contains('6'), "{message}");
        }
        other => panic!("{other:?}"),
    }
    let mut small = bench.features.clone();
    small.max_cells = 9;
    assert!(matches!(small.extract(request(plain(1))).await, Err(FeatureError::TooLarge(_))));
}

#[tokio::test]
async fn windows_hold_rows_under_the_models_names_and_scales() {
    let bench = bench(&[1.0, 2.0, f64::NAN, 4.0, 5.0], &[10.0, 20.0, 30.0, 40.0, 50.0]).await;
    let steps = StepsRequest {
        missing_value: method("none", json!({})),
        overlap: Some(json!(0.5)),
        features: None,
        ..plain(2)
    };
    let found = bench.features.extract_windows(request(steps)).await.unwrap();
    let WindowTensor { names, timestamps, rows_per_window, row_timestamps, columns } = found.windows;
    assert_eq!((names, rows_per_window), (vec!["a".to_owned(), "twice".to_owned()], 2));
    assert_eq!(timestamps, [0, 1, 2, 3].map(|second| second * SECOND));
    assert_eq!(row_timestamps, [0, 1, 1, 2, 2, 3, 3, 4].map(|second| second * SECOND));
    assert_eq!(columns[0].iter().filter(|value| value.is_nan()).count(), 2, "the third row stands twice");
    assert_eq!(columns[1], [21.0, 41.0, 41.0, 61.0, 61.0, 81.0, 81.0, 101.0]);
    assert_eq!((found.metadata.window_count, found.metadata.steps.len()), (4, 1));
}

#[tokio::test]
async fn windows_may_have_as_many_cells_as_rows() {
    let bench = bench(&[1.0; 5], &[1.0; 5]).await;
    let steps = StepsRequest { overlap: Some(json!(0.5)), features: None, ..plain(2) };
    let mut small = bench.features.clone();
    small.max_cells = 4 * 2 * 2;
    small.extract_windows(request(steps.clone())).await.unwrap();
    small.max_cells -= 1;
    match small.extract_windows(request(steps)).await {
        Err(FeatureError::TooLarge(message)) => assert!(message.contains("16 cells"), "{message}"),
        other => panic!("{other:?}"),
    }
}
