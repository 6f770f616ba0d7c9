//! What the columns of a CSV file mean.

use super::error::BulkError;
use super::field::FieldPath;
use encoding_rs::Encoding;
use serde::Deserialize;
use serde_json::Value;

/// What joins the cells of several columns where the map does not say.
const JOINED_BY: &str = " ";

/// What joins those of an address in one line.
const ADDRESS_JOINED_BY: &str = ", ";

/// What the columns of a CSV file mean.
///
/// ```toml
/// delimiter = ";"                      # default: found in the file; also "tab"
/// encoding = "windows-1252"            # default: found in the file
/// header = false                       # no line names the columns: they are numbers then
///
/// [columns]                            # a field of the event = a column of the file
/// id = "Lead ID"
/// subject = "Pin"
/// startTime = ["Appt Date", "Appt Time"]   # joined by a blank; of `address` by a comma and a blank
/// lead.firstName = "First Name"
/// lead.phone.first = ["Mobile", "Phone"]   # the first that is not empty
/// notes.lines = ["Notes", "Gate code"]     # each in a line
/// "customFields['Roof type']" = 7          # a column by its place, from one
///
/// [constants]                          # a field of the event = what it is in every line
/// trigger = "knocker.lead_booked"
/// calendarName = "Roof Inspections"
/// ```
///
/// Fields are paths into the event's data. `id`, `subject`, `trigger`, `occurred_at`, `expires_at` and `notify` stand
/// beside the data. Columns that are not named are left out, and so are cells that are empty. Case and blanks around the
/// names of columns do not count.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    pub(super) delimiter: Option<u8>,
    pub(super) encoding: Option<&'static Encoding>,
    /// Whether a line names the columns.
    pub(super) has_header: bool,
    /// The columns of each field.
    pub(super) columns: Vec<(FieldPath, Source)>,
    /// Value by field.
    pub(super) constants: Vec<(FieldPath, Value)>,
}

/// The columns that hold a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) columns: Vec<ColumnRef>,
    pub(super) reading: Reading,
}

/// A column, as the map says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ColumnRef {
    Name(String),
    /// From zero.
    Place(usize),
}

/// How several cells are one value. Those that are empty are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of them, with this between them.
    Joined(String),
    /// The first.
    First,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    delimiter: Option<String>,
    encoding: Option<String>,
    #[serde(default = "yes")]
    header: bool,
    columns: toml::Table,
    #[serde(default)]
    constants: toml::Table,
}

fn yes() -> bool {
    true
}

impl Map {
    /// Reads a map, TOML.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read(text: &str) -> Result<Self, BulkError> {
        let Written {
            delimiter,
            encoding,
            header,
            columns,
            constants,
        } = toml::from_str(text).map_err(|error| BulkError::NoMap(Box::new(error)))?;
        let mut map = Self {
            delimiter: delimiter.as_deref().map(delimiter_of).transpose()?,
            encoding: encoding.as_deref().map(encoding_of).transpose()?,
            has_header: header,
            columns: Vec::new(),
            constants: Vec::new(),
        };
        for (path, value) in leaves(&columns, is_source) {
            let path = FieldPath::read(&path).map_err(BulkError::Map)?;
            let source = source(&path, value)?;
            map.columns.push((path, source));
        }
        for (path, value) in leaves(&constants, |_| false) {
            let path = FieldPath::read(&path).map_err(BulkError::Map)?;
            if map.columns.iter().any(|(other, _)| *other == path) {
                let message = format!("`{}` is both a column and a constant", path.written());
                return Err(BulkError::Map(message));
            }
            let value = serde_json::to_value(value).map_err(|error| BulkError::Map(error.to_string()))?;
            map.constants.push((path, value));
        }
        if map.columns.is_empty() {
            return Err(BulkError::Map("`[columns]` names no column".to_owned()));
        }
        let named = map.refs().find_map(|(path, column)| match column {
            ColumnRef::Name(name) => Some((path, name)),
            ColumnRef::Place(_) => None,
        });
        if let (false, Some((path, name))) = (map.has_header, named) {
            return Err(BulkError::Map(format!(
                "`columns.{}`: with `header = false` a column is a number from 1, not `{name}`",
                path.written()
            )));
        }
        Ok(map)
    }

    /// Every column that it names, and for which field.
    pub(super) fn refs(&self) -> impl Iterator<Item = (&FieldPath, &ColumnRef)> {
        let all = self.columns.iter();
        all.flat_map(|(path, source)| source.columns.iter().map(move |column| (path, column)))
    }
}

fn delimiter_of(written: &str) -> Result<u8, BulkError> {
    match (written, written.as_bytes()) {
        ("comma", _) => Ok(b','),
        ("semicolon", _) => Ok(b';'),
        ("tab", _) => Ok(b'\t'),
        ("pipe", _) => Ok(b'|'),
        (_, [byte]) if !matches!(byte, b'"' | b'\r' | b'\n') && byte.is_ascii() => Ok(*byte),
        _ => Err(BulkError::Map(format!(
            "`delimiter` is one letter, or `comma`, `semicolon`, `tab` or `pipe`, not `{written}`"
        ))),
    }
}

fn encoding_of(written: &str) -> Result<&'static Encoding, BulkError> {
    Encoding::for_label(written.as_bytes()).ok_or_else(|| {
        let message = format!(
            "unknown encoding `{written}`: expected `utf-8`, `windows-1252`, `macintosh`, `utf-16le` or the like"
        );
        BulkError::Map(message)
    })
}

/// Whether a table is a column, and not the fields within a field.
fn is_source(table: &toml::Table) -> bool {
    let is_list = |name: &str| table.get(name).is_some_and(toml::Value::is_array);
    is_list("joined") || is_list("first") || is_list("lines")
}

fn source(path: &FieldPath, value: &toml::Value) -> Result<Source, BulkError> {
    let wrong = || {
        BulkError::Map(format!(
            "`columns.{}` is the name of a column, its number from 1, or a list of those",
            path.written()
        ))
    };
    let (columns, reading) = match value {
        toml::Value::Array(columns) => (columns.as_slice(), Reading::Joined(joined_by(path).to_owned())),
        toml::Value::Table(table) => {
            let with = table
                .get("with")
                .map(|with| with.as_str().ok_or_else(wrong))
                .transpose()?;
            let list = |name: &str| table.get(name).and_then(toml::Value::as_array);
            let keys = 1 + usize::from(with.is_some());
            let (columns, reading) = match (list("joined"), list("first"), list("lines")) {
                (Some(columns), None, None) => (columns, Reading::Joined(with.unwrap_or(joined_by(path)).to_owned())),
                (None, Some(columns), None) if with.is_none() => (columns, Reading::First),
                (None, None, Some(columns)) if with.is_none() => (columns, Reading::Joined("\n".to_owned())),
                _ => return Err(wrong()),
            };
            if table.len() != keys {
                return Err(wrong());
            }
            (columns.as_slice(), reading)
        }
        one => (std::slice::from_ref(one), Reading::First),
    };
    let column = |value: &toml::Value| match value {
        toml::Value::String(name) => Ok(ColumnRef::Name(name.trim().to_owned())),
        toml::Value::Integer(place) => {
            let place = usize::try_from(*place).ok().and_then(|place| place.checked_sub(1));
            place.map(ColumnRef::Place).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    };
    let columns = columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    match columns.is_empty() {
        true => Err(wrong()),
        false => Ok(Source { columns, reading }),
    }
}

fn joined_by(path: &FieldPath) -> &'static str {
    match path.is("address") {
        true => ADDRESS_JOINED_BY,
        false => JOINED_BY,
    }
}

/// The leaves of a table by their paths.
fn leaves(table: &toml::Table, is_leaf: fn(&toml::Table) -> bool) -> Vec<(String, &toml::Value)> {
    let mut all = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) if !is_leaf(inner) => {
                let inner = leaves(inner, is_leaf).into_iter();
                all.extend(inner.map(|(path, value)| match path.starts_with('[') {
                    true => (format!("{key}{path}"), value),
                    false => (format!("{key}.{path}"), value),
                }));
            }
            leaf => all.push((key.clone(), leaf)),
        }
    }
    all
}
