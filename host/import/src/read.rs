//! Reading the files of an import into one table.

mod arrow;
mod batches;
mod csv;
mod line_feeds;
mod parquet;
mod promises;
mod typed;

use crate::columns::Columns;
use crate::progress::Meter;
use crate::source::{Format, Source};
use crate::table::{Slot, Table};
use crate::{ImportError, ImportOptions};

/// What is being read.
pub struct Reading<'a> {
    options: &'a ImportOptions,
    meter: &'a mut Meter,
    /// Set by the first file.
    table: Option<Table>,
    warnings: Vec<String>,
}

/// Reads all files, in this order; answers the rows and what is worth knowing of the files.
pub fn read(
    sources: &[Source],
    options: &ImportOptions,
    meter: &mut Meter,
) -> Result<(Table, Vec<String>), ImportError> {
    let opened = sources
        .iter()
        .map(|source| source.open().map(|(file, format, bytes)| (source.name.as_str(), file, format, bytes)))
        .collect::<Result<Vec<_>, _>>()?;
    if !opened.iter().any(|(_, _, format, _)| *format == Format::Csv) {
        let given = [("delimiter", options.delimiter.is_some()), ("columns", options.columns.is_some())];
        if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
            return Err(ImportError::option(option, "is for CSV, and no file is"));
        }
    }
    meter.expect(opened.iter().map(|(_, _, _, bytes)| bytes).sum());
    let mut reading = Reading { options, meter, table: None, warnings: Vec::new() };
    for (name, file, format, bytes) in opened {
        let rejected_before = reading.table.as_ref().map_or(0, |table| table.rejected.total);
        match format {
            Format::Csv => csv::read(name, file, &mut reading)?,
            Format::Parquet => parquet::read(name, file, bytes, &mut reading)?,
            Format::ArrowFile => arrow::read_file(name, file, bytes, &mut reading)?,
            Format::ArrowStream => arrow::read_stream(name, file, bytes, &mut reading)?,
        }
        let table = reading.table.as_ref().filter(|table| !table.file_is_empty(rejected_before));
        let rows = table.ok_or_else(|| ImportError::NoRows { file: name.to_owned() })?.rows();
        reading.meter.next_file(bytes, rows as u64);
    }
    let Reading { table, warnings, .. } = reading;
    Ok((table.ok_or_else(|| ImportError::option("file", "none was given"))?, warnings))
}

impl Reading<'_> {
    /// Begins a file with these columns: where its rows go, and where each column does.
    fn begin(
        &mut self,
        file: &str,
        headers: &[String],
    ) -> Result<(&mut Table, Vec<Slot>, &mut Meter), ImportError> {
        let columns = Columns::plan(file, headers, self.options)?;
        let table = self.table.get_or_insert_with(|| Table::new(columns.clone(), self.options.max_cells));
        let slots = table.begin_file(file, &columns)?;
        Ok((table, slots, self.meter))
    }
}
