//! A checked range of time.

/// A half-open range `[start, end)` of UTC nanoseconds since the Unix epoch; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeRange {
    start: i64,
    end: i64,
}

/// The end of a range is not after its start.
#[derive(Debug, thiserror::Error)]
#[error("the end is not after the start")]
pub struct EmptyRange;

impl TimeRange {
    /// Every representable instant but the very last one.
    pub const ALL: TimeRange = TimeRange { start: i64::MIN, end: i64::MAX };

    /// The range from `start` to just before `end`.
    pub fn new(start: i64, end: i64) -> Result<Self, EmptyRange> {
        if start < end { Ok(Self { start, end }) } else { Err(EmptyRange) }
    }

    /// The first instant inside.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// The first instant after.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Whether `instant` lies inside.
    pub fn contains(&self, instant: i64) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether both hold a common instant.
    pub fn overlaps(&self, other: &TimeRange) -> bool {
        self.start < other.end && other.start < self.end
    }
}
