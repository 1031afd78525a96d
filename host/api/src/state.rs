//! What every operation can reach.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fettle_cache::CacheStatus;
use fettle_datasets::Datasets;
use fettle_features::Features;
use fettle_jobs::Jobs;
use fettle_metadata::{MetadataStore, UserStore};
use fettle_observe::Metrics;
use fettle_realtime::Realtime;
use fettle_series::SeriesStore;
use fettle_steps::Plugins;
use tokio::sync::{Mutex, Semaphore};

use crate::auth::{AccessTokens, Accounts, FailedLogins, PasswordCheck};
use crate::settings::ApiSettings;

/// Files that are imported at the same time. The rows of each are in memory, up to the cells that a request may have.
const IMPORTS_AT_ONCE: usize = 2;

/// What the API needs of the rest of the house.
#[derive(Clone)]
pub struct Backends {
    /// The domain.
    pub features: Arc<Features>,
    /// Training datasets.
    pub datasets: Datasets,
    /// The plugins, to be listed and reloaded.
    pub plugins: Arc<Plugins>,
    /// Builds and replays, those that run and those that wait.
    pub jobs: Arc<Jobs>,
    /// Models, fields and devices; readiness asks whether it answers.
    pub metadata: Arc<dyn MetadataStore>,
    /// What stands in front of `metadata`; readiness tells how it is.
    pub cache: CacheStatus,
    /// Users and tokens.
    pub users: Arc<dyn UserStore>,
    /// Device rows; readiness asks whether they can be reached.
    pub series: Arc<dyn SeriesStore>,
    /// Where requests are counted.
    pub metrics: Arc<Metrics>,
}

/// What every operation can reach. A clone is the same state.
#[derive(Clone)]
pub struct ApiState(Arc<Inner>);

struct Inner {
    backends: Backends,
    settings: ApiSettings,
    access_tokens: AccessTokens,
    accounts: Accounts,
    failed_logins: FailedLogins,
    passwords: PasswordCheck,
    realtime: Realtime,
    making: Arc<Mutex<()>>,
    importing: Semaphore,
    draining: AtomicBool,
}

impl ApiState {
    /// The API over `backends`.
    pub fn new(backends: Backends, settings: ApiSettings) -> Self {
        let inner = Inner {
            access_tokens: AccessTokens::new(&settings.access_token_secret, settings.access_token_lifetime),
            accounts: Accounts::new(Arc::clone(&backends.users)),
            failed_logins: FailedLogins::new(settings.failed_logins, settings.failed_login_window),
            passwords: PasswordCheck::new(),
            realtime: Realtime::new(
                Arc::clone(&backends.metadata),
                Arc::clone(&backends.series),
                Arc::clone(&backends.metrics),
            ),
            making: Arc::default(),
            importing: Semaphore::new(IMPORTS_AT_ONCE),
            draining: AtomicBool::new(false),
            backends,
            settings,
        };
        Self(Arc::new(inner))
    }

    /// From now on `/health/ready` says no, so that no new requests are sent here while those under way end.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn features(&self) -> &Arc<Features> {
        &self.0.backends.features
    }

    pub(crate) fn datasets(&self) -> &Datasets {
        &self.0.backends.datasets
    }

    pub(crate) fn plugins(&self) -> &Arc<Plugins> {
        &self.0.backends.plugins
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.backends.jobs
    }

    pub(crate) fn metadata(&self) -> &dyn MetadataStore {
        self.0.backends.metadata.as_ref()
    }

    pub(crate) fn cache(&self) -> &CacheStatus {
        &self.0.backends.cache
    }

    pub(crate) fn users(&self) -> &dyn UserStore {
        self.0.backends.users.as_ref()
    }

    pub(crate) fn series(&self) -> &dyn SeriesStore {
        self.0.backends.series.as_ref()
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.0.backends.metrics
    }

    pub(crate) fn settings(&self) -> &ApiSettings {
        &self.0.settings
    }

    pub(crate) fn access_tokens(&self) -> &AccessTokens {
        &self.0.access_tokens
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    pub(crate) fn failed_logins(&self) -> &FailedLogins {
        &self.0.failed_logins
    }

    pub(crate) fn passwords(&self) -> &PasswordCheck {
        &self.0.passwords
    }

    pub(crate) fn realtime(&self) -> &Realtime {
        &self.0.realtime
    }

    /// A permit of it is held by who reads a file to import.
    pub(crate) fn importing(&self) -> &Semaphore {
        &self.0.importing
    }

    /// Held by who makes a file of a dataset: of two who ask for the same one, the second finds it made.
    pub(crate) fn making(&self) -> &Arc<Mutex<()>> {
        &self.0.making
    }
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
