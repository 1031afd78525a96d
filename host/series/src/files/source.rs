//! The bytes of a file, as the Parquet library asks for them.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use super::footers::Identity;

/// Bytes that are read for a page's header. It has some twenty to fifty, and what it is followed by is read on its own.
const HEADER_BYTES: usize = 128;

/// An open file, read at given places: its clones share no cursor. Counts what is read.
#[derive(Debug, Clone)]
pub struct Source {
    file: Arc<File>,
    length: u64,
    identity: Identity,
    bytes_read: Arc<AtomicU64>,
}

impl Source {
    /// What lies in `file`, as long as it is now.
    pub fn new(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let (length, identity) = (metadata.len(), Identity::of(&metadata));
        Ok(Self { file: Arc::new(file), length, identity, bytes_read: Arc::default() })
    }

    /// Which file it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// How many bytes were read so far, by all clones.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Source {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::with_capacity(HEADER_BYTES, From { source: self.clone(), offset: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // Lengths come from the file: a damaged one must not make us reserve what no memory holds.
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} of a file of {}", self.length)));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        self.bytes_read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(bytes.into())
    }
}

/// The rest of a source, from a place on.
#[derive(Debug)]
pub struct From {
    source: Source,
    offset: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        self.source.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
