//! The log of a copy: whether SQLite could use it, and all of it.
//!
//! SQLite reads as much of a log as is in order, up to the last whole commit, and says nothing of the rest: a log that is
//! damaged, cut off or of another file counts as an empty one. What it has used is compared here with what is there.

use super::copied::Copied;
use super::error::StorageError;
use super::lock::beside;
use super::unsigned;
use rusqlite::Connection;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes before the first frame.
const HEADER: u64 = 32;

/// Bytes of a frame before its page.
const FRAME_HEADER: u64 = 24;

/// The first three bytes of a log; the fourth says how its sums are reckoned.
const MAGIC: [u8; 3] = [0x37, 0x7f, 0x06];

/// The log of a staged copy as it was before SQLite read it.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    size: u64,
    frame: u64,
    /// What tells its frames from those of an earlier round of the log.
    salts: [u8; 8],
}

/// What SQLite has used of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Used {
    /// Pages that it brought.
    pub(super) pages: u64,
    /// Whether it goes on after the last whole commit, with something that is not whole.
    pub(super) is_cut: bool,
}

impl Log {
    /// Opens the log of a staged copy. Nothing: there is none, or nothing is in it.
    pub(super) fn open(copied: &Copied, staged: &Path) -> Result<Option<Self>, StorageError> {
        if !copied.has_log() {
            return Ok(None);
        }
        let unreadable = |error: std::io::Error| copied.unusable_log(error);
        let mut file = File::open(beside(staged, "-wal")).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        if size == 0 {
            return Ok(None);
        }
        let mut header = [0; 32];
        file.read_exact(&mut header)
            .map_err(|_| copied.unusable_log("it is cut off within its first 32 bytes"))?;
        let [
            m0,
            m1,
            m2,
            _,
            _,
            _,
            _,
            _,
            p0,
            p1,
            p2,
            p3,
            _,
            _,
            _,
            _,
            s0,
            s1,
            s2,
            s3,
            s4,
            s5,
            s6,
            s7,
            ..,
        ] = header;
        if [m0, m1, m2] != MAGIC {
            return Err(copied.unusable_log("it is not a log of SQLite"));
        }
        let page_size = u64::from(u32::from_be_bytes([p0, p1, p2, p3]));
        if page_size != copied.page_size {
            return Err(copied.unusable_log(format!(
                "its pages have {page_size} bytes and those of the copy {}: it belongs to another file",
                copied.page_size
            )));
        }
        Ok(Some(Self {
            file,
            size,
            frame: FRAME_HEADER.saturating_add(page_size),
            salts: [s0, s1, s2, s3, s4, s5, s6, s7],
        }))
    }

    /// Compares what is there with what SQLite uses of it on this connection.
    pub(super) fn used(mut self, copied: &Copied, connection: &Connection) -> Result<Used, StorageError> {
        let pages: i64 = connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
            .map_err(|error| copied.unusable_log(error))?;
        let pages = unsigned(pages);
        let there = self.size.saturating_sub(HEADER);
        if pages == 0 && there > 0 {
            return Err(copied.unusable_log(
                "nothing in it can be used: it was copied while it was written, is damaged, or belongs to another file",
            ));
        }
        let file_id: i32 = connection
            .query_row("PRAGMA application_id", [], |row| row.get(0))
            .map_err(|error| copied.unusable_log(error))?;
        // A file that is new has it in its log alone.
        if copied.file_id != 0 && file_id != copied.file_id {
            return Err(copied.unusable_log("it belongs to another state file"));
        }
        let is_cut = self.goes_on_at(HEADER.saturating_add(pages.saturating_mul(self.frame)));
        Ok(Used { pages, is_cut })
    }

    /// Whether something of the same round of the log stands there. What is left of an earlier round does not count.
    fn goes_on_at(&mut self, offset: u64) -> bool {
        if offset >= self.size {
            return false;
        }
        let mut start = [0; 16];
        let read = self
            .file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.read_exact(&mut start));
        let [_, _, _, _, _, _, _, _, salts @ ..] = start;
        read.is_err() || salts == self.salts
    }
}
