//! A gauge that shows which share of what happened lately went well.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, Opts};

/// How long an event counts, at least …
const WINDOW: Duration = Duration::from_secs(SLOTS as u64 * SLOT.as_secs());

/// … and how much longer it may count than another.
const SLOT: Duration = Duration::from_secs(10);

const SLOTS: usize = 30;

/// The share of successes among the events of the last five minutes, computed whenever the metrics are read; 1 where
/// nothing happened, so that an idle host raises no alert.
#[derive(Debug, Clone)]
pub struct RecentShare {
    gauge: Gauge,
    began: Instant,
    slots: Arc<Mutex<[Slot; SLOTS]>>,
}

/// What happened in ten seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Which ten seconds, counted from the beginning.
    number: u64,
    successes: u64,
    events: u64,
}

impl RecentShare {
    /// A gauge of that name, at 1.
    pub fn new(name: &str, help: &str) -> prometheus::Result<Self> {
        let gauge = Gauge::with_opts(Opts::new(name, help))?;
        Ok(Self { gauge, began: Instant::now(), slots: Arc::default() })
    }

    /// Something happened at `now`.
    pub fn record(&self, success: bool, now: Instant) {
        let number = self.number(now);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = &mut slots[number as usize % SLOTS];
        if slot.number != number {
            *slot = Slot { number, ..Slot::default() };
        }
        slot.events += 1;
        slot.successes += u64::from(success);
    }

    /// The share as it is at `now`.
    fn share(&self, now: Instant) -> f64 {
        let oldest = self.number(now).saturating_sub(WINDOW.as_secs() / SLOT.as_secs());
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = slots.iter().filter(|slot| slot.number >= oldest);
        let (successes, events) = recent
            .fold((0, 0), |(successes, events), slot| (successes + slot.successes, events + slot.events));
        if events == 0 { 1.0 } else { successes as f64 / events as f64 }
    }

    fn number(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.began).as_secs() / SLOT.as_secs()
    }
}

impl Collector for RecentShare {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.gauge.set(self.share(Instant::now()));
        self.gauge.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_of_the_last_minutes() {
        let share = RecentShare::new("share", "A share.").unwrap();
        let after = |seconds| share.began + Duration::from_secs(seconds);
        assert_eq!(share.share(after(0)), 1.0, "nothing happened");
        for success in [false, true, true, true] {
            share.record(success, after(1));
        }
        assert_eq!(share.share(after(2)), 0.75);
        share.record(false, after(200));
        assert_eq!(share.share(after(200)), 0.6);
        assert_eq!(share.share(after(320)), 0.0, "only the last is recent enough");
        assert_eq!(share.share(after(520)), 1.0, "nothing is");
        share.record(true, after(3000));
        assert_eq!(share.share(after(3000)), 1.0, "a slot is used again, emptied");
    }
}
