//! Lines of separated cells.

use std::fs::File;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::Reading;
use super::line_feeds::LineFeeds;
use crate::cell::{not_a_number, number, trimmed};
use crate::table::{Slot, Table};
use crate::time::{TimeFormat, TimeReader};
use crate::{ImportError, ImportOptions};

/// Reads a CSV file.
pub fn read(name: &str, file: File, reading: &mut Reading) -> Result<(), ImportError> {
    let options = reading.options;
    let mut lines = Lines::open(name, file, options)?;
    if !lines.next()? {
        return Err(ImportError::Empty { file: name.to_owned() });
    }
    let first_line = lines.texts()?;
    let mut first_is_row = false;
    let names = options.columns.as_ref();
    let headers = match names.map(|names| names.iter().map(|name| name.trim().to_owned()).collect::<Vec<_>>())
    {
        None => first_line,
        Some(names) if names == first_line => {
            reading
                .warnings
                .push(format!("{name}: the first line repeats `columns` and was read as a header"));
            first_line
        }
        Some(names) => {
            first_is_row = true;
            names
        }
    };
    let (table, slots, meter) = reading.begin(name, &headers)?;
    let format = options.time_format.clone().unwrap_or(TimeFormat::Iso);
    let mut row = Row {
        headers: &headers,
        slots: &slots,
        times: TimeReader::new(format, options.time_zone.clone()),
        signals: vec![f64::NAN; table.signals.len()],
    };
    while first_is_row || lines.next()? {
        first_is_row = false;
        row.add(&lines, table)?;
        meter.at(lines.reader.get_ref().bytes_read(), table.rows() as u64);
    }
    Ok(())
}

/// The records of a file, one at a time.
struct Lines<'a> {
    file: &'a str,
    reader: Reader<LineFeeds<File>>,
    record: ByteRecord,
    /// Where the record begins, counted from 1.
    line: u64,
    /// Over how many line ends its quoted cells run.
    line_ends_within: u64,
}

impl<'a> Lines<'a> {
    fn open(name: &'a str, file: File, options: &ImportOptions) -> Result<Self, ImportError> {
        let text = LineFeeds::new(file).map_err(|error| ImportError::unreadable(name, error))?;
        let reader = ReaderBuilder::new()
            .delimiter(options.delimiter.unwrap_or(b','))
            .has_headers(false)
            // Records of the wrong length are rejected one by one, with their line.
            .flexible(true)
            .from_reader(text);
        Ok(Self { file: name, reader, record: ByteRecord::new(), line: 0, line_ends_within: 0 })
    }

    /// Goes to the next record that is not an empty line; `false` at the end.
    fn next(&mut self) -> Result<bool, ImportError> {
        let found = self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| ImportError::unreadable(self.file, error.into()))?;
        self.line_ends_within = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let never_closed = found && self.reader.get_ref().is_at_end();
        // The reader stands behind the line end that the record has, unless a quote has swallowed that.
        let line_ends = self.line_ends_within + u64::from(!never_closed);
        self.line = self.reader.position().line().saturating_sub(line_ends);
        if never_closed {
            return Err(self.open_quote());
        }
        Ok(found)
    }

    fn open_quote(&self) -> ImportError {
        ImportError::OpenQuote { file: self.file.to_owned(), line: self.line }
    }

    fn texts(&self) -> Result<Vec<String>, ImportError> {
        (0..self.record.len()).map(|at| Ok(self.text(at)?.to_owned())).collect()
    }

    fn text(&self, at: usize) -> Result<&str, ImportError> {
        let text = std::str::from_utf8(self.record.get(at).unwrap_or_default());
        text.map(trimmed).map_err(|_| ImportError::NotUtf8 {
            file: self.file.to_owned(),
            line: self.line,
            column: at + 1,
        })
    }
}

/// How a record becomes a row.
struct Row<'a> {
    headers: &'a [String],
    slots: &'a [Slot],
    times: TimeReader,
    /// The signals of the row, until it is known to be sound.
    signals: Vec<f64>,
}

impl Row<'_> {
    /// Adds the record as a row, or rejects its line.
    fn add(&mut self, lines: &Lines, table: &mut Table) -> Result<(), ImportError> {
        let (cells, columns) = (lines.record.len(), self.slots.len());
        if cells != columns {
            if lines.line_ends_within > 0 {
                // The cell may hold a good part of the file: no one line that could be left out.
                return Err(lines.open_quote());
            }
            table.reject(lines.line, || format!("has {cells} cells for {columns} columns"));
            return Ok(());
        }
        let mut time = 0;
        for (at, slot) in self.slots.iter().enumerate() {
            let text = lines.text(at)?;
            let problem = match *slot {
                Slot::Time => match self.times.read(text) {
                    Ok(read) => {
                        time = read;
                        continue;
                    }
                    Err(problem) => problem,
                },
                Slot::Signal(signal) => match number(text) {
                    Some(value) => {
                        self.signals[signal] = value;
                        continue;
                    }
                    None => not_a_number(text),
                },
                Slot::Label(_) => continue,
            };
            if text.contains('\n') {
                return Err(lines.open_quote());
            }
            table.reject(lines.line, || format!("column `{}`: {problem}", self.headers[at]));
            return Ok(());
        }
        table.make_room(1)?;
        for (at, slot) in self.slots.iter().enumerate() {
            if let Slot::Label(label) = *slot {
                table.labels[label].push(lines.text(at)?);
            }
        }
        table.times.push(time);
        table.lines.push(lines.line);
        for (signal, value) in table.signals.iter_mut().zip(&self.signals) {
            signal.values.push(*value);
        }
        Ok(())
    }
}
