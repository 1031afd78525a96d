//! The query as a service.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use fettle_metadata::{DeviceFilter, MetadataStore, Page};
use fettle_observe::Metrics;
use fettle_series::{DeviceKey, SeriesStore};

use crate::{Found, Query, RealtimeError, scan, total};

/// Devices that are looked up one by one; of more, all of the type are.
const MOST_LOOKED_UP: usize = 8;

/// Finds the newest rows of a model's devices.
#[derive(Debug, Clone)]
pub struct Realtime {
    metadata: Arc<dyn MetadataStore>,
    series: Arc<dyn SeriesStore>,
    metrics: Arc<Metrics>,
}

impl Realtime {
    /// Over these stores; queries are counted in `metrics`.
    pub fn new(
        metadata: Arc<dyn MetadataStore>,
        series: Arc<dyn SeriesStore>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { metadata, series, metrics }
    }

    /// The page that `query` asks for.
    pub async fn find(&self, query: &Arc<Query>) -> Result<Found, RealtimeError> {
        let _query = self.metrics.query_started();
        let devices = self.devices(query).await?;
        let start = Instant::now();
        let series = self.series.as_ref();
        let (scanned, counted) =
            tokio::try_join!(scan::scan(series, &devices, query), total::count(series, &devices, query))?;
        let model = &query.model;
        self.metrics.model_queried(&model.model_code, model.model_type.as_str(), start.elapsed());
        Ok(Found {
            total: total::of_filtered(counted, query, &scanned),
            gave_up_after: scanned.gave_up.then_some(scanned.looked_at),
            rows: scanned.rows,
            next: scanned.next,
        })
    }

    /// The devices that the query is about, each once.
    async fn devices(&self, query: &Query) -> Result<Vec<DeviceKey>, RealtimeError> {
        let device_type = &query.model.device_type_code;
        let key = |code: &str| DeviceKey { device_type: device_type.clone(), device: code.to_owned() };
        let Some(asked) = &query.devices else {
            let all = self.all_of(device_type).await?;
            return Ok(all.iter().map(|code| key(code)).collect());
        };
        let known: HashSet<String> = match asked.len() {
            0..=MOST_LOOKED_UP => HashSet::new(),
            _ => self.all_of(device_type).await?.into_iter().collect(),
        };
        let (mut missing, mut others, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        let mut keys = Vec::with_capacity(asked.len());
        for (place, code) in asked.iter().enumerate() {
            if !seen.insert(code) {
                continue;
            }
            if known.contains(code) {
                keys.push(key(code));
                continue;
            }
            match self.metadata.device(code).await? {
                None => missing.push((place, code.clone())),
                Some(device) if device.device_type_code != *device_type => others.push((place, code.clone())),
                Some(_) => keys.push(key(code)),
            }
        }
        match (missing.is_empty(), others.is_empty()) {
            (false, _) => Err(RealtimeError::NoDevice(missing)),
            (_, false) => Err(RealtimeError::OtherType(others)),
            _ => Ok(keys),
        }
    }

    /// Codes of all devices of a type, in order.
    async fn all_of(&self, device_type: &str) -> Result<Vec<String>, RealtimeError> {
        let filter = DeviceFilter { device_type: Some(device_type.to_owned()), is_active: None };
        let devices = self.metadata.devices(&filter, Page::ALL).await?.items;
        Ok(devices.into_iter().map(|device| device.code).collect())
    }
}
