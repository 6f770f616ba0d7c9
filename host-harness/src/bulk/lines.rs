//! Lines of a file, with bounded memory.

use super::error::{BulkError, Flaw};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

/// The longest line, in bytes, and the longest record of several lines.
pub(super) const LONGEST: usize = 1024 * 1024;

/// What ends a line where nothing else is known: alone, or behind a carriage return.
pub(super) const LINE_FEED: u8 = b'\n';

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads lines.
pub(super) struct Lines<R> {
    reader: R,
    path: PathBuf,
    end: u8,
    number: u64,
}

/// A line without its end.
pub(super) struct RawLine {
    /// Its number, from one.
    pub(super) number: u64,
    /// What is in it, or nothing when it is too long to be an event.
    pub(super) bytes: Option<Vec<u8>>,
}

impl<R: BufRead> Lines<R> {
    /// Lines that end with `end`.
    pub(super) fn new(reader: R, path: &Path, end: u8) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            end,
            number: 0,
        }
    }

    /// The next line, or nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<RawLine>, BulkError> {
        let mut bytes = Vec::new();
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        self.read(most, &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let is_whole = bytes.last() == Some(&self.end) || bytes.len() < LONGEST;
        if !is_whole {
            self.skip()?;
        }
        if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        Ok(Some(RawLine {
            number: self.number,
            bytes: is_whole.then_some(bytes),
        }))
    }

    fn read(&mut self, most: u64, into: &mut Vec<u8>) -> Result<(), BulkError> {
        let read = self.reader.by_ref().take(most).read_until(self.end, into);
        read.map(|_| ()).map_err(|error| BulkError::open(&self.path, &error))
    }

    /// Leaves out the rest of a line.
    fn skip(&mut self) -> Result<(), BulkError> {
        let skipped = self.reader.skip_until(self.end);
        skipped.map(|_| ()).map_err(|error| BulkError::open(&self.path, &error))
    }
}

/// The text of a line, or why it is none.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Flaw> {
    std::str::from_utf8(bytes).map_err(|error| {
        let column = error.valid_up_to() + 1;
        Flaw::new(
            "invalid-encoding",
            format!("byte {column} is not valid UTF-8; save the file as UTF-8"),
        )
    })
}

/// What is said of a line that is too long.
pub(super) fn too_long() -> Flaw {
    Flaw::new("too-long", format!("it is longer than {LONGEST} bytes"))
}
