//! What a Fettle plugin is written with.
//!
//! A plugin is a WebAssembly component of one or several *methods*. An author implements one trait a method:
//! [`Transform`] for missing values, outliers and normalization, [`Windowing`] for windows, [`Features`] for features.
//! Parameters are a struct, from which schema, defaults and checks follow; what a method learns from data is a
//! [`Fit`]; [`export!`] does the rest. A whole plugin, which pulls values to a ceiling:
//!
//! ```
//! use fettle_sdk::{Kind, StepError, Transform, export, fit::NoFit};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema, Serialize)]
//! #[serde(default, deny_unknown_fields)]
//! pub struct Params {
//!     /// Values above it are pulled down to it.
//!     limit: f64,
//! }
//!
//! impl Default for Params {
//!     fn default() -> Self {
//!         Self { limit: 100.0 }
//!     }
//! }
//!
//! pub struct Ceiling;
//!
//! impl Transform for Ceiling {
//!     const KIND: Kind = Kind::Outlier;
//!     const NAME: &'static str = "ceiling";
//!     const SUMMARY: &'static str = "Pulls what lies above a limit down to it.";
//!     type Params = Params;
//!     type Fit = NoFit<Params>;
//!
//!     fn apply(params: &Params, (): &(), _timestamps: &[i64], values: &mut [f64]) -> Result<(), StepError> {
//!         for value in values.iter_mut().filter(|value| **value > params.limit) {
//!             *value = params.limit;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! export!(transform, "ceiling", [Ceiling]);
//!
//! # fn main() {
//! use fettle_sdk::testing::{column, run};
//! let changed = run::<Plugin>("ceiling", r#"{"limit": 2.0}"#, &column(&[1.0, 3.0])).unwrap();
//! assert_eq!(changed.columns[0].values, [1.0, 2.0]);
//! # }
//! ```
//!
//! It is built with `cargo build --release --target wasm32-unknown-unknown` as a `cdylib`, and made a component by
//! `wasm-tools component new`.

#[expect(missing_docs, reason = "generated from wit/step.wit, which documents it")]
pub mod bindings;
mod export;
pub mod features;
pub mod fit;
mod params;
pub mod testing;
mod transform;
mod windowing;

pub use bindings::feature::exports::fettle::step::features::Example as FeatureExample;
pub use bindings::transform::exports::fettle::step::transform::{
    Changed, Example as TransformExample, Fitting,
};
pub use bindings::transform::fettle::step::types::{
    Column, Frame, Kind, Method as MethodInfo, ParamError, PluginInfo, Scope, StepError, Traits, Window,
};
pub use bindings::window::exports::fettle::step::windowing::Example as WindowExample;
pub use features::{AnyFeatures, FeatureMethod, FeaturePlugin, Features, FeaturesCase};
pub use fit::{Fit, Fitted};
pub use params::{NoParams, Params, param_error};
pub use transform::{AnyTransform, Behaviour, Example, Transform, TransformMethod, TransformPlugin};
pub use windowing::{AnyWindowing, WindowMethod, WindowPlugin, Windowing, WindowingCase};
