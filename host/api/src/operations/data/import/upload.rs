//! A file on its way in.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use axum::body::BodyDataStream;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use fettle_import::Format;
use futures::StreamExt;
use tempfile::{NamedTempFile, TempPath};

use crate::ApiState;
use crate::excerpt::excerpt;
use crate::problem::Problem;
use crate::request::discard;

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Longest part of a header in a complaint about it, in characters.
const LONGEST_ECHO: usize = 80;

/// What is read, by its media type.
const MEDIA_TYPES: [(&str, Format); 4] = [
    ("text/csv", Format::Csv),
    ("application/vnd.apache.parquet", Format::Parquet),
    ("application/vnd.apache.arrow.file", Format::ArrowFile),
    ("application/vnd.apache.arrow.stream", Format::ArrowStream),
];

/// A body of which nothing has been read yet.
pub(crate) struct Upload {
    body: BodyDataStream,
    /// How many bytes it will be, where the client says so.
    declared: Option<u64>,
    /// Whether the client waits to be asked for it.
    waits: bool,
    /// How many bytes it may be.
    most: u64,
}

/// What a body is, by its media type.
pub(super) fn format_of(headers: &HeaderMap) -> Result<Format, Problem> {
    let text = |name| headers.get(name).map_or("", |value| value.to_str().unwrap_or("something unreadable"));
    let kind = text(CONTENT_TYPE).to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let charset = parts.find_map(|part| part.strip_prefix("charset=")).map(|name| name.trim_matches('"'));
    let known = MEDIA_TYPES.iter().find(|(known, _)| *known == name);
    match (known, charset) {
        (Some((_, Format::Csv)), Some(charset)) if !matches!(charset, "utf-8" | "us-ascii") => {
            let charset = excerpt(charset, LONGEST_ECHO);
            return Err(Problem::unsupported_media_type(format!("text must be in UTF-8, not in {charset}")));
        }
        (Some(_), _) => {}
        (None, _) => {
            let names = MEDIA_TYPES.map(|(name, _)| name).join(", ");
            let given =
                if kind.is_empty() { "of no stated type".to_owned() } else { excerpt(&kind, LONGEST_ECHO) };
            let detail = format!("the body must be one of {names}; it is {given}");
            return Err(Problem::unsupported_media_type(detail));
        }
    }
    match text(CONTENT_ENCODING) {
        "" | "identity" => {}
        other => {
            let coding = excerpt(other, LONGEST_ECHO);
            let detail = format!("the body must not be encoded, and is {coding}");
            return Err(Problem::unsupported_media_type(detail));
        }
    }
    Ok(known.map_or(Format::Csv, |(_, format)| *format))
}

impl FromRequest<ApiState> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let headers = request.headers();
        let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let waits = headers.contains_key(EXPECT);
        let most = state.settings().max_import_bytes;
        Ok(Self { body: request.into_body().into_data_stream(), declared, waits, most })
    }
}

impl Upload {
    /// How many bytes it will be, at most.
    pub(super) fn expected(&self) -> u64 {
        self.declared.map_or(self.most, |declared| declared.min(self.most))
    }

    /// Writes it to a file in `folder`, which is gone when the answer is dropped, or when nobody waits for it any more.
    pub(super) async fn receive(mut self, folder: &Path) -> Result<TempPath, Problem> {
        if self.declared.is_some_and(|declared| declared > self.most) {
            // Who waits to be asked for the body has sent none of it.
            if !self.waits {
                discard(&mut self.body).await;
            }
            return Err(self.too_large());
        }
        let (mut file, path) = NamedTempFile::new_in(folder).map_err(|error| unwritten(&error))?.into_parts();
        let (mut piece, mut total) = (Vec::new(), 0_u64);
        while let Some(part) = self.body.next().await {
            let part =
                part.map_err(|error| Problem::bad_request("the body ended early").caused_by(&error))?;
            total += part.len() as u64;
            if total > self.most {
                drop((file, path));
                discard(&mut self.body).await;
                return Err(self.too_large());
            }
            piece.extend_from_slice(&part);
            if piece.len() >= PIECE {
                (file, piece) = write(file, piece).await?;
            }
        }
        write(file, piece).await?;
        Ok(path)
    }

    fn too_large(&self) -> Problem {
        Problem::payload_too_large(format!("the body is larger than {} bytes", self.most))
    }
}

/// Writes a piece off the async threads, and hands it back empty.
async fn write(mut file: File, mut piece: Vec<u8>) -> Result<(File, Vec<u8>), Problem> {
    let writing = tokio::task::spawn_blocking(move || {
        file.write_all(&piece)?;
        piece.clear();
        Ok((file, piece))
    });
    let written: io::Result<_> = writing.await.map_err(|error| Problem::internal(&error))?;
    written.map_err(|error| unwritten(&error))
}

fn unwritten(error: &io::Error) -> Problem {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => {
            Problem::storage_full("no space is left to keep the body while it is read").caused_by(error)
        }
        _ => Problem::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(kind: &str) -> Option<Format> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
        format_of(&headers).ok()
    }

    #[test]
    fn the_media_type_says_what_a_file_is() {
        for (kind, expected) in [
            ("text/csv", Some(Format::Csv)),
            ("Text/CSV; header=present; charset=UTF-8", Some(Format::Csv)),
            ("text/csv; charset=iso-8859-1", None),
            ("application/vnd.apache.parquet", Some(Format::Parquet)),
            ("application/vnd.apache.arrow.file", Some(Format::ArrowFile)),
            ("application/vnd.apache.arrow.stream", Some(Format::ArrowStream)),
            ("application/json", None),
            ("application/octet-stream", None),
            ("", None),
        ] {
            assert_eq!(format(kind), expected, "{kind}");
        }
        assert!(format_of(&HeaderMap::new()).is_err());
    }
}
