//! A window method that makes windows of two rows, unless it is ordered otherwise.

use fettle_hostile_orders as orders;
use fettle_sdk::bindings::window::exports::fettle::step::windowing::Guest;
use fettle_sdk::{Frame, Kind, MethodInfo, PluginInfo, Scope, StepError, Traits, Window, WindowExample};

/// The plugin.
pub struct Plugin;

impl Guest for Plugin {
    fn describe() -> PluginInfo {
        orders::always("describe");
        let method = MethodInfo {
            kind: Kind::Window,
            name: "hostile".to_owned(),
            summary: "Windows of two rows.".to_owned(),
            params_schema: orders::SCHEMA.to_owned(),
        };
        PluginInfo { name: "hostile".to_owned(), version: "1.0.0".to_owned(), methods: vec![method] }
    }

    fn examples() -> Vec<WindowExample> {
        let mut output = pairs(5);
        if orders::always("examples") == "disagree" {
            output.pop();
        }
        let input = Frame { timestamps: (0..5).collect(), columns: Vec::new() };
        vec![WindowExample { method: "hostile".to_owned(), params: "{}".to_owned(), input, output }]
    }

    fn resolve(_method: String, params: String) -> Result<Traits, StepError> {
        orders::of("resolve", &params);
        let params = orders::resolved(&params);
        Ok(Traits { params, scope: Scope::Frame, fitted: false, causal: true, removes_rows: false })
    }

    fn reads_values(_method: String, params: String) -> Result<bool, StepError> {
        orders::of("reads-values", &params);
        Ok(false)
    }

    fn plan(_method: String, params: String, data: Frame) -> Result<Vec<Window>, StepError> {
        let misdeed = orders::of("plan", &params);
        let rows = data.timestamps.len() as u32;
        let mut windows = pairs(rows);
        match misdeed {
            "a window beyond the rows" => windows.push(Window { start: rows - 1, end: rows + 1 }),
            "a window without rows" => windows.push(Window { start: rows - 1, end: rows - 1 }),
            "a window that ends before it starts" => windows.push(Window { start: rows - 1, end: 0 }),
            "a window twice" => windows.extend(windows.last().copied()),
            "windows in reverse" => windows.reverse(),
            "windows without end" => windows.push(Window { start: rows - 1, end: u32::MAX }),
            "four gibibytes" => windows = orders::endless(),
            _ => {}
        }
        Ok(windows)
    }
}

fn pairs(rows: u32) -> Vec<Window> {
    (0..rows / 2).map(|pair| Window { start: 2 * pair, end: 2 * pair + 2 }).collect()
}

#[cfg(target_arch = "wasm32")]
fettle_sdk::bindings::window::export_windowing!(Plugin with_types_in fettle_sdk::bindings::window);
