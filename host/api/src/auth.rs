//! Who is asking, and whether they may.

mod access_token;
mod accounts;
mod address;
mod attempts;
mod caller;
mod passwords;

pub(crate) use self::access_token::AccessTokens;
pub(crate) use self::accounts::Accounts;
pub(crate) use self::address::Address;
pub(crate) use self::attempts::{Attempt, FailedLogins};
pub(crate) use self::caller::{Admin, Analyst, Caller, Viewer, bearer};
pub(crate) use self::passwords::PasswordCheck;
