//! A matrix as people read it.

use std::fmt::Write as _;

/// How many lines of the matrix are shown.
const LINES: usize = 6;
/// How many characters a line may take: what a terminal that nobody has widened can hold, and a little more.
const WIDTH: usize = 110;
/// What stands between two columns.
const GUTTER: &str = "  ";

/// The first lines of a matrix. Columns are picked evenly from all of them, as many as fit, so that every signal is seen.
pub fn first_lines(timestamps: &[String], names: &[String], rows: &[Vec<Option<f64>>]) -> String {
    let time_width = timestamps.iter().map(String::len).max().unwrap_or(0).max("timestamp".len());
    let columns = picked(names, WIDTH.saturating_sub(time_width));
    let width = |column: usize| column_width(&names[column]);

    let mut table = format!("{:time_width$}", "timestamp");
    for &column in &columns {
        let _ = write!(table, "{GUTTER}{:>1$}", names[column], width(column));
    }
    table.push('\n');
    for (timestamp, row) in timestamps.iter().zip(rows).take(LINES) {
        let _ = write!(table, "{timestamp:time_width$}");
        for &column in &columns {
            let _ = write!(table, "{GUTTER}{:>1$}", cell(row[column]), width(column));
        }
        table.push('\n');
    }
    let (more_rows, more_columns) = (rows.len().saturating_sub(LINES), names.len() - columns.len());
    if more_rows + more_columns > 0 {
        let _ = writeln!(table, "… {more_rows} more rows, {more_columns} more columns");
    }
    table
}

/// Indices of every n-th column, n the smallest that lets them fit into `room` characters.
fn picked(names: &[String], room: usize) -> Vec<usize> {
    (1..=names.len().max(1))
        .map(|step| (0..names.len()).step_by(step).collect::<Vec<usize>>())
        .find(|columns| {
            columns.iter().map(|&column| GUTTER.len() + column_width(&names[column])).sum::<usize>() <= room
        })
        .unwrap_or_default()
}

fn column_width(name: &str) -> usize {
    name.chars().count().max("-0.0000".len())
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn columns_align_and_missing_cells_show() {
        let names = owned(&["current_mean", "std"]);
        let times = owned(&["2025-11-01T00:00:00", "2025-11-01T00:08:20"]);
        let table = first_lines(&times, &names, &[vec![Some(-1.25), Some(12.0)], vec![None, Some(0.5)]]);
        assert_eq!(
            table,
            "timestamp            current_mean      std\n\
             2025-11-01T00:00:00       -1.2500  12.0000\n\
             2025-11-01T00:08:20             –   0.5000\n"
        );
    }

    #[test]
    fn a_wide_matrix_shows_columns_of_every_part_of_it() {
        let names: Vec<String> = (0..25).map(|column| format!("a_rather_long_name_{column:02}")).collect();
        let times: Vec<String> = (0..9).map(|row| format!("2025-11-01T00:00:0{row}")).collect();
        let rows = vec![vec![Some(0.0); 25]; 9];
        let table = first_lines(&times, &names, &rows);
        let header = table.lines().next().unwrap();
        assert!(
            header.contains("name_00") && header.contains("name_18") && header.len() <= WIDTH,
            "{header}"
        );
        assert!(table.ends_with("… 3 more rows, 22 more columns\n"), "{table}");
    }

    #[test]
    fn an_empty_matrix_is_a_header() {
        assert_eq!(first_lines(&[], &[], &[]), "timestamp\n");
    }
}
