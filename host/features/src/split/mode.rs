//! How many of each class a draw most likely has.

use super::random_state::RandomState;

/// How many of each class are likeliest among `size` drawn from classes of these sizes: each class its share rounded
/// down, and the rest to those whose shares lost most by it, ties by lot. scikit-learn's `_approximate_mode`, rounding
/// and draws included.
pub(super) fn approximate_mode(classes: &[u32], size: u32, draws: &mut RandomState) -> Vec<u32> {
    let all: u64 = classes.iter().map(|&class| u64::from(class)).sum();
    let shares: Vec<f64> =
        classes.iter().map(|&class| f64::from(class) / all as f64 * f64::from(size)).collect();
    let mut drawn: Vec<u32> = shares.iter().map(|share| share.floor() as u32).collect();
    let remainders: Vec<f64> = shares.iter().map(|share| share - share.floor()).collect();

    let mut missing = (size as usize).saturating_sub(drawn.iter().map(|&class| class as usize).sum());
    let mut largest_first: Vec<usize> = (0..classes.len()).collect();
    // The sort is stable: classes of the same remainder stay in their order.
    largest_first.sort_by(|&one, &other| remainders[other].total_cmp(&remainders[one]));
    for tied in largest_first.chunk_by(|&one, &other| remainders[one] == remainders[other]) {
        if missing == 0 {
            break;
        }
        let added = tied.len().min(missing);
        for class in draws.choice(tied, added) {
            drawn[class] += 1;
        }
        missing -= added;
    }
    drawn
}
