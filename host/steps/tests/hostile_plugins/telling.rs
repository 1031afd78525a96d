//! What is not an error, and errors that are too long to be told whole.

use fettle_steps::StepError;

use crate::case::answer;
use crate::house::{World, admit, sandbox};

/// What comes of a plugin with these orders once it is provoked.
fn provoked(world: World, orders: &str) -> Result<Vec<f64>, StepError> {
    let plugin = admit(sandbox(), world.ordered(orders)).unwrap();
    answer(sandbox(), &plugin, world, true)
}

#[test]
fn infinities_become_missing() {
    let missing =
        |values: Vec<f64>, count: usize| values.len() == count && values.iter().all(|value| value.is_nan());
    assert!(missing(provoked(World::Transform, "apply overflows").unwrap(), 4));
    assert!(missing(provoked(World::Features, "compute overflows").unwrap(), 2));
}

#[test]
fn of_a_long_complaint_the_beginning_is_told() {
    let Err(StepError::Failed { message, .. }) = provoked(World::Transform, "apply rants") else { panic!() };
    assert_eq!(message, format!("{}…", "no! ".repeat(500)));
}

#[test]
fn of_many_wrong_parameters_the_first_are_told() {
    let error = provoked(World::Transform, "resolve to ten thousand errors").unwrap_err();
    let StepError::InvalidParams { errors, .. } = error else { panic!("{error}") };
    assert_eq!((errors.len(), errors[99].path.as_str()), (100, "/99"));
}
