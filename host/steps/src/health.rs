//! Plugins that are faulty too often are set aside for a while: what traps or times out again and again costs threads
//! that others need.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fettle_observe::Metrics;

use crate::StepError;

/// How many faults a plugin may have, and what follows.
#[derive(Debug, Clone)]
pub struct Tolerance {
    /// So many faults …
    pub faults: u32,
    /// … in so long a time …
    pub within: Duration,
    /// … set it aside for so long.
    pub lasting: Duration,
}

/// A plugin that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Its last fault.
    pub reason: String,
    /// After how long it is tried again; nothing where that is due.
    pub retry_after: Duration,
}

/// Whoever meets somebody else's trial may ask again so soon.
const TRIAL: Duration = Duration::from_secs(1);

/// How a plugin has behaved of late.
pub(crate) struct Health {
    /// `None` where anything is tolerated.
    tolerance: Option<Tolerance>,
    metrics: Option<Arc<Metrics>>,
    record: Mutex<Record>,
}

struct Record {
    state: State,
    last_fault: String,
}

enum State {
    /// It serves; the faults of late.
    Sound(VecDeque<Instant>),
    Aside {
        until: Instant,
    },
    /// One call on data at a time decides whether it is sound.
    OnTrial {
        busy: bool,
    },
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// To ask the plugin something: that it can answer does not make it sound.
    Question,
    /// To run it over rows.
    Data,
}

impl Health {
    pub(crate) fn new(tolerance: Option<Tolerance>, metrics: Option<Arc<Metrics>>) -> Self {
        let state = State::Sound(VecDeque::new());
        Self { tolerance, metrics, record: Mutex::new(Record { state, last_fault: String::new() }) }
    }

    /// Makes a call of the plugin `name`, unless it is set aside, and notes how it went.
    pub(crate) fn watch<T>(
        &self,
        name: &str,
        call: Call,
        work: impl FnOnce() -> Result<T, StepError>,
    ) -> Result<T, StepError> {
        let Some(tolerance) = &self.tolerance else {
            let result = work();
            self.count(name, result.as_ref().err());
            return result;
        };
        let trial = self.begin(call, Instant::now()).map_err(|SetAside { reason, retry_after }| {
            StepError::SetAside { plugin: name.to_owned(), reason, retry_after }
        })?;
        let result = work();
        self.count(name, result.as_ref().err());
        let fault = result.as_ref().err().filter(|error| error.fault_cause().is_some());
        self.end(name, tolerance, trial, fault.map(ToString::to_string), Instant::now());
        result
    }

    fn count(&self, name: &str, error: Option<&StepError>) {
        if let (Some(metrics), Some(cause)) = (&self.metrics, error.and_then(StepError::fault_cause)) {
            metrics.plugin_failed(name, cause);
        }
    }

    /// Whether it is set aside.
    pub(crate) fn set_aside(&self) -> Option<SetAside> {
        let record = self.record();
        let until = match record.state {
            State::Sound(_) => return None,
            State::Aside { until } => until,
            State::OnTrial { .. } => Instant::now(),
        };
        let retry_after = until.saturating_duration_since(Instant::now());
        Some(SetAside { reason: record.last_fault.clone(), retry_after })
    }

    fn begin(&self, call: Call, now: Instant) -> Result<Trial<'_>, SetAside> {
        let mut record = self.record();
        if let State::Aside { until } = record.state {
            if now < until {
                return Err(SetAside { reason: record.last_fault.clone(), retry_after: until - now });
            }
            record.state = State::OnTrial { busy: false };
        }
        match &mut record.state {
            State::OnTrial { busy } if call == Call::Data => {
                if *busy {
                    return Err(SetAside { reason: record.last_fault.clone(), retry_after: TRIAL });
                }
                *busy = true;
                Ok(Trial { health: Some(self) })
            }
            _ => Ok(Trial { health: None }),
        }
    }

    fn end(&self, name: &str, tolerance: &Tolerance, trial: Trial<'_>, fault: Option<String>, now: Instant) {
        let deciding = trial.health.is_some();
        let mut record = self.record();
        let faulty = fault.is_some();
        if let Some(fault) = fault {
            record.last_fault = fault;
        }
        let too_often = match &mut record.state {
            State::Sound(faults) if faulty => {
                faults.push_back(now);
                while faults.front().is_some_and(|first| now - *first > tolerance.within) {
                    faults.pop_front();
                }
                faults.len() >= tolerance.faults as usize
            }
            State::OnTrial { .. } => faulty,
            State::Sound(_) | State::Aside { .. } => false,
        };
        if too_often {
            let reason = record.last_fault.as_str();
            let seconds = tolerance.lasting.as_secs_f64();
            tracing::error!(plugin = name, "set aside for {seconds} s after too many faults: {reason}");
            record.state = State::Aside { until: now + tolerance.lasting };
            if let Some(metrics) = &self.metrics {
                metrics.plugin_set_aside(name);
            }
        } else if deciding && matches!(record.state, State::OnTrial { .. }) {
            tracing::info!(plugin = name, "serves again");
            record.state = State::Sound(VecDeque::new());
        }
        // Before the trial ends, which looks at the record too.
        drop(record);
        drop(trial);
    }

    /// Counters stay sound whatever panics.
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that decides whether a plugin is sound again, if it is one.
struct Trial<'h> {
    health: Option<&'h Health>,
}

impl Drop for Trial<'_> {
    /// A call that panicked has decided nothing: the next may.
    fn drop(&mut self) {
        if let Some(health) = self.health
            && let State::OnTrial { busy } = &mut health.record().state
        {
            *busy = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health() -> Health {
        let tolerance =
            Tolerance { faults: 2, within: Duration::from_secs(10), lasting: Duration::from_secs(5) };
        Health::new(Some(tolerance), None)
    }

    fn call(health: &Health, call: Call, fault: bool, now: Instant) -> Result<(), Duration> {
        let trial = health.begin(call, now).map_err(|aside| aside.retry_after)?;
        health.end(
            "p",
            health.tolerance.as_ref().unwrap(),
            trial,
            fault.then(|| "it trapped".to_owned()),
            now,
        );
        Ok(())
    }

    #[test]
    fn faults_that_lie_far_apart_are_forgiven() {
        let (health, start) = (health(), Instant::now());
        for minute in 0..10 {
            assert_eq!(call(&health, Call::Data, true, start + Duration::from_secs(60 * minute)), Ok(()));
        }
        assert_eq!(health.set_aside(), None);
    }

    #[test]
    fn so_many_faults_in_so_short_a_time_set_it_aside_for_so_long() {
        let (health, start) = (health(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        call(&health, Call::Question, true, at(0)).unwrap();
        call(&health, Call::Data, true, at(9)).unwrap();
        assert_eq!(health.set_aside().unwrap().reason, "it trapped");
        assert_eq!(call(&health, Call::Question, false, at(10)), Err(Duration::from_secs(4)));
        assert_eq!(call(&health, Call::Data, false, at(14)), Ok(()), "it is tried again");
        assert_eq!(health.set_aside(), None);
    }

    #[test]
    fn the_first_call_on_data_decides_and_the_others_wait_for_it() {
        let (health, start) = (health(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        (0..2).for_each(|_| call(&health, Call::Data, true, at(0)).unwrap());
        call(&health, Call::Question, false, at(5)).unwrap();
        assert!(health.set_aside().is_some(), "an answer to a question decides nothing");
        let trial = health.begin(Call::Data, at(5)).ok().unwrap();
        assert_eq!(call(&health, Call::Data, false, at(5)), Err(TRIAL));
        health.end("p", health.tolerance.as_ref().unwrap(), trial, Some("again".to_owned()), at(6));
        assert_eq!(call(&health, Call::Data, false, at(7)), Err(Duration::from_secs(4)), "aside again");
        assert_eq!(health.set_aside().unwrap().reason, "again");
    }

    #[test]
    fn a_trial_that_panics_leaves_it_to_the_next() {
        let (health, start) = (health(), Instant::now());
        (0..2).for_each(|_| call(&health, Call::Data, true, start).unwrap());
        let later = start + Duration::from_secs(6);
        drop(health.begin(Call::Data, later).ok().unwrap());
        assert_eq!(call(&health, Call::Data, false, later), Ok(()));
        assert_eq!(health.set_aside(), None);
    }
}
