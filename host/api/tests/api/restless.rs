//! A series store whose rows change between one look at them and the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fettle_series::{Rows, SeriesStore};

use crate::rows_front::{Front, Reads};

/// Adds to the first value of each read how often rows were read before.
#[derive(Debug, Default)]
pub struct Restless(AtomicU32);

impl Restless {
    pub fn over(store: Arc<dyn SeriesStore>) -> Front<Self> {
        Front { store, reads: Self::default() }
    }
}

impl Reads for Restless {
    fn after(&self, rows: &mut Rows) {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        if let Some(first) = rows.frame.signals[0].values.first_mut() {
            *first += f64::from(before);
        }
    }
}
