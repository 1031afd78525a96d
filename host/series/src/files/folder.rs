//! A device's folder: which files it holds, who may write to it.

use std::fs::{self, DirEntry, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fettle_frame::TimeRange;

use super::footers::Footers;
use super::month::Month;
use super::month_file::MonthFile;
use crate::{DeviceKey, SeriesError};

const MONTH_EXTENSION: &str = ".parquet";
/// What a month's file is called while it is written. Only the holder of the lock writes, so one name is enough.
const UNFINISHED_EXTENSION: &str = ".parquet.tmp";
const LOCK_NAME: &str = ".lock";

/// Where the files of a device are.
#[derive(Debug)]
pub struct DeviceFolder {
    path: PathBuf,
    footers: Arc<Footers>,
}

/// The right to write to a device's folder, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl DeviceFolder {
    /// The folder of a device below `root`. Codes that could lead out of there, or hide a folder, are refused.
    pub fn new(root: &Path, device: &DeviceKey) -> Result<Self, SeriesError> {
        let device_type = checked("device type", &device.device_type)?;
        let device = checked("device", &device.device)?;
        Ok(Self { path: root.join(device_type).join(device), footers: Arc::default() })
    }

    /// The same, with what is known of files already.
    pub fn knowing(self, footers: &Arc<Footers>) -> Self {
        Self { footers: Arc::clone(footers), ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The months with a file that may hold rows of `range`, in order.
    pub fn months(&self, range: TimeRange) -> Result<Vec<Month>, SeriesError> {
        let wanted = Month::of(range.start())..=Month::of(range.end() - 1);
        let mut months: Vec<Month> = self
            .entries()?
            .iter()
            .filter_map(|entry| Month::parse(entry.file_name().to_str()?.strip_suffix(MONTH_EXTENSION)?))
            .filter(|month| wanted.contains(month))
            .collect();
        months.sort_unstable();
        Ok(months)
    }

    /// The file of a month.
    pub fn month_path(&self, month: Month) -> PathBuf {
        self.path.join(format!("{month}{MONTH_EXTENSION}"))
    }

    /// Opens the file of a month; `None` where there is none.
    pub fn open(&self, month: Month) -> Result<Option<MonthFile>, SeriesError> {
        MonthFile::open(&self.month_path(month), &self.footers)
    }

    /// The file that is to become that of a month.
    pub fn unfinished_path(&self, month: Month) -> PathBuf {
        self.path.join(format!("{month}{UNFINISHED_EXTENSION}"))
    }

    /// Creates the folder, waits for other writers, and clears away what one of them left that did not finish.
    pub fn lock(&self) -> Result<Lock, SeriesError> {
        create_folder(&self.path)?;
        let path = self.path.join(LOCK_NAME);
        // Append: the file stays empty, and opening it must not empty another holder's either.
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| SeriesError::io(&path, error))?;
        file.lock().map_err(|error| SeriesError::io(&path, error))?;
        for entry in self.entries()? {
            if entry.file_name().to_str().is_some_and(|name| name.ends_with(UNFINISHED_EXTENSION)) {
                let path = entry.path();
                fs::remove_file(&path).map_err(|error| SeriesError::io(&path, error))?;
                tracing::warn!(path = %path.display(), "removed what an interrupted write had left");
            }
        }
        Ok(Lock { _file: file })
    }

    /// Puts the finished file of a month in the place of the one before, if any. Afterwards it is there to stay, even
    /// if the power fails.
    pub fn publish(&self, month: Month) -> Result<(), SeriesError> {
        let path = self.month_path(month);
        fs::rename(self.unfinished_path(month), &path).map_err(|error| SeriesError::io(&path, error))?;
        sync_folder(&self.path)
    }

    /// Takes the file of a month away. Afterwards it is gone for good, even if the power fails.
    pub fn remove(&self, month: Month) -> Result<(), SeriesError> {
        let path = self.month_path(month);
        fs::remove_file(&path).map_err(|error| SeriesError::io(&path, error))?;
        sync_folder(&self.path)
    }

    fn entries(&self) -> Result<Vec<DirEntry>, SeriesError> {
        entries(&self.path)
    }
}

/// Every device below `root` that has a file of a month, by type and code.
pub fn devices(root: &Path) -> Result<Vec<DeviceKey>, SeriesError> {
    let mut devices = Vec::new();
    for device_type in codes(root)? {
        for device in codes(&root.join(&device_type))? {
            let key = DeviceKey { device_type: device_type.clone(), device };
            if !DeviceFolder::new(root, &key)?.months(TimeRange::ALL)?.is_empty() {
                devices.push(key);
            }
        }
    }
    Ok(devices)
}

/// The folders in a folder that are called by a code, in order; others are not this store's.
fn codes(folder: &Path) -> Result<Vec<String>, SeriesError> {
    let folders = entries(folder)?.into_iter().filter(|entry| entry.path().is_dir());
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let mut codes: Vec<String> = names.filter(|name| checked("", name).is_ok()).collect();
    codes.sort_unstable();
    Ok(codes)
}

/// What is in a folder; nothing, where it is not there.
fn entries(folder: &Path) -> Result<Vec<DirEntry>, SeriesError> {
    let listed = match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    listed.map_err(|error| SeriesError::io(folder, error))
}

/// A code that is a plain name of a folder: none that the file system reads as a path, `..` or a hidden folder.
fn checked<'a>(what: &'static str, code: &'a str) -> Result<&'a str, SeriesError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if (1..=128).contains(&code.len()) && code.bytes().all(allowed) && !code.starts_with(['.', '-']) {
        Ok(code)
    } else {
        Err(SeriesError::Code { what, code: code.to_owned() })
    }
}

/// Creates a folder and those above it, each entered durably in the one above.
fn create_folder(path: &Path) -> Result<(), SeriesError> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_folder(parent)?;
    }
    match fs::create_dir(path) {
        Ok(()) => {}
        // Another writer was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
        Err(error) => return Err(SeriesError::io(path, error)),
    }
    sync_folder(parent.unwrap_or(Path::new(".")))
}

fn sync_folder(path: &Path) -> Result<(), SeriesError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|error| SeriesError::io(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_no_plain_name_is_refused() {
        let root = Path::new("/data/series");
        for code in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc",
            "a\\b",
            ".hidden",
            "-rf",
            "a b",
            "焊机",
            "a\0",
            &"x".repeat(129),
        ] {
            for (device_type, device, what) in [(code, "ok", "device type"), ("ok", code, "device")] {
                let key = DeviceKey { device_type: device_type.into(), device: device.into() };
                match DeviceFolder::new(root, &key) {
                    Err(SeriesError::Code { what: named, .. }) => assert_eq!(named, what),
                    other => panic!("{code:?}: {other:?}"),
                }
            }
        }
        let key = DeviceKey { device_type: "arc-welder_2".into(), device: "WLD.001".into() };
        assert_eq!(DeviceFolder::new(root, &key).unwrap().path, root.join("arc-welder_2/WLD.001"));
    }
}
