//! What is wrong with lines, or worth knowing of them, by its kind: a few examples stand for many lines.

use std::collections::BTreeMap;

use host_harness::bulk::Flaw;
use serde::Serialize;

use crate::command::print::DIM;
use crate::command::terminal::{Style, println};

/// How many kinds are told apart. Names of fields may be anything.
const KINDS: usize = 200;

/// Lines by what is said of them.
#[derive(Debug)]
pub(super) struct Groups {
    by_kind: BTreeMap<(String, Option<String>), Group>,
    /// How many lines of a kind are shown.
    shown: usize,
}

/// Lines of which the same is said.
#[derive(Debug, Default, Serialize)]
struct Group {
    /// How many there are.
    lines: usize,
    /// The first of them.
    examples: Vec<Example>,
}

#[derive(Debug, Serialize)]
struct Example {
    line: u64,
    message: String,
}

impl Groups {
    /// No lines yet; of each kind so many will be shown.
    pub(super) fn showing(shown: usize) -> Self {
        Self {
            by_kind: BTreeMap::new(),
            shown,
        }
    }

    pub(super) fn add(&mut self, line: u64, flaw: Flaw) {
        let Flaw { code, place, message } = flaw;
        let kind = (code, place);
        let is_known = self.by_kind.contains_key(&kind);
        let kind = match is_known || self.by_kind.len() < KINDS {
            true => kind,
            false => ("others".to_owned(), None),
        };
        let group = self.by_kind.entry(kind).or_default();
        group.lines += 1;
        if group.examples.len() < self.shown {
            group.examples.push(Example { line, message });
        }
    }

    /// Prints them, those of most lines first.
    pub(super) fn print(&self, heading: &str, style: Style) {
        if self.by_kind.is_empty() {
            return;
        }
        println!("{style}{heading}{style:#}");
        for ((code, place), group) in self.by_lines() {
            let lines = if group.lines == 1 { "line" } else { "lines" };
            let place = place.as_ref().map(|place| format!("{place}  ")).unwrap_or_default();
            println!("  {} {lines}  {place}{DIM}{code}{DIM:#}", group.lines);
            group.print();
        }
    }

    fn by_lines(&self) -> Vec<(&(String, Option<String>), &Group)> {
        let mut groups: Vec<_> = self.by_kind.iter().collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.lines));
        groups
    }

    /// Whether one of them is of this kind.
    pub(super) fn has(&self, code: &str) -> bool {
        self.by_kind.keys().any(|(other, _)| other == code)
    }

    /// Whether not all lines are shown.
    pub(super) fn is_shortened(&self) -> bool {
        self.by_kind.values().any(|group| group.lines > group.examples.len())
    }
}

impl Group {
    /// Prints the examples; lines of which the same is said are in one.
    fn print(&self) {
        for alike in self.examples.chunk_by(|one, other| one.message == other.message) {
            let numbers: Vec<_> = alike.iter().map(|example| example.line.to_string()).collect();
            let word = if numbers.len() == 1 { "line" } else { "lines" };
            let message = alike
                .first()
                .map(|example| example.message.as_str())
                .unwrap_or_default();
            println!("    {word} {}  {message}", numbers.join(", "));
        }
        let rest = self.lines - self.examples.len();
        if rest > 0 {
            println!("    and {rest} more");
        }
    }
}

impl Serialize for Groups {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            code: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            place: Option<&'a str>,
            #[serde(flatten)]
            group: &'a Group,
        }
        let groups = self.by_lines().into_iter();
        serializer.collect_seq(groups.map(|((code, place), group)| Shown {
            code,
            place: place.as_deref(),
            group,
        }))
    }
}
