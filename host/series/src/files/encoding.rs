//! How a month's rows are laid out in Parquet.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Schema};
use fettle_frame::{LabelType, TIME_COLUMN};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::layout::Layout;
use crate::{ColumnKind, StoredColumn};

/// Rows of a row group, the least that is read of a column: 4.5 hours at 1 Hz, two days at one row in 10 s. Smaller
/// ones make the footer long, which every read parses.
pub const ROW_GROUP_ROWS: usize = 16_384;

/// Rows of a page, the least that is decoded of a column: whoever wants the last rows of a row group passes over the
/// pages before them by their headers.
const PAGE_ROWS: usize = 2_048;

/// A column with more distinct values than fit in this many bytes is stored plainly: a dictionary as long as the row
/// group would only be a detour.
const DICTIONARY_BYTES: usize = 16 * 1024;

/// The key of the metadata entry that says that a column is a label; the column's name follows.
const LABEL_KEY: &str = "fettle.label.";

/// How to write rows of these columns.
pub fn writer_options(layout: &Layout) -> ArrowWriterOptions {
    let time = ColumnPath::from(TIME_COLUMN);
    let labels = layout
        .labels
        .iter()
        .map(|(name, label_type)| KeyValue::new(format!("{LABEL_KEY}{name}"), label_type.as_str().to_owned()))
        .collect();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_compression(Compression::SNAPPY)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        // Only the times are ever searched for; the statistics of other columns would fill the footer.
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_column_statistics_enabled(time.clone(), EnabledStatistics::Chunk)
        .set_column_dictionary_enabled(time.clone(), false)
        // Steps between rows repeat, so that a time takes a few bits.
        .set_column_encoding(time, Encoding::DELTA_BINARY_PACKED)
        .set_sorting_columns(Some(vec![SortingColumn {
            column_idx: 0,
            descending: false,
            nulls_first: false,
        }]))
        .set_key_value_metadata(Some(labels))
        .build();
    // The Parquet types say it all; the Arrow schema beside them would be parsed at every read.
    ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true)
}

/// The columns of a file, told by its schema and its metadata. The error says what no month's file has.
pub fn stored_columns(
    schema: &Schema,
    metadata: Option<&Vec<KeyValue>>,
) -> Result<Vec<StoredColumn>, String> {
    let labels: HashMap<&str, Option<&str>> = metadata
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((entry.key.strip_prefix(LABEL_KEY)?, entry.value.as_deref())))
        .collect();
    let mut fields = schema.fields().iter();
    match fields.next() {
        Some(time) if time.name() == TIME_COLUMN && matches!(time.data_type(), DataType::Timestamp(..)) => {}
        _ => return Err(format!("the first column is not the time column `{TIME_COLUMN}`")),
    }
    fields
        .map(|field| {
            let name = field.name();
            let kind = match (labels.get(name.as_str()), field.data_type()) {
                (None, DataType::Float64) => ColumnKind::Signal,
                (Some(Some("int")), DataType::Int64) => ColumnKind::Label(LabelType::Int),
                (Some(Some("float")), DataType::Float64) => ColumnKind::Label(LabelType::Float),
                (Some(Some("bool")), DataType::Boolean) => ColumnKind::Label(LabelType::Bool),
                (Some(Some("text")), DataType::Utf8) => ColumnKind::Label(LabelType::Text),
                (_, other) => {
                    return Err(format!("column `{name}` is {other}, which is not how it is stored"));
                }
            };
            Ok(StoredColumn { name: name.clone(), kind })
        })
        .collect()
}
