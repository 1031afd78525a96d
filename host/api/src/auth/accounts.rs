//! Who the users are at this moment, without asking the database at every request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fettle_metadata::{MetadataError, Role, User, UserStore};

use super::access_token::password_version;
use crate::problem::Problem;

/// A user who was disabled, or whose role or password changed, is the old one for at most so long while the database
/// answers. While it does not, it is asked again that often.
const FRESH: Duration = Duration::from_secs(1);

/// How long the database is waited for where the account is known from before.
const PATIENCE: Duration = Duration::from_secs(1);

/// What access tokens are checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) role: Role,
    pub(crate) is_active: bool,
    pub(crate) password_version: String,
}

/// The accounts that were looked up.
///
/// It holds no more than there are users: only names from tokens that we signed come here.
#[derive(Debug)]
pub(crate) struct Accounts {
    users: Arc<dyn UserStore>,
    seen: Mutex<HashMap<String, Arc<Seen>>>,
}

/// What is known of one user.
#[derive(Debug, Default)]
struct Seen {
    known: Mutex<Known>,
    /// Held by who asks the database: those who want to know the same wait for the answer.
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    /// When the database was asked last, whether it answered or not.
    asked: Option<Instant>,
    /// It did not answer then.
    is_overdue: bool,
    /// When it last failed somebody for whom nothing was known.
    failed: Option<Instant>,
    /// What it answered last; `Some(None)` where there is no such user any more.
    account: Option<Option<Account>>,
}

impl Accounts {
    pub(crate) fn new(users: Arc<dyn UserStore>) -> Self {
        Self { users, seen: Mutex::default() }
    }

    /// The account of `username`, at most a second old; `None` where there is none any more. While the database does not
    /// answer, the account as it was last: a token that was signed with it ends soon enough.
    pub(crate) async fn find(&self, username: &str) -> Result<Option<Account>, Problem> {
        let began = Instant::now();
        let seen = self.seen(username);
        let known = seen.known();
        if let Some(account) = known.fresh() {
            return Ok(account);
        }
        if known.is_overdue
            && let Some(account) = known.account
        {
            // Nobody waits for a database that has just been waited for in vain.
            if let Ok(turn) = Arc::clone(&seen.asking).try_lock_owned() {
                let (users, username) = (Arc::clone(&self.users), username.to_owned());
                tokio::spawn(async move {
                    // The outcome stands in `seen`.
                    let _ = seen.ask(users.as_ref(), &username).await;
                    drop(turn);
                });
            }
            return Ok(account);
        }
        let _turn = seen.asking.lock().await;
        // Somebody else may have asked meanwhile, and the answer is everybody's.
        let known = seen.known();
        if let Some(account) = known.fresh() {
            return Ok(account);
        }
        if known.failed.is_some_and(|failed| failed >= began) {
            return Err(MetadataError::Unavailable("it did not answer another request either".into()).into());
        }
        Ok(seen.ask(self.users.as_ref(), username).await?)
    }

    fn seen(&self, username: &str) -> Arc<Seen> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = seen.get(username) {
            return Arc::clone(found);
        }
        Arc::clone(seen.entry(username.to_owned()).or_default())
    }
}

impl Seen {
    /// Asks the database, and answers with what was known before where it is away.
    async fn ask(&self, users: &dyn UserStore, username: &str) -> Result<Option<Account>, MetadataError> {
        let asked = Instant::now();
        let before = self.known().account;
        let user = match &before {
            None => users.user(username).await,
            Some(_) => tokio::time::timeout(PATIENCE, users.user(username))
                .await
                .unwrap_or_else(|elapsed| Err(MetadataError::Unavailable(elapsed.into()))),
        };
        let (account, is_overdue) = match (user, before) {
            (Ok(user), _) => (user.map(|user| Account::of(&user)), false),
            (Err(MetadataError::Unavailable(cause)), Some(before)) => {
                tracing::debug!(username, cause, "the user store is away; the account is taken as it was");
                (before, true)
            }
            (Err(error), _) => {
                self.lock().failed = Some(Instant::now());
                return Err(error);
            }
        };
        *self.lock() = Known { asked: Some(asked), is_overdue, failed: None, account: Some(account.clone()) };
        Ok(account)
    }

    fn known(&self) -> Known {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The account, if the database was asked within the last second.
    fn fresh(&self) -> Option<Option<Account>> {
        self.asked.filter(|asked| asked.elapsed() < FRESH).and(self.account.clone())
    }
}

impl Account {
    fn of(user: &User) -> Self {
        Self { role: user.role, is_active: user.is_active, password_version: password_version(user) }
    }
}

#[cfg(test)]
mod tests;
