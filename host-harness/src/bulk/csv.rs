//! Comma-separated values, as spreadsheets write them.

use super::columns::Columns;
use super::error::BulkError;
use super::json::Written;
use super::lines::{LONGEST, Lines, text, too_long};
use super::map::Map;
use std::io::BufRead;
use std::sync::Arc;

/// Reads CSV: a line with the names of the columns, then a record after the other.
pub(super) struct Reader<R> {
    lines: Lines<R>,
    delimiter: u8,
    columns: Arc<Columns>,
}

/// The cells of a record, or why there are none.
struct Record {
    number: u64,
    cells: Result<Vec<String>, String>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(mut lines: Lines<R>, map: Option<&Map>) -> Result<Self, BulkError> {
        let delimiter = map.map_or(b',', |map| map.delimiter);
        let failed = |lines: &Lines<R>, reason: String| BulkError::header(lines.path(), reason);
        let Some(header) = record(&mut lines, delimiter)? else {
            return Err(failed(&lines, "the file is empty".to_owned()));
        };
        let names = header.cells.map_err(|reason| failed(&lines, reason))?;
        let names: Vec<_> = names.iter().map(|name| name.trim().to_owned()).collect();
        let columns = Columns::new(&names, map).map_err(|reason| failed(&lines, reason))?;
        Ok(Self {
            lines,
            delimiter,
            columns: Arc::new(columns),
        })
    }

    pub(super) fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// The next record that is not empty, with the number of its first line.
    pub(super) fn next(&mut self) -> Option<Result<(u64, Written), BulkError>> {
        loop {
            let record = match record(&mut self.lines, self.delimiter) {
                Ok(record) => record?,
                Err(error) => return Some(Err(error)),
            };
            let written = match record.cells {
                Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty()) => continue,
                Ok(cells) if cells.len() != self.columns.count => Err(vec![format!(
                    "it has {} cells, and there are {} columns",
                    cells.len(),
                    self.columns.count
                )]),
                Ok(cells) => self.columns.event(&cells),
                Err(problem) => Err(vec![problem]),
            };
            return Some(Ok((record.number, written)));
        }
    }
}

/// The next record that has more than white space. One whose cells hold line breaks has several lines.
///
/// Records are cut out here and parsed one by one, so that each has its line number, and a quote that is never closed
/// costs no more memory than the longest record.
fn record<R: BufRead>(lines: &mut Lines<R>, delimiter: u8) -> Result<Option<Record>, BulkError> {
    let mut bytes = Vec::new();
    let mut number = None;
    let mut quotes = Quotes::new(delimiter);
    while let Some(line) = lines.next()? {
        let first = *number.get_or_insert(line.number);
        let bad = |reason| {
            Ok(Some(Record {
                number: first,
                cells: Err(reason),
            }))
        };
        let Some(more) = line.bytes else {
            return bad(too_long());
        };
        if bytes.is_empty() && more.trim_ascii().is_empty() {
            number = None;
            continue;
        }
        quotes.read(&more);
        bytes.extend_from_slice(&more);
        if quotes.are_open() {
            bytes.push(b'\n');
            if bytes.len() > LONGEST {
                return bad("a quote is opened in it and not closed".to_owned());
            }
            continue;
        }
        return Ok(Some(Record {
            number: first,
            cells: text(&bytes).and_then(|text| cells(text, delimiter)),
        }));
    }
    Ok(number.map(|number| Record {
        number,
        cells: Err("a quote is opened in it and not closed".to_owned()),
    }))
}

/// The cells of one record.
fn cells(record: &str, delimiter: u8) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(record.len().max(1))
        .from_reader(record.as_bytes());
    let mut cells = csv::StringRecord::new();
    reader.read_record(&mut cells).map_err(|error| error.to_string())?;
    Ok(cells.iter().map(str::to_owned).collect())
}

/// Whether a record goes on in the next line: a cell that begins with a quote ends with one.
struct Quotes {
    delimiter: u8,
    is_open: bool,
    /// Whether a cell may begin here.
    begins: bool,
}

impl Quotes {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            is_open: false,
            begins: true,
        }
    }

    fn read(&mut self, line: &[u8]) {
        for byte in line {
            if self.is_open {
                // Two of them are one that is meant: the cell is open again at once.
                if *byte == b'"' {
                    self.is_open = false;
                    self.begins = true;
                }
            } else {
                self.is_open = *byte == b'"' && self.begins;
                self.begins = *byte == self.delimiter;
            }
        }
    }

    fn are_open(&self) -> bool {
        self.is_open
    }
}
