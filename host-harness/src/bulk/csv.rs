//! Comma-separated values, as spreadsheets write them.

use super::columns::Columns;
use super::error::{BulkError, Flaw};
use super::json::Written;
use super::lines::{LONGEST, Lines, text, too_long};
use super::map::Map;
use super::table::Table;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

/// How many columns a table has at least of which a line within a cell can be recognised as a line of its own.
const WIDE: usize = 5;

/// Reads CSV: a line with the names of the columns, then a record after the other.
pub(super) struct Reader<R> {
    lines: Lines<R>,
    table: Arc<Table>,
    columns: Arc<Columns>,
}

/// The cells of a record, or why there are none.
pub(super) struct Record {
    /// Its first line.
    pub(super) number: u64,
    pub(super) cells: Result<Vec<String>, Flaw>,
}

impl Reader<Box<dyn BufRead + Send>> {
    pub(super) fn open(path: &Path, map: Option<&Map>) -> Result<Self, BulkError> {
        let table = Table::find(path, map)?;
        let columns = Columns::new(&table.columns, map);
        let columns = columns.map_err(|reason| BulkError::header(path, table.header_line, reason))?;
        let text = table.encoded.open(path)?;
        Ok(Self {
            lines: Lines::new(text, path, table.line_end),
            table: Arc::new(table),
            columns: Arc::new(columns),
        })
    }
}

impl<R: BufRead> Reader<R> {
    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    pub(super) fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// The next record that is not empty, with the number of its first line.
    pub(super) fn next(&mut self) -> Option<Result<(u64, Written), BulkError>> {
        let delimiter = u8::try_from(self.table.delimiter).unwrap_or(b',');
        loop {
            let record = match record(&mut self.lines, delimiter) {
                Ok(record) => record?,
                Err(error) => return Some(Err(error)),
            };
            if record.number <= self.table.records_after {
                continue;
            }
            let written = match record.cells {
                Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty()) => continue,
                Ok(cells) => match self.flaw(&cells) {
                    Some(flaw) => Err(vec![flaw]),
                    None => self.columns.event(&cells),
                },
                Err(flaw) => Err(vec![flaw]),
            };
            return Some(Ok((record.number, written)));
        }
    }

    /// What is wrong with the cells of a record, whatever they mean.
    fn flaw(&self, cells: &[String]) -> Option<Flaw> {
        let encoding = self.table.encoding;
        if encoding != "UTF-8" && cells.iter().any(|cell| cell.contains(char::REPLACEMENT_CHARACTER)) {
            let message = format!("a letter in it is not valid {encoding}; save the file as UTF-8");
            return Some(Flaw::new("invalid-encoding", message));
        }
        let delimiters = |line: &str| line.chars().filter(|letter| *letter == self.table.delimiter).count();
        let is_record = |line: &str| delimiters(line) + 1 >= self.table.columns.len();
        let is_wide = self.table.columns.len() >= WIDE;
        let swallows = |cell: &String| cell.lines().skip(1).any(is_record);
        (is_wide && cells.iter().any(swallows)).then(|| {
            let message = "a cell of it holds whole lines of the table: is a quote not closed?";
            Flaw::new("unclosed-quote", message)
        })
    }
}

/// The next record that has more than white space. One whose cells hold line breaks has several lines.
///
/// Records are cut out here and parsed one by one, so that each has its line number, and a quote that is never closed
/// costs no more memory than the longest record.
pub(super) fn record<R: BufRead>(lines: &mut Lines<R>, delimiter: u8) -> Result<Option<Record>, BulkError> {
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
                return bad(unclosed());
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
        cells: Err(unclosed()),
    }))
}

fn unclosed() -> Flaw {
    Flaw::new("unclosed-quote", "a quote is opened in it and not closed")
}

/// The cells of one record.
fn cells(record: &str, delimiter: u8) -> Result<Vec<String>, Flaw> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(record.len().max(1))
        .from_reader(record.as_bytes());
    let mut cells = csv::StringRecord::new();
    reader
        .read_record(&mut cells)
        .map_err(|error| Flaw::new("invalid-record", error.to_string()))?;
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
