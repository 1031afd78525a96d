//! Who the users are at this moment, without asking the database at every request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fettle_metadata::{Role, UserStore};

use super::access_token::password_version;
use crate::problem::Problem;

/// A user who was disabled, or whose role or password changed, is the old one for at most so long.
const FRESH: Duration = Duration::from_secs(1);

/// What access tokens are checked against.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) role: Role,
    pub(crate) is_active: bool,
    pub(crate) password_version: String,
}

/// The accounts that were looked up within the last second.
///
/// It holds no more than there are users: only names from tokens that we signed come here.
#[derive(Debug)]
pub(crate) struct Accounts {
    users: Arc<dyn UserStore>,
    seen: Mutex<HashMap<String, (Instant, Option<Account>)>>,
}

impl Accounts {
    pub(crate) fn new(users: Arc<dyn UserStore>) -> Self {
        Self { users, seen: Mutex::default() }
    }

    /// The account of `username`, at most a second old; `None` where there is none any more.
    pub(crate) async fn find(&self, username: &str) -> Result<Option<Account>, Problem> {
        if let Some(account) = self.remembered(username) {
            return Ok(account);
        }
        let asked = Instant::now();
        let account = self.users.user(username).await?.map(|user| Account {
            role: user.role,
            is_active: user.is_active,
            password_version: password_version(&user),
        });
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(username.to_owned(), (asked, account.clone()));
        Ok(account)
    }

    fn remembered(&self, username: &str) -> Option<Option<Account>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(username).filter(|(asked, _)| asked.elapsed() < FRESH).map(|(_, account)| account.clone())
    }
}
