//! What callers of the import rely on, with real files, a real series store and a real database.

#![expect(clippy::unwrap_used, reason = "a test ends where its premises fail")]

mod arrow_files;
mod csv_files;
mod parquet_files;
mod recordings;
mod trial;
