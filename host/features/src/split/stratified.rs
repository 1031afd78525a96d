//! The random split that keeps classes in proportion.

use super::mode::approximate_mode;
use super::random::Counts;
use super::random_state::RandomState;
use super::{Side, Sides, SplitError, ValSplit};
use crate::label::ClassCodes;

/// The rows of scikit-learn's `train_test_split(range(windows), test_size=val_split, random_state=seed, stratify=y)`, in
/// its order, `classes` being those of `y`.
///
/// # Errors
/// Where a side would be empty or have fewer windows than there are classes, where a class has one window, and where
/// there is only one class.
pub fn stratified(classes: &ClassCodes, val_split: ValSplit, seed: u32) -> Result<Sides, SplitError> {
    let counts = Counts::of_windows(classes.codes.len(), val_split)?;
    let members = members(classes);
    refuse(&members, classes, counts)?;

    let mut draws = RandomState::new(seed);
    let of_class: Vec<u32> = members.iter().map(|windows| windows.len() as u32).collect();
    let train_of_class = approximate_mode(&of_class, counts.train, &mut draws);
    let left: Vec<u32> = of_class.iter().zip(&train_of_class).map(|(all, train)| all - train).collect();
    // All that is left goes to the other side. scikit-learn draws it all the same, from proportions that rounding may
    // leave just below the whole number, and then breaks a tie; that moves the draws after it.
    let val_of_class = approximate_mode(&left, counts.val, &mut draws);

    let mut sides = Sides { train: Vec::new(), val: Vec::new() };
    for ((windows, train), val) in members.iter().zip(train_of_class).zip(val_of_class) {
        let shuffled = draws.permutation(windows.len() as u32);
        let mut windows = shuffled.iter().map(|&place| windows[place as usize]);
        sides.train.extend(windows.by_ref().take(train as usize));
        sides.val.extend(windows.take(val as usize));
    }
    draws.shuffle(&mut sides.train);
    draws.shuffle(&mut sides.val);
    Ok(sides)
}

/// The windows of each class, in their order.
fn members(classes: &ClassCodes) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); classes.keys.len()];
    for (window, &class) in (0..).zip(&classes.codes) {
        members[class as usize].push(window);
    }
    members
}

fn refuse(members: &[Vec<u32>], classes: &ClassCodes, counts: Counts) -> Result<(), SplitError> {
    if let [class] = classes.keys.as_slice() {
        return Err(SplitError::OneClass { class: class.clone() });
    }
    let of_one = |(windows, key): (&Vec<u32>, &String)| (windows.len() < 2).then(|| key.clone());
    let of_one: Vec<String> = members.iter().zip(&classes.keys).filter_map(of_one).collect();
    if !of_one.is_empty() {
        return Err(SplitError::ClassOfOneWindow { classes: of_one });
    }
    for (side, windows) in [(Side::Train, counts.train), (Side::Val, counts.val)] {
        if (windows as usize) < members.len() {
            return Err(SplitError::MoreClassesThanWindows { side, windows, classes: members.len() });
        }
    }
    Ok(())
}
