//! A feature method that takes the first value of each window, unless it is ordered otherwise.

use std::sync::atomic::{AtomicU64, Ordering};

use fettle_hostile_orders as orders;
use fettle_sdk::bindings::feature::exports::fettle::step::features::Guest;
use fettle_sdk::{
    Column, FeatureExample, Frame, Kind, MethodInfo, PluginInfo, Scope, StepError, Traits, Window,
};

/// The plugin.
pub struct Plugin;

impl Guest for Plugin {
    fn describe() -> PluginInfo {
        orders::always("describe");
        let method = MethodInfo {
            kind: Kind::Feature,
            name: "hostile".to_owned(),
            summary: "The first value.".to_owned(),
            params_schema: orders::SCHEMA.to_owned(),
        };
        PluginInfo { name: "hostile".to_owned(), version: "1.0.0".to_owned(), methods: vec![method] }
    }

    fn examples() -> Vec<FeatureExample> {
        let column = |name: &str, values: &[f64]| Column { name: name.to_owned(), values: values.to_vec() };
        let mut example = FeatureExample {
            method: "hostile".to_owned(),
            params: "{}".to_owned(),
            input: Frame {
                timestamps: vec![0, 1, 2],
                columns: vec![column("a", &[1.0, 2.0, 3.0]), column("b", &[4.0, 5.0, 6.0])],
            },
            windows: vec![Window { start: 0, end: 2 }, Window { start: 1, end: 3 }],
            output: vec![column("a_first", &[1.0, 2.0]), column("b_first", &[4.0, 5.0])],
        };
        if orders::whatever_the_params("compute").ends_with("other columns") {
            // A single column tells nothing.
            example.input.columns.truncate(1);
            example.output.truncate(1);
        }
        match orders::always("examples") {
            "disagree" => example.output[1].values[1] = 6.0,
            "have windows of rows that are not there" => example.windows[1].end = 4,
            "have windows that end before they start" => example.windows[1].end = 0,
            _ => {}
        }
        vec![example]
    }

    fn resolve(_method: String, params: String) -> Result<Traits, StepError> {
        orders::of("resolve", &params);
        let params = orders::resolved(&params);
        Ok(Traits { params, scope: Scope::Column, fitted: false, causal: true, removes_rows: false })
    }

    fn names(_method: String, params: String, columns: Vec<String>) -> Result<Vec<String>, StepError> {
        let misdeed = orders::of("names", &params);
        let mut names: Vec<String> = columns.iter().map(|column| named(column)).collect();
        match misdeed {
            "one feature twice" => names.extend(names.first().cloned()),
            "nothing" => names.push(String::new()),
            "a thousand and one" => names = vec!["a".to_owned(); 1_001],
            "no text" => names.push(orders::no_text()),
            "at length" => names.push("no! ".repeat(1 << 18)),
            _ => {}
        }
        Ok(names)
    }

    fn compute(
        _method: String,
        params: String,
        data: Frame,
        windows: Vec<Window>,
    ) -> Result<Vec<Column>, StepError> {
        let misdeed = orders::of("compute", &params);
        let mut features: Vec<Column> = data.columns.iter().map(|column| first(column, &windows)).collect();
        /// How often it was called.
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) as f64;
        let others = data.columns.len() as f64 - 1.0;
        for value in features.iter_mut().flat_map(|feature| &mut feature.values) {
            match orders::whatever_the_params("compute") {
                "looks at other columns" => *value += others,
                "remembers other columns" => *value += calls,
                _ => {}
            }
        }
        let Some(feature) = features.first_mut() else { return Ok(features) };
        match misdeed {
            "forgets a value" => drop(feature.values.pop()),
            "invents a value" => feature.values.push(0.0),
            "forgets a feature" => features.clear(),
            "invents a feature" => features.extend(features.first().cloned()),
            "renames a feature" => feature.name.push('!'),
            "overflows" => feature.values.fill(f64::INFINITY),
            "hands back four gibibytes" => feature.values = orders::endless(),
            _ => {}
        }
        Ok(features)
    }
}

fn named(column: &str) -> String {
    format!("{column}_first")
}

fn first(column: &Column, windows: &[Window]) -> Column {
    let value = |window: &Window| column.values.get(window.start as usize).copied().unwrap_or(f64::NAN);
    Column { name: named(&column.name), values: windows.iter().map(value).collect() }
}

#[cfg(target_arch = "wasm32")]
fettle_sdk::bindings::feature::export_features!(Plugin with_types_in fettle_sdk::bindings::feature);
