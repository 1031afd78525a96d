//! Which rows the newest windows are made of.

use fettle_features::{FeatureError, FieldError};
use fettle_frame::TimeRange;
use fettle_series::{DeviceKey, SeriesError, SeriesStore, Span};
use fettle_steps::Step;

/// The newest rows of a device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Newest {
    /// So many.
    Rows(u64),
    /// Those of so many nanoseconds, up to the last row and with it.
    Nanoseconds(i64),
}

/// So many rows more than wanted are read rather than looked for once more.
const SURPLUS: u64 = 1_024;

impl Newest {
    /// What `windows` windows of a step take.
    pub(super) fn of(step: &Step, windows: u64) -> Result<Self, FeatureError> {
        let number = |name| step.param(name).and_then(|value| value.as_f64());
        let before_last = windows.saturating_sub(1) as f64;
        match (step.method(), number("window_size"), number("stride"), number("size_s"), number("step_s")) {
            // Numbers of rows, of which more than an f64 can count would be refused for their number.
            ("sliding", Some(size), Some(stride), _, _) => {
                Ok(Newest::Rows((before_last * stride + size) as u64))
            }
            ("sliding_time", _, _, Some(size), Some(step)) => {
                Ok(Newest::Nanoseconds(((before_last * step + size) * 1e9).round() as i64))
            }
            (method, ..) => Err(FeatureError::InvalidParameter(vec![FieldError::new(
                "last_windows",
                format!(
                    "is known of the window methods `sliding` and `sliding_time`, and the dataset's is `{method}`; give \
                     a range or rows"
                ),
            )])),
        }
    }

    /// A range with these rows of a device at its end, and not many more.
    pub(super) async fn range(
        self,
        series: &dyn SeriesStore,
        device: &DeviceKey,
        span: Span,
    ) -> Result<TimeRange, SeriesError> {
        let end = span.last.saturating_add(1);
        let from =
            |start: i64| TimeRange::new(start.clamp(span.first, span.last), end).unwrap_or(TimeRange::ALL);
        let rows = match self {
            Newest::Nanoseconds(length) => return Ok(from(span.last.saturating_sub(length))),
            Newest::Rows(rows) if rows >= span.rows => return Ok(from(span.first)),
            Newest::Rows(rows) => rows,
        };
        // From `early` on there are enough rows, from `late` on too few.
        let (mut early, mut late) = (span.first, end);
        let mut guess = span.last
            - (i128::from(span.last - span.first) * i128::from(rows) / i128::from(span.rows)) as i64;
        loop {
            let found = series.count_rows(device, from(guess)).await?;
            if found >= rows {
                early = guess;
                if found <= rows.saturating_add(SURPLUS) {
                    break;
                }
            } else {
                late = guess;
            }
            let middle = early + late.saturating_sub(early) / 2;
            if middle <= early {
                break;
            }
            guess = middle;
        }
        Ok(from(early))
    }
}
