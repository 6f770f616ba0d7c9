//! The columns of one CSV file, and the events in its records.

use super::error::Flaw;
use super::field::{FieldPath, close_gaps};
use super::map::{ColumnRef, Map, Reading, Source};
use super::spreadsheet;
use knockcal::document::nearest;
use knockcal::knock::is_nothing;
use serde_json::{Value, json};

/// What spreadsheets write into a cell whose formula has no result.
const ERRORS: [&str; 9] = [
    "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#ERROR!",
];

/// The columns of a file, and the fields that they hold.
#[derive(Debug)]
pub(super) struct Columns {
    /// How many there are, named or not.
    count: usize,
    /// How many cells a record has at least.
    least: usize,
    fields: Vec<Field>,
    constants: Vec<(FieldPath, Value)>,
}

/// A field and the columns that hold it.
#[derive(Debug)]
struct Field {
    path: FieldPath,
    columns: Vec<usize>,
    reading: Reading,
    /// The columns as they are shown.
    name: String,
}

impl Columns {
    /// The columns of these names, under a map, or named like the fields that they hold.
    pub(super) fn new(names: &[String], map: Option<&Map>) -> Result<Self, String> {
        let fields = match map {
            Some(map) => mapped(names, map)?,
            None => named_like_fields(names)?,
        };
        let constants = map.map(|map| map.constants.clone()).unwrap_or_default();
        let paths = fields.iter().map(|field| &field.path);
        apart(&paths.chain(constants.iter().map(|(path, _)| path)).collect::<Vec<_>>())?;
        let last_named = names.iter().rposition(|name| !name.is_empty());
        Ok(Self {
            count: names.len(),
            least: last_named.map_or(names.len(), |last| last + 1),
            fields,
            constants,
        })
    }

    /// The event in a record, as people write it.
    pub(super) fn event(&self, cells: &[String]) -> Result<Value, Vec<Flaw>> {
        if let Some(flaw) = self.miscounted(cells).or_else(|| self.of_errors(cells)) {
            return Err(vec![flaw]);
        }
        let mut event = json!({ "data": {} });
        let mut flaws = Vec::new();
        for (path, value) in &self.constants {
            path.put(&mut event, value.clone());
        }
        for field in &self.fields {
            let Some(text) = field.text(cells) else {
                continue;
            };
            match value(&field.path, text) {
                Ok(value) => field.path.put(&mut event, value),
                Err(flaw) => flaws.push(flaw.at(field.place())),
            }
        }
        close_gaps(&mut event);
        match flaws.is_empty() {
            true => Ok(event),
            false => Err(flaws),
        }
    }

    fn miscounted(&self, cells: &[String]) -> Option<Flaw> {
        let is_surplus = |(place, cell): (usize, &String)| place >= self.count && !cell.trim().is_empty();
        let hint = match cells.iter().enumerate().any(is_surplus) {
            true => "; a cell that holds a delimiter is to be in quotes",
            false if cells.len() < self.least => "; is it cut off?",
            false => return None,
        };
        let (count, columns) = (cells.len(), self.count);
        let cells = if count == 1 { "cell" } else { "cells" };
        Some(Flaw::new(
            "wrong-cell-count",
            format!("it has {count} {cells}, and there are {columns} columns{hint}"),
        ))
    }

    /// A record in which every field is an error of the spreadsheet.
    fn of_errors(&self, cells: &[String]) -> Option<Flaw> {
        let texts = self.fields.iter().filter_map(|field| field.text(cells));
        let texts: Vec<_> = texts.collect();
        let error = texts.first().filter(|_| texts.len() > 1)?;
        let is_error = |text: &String| ERRORS.contains(&text.as_str());
        texts.iter().all(is_error).then(|| {
            let message =
                format!("its cells are errors of the spreadsheet (`{error}`): repair the formulas, and export again");
            Flaw::new("spreadsheet-errors", message)
        })
    }

    /// A problem with its column.
    pub(super) fn flaw(&self, code: &str, pointer: &str, message: &str) -> Flaw {
        let flaw = Flaw::new(code, message);
        if let Some(field) = self.fields.iter().find(|field| field.path.holds(pointer)) {
            return flaw.at(field.place());
        }
        let place: Vec<_> = pointer.split('/').skip(1).collect();
        match place.strip_prefix(&["data"]).unwrap_or(&place) {
            [] => flaw,
            place => flaw.at(format!("field `{}`", place.join("."))),
        }
    }
}

impl Field {
    fn place(&self) -> String {
        match self.columns.as_slice() {
            [_] => format!("column {}", self.name),
            _ => format!("columns {}", self.name),
        }
    }

    /// What its cells say; nothing when they are empty. Of several, those that stand for nothing are passed over, unless
    /// all do.
    fn text(&self, cells: &[String]) -> Option<String> {
        let texts = self.columns.iter().filter_map(|column| cells.get(*column));
        let mut texts: Vec<_> = texts.map(|cell| bare(cell)).filter(|text| !text.is_empty()).collect();
        if !texts.iter().all(|text| is_nothing(text)) {
            texts.retain(|text| !is_nothing(text));
        }
        match &self.reading {
            Reading::First => texts.first().map(|text| (*text).to_owned()),
            Reading::Joined(with) => {
                let is_time = self.path.is("startTime") || self.path.is("endTime");
                let moment = is_time.then(|| spreadsheet::moment(&texts)).flatten();
                moment.or((!texts.is_empty()).then(|| texts.join(with)))
            }
        }
    }
}

/// The text of a cell, without what spreadsheets put around it to keep zeros: `="02134"`.
fn bare(cell: &str) -> &str {
    let cell = clean(cell);
    match cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) if !inside.contains('"') => inside.trim(),
        _ => cell,
    }
}

/// Without white space and marks that nobody sees at its ends.
pub(super) fn clean(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}'))
}

fn value(path: &FieldPath, text: String) -> Result<Value, Flaw> {
    if (path.is("id") || path.is("subject")) && spreadsheet::is_shortened(&text) {
        let message = format!(
            "`{text}` is a number that the spreadsheet shortened, and others look like it: format the column as text, and \
             export again from where the numbers are whole"
        );
        return Err(Flaw::new("invalid-value", message));
    }
    if !path.is("notify") {
        return Ok(Value::String(text));
    }
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        _ => Err(Flaw::new(
            "invalid-value",
            format!("expected `true` or `false`, not `{text}`"),
        )),
    }
}

/// The columns that a map names.
fn mapped(names: &[String], map: &Map) -> Result<Vec<Field>, String> {
    let field = |(path, Source { columns, reading }): &(FieldPath, Source)| {
        let find = |column: &ColumnRef| find(names, path, column);
        let columns = columns.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        Ok(Field {
            path: path.clone(),
            name: shown(names, &columns),
            columns,
            reading: reading.clone(),
        })
    };
    map.columns.iter().map(field).collect()
}

fn find(names: &[String], path: &FieldPath, column: &ColumnRef) -> Result<usize, String> {
    let field = path.written();
    match column {
        ColumnRef::Place(place) if *place < names.len() => Ok(*place),
        ColumnRef::Place(place) => Err(format!(
            "there is no column {}, which the map names for `{field}`; there are {}",
            place + 1,
            names.len()
        )),
        ColumnRef::Name(name) => match matching(names, name).as_slice() {
            [only] => Ok(*only),
            [] => {
                let named = names.iter().map(String::as_str).filter(|name| !name.is_empty());
                let hint = nearest(name, named)
                    .map(|near| format!("did you mean `{near}`? "))
                    .unwrap_or_default();
                Err(format!(
                    "there is no column `{name}`, which the map names for `{field}`; {hint}columns found: {}",
                    listed(names)
                ))
            }
            several => {
                let places: Vec<_> = several.iter().map(|column| (column + 1).to_string()).collect();
                Err(format!(
                    "several columns are named `{name}`, which the map names for `{field}`; write the number of the one \
                     that is meant: {}",
                    places.join(" or ")
                ))
            }
        },
    }
}

/// The columns of a name: as it is written, or else however it is written.
pub(super) fn matching(names: &[String], name: &str) -> Vec<usize> {
    let like = |is_it: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let all = names.iter().enumerate();
        all.filter(|(_, name)| is_it(name)).map(|(place, _)| place).collect()
    };
    match like(&|other| other == name) {
        exact if !exact.is_empty() => exact,
        _ => like(&|other| plain(other) == plain(name)),
    }
}

/// A name as it is compared.
fn plain(name: &str) -> String {
    let name = clean(name).to_lowercase();
    name.split(|letter: char| letter.is_whitespace() || letter == '_')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The columns as messages list them.
pub(super) fn listed(names: &[String]) -> String {
    let named: Vec<_> = names
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| format!("`{name}`"))
        .collect();
    match named.is_empty() {
        true => "none".to_owned(),
        false => named.join(", "),
    }
}

/// Columns named like the fields that they hold. Those without a name are left out.
fn named_like_fields(names: &[String]) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    for (column, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if names.iter().take(column).any(|other| other == name) {
            return Err(format!(
                "two columns are named `{name}`; rename one, or name columns by their numbers in a map (`--map`)"
            ));
        }
        fields.push(Field {
            path: FieldPath::of_column(name),
            name: shown(names, &[column]),
            columns: vec![column],
            reading: Reading::First,
        });
    }
    match fields.is_empty() {
        true => Err("no column has a name".to_owned()),
        false => Ok(fields),
    }
}

fn shown(names: &[String], columns: &[usize]) -> String {
    let name = |column: &usize| match names.get(*column).filter(|name| !name.is_empty()) {
        Some(name) => format!("`{name}`"),
        None => (column + 1).to_string(),
    };
    columns.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// No field may be within another one, or be there twice.
fn apart(paths: &[&FieldPath]) -> Result<(), String> {
    for (index, path) in paths.iter().enumerate() {
        if let Some(other) = paths.iter().take(index).find(|other| other.overlaps(path)) {
            return Err(format!(
                "`{}` and `{}` cannot both be given",
                other.written(),
                path.written()
            ));
        }
    }
    Ok(())
}
