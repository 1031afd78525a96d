//! An outlier plugin that imports WASI, as the runtimes of Python and JavaScript do, and whose methods tell what they see
//! of the world.

mod wasi;

use fettle_sdk::bindings::transform::exports::fettle::step::transform::Guest;
use fettle_sdk::{
    Changed, Fitting, Frame, Kind, MethodInfo, PluginInfo, Scope, StepError, Traits, TransformExample,
};

/// The plugin.
pub struct Plugin;

/// What a method does: it gets the length of a column, and answers one.
type Look = fn(usize) -> Vec<f64>;

const METHODS: [(&str, Look); 4] =
    [("look", look), ("wait", wait), ("talk", talk), ("leave", |_| wasi::exit())];

/// Everything that can be asked, as numbers; nothing of it is to depend on when and where it is asked.
fn look(rows: usize) -> Vec<f64> {
    let mut seen = wasi::what_there_is();
    seen.resize(rows, -1.0);
    seen
}

/// Sleeps for a hundred years, and tells how many of them have passed.
fn wait(rows: usize) -> Vec<f64> {
    vec![wasi::sleep(100 * 365 * 86_400 * 1_000_000_000); rows]
}

/// Writes a megabyte.
fn talk(rows: usize) -> Vec<f64> {
    vec![wasi::say("All work and no play makes a dull plugin.\n", 1 << 20); rows]
}

impl Guest for Plugin {
    fn describe() -> PluginInfo {
        let method = |(name, _): &(&str, Look)| MethodInfo {
            kind: Kind::Outlier,
            name: (*name).to_owned(),
            summary: "Looks around.".to_owned(),
            params_schema: r#"{"type": "object", "additionalProperties": false}"#.to_owned(),
        };
        PluginInfo {
            name: "curious".to_owned(),
            version: "1.0.0".to_owned(),
            methods: METHODS.iter().map(method).collect(),
        }
    }

    fn examples() -> Vec<TransformExample> {
        Vec::new()
    }

    fn resolve(_method: String, _params: String) -> Result<Traits, StepError> {
        let (params, scope) = ("{}".to_owned(), Scope::Column);
        Ok(Traits { params, scope, fitted: false, causal: true, removes_rows: false })
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

    fn apply(method: String, _params: String, _state: String, mut data: Frame) -> Result<Changed, StepError> {
        let known = METHODS.iter().find(|(name, _)| *name == method);
        let (_, see) = known.ok_or_else(|| StepError::Failed(format!("no method `{method}`")))?;
        for column in
            data.columns.iter_mut().filter(|column| column.values.iter().any(|value| !value.is_nan()))
        {
            column.values = see(column.values.len());
        }
        Ok(Changed { columns: data.columns, kept: None })
    }
}

#[cfg(target_arch = "wasm32")]
fettle_sdk::bindings::transform::export_transform!(Plugin with_types_in fettle_sdk::bindings::transform);
