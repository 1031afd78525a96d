//! Failed logins are counted, so that passwords cannot be tried one after the other.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// So many counts are kept at most, about 5 MB. With more, the oldest goes: an attacker who has tens of thousands of
/// addresses or names to try is slowed down by the price of a password check alone.
const MOST_COUNTS: usize = 65_536;

/// Counts failed logins by user name and address. Successful ones never count, however many there are.
#[derive(Debug)]
pub(crate) struct FailedLogins {
    most: u32,
    window: Duration,
    counts: Mutex<HashMap<Attempt, Count>>,
}

/// Who is trying from where: a hash of both, so that long names take no space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Attempt([u8; 16]);

#[derive(Debug, Clone, Copy)]
struct Count {
    since: Instant,
    failed: u32,
}

impl Attempt {
    /// A login as `username` from `address`, where that is known. An IPv6 customer has a whole /64 to choose from, so
    /// that counts as one address.
    pub(crate) fn new(username: &str, address: Option<IpAddr>) -> Self {
        let network = match address {
            Some(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
                let prefix = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(prefix)).to_string()
            }
            Some(address) => address.to_canonical().to_string(),
            None => String::new(),
        };
        let digest = Sha256::new().chain_update(network).chain_update([0]).chain_update(username).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

impl FailedLogins {
    /// At most `most` failures of one attempt in a `window`, which begins at the first of them.
    pub(crate) fn new(most: u32, window: Duration) -> Self {
        Self { most, window, counts: Mutex::default() }
    }

    /// How long `attempt` has to wait; `None` where it may be made.
    pub(crate) fn wait(&self, attempt: Attempt, now: Instant) -> Option<Duration> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&attempt).filter(|count| count.failed >= self.most)?;
        (count.since + self.window).checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    /// `attempt` failed.
    pub(crate) fn failed(&self, attempt: Attempt, now: Instant) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_COUNTS && !counts.contains_key(&attempt) {
            let ended = |count: &Count| now.duration_since(count.since) >= self.window;
            counts.retain(|_, count| !ended(count));
            if counts.len() >= MOST_COUNTS {
                let oldest = counts.iter().min_by_key(|(_, count)| count.since).map(|(attempt, _)| *attempt);
                oldest.map(|oldest| counts.remove(&oldest));
            }
        }
        let count = counts.entry(attempt).or_insert(Count { since: now, failed: 0 });
        if now.duration_since(count.since) >= self.window {
            *count = Count { since: now, failed: 0 };
        }
        count.failed += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    fn attempt(username: &str, address: &str) -> Attempt {
        Attempt::new(username, Some(address.parse().unwrap()))
    }

    #[test]
    fn too_many_failures_have_to_wait_for_the_end_of_the_window() {
        let logins = FailedLogins::new(3, WINDOW);
        let (start, eve) = (Instant::now(), attempt("admin", "192.0.2.1"));
        for second in 0..3 {
            assert_eq!(logins.wait(eve, start), None);
            logins.failed(eve, start + Duration::from_secs(second));
        }
        assert_eq!(logins.wait(eve, start + Duration::from_secs(20)), Some(Duration::from_secs(40)));
        assert_eq!(logins.wait(eve, start + WINDOW), None);
        logins.failed(eve, start + WINDOW);
        assert_eq!(logins.wait(eve, start + WINDOW), None, "a new window has begun");
    }

    #[test]
    fn others_are_not_held_up() {
        let logins = FailedLogins::new(1, WINDOW);
        let now = Instant::now();
        logins.failed(attempt("admin", "192.0.2.1"), now);
        assert_eq!(logins.wait(attempt("admin", "192.0.2.2"), now), None);
        assert_eq!(logins.wait(attempt("test_user", "192.0.2.1"), now), None);
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        assert_eq!(attempt("admin", "2001:db8::1"), attempt("admin", "2001:db8::ffff:1"));
        assert_ne!(attempt("admin", "2001:db8::1"), attempt("admin", "2001:db8:0:1::1"));
        assert_eq!(attempt("admin", "::ffff:192.0.2.1"), attempt("admin", "192.0.2.1"));
    }

    #[test]
    fn counts_stay_few_whatever_names_are_tried() {
        let logins = FailedLogins::new(1, WINDOW);
        let now = Instant::now();
        for n in 0..MOST_COUNTS + 3 {
            logins.failed(attempt(&n.to_string(), "192.0.2.1"), now);
        }
        assert_eq!(logins.counts.lock().unwrap().len(), MOST_COUNTS);
    }
}
