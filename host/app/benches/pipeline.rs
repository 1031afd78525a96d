//! The seed pipeline, step by step, in the sandbox and as the same Rust compiled natively: what the sandbox costs.
//!
//! One thread, 86,400 rows × 5 signals of the demo's telemetry: interpolate, iqr, windows of 100 rows every 50, five
//! statistics, z_score. Values are compared before times; times are medians over runs that take turns, and only their
//! ratios mean much on a busy machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fettle_frame::{Frame, Signal, Window};
use fettle_sdk::{Column, testing};
use fettle_steps::{Catalogue, Kind, Plugin, Sandbox, Settings, Step};
use serde_json::Map;

const ROWS: usize = 86_400;
const RUNS: usize = 11;

/// The steps in their order, as they are shown.
const STEPS: [&str; 5] = [
    "missing values: interpolate",
    "outliers: iqr",
    "windows: sliding",
    "features: statistics",
    "normalize: z_score",
];

/// How long each step took, and the matrix.
type Outcome = ([Duration; 5], Vec<Signal>);

fn main() {
    let mut telemetry = fettle_app::demo::telemetry::telemetry(&fettle_app::demo::telemetry::MACHINES[0]);
    telemetry.timestamps.truncate(ROWS);
    telemetry.signals.iter_mut().for_each(|signal| signal.values.truncate(ROWS));
    telemetry.labels.clear();
    let cells = ROWS * telemetry.signals.len();
    let sandboxed = Sandboxed::start();
    let frame = Arc::new(telemetry);
    let native_frame = native_frame(&frame);

    compare(&sandboxed.run(&frame).1, &native(&native_frame).1);
    let mut times = [(); 2].map(|()| Vec::with_capacity(RUNS));
    for _ in 0..RUNS {
        times[0].push(sandboxed.run(&frame).0);
        times[1].push(native(&native_frame).0);
    }

    println!("{ROWS} rows × {} signals, one thread, medians of {RUNS} runs in turns", frame.signals.len());
    println!("{:<28} {:>12} {:>12} {:>8} {:>16}", "", "sandbox", "native", "ratio", "sandbox, a value");
    let row = |name: &str, of: &dyn Fn(&[Duration; 5]) -> Duration| {
        let [sandbox, native] = [&times[0], &times[1]].map(|runs| median(runs.iter().map(of).collect()));
        let ratio = sandbox.as_secs_f64() / native.as_secs_f64();
        let nanoseconds = sandbox.as_secs_f64() * 1e9 / cells as f64;
        println!(
            "{name:<28} {} {} {ratio:>8.2} {nanoseconds:>13.2} ns",
            milliseconds(sandbox),
            milliseconds(native)
        );
    };
    for (index, name) in STEPS.iter().enumerate() {
        row(name, &|steps| steps[index]);
    }
    row("the whole pipeline", &|steps| steps.iter().sum());
}

/// The built-in steps as the server runs them.
struct Sandboxed {
    missing_value: Step,
    outlier: Step,
    window: Step,
    statistics: Step,
    normalize: Step,
}

impl Sandboxed {
    fn start() -> Self {
        let sandbox = Sandbox::new(Settings { threads: 1, ..Settings::default() }).expect("a sandbox");
        let admit = |builtin: fettle_builtin::Builtin| {
            Plugin::admit(&sandbox, builtin.component, None).expect("built-in plugins are admitted")
        };
        let catalogue = Catalogue::new(fettle_builtin::PLUGINS.map(admit).into()).expect("no method twice");
        let step = |kind, method| catalogue.resolve(kind, method, &Map::new()).expect("defaults are valid");
        Self {
            missing_value: step(Kind::MissingValue, "interpolate"),
            outlier: step(Kind::Outlier, "iqr"),
            window: step(Kind::Window, "sliding"),
            statistics: step(Kind::Feature, "statistics"),
            normalize: step(Kind::Normalize, "z_score"),
        }
    }

    fn run(&self, frame: &Arc<Frame>) -> Outcome {
        let mut clock = Clock::start();
        let (_, filled) = self.missing_value.fit_apply(frame).expect("it fills");
        clock.lap();
        let (_, bounded) = self.outlier.fit_apply(&Arc::new(filled.frame)).expect("it bounds");
        clock.lap();
        let cleaned = Arc::new(bounded.frame);
        let windows = self.window.plan(&cleaned).expect("it plans");
        clock.lap();
        let (features, _) = self.statistics.compute(&cleaned, &windows).expect("it computes");
        clock.lap();
        let timestamps = windows.iter().map(|window: &Window| cleaned.timestamps[window.start]).collect();
        let features = Arc::new(Frame { timestamps, signals: features, labels: Vec::new() });
        let (_, scaled) = self.normalize.fit_apply(&features).expect("it scales");
        clock.lap();
        (clock.laps, scaled.frame.signals)
    }
}

/// The same plugins, called without a sandbox through the same interface.
fn native(frame: &fettle_sdk::Frame) -> Outcome {
    use fettle_missing_value::Plugin as MissingValue;
    let mut clock = Clock::start();
    let filled = testing::run::<MissingValue>("interpolate", "{}", frame).expect("it fills");
    clock.lap();
    let mut cleaned = fettle_sdk::Frame { timestamps: frame.timestamps.clone(), columns: filled.columns };
    cleaned.columns =
        testing::run::<fettle_outlier::Plugin>("iqr", "{}", &cleaned).expect("it bounds").columns;
    clock.lap();
    let windows = testing::plan::<fettle_window::Plugin>("sliding", "{}", &cleaned).expect("it plans");
    clock.lap();
    let features = testing::compute::<fettle_statistics::Plugin>("statistics", "{}", &cleaned, &windows)
        .expect("it computes");
    clock.lap();
    let timestamps = windows.iter().map(|window| cleaned.timestamps[window.start as usize]).collect();
    let features = fettle_sdk::Frame { timestamps, columns: features };
    let scaled = testing::run::<fettle_normalize::Plugin>("z_score", "{}", &features).expect("it scales");
    clock.lap();
    let signals =
        scaled.columns.into_iter().map(|column| Signal { name: column.name, values: column.values });
    (clock.laps, signals.collect())
}

fn native_frame(frame: &Frame) -> fettle_sdk::Frame {
    let column = |signal: &Signal| Column { name: signal.name.clone(), values: signal.values.clone() };
    fettle_sdk::Frame {
        timestamps: frame.timestamps.clone(),
        columns: frame.signals.iter().map(column).collect(),
    }
}

/// Both must agree bit for bit: what differs is not worth timing.
fn compare(sandbox: &[Signal], native: &[Signal]) {
    assert_eq!(sandbox.len(), native.len());
    for (sandbox, native) in sandbox.iter().zip(native) {
        assert_eq!(sandbox.name, native.name);
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        assert!(sandbox.values.iter().zip(&native.values).all(same), "{} differs", sandbox.name);
    }
}

struct Clock {
    laps: [Duration; 5],
    lap: usize,
    since: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { laps: [Duration::ZERO; 5], lap: 0, since: Instant::now() }
    }

    fn lap(&mut self) {
        self.laps[self.lap] = self.since.elapsed();
        self.lap += 1;
        self.since = Instant::now();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> String {
    format!("{:>9.3} ms", time.as_secs_f64() * 1e3)
}
