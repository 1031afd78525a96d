//! What goes wrong between a sensor and the row that is stored.

use std::ops::Range;

use super::random::Random;

/// How likely a cell is to be a spike: four a signal and day.
const SPIKE: f64 = 1.0 / 2_000.0;
/// How likely a gap is to begin at a cell. With a mean length of 8.2 cells that leaves 2 % of the cells empty.
const GAP: f64 = 0.02 / 8.2;

/// Spikes, then gaps: single readings far above anything the signal can be, and cells that never arrived.
pub(super) fn inflict(values: &mut [f64], spike: Range<f64>, random: &mut Random) {
    for value in values.iter_mut() {
        if random.chance(SPIKE) {
            *value = random.between(spike.start, spike.end).round();
        }
    }
    let mut row = 0;
    while row < values.len() {
        let length = if random.chance(GAP) { gap_length(random) } else { 0 };
        lose(values, row..row + length);
        // At least one cell stands between two gaps.
        row += length + 1;
    }
}

/// Empties the cells of a range, as far as there are any.
pub(super) fn lose(values: &mut [f64], rows: Range<usize>) {
    let end = rows.end.min(values.len());
    values[rows.start..end].fill(f64::NAN);
}

/// Mostly one cell, now and then minutes, rarely half an hour.
fn gap_length(random: &mut Random) -> usize {
    match random.whole(1, 100) {
        1..=60 => 1,
        61..=85 => random.whole(2, 6),
        86..=97 => random.whole(10, 40),
        _ => random.whole(60, 180),
    }
}
