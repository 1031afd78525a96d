//! Hostile plugins: each is a named case with the error that the host answers it with. docs/sandbox.md has them in a table.
//!
//! After each of them the same plugin and a built-in one answer rightly: nothing is lost.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

/// A test for each case, and a list of all.
macro_rules! cases {
    ($($name:ident: $met:ident $world:ident $orders:literal => $told:literal;)+) => {
        pub const CASES: &[crate::case::Case] = &[$(crate::case::case!($name, $met, $world, $orders, $told)),+];

        $(#[test]
        fn $name() {
            crate::case::case!($name, $met, $world, $orders, $told).check();
        })+
    };
}

mod alone;
#[expect(dead_code, reason = "the test of memory misbehaves without a word")]
mod case;
mod cases;
mod files;
mod forgetting;
mod house;
mod native_code;
mod patience;
mod schemas;
mod telling;
mod text;

#[test]
fn there_are_thirty_and_more_and_no_two_are_alike() {
    let mut orders: Vec<_> = cases::all().map(|case| (case.world, case.orders)).collect();
    let count = orders.len();
    orders.sort_unstable();
    orders.dedup();
    assert!(orders.len() >= 30 && orders.len() == count, "{} of {count}", orders.len());
}
