//! Users and their refresh tokens.

use std::sync::Arc;

use crate::support::{Place, Store, at, on_both};
use fettle_metadata::{
    Conflict, Invalid, MetadataError, NewUser, PasswordHash, RefreshToken, Role, Rotation, User,
};
use jiff::Timestamp;

const WEEK: i64 = 7 * 86_400;

/// A hash that is no trouble to compute.
fn hash(mark: char) -> PasswordHash {
    let salt = "c29tZXNhbHQ";
    PasswordHash::parse(format!("$argon2id$v=19$m=8,t=1,p=1${salt}${}", mark.to_string().repeat(42) + "A"))
        .unwrap()
}

async fn store_with_user(place: &Place) -> (Arc<dyn Store>, User) {
    let store = place.open().await;
    let user = NewUser { username: "test_user".into(), password_hash: hash('A'), role: Role::Analyst };
    let created = store.create_user(&user, at(0)).await.unwrap();
    (store, created)
}

async fn issue(store: &dyn Store, user: &User, now: Timestamp) -> RefreshToken {
    let token = RefreshToken::random().unwrap();
    assert!(store.issue_refresh_token(user, &token, at(WEEK), now).await.unwrap());
    token
}

/// Trades `token`, and answers what came of it and the next token.
async fn rotate(store: &dyn Store, token: &RefreshToken, second: i64) -> (Rotation, RefreshToken) {
    let next = RefreshToken::random().unwrap();
    let rotation = store.rotate_refresh_token(token, &next, at(second + WEEK), at(second)).await.unwrap();
    (rotation, next)
}

async fn a_user_is_found_as_created(place: Place) {
    let (store, created) = store_with_user(&place).await;
    assert_eq!(
        (created.username.as_str(), created.role, created.is_active),
        ("test_user", Role::Analyst, true)
    );
    assert_eq!((created.created_at, &created.password_hash), (at(0), &hash('A')));
    assert_eq!(store.user("test_user").await.unwrap(), Some(created));
    assert_eq!(store.user("nobody").await.unwrap(), None);
    let admin = NewUser { username: "admin".into(), password_hash: hash('B'), role: Role::Admin };
    store.create_user(&admin, at(1)).await.unwrap();
    let names: Vec<_> = store.users().await.unwrap().into_iter().map(|user| user.username).collect();
    assert_eq!(names, ["admin", "test_user"]);
}
on_both!(a_user_is_found_as_created);

async fn a_taken_or_unfit_name_is_refused(place: Place) {
    let (store, _) = store_with_user(&place).await;
    let add = async |username: &str| {
        let user = NewUser { username: username.into(), password_hash: hash('B'), role: Role::Admin };
        store.create_user(&user, at(1)).await
    };
    let taken = add("test_user").await.unwrap_err();
    assert!(matches!(taken, MetadataError::Conflict(Conflict::UserExists(name)) if name == "test_user"));
    for name in ["", "a b", "a\n", &"x".repeat(65)] {
        let unfit = add(name).await.unwrap_err();
        assert!(matches!(unfit, MetadataError::Invalid(Invalid::Username(_))), "{name:?}: {unfit}");
    }
    assert_eq!(store.user("test_user").await.unwrap().unwrap().role, Role::Analyst);
    add("王伟").await.unwrap();
}
on_both!(a_taken_or_unfit_name_is_refused);

#[test]
fn each_role_may_what_the_one_before_it_may() {
    assert!(Role::Viewer < Role::Analyst && Role::Analyst < Role::Admin);
    assert_eq!("analyst".parse(), Ok(Role::Analyst));
    let error = "root".parse::<Role>().unwrap_err().to_string();
    assert_eq!(error, "`root` is no role; it must be viewer, analyst or admin");
}

async fn a_token_is_traded_once_for_the_next(place: Place) {
    let (store, user) = store_with_user(&place).await;
    let first = issue(&*store, &user, at(0)).await;
    let (rotation, second) = rotate(&*store, &first, 1).await;
    assert_eq!(rotation, Rotation::Rotated(user.clone()));
    let (rotation, _) = rotate(&*store, &second, 2).await;
    assert_eq!(rotation, Rotation::Rotated(user));
    assert_eq!(rotate(&*store, &RefreshToken::presented("made up"), 3).await.0, Rotation::Unknown);
}
on_both!(a_token_is_traded_once_for_the_next);

async fn a_token_used_twice_takes_its_family_along_and_no_other(place: Place) {
    let (store, user) = store_with_user(&place).await;
    let stolen = issue(&*store, &user, at(0)).await;
    let elsewhere = issue(&*store, &user, at(0)).await;
    let (_, next) = rotate(&*store, &stolen, 1).await;
    assert_eq!(rotate(&*store, &stolen, 2).await.0, Rotation::Reused);
    assert_eq!(
        rotate(&*store, &next, 3).await.0,
        Rotation::Revoked,
        "the thief's or the owner's, nobody knows"
    );
    assert!(matches!(rotate(&*store, &elsewhere, 4).await.0, Rotation::Rotated(_)));
}
on_both!(a_token_used_twice_takes_its_family_along_and_no_other);

async fn of_two_who_trade_one_token_at_once_one_succeeds(place: Place) {
    let stores = [place.open().await, place.open().await];
    let user = NewUser { username: "test_user".into(), password_hash: hash('A'), role: Role::Viewer };
    let user = stores[0].create_user(&user, at(0)).await.unwrap();
    let token = issue(&*stores[0], &user, at(0)).await;
    let ((one, _), (other, _)) = tokio::join!(rotate(&*stores[0], &token, 1), rotate(&*stores[1], &token, 1));
    let rotated =
        [&one, &other].into_iter().filter(|rotation| matches!(rotation, Rotation::Rotated(_))).count();
    let reused = [&one, &other].into_iter().filter(|rotation| matches!(rotation, Rotation::Reused)).count();
    assert_eq!((rotated, reused), (1, 1));
}
on_both!(of_two_who_trade_one_token_at_once_one_succeeds);

async fn a_token_ends_when_it_expires_and_is_forgotten(place: Place) {
    let (store, user) = store_with_user(&place).await;
    let token = issue(&*store, &user, at(0)).await;
    assert_eq!(
        rotate(&*store, &token, WEEK).await.0,
        Rotation::Expired,
        "its last moment is already too late"
    );
    let later = RefreshToken::random().unwrap();
    assert!(store.issue_refresh_token(&user, &later, at(2 * WEEK), at(WEEK)).await.unwrap());
    assert_eq!(rotate(&*store, &token, WEEK).await.0, Rotation::Unknown);
    assert!(matches!(rotate(&*store, &later, WEEK + 1).await.0, Rotation::Rotated(_)));
}
on_both!(a_token_ends_when_it_expires_and_is_forgotten);

async fn logging_out_revokes_the_family(place: Place) {
    let (store, user) = store_with_user(&place).await;
    let token = issue(&*store, &user, at(0)).await;
    let (_, next) = rotate(&*store, &token, 1).await;
    assert!(store.revoke_refresh_token(&next, at(2)).await.unwrap());
    assert_eq!(rotate(&*store, &next, 3).await.0, Rotation::Revoked);
    assert!(!store.revoke_refresh_token(&RefreshToken::presented("made up"), at(4)).await.unwrap());
}
on_both!(logging_out_revokes_the_family);

async fn another_password_revokes_all_tokens(place: Place) {
    let (store, user) = store_with_user(&place).await;
    let token = issue(&*store, &user, at(0)).await;
    let changed = store.set_password("test_user", &hash('C'), at(1)).await.unwrap().unwrap();
    assert_eq!(changed.password_hash, hash('C'));
    assert_eq!(rotate(&*store, &token, 2).await.0, Rotation::Revoked);
    let late = RefreshToken::random().unwrap();
    let issued = store.issue_refresh_token(&user, &late, at(WEEK), at(3)).await.unwrap();
    assert!(!issued, "a login with the old password that was under way gets nothing");
    issue(&*store, &changed, at(4)).await;
    assert_eq!(store.set_password("nobody", &hash('C'), at(5)).await.unwrap(), None);
}
on_both!(another_password_revokes_all_tokens);

async fn a_disabled_user_has_no_tokens_and_gets_none(place: Place) {
    let (store, user) = store_with_user(&place).await;
    let token = issue(&*store, &user, at(0)).await;
    let disabled = store.set_user_active("test_user", false, at(1)).await.unwrap().unwrap();
    assert!(!disabled.is_active);
    assert_eq!(rotate(&*store, &token, 2).await.0, Rotation::Revoked);
    let late = RefreshToken::random().unwrap();
    assert!(!store.issue_refresh_token(&user, &late, at(WEEK), at(2)).await.unwrap());

    let enabled = store.set_user_active("test_user", true, at(3)).await.unwrap().unwrap();
    assert_eq!(rotate(&*store, &token, 4).await.0, Rotation::Revoked, "enabling brings no old token back");
    issue(&*store, &enabled, at(5)).await;
    assert_eq!(store.set_user_active("nobody", false, at(6)).await.unwrap(), None);
}
on_both!(a_disabled_user_has_no_tokens_and_gets_none);

async fn a_token_that_is_traded_while_its_user_is_disabled_is_worth_nothing(place: Place) {
    let stores = [place.open().await, place.open().await];
    for round in 0..15 {
        let username = format!("user_{round}");
        let user = NewUser { username: username.clone(), password_hash: hash('A'), role: Role::Viewer };
        let user = stores[0].create_user(&user, at(0)).await.unwrap();
        let token = issue(&*stores[0], &user, at(0)).await;
        let late = RefreshToken::random().unwrap();
        let (traded, issued, disabled) = tokio::join!(
            rotate(&*stores[0], &token, 1),
            stores[1].issue_refresh_token(&user, &late, at(WEEK), at(1)),
            stores[1].set_user_active(&username, false, at(1)),
        );
        assert!(!disabled.unwrap().unwrap().is_active);
        let after = rotate(&*stores[0], &traded.1, 2).await.0;
        assert!(matches!(after, Rotation::Revoked | Rotation::Unknown), "{:?}, then {after:?}", traded.0);
        let after = rotate(&*stores[0], &late, 2).await.0;
        let expected = if issued.unwrap() { Rotation::Revoked } else { Rotation::Unknown };
        assert_eq!(after, expected);
    }
}
on_both!(a_token_that_is_traded_while_its_user_is_disabled_is_worth_nothing);
