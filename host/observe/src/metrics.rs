//! The metrics, and the only ways to change them.
//!
//! Every label takes few values, whatever clients send: methods and endpoints come from a closed set, and model codes
//! are recorded only once the model was found. Series of a metrics store are expensive, and a client that could make
//! new ones at will could bring it down.

use std::time::{Duration, Instant};

use prometheus::{HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, TextEncoder};

use crate::declare::declare_metrics;
use crate::recent_share::RecentShare;

/// The media type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Seconds. From half a millisecond (a health check) to the slowest request that is still served; 2 s is an edge
/// because the latency alert stands there.
const REQUEST_SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0];

/// Seconds. One step over one request's rows: a device's day takes well under a millisecond.
const STEP_SECONDS: [f64; 12] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Seconds. A value in memory takes a few microseconds, one in Redis a fraction of a millisecond, and a database that is
/// away as long as it is waited for; 1 ms is an edge because a hit is to take less.
const LOOKUP_SECONDS: [f64; 14] = [
    0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.01, 0.05, 0.1,
    1.0, 5.0,
];

declare_metrics! {
    /// Everything that the program counts and times. One for a process, shared by reference.
    #[derive(Debug)]
    pub struct Metrics {
        /// HTTP requests answered.
        http_requests: IntCounterVec = "http_requests_total"["method", "endpoint", "status"];
        /// Seconds from a request's arrival to the end of its answer's head.
        http_request_duration: HistogramVec = "http_request_duration_seconds"["method", "endpoint"],
            buckets REQUEST_SECONDS;
        /// Requests that read telemetry, under way at this moment.
        active_queries: IntGauge = "active_queries"[];
        /// Feature matrices extracted.
        feature_extractions: IntCounterVec = "feature_extraction_total"["model_code"];
        /// Reads of a device's rows for a model.
        model_queries: IntCounterVec = "model_query_total"["model_code", "model_type"];
        /// Seconds that reading a device's rows for a model took.
        model_query_duration: HistogramVec = "model_query_duration_seconds"["model_code"],
            buckets REQUEST_SECONDS;
        /// Seconds that a step took over all rows of one request, fitting included.
        step_duration: HistogramVec = "step_duration_seconds"["kind", "method"], buckets STEP_SECONDS;
        /// Calls into a plugin that ended in a trap, over a limit or with an invalid output.
        plugin_faults: IntCounterVec = "plugin_faults_total"["plugin", "cause"];
        /// Times that a plugin was set aside after too many faults.
        plugin_set_asides: IntCounterVec = "plugin_set_aside_total"["plugin"];
        /// Reloads of the plugins that were tried; one that was refused changed nothing.
        plugin_reloads: IntCounterVec = "plugin_reloads_total"["outcome"];
        /// Number of the generation of plugins that is in force.
        plugin_generation: IntGauge = "plugin_generation"[];
        /// Whether the last reload of the plugins failed: 1, and those before it serve; 0 otherwise.
        plugin_reload_failed: IntGauge = "plugin_reload_failed"[];
        /// Whether plugins were rolled back: 1, and what the plugins file says is not in force; 0 otherwise.
        plugins_rolled_back: IntGauge = "plugins_rolled_back"[];
        /// The plugins that are loaded, each 1.
        plugin_info: IntGaugeVec = "plugin_info"["plugin", "version", "digest"];
        /// Attempts at jobs that ended on this host.
        jobs: IntCounterVec = "fettle_jobs_total"["kind", "outcome"];
        /// Jobs that this host works on at this moment.
        jobs_running: IntGauge = "fettle_jobs_running"[];
        /// Lookups of metadata, by what answered: l1 (this host's memory), l2 (Redis), miss (the database was asked) or
        /// stale (the database did not answer, and what was last known did).
        cache_requests: IntCounterVec = "cache_requests_total"["cache", "result"];
        /// Seconds that a lookup of metadata took.
        cache_lookup_duration: HistogramVec = "cache_lookup_duration_seconds"["cache", "result"],
            buckets LOOKUP_SECONDS;
        /// Operations of the cache on Redis that failed; to those who asked, each was a miss.
        cache_errors: IntCounterVec = "cache_errors_total"["operation", "cause"];
        /// Share of the lookups of model configuration in the last five minutes that were not misses; 1 without any.
        cache_hit_rate: RecentShare = "cache_hit_rate"[];
    }
}

impl Metrics {
    /// A request was answered. `endpoint` is the route's pattern, or `unmatched`; never the path that a client sent.
    pub fn request_answered(&self, method: &str, endpoint: &str, status: u16, took: Duration) {
        let method = known_method(method);
        self.http_requests.with_label_values(&[method, endpoint, status.to_string().as_str()]).inc();
        self.http_request_duration.with_label_values(&[method, endpoint]).observe(took.as_secs_f64());
    }

    /// A request that reads telemetry begins; it is under way until the answer of this function is dropped.
    pub fn query_started(&self) -> ActiveQuery {
        self.active_queries.inc();
        ActiveQuery { gauge: self.active_queries.clone() }
    }

    /// A feature matrix was extracted for a model, which must exist.
    pub fn features_extracted(&self, model_code: &str) {
        self.feature_extractions.with_label_values(&[model_code]).inc();
    }

    /// A device's rows were read for a model, which must exist.
    pub fn model_queried(&self, model_code: &str, model_type: &str, took: Duration) {
        self.model_queries.with_label_values(&[model_code, model_type]).inc();
        self.model_query_duration.with_label_values(&[model_code]).observe(took.as_secs_f64());
    }

    /// A step of `kind` (`outlier`) ran by `method` (`iqr`), which must be loaded.
    pub fn step_ran(&self, kind: &str, method: &str, took: Duration) {
        self.step_duration.with_label_values(&[kind, method]).observe(took.as_secs_f64());
    }

    /// A call into `plugin` failed for `cause`: a short word of a closed set, not a message.
    pub fn plugin_failed(&self, plugin: &str, cause: &'static str) {
        self.plugin_faults.with_label_values(&[plugin, cause]).inc();
    }

    /// `plugin` was set aside after too many faults.
    pub fn plugin_set_aside(&self, plugin: &str) {
        self.plugin_set_asides.with_label_values(&[plugin]).inc();
    }

    /// A reload of the plugins ended with `outcome`: `committed`, `unchanged`, `refused` or `rolled_back`.
    pub fn plugins_reloaded(&self, outcome: &'static str) {
        self.plugin_reloads.with_label_values(&[outcome]).inc();
    }

    /// The generation of plugins with this number is in force.
    pub fn plugin_generation(&self, number: u64) {
        self.plugin_generation.set(i64::try_from(number).unwrap_or(i64::MAX));
    }

    /// The last reload of the plugins failed, or did not.
    pub fn plugin_reload_failed(&self, failed: bool) {
        self.plugin_reload_failed.set(failed.into());
    }

    /// The plugins that are in force came by a rollback, or did not.
    pub fn plugins_rolled_back(&self, rolled_back: bool) {
        self.plugins_rolled_back.set(rolled_back.into());
    }

    /// Plugins (name, version and digest of each) are in force in the place of those before.
    pub fn plugins_swapped(&self, before: &[[&str; 3]], now: &[[&str; 3]]) {
        for plugin in now {
            self.plugin_info.with_label_values(plugin).set(1);
        }
        for plugin in before.iter().filter(|plugin| !now.contains(plugin)) {
            // One that was never counted needs no removal.
            let _ = self.plugin_info.remove_label_values(plugin);
        }
    }

    /// This host begins to work on a job, and does until the answer of this function is dropped.
    pub fn job_started(&self) -> RunningJob {
        self.jobs_running.inc();
        RunningJob { gauge: self.jobs_running.clone() }
    }

    /// An attempt at a job of `kind` ended with `outcome`, both short words of closed sets.
    pub fn job_ended(&self, kind: &'static str, outcome: &'static str) {
        self.jobs.with_label_values(&[kind, outcome]).inc();
    }

    /// A lookup in `cache` (`model`) was answered by `result` (`l1`), both short words of closed sets.
    pub fn cache_asked(&self, cache: &'static str, result: &'static str, took: Duration) {
        self.cache_requests.with_label_values(&[cache, result]).inc();
        self.cache_lookup_duration.with_label_values(&[cache, result]).observe(took.as_secs_f64());
        if cache == "model" {
            self.cache_hit_rate.record(result != "miss", Instant::now());
        }
    }

    /// An operation of the cache on Redis (`get`) failed for `cause` (`timeout`), both short words of closed sets.
    pub fn cache_failed(&self, operation: &'static str, cause: &'static str) {
        self.cache_errors.with_label_values(&[operation, cause]).inc();
    }

    /// All metrics in Prometheus' text format, [`CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut text = String::new();
        TextEncoder::new()
            .encode_utf8(&self.registry.gather(), &mut text)
            .expect("gathered metrics have names and values, and a string takes all of them");
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A request that reads telemetry and is still under way.
#[derive(Debug)]
pub struct ActiveQuery {
    gauge: IntGauge,
}

impl Drop for ActiveQuery {
    fn drop(&mut self) {
        self.gauge.dec();
    }
}

/// A job that this host works on.
#[derive(Debug)]
pub struct RunningJob {
    gauge: IntGauge,
}

impl Drop for RunningJob {
    fn drop(&mut self) {
        self.gauge.dec();
    }
}

/// HTTP lets a client invent methods; those share one label.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_help_text_that_is_a_sentence() {
        for (name, help, _) in Metrics::declared() {
            assert!(help.ends_with('.') && help.len() > 15, "{name}: {help:?}");
        }
    }

    #[test]
    fn the_metrics_of_the_original_plan_keep_their_names_and_labels() {
        let declared = Metrics::declared();
        for (name, labels) in [
            ("http_requests_total", &["method", "endpoint", "status"][..]),
            ("http_request_duration_seconds", &["method", "endpoint"]),
            ("active_queries", &[]),
            ("feature_extraction_total", &["model_code"]),
            ("model_query_total", &["model_code", "model_type"]),
            ("model_query_duration_seconds", &["model_code"]),
            ("cache_hit_rate", &[]),
        ] {
            assert!(declared.iter().any(|metric| metric.0 == name && metric.2 == labels), "{name}");
        }
    }

    #[test]
    fn a_recorded_request_shows_under_its_route_and_status() {
        let metrics = Metrics::new();
        metrics.request_answered("POST", "/ai/features/extract", 200, Duration::from_millis(4));
        let text = metrics.render();
        let line = r#"http_requests_total{endpoint="/ai/features/extract",method="POST",status="200"} 1"#;
        assert!(text.contains(line), "{text}");
        assert!(text.contains("# HELP http_requests_total HTTP requests answered."), "{text}");
    }

    #[test]
    fn the_hit_rate_is_that_of_models_and_starts_at_one() {
        let metrics = Metrics::new();
        assert!(metrics.render().contains("\ncache_hit_rate 1\n"));
        for (cache, result) in
            [("model", "l1"), ("model", "l2"), ("model", "stale"), ("model", "miss"), ("device", "miss")]
        {
            metrics.cache_asked(cache, result, Duration::from_micros(3));
        }
        let text = metrics.render();
        assert!(text.contains("\ncache_hit_rate 0.75\n"), "{text}");
        assert!(text.contains(r#"cache_requests_total{cache="device",result="miss"} 1"#), "{text}");
        let quick = r#"cache_lookup_duration_seconds_bucket{cache="model",result="l1",le="0.000005"} 1"#;
        assert!(text.contains(quick), "{text}");
    }

    #[test]
    fn invented_methods_share_one_label() {
        let metrics = Metrics::new();
        for method in ["BREW", "FROB"] {
            metrics.request_answered(method, "unmatched", 405, Duration::ZERO);
        }
        let text = metrics.render();
        assert!(text.contains(r#"method="other",status="405"} 2"#), "{text}");
        assert!(!text.contains("BREW"), "{text}");
    }

    #[test]
    fn plugins_show_as_long_as_they_are_in_force() {
        let metrics = Metrics::new();
        let info = |plugin, digest| {
            format!("plugin_info{{digest=\"{digest}\",plugin=\"{plugin}\",version=\"1.0.0\"}} 1\n")
        };
        let (old, new, other) = (["a", "1.0.0", "01"], ["a", "1.0.0", "02"], ["b", "1.0.0", "03"]);
        metrics.plugins_swapped(&[], &[old, other]);
        metrics.plugins_swapped(&[old, other], &[other, new]);
        let text = metrics.render();
        assert!(text.contains(&info("a", "02")) && text.contains(&info("b", "03")), "{text}");
        assert!(!text.contains(&info("a", "01")), "{text}");
    }

    #[test]
    fn an_active_query_ends_when_it_is_dropped() {
        let metrics = Metrics::new();
        let query = metrics.query_started();
        assert!(metrics.render().contains("active_queries 1"));
        drop(query);
        assert!(metrics.render().contains("active_queries 0"));
    }
}
