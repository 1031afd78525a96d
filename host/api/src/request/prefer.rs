//! What a client would rather have (RFC 7240), as a handler's argument.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The preference that is acted on, as in `Preference-Applied`.
pub(crate) const RESPOND_ASYNC: &str = "respond-async";

/// Whether a client would rather have a job at once than wait for what it asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PrefersAsync(pub bool);

impl<S: Sync> FromRequestParts<S> for PrefersAsync {
    type Rejection = Infallible;

    /// A preference that cannot be read is none: nobody has to heed one.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl PrefersAsync {
    fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all("prefer").into_iter().filter_map(|line| line.to_str().ok());
        Self(lines.flat_map(preferences).any(|name| name.eq_ignore_ascii_case(RESPOND_ASYNC)))
    }
}

/// The names of the preferences in a line: what stands before a value or parameters. Commas within quotes part nothing.
fn preferences(line: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = line.split(move |character| {
        let parting = character == ',' && !quoted;
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
        parting
    });
    parts.filter_map(|part| part.split(['=', ';']).next().map(str::trim))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn prefers_async(lines: &[&'static str]) -> bool {
        let lines = lines.iter().map(|line| {
            let name = axum::http::HeaderName::from_static("prefer");
            (name, HeaderValue::from_static(line))
        });
        PrefersAsync::of(&lines.collect()).0
    }

    #[test]
    fn a_preference_is_found_among_others() {
        for lines in [
            &["respond-async"][..],
            &["Respond-Async, wait=10"],
            &["return=minimal;a=b , respond-async"],
            &["handling=lenient", "respond-async; foo"],
            &[r#"x="a, \"b", respond-async"#],
        ] {
            assert!(prefers_async(lines), "{lines:?}");
        }
        for lines in [&[][..], &["wait=10"], &["respond-asynchronously"], &[r#"x="a, respond-async""#]] {
            assert!(!prefers_async(lines), "{lines:?}");
        }
    }
}
