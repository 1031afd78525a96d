//! A plugin whose every call is in time, and that takes for ever all the same.

use std::time::Duration;

use fettle_steps::{Limits, Sandbox, Settings};

use crate::house::{World, assert_sound, limits, refused, settings};

/// What is said to a plugin that takes its time, with limits that each of its calls keeps.
fn waited_for(orders: &str) -> String {
    let limits = Limits { base_time: Duration::from_millis(100), ..limits() };
    let sandbox = Sandbox::new(Settings { limits, ..settings() }).unwrap();
    let told = refused(&sandbox, World::Transform.ordered(orders));
    assert_sound(&sandbox);
    told
}

const TOLD: &str = "to describe itself, replay its examples and be tried out takes it more than 3.0 s";

#[test]
fn a_thousand_examples_that_take_their_time_are_not_waited_for() {
    assert_eq!(waited_for("examples take their time"), TOLD);
}

#[test]
fn nor_is_one_example_of_many_columns_and_rounds() {
    assert_eq!(waited_for("examples take their time in one"), TOLD);
}

#[test]
fn nor_are_many_methods_on_the_frames_that_they_are_tried_on() {
    assert_eq!(waited_for("describe methods that take their time"), TOLD);
}
