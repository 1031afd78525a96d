//! The one macro that makes a plugin of methods.

/// Makes a crate a plugin of the given methods, all of one interface, under the crate's version:
/// `export!(transform, "missing-value", [Drop, Interpolate])`. The interfaces are `transform`, `windowing` and
/// `features`. It writes a type `Plugin`, which tests can call natively, and, when compiled to WebAssembly, the exports
/// of the contract.
#[macro_export]
macro_rules! export {
    (transform, $name:literal, [$($method:ty),+ $(,)?]) => {
        $crate::export!(@plugin TransformPlugin, AnyTransform, TransformMethod, $name, [$($method),+]);
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::transform::export_transform!(
            Plugin with_types_in $crate::bindings::transform
        );
    };
    (windowing, $name:literal, [$($method:ty),+ $(,)?]) => {
        $crate::export!(@plugin WindowPlugin, AnyWindowing, WindowMethod, $name, [$($method),+]);
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::window::export_windowing!(
            Plugin with_types_in $crate::bindings::window
        );
    };
    (features, $name:literal, [$($method:ty),+ $(,)?]) => {
        $crate::export!(@plugin FeaturePlugin, AnyFeatures, FeatureMethod, $name, [$($method),+]);
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::feature::export_features!(
            Plugin with_types_in $crate::bindings::feature
        );
    };
    (@plugin $plugin:ident, $any:ident, $boxing:ident, $name:literal, [$($method:ty),+]) => {
        /// The plugin, to be called as the host calls it.
        pub struct Plugin;

        impl $crate::$plugin for Plugin {
            const NAME: &'static str = $name;
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");

            fn methods() -> Vec<Box<dyn $crate::$any>> {
                vec![$($crate::$boxing::<$method>::boxed()),+]
            }
        }
    };
}
