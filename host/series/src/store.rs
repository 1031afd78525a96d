//! What every store of device rows does.

use std::cmp::Ordering;
use std::fmt;

use async_trait::async_trait;
use fettle_frame::{Frame, LabelType, TimeRange};

use crate::SeriesError;

/// Where the rows of devices are kept; used as `Arc<dyn SeriesStore>`.
///
/// A device that the store has never heard of has no rows and no columns; that is no error.
#[async_trait]
pub trait SeriesStore: fmt::Debug + Send + Sync {
    /// The rows in `range`, with the columns in the order in which `columns` names them. A column that is stored for a
    /// part of the range alone, or not at all, is missing in all other rows.
    ///
    /// More rows than `max_rows` are [`SeriesError::TooManyRows`], found out before a value is read.
    async fn read(
        &self,
        device: &DeviceKey,
        columns: &Columns,
        range: TimeRange,
        max_rows: u64,
    ) -> Result<Rows, SeriesError>;

    /// The newest rows of some devices together: those that come first by time from the last to the first, and at the
    /// same time by device code. Answers each device that has any of them, in the order of `backward.devices`, its rows
    /// ascending as in any frame; a device's rows follow each other in the store without another between them.
    ///
    /// No more is read than it takes, so that the last rows of a year cost what the last rows of a day do. A store that
    /// is asked by SQL answers it by `WHERE ts < … ORDER BY ts DESC LIMIT …`, of each device or of a table of them all.
    ///
    /// Rows that are written meanwhile are among them or not, each as a whole.
    async fn newest(&self, backward: &Backward) -> Result<Vec<NewestRows>, SeriesError>;

    /// How many rows lie in `range`; reads no value.
    async fn count_rows(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError>;

    /// How many rows of some devices together lie in `range`; reads no value.
    async fn count_rows_of(&self, devices: &[DeviceKey], range: TimeRange) -> Result<u64, SeriesError>;

    /// When the rows begin and end; `None` where there is no row.
    async fn span(&self, device: &DeviceKey) -> Result<Option<Span>, SeriesError>;

    /// Every column that is stored for the device, signals before labels.
    async fn columns(&self, device: &DeviceKey) -> Result<Vec<StoredColumn>, SeriesError>;

    /// Adds rows, or replaces those of the same timestamp.
    ///
    /// A row of `frame` replaces the stored row of its timestamp in the columns that `frame` has, missing cells
    /// included; columns that are stored and that `frame` lacks keep their cells. So a second recording of the same
    /// time may come in a frame of its own, labels that are known later for example.
    ///
    /// Writing the same frame once more changes nothing, which is how a write that was cut short is completed.
    async fn write(&self, device: &DeviceKey, frame: Frame) -> Result<Written, SeriesError>;

    /// Removes the rows in `range`, and answers how many there were. Who reads meanwhile sees rows as they were before or
    /// after. A removal that was cut short is completed by the same once more.
    async fn delete(&self, device: &DeviceKey, range: TimeRange) -> Result<u64, SeriesError>;

    /// Every device that has rows, by type and code.
    async fn devices(&self) -> Result<Vec<DeviceKey>, SeriesError>;

    /// What is stored of a device; `None` where there is no row.
    async fn holding(&self, device: &DeviceKey) -> Result<Option<Holding>, SeriesError>;
}

/// Which device's rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeviceKey {
    /// Code of its type: 1 to 128 of `[A-Za-z0-9_.-]`, not beginning with `.` or `-`.
    pub device_type: String,
    /// Its own code, of the same form.
    pub device: String,
}

/// Which columns to read, in this order; no name twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Columns to read as signals.
    pub signals: Vec<String>,
    /// Columns to read as labels. A stored signal may be asked for as a label too, and is one of type float then.
    pub labels: Vec<String>,
}

/// Which rows are read from the newest back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backward {
    /// Whose; none twice.
    pub devices: Vec<DeviceKey>,
    /// With which columns.
    pub columns: Columns,
    /// Rows in this range alone.
    pub range: TimeRange,
    /// Rows behind this one alone, to go on where an earlier read ended.
    pub behind: Option<RowPlace>,
    /// So many of all devices together.
    pub max_rows: u64,
}

/// Where a row stands among the rows of several devices; the newest comes first, and of those of the same time the one
/// whose device has the lesser code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPlace {
    /// Its time, UTC nanoseconds.
    pub time: i64,
    /// Its device's code.
    pub device: String,
}

/// What a backward read found of one device.
#[derive(Debug, Clone, PartialEq)]
pub struct NewestRows {
    /// The device.
    pub device: DeviceKey,
    /// Its rows; at least one.
    pub rows: Rows,
}

/// What a read found.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The rows.
    pub frame: Frame,
    /// How many cells of the frame hold an infinity in the store, and are missing in the frame.
    pub infinite_cells: u64,
}

/// When a device's rows begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Time of the first row, UTC nanoseconds.
    pub first: i64,
    /// Time of the last row, UTC nanoseconds.
    pub last: i64,
    /// How many rows there are.
    pub rows: u64,
}

/// What is stored of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// When its rows begin and end, and how many there are.
    pub span: Span,
    /// Its columns, signals before labels.
    pub columns: Vec<StoredColumn>,
    /// The UTC months that have rows of it, as `2025-11`, in order.
    pub months: Vec<String>,
    /// Bytes that they take up; `None` where the store cannot tell.
    pub bytes: Option<u64>,
}

/// A column of a device's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// A numeric signal.
    Signal,
    /// A label.
    Label(LabelType),
}

/// What became of the rows that were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows at times at which there was none.
    pub rows_new: u64,
    /// Rows that replaced another one.
    pub rows_replaced: u64,
    /// Rows that were there already, with the same values.
    pub rows_identical: u64,
}

impl Columns {
    /// Signals alone.
    pub fn signals<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self { signals: names.into_iter().map(Into::into).collect(), labels: Vec::new() }
    }
}

impl Backward {
    /// The part of the range that is left of a device behind the place where the read goes on.
    pub fn range_of(&self, device: &DeviceKey) -> Option<TimeRange> {
        let end = match &self.behind {
            None => self.range.end(),
            Some(place) if device.device > place.device => self.range.end().min(place.time.saturating_add(1)),
            Some(place) => self.range.end().min(place.time),
        };
        TimeRange::new(self.range.start(), end).ok()
    }
}

/// The newest first, then by device code.
impl Ord for RowPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        other.time.cmp(&self.time).then_with(|| self.device.cmp(&other.device))
    }
}

impl PartialOrd for RowPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Whether two cells of a signal hold the same: the same bits, or both missing.
pub fn same_cell(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())
}

/// `device-type/device`, for messages.
impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.device_type, self.device)
    }
}

/// `a signal`, or `a label of type int` and so on.
impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnKind::Signal => f.write_str("a signal"),
            ColumnKind::Label(label_type) => write!(f, "a label of type {label_type}"),
        }
    }
}
