//! One place to declare a metric: its doc comment is the HELP text that Prometheus shows.

/// Declares a struct of metrics, all registered in the `registry` that it carries.
///
/// ```text
/// declare_metrics! {
///     /// What this struct counts.
///     pub struct Counts {
///         /// Widgets made. (This line is the HELP text.)
///         widgets: IntCounterVec = "widgets_total"["colour"],
///         /// How long one takes.
///         widget_duration: HistogramVec = "widget_duration_seconds"["colour"], buckets SECONDS,
///     }
/// }
/// ```
macro_rules! declare_metrics {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $(
                $(#[doc = $help:literal])+
                $field:ident: $kind:ident = $metric:literal[$($label:literal),*] $(, buckets $buckets:expr)?;
            )*
        }
    ) => {
        $(#[$meta])*
        $visibility struct $name {
            registry: prometheus::Registry,
            $($(#[doc = $help])+ $field: $kind,)*
        }

        impl $name {
            /// All metrics, at zero, in a registry of their own.
            pub fn new() -> Self {
                let registry = prometheus::Registry::new();
                $(
                    let $field = declare_metrics!(
                        @make $kind, $metric, concat!($($help),+).trim(), &[$($label),*] $(, $buckets)?
                    )
                    .expect("the name and the labels are valid");
                    registry.register(Box::new($field.clone())).expect("every name is declared once");
                )*
                Self { registry, $($field),* }
            }

            /// Name, HELP text and labels of every metric.
            #[cfg(test)]
            fn declared() -> Vec<(&'static str, &'static str, &'static [&'static str])> {
                vec![$(($metric, concat!($($help),+).trim(), &[$($label),*])),*]
            }
        }
    };
    (@make IntGauge, $metric:literal, $help:expr, &[]) => {
        IntGauge::new($metric, $help)
    };
    (@make RecentShare, $metric:literal, $help:expr, &[]) => {
        RecentShare::new($metric, $help)
    };
    (@make IntGaugeVec, $metric:literal, $help:expr, $labels:expr) => {
        IntGaugeVec::new(prometheus::Opts::new($metric, $help), $labels)
    };
    (@make IntCounterVec, $metric:literal, $help:expr, $labels:expr) => {
        IntCounterVec::new(prometheus::Opts::new($metric, $help), $labels)
    };
    (@make HistogramVec, $metric:literal, $help:expr, $labels:expr, $buckets:expr) => {
        HistogramVec::new(prometheus::HistogramOpts::new($metric, $help).buckets($buckets.to_vec()), $labels)
    };
}

pub(crate) use declare_metrics;
