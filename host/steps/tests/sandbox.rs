//! The built-in plugins, and hostile ones, on the real engine.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fettle_frame::{Frame, Signal};
use fettle_steps::{
    AdmissionError, Catalogue, Fault, Fitted, Kind, Limits, Plugin, Sandbox, Settings, State, StepError,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

fn sandbox(settings: Settings) -> Arc<Sandbox> {
    Sandbox::new(settings).unwrap()
}

fn short_limits() -> Limits {
    Limits { base_time: Duration::from_millis(300), memory_bytes: 64 << 20, ..Limits::default() }
}

fn hostile() -> &'static [u8] {
    static COMPONENT: OnceLock<Vec<u8>> = OnceLock::new();
    COMPONENT.get_or_init(|| {
        let inside = std::env::current_exe().unwrap();
        fettle_componentize::components(&["fettle-hostile"], &inside).remove(0)
    })
}

fn builtin_catalogue(sandbox: &Arc<Sandbox>) -> Catalogue {
    let admit = |builtin: &fettle_builtin::Builtin| {
        Plugin::admit(sandbox, builtin.component, None)
            .unwrap_or_else(|error| panic!("{}: {error}", builtin.name))
    };
    Catalogue::new(fettle_builtin::PLUGINS.iter().map(admit).collect()).unwrap()
}

fn frame(columns: &[(&str, &[f64])]) -> Arc<Frame> {
    let rows = columns[0].1.len() as i64;
    let signal =
        |(name, values): &(&str, &[f64])| Signal { name: (*name).to_owned(), values: values.to_vec() };
    let timestamps = (0..rows).map(|row| row * 1_000_000_000).collect();
    Arc::new(Frame::new(timestamps, columns.iter().map(signal).collect(), Vec::new()).unwrap())
}

fn params(params: Value) -> Map<String, Value> {
    serde_json::from_value(params).unwrap()
}

#[test]
fn all_built_in_plugins_are_admitted_and_no_two_methods_share_a_name() {
    let catalogue = builtin_catalogue(&sandbox(Settings::default()));
    let names = |kind| catalogue.names(kind).join(" ");
    assert_eq!(names(Kind::MissingValue), "backward_fill drop forward_fill interpolate mean median");
    assert_eq!(names(Kind::Outlier), "clip iqr z_score");
    assert_eq!(names(Kind::Window), "sliding sliding_time");
    assert_eq!(names(Kind::Feature), "statistics");
    assert_eq!(names(Kind::Normalize), "min_max z_score");
}

#[test]
fn a_step_fits_and_applies_in_the_sandbox() {
    let catalogue = builtin_catalogue(&sandbox(Settings::default()));
    let step = catalogue.resolve(Kind::Normalize, "min_max", &params(json!({}))).unwrap();
    let data = frame(&[("a", &[0.0, 5.0, 10.0]), ("b", &[1.0, f64::NAN, 3.0])]);
    let (state, applied) = step.fit_apply(&data).unwrap();
    assert_eq!(applied.frame.signals[0].values, [0.0, 0.5, 1.0]);
    assert_eq!(applied.frame.signals[1].values[2], 1.0);
    assert!(applied.frame.signals[1].values[1].is_nan());
    assert_eq!(applied.changes[0].changed, 2, "0 stays 0");
    let again = step.apply(&step.fit(&[Arc::clone(&data)]).unwrap(), &data).unwrap();
    assert_eq!(again.frame.signals[0], applied.frame.signals[0]);
    assert_eq!(serde_json::to_value(&state).unwrap()["a"]["min"], json!(0.0));
}

#[test]
fn the_same_frame_gives_the_same_bits_with_and_without_a_pool_and_on_any_number_of_threads() {
    let values: Vec<f64> = (0..20_000).map(|i| f64::from(i * 7919 % 10_007) * 0.37 - 11.0).collect();
    let other: Vec<f64> = values.iter().map(|value| value.sin() * 1e6).collect();
    let data = frame(&[("a", &values), ("b", &other), ("c", &values)]);
    let mut found = Vec::new();
    for (threads, pooling) in [(1, true), (2, true), (8, false)] {
        let catalogue = builtin_catalogue(&sandbox(Settings { threads, pooling, ..Settings::default() }));
        let bounds = catalogue.resolve(Kind::Outlier, "z_score", &params(json!({}))).unwrap();
        let (state, applied) = bounds.fit_apply(&data).unwrap();
        found.push((serde_json::to_string(&state).unwrap(), applied.frame));
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
}

#[test]
fn parameters_that_the_schema_refuses_are_told_by_name() {
    let catalogue = builtin_catalogue(&sandbox(Settings::default()));
    let refused = |kind, method, given| match catalogue.resolve(kind, method, &params(given)) {
        Err(StepError::InvalidParams { errors, .. }) => {
            errors.into_iter().map(|error| error.path).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Kind::Window, "sliding", json!({"overlap": 1})), ["/overlap"]);
    assert_eq!(refused(Kind::Window, "sliding", json!({"window_size": "many"})), ["/window_size"]);
    assert_eq!(refused(Kind::MissingValue, "interpolate", json!({"limt": 3})), ["/limt"]);
    assert!(matches!(
        catalogue.resolve(Kind::Outlier, "iqrr", &Map::new()),
        Err(StepError::UnknownMethod { known, .. }) if known == ["clip", "iqr", "z_score"]
    ));
}

#[test]
fn each_misdeed_ends_as_its_error() {
    let sandbox = sandbox(Settings { limits: short_limits(), ..Settings::default() });
    let catalogue = Catalogue::new(vec![Plugin::admit(&sandbox, hostile(), None).unwrap()]).unwrap();
    let data = frame(&[("a", &[1.0, 2.0, 3.0])]);
    let outcome = |method: &str| {
        let step = catalogue.resolve(Kind::Outlier, method, &Map::new()).unwrap();
        step.fit_apply(&data).map(|(_, applied)| applied)
    };
    let fault = |method: &str| match outcome(method) {
        Err(StepError::Fault { fault, .. }) => fault,
        other => panic!("{method}: {other:?}"),
    };
    assert!(matches!(outcome("loop_for_ever"), Err(StepError::Timeout { .. })));
    assert!(matches!(fault("eat_memory"), Fault::Memory(64)), "{:?}", fault("eat_memory"));
    assert!(matches!(fault("trap"), Fault::Trap(_)));
    assert!(matches!(fault("recurse"), Fault::Trap(_)));
    assert!(
        matches!(fault("too_few_rows"), Fault::Answer(what) if what.contains("2 values of `a` for 3 rows"))
    );
    assert!(matches!(fault("other_column"), Fault::Answer(what) if what.contains("`a!`")));
    assert!(matches!(fault("kept_out_of_range"), Fault::Answer(_)));
    let infinite = outcome("infinite").unwrap();
    assert_eq!(infinite.changes[0].overflowed, 3);
    assert!(infinite.frame.signals[0].values.iter().all(|value| value.is_nan()));
    assert_eq!(outcome("well_behaved").unwrap().frame, *data, "the sandbox goes on");
}

#[test]
fn what_one_request_gave_cannot_be_read_in_the_next() {
    for pooling in [true, false] {
        let sandbox = sandbox(Settings { threads: 1, pooling, ..Settings::default() });
        let catalogue = Catalogue::new(vec![Plugin::admit(&sandbox, hostile(), None).unwrap()]).unwrap();
        let values = |method: &str, given: f64, rows: usize| {
            let step = catalogue.resolve(Kind::Outlier, method, &Map::new()).unwrap();
            step.fit_apply(&frame(&[("a", &vec![given; rows])])).unwrap().1.frame.signals.remove(0).values
        };
        // It does find what it is given itself.
        assert!(values("search", 1_234_567.25, 1000)[0] >= 1000.0, "pooling: {pooling}");
        for _ in 0..8 {
            values("well_behaved", 1_234_567.25, 100_000);
            values("remember", 1_234_567.25, 100_000);
            assert_eq!(values("search", 1.0, 10), [0.0; 10], "pooling: {pooling}");
            assert_eq!(values("remember", 1.0, 10), [-1.0; 10], "pooling: {pooling}");
        }
    }
}

#[tokio::test]
async fn a_plugin_that_loops_holds_up_nobody_else() {
    let limits = Limits { base_time: Duration::from_secs(3), ..Limits::default() };
    let sandbox = sandbox(Settings { threads: 2, limits, ..Settings::default() });
    let hostile = Plugin::admit(&sandbox, hostile(), None).unwrap();
    let catalogue = Arc::new(Catalogue::new(vec![hostile]).unwrap());
    let run = |method: &'static str| {
        let catalogue = Arc::clone(&catalogue);
        sandbox.threads().run(move || {
            let step = catalogue.resolve(Kind::Outlier, method, &Map::new())?;
            step.fit_apply(&frame(&[("a", &[1.0])])).map(drop)
        })
    };
    let others = async {
        for _ in 0..50 {
            run("well_behaved").await.unwrap().unwrap();
        }
    };
    // The loop is polled first and starts first; it must still be running when fifty others have ended.
    tokio::select! {
        biased;
        looped = run("loop_for_ever") => panic!("the loop ended first: {looped:?}"),
        () = others => {}
    }
}

#[test]
fn what_is_no_plugin_is_not_admitted() {
    let sandbox = sandbox(Settings::default());
    let refused = |bytes: &[u8]| Plugin::admit(&sandbox, bytes, None).unwrap_err();
    assert!(matches!(refused(b""), AdmissionError::Invalid(_)));
    assert!(matches!(refused(b"not WebAssembly at all"), AdmissionError::Invalid(_)));
    assert!(
        matches!(refused(b"\0asm\x01\0\0\0"), AdmissionError::Invalid(what) if what.contains("core module"))
    );
    assert!(matches!(refused(b"\0asm\x0d\0\x01\0"), AdmissionError::Contract(_)));
    let whole = fettle_builtin::PLUGINS[0].component;
    assert!(matches!(refused(&whole[..whole.len() / 2]), AdmissionError::Invalid(_)));
    let pinned = Plugin::admit(&sandbox, whole, Some("00"));
    assert!(matches!(pinned, Err(AdmissionError::Digest { .. })));
    let small = Limits { file_bytes: 1000, ..Limits::default() };
    let small = self::sandbox(Settings { limits: small, ..Settings::default() });
    assert!(matches!(Plugin::admit(&small, whole, None), Err(AdmissionError::TooLarge { .. })));
}

#[test]
fn two_plugins_with_the_same_method_are_refused() {
    let sandbox = sandbox(Settings::default());
    let plugin = || Plugin::admit(&sandbox, fettle_builtin::PLUGINS[1].component, None).unwrap();
    let error = Catalogue::new(vec![plugin(), plugin()]).unwrap_err().to_string();
    assert!(error.contains("`outlier` and `outlier` both have the outlier method `iqr`"), "{error}");
}

#[test]
fn native_code_on_disk_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || Settings {
        native_code: Some((folder.path().join("native"), b"a secret of the server".to_vec())),
        ..Settings::default()
    };
    let entries = |folder: &Path| std::fs::read_dir(folder.join("native")).unwrap().count();
    builtin_catalogue(&sandbox(settings()));
    assert_eq!(entries(folder.path()), fettle_builtin::PLUGINS.len());
    builtin_catalogue(&sandbox(settings()));
    assert_eq!(entries(folder.path()), fettle_builtin::PLUGINS.len());
}

#[test]
fn fitting_part_by_part_is_fitting_at_once() {
    let data = |from: usize, rows: usize| {
        let values = |scale: f64| (from..from + rows).map(|row| (row as f64 * 0.7).sin() * scale).collect();
        let signal = |name: &str, scale| Signal { name: name.to_owned(), values: values(scale) };
        let timestamps = (from..from + rows).map(|row| row as i64).collect();
        Arc::new(Frame::new(timestamps, vec![signal("a", 1.0), signal("b", 1e9)], Vec::new()).unwrap())
    };
    let parts = [data(0, 700), data(700, 0), data(700, 1), data(701, 2299)];
    let catalogue = builtin_catalogue(&sandbox(Settings::default()));
    for (kind, method) in [(Kind::Outlier, "iqr"), (Kind::Outlier, "z_score"), (Kind::MissingValue, "median")]
    {
        let step = catalogue.resolve(kind, method, &Map::new()).unwrap();
        let mut fitting = step.fitting(&["a", "b"]).unwrap();
        let state = loop {
            for part in &parts {
                fitting.add(part).unwrap();
            }
            match fitting.end_round().unwrap() {
                Fitted::State(state) => break state,
                Fitted::Again(next) => fitting = next,
            }
        };
        let written = serde_json::to_string(&state).unwrap();
        assert_eq!(written, serde_json::to_string(&step.fit(&[data(0, 3000)]).unwrap()).unwrap());
        let read =
            State::from_json(step.traits().scope, &RawValue::from_string(written.clone()).unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
    }
    let step = catalogue.resolve(Kind::MissingValue, "interpolate", &Map::new()).unwrap();
    assert!(step.fitting(&["a"]).is_none());
}

#[test]
fn a_method_that_looks_for_a_signal_of_its_own_is_admitted() {
    let inside = std::env::current_exe().unwrap();
    let component = fettle_componentize::components(&["fettle-example-weld-cycle"], &inside).remove(0);
    let plugin = Plugin::admit(&sandbox(Settings::default()), &component, None).unwrap();
    let catalogue = Catalogue::new(vec![plugin]).unwrap();
    let step = catalogue.resolve(Kind::Window, "weld_cycle", &params(json!({}))).unwrap();
    // What admission tries has no signal `current`.
    let answer = step.plan(&frame(&[("a", &[])]));
    assert!(matches!(&answer, Err(StepError::InvalidParams { errors, .. }) if errors[0].path == "/signal"));
}
