//! A plugin whose every call is in time, and that takes for ever all the same.

use std::time::Duration;

use fettle_steps::{Limits, Sandbox, Settings};

use crate::house::{World, assert_sound, limits, refused, settings};

#[test]
fn a_thousand_examples_that_take_their_time_are_not_waited_for() {
    let limits = Limits { base_time: Duration::from_millis(60), ..limits() };
    let sandbox = Sandbox::new(Settings { limits, ..settings() }).unwrap();
    let told = refused(&sandbox, World::Transform.ordered("examples take their time"));
    assert_eq!(told, "its examples take more than 1.8 s together");
    assert_sound(&sandbox);
}
