//! A service over stores in a temporary folder, with presses that have rows and labels.

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType};
use fettle_datasets::manifest::Manifest;
use fettle_datasets::store::{DatasetId, DatasetStore};
use fettle_datasets::table::{Part, TableReader};
use fettle_datasets::{BuiltFor, DatasetError, DatasetRequest, Datasets, Progress};
use fettle_features::{FeatureError, Features};
use fettle_frame::{Frame, Label, LabelValues, Signal};
use fettle_metadata::{
    FieldRole, LabelKind, MetadataStore, ModelType, NewDevice, NewDeviceType, NewField, NewModel,
    NewModelField, Registration, SqliteStore,
};
use fettle_observe::Metrics;
use fettle_series::{DeviceKey, ParquetStore, SeriesStore};
use fettle_steps::{Catalogue, Plugin, Sandbox, Settings, Terms};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

pub const SECOND: i64 = 1_000_000_000;
/// 2025-11-01T00:00:00Z.
pub const START: i64 = 1_761_955_200 * SECOND;
/// Rows of each press, a second apart.
pub const ROWS: usize = 1_200;

/// Presses P1 to P3 with rows, P4 without.
pub struct Bench {
    pub datasets: Datasets,
    pub features: Arc<Features>,
    pub series: Arc<dyn SeriesStore>,
    pub folder: TempDir,
}

/// Nobody watches.
#[derive(Debug)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _devices: u64) {}

    fn device_done(&self, _windows: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Bench {
    pub async fn new() -> Self {
        Self::with_threads(2).await
    }

    pub async fn with_threads(threads: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Arc::new(SqliteStore::open(&folder.path().join("metadata.sqlite")).await.unwrap());
        let metadata: Arc<dyn MetadataStore> = Arc::<SqliteStore>::clone(&sqlite);
        let field =
            |code: &str, role| NewField { code: code.to_owned(), name: code.to_owned(), role, unit: None };
        let devices = ["P1", "P2", "P3", "P4"];
        let registration = Registration {
            device_type: NewDeviceType { code: "press".to_owned(), name: "Press".to_owned() },
            fields: vec![
                field("force", FieldRole::Signal),
                field("heat", FieldRole::Signal),
                field("bad", FieldRole::Label(LabelKind::Int)),
            ],
            devices: devices
                .iter()
                .map(|code| NewDevice { code: (*code).to_owned(), name: (*code).to_owned() })
                .collect(),
            models: vec![NewModel {
                code: "m".to_owned(),
                name: "m".to_owned(),
                model_type: ModelType::AiAnalysis,
                fields: ["force", "heat", "bad"].map(NewModelField::plain).to_vec(),
                defaults: Map::new(),
            }],
        };
        metadata.register(&registration, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        let series: Arc<dyn SeriesStore> = Arc::new(ParquetStore::new(folder.path().join("series")));
        for (number, code) in devices.iter().take(3).enumerate() {
            series.write(&key(code), press(number)).await.unwrap();
        }
        let (sandbox, catalogue) = steps(threads);
        let features = Arc::new(Features {
            metadata,
            series: Arc::clone(&series),
            sandbox,
            catalogue: catalogue.into(),
            metrics: Arc::new(Metrics::new()),
            max_cells: 1_000_000,
        });
        let store = DatasetStore::at(folder.path().join("datasets").to_str().unwrap()).unwrap();
        let scratch = folder.path().join("scratch");
        std::fs::create_dir(&scratch).unwrap();
        let datasets = Datasets::new(Arc::clone(&features), Arc::new(store), sqlite, scratch);
        Self { datasets, features, series, folder }
    }

    /// The same stores under a program whose built-in plugins are other ones: each has a section more, and so another
    /// digest.
    pub async fn under_another_program(&self) -> Datasets {
        self.under_another_program_in(&self.features.sandbox).await
    }

    /// The same in another sandbox.
    pub async fn under_another_program_in(&self, sandbox: &Arc<Sandbox>) -> Datasets {
        let plugins = fettle_builtin::PLUGINS.map(|builtin| {
            let custom_section = [0, 6, 5, b'o', b't', b'h', b'e', b'r'];
            let component = [builtin.component, &custom_section].concat();
            Plugin::admit_on(sandbox, &component, &Terms { trusted: true, ..Terms::of(sandbox) }).unwrap()
        });
        let catalogue = Arc::new(Catalogue::new(plugins.into()).unwrap());
        let sandbox = Arc::clone(sandbox);
        let features = Features { sandbox, catalogue: catalogue.into(), ..(*self.features).clone() };
        let index = SqliteStore::open(&self.folder.path().join("metadata.sqlite")).await.unwrap();
        let store = Arc::clone(self.datasets.store());
        Datasets::new(Arc::new(features), store, Arc::new(index), self.folder.path().join("scratch"))
    }

    pub async fn build(&self, changes: Value) -> Result<Manifest, DatasetError> {
        let built_for = BuiltFor { user: "ada".to_owned(), job_id: None };
        self.datasets.build(request(changes), built_for, Arc::new(Unwatched)).await
    }

    /// `field` of everything that is wrong with a request.
    pub async fn refused(&self, changes: Value) -> Vec<String> {
        match self.build(changes).await {
            Err(DatasetError::Feature(
                FeatureError::InvalidParameter(errors) | FeatureError::NotFound(errors),
            )) => errors.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other}"),
            Ok(manifest) => panic!("{} was built", manifest.dataset_id),
        }
    }

    /// Why there is too little data.
    pub async fn insufficient(&self, changes: Value) -> String {
        match self.build(changes).await {
            Err(DatasetError::Feature(FeatureError::InsufficientData(message))) => message,
            Err(other) => panic!("{other}"),
            Ok(manifest) => panic!("{} was built", manifest.dataset_id),
        }
    }

    /// The stored table.
    pub async fn table(&self, manifest: &Manifest) -> Table {
        let id = DatasetId::parse(&manifest.dataset_id).unwrap();
        let file = self.datasets.store().fetch_data(&id, self.folder.path()).await.unwrap();
        let reader = TableReader::open(file.path()).unwrap();
        let batches: Vec<RecordBatch> = reader.batches(Part::All).unwrap().map(Result::unwrap).collect();
        let schema = batches[0].schema();
        Table(arrow::compute::concat_batches(&schema, &batches).unwrap())
    }
}

/// A dataset's table in memory.
pub struct Table(pub RecordBatch);

impl Table {
    pub fn rows(&self) -> usize {
        self.0.num_rows()
    }

    pub fn device(&self, row: usize) -> &str {
        self.0.column_by_name("device_code").unwrap().as_string::<i32>().value(row)
    }

    pub fn side(&self, row: usize) -> &str {
        self.0.column_by_name("split").unwrap().as_string::<i32>().value(row)
    }

    pub fn start(&self, row: usize) -> i64 {
        self.0.column_by_name("window_start").unwrap().as_primitive::<TimestampNanosecondType>().value(row)
    }

    pub fn label(&self, row: usize) -> i64 {
        self.0.column_by_name("bad").unwrap().as_primitive::<Int64Type>().value(row)
    }

    /// The bits of a row's features.
    pub fn features(&self, row: usize) -> Vec<Option<u64>> {
        let columns = 4..self.0.num_columns() - 1;
        let cell = |column: usize| {
            let column = self.0.column(column).as_primitive::<Float64Type>();
            (!column.is_null(row)).then(|| column.value(row).to_bits())
        };
        columns.map(cell).collect()
    }
}

pub fn key(device: &str) -> DeviceKey {
    DeviceKey { device_type: "press".to_owned(), device: device.to_owned() }
}

/// Rows of the `number`th press: gaps, outliers, and a label that is missing at times.
pub fn press(number: usize) -> Frame {
    let wave = |row: usize, speed: f64| ((row + 37 * number) as f64 * speed).sin();
    let mut force: Vec<f64> = (0..ROWS).map(|row| 100.0 + 10.0 * wave(row, 0.05)).collect();
    let mut heat: Vec<f64> = (0..ROWS).map(|row| 20.0 + number as f64 + wave(row, 0.31)).collect();
    force[40..47].fill(f64::NAN);
    for row in (0..ROWS).step_by(131) {
        heat[row] = 90.0;
    }
    let bad = (0..ROWS).map(|row| (row % 97 != 0).then(|| i64::from(wave(row, 0.011) > 0.3))).collect();
    let signal = |name: &str, values| Signal { name: name.to_owned(), values };
    let timestamps = (0..ROWS as i64).map(|row| START + row * SECOND).collect();
    let label = Label { name: "bad".to_owned(), values: LabelValues::Int(bad) };
    Frame::new(timestamps, vec![signal("force", force), signal("heat", heat)], vec![label]).unwrap()
}

/// A request for all presses with rows, with changes.
pub fn request(changes: Value) -> DatasetRequest {
    let mut request = json!({
        "model_code": "m", "device_codes": ["P1", "P2", "P3"], "label_column": "bad",
        "start_time": "2025-11-01T00:00:00Z", "end_time": "2025-11-02T00:00:00Z",
        "window_size": 20, "overlap": 0.5,
    });
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (name, value) in changes {
        request[name] = value;
    }
    serde_json::from_value(request).unwrap()
}

/// Compiling the steps takes seconds, so all tests with as many threads share them.
fn steps(threads: usize) -> (Arc<Sandbox>, Arc<Catalogue>) {
    static STEPS: [OnceLock<(Arc<Sandbox>, Arc<Catalogue>)>; 9] = [const { OnceLock::new() }; 9];
    let start = || {
        let sandbox = Sandbox::new(Settings { threads, ..Settings::default() }).unwrap();
        let plugins =
            fettle_builtin::PLUGINS.map(|builtin| Plugin::admit(&sandbox, builtin.component, None).unwrap());
        (sandbox, Arc::new(Catalogue::new(plugins.into()).unwrap()))
    };
    STEPS[threads].get_or_init(start).clone()
}
