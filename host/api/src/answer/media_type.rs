//! Which form of an answer a client accepts (RFC 9110, 12.5.1).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use crate::excerpt::excerpt;
use crate::problem::Problem;

/// Longest part of an Accept header in a complaint about it, in characters.
const LONGEST_ECHO: usize = 200;

/// A form that answers come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json,
    ArrowStream,
    Parquet,
    Csv,
}

impl MediaType {
    /// As in `Accept` and `Content-Type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            MediaType::Json => "application/json",
            MediaType::ArrowStream => "application/vnd.apache.arrow.stream",
            MediaType::Parquet => "application/vnd.apache.parquet",
            MediaType::Csv => "text/csv",
        }
    }
}

/// What a client accepts; anything, where it says nothing.
#[derive(Debug)]
pub(crate) struct Accept(Vec<Range>);

impl Accept {
    /// The Accept header of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut ranges = Vec::new();
        for line in headers.get_all(ACCEPT) {
            let line =
                line.to_str().map_err(|_| Problem::not_acceptable("the Accept header is not ASCII"))?;
            ranges.extend(line.split(',').filter_map(Range::parse));
        }
        Ok(Self(ranges))
    }

    /// The one of `offered` that the client likes best: the first of them if it does not care, 406 if it accepts none
    /// of the forms of `what`.
    pub(crate) fn choose(&self, what: &str, offered: &[MediaType]) -> Result<MediaType, Problem> {
        if self.0.is_empty() {
            return Ok(offered[0]);
        }
        let mut best: Option<(f32, MediaType)> = None;
        for &offer in offered {
            let quality = self.quality(offer.name());
            if quality > 0.0 && best.is_none_or(|(other, _)| quality > other) {
                best = Some((quality, offer));
            }
        }
        best.map(|(_, offer)| offer).ok_or_else(|| {
            let forms: Vec<_> = offered.iter().map(|form| form.name()).collect();
            self.refuse(what, &forms.join(" or "))
        })
    }

    /// 406 if the client does not accept the only form of `what`.
    pub(crate) fn require(&self, what: &str, form: &str) -> Result<(), Problem> {
        if self.0.is_empty() || self.quality(form) > 0.0 { Ok(()) } else { Err(self.refuse(what, form)) }
    }

    fn refuse(&self, what: &str, forms: &str) -> Problem {
        let asked: Vec<_> = self.0.iter().map(|range| range.name.as_str()).take(8).collect();
        let asked = excerpt(&asked.join(", "), LONGEST_ECHO);
        Problem::not_acceptable(format!("{what} is answered as {forms}, not as {asked}"))
    }

    /// The quality that the closest range gives to `offer`.
    fn quality(&self, offer: &str) -> f32 {
        let ranges = self.0.iter();
        ranges
            .filter_map(|range| Some((range.closeness(offer)?, range.quality)))
            .max_by_key(|(closeness, _)| *closeness)
            .map_or(0.0, |(_, quality)| quality)
    }
}

/// One item of an Accept header.
#[derive(Debug)]
struct Range {
    name: String,
    quality: f32,
}

impl Range {
    fn parse(item: &str) -> Option<Self> {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(Self { name, quality: quality.map_or(Some(1.0), |q| q.parse().ok())? })
    }

    /// How closely it names `offer`: exactly, by its type, or not at all; `None` where it names something else.
    fn closeness(&self, offer: &str) -> Option<u8> {
        let (kind, _) = offer.split_once('/')?;
        match self.name.as_str() {
            name if name == offer => Some(2),
            "*/*" => Some(0),
            name => (name.strip_suffix("/*") == Some(kind)).then_some(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [MediaType; 2] = [MediaType::Json, MediaType::ArrowStream];

    fn choose(accept: &str) -> Option<MediaType> {
        let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
        Accept::of(&headers).unwrap().choose("this", &BOTH).ok()
    }

    #[test]
    fn who_does_not_care_gets_json() {
        let nothing_said = Accept::of(&HeaderMap::new()).unwrap();
        assert_eq!(nothing_said.choose("this", &BOTH).ok(), Some(MediaType::Json));
        assert_eq!(choose(""), Some(MediaType::Json));
        assert_eq!(choose("*/*"), Some(MediaType::Json));
        assert_eq!(choose("application/*"), Some(MediaType::Json));
        assert_eq!(choose("text/html, */*;q=0.1"), Some(MediaType::Json));
    }

    #[test]
    fn quality_decides_and_the_closest_range_sets_it() {
        assert_eq!(choose("application/vnd.apache.arrow.stream"), Some(MediaType::ArrowStream));
        assert_eq!(
            choose("application/json;q=0.5, application/vnd.apache.arrow.stream;q=0.9"),
            Some(MediaType::ArrowStream)
        );
        assert_eq!(choose("application/json;q=0, */*"), Some(MediaType::ArrowStream));
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        for accept in ["text/csv", "application/json;q=0", "application/vnd.apache.parquet"] {
            assert_eq!(choose(accept), None, "{accept:?}");
        }
    }
}
