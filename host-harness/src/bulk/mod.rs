//! Many events in one file: an export of what was booked, to be carried out here.
//!
//! A file is read a line at a time, however long it is: JSON lines, each an [event as people write
//! it](crate::envelope), or a [`Table`] under a [`Map`] from its columns to an event's fields. A line that is not an event
//! does not end the reading; it is reported with its number, and so is every problem that the component finds later
//! ([`Line::problem`]).

mod columns;
mod content;
mod csv;
mod encoding;
mod error;
mod field;
mod json;
mod lines;
mod map;
mod propose;
mod spreadsheet;
mod table;
#[cfg(test)]
mod tests;

pub use error::{BadLine, BulkError, Flaw};
pub use map::Map;
pub use table::Table;

use crate::contract::{Event, Problem, Warning};
use crate::envelope::Envelope;
use chrono::{DateTime, Utc};
use columns::Columns;
use encoding::Encoded;
use lines::{LINE_FEED, Lines};
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

/// An event with the place where it was written.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its line in the file, from one: the first, where it has more.
    pub number: u64,
    envelope: Envelope,
    columns: Option<Arc<Columns>>,
}

impl Line {
    /// The event.
    pub fn event(&self) -> &Event {
        &self.envelope.event
    }

    /// The event alone.
    pub fn into_event(self) -> Event {
        self.envelope.event
    }

    /// A problem of the event, with its place in the line.
    pub fn problem(&self, problem: &Problem) -> Flaw {
        let place = self.envelope.layout.place(problem);
        flaw(self.columns.as_deref(), &problem.code, place, &problem.message)
    }

    /// What is worth knowing of the event, with its place in the line.
    pub fn warning(&self, warning: &Warning) -> Flaw {
        let pointer = warning.pointer.as_deref().unwrap_or_default();
        flaw(self.columns.as_deref(), &warning.code, pointer, &warning.message)
    }
}

fn flaw(columns: Option<&Columns>, code: &str, pointer: &str, message: &str) -> Flaw {
    match columns {
        Some(columns) => columns.flaw(code, pointer, message),
        None => json::flaw(code, pointer, message),
    }
}

/// The events of a file, in its order.
pub struct Events {
    source: Source,
    trigger: String,
    received: DateTime<Utc>,
}

type Text = Box<dyn BufRead + Send>;

enum Source {
    Json(json::Reader<Text>),
    Csv(csv::Reader<Text>),
}

impl Events {
    /// Opens a file whose name ends in `.jsonl`, `.csv`, `.tsv` or `.txt`. An event that does not say so is of `trigger`,
    /// and has occurred at `received`. A map is for tables alone; without one, columns are named like the fields that they
    /// hold.
    pub fn open(path: &Path, map: Option<&Map>, trigger: &str, received: DateTime<Utc>) -> Result<Self, BulkError> {
        let source = match (extension(path).as_str(), map) {
            ("jsonl" | "ndjson", None) => {
                let text = Encoded::marked(path)?.open(path)?;
                Source::Json(json::Reader::new(Lines::new(text, path, LINE_FEED)))
            }
            ("jsonl" | "ndjson", Some(_)) => return Err(BulkError::MapOfJson),
            ("csv" | "tsv" | "txt", map) => Source::Csv(csv::Reader::open(path, map)?),
            (extension, _) => {
                return Err(match content::of_extension(extension) {
                    Some(reason) => BulkError::content(path, reason),
                    None => BulkError::kind(path),
                });
            }
        };
        Ok(Self {
            source,
            trigger: trigger.to_owned(),
            received,
        })
    }

    /// How the table is laid out; nothing where the file is JSON lines.
    pub fn table(&self) -> Option<&Table> {
        match &self.source {
            Source::Csv(reader) => Some(reader.table()),
            Source::Json(_) => None,
        }
    }
}

/// Whether the name of a file says that it is a table.
pub fn is_table(path: &Path) -> bool {
    matches!(extension(path).as_str(), "csv" | "tsv" | "txt")
}

fn extension(path: &Path) -> String {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.unwrap_or_default().to_ascii_lowercase()
}

impl Iterator for Events {
    /// An event, or a line that is none. An error ends the reading.
    type Item = Result<Result<Line, BadLine>, BulkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (number, written, columns) = match &mut self.source {
            Source::Json(reader) => match reader.next()? {
                Ok((number, written)) => (number, written, None),
                Err(error) => return Some(Err(error)),
            },
            Source::Csv(reader) => match reader.next()? {
                Ok((number, written)) => (number, written, Some(reader.columns().clone())),
                Err(error) => return Some(Err(error)),
            },
        };
        let flaw = |problem: &Problem| flaw(columns.as_deref(), &problem.code, &problem.pointer, &problem.message);
        let read = |written| {
            Envelope::read(written, &self.trigger, self.received)
                .map_err(|problems| problems.iter().map(flaw).collect())
        };
        let event = written.and_then(read);
        Some(Ok(match event {
            Ok(envelope) => Ok(Line {
                number,
                envelope,
                columns,
            }),
            Err(flaws) => Err(BadLine { number, flaws }),
        }))
    }
}
