//! Outlier methods, each with one mistake that an author could make, and one without.

mod applying;
mod fitting;
mod parameters;
mod rows;

use fettle_sdk::{AnyTransform, TransformMethod, TransformPlugin};

/// The plugin.
pub struct Plugin;

impl TransformPlugin for Plugin {
    const NAME: &'static str = "flawed-transform";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn methods() -> Vec<Box<dyn AnyTransform>> {
        vec![
            TransformMethod::<applying::Sound>::boxed(),
            TransformMethod::<applying::ClaimsColumns>::boxed(),
            TransformMethod::<applying::LooksAhead>::boxed(),
            TransformMethod::<applying::Remembers>::boxed(),
            TransformMethod::<applying::SortsUnsorted>::boxed(),
            TransformMethod::<fitting::AddsInF64>::boxed(),
            TransformMethod::<fitting::MeanOfMeans>::boxed(),
            TransformMethod::<fitting::KeepsAll>::boxed(),
            TransformMethod::<parameters::TakesAnything>::boxed(),
            TransformMethod::<parameters::ResolvesFurther>::boxed(),
            TransformMethod::<parameters::EveryNth>::boxed(),
            Box::new(rows::DropsUnannounced),
        ]
    }
}

#[cfg(target_arch = "wasm32")]
fettle_sdk::bindings::transform::export_transform!(Plugin with_types_in fettle_sdk::bindings::transform);
