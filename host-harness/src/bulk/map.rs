//! What the columns of a CSV file mean.

use super::error::BulkError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the columns of a CSV file mean.
///
/// ```toml
/// delimiter = ";"                      # `,` unless said otherwise
///
/// [columns]                            # a field of the event = a column of the file
/// id = "Lead ID"
/// subject = "Pin"
/// startTime = "Appointment"
/// lead.firstName = "First Name"
/// lead.phone = "Phone"
///
/// [constants]                          # a field of the event = what it is in every line
/// trigger = "knocker.lead_booked"
/// calendarName = "Roof Inspections"
/// ```
///
/// Fields are dotted paths into the event's data. `id`, `subject`, `trigger`, `occurred_at`, `expires_at` and `notify`
/// stand beside the data. Columns that are not named are left out, and so are cells that are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    pub(super) delimiter: u8,
    /// Column by field.
    pub(super) columns: BTreeMap<String, String>,
    /// Value by field.
    pub(super) constants: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default = "comma")]
    delimiter: String,
    columns: toml::Table,
    #[serde(default)]
    constants: toml::Table,
}

fn comma() -> String {
    ",".to_owned()
}

impl Map {
    /// Reads a map, TOML.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read(text: &str) -> Result<Self, BulkError> {
        let Written {
            delimiter,
            columns,
            constants,
        } = toml::from_str(text).map_err(|error| BulkError::NoMap(Box::new(error)))?;
        let delimiter = match delimiter.as_bytes() {
            [byte] if !matches!(byte, b'"' | b'\r' | b'\n') && byte.is_ascii() => *byte,
            _ => return Err(BulkError::Map(format!("`delimiter` is one letter, not `{delimiter}`"))),
        };
        let mut map = Self {
            delimiter,
            columns: BTreeMap::new(),
            constants: BTreeMap::new(),
        };
        for (field, value) in fields(&columns) {
            let Some(column) = value.as_str() else {
                return Err(BulkError::Map(format!(
                    "`columns.{field}` is the name of a column, as text"
                )));
            };
            map.columns.insert(field, column.trim().to_owned());
        }
        for (field, value) in fields(&constants) {
            if map.columns.contains_key(&field) {
                return Err(BulkError::Map(format!("`{field}` is both a column and a constant")));
            }
            let value = serde_json::to_value(value).map_err(|error| BulkError::Map(error.to_string()))?;
            map.constants.insert(field, value);
        }
        if map.columns.is_empty() {
            return Err(BulkError::Map("`[columns]` names no column".to_owned()));
        }
        Ok(map)
    }
}

/// The leaves of a table by their dotted paths.
fn fields(table: &toml::Table) -> Vec<(String, &toml::Value)> {
    let mut fields = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                let inner = self::fields(inner).into_iter();
                fields.extend(inner.map(|(path, value)| (format!("{key}.{path}"), value)));
            }
            leaf => fields.push((key.clone(), leaf)),
        }
    }
    fields
}
