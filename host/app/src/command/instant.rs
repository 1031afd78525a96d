//! Times on the command line.

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// An ISO 8601 time; one without an offset is local in `zone`, and there is exactly one such time.
pub fn instant(text: &str, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let local: DateTime = text.parse().map_err(|_| {
        anyhow!("must be an ISO 8601 time such as 2025-11-01T00:00:00, with or without an offset")
    })?;
    zone.to_ambiguous_timestamp(local)
        .unambiguous()
        .context("does not occur exactly once where clocks are changed; give an offset")
}
