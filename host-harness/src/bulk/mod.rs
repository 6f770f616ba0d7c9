//! Many events in one file: an export of what was booked, to be carried out here.
//!
//! A file is read a line at a time, however long it is: JSON lines, each an [event as people write
//! it](crate::envelope), or CSV under a [`Map`] from its columns to an event's fields. A line that is no event does not
//! end the reading; it is told with its number, and so is every problem that the component finds later
//! ([`Line::problem`]).

mod columns;
mod csv;
mod error;
mod json;
mod lines;
mod map;
#[cfg(test)]
mod tests;

pub use error::{BadLine, BulkError};
pub use map::Map;

use crate::contract::{Event, Problem};
use crate::envelope::Envelope;
use chrono::{DateTime, Utc};
use columns::Columns;
use lines::Lines;
use std::fs::File;
use std::io::BufReader;
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

    /// A problem of the event as a sentence that names its place in the line.
    pub fn problem(&self, problem: &Problem) -> String {
        let place = self.envelope.layout.place(problem);
        match &self.columns {
            Some(columns) => columns.sentence(place, &problem.message),
            None => json::sentence(place, &problem.message),
        }
    }
}

/// The events of a file, in its order.
pub struct Events {
    source: Source,
    trigger: String,
    received: DateTime<Utc>,
}

enum Source {
    Json(json::Reader<BufReader<File>>),
    Csv(csv::Reader<BufReader<File>>),
}

impl Events {
    /// Opens a file whose name ends in `.jsonl` or `.csv`. An event that does not say so is of `trigger`, and has
    /// occurred at `received`. A map is for CSV alone; without one, columns are named like the fields that they hold.
    pub fn open(path: &Path, map: Option<&Map>, trigger: &str, received: DateTime<Utc>) -> Result<Self, BulkError> {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let lines = || {
            let file = File::open(path).map_err(|error| BulkError::open(path, &error))?;
            Ok(Lines::new(BufReader::new(file), path))
        };
        let source = match (extension.to_ascii_lowercase().as_str(), map) {
            ("jsonl" | "ndjson", None) => Source::Json(json::Reader::new(lines()?)),
            ("jsonl" | "ndjson", Some(_)) => return Err(BulkError::MapOfJson),
            ("csv", map) => Source::Csv(csv::Reader::new(lines()?, map)?),
            _ => return Err(BulkError::kind(path)),
        };
        Ok(Self {
            source,
            trigger: trigger.to_owned(),
            received,
        })
    }
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
        let sentence = |problem: &Problem| match &columns {
            Some(columns) => columns.sentence(&problem.pointer, &problem.message),
            None => json::sentence(&problem.pointer, &problem.message),
        };
        let read = |written| {
            Envelope::read(written, &self.trigger, self.received)
                .map_err(|problems| problems.iter().map(sentence).collect())
        };
        let event = written.and_then(read);
        Some(Ok(match event {
            Ok(envelope) => Ok(Line {
                number,
                envelope,
                columns,
            }),
            Err(problems) => Err(BadLine { number, problems }),
        }))
    }
}
