//! Text files of every system, as lines that end in `\n`.

use std::io::{self, Read};

const BUFFER_BYTES: usize = 64 * 1024;
const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A text without its byte order mark, `\r\n` and `\r` read as `\n`, the last line ended too. With this, the CSV reader
/// counts lines as editors do.
#[derive(Debug)]
pub struct LineFeeds<R> {
    inner: R,
    buffer: Vec<u8>,
    /// What of the buffer was handed out.
    used: usize,
    /// What the inner reader has given.
    bytes_read: u64,
    after_return: bool,
    last: u8,
    at_end: bool,
}

impl<R: Read> LineFeeds<R> {
    pub fn new(mut inner: R) -> io::Result<Self> {
        let mut buffer = Vec::with_capacity(BUFFER_BYTES);
        inner.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut buffer)?;
        let bytes_read = buffer.len() as u64;
        if buffer == BYTE_ORDER_MARK {
            buffer.clear();
        }
        Ok(Self { inner, buffer, used: 0, bytes_read, after_return: false, last: b'\n', at_end: false })
    }

    /// How many bytes of the file were read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Whether the reader was told that there is no more. The CSV reader asks on only where a record has not ended with
    /// its line: in an open quote.
    pub fn is_at_end(&self) -> bool {
        self.at_end
    }

    fn fill(&mut self) -> io::Result<()> {
        self.used = 0;
        self.buffer.resize(BUFFER_BYTES, 0);
        let count = loop {
            match self.inner.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(*count.as_ref().unwrap_or(&0));
        self.bytes_read += count? as u64;
        Ok(())
    }
}

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if self.used == self.buffer.len() {
                self.fill()?;
            }
            let rest = &self.buffer[self.used..];
            if rest.is_empty() {
                if self.last == b'\n' {
                    self.at_end = true;
                    return Ok(0);
                }
                self.last = b'\n';
                out[0] = b'\n';
                return Ok(1);
            }
            let count = rest.len().min(out.len());
            let piece = &rest[..count];
            self.used += count;
            let written = if self.after_return || piece.contains(&b'\r') {
                let mut written = 0;
                for &byte in piece {
                    let half_of_pair = self.after_return && byte == b'\n';
                    self.after_return = byte == b'\r';
                    if !half_of_pair {
                        out[written] = if byte == b'\r' { b'\n' } else { byte };
                        written += 1;
                    }
                }
                written
            } else {
                out[..count].copy_from_slice(piece);
                count
            };
            if written > 0 {
                self.last = out[written - 1];
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Dripping<'a>(&'a [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            out[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn every_line_end_becomes_a_line_feed() {
        for (text, lines) in [
            ("a\nb\n", "a\nb\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\rb\r", "a\nb\n"),
            ("a\r\n\r\nb", "a\n\nb\n"),
            ("a\n\rb", "a\n\nb\n"),
            ("\u{feff}a", "a\n"),
            ("\u{feff}", ""),
            ("", ""),
            ("\r\n", "\n"),
            ("é", "é\n"),
        ] {
            let mut whole = String::new();
            LineFeeds::new(text.as_bytes()).unwrap().read_to_string(&mut whole).unwrap();
            assert_eq!(whole, lines, "{text:?}");
            let mut drip = String::new();
            let mut dripping = LineFeeds::new(Dripping(text.as_bytes())).unwrap();
            dripping.read_to_string(&mut drip).unwrap();
            assert_eq!(drip, lines, "{text:?}, byte by byte");
            assert_eq!(dripping.bytes_read(), text.len() as u64);
        }
    }
}
