//! Warnings of many devices: the first ones one by one, the others counted.

use std::collections::BTreeMap;

use crate::build::Work;

/// So many warnings of one kind are told one by one: ten thousand devices may all have something to be told of.
const MOST_TOLD: usize = 20;

/// How many warnings of each kind there were.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<(&'static str, Option<&'static str>), usize>);

impl Told {
    /// Warns, unless enough of the kind have been told.
    pub(super) fn warn(
        &mut self,
        work: &mut Work<'_>,
        code: &'static str,
        field: Option<&'static str>,
        message: String,
    ) {
        let so_far = self.0.entry((code, field)).or_default();
        *so_far += 1;
        if *so_far <= MOST_TOLD {
            work.warn(code, field, message);
        }
    }

    /// Tells how many more there were.
    pub(super) fn finish(self, work: &mut Work<'_>) {
        for ((code, field), count) in self.0 {
            if let Some(more) = count.checked_sub(MOST_TOLD).filter(|more| *more > 0) {
                work.warn(code, field, format!("{more} more warnings of this kind"));
            }
        }
    }
}
