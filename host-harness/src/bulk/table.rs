//! How the table of a file is laid out: its encoding, its delimiter, and the line with the names of its columns.
//!
//! All of that is found in the file, unless a [`Map`] says it. What cannot be told is asked for, and never guessed.

use super::columns::{clean, matching};
use super::content;
use super::csv::{Record, record};
use super::encoding::{Encoded, start};
use super::error::BulkError;
use super::lines::{LINE_FEED, Lines};
use super::map::{ColumnRef, Map};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// What may stand between columns.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How much of a file is looked at, in bytes and in records.
const LOOKED_AT: u64 = 1024 * 1024;
const RECORDS: usize = 200;

/// How many records may stand before the names of the columns: a title, a date.
const BEFORE_HEADER: usize = 30;

/// How many cells a record may have beyond the names of the columns, for a line of names to be known all the same.
const MOST_SURPLUS: usize = 3;

/// How the table of a file is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What stands between columns.
    pub delimiter: char,
    /// Name of the encoding.
    pub encoding: &'static str,
    /// The line with the names of the columns; nothing where there is none.
    pub header_line: Option<u64>,
    /// The names of the columns; numbers where no line names them.
    pub columns: Vec<String>,
    /// What was assumed, for people.
    pub notes: Vec<String>,
    /// The first records.
    pub(super) samples: Vec<Vec<String>>,
    pub(super) encoded: Encoded,
    pub(super) line_end: u8,
    /// The last line before the records.
    pub(super) records_after: u64,
}

/// The first records of a file, cut at a delimiter.
struct Candidate {
    delimiter: u8,
    records: Vec<(u64, Vec<String>)>,
    /// How many cells most records have, and how many of a thousand do.
    cells: usize,
    share: usize,
    /// Place of the record with the names of the columns.
    header: Option<usize>,
}

impl Table {
    /// Looks at the beginning of a file.
    pub fn find(path: &Path, map: Option<&Map>) -> Result<Self, BulkError> {
        if let Some(reason) = content::foreign(&start(path)?) {
            return Err(BulkError::content(path, reason));
        }
        let encoded = Encoded::find(path, map.and_then(|map| map.encoding))?;
        let (text, is_whole) = beginning(path, encoded)?;
        if let Some(reason) = content::foreign(&text) {
            return Err(BulkError::content(path, reason));
        }
        let line_end = match text.contains(&b'\n') || !text.contains(&b'\r') {
            true => LINE_FEED,
            false => b'\r',
        };
        let (said, said_in_line) = said_delimiter(&text, path, line_end)?;
        let said = map.and_then(|map| map.delimiter).or(said);
        let delimiters = said.map_or(DELIMITERS.to_vec(), |said| vec![said]);
        let candidates = delimiters
            .into_iter()
            .map(|delimiter| Candidate::read(&text, is_whole, path, line_end, delimiter, said_in_line))
            .collect::<Result<Vec<_>, _>>()?;
        if candidates.iter().all(|candidate| candidate.records.is_empty()) {
            return Err(BulkError::header(path, None, "the file is empty"));
        }
        let candidate = match map {
            Some(map) if map.has_header => by_map(candidates, map),
            _ => by_look(candidates).map_err(|reason| BulkError::header(path, None, reason))?,
        };
        let mut table = Self::of(candidate, map, encoded, line_end, said_in_line);
        table.check(path, map)?;
        table.note_letters();
        Ok(table)
    }

    fn of(candidate: Candidate, map: Option<&Map>, encoded: Encoded, line_end: u8, said_in_line: u64) -> Self {
        let has_header = map.is_none_or(|map| map.has_header);
        let header = candidate.header.filter(|_| has_header);
        let record = header.and_then(|header| candidate.records.get(header));
        let header_line = record.map(|(line, _)| *line);
        let columns = match record {
            Some((_, cells)) => cells.iter().map(|cell| clean(cell).to_owned()).collect(),
            None => (1..=candidate.cells.max(1)).map(|column| column.to_string()).collect(),
        };
        let skipped = header.map_or(0, |header| header + 1);
        Self {
            delimiter: char::from(candidate.delimiter),
            encoding: encoded.name(),
            header_line,
            columns,
            notes: Vec::new(),
            samples: candidate
                .records
                .into_iter()
                .skip(skipped)
                .map(|(_, cells)| cells)
                .collect(),
            encoded,
            line_end,
            records_after: header_line.unwrap_or(said_in_line),
        }
    }

    /// Makes sure that the names of the columns are names.
    fn check(&mut self, path: &Path, map: Option<&Map>) -> Result<(), BulkError> {
        let Some(line) = self.header_line else {
            return Ok(());
        };
        if let (None, Some(cell)) = (map, self.columns.iter().find(|cell| looks_like_data(cell))) {
            let reason = format!(
                "`{cell}` looks like data and not like the name of a column: add a line with names, or number the columns in \
                 a map with `header = false`"
            );
            return Err(BulkError::header(path, Some(line), reason));
        }
        if map.is_none() {
            for column in self.unnamed_with_cells() {
                self.notes.push(format!("column {column} has no name and is left out"));
            }
        }
        Ok(())
    }

    fn unnamed_with_cells(&self) -> Vec<usize> {
        let is_filled = |column: usize| {
            let cells = self.samples.iter().filter_map(|cells| cells.get(column));
            cells.into_iter().any(|cell| !clean(cell).is_empty())
        };
        let unnamed = self
            .columns
            .iter()
            .enumerate()
            .filter(|(column, name)| name.is_empty() && is_filled(*column));
        unnamed.map(|(column, _)| column + 1).collect()
    }

    /// Shows how letters were read where the encoding was assumed.
    fn note_letters(&mut self) {
        if !self.encoded.is_assumed {
            return;
        }
        let cells = self.columns.iter().chain(self.samples.iter().flatten());
        let example = cells
            .into_iter()
            .find(|cell| !cell.is_ascii())
            .map(|cell| format!(", such as `{}`", clean(cell)));
        self.notes.push(format!(
            "the file is not UTF-8 and was read as {}{}; where letters are wrong, save it as UTF-8 or write `encoding` into \
             the map",
            self.encoding,
            example.unwrap_or_default()
        ));
    }

    /// The delimiter as it is shown.
    pub fn delimiter_name(&self) -> String {
        match self.delimiter {
            '\t' => "tab".to_owned(),
            delimiter => format!("`{delimiter}`"),
        }
    }
}

/// The text at the beginning of a file, and whether that is all.
fn beginning(path: &Path, encoded: Encoded) -> Result<(Vec<u8>, bool), BulkError> {
    let mut text = Vec::new();
    let read = encoded.open(path)?.take(LOOKED_AT).read_to_end(&mut text);
    let read = read.map_err(|error| BulkError::open(path, &error))?;
    Ok((text, u64::try_from(read).is_ok_and(|read| read < LOOKED_AT)))
}

/// The delimiter that Excel writes into a line of its own, `sep=;`, and the number of that line.
fn said_delimiter(text: &[u8], path: &Path, line_end: u8) -> Result<(Option<u8>, u64), BulkError> {
    let mut lines = Lines::new(text, path, line_end);
    while let Some(line) = lines.next()? {
        let bytes = line.bytes.unwrap_or_default();
        let bytes = bytes.strip_prefix(b"\"").unwrap_or(&bytes);
        let bytes = bytes.strip_suffix(b"\"").unwrap_or(bytes);
        match bytes {
            bytes if bytes.trim_ascii().is_empty() => {}
            [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => return Ok((Some(*delimiter), line.number)),
            _ => break,
        }
    }
    Ok((None, 0))
}

impl Candidate {
    fn read(
        text: &[u8],
        is_whole: bool,
        path: &Path,
        line_end: u8,
        delimiter: u8,
        after_line: u64,
    ) -> Result<Self, BulkError> {
        let mut lines = Lines::new(text, path, line_end);
        let mut records = Vec::new();
        while let Some(Record { number, cells }) = record(&mut lines, delimiter)? {
            if number > after_line
                && let Ok(cells) = cells
                && cells.iter().any(|cell| !clean(cell).is_empty())
            {
                records.push((number, cells));
            }
            if records.len() > RECORDS {
                break;
            }
        }
        if (!is_whole || records.len() > RECORDS) && records.len() > 1 {
            records.pop();
        }
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, cells) in &records {
            *counts.entry(cells.len()).or_default() += 1;
        }
        let most = counts.iter().max_by_key(|(cells, records)| (**records, **cells));
        let (cells, share) = most.map_or((0, 0), |(cells, of)| (*cells, of * 1_000 / records.len().max(1)));
        let mut candidate = Self {
            delimiter,
            records,
            cells,
            share,
            header: None,
        };
        candidate.header = candidate.header_by_look();
        Ok(candidate)
    }

    /// The first record as wide as the others of which most cells are filled: a title stands in a cell or two.
    fn header_by_look(&self) -> Option<usize> {
        let is_header = |(_, cells): &(u64, Vec<String>)| {
            let filled = cells.iter().filter(|cell| !clean(cell).is_empty()).count();
            cells.len() == self.cells && 2 * filled >= cells.len()
        };
        let by_width = self.records.iter().take(BEFORE_HEADER).position(is_header)?;
        // Records may all be wider than their names: with a delimiter at the end, or one within a cell without quotes.
        let is_name = |cell: &String| !clean(cell).is_empty() && !looks_like_data(cell);
        let is_names =
            |cells: &[String]| cells.len() > 1 && cells.iter().all(is_name) && cells.len() + MOST_SURPLUS >= self.cells;
        let (_, cells) = self.records.get(by_width)?;
        let before = self
            .records
            .iter()
            .take(by_width)
            .position(|(_, cells)| is_names(cells));
        match cells.iter().any(|cell| looks_like_data(cell)) {
            true => before.or(Some(by_width)),
            false => Some(by_width),
        }
    }

    /// The record that has most columns of a map, and how many those are.
    fn header_by_map(&self, map: &Map) -> Option<(usize, usize)> {
        let found = |cells: &[String]| {
            let wanted = map.refs().filter(|(_, column)| match column {
                ColumnRef::Name(name) => !matching(cells, name).is_empty(),
                ColumnRef::Place(_) => false,
            });
            wanted.count()
        };
        let records = self.records.iter().take(BEFORE_HEADER).enumerate();
        let counted = records.map(|(place, (_, cells))| (place, found(cells)));
        // Of two alike the first.
        counted
            .rev()
            .max_by_key(|(_, found)| *found)
            .filter(|(_, found)| *found > 0)
    }
}

/// The candidate with most columns of a map.
fn by_map(candidates: Vec<Candidate>, map: &Map) -> Candidate {
    let (mut best, mut best_found) = (None, 0);
    for candidate in &candidates {
        if let Some((place, found)) = candidate.header_by_map(map)
            && found > best_found
        {
            (best, best_found) = (Some((candidate.delimiter, place)), found);
        }
    }
    let widest = |candidates: Vec<Candidate>| {
        let by_share = |one: &Candidate| (one.cells > 1, one.share, one.cells);
        candidates.into_iter().max_by_key(by_share)
    };
    match best {
        Some((delimiter, place)) => {
            let chosen = candidates
                .into_iter()
                .find(|candidate| candidate.delimiter == delimiter);
            chosen.map(|candidate| Candidate {
                header: Some(place),
                ..candidate
            })
        }
        None => widest(candidates),
    }
    .unwrap_or_else(Candidate::none)
}

/// The candidate under which the table is a table.
fn by_look(candidates: Vec<Candidate>) -> Result<Candidate, String> {
    let is_table = |candidate: &&Candidate| candidate.cells > 1 && candidate.header.is_some();
    let best = candidates
        .iter()
        .filter(is_table)
        .map(|candidate| candidate.share)
        .max();
    let Some(best) = best else {
        // One column alone.
        return Ok(candidates.into_iter().next().unwrap_or_else(Candidate::none));
    };
    let tables: Vec<_> = candidates
        .into_iter()
        .filter(|candidate| is_table(&candidate) && candidate.share == best)
        .collect();
    if let [one, other, ..] = tables.as_slice() {
        let shown = |candidate: &Candidate| char::from(candidate.delimiter).escape_default().to_string();
        return Err(format!(
            "the columns may be divided by `{}` or by `{}`: write `delimiter` into a map (`--map`)",
            shown(one),
            shown(other)
        ));
    }
    Ok(tables.into_iter().next().unwrap_or_else(Candidate::none))
}

impl Candidate {
    fn none() -> Self {
        Self {
            delimiter: b',',
            records: Vec::new(),
            cells: 0,
            share: 0,
            header: None,
        }
    }
}

/// Whether a cell holds a value where the name of a column is expected: a phone number, a date, an e-mail address.
fn looks_like_data(cell: &str) -> bool {
    let letters = cell.chars().filter(|letter| letter.is_alphanumeric()).count();
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    (digits >= 4 && 2 * digits >= letters) || (cell.contains('@') && cell.contains('.'))
}
