//! Whether a client has a file already (RFC 9110, 13).

use axum::http::HeaderMap;
use axum::http::header::{IF_NONE_MATCH, IF_RANGE};

/// Whether one of the tags of `If-None-Match` is the file's. Weak tags are compared as if they were strong.
pub(super) fn is_known(headers: &HeaderMap, etag: Option<&str>) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).into_iter().filter_map(|line| line.to_str().ok());
    // No tag that we give out has a comma in it.
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || etag.is_some_and(|etag| tag.trim_start_matches("W/") == etag))
}

/// Whether a part may be answered: unless `If-Range` says that the client has a part of another file. What it says of a
/// date never holds, since files have none here.
pub(super) fn may_be_part(headers: &HeaderMap, etag: Option<&str>) -> bool {
    match headers.get(IF_RANGE) {
        None => true,
        Some(tag) => etag.is_some_and(|etag| tag.as_bytes() == etag.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const ETAG: Option<&str> = Some("\"a-1\"");

    #[test]
    fn a_tag_is_found_among_others() {
        let is_known =
            |tags| is_known(&HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(tags))]), ETAG);
        assert!(is_known("\"a-1\"") && is_known("\"b\", \"a-1\"") && is_known("W/\"a-1\"") && is_known("*"));
        assert!(!is_known("\"b\"") && !is_known("a-1") && !is_known(""));
    }

    #[test]
    fn a_part_of_another_file_is_not_gone_on_with() {
        let may = |tag| may_be_part(&HeaderMap::from_iter([(IF_RANGE, HeaderValue::from_static(tag))]), ETAG);
        assert!(may("\"a-1\"") && may_be_part(&HeaderMap::new(), None));
        assert!(!may("\"b\"") && !may("W/\"a-1\"") && !may("Sat, 01 Nov 2025 00:00:00 GMT"));
    }
}
