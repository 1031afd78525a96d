use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::problem::Problems;

/// `[jobs]`: work that outlives the request that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// How long jobs are kept after they ended, in days.
    pub keep_days: u32,
    /// How long a job stays its host's without a sign of life, in seconds.
    pub lease_s: u32,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { keep_days: 30, lease_s: 10 }
    }
}

impl Jobs {
    /// How long jobs are kept after they ended.
    pub fn keep(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_days) * 86_400)
    }

    /// How long a job stays its host's without a sign of life.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_s.into())
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.check_range("jobs.keep_days", self.keep_days, 1..=3650);
        problems.check_range("jobs.lease_s", self.lease_s, 1..=3600);
    }
}
