//! Which bytes a client asks for (RFC 9110, 14).

use std::ops::Range;

use axum::http::HeaderMap;
use axum::http::header::RANGE;

/// What a client asks for of a file.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// All of it: no range, several, or one that cannot be read, which is to be ignored.
    All,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// None that are there.
    Nothing,
}

/// What the `Range` of a request asks for of `size` bytes.
pub(super) fn asked(headers: &HeaderMap, size: u64) -> Asked {
    let mut lines = headers.get_all(RANGE).into_iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => line.to_str().ok().and_then(|line| parse(line, size)).unwrap_or(Asked::All),
        _ => Asked::All,
    }
}

fn parse(line: &str, size: u64) -> Option<Asked> {
    let (unit, range) = line.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let (first, last) = match (first, last) {
        ("", length) => (size.saturating_sub(number(length)?), size),
        (first, "") => (number(first)?, size),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return None;
            }
            (first, last.saturating_add(1).min(size))
        }
    };
    Some(if first < last { Asked::Part(first..last) } else { Asked::Nothing })
}

/// Digits alone; a number that no file reaches is as good as any other.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of_ten(line: &'static str) -> Asked {
        asked(&HeaderMap::from_iter([(RANGE, HeaderValue::from_static(line))]), 10)
    }

    #[test]
    fn one_range_is_a_part_as_far_as_there_is_one() {
        for (line, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-4", 2..5),
            ("Bytes=8-", 8..10),
            ("bytes=8-99", 8..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("bytes=0-99999999999999999999999", 0..10),
        ] {
            assert_eq!(of_ten(line), Asked::Part(part), "{line}");
        }
        for line in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of_ten(line), Asked::Nothing, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_read_and_what_are_several_ranges_is_ignored() {
        for line in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=4-2",
            "bytes=a-b",
            "bytes=+1-2",
            "rows=0-1",
            "bytes=0-1,3-4",
        ] {
            assert_eq!(of_ten(line), Asked::All, "{line}");
        }
        assert_eq!(asked(&HeaderMap::new(), 10), Asked::All);
    }
}
