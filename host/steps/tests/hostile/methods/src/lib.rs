//! An outlier plugin whose every method misbehaves as soon as it sees a value, each in its own way. Without a value it
//! is as good as any other, so it passes admission.

mod memory;

use fettle_sdk::bindings::transform::exports::fettle::step::transform::Guest;
use fettle_sdk::{
    Changed, Column, Fitting, Frame, Kind, MethodInfo, PluginInfo, Scope, StepError, Traits, TransformExample,
};

/// The plugin.
pub struct Plugin;

/// What a method does, by its name.
type Misdeed = (&'static str, fn(Frame) -> Result<Changed, StepError>);

const MISDEEDS: [Misdeed; 12] = [
    ("loop_for_ever", loop_for_ever),
    ("eat_memory", eat_memory),
    ("too_few_rows", too_few_rows),
    ("trap", |_| panic!("on purpose")),
    ("recurse", |frame| recurse(frame, 1)),
    ("other_column", other_column),
    ("kept_out_of_range", |frame| Ok(Changed { columns: frame.columns, kept: Some(vec![u32::MAX]) })),
    ("infinite", infinite),
    ("rant", |_| Err(StepError::Failed("no! ".repeat(100_000)))),
    ("remember", |frame| Ok(memory::remember(frame))),
    ("search", |frame| Ok(memory::search(frame))),
    ("well_behaved", |frame| Ok(Changed { columns: frame.columns, kept: None })),
];

fn loop_for_ever(_frame: Frame) -> Result<Changed, StepError> {
    let mut turns = 0u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

fn eat_memory(_frame: Frame) -> Result<Changed, StepError> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(std::hint::black_box(vec![1u8; 1 << 20]));
    }
}

fn too_few_rows(mut frame: Frame) -> Result<Changed, StepError> {
    for column in &mut frame.columns {
        column.values.pop();
    }
    Ok(Changed { columns: frame.columns, kept: None })
}

fn recurse(frame: Frame, depth: u64) -> Result<Changed, StepError> {
    if std::hint::black_box(depth) == 0 {
        return Ok(Changed { columns: frame.columns, kept: None });
    }
    let changed = recurse(frame, depth + 1);
    std::hint::black_box(&changed);
    changed
}

fn other_column(mut frame: Frame) -> Result<Changed, StepError> {
    for column in &mut frame.columns {
        column.name.push('!');
    }
    Ok(Changed { columns: frame.columns, kept: None })
}

fn infinite(mut frame: Frame) -> Result<Changed, StepError> {
    for value in frame.columns.iter_mut().flat_map(|column| &mut column.values) {
        *value = f64::INFINITY;
    }
    Ok(Changed { columns: frame.columns, kept: None })
}

impl Guest for Plugin {
    fn describe() -> PluginInfo {
        let method = |(name, _): &Misdeed| MethodInfo {
            kind: Kind::Outlier,
            name: (*name).to_owned(),
            summary: "Misbehaves.".to_owned(),
            params_schema: r#"{"type": "object", "additionalProperties": false}"#.to_owned(),
        };
        PluginInfo {
            name: "hostile".to_owned(),
            version: "1.0.0".to_owned(),
            methods: MISDEEDS.iter().map(method).collect(),
        }
    }

    fn examples() -> Vec<TransformExample> {
        Vec::new()
    }

    fn resolve(method: String, _params: String) -> Result<Traits, StepError> {
        let scope = if method == "kept_out_of_range" { Scope::Frame } else { Scope::Column };
        let removes_rows = scope == Scope::Frame;
        Ok(Traits { params: "{}".to_owned(), scope, fitted: false, causal: true, removes_rows })
    }

    fn summarize(_: String, _: String, _: Vec<u8>, _: Frame) -> Result<Vec<u8>, StepError> {
        Ok(Vec::new())
    }

    fn merge(_: String, _: String, _: Vec<u8>, _: Vec<Vec<u8>>) -> Result<Vec<u8>, StepError> {
        Ok(Vec::new())
    }

    fn fit(_: String, _: String, _: Vec<u8>, _: Vec<u8>) -> Result<Fitting, StepError> {
        Ok(Fitting::Done("{}".to_owned()))
    }

    fn apply(method: String, _params: String, _state: String, data: Frame) -> Result<Changed, StepError> {
        let harmless = |column: &Column| column.values.iter().all(|value| value.is_nan());
        if data.columns.iter().all(harmless) {
            return Ok(Changed { columns: data.columns, kept: None });
        }
        let misdeed = MISDEEDS.iter().find(|(name, _)| *name == method);
        let (_, misbehave) = misdeed.ok_or_else(|| StepError::Failed(format!("no method `{method}`")))?;
        misbehave(data)
    }
}

#[cfg(target_arch = "wasm32")]
fettle_sdk::bindings::transform::export_transform!(Plugin with_types_in fettle_sdk::bindings::transform);
