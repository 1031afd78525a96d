//! Rows that both sides of a split hold.

use fettle_frame::Window;

use super::Side;

/// What the sides of a device's windows have in common, where windows overlap and neighbours are on different sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRows {
    /// Rows in windows of both sides, each counted once.
    pub rows: usize,
    /// One flag a window: whether any of its rows is also in a window of the other side.
    pub sharing: Vec<bool>,
}

impl SharedRows {
    /// Compares the windows of one device, in any order, each with its side.
    pub fn of(windows: &[Window], sides: &[Side]) -> Self {
        assert_eq!(windows.len(), sides.len(), "one side a window");
        let of_side = |side| {
            Cover::of(windows.iter().zip(sides).filter(|&(_, &of)| of == side).map(|(&window, _)| window))
        };
        let (train, val) = (of_side(Side::Train), of_side(Side::Val));
        let shares = |(window, side): (&Window, &Side)| match side {
            Side::Train => val.meets(window),
            Side::Val => train.meets(window),
        };
        Self { rows: train.rows_shared_with(&val), sharing: windows.iter().zip(sides).map(shares).collect() }
    }
}

/// The rows that some windows hold: stretches in their order, with rows between them that no window holds.
struct Cover(Vec<Window>);

impl Cover {
    fn of(windows: impl Iterator<Item = Window>) -> Self {
        let mut windows: Vec<Window> = windows.collect();
        windows.sort_by_key(|window| window.start);
        let mut stretches: Vec<Window> = Vec::new();
        for window in windows {
            match stretches.last_mut() {
                Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
                _ => stretches.push(window),
            }
        }
        Self(stretches)
    }

    fn meets(&self, window: &Window) -> bool {
        let next = self.0.partition_point(|stretch| stretch.end <= window.start);
        self.0.get(next).is_some_and(|stretch| stretch.start < window.end)
    }

    fn rows_shared_with(&self, other: &Cover) -> usize {
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut rows = 0;
        while let (Some(one), Some(two)) = (ours.peek(), theirs.peek()) {
            rows += one.end.min(two.end).saturating_sub(one.start.max(two.start));
            // The stretch that ends first meets nothing more.
            if one.end < two.end {
                ours.next();
            } else {
                theirs.next();
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn windows(bounds: &[(usize, usize)]) -> Vec<Window> {
        bounds.iter().map(|&(start, end)| Window { start, end }).collect()
    }

    #[test]
    fn neighbours_on_different_sides_share_their_overlap() {
        let windows = windows(&[(0, 10), (5, 15), (10, 20), (20, 30)]);
        let sides = [Side::Train, Side::Val, Side::Train, Side::Val];
        // Rows 5 to 9 and 10 to 14; the last window touches the one before and shares no row with it.
        let shared = SharedRows { rows: 10, sharing: vec![true, true, true, false] };
        assert_eq!(SharedRows::of(&windows, &sides), shared);
    }

    #[test]
    fn a_row_in_many_windows_counts_once() {
        let windows = windows(&[(0, 10), (1, 11), (2, 12), (3, 13)]);
        let sides = [Side::Train, Side::Train, Side::Val, Side::Val];
        assert_eq!(SharedRows::of(&windows, &sides), SharedRows { rows: 9, sharing: vec![true; 4] });
    }

    #[test]
    fn one_side_alone_shares_nothing() {
        let windows = windows(&[(0, 10), (5, 15)]);
        let shared = SharedRows { rows: 0, sharing: vec![false; 2] };
        assert_eq!(SharedRows::of(&windows, &[Side::Train; 2]), shared);
        assert_eq!(SharedRows::of(&[], &[]), SharedRows { rows: 0, sharing: Vec::new() });
    }

    #[test]
    fn windows_that_overlap_by_99_of_100_rows_take_no_quadratic_time() {
        let windows: Vec<Window> = (0..400_000).map(|start| Window { start, end: start + 10_000 }).collect();
        let sides: Vec<Side> =
            (0..windows.len()).map(|window| if window % 5 == 0 { Side::Val } else { Side::Train }).collect();
        let shared = SharedRows::of(&windows, &sides);
        assert!(shared.sharing.iter().all(|&sharing| sharing));
        // All rows but the first of all and the last four, which are in windows of one side.
        assert_eq!(shared.rows, 400_000 - 1 + 10_000 - 1 - 4);
    }

    /// Row by row, window by window.
    fn reference(windows: &[Window], sides: &[Side]) -> SharedRows {
        let held = |side| -> HashSet<usize> {
            let of_side = windows.iter().zip(sides).filter(|(_, of)| **of == side);
            of_side.flat_map(|(window, _)| window.start..window.end).collect()
        };
        let (train, val) = (held(Side::Train), held(Side::Val));
        let shares = |(window, side): (&Window, &Side)| {
            let other = if *side == Side::Train { &val } else { &train };
            (window.start..window.end).any(|row| other.contains(&row))
        };
        SharedRows {
            rows: train.intersection(&val).count(),
            sharing: windows.iter().zip(sides).map(shares).collect(),
        }
    }

    proptest! {
        #[test]
        fn any_windows_share_what_they_share_row_by_row(
            windows in prop::collection::vec((0_usize..120, 1_usize..25, any::<bool>()), 0..40)
        ) {
            let sides: Vec<Side> =
                windows.iter().map(|&(_, _, val)| if val { Side::Val } else { Side::Train }).collect();
            let windows: Vec<Window> =
                windows.iter().map(|&(start, rows, _)| Window { start, end: start + rows }).collect();
            prop_assert_eq!(SharedRows::of(&windows, &sides), reference(&windows, &sides));
        }
    }
}
