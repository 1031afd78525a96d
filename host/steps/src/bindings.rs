//! What wasmtime makes of `wit/step.wit`: one module a world. Arguments are borrowed, so that no column is copied on its
//! way into a guest but the once that takes it there.

/// The world of missing-value, outlier and normalize plugins.
pub mod transform {
    wasmtime::component::bindgen!({
        world: "transform-plugin",
        path: "../../wit/step.wit",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// The world of window plugins.
pub mod window {
    wasmtime::component::bindgen!({
        world: "window-plugin",
        path: "../../wit/step.wit",
        ownership: Borrowing { duplicate_if_necessary: true },
        with: { "fettle:step/types": super::transform::fettle::step::types },
    });
}

/// The world of feature plugins.
pub mod feature {
    wasmtime::component::bindgen!({
        world: "feature-plugin",
        path: "../../wit/step.wit",
        ownership: Borrowing { duplicate_if_necessary: true },
        with: { "fettle:step/types": super::transform::fettle::step::types },
    });
}
