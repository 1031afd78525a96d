//! The domain with the built-in steps, and a welder's telemetry for it to read.

use std::path::Path;
use std::sync::Arc;

use fettle_features::Features;
use fettle_frame::{Frame, Label, LabelValues, Signal};
use fettle_metadata::{
    FieldRole, LabelKind, MetadataStore, ModelType, NewDevice, NewDeviceType, NewField, NewModel,
    NewModelField, Registration,
};
use fettle_observe::Metrics;
use fettle_series::{DeviceKey, SeriesStore};
use fettle_steps::{Plugins, Sandbox, Settings, Sources};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::server::Server;

/// 2025-11-01T00:00:00Z in nanoseconds.
pub const START: i64 = 1_761_955_200_000_000_000;

/// Rows of the telemetry, 10 s apart.
pub const ROWS: usize = 1_000;

/// Compiling the steps takes seconds, so all tests share them.
static STEPS: OnceCell<Steps> = OnceCell::const_new();

/// A sandbox and the plugins in it.
pub type Steps = Arc<Plugins>;

/// The built-in steps.
pub async fn built_in() -> Steps {
    STEPS.get_or_init(|| steps(settings(), &[])).await.clone()
}

pub fn service(
    steps: &Steps,
    metadata: &Arc<dyn MetadataStore>,
    series: &Arc<dyn SeriesStore>,
    metrics: &Arc<Metrics>,
) -> Arc<Features> {
    Arc::new(Features {
        metadata: Arc::clone(metadata),
        series: Arc::clone(series),
        sandbox: Arc::clone(steps.sandbox()),
        catalogue: steps.current(),
        metrics: Arc::clone(metrics),
        max_cells: 1_000_000,
    })
}

/// How the sandboxes of these tests are set up: native code is kept beside the tests, so that it is compiled once.
pub fn settings() -> Settings {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("native-code");
    Settings { pooling: false, native_code: Some((folder, b"the tests'".to_vec())), ..Settings::default() }
}

/// The built-in steps, and those of plugins that the tests bring, in a sandbox of their own.
pub async fn steps(settings: Settings, packages: &[&str]) -> Steps {
    let components = match packages {
        [] => Vec::new(),
        packages => fettle_componentize::components(packages, &std::env::current_exe().unwrap()),
    };
    let packages = packages.iter().map(|package| (*package).to_owned());
    steps_with(settings, packages.zip(components).collect()).await
}

/// The built-in steps, and those of these components.
pub async fn steps_with(settings: Settings, components: Vec<(String, Vec<u8>)>) -> Steps {
    let mut builtin = fettle_builtin::PLUGINS.map(|builtin| (builtin.name, builtin.component)).to_vec();
    for (name, component) in components {
        // They last as long as those of the program: a test starts few of them.
        builtin.push((String::leak(name), Vec::leak(component)));
    }
    let sources = Sources { file: None, builtin, kept: None, keeps: false };
    Plugins::start(Sandbox::new(settings).unwrap(), sources, Arc::new(Metrics::new())).await.unwrap()
}

/// Gives the server the model `welding` with the label `quality`, the devices `W1` (with rows) and `W2` (without), and
/// `P1` of another type.
pub async fn with_telemetry(server: &Server) {
    let welding = NewModel {
        code: "welding".to_owned(),
        name: "Welding".to_owned(),
        model_type: ModelType::AiAnalysis,
        fields: ["current", "voltage", "quality"].map(NewModelField::plain).to_vec(),
        defaults: serde_json::Map::new(),
    };
    for registration in [
        registration("welder", &["current", "voltage", "quality"], &["W1", "W2"], vec![welding]),
        registration("press", &["force"], &["P1"], Vec::new()),
    ] {
        server.metadata.register(&registration, Timestamp::now()).await.unwrap();
    }
    server.series.write(&welder("W1"), telemetry()).await.unwrap();
}

/// Gives the server, beside what [`with_telemetry`] gave it, another device of the model, and its rows.
pub async fn with_welder(server: &Server, device: &str, timestamps: Vec<i64>, signals: [Vec<f64>; 2]) {
    let registration = registration("welder", &["current", "voltage"], &[device], Vec::new());
    server.metadata.register(&registration, Timestamp::now()).await.unwrap();
    let [current, voltage] = signals;
    let frame =
        Frame::new(timestamps, vec![signal("current", current), signal("voltage", voltage)], Vec::new());
    server.series.write(&welder(device), frame.unwrap()).await.unwrap();
}

fn registration(code: &str, fields: &[&str], devices: &[&str], models: Vec<NewModel>) -> Registration {
    let field = |code: &&str| NewField {
        code: (*code).to_owned(),
        name: (*code).to_owned(),
        role: if *code == "quality" { FieldRole::Label(LabelKind::Int) } else { FieldRole::Signal },
        unit: None,
    };
    let device = |code: &&str| NewDevice { code: (*code).to_owned(), name: (*code).to_owned() };
    Registration {
        device_type: NewDeviceType { code: code.to_owned(), name: code.to_owned() },
        fields: fields.iter().map(field).collect(),
        devices: devices.iter().map(device).collect(),
        models,
    }
}

pub fn welder(device: &str) -> DeviceKey {
    DeviceKey { device_type: "welder".to_owned(), device: device.to_owned() }
}

fn signal(name: &str, values: Vec<f64>) -> Signal {
    Signal { name: name.to_owned(), values }
}

/// Two signals that vary, with a gap in the first, and a label that is 1 in every third run of 50 rows.
pub fn telemetry() -> Frame {
    let wave = |row: usize| (row as f64 * 0.1).sin();
    let mut current: Vec<f64> = (0..ROWS).map(|row| 150.0 + 20.0 * wave(row)).collect();
    current[40..45].fill(f64::NAN);
    let voltage = (0..ROWS).map(|row| 24.0 + wave(row * 3)).collect();
    let timestamps = (0..ROWS as i64).map(|row| START + row * 10_000_000_000).collect();
    let quality = LabelValues::Int((0..ROWS).map(|row| Some(i64::from(row / 50 % 3 == 2))).collect());
    let labels = vec![Label { name: "quality".to_owned(), values: quality }];
    Frame::new(timestamps, vec![signal("current", current), signal("voltage", voltage)], labels).unwrap()
}
