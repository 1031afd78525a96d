//! Feature methods, each with one mistake that an author could make, and one without.

mod names;

use fettle_sdk::features::{each_window, names_with};
use fettle_sdk::{AnyFeatures, FeatureMethod, FeaturePlugin, Features, Frame, NoParams, StepError, Window};

/// The plugin.
pub struct Plugin;

impl FeaturePlugin for Plugin {
    const NAME: &'static str = "flawed-features";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn methods() -> Vec<Box<dyn AnyFeatures>> {
        vec![
            FeatureMethod::<Sound>::boxed(),
            FeatureMethod::<RunningSum>::boxed(),
            FeatureMethod::<StartsAt>::boxed(),
            FeatureMethod::<AgainstFirst>::boxed(),
            Box::new(names::NamesByData),
        ]
    }
}

#[cfg(target_arch = "wasm32")]
fettle_sdk::bindings::feature::export_features!(Plugin with_types_in fettle_sdk::bindings::feature);

/// Declares a feature method without parameters: one feature a signal.
macro_rules! features {
    ($(#[$doc:meta])+ $method:ident, $name:literal, $compute:expr) => {
        $(#[$doc])+
        pub struct $method;

        impl Features for $method {
            const NAME: &'static str = $name;
            const SUMMARY: &'static str = "A feature of each signal.";
            type Params = NoParams;

            fn names(_: &NoParams, columns: &[String]) -> Vec<String> {
                names_with($name, columns)
            }

            fn compute(_: &NoParams, frame: &Frame, windows: &[Window]) -> Result<Vec<Vec<f64>>, StepError> {
                let compute: fn(&Frame, &[Window]) -> Vec<Vec<f64>> = $compute;
                Ok(compute(frame, windows))
            }
        }
    };
}

fn sum(values: &[f64]) -> f64 {
    values.iter().filter(|value| !value.is_nan()).sum()
}

features! {
    /// The sum of each window.
    Sound, "sum", |frame, windows| each_window(frame, windows, sum)
}

features! {
    /// The sum of each window as the difference of two running sums, which round differently from window to window.
    RunningSum, "running_sum", |frame, windows| {
        let of_column = |column: &fettle_sdk::Column| {
            let mut sums = vec![0.0];
            for value in &column.values {
                let value = if value.is_nan() { 0.0 } else { *value };
                sums.push(sums[sums.len() - 1] + value);
            }
            windows.iter().map(|window| sums[window.end as usize] - sums[window.start as usize]).collect()
        };
        frame.columns.iter().map(of_column).collect()
    }
}

features! {
    /// How far the mean is from the first row of the frame.
    StartsAt, "starts_at", |frame, windows| {
        let of_column = |column: &fettle_sdk::Column| {
            let first = column.values.first().copied().unwrap_or(f64::NAN);
            let values = |window: &Window| &column.values[window.start as usize..window.end as usize];
            windows.iter().map(|window| values(window)[0] - first).collect()
        };
        frame.columns.iter().map(of_column).collect()
    }
}

features! {
    /// The difference to the first signal, without saying that it sees whole frames.
    AgainstFirst, "against_first", |frame, windows| {
        let sums = each_window(frame, windows, sum);
        let first = sums.first().cloned().unwrap_or_default();
        let against = |sums: Vec<f64>| sums.iter().zip(&first).map(|(sum, first)| sum - first).collect();
        sums.into_iter().map(against).collect()
    }
}
