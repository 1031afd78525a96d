//! What a client or a plugin wrote, for an answer or the log: never more than a part of it.

/// The first `most` characters of `text`, marked where there are more.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_stay_whole_and_long_ones_say_that_they_go_on() {
        assert_eq!(excerpt("焊机", 2), "焊机");
        assert_eq!(excerpt("焊机一号", 2), "焊机…");
        assert_eq!(excerpt("", 0), "");
    }
}
