//! New rows between and over those that are stored.

use std::collections::HashSet;
use std::ops::Range;

use fettle_frame::{Frame, Label, LabelValues, Signal};

use super::encoding::ROW_GROUP_ROWS;
use super::layout::Layout;
use crate::{Written, same_cell};

/// Merges the rows of a frame into stored rows that come by in batches, so that no more than a batch of the stored
/// ones is in memory.
pub struct Merge<'a> {
    layout: &'a Layout,
    new: &'a Frame,
    /// The columns that `new` has.
    brought: HashSet<&'a str>,
    /// The rows of `new` that are still to come.
    left: Range<usize>,
    written: Written,
}

/// Where a row of the result comes from.
#[derive(Clone, Copy)]
enum Pick {
    Stored(usize),
    New(usize),
    /// The new row over the stored one.
    Both {
        stored: usize,
        new: usize,
    },
}

impl<'a> Merge<'a> {
    /// Of the rows `rows` of `new`, into a file of the columns of `layout`.
    pub fn new(layout: &'a Layout, new: &'a Frame, rows: Range<usize>) -> Self {
        let signals = new.signals.iter().map(|signal| signal.name.as_str());
        let brought = signals.chain(new.labels.iter().map(|label| label.name.as_str())).collect();
        Self { layout, new, brought, left: rows, written: Written::default() }
    }

    /// The next stored rows, with the new ones up to the last of them.
    pub fn over(&mut self, stored: Frame) -> Frame {
        let Some(&last) = stored.timestamps.last() else { return self.layout.arrange(stored) };
        let times = &self.new.timestamps[self.left.clone()];
        let new = self.next(times.partition_point(|&time| time <= last));
        let stored = self.layout.arrange(stored);
        let picks = interleave(&stored.timestamps, &new.timestamps);
        self.count(&picks, &stored, &new);
        self.build(&picks, &stored, &new)
    }

    /// The next of the new rows behind all stored ones, if any are left.
    pub fn rest(&mut self) -> Option<Frame> {
        let rows = self.left.len().min(ROW_GROUP_ROWS);
        self.written.rows_new += rows as u64;
        (rows > 0).then(|| self.next(rows))
    }

    /// What became of the new rows so far.
    pub fn written(&self) -> Written {
        self.written
    }

    /// Takes the next `rows` new rows.
    fn next(&mut self, rows: usize) -> Frame {
        let from = self.left.start;
        self.left.start += rows;
        self.layout.arrange(self.new.slice(from..from + rows))
    }

    fn count(&mut self, picks: &[Pick], stored: &Frame, new: &Frame) {
        let mut changed = vec![false; picks.len()];
        for (stored, new) in stored.signals.iter().zip(&new.signals) {
            if self.brought.contains(new.name.as_str()) {
                mark_changes(
                    picks,
                    &stored.values,
                    &new.values,
                    |old, new| same_cell(*old, *new),
                    &mut changed,
                );
            }
        }
        for (stored, new) in stored.labels.iter().zip(&new.labels) {
            if self.brought.contains(new.name.as_str()) {
                mark_label_changes(picks, &stored.values, &new.values, &mut changed);
            }
        }
        for (pick, changed) in picks.iter().zip(changed) {
            match pick {
                Pick::Stored(_) => {}
                Pick::New(_) => self.written.rows_new += 1,
                Pick::Both { .. } if changed => self.written.rows_replaced += 1,
                Pick::Both { .. } => self.written.rows_identical += 1,
            }
        }
    }

    fn build(&self, picks: &[Pick], stored: &Frame, new: &Frame) -> Frame {
        let timestamps = choose(picks, &stored.timestamps, &new.timestamps, true);
        let signals = stored.signals.iter().zip(&new.signals).map(|(stored, new)| {
            let brought = self.brought.contains(new.name.as_str());
            Signal { name: new.name.clone(), values: choose(picks, &stored.values, &new.values, brought) }
        });
        let labels = stored.labels.iter().zip(&new.labels).map(|(stored, new)| {
            let brought = self.brought.contains(new.name.as_str());
            Label {
                name: new.name.clone(),
                values: choose_label(picks, &stored.values, &new.values, brought),
            }
        });
        Frame { timestamps, signals: signals.collect(), labels: labels.collect() }
    }
}

/// The rows of both in the order of their times; none of `new` is later than the last of `stored`.
fn interleave(stored: &[i64], new: &[i64]) -> Vec<Pick> {
    let mut picks = Vec::with_capacity(stored.len() + new.len());
    let mut next = 0;
    for (row, &time) in stored.iter().enumerate() {
        while next < new.len() && new[next] < time {
            picks.push(Pick::New(next));
            next += 1;
        }
        if next < new.len() && new[next] == time {
            picks.push(Pick::Both { stored: row, new: next });
            next += 1;
        } else {
            picks.push(Pick::Stored(row));
        }
    }
    picks
}

/// The cells of a column of the result. Where there are both, the new one counts if the new frame has this column.
fn choose<T: Clone>(picks: &[Pick], stored: &[T], new: &[T], brought: bool) -> Vec<T> {
    let cell = |pick: &Pick| match *pick {
        Pick::Stored(row) => &stored[row],
        Pick::New(row) => &new[row],
        Pick::Both { new: row, .. } if brought => &new[row],
        Pick::Both { stored: row, .. } => &stored[row],
    };
    picks.iter().map(|pick| cell(pick).clone()).collect()
}

fn choose_label(picks: &[Pick], stored: &LabelValues, new: &LabelValues, brought: bool) -> LabelValues {
    use LabelValues::{Bool, Float, Int, Text};
    match (stored, new) {
        (Int(stored), Int(new)) => Int(choose(picks, stored, new, brought)),
        (Float(stored), Float(new)) => Float(choose(picks, stored, new, brought)),
        (Bool(stored), Bool(new)) => Bool(choose(picks, stored, new, brought)),
        (Text(stored), Text(new)) => Text(choose(picks, stored, new, brought)),
        _ => unreachable!("the types were compared before the file was opened"),
    }
}

fn mark_changes<T>(picks: &[Pick], stored: &[T], new: &[T], same: fn(&T, &T) -> bool, changed: &mut [bool]) {
    for (pick, changed) in picks.iter().zip(changed) {
        if let Pick::Both { stored: old, new: over } = *pick {
            *changed |= !same(&stored[old], &new[over]);
        }
    }
}

fn mark_label_changes(picks: &[Pick], stored: &LabelValues, new: &LabelValues, changed: &mut [bool]) {
    use LabelValues::{Bool, Float, Int, Text};
    match (stored, new) {
        (Int(stored), Int(new)) => mark_changes(picks, stored, new, PartialEq::eq, changed),
        (Float(stored), Float(new)) => mark_changes(picks, stored, new, PartialEq::eq, changed),
        (Bool(stored), Bool(new)) => mark_changes(picks, stored, new, PartialEq::eq, changed),
        (Text(stored), Text(new)) => mark_changes(picks, stored, new, PartialEq::eq, changed),
        _ => unreachable!("the types were compared before the file was opened"),
    }
}
