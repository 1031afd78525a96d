//! What a dataset is called.

use std::fmt;

use jiff::civil::Date;

/// A dataset's id, as `ds_20251103_001`: the UTC day it was built on and a number of at least three digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatasetId(String);

/// A text that no dataset is called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no dataset is called so: an id is `ds_`, eight digits, `_` and three digits or more")]
pub struct NoDatasetId;

impl DatasetId {
    /// The id of the `number`th dataset; the date is its day in UTC.
    pub fn new(date: Date, number: u64) -> Self {
        Self(format!("ds_{:04}{:02}{:02}_{number:03}", date.year(), date.month(), date.day()))
    }

    /// The id in a request. It holds nothing that could lead out of a folder.
    pub fn parse(text: &str) -> Result<Self, NoDatasetId> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (date, number) =
            text.strip_prefix("ds_").and_then(|rest| rest.split_once('_')).ok_or(NoDatasetId)?;
        if date.len() == 8 && digits(date) && (3..=20).contains(&number.len()) && digits(number) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoDatasetId)
        }
    }

    /// As in requests and names of folders.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatasetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_id_is_a_day_and_a_number() {
        for (number, id) in [(1, "ds_20251103_001"), (12_345, "ds_20251103_12345"), (u64::MAX, "")] {
            let made = DatasetId::new(date(2025, 11, 3), number);
            assert_eq!(DatasetId::parse(made.as_str()), Ok(made.clone()));
            assert!(id.is_empty() || made.as_str() == id, "{made}");
        }
    }

    #[test]
    fn a_text_that_could_lead_elsewhere_is_no_id() {
        for text in [
            "",
            "ds_",
            "ds_20251103_1",
            "ds_20251103_",
            "ds_2025113_001",
            "ds_20251103_001/..",
            "../ds_20251103_001",
            "ds_20251103_001\0",
            "ds_20251103_٠٠١",
            "ds_20251103_-01",
            "DS_20251103_001",
            " ds_20251103_001",
            "ds_20251103_000000000000000000001",
        ] {
            assert_eq!(DatasetId::parse(text), Err(NoDatasetId), "{text:?}");
        }
    }
}
