//! What plugins say, as much of it as is worth telling. It goes to clients and to the log.

/// The beginning of a text, at most `most` characters.
pub(crate) fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Whether a name can stand in a line of a log or a table: not empty, at most `most` bytes, no control characters.
pub(crate) fn is_name(name: &str, most: usize) -> bool {
    !name.is_empty() && name.len() <= most && !name.chars().any(char::is_control)
}
