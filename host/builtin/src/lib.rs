//! The built-in steps: components that the build script makes of the crates in `plugins/` and that are embedded here.

/// A built-in plugin.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// The name by which configuration refers to it, as in `builtin:outlier`.
    pub name: &'static str,
    /// The component.
    pub component: &'static [u8],
}

macro_rules! builtin {
    ($($name:literal),+) => {
        [$(Builtin {
            name: $name,
            component: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm")),
        }),+]
    };
}

/// All of them, in the order in which a request goes through them.
pub const PLUGINS: [Builtin; 5] = builtin!["missing-value", "outlier", "window", "statistics", "normalize"];
