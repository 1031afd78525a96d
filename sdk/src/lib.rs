//! What a Fettle plugin is written with.
//!
//! # What a step is
//!
//! Fettle turns what machines record into features that models are trained on and served with. Rows of a device go
//! through five steps, each of which a request names: **missing values**, **outliers**, **windows**, **features** and
//! **normalization**. A *method* does such a step; a *plugin* is a WebAssembly component of one or several methods of one
//! interface. It runs in a sandbox without clock, files, network or memory of earlier requests, so the same rows give
//! the same bits in training and in serving.
//!
//! What goes in is a [`Frame`]: timestamps, which are UTC nanoseconds and ascend, and [`Column`]s of `f64` with a value
//! for each of them. A missing cell is NaN. Infinities do not come in, and one that goes out becomes missing.
//!
//! # A whole plugin
//!
//! An author implements one trait a method: [`Transform`] for missing values, outliers and normalization,
//! [`Windowing`] for windows, [`Features`] for features. Parameters are a struct, from which the schema that clients
//! see, the defaults and the checks follow. [`export!`] makes a plugin of the methods. This one pulls values to a
//! ceiling:
//!
//! ```
//! use fettle_sdk::{Example, Kind, StepError, Transform, export, fit::NoFit};
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
//!
//!     fn examples() -> Vec<Example> {
//!         vec![Example::column(r#"{"limit": 2}"#, &[1.0, f64::NAN, 3.0], &[1.0, f64::NAN, 2.0])]
//!     }
//! }
//!
//! export!(transform, "ceiling", [Ceiling]);
//!
//! # fn main() {
//! use fettle_sdk::testing::{column, replay_transform, run};
//! replay_transform::<Plugin>();
//! let changed = run::<Plugin>("ceiling", r#"{"limit": 2.0}"#, &column(&[1.0, 3.0])).unwrap();
//! assert_eq!(changed.columns[0].values, [1.0, 2.0]);
//! # }
//! ```
//!
//! # What a method says of itself
//!
//! [`Behaviour`] tells the host how to run a method and what its results can be used for; it is believed, so it has to
//! be right. By default a method treats each column alone ([`Scope::Column`]: columns then run on several threads), is
//! causal (a row's result depends on that row and earlier ones), and keeps all rows.
//!
//! ```
//! use fettle_sdk::{Behaviour, Scope};
//!
//! // Looks at the rows around each: cannot be reproduced while rows are still arriving.
//! let smooths = Behaviour { causal: false, ..Behaviour::default() };
//! // Compares signals, and removes rows: gets whole frames, and implements `apply_frame` and `keep`.
//! let drops = Behaviour { scope: Scope::Frame, removes_rows: true, ..Behaviour::default() };
//! # assert!(!smooths.causal && drops.removes_rows);
//! ```
//!
//! # Learning from data
//!
//! What a method learns before it is applied is a [`Fit`]: a *state*, which is stored with a dataset and applied to new
//! data. Training data comes part by part, from many devices; each part is summarized, summaries are merged, and the
//! merged one gives the state. So a fit must not depend on where the data was cut, to the last bit. States that follow
//! from extremes, from mean and variance or from quantiles need no `Fit` of their own; [`fit`] has them ready:
//!
//! ```
//! use fettle_sdk::fit::{FromQuantiles, Quantiles};
//! use fettle_sdk::{NoParams, fit};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, Serialize)]
//! struct Middle {
//!     median: Option<f64>,
//! }
//!
//! impl FromQuantiles for Middle {
//!     type Params = NoParams;
//!
//!     fn probabilities(_: &NoParams) -> Vec<f64> {
//!         vec![0.5]
//!     }
//!
//!     fn from_quantiles(_: &NoParams, found: Quantiles) -> Self {
//!         Self { median: found.quantiles.first().map(|quantile| quantile.midpoint()) }
//!     }
//! }
//!
//! /// In the method: `type Fit = QuantilesFit<Middle>;`, and `apply` is given a `Middle`.
//! type MedianFit = fit::QuantilesFit<Middle>;
//! ```
//!
//! # Testing
//!
//! A plugin is an ordinary library, and [`testing`] calls it natively as the host would: column by column where the
//! scope is column, fitted where it is fitted. The cases in `examples()` travel with the plugin; the host replays them
//! bit for bit before it lets it in, so they also show that a compiler and an engine agree with each other.
//!
//! Sines, logarithms and powers are not the same bits natively and in WebAssembly: take them from the crate `libm`
//! where an example or a test compares bits. `+ − × ÷`, `sqrt` and `mul_add` are.
//!
//! # Building
//!
//! `fettle plugin new NAME --kind outlier` makes a folder in which `make` does all of this: a `cdylib` is compiled by
//! `cargo build --release --target wasm32-unknown-unknown`, and `fettle plugin componentize MODULE.wasm --output
//! FILE.wasm` (or `wasm-tools component new`) makes a component of it.
//!
//! # Checking
//!
//! `fettle plugin check FILE.wasm` admits the component as a server would and tries what the contract asks: frames
//! without rows, values or mercy, the same input twice, columns alone and together, other cuts, later rows changed, and
//! more. What a plugin breaks is shown with the smallest input that shows it. `fettle plugin run FILE.wasm data.csv`
//! applies it to rows of one's own, `fettle plugin bench FILE.wasm` measures it.
//!
//! The folder `examples` beside this crate holds plugins that do something real: a Hampel filter, windows from arc on
//! to arc off, band energies.

#![deny(missing_docs)]

#[expect(missing_docs, reason = "generated from wit/step.wit, which documents it")]
pub mod bindings;
pub mod cells;
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
