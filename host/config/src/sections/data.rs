use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{seen_from, shown};

/// `[data]`: where data lies and how its times are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// The data folder; created where it is missing. A relative path is seen from the settings file's folder.
    #[serde(serialize_with = "shown")]
    pub dir: PathBuf,
    /// The zone of times that come without an offset.
    #[serde(deserialize_with = "zone", serialize_with = "zone_name")]
    pub time_zone: TimeZone,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: PathBuf::from("fettle-data"), time_zone: TimeZone::UTC }
    }
}

impl Data {
    /// The SQLite file with models, devices and users.
    pub fn metadata_file(&self) -> PathBuf {
        self.dir.join("metadata.sqlite")
    }

    /// The folder with the devices' rows.
    pub fn series_dir(&self) -> PathBuf {
        self.dir.join("series")
    }

    /// The folder of files on the way, which are gone when what they are for is done.
    pub fn scratch_dir(&self) -> PathBuf {
        self.dir.join("scratch")
    }

    /// The folder with the plugins of the last good generation.
    pub fn plugins_dir(&self) -> PathBuf {
        self.dir.join("plugins")
    }

    /// The plugins file of a server without settings, if it has one.
    pub fn plugins_file(&self) -> PathBuf {
        self.dir.join("plugins.toml")
    }

    /// The file with the secret that an embedded server makes for itself.
    pub fn secret_file(&self) -> PathBuf {
        self.dir.join("auth-secret")
    }

    pub(crate) fn resolve(&mut self, base: &Path) {
        seen_from(base, &mut self.dir);
    }
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(deserializer)?;
    let wrong =
        || format!("`{name}` is no IANA time zone; write \"UTC\" or a name such as \"Europe/Berlin\"");
    TimeZone::get(&name).map_err(|_| D::Error::custom(wrong()))
}

fn zone_name<S: Serializer>(zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.iana_name().unwrap_or("UTC"))
}
