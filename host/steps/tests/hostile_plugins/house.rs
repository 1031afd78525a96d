//! One sandbox for all cases, which has to survive them, and the components that are made hostile.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fettle_frame::{Frame, Signal};
use fettle_steps::{AdmissionError, Catalogue, Kind, Limits, Plugin, Sandbox, Settings};
use serde_json::Map;

/// The packages of the plugins that take orders, in the order of [`World`].
const PACKAGES: [&str; 3] = ["fettle-hostile-transform", "fettle-hostile-window", "fettle-hostile-features"];

/// Which interface a plugin exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum World {
    Transform,
    Window,
    Features,
}

impl World {
    pub fn kind(self) -> Kind {
        match self {
            World::Transform => Kind::Outlier,
            World::Window => Kind::Window,
            World::Features => Kind::Feature,
        }
    }

    /// The plugin with these orders.
    pub fn ordered(self, orders: &str) -> Vec<u8> {
        static COMPONENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
        let inside = std::env::current_exe().unwrap();
        let components = COMPONENTS.get_or_init(|| fettle_componentize::components(&PACKAGES, &inside));
        fettle_hostile_orders::given(&components[self as usize], orders)
    }
}

/// Limits within which an endless loop is no long one.
pub fn limits() -> Limits {
    Limits {
        base_time: Duration::from_millis(200),
        memory_bytes: 16 << 20,
        output_bytes: 4 << 20,
        ..Limits::default()
    }
}

/// Settings with a pool, and with native code beside the tests, so that each component is compiled once.
pub fn settings() -> Settings {
    let native_code = Path::new(env!("CARGO_TARGET_TMPDIR")).join("native-code");
    Settings {
        threads: 4,
        limits: limits(),
        native_code: Some((native_code, b"the tests'".to_vec())),
        ..Settings::default()
    }
}

/// The sandbox of all tests in this process.
pub fn sandbox() -> &'static Arc<Sandbox> {
    static SANDBOX: OnceLock<Arc<Sandbox>> = OnceLock::new();
    SANDBOX.get_or_init(|| Sandbox::new(settings()).unwrap())
}

/// Does something on a guest thread, where guest code belongs.
pub fn on_guest_thread<T: Send + 'static>(sandbox: &Sandbox, work: impl FnOnce() -> T + Send + 'static) -> T {
    let waits = tokio::runtime::Builder::new_current_thread().build().unwrap();
    waits.block_on(sandbox.threads().run(work)).unwrap()
}

/// Lets a component in, or not.
pub fn admit(sandbox: &Arc<Sandbox>, component: Vec<u8>) -> Result<Arc<Plugin>, AdmissionError> {
    let own = Arc::clone(sandbox);
    on_guest_thread(sandbox, move || Plugin::admit(&own, &component, None))
}

/// Why a component is not let in.
pub fn refused(sandbox: &Arc<Sandbox>, component: Vec<u8>) -> String {
    match admit(sandbox, component) {
        Ok(plugin) => panic!("{plugin:?} is let in"),
        Err(error) => error.to_string(),
    }
}

/// A frame of one column.
pub fn column(values: &[f64]) -> Frame {
    let signals = vec![Signal { name: "a".to_owned(), values: values.to_vec() }];
    Frame::new((0..values.len() as i64).collect(), signals, Vec::new()).unwrap()
}

/// Whether a built-in plugin answers as ever in a sandbox.
pub fn assert_sound(sandbox: &Arc<Sandbox>) {
    let built_in = fettle_builtin::PLUGINS.iter().find(|plugin| plugin.name == "normalize").unwrap();
    let own = Arc::clone(sandbox);
    let scaled = on_guest_thread(sandbox, move || {
        let plugin = Plugin::admit(&own, built_in.component, None).unwrap();
        let catalogue = Catalogue::new(vec![plugin]).unwrap();
        let step = catalogue.resolve(Kind::Normalize, "min_max", &Map::new()).unwrap();
        step.fit_apply(&Arc::new(column(&[0.0, 5.0, 10.0]))).unwrap().1.frame
    });
    assert_eq!(scaled.signals[0].values, [0.0, 0.5, 1.0]);
}
