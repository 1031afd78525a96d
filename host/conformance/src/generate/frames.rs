//! Rows, as machines send them and as nobody expects them.

use fettle_frame::{Frame, Signal, Window};

use super::Random;

/// What the cells of a column are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fashion {
    /// A wave with noise.
    Wave,
    /// Small whole numbers, with many ties.
    Counts,
    /// The same number throughout.
    Constant,
    /// A wave with some cells far away.
    Spikes,
    /// Off and on, for a while each.
    Pulses,
    /// A wave with gaps.
    Gaps,
    /// No value at all.
    Missing,
    /// The ends of what an f64 can hold.
    Extremes,
}

impl Fashion {
    /// What machines send.
    pub(crate) const ORDINARY: [Fashion; 6] =
        [Fashion::Wave, Fashion::Gaps, Fashion::Counts, Fashion::Pulses, Fashion::Spikes, Fashion::Constant];
}

/// Numbers at which arithmetic overflows, vanishes or loses its sign.
const EXTREMES: [f64; 14] = [
    f64::MAX,
    f64::MIN,
    1e300,
    -1e300,
    1e-300,
    -1e-300,
    f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    0.0,
    -0.0,
    1.0,
    9_007_199_254_740_993.0,
    f64::NAN,
];

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// A column.
fn values(random: &mut Random, fashion: Fashion, rows: usize) -> Vec<f64> {
    let level = random.pick(&[0.0, 1.0, -40.0, 220.0, 1e6]);
    let spread = random.pick(&[0.01, 1.0, 25.0]);
    let period = random.between(3, 60) as f64;
    let wave = |random: &mut Random, row: usize| {
        level + spread * ((row as f64 / period).sin() + 0.3 * random.bell())
    };
    let mut on = random.chance(0.5);
    let mut missing = 0;
    (0..rows)
        .map(|row| match fashion {
            Fashion::Wave => wave(random, row),
            Fashion::Counts => random.below(5) as f64,
            Fashion::Constant => level,
            Fashion::Spikes if random.chance(0.08) => level + spread * 50.0 * random.bell(),
            Fashion::Spikes => wave(random, row),
            Fashion::Pulses => {
                on ^= random.chance(0.15);
                if on { level.abs() + 100.0 + spread * random.bell() } else { 0.0 }
            }
            Fashion::Gaps => {
                if missing == 0 && random.chance(0.1) {
                    missing = random.between(1, 6);
                }
                let value = wave(random, row);
                if missing == 0 {
                    return value;
                }
                missing -= 1;
                f64::NAN
            }
            Fashion::Missing => f64::NAN,
            Fashion::Extremes => random.pick(&EXTREMES),
        })
        .collect()
}

/// Rows with a column for each of `names`, of the given fashions in turn from a random one on.
pub(crate) fn frame(random: &mut Random, names: &[String], rows: usize, fashions: &[Fashion]) -> Frame {
    let first = random.below(fashions.len());
    let signals = names.iter().enumerate().map(|(index, name)| Signal {
        name: name.clone(),
        values: values(random, fashions[(first + index) % fashions.len()], rows),
    });
    let signals = signals.collect();
    Frame { timestamps: timestamps(random, rows), signals, labels: Vec::new() }
}

/// Rows a second apart, or unevenly, with a pause, or before 1970.
fn timestamps(random: &mut Random, rows: usize) -> Vec<i64> {
    let steady = random.chance(0.5);
    let mut now = random.pick(&[1_700_000_000, 0, -86_400]) * SECOND;
    (0..rows)
        .map(|_| {
            let pause = if steady { SECOND } else { random.pick(&[1, SECOND / 10, SECOND, 90 * SECOND]) };
            now += pause;
            now
        })
        .collect()
}

/// Windows of `rows` rows, ascending by start: of many lengths, some overlapping.
pub(crate) fn windows(random: &mut Random, rows: usize, most: usize) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut start = random.below(3);
    while start < rows && windows.len() < most {
        let length = if random.chance(0.2) { 1 } else { random.between(1, (rows - start).min(40)) };
        windows.push(Window { start, end: start + length });
        start += if random.chance(0.3) { length } else { random.between(1, length) };
    }
    windows
}

/// The same timestamps and columns with other cells in the rows for which `hit` holds: present ones change, missing
/// ones become present, and some present ones become missing.
pub(crate) fn disturbed(frame: &Frame, hit: impl Fn(usize) -> bool) -> Frame {
    let mut disturbed = frame.clone();
    for signal in &mut disturbed.signals {
        for (row, value) in signal.values.iter_mut().enumerate().filter(|(row, _)| hit(*row)) {
            *value = match row % 5 {
                _ if value.is_nan() => 7.0,
                3 => f64::NAN,
                _ if value.abs() > 1e100 => -1.0,
                // Another value for every number: 3 − 2x = x only where x is 1.
                _ if *value == 1.0 => 5.0,
                _ => 3.0 - 2.0 * *value,
            };
        }
    }
    disturbed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_rows() {
        let names = ["a".to_owned(), "b".to_owned()];
        let make = |seed| frame(&mut Random::new(seed, "test"), &names, 50, &Fashion::ORDINARY);
        assert_eq!(format!("{:?}", make(1)), format!("{:?}", make(1)));
        assert_ne!(format!("{:?}", make(1)), format!("{:?}", make(2)));
    }

    #[test]
    fn rows_and_windows_are_what_the_contract_says() {
        let mut random = Random::new(3, "test");
        for rows in [0, 1, 2, 40, 300] {
            for fashion in Fashion::ORDINARY.into_iter().chain([Fashion::Missing, Fashion::Extremes]) {
                let frame = frame(&mut random, &["x".to_owned()], rows, &[fashion]);
                let again = Frame::new(frame.timestamps.clone(), frame.signals.clone(), Vec::new());
                assert_eq!(again.unwrap().rows(), rows);
                assert!(frame.signals[0].values.iter().all(|value| !value.is_infinite()));
            }
            let windows = windows(&mut random, rows, 12);
            assert!(windows.iter().all(|window| window.start < window.end && window.end <= rows));
            assert!(windows.windows(2).all(|pair| pair[0].start < pair[1].start));
        }
    }

    #[test]
    fn every_disturbed_cell_is_another() {
        let mut random = Random::new(5, "test");
        let frame = frame(&mut random, &["x".to_owned()], 200, &[Fashion::Extremes]);
        let other = disturbed(&frame, |row| row >= 100);
        for (row, (before, after)) in frame.signals[0].values.iter().zip(&other.signals[0].values).enumerate()
        {
            let same = before.to_bits() == after.to_bits() || before.is_nan() && after.is_nan();
            assert_eq!(same, row < 100, "{before} became {after} at {row}");
        }
    }
}
