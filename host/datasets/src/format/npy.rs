//! One array as numpy's own format has it (version 1.0): a header that says what it is, then its elements.

/// The type of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// float64
    Float,
    /// int64
    Int,
    /// bool
    Bool,
    /// `datetime64[ns]`, nanoseconds since the Unix epoch.
    Time,
    /// Text of at most so many characters, at least 1, each as UTF-32; what is shorter is filled up with zeros.
    Text(usize),
}

impl Element {
    /// How many bytes an element takes.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Element::Float | Element::Int | Element::Time => 8,
            Element::Bool => 1,
            Element::Text(characters) => 4 * characters as u64,
        }
    }

    /// How many characters it has room for.
    pub(super) fn characters(self) -> usize {
        match self {
            Element::Text(characters) => characters,
            _ => 0,
        }
    }

    /// numpy's name for it.
    fn descr(self) -> String {
        match self {
            Element::Float => "<f8".to_owned(),
            Element::Int => "<i8".to_owned(),
            Element::Bool => "|b1".to_owned(),
            Element::Time => "<M8[ns]".to_owned(),
            Element::Text(characters) => format!("<U{characters}"),
        }
    }
}

/// The header of an array of this shape, whose elements follow row by row.
pub(super) fn header(element: Element, shape: &[u64]) -> Vec<u8> {
    /// The header ends at a multiple of this, so that a file that is mapped into memory has its elements aligned.
    const ALIGNMENT: usize = 64;
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    let shape = match shape {
        // As Python writes a tuple of one.
        [length] => format!("({length},)"),
        _ => format!("({})", shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut text = format!("{{'descr': '{}', 'fortran_order': False, 'shape': {shape}, }}", element.descr());
    // Behind the magic string stands the length of what follows, in two bytes; a line feed ends it.
    let before = MAGIC.len() + 2;
    let padded = (before + text.len() + 1).next_multiple_of(ALIGNMENT) - before;
    text.extend(std::iter::repeat_n(' ', padded - text.len() - 1));
    text.push('\n');
    let length = u16::try_from(text.len()).expect("two numbers do not fill 64 KiB");
    [MAGIC, &length.to_le_bytes(), text.as_bytes()].concat()
}

/// Puts a text of at most `width` characters behind `bytes`.
pub(super) fn push_text(text: &str, width: usize, bytes: &mut Vec<u8>) {
    let end = bytes.len() + 4 * width;
    bytes.extend(text.chars().flat_map(|character| u32::from(character).to_le_bytes()));
    bytes.resize(end, 0);
}

/// How wide the elements of an array of texts are that has this one: numpy has no text of no characters.
pub(super) fn width(text: &str) -> usize {
    text.chars().count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_begin_at_a_multiple_of_64_bytes() {
        for shape in [vec![0], vec![171], vec![123_456_789, 25]] {
            let header = header(Element::Text(12), &shape);
            assert_eq!(header.len() % 64, 0);
            assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])), header.len() - 10);
            assert_eq!(header.last(), Some(&b'\n'));
        }
    }

    #[test]
    fn the_header_is_a_literal_of_python() {
        let header = header(Element::Float, &[171, 25]);
        let text = String::from_utf8_lossy(&header[10..]);
        assert_eq!(text.trim_end(), "{'descr': '<f8', 'fortran_order': False, 'shape': (171, 25), }");
    }

    #[test]
    fn texts_are_filled_up_with_zeros() {
        let mut bytes = Vec::new();
        push_text("焊1", 3, &mut bytes);
        assert_eq!(bytes, [0x0a, 0x71, 0, 0, b'1', 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!((width("焊1"), width("")), (2, 1));
    }
}
