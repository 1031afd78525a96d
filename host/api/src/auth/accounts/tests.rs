//! On a real database, whose answers can be held back and refused.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use fettle_metadata::{NewUser, PasswordHash, RefreshToken, Rotation, SqliteStore};
use futures::future::join_all;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::*;

/// The answers of a real store, or none.
#[derive(Debug)]
struct Watched {
    store: SqliteStore,
    asked: AtomicUsize,
    is_away: AtomicBool,
    /// Answers wait for one of these.
    permits: Semaphore,
}

impl Watched {
    async fn with(username: &str) -> Arc<Self> {
        let store = SqliteStore::in_memory().await.unwrap();
        let password_hash = PasswordHash::of("correct horse").unwrap();
        let user = NewUser { username: username.to_owned(), password_hash, role: Role::Analyst };
        store.create_user(&user, Timestamp::now()).await.unwrap();
        let permits = Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self { store, asked: AtomicUsize::new(0), is_away: AtomicBool::new(false), permits })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

macro_rules! watched {
    ($($call:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl UserStore for Watched {
            $(async fn $call(&self, $($argument: $type),*) -> Result<$answer, MetadataError> {
                self.asked.fetch_add(1, Ordering::SeqCst);
                self.permits.acquire().await.unwrap().forget();
                if self.is_away.load(Ordering::SeqCst) {
                    return Err(MetadataError::Unavailable("it is away".into()));
                }
                self.store.$call($($argument),*).await
            })+
        }
    };
}

watched! {
    create_user(user: &NewUser, now: Timestamp) -> User;
    user(username: &str) -> Option<User>;
    users() -> Vec<User>;
    set_password(username: &str, password_hash: &PasswordHash, now: Timestamp) -> Option<User>;
    set_user_active(username: &str, is_active: bool, now: Timestamp) -> Option<User>;
    issue_refresh_token(user: &User, token: &RefreshToken, expires_at: Timestamp, now: Timestamp) -> bool;
    rotate_refresh_token(
        presented: &RefreshToken,
        next: &RefreshToken,
        expires_at: Timestamp,
        now: Timestamp
    ) -> Rotation;
    revoke_refresh_token(token: &RefreshToken, now: Timestamp) -> bool;
}

/// Until it is so; far longer than it ever takes.
async fn eventually<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    for _ in 0..3000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to be");
}

#[tokio::test]
async fn of_many_who_want_to_know_one_asks_the_database() {
    let store = Watched::with("anna").await;
    store.permits.forget_permits(Semaphore::MAX_PERMITS);
    let accounts = Arc::new(Accounts::new(Arc::<Watched>::clone(&store)));
    let ask = |_| {
        let accounts = Arc::clone(&accounts);
        tokio::spawn(async move { accounts.find("anna").await })
    };
    let asking: Vec<_> = (0..50).map(ask).collect();
    eventually(async || store.asked() > 0).await;
    store.permits.add_permits(50);
    let found: BTreeSet<_> = join_all(asking)
        .await
        .into_iter()
        .map(|answer| answer.unwrap().unwrap().unwrap().password_version)
        .collect();
    assert_eq!((found.len(), store.asked()), (1, 1));
}

#[tokio::test]
async fn a_disabled_user_is_noticed() {
    let store = Watched::with("anna").await;
    let accounts = Accounts::new(Arc::<Watched>::clone(&store));
    assert!(accounts.find("anna").await.unwrap().unwrap().is_active);
    store.store.set_user_active("anna", false, Timestamp::now()).await.unwrap();
    eventually(async || !accounts.find("anna").await.unwrap().unwrap().is_active).await;
    assert!(accounts.find("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn while_the_database_is_away_an_account_is_what_it_was() {
    let store = Watched::with("anna").await;
    let accounts = Accounts::new(Arc::<Watched>::clone(&store));
    let account = accounts.find("anna").await.unwrap();
    store.is_away.store(true, Ordering::SeqCst);
    let before = store.asked();
    eventually(async || {
        assert_eq!(accounts.find("anna").await.unwrap(), account);
        store.asked() > before + 1
    })
    .await;
    assert!(accounts.find("bert").await.is_err(), "nothing is known of him");

    // Neither does anybody wait for a database that does not answer at all.
    store.permits.forget_permits(Semaphore::MAX_PERMITS);
    let before = store.asked();
    eventually(async || {
        assert_eq!(accounts.find("anna").await.unwrap(), account);
        store.asked() > before
    })
    .await;
    assert_eq!(accounts.find("anna").await.unwrap(), account);

    store.store.set_user_active("anna", false, Timestamp::now()).await.unwrap();
    store.is_away.store(false, Ordering::SeqCst);
    store.permits.add_permits(Semaphore::MAX_PERMITS / 2);
    eventually(async || !accounts.find("anna").await.unwrap().unwrap().is_active).await;
}

#[tokio::test]
async fn those_who_wait_for_a_database_that_is_away_are_told_together() {
    let store = Watched::with("anna").await;
    store.permits.forget_permits(Semaphore::MAX_PERMITS);
    store.is_away.store(true, Ordering::SeqCst);
    let accounts = Arc::new(Accounts::new(Arc::<Watched>::clone(&store)));
    let ask = |_| {
        let accounts = Arc::clone(&accounts);
        tokio::spawn(async move { accounts.find("anna").await.is_err() })
    };
    let asking: Vec<_> = (0..50).map(ask).collect();
    // All of them wait, and one of them for the database.
    eventually(async || Arc::strong_count(&accounts.seen("anna")) > 50).await;
    store.permits.add_permits(50);
    assert!(join_all(asking).await.into_iter().all(Result::unwrap));
    assert_eq!(store.asked(), 1);
}
