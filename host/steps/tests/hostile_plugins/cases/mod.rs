//! All cases by subject.

use crate::case::Case;

pub mod applying;
pub mod describing;
pub mod examples;
pub mod features;
pub mod fitting;
pub mod resolving;
pub mod scope;
pub mod windows;

pub fn all() -> impl Iterator<Item = &'static Case> {
    [
        describing::CASES,
        examples::CASES,
        resolving::CASES,
        fitting::CASES,
        applying::CASES,
        scope::CASES,
        windows::CASES,
        features::CASES,
    ]
    .into_iter()
    .flatten()
}
