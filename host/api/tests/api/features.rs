//! The domain with the built-in steps, and a welder's telemetry for it to read.

use std::sync::Arc;

use fettle_features::Features;
use fettle_frame::{Frame, Signal};
use fettle_metadata::{
    FieldRole, MetadataStore, ModelType, NewDevice, NewDeviceType, NewField, NewModel, NewModelField,
    Registration,
};
use fettle_observe::Metrics;
use fettle_series::{DeviceKey, SeriesStore};
use fettle_steps::{Catalogue, Plugin, Sandbox, Settings};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::server::Server;

/// 2025-11-01T00:00:00Z in nanoseconds.
pub const START: i64 = 1_761_955_200_000_000_000;

/// Rows of the telemetry, 10 s apart.
pub const ROWS: usize = 1_000;

/// Compiling the steps takes seconds, so all tests share them.
static STEPS: OnceCell<Steps> = OnceCell::const_new();

/// A sandbox and the methods in it.
pub type Steps = (Arc<Sandbox>, Arc<Catalogue>);

/// The built-in steps.
pub async fn built_in() -> Steps {
    STEPS.get_or_init(steps).await.clone()
}

pub fn service(
    (sandbox, catalogue): Steps,
    metadata: &Arc<dyn MetadataStore>,
    series: &Arc<dyn SeriesStore>,
    metrics: &Arc<Metrics>,
) -> Arc<Features> {
    Arc::new(Features {
        metadata: Arc::clone(metadata),
        series: Arc::clone(series),
        sandbox,
        catalogue,
        metrics: Arc::clone(metrics),
        max_cells: 1_000_000,
    })
}

async fn steps() -> Steps {
    let sandbox = Sandbox::new(Settings { pooling: false, ..Settings::default() }).unwrap();
    let mut plugins = Vec::new();
    for builtin in fettle_builtin::PLUGINS {
        let inside = Arc::clone(&sandbox);
        let admit = move || Plugin::admit(&inside, builtin.component, None);
        plugins.push(sandbox.threads().run(admit).await.unwrap().unwrap());
    }
    (sandbox, Arc::new(Catalogue::new(plugins).unwrap()))
}

/// Gives the server the model `welding`, the devices `W1` (with rows) and `W2` (without), and `P1` of another type.
pub async fn with_telemetry(server: &Server) {
    let device_type = |code: &str, fields: &[&str], devices: &[&str], models: Vec<NewModel>| Registration {
        device_type: NewDeviceType { code: code.to_owned(), name: code.to_owned() },
        fields: fields
            .iter()
            .map(|code| NewField {
                code: (*code).to_owned(),
                name: (*code).to_owned(),
                role: FieldRole::Signal,
                unit: None,
            })
            .collect(),
        devices: devices
            .iter()
            .map(|code| NewDevice { code: (*code).to_owned(), name: (*code).to_owned() })
            .collect(),
        models,
    };
    let welding = NewModel {
        code: "welding".to_owned(),
        name: "Welding".to_owned(),
        model_type: ModelType::AiAnalysis,
        fields: vec![NewModelField::plain("current"), NewModelField::plain("voltage")],
        defaults: serde_json::Map::new(),
    };
    for registration in [
        device_type("welder", &["current", "voltage"], &["W1", "W2"], vec![welding]),
        device_type("press", &["force"], &["P1"], Vec::new()),
    ] {
        server.metadata.register(&registration, Timestamp::now()).await.unwrap();
    }
    let device = DeviceKey { device_type: "welder".to_owned(), device: "W1".to_owned() };
    server.series.write(&device, telemetry()).await.unwrap();
}

/// Two signals that vary, with a gap in the first.
fn telemetry() -> Frame {
    let wave = |row: usize| (row as f64 * 0.1).sin();
    let mut current: Vec<f64> = (0..ROWS).map(|row| 150.0 + 20.0 * wave(row)).collect();
    current[40..45].fill(f64::NAN);
    let voltage = (0..ROWS).map(|row| 24.0 + wave(row * 3)).collect();
    let signal = |name: &str, values| Signal { name: name.to_owned(), values };
    let timestamps = (0..ROWS as i64).map(|row| START + row * 10_000_000_000).collect();
    Frame::new(timestamps, vec![signal("current", current), signal("voltage", voltage)], Vec::new()).unwrap()
}
