//! Power by frequency, by a fast Fourier transform of our own: radix 2, over a window that is padded with zeros.
//!
//! Sines come from `libm`, which is Rust throughout: the standard library would take them from the system in native
//! tests and from its own code in WebAssembly, and their last bits differ.

use std::f64::consts::TAU;

/// Turns windows into power spectra; keeps its tables while windows have the same length.
#[derive(Debug)]
pub struct Spectrum {
    taper: bool,
    /// The rows that the tables are for.
    rows: usize,
    weights: Vec<f64>,
    /// cos and −sin of each 1/n of a turn, up to half of one.
    turns: Vec<(f64, f64)>,
    points: Vec<(f64, f64)>,
    power: Vec<f64>,
}

impl Spectrum {
    /// Of windows that are tapered or not.
    pub fn new(taper: bool) -> Self {
        let (weights, turns, points, power) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { taper, rows: 0, weights, turns, points, power }
    }

    /// The power at the frequencies 0, 1/n … 1/2 of the sampling rate, n being the padded length; of a window that is
    /// not padded or tapered, all but the first add up to the variance. A missing cell counts as the mean. `None` for
    /// fewer than two present cells, and where the result is too large for an f64.
    pub fn power(&mut self, cells: &[f64]) -> Option<&[f64]> {
        let present = cells.iter().filter(|cell| !cell.is_nan());
        let count = present.clone().count();
        if count < 2 {
            return None;
        }
        let mean = present.sum::<f64>() / count as f64;
        self.prepare(cells.len());
        let length = self.points.len();
        for (point, (cell, weight)) in self.points.iter_mut().zip(cells.iter().zip(&self.weights)) {
            *point = (if cell.is_nan() { 0.0 } else { (cell - mean) * weight }, 0.0);
        }
        self.points[cells.len()..].fill((0.0, 0.0));
        transform(&mut self.points, &self.turns);
        // Each frequency but the first and the last stands for two: itself and its mirror image.
        let scale = 1.0 / (length as f64 * self.weights.iter().map(|weight| weight * weight).sum::<f64>());
        self.power.clear();
        self.power.extend(self.points[..=length / 2].iter().enumerate().map(|(bin, (re, im))| {
            let twice = if bin == 0 || bin == length / 2 { 1.0 } else { 2.0 };
            (re * re + im * im) * twice * scale
        }));
        self.power.iter().all(|power| power.is_finite()).then_some(self.power.as_slice())
    }

    fn prepare(&mut self, rows: usize) {
        if self.rows == rows {
            return;
        }
        self.rows = rows;
        let length = rows.next_power_of_two().max(2);
        let hann = |row: usize| 0.5 - 0.5 * libm::cos(TAU * (row as f64 + 0.5) / rows as f64);
        self.weights = (0..rows).map(|row| if self.taper { hann(row) } else { 1.0 }).collect();
        let turn = |part: usize| TAU * part as f64 / length as f64;
        self.turns = (0..length / 2).map(|part| (libm::cos(turn(part)), -libm::sin(turn(part)))).collect();
        self.points = vec![(0.0, 0.0); length];
    }
}

/// The discrete Fourier transform in place (Cooley and Tukey); `points` are a power of two.
fn transform(points: &mut [(f64, f64)], turns: &[(f64, f64)]) {
    let length = points.len();
    let bits = length.trailing_zeros();
    for index in 0..length {
        let mirrored = index.reverse_bits() >> (usize::BITS - bits);
        if index < mirrored {
            points.swap(index, mirrored);
        }
    }
    let mut half = 1;
    while half < length {
        let step = length / (2 * half);
        for block in points.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            for (index, (left, right)) in left.iter_mut().zip(right).enumerate() {
                let (cos, sin) = turns[index * step];
                let turned = (right.0 * cos - right.1 * sin, right.0 * sin + right.1 * cos);
                *right = (left.0 - turned.0, left.1 - turned.1);
                *left = (left.0 + turned.0, left.1 + turned.1);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of the transform.
    fn by_definition(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let length = points.len();
        let at = |frequency: usize| {
            let term = |(row, (re, im)): (usize, &(f64, f64))| {
                let angle = -TAU * (frequency * row % length) as f64 / length as f64;
                (re * angle.cos() - im * angle.sin(), re * angle.sin() + im * angle.cos())
            };
            points.iter().enumerate().map(term).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        (0..length).map(at).collect()
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            values in prop::collection::vec(-100.0..100.0, 64),
            bits in 1u32..7,
        ) {
            let mut points: Vec<(f64, f64)> = values[..1 << bits].iter().map(|&value: &f64| (value, 0.0)).collect();
            let due = by_definition(&points);
            let mut spectrum = Spectrum::new(false);
            spectrum.prepare(points.len());
            transform(&mut points, &spectrum.turns);
            for (found, due) in points.iter().zip(due) {
                prop_assert!((found.0 - due.0).abs() < 1e-10 && (found.1 - due.1).abs() < 1e-10, "{found:?} {due:?}");
            }
        }
    }

    #[test]
    fn missing_cells_are_at_the_mean() {
        let mut spectrum = Spectrum::new(false);
        let with_mean = spectrum.power(&[1.0, 3.0, 2.0, 2.0]).unwrap().to_vec();
        assert_eq!(spectrum.power(&[1.0, 3.0, f64::NAN, f64::NAN]).unwrap(), with_mean);
    }

    #[test]
    fn what_has_no_spectrum_has_none() {
        let mut spectrum = Spectrum::new(true);
        assert!(spectrum.power(&[]).is_none() && spectrum.power(&[1.0, f64::NAN]).is_none());
        assert!(spectrum.power(&[1e300, -1e300, 1e300, 0.0]).is_none());
    }
}
