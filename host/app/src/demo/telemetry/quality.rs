//! When a machine welds well and when it does not.

use super::random::Random;

/// Ten-second rows in an hour.
const HOUR: usize = 360;

/// How badly the machine welds in each row: 0 while it welds well, about 1 while it does not.
///
/// Good and bad take turns for hours on end, as a worn contact tip or a leaking gas hose makes them. The lengths
/// stand 58 to 42.
pub(super) fn severity(rows: usize, random: &mut Random) -> Vec<f64> {
    let mut severity = Vec::with_capacity(rows);
    let mut bad = random.chance(0.42);
    while severity.len() < rows {
        // On average 6.96 hours of good welds, then 5.04 of bad ones: 58 % of twelve hours.
        let (share, worst) = if bad { (0.42, random.between(0.7, 1.4)) } else { (0.58, 0.0) };
        let length = random.between(6.0, 18.0) * share * HOUR as f64;
        severity.extend(std::iter::repeat_n(worst, length as usize));
        bad = !bad;
    }
    severity.truncate(rows);
    severity
}
