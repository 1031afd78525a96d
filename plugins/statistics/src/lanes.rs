//! Loops over cells that a compiler can make vector code of, with one result.
//!
//! Floating-point sums depend on the order of their terms. Here cell i goes to lane i mod 8 and the lanes are joined in
//! a fixed way, so the order is part of the definition: native code and WebAssembly, with vectors or without, agree to
//! the bit. Missing cells (NaN) add nothing.

const LANES: usize = 8;

/// The sum of `term` over the present ones of `cells`.
#[inline(always)]
pub fn sum(cells: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    sum_by_row(cells, |_, cell| term(cell))
}

/// The sum of `term` of row number and cell over the present ones of `cells`.
#[inline(always)]
pub fn sum_by_row(cells: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    // Row numbers are counted in f64, lane by lane: there is no vector instruction that converts integers of 64 bits.
    let mut rows: [f64; LANES] = std::array::from_fn(|lane| lane as f64);
    let (chunks, rest) = cells.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += present(chunk[lane], term(rows[lane], chunk[lane]));
            rows[lane] += LANES as f64;
        }
    }
    for (lane, &cell) in rest.iter().enumerate() {
        sums[lane] += present(cell, term(rows[lane], cell));
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// How many cells are present.
#[inline]
pub fn count(cells: &[f64]) -> usize {
    cells.iter().filter(|cell| !cell.is_nan()).count()
}

/// The smallest and the largest present cell; ∞ and −∞ where there is none.
#[inline]
pub fn extremes(cells: &[f64]) -> (f64, f64) {
    let mut least = [f64::INFINITY; LANES];
    let mut most = [f64::NEG_INFINITY; LANES];
    let (chunks, rest) = cells.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            least[lane] = lesser(chunk[lane], least[lane]);
            most[lane] = greater(chunk[lane], most[lane]);
        }
    }
    for (lane, &cell) in rest.iter().enumerate() {
        least[lane] = lesser(cell, least[lane]);
        most[lane] = greater(cell, most[lane]);
    }
    (least.into_iter().fold(f64::INFINITY, lesser), most.into_iter().fold(f64::NEG_INFINITY, greater))
}

/// The lesser of the two, the second where they are equal or the first is NaN. `f64::min` leaves it open which of two
/// zeros it returns, and so may differ from machine to machine.
#[inline(always)]
pub(crate) fn lesser(left: f64, right: f64) -> f64 {
    if left < right { left } else { right }
}

/// The greater of the two, the second where they are equal or the first is NaN.
#[inline(always)]
pub(crate) fn greater(left: f64, right: f64) -> f64 {
    if left > right { left } else { right }
}

#[inline(always)]
fn present(cell: f64, term: f64) -> f64 {
    if cell.is_nan() { 0.0 } else { term }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn missing_cells_add_nothing() {
        let cells: Vec<f64> = (0..21).map(|row| if row % 5 == 3 { NAN } else { f64::from(row) }).collect();
        assert_eq!(count(&cells), 17);
        assert_eq!(sum(&cells, |cell| cell), 210.0 - 3.0 - 8.0 - 13.0 - 18.0);
        assert_eq!(sum_by_row(&cells, |row, cell| row - cell), 0.0);
        assert_eq!(extremes(&cells), (0.0, 20.0));
    }

    #[test]
    fn without_cells_extremes_are_the_wrong_way_round() {
        assert_eq!(extremes(&[NAN, NAN]), (f64::INFINITY, f64::NEG_INFINITY));
        assert_eq!((count(&[]), sum(&[], |cell| cell)), (0, 0.0));
    }

    #[test]
    fn extremes_are_found_in_every_lane() {
        for place in 0..20 {
            let mut cells = [0.0; 20];
            cells[place] = -1.0;
            cells[(place + 7) % 20] = 1.0;
            assert_eq!(extremes(&cells), (-1.0, 1.0));
        }
    }
}
