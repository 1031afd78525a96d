//! Password checks: slow on purpose, so only a few at once and never on the async threads.

use fettle_metadata::PasswordHash;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::Problem;

/// Each takes 19 MiB and a core for tens of milliseconds; more at once would starve the requests beside them.
const AT_ONCE: usize = 2;

/// A place to check passwords, with a few seats.
#[derive(Debug)]
pub(crate) struct PasswordCheck {
    seats: Semaphore,
    nobody: PasswordHash,
}

/// A seat: the right to check one password now.
#[derive(Debug)]
pub(crate) struct Seat<'a> {
    check: &'a PasswordCheck,
    _permit: SemaphorePermit<'a>,
}

impl PasswordCheck {
    pub(crate) fn new() -> Self {
        Self { seats: Semaphore::new(AT_ONCE), nobody: PasswordHash::of_nobody() }
    }

    /// Waits for a seat.
    pub(crate) async fn seat(&self) -> Result<Seat<'_>, Problem> {
        let permit = self.seats.acquire().await.map_err(|error| Problem::internal(&error))?;
        Ok(Seat { check: self, _permit: permit })
    }
}

impl Seat<'_> {
    /// Whether `password` is the one behind `hash`. Where there is no hash, because there is no such user, it is not,
    /// and finding out takes as long.
    pub(crate) async fn verify(self, hash: Option<&PasswordHash>, password: String) -> Result<bool, Problem> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.check.nobody).clone();
        let matches = tokio::task::spawn_blocking(move || hash.verify(&password))
            .await
            .map_err(|error| Problem::internal(&error))?;
        Ok(known && matches)
    }
}
