//! What stands in Redis under a key.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The form of the entries. A program that writes another one takes these for none, and the other way round.
const FORM: u32 = 1;

/// An entry, written as JSON.
#[derive(Serialize)]
struct Written<'v, T> {
    form: u32,
    /// The key, so that a value which got under another one is noticed.
    key: &'v str,
    /// The version of the store that was known before the value was loaded.
    version: i64,
    value: &'v T,
}

/// An entry as it is read; its value only once all else is right.
#[derive(Deserialize)]
struct Read<'b> {
    form: u32,
    key: String,
    version: i64,
    #[serde(borrow)]
    value: &'b RawValue,
}

/// Why an entry is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It was loaded under another version.
    OtherVersion,
    /// It is none.
    Unreadable,
}

/// The entry for a value that was loaded under `version`.
pub fn encode<T: Serialize>(key: &str, version: i64, value: &T) -> Vec<u8> {
    serde_json::to_vec(&Written { form: FORM, key, version, value })
        .expect("metadata consists of texts, finite numbers and lists of them, under keys that are texts")
}

/// The value of an entry, if it is good under `version`.
pub fn decode<T: DeserializeOwned>(key: &str, version: i64, bytes: &[u8]) -> Result<T, Unusable> {
    let read: Read<'_> = serde_json::from_slice(bytes).map_err(|_| Unusable::Unreadable)?;
    if read.form != FORM || read.key != key {
        return Err(Unusable::Unreadable);
    }
    if read.version != version {
        return Err(Unusable::OtherVersion);
    }
    serde_json::from_str(read.value.get()).map_err(|_| Unusable::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_good_under_its_key_and_version() {
        let bytes = encode("device:WLD001", 7, &vec![0.1, -3.0]);
        assert_eq!(decode("device:WLD001", 7, &bytes), Ok(vec![0.1, -3.0]));
        assert_eq!(decode::<Vec<f64>>("device:WLD001", 8, &bytes), Err(Unusable::OtherVersion));
        assert_eq!(decode::<Vec<f64>>("device:WLD002", 7, &bytes), Err(Unusable::Unreadable));
        assert_eq!(decode::<String>("device:WLD001", 7, &bytes), Err(Unusable::Unreadable));
    }

    #[test]
    fn of_another_version_not_even_the_value_is_read() {
        let bytes = br#"{"form": 1, "key": "k", "version": 6, "value": {"a": [1]}}"#;
        assert_eq!(decode::<f64>("k", 7, bytes), Err(Unusable::OtherVersion));
    }

    #[test]
    fn whatever_else_stands_there_is_no_entry() {
        for bytes in
            [&b""[..], b"\xff\xfe", b"null", b"[]", b"{", br#"{"key": "k", "version": 7, "value": 1}"#]
        {
            assert_eq!(decode::<f64>("k", 7, bytes), Err(Unusable::Unreadable));
        }
        let newer = br#"{"form": 2, "key": "k", "version": 7, "value": 1}"#;
        assert_eq!(decode::<f64>("k", 7, newer), Err(Unusable::Unreadable));
    }
}
