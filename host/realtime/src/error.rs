//! Why there are no rows.

use fettle_metadata::MetadataError;
use fettle_series::SeriesError;

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub enum RealtimeError {
    /// Devices that do not exist, by their places in the query.
    #[error("{}", told(.0, |code| format!("there is no device `{code}`")))]
    NoDevice(Vec<(usize, String)>),
    /// Devices of another type than the model reads, by their places in the query.
    #[error("{}", told(.0, |code| format!("`{code}` is a device of another type")))]
    OtherType(Vec<(usize, String)>),
    /// Models and devices cannot be looked up.
    #[error("the metadata store failed")]
    Metadata(#[from] MetadataError),
    /// Rows cannot be read.
    #[error("the series store failed")]
    Series(#[from] SeriesError),
}

fn told(devices: &[(usize, String)], tell: impl Fn(&str) -> String) -> String {
    devices.iter().map(|(_, code)| tell(code)).collect::<Vec<_>>().join("; ")
}
