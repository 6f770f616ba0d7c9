//! A map that is proposed for the columns of a table.

use super::table::Table;
use crate::proposal::{Confidence, OF_PERSON, Place, Proposal, Proposed, Reading, propose};
use knockcal::document::KeyPath;

/// How many values of a column are looked at.
const SAMPLES: usize = 50;

impl Table {
    /// The map that the names of the columns and their first values propose, TOML; nothing where they tell nothing.
    pub fn proposed_map(&self) -> Option<String> {
        let columns: Vec<usize> = (0..self.columns.len()).collect();
        let places: Vec<_> = columns.iter().map(|column| self.place(*column)).collect();
        let proposal = propose(&places);
        if proposal.fields.is_empty() {
            return None;
        }
        let mut lines = Vec::new();
        if self.header_line.is_none() {
            lines.push("header = false".to_owned());
        }
        lines.push("[columns]".to_owned());
        let taken = |field: &&Proposed| field.confidence != Confidence::Remark;
        let field = |name: &str| proposal.fields.iter().filter(taken).find(|field| field.field == name);
        if let (None, Some(subject)) = (field("id"), field("subject")) {
            // A line that is changed later is another event all the same, for its content counts, too.
            lines.push(self.line(&Proposed {
                field: "id",
                ..subject.clone()
            }));
        }
        lines.extend(proposal.fields.iter().map(|field| self.line(field)));
        lines.extend(self.remarks(&proposal));
        Some(lines.join("\n"))
    }

    fn place(&self, column: usize) -> Place {
        let cells = self.samples.iter().filter_map(|cells| cells.get(column));
        let filled = cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let name = self.columns.get(column).map(String::as_str).unwrap_or_default();
        Place {
            path: KeyPath::of_names([name]),
            called: None,
            doubt: None,
            samples: filled.take(SAMPLES).map(str::to_owned).collect(),
        }
    }

    fn line(&self, field: &Proposed) -> String {
        let columns: Vec<_> = field.places.iter().map(|column| self.written(*column)).collect();
        let list = format!("[{}]", columns.join(", "));
        let (suffix, value) = match (columns.as_slice(), field.reading) {
            ([only], _) => ("", only.clone()),
            (_, Reading::First) => (".first", list),
            (_, Reading::Joined) => ("", list),
            (_, Reading::Lines) => (".lines", list),
        };
        let (mark, remark) = match field.confidence {
            Confidence::Sure => ("", String::new()),
            Confidence::Likely => ("", format!("  # look at this one: {}", in_a_line(&field.why))),
            Confidence::Remark => ("# ", format!("  # {OF_PERSON}")),
        };
        format!("{mark}{}{suffix} = {value}{remark}", field.field)
    }

    /// A column as the map names it: by its name, or by its number where the name does not tell.
    fn written(&self, column: usize) -> String {
        let name = self.columns.get(column).filter(|name| !name.is_empty());
        let is_only = |name: &&String| self.columns.iter().filter(|other| other == name).count() == 1;
        match name.filter(|_| self.header_line.is_some()).filter(is_only) {
            // As JSON writes it, a text is one line, and TOML reads it but for one letter.
            Some(name) => serde_json::Value::from(name.as_str())
                .to_string()
                .replace('\u{7f}', "\\u007f"),
            None => (column + 1).to_string(),
        }
    }

    fn remarks(&self, proposal: &Proposal) -> Vec<String> {
        let left = proposal.left.iter().filter_map(|column| self.columns.get(*column));
        let left: Vec<_> = left
            .filter(|name| !name.is_empty())
            .map(|name| format!("`{name}`"))
            .collect();
        let mut remarks = Vec::new();
        if !left.is_empty() {
            remarks.push(format!("# not used: {}", in_a_line(&left.join(", "))));
        }
        // What a connection needs that is not of the table is for `knock check` to say.
        let missing = proposal.missing.iter().filter(|missing| !missing.contains("[source]"));
        remarks.extend(missing.map(|missing| format!("# missing: {}", in_a_line(missing))));
        remarks
    }
}

/// A comment is one line.
fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::bulk::{Map, Table};

    fn proposed(table: &str) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leads.csv");
        std::fs::write(&path, table).unwrap();
        Table::find(&path, None).unwrap().proposed_map().unwrap_or_default()
    }

    #[test]
    fn a_proposed_map_fits_the_table() {
        let table = "Lead ID,First \"F\" Name,Phone,Phone,Appt Date,Appt Time,Colour\n\
                     7,Ann,(512) 555-0142,,06/04/2030,2:00 PM,red\n";
        let map = proposed(&table.replace("First \"F\" Name", "\"First \"\"F\"\" Name\""));
        assert!(map.contains("id = \"Lead ID\"\n"), "{map}");
        assert!(map.contains("startTime = [\"Appt Date\", \"Appt Time\"]"), "{map}");
        Map::read(&map).unwrap();
        // Columns of one name are told apart by their numbers.
        let phone = map
            .lines()
            .find(|line| line.starts_with("lead.phone"))
            .unwrap_or_default();
        assert!(phone.contains('3') && !phone.contains("\"Phone\""), "{map}");
    }

    #[test]
    fn a_few_odd_lines_do_not_decide_against_a_column() {
        let map = proposed("id,startTime,lead.phone\nv1,2030-06-04 10:00,5.1E+09\nv2,2030-06-04 11:00,x\nTotal,2,\n");
        for column in ["startTime = \"startTime\"", "lead.phone = \"lead.phone\""] {
            assert!(map.contains(column), "{map}");
        }
    }

    #[test]
    fn a_table_that_tells_nothing_has_no_map() {
        assert_eq!(proposed("xq,zw\n1,2\n"), "");
    }
}
