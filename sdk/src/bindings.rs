//! What wit-bindgen makes of `wit/step.wit`: one module a world, the shared types once.

/// The world of missing-value, outlier and normalize plugins.
pub mod transform {
    wit_bindgen::generate!({
        world: "transform-plugin",
        path: "../wit/step.wit",
        pub_export_macro: true,
        export_macro_name: "export_transform",
        default_bindings_module: "fettle_sdk::bindings::transform",
    });
}

/// The world of window plugins.
pub mod window {
    wit_bindgen::generate!({
        world: "window-plugin",
        path: "../wit/step.wit",
        with: { "fettle:step/types@1.0.0": super::transform::fettle::step::types },
        pub_export_macro: true,
        export_macro_name: "export_windowing",
        default_bindings_module: "fettle_sdk::bindings::window",
    });
}

/// The world of feature plugins.
pub mod feature {
    wit_bindgen::generate!({
        world: "feature-plugin",
        path: "../wit/step.wit",
        with: { "fettle:step/types@1.0.0": super::transform::fettle::step::types },
        pub_export_macro: true,
        export_macro_name: "export_features",
        default_bindings_module: "fettle_sdk::bindings::feature",
    });
}
