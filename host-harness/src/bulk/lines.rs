//! Lines of a file, with bounded memory.

use super::error::BulkError;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

/// The longest line, in bytes, and the longest record of several lines.
pub(super) const LONGEST: usize = 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads lines.
pub(super) struct Lines<R> {
    reader: R,
    path: PathBuf,
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
    pub(super) fn new(reader: R, path: &Path) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            number: 0,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
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
        let is_whole = bytes.ends_with(b"\n") || bytes.len() < LONGEST;
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
        let read = self.reader.by_ref().take(most).read_until(b'\n', into);
        read.map(|_| ()).map_err(|error| BulkError::open(&self.path, &error))
    }

    /// Leaves out the rest of a line.
    fn skip(&mut self) -> Result<(), BulkError> {
        let skipped = self.reader.skip_until(b'\n');
        skipped.map(|_| ()).map_err(|error| BulkError::open(&self.path, &error))
    }
}

/// The text of a line, or why it is none.
pub(super) fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        let column = error.valid_up_to() + 1;
        format!("byte {column} is no UTF-8; save the file as UTF-8")
    })
}

/// What is said of a line that is too long.
pub(super) fn too_long() -> String {
    format!("it is longer than {LONGEST} bytes")
}
