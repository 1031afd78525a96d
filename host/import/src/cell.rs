//! A cell of text, and the number that it is.

/// The number in `text`, which is trimmed: NaN where it is missing, and an infinity where it says so or is too large for
/// 64 bits. `None` where it is no number. Decimals have a point; an exponent is fine.
pub fn number(text: &str) -> Option<f64> {
    if is_missing(text) { Some(f64::NAN) } else { text.parse().ok() }
}

/// Whether a cell is empty or says that it has no value.
pub fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NaN" | "nan" | "NAN" | "null" | "NULL" | "NA")
}

/// A cell without the space around it, and without the quotes that space before them kept from being read as such.
pub fn trimmed(cell: &str) -> &str {
    let text = cell.trim();
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match quoted {
        Some(quoted) if cell.starts_with(char::is_whitespace) => quoted.trim(),
        _ => text,
    }
}

/// Why a cell is not a number, for a message.
pub fn not_a_number(text: &str) -> String {
    let comma = text.contains(',') && text.replacen(',', ".", 1).parse::<f64>().is_ok();
    let hint = if comma { "; decimals are written with a point" } else { "" };
    format!("`{}` is not a number{hint}", shortened(text))
}

/// A text of a file as messages show it.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_written() {
        for (text, expected) in [
            ("0", 0.0),
            ("-1.5", -1.5),
            ("+2", 2.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("1E-3", 0.001),
            ("4.9e-324", f64::from_bits(1)),
            ("0.1", 0.1),
            ("-inf", f64::NEG_INFINITY),
            ("Infinity", f64::INFINITY),
            ("1e999", f64::INFINITY),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn words_for_nothing_are_missing() {
        for text in ["", "NaN", "nan", "NAN", "null", "NULL", "NA", "-nan"] {
            assert!(number(text).is_some_and(f64::is_nan), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in ["abc", "1,5", "1 000", "0x10", "1_000", "12V", "--1", "1e", "true", "."] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(not_a_number("1,5"), "`1,5` is not a number; decimals are written with a point");
        assert_eq!(not_a_number("a,b"), "`a,b` is not a number");
        assert_eq!(shortened(&"é".repeat(50)), format!("{}…", "é".repeat(40)));
    }

    #[test]
    fn space_and_late_quotes_are_taken_off() {
        assert_eq!(trimmed("  1 "), "1");
        assert_eq!(trimmed(" \"a b\" "), "a b");
        assert_eq!(trimmed(" \""), "\"");
        assert_eq!(trimmed("\"a\""), "\"a\"", "quotes of the text itself");
        assert_eq!(trimmed("\u{a0}7\t"), "7");
    }
}
