//! What somebody may have meant.

/// Names longer than this are nobody's misspelling, and comparing them costs time.
const LONGEST: usize = 64;

/// The one of `known` that `given` is most likely a misspelling of: a third of its letters may differ.
pub(crate) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.len() > LONGEST {
        return None;
    }
    let given = given.to_lowercase();
    let distances = known.into_iter().map(|name| (strsim::damerau_levenshtein(&given, name), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= name.chars().count() / 3).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_another_word_finds_none() {
        let known = ["window_size", "window_method", "overlap"];
        assert_eq!(nearest("window_sise", known), Some("window_size"));
        assert_eq!(nearest("windowSize", known), Some("window_size"));
        assert_eq!(nearest("overalp", known), Some("overlap"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"w".repeat(1_000_000), known), None);
    }
}
