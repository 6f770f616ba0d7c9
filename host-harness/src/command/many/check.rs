//! Checks all events of a file before the first is carried out.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use host_harness::bulk::{BadLine, Events, Flaw, Line, Table};
use host_harness::contract::Identity;
use host_harness::engine::{Connection, RunError};
use host_harness::envelope::DEFAULT_TRIGGER;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::groups::Groups;
use super::progress::Progress;
use crate::command::exit::{BAD, Exit};
use crate::command::print::{DIM, ODD};
use crate::command::terminal::println;

/// How many events the component is asked about at a time.
const AT_A_TIME: usize = 64;

/// How many lines are shown of each kind.
const SHOWN: usize = 3;

/// Of how many lines it is shown how they were understood.
const UNDERSTOOD: usize = 3;

/// What is in a file, as far as can be known without sending anything.
#[derive(Debug)]
pub(super) struct Check {
    /// How its table was read; nothing where it is JSON lines.
    table: Option<Table>,
    pub(super) events: usize,
    pub(super) duplicates: usize,
    /// The first visits, in words.
    visits: Vec<Understood>,
    problems: Groups,
    warnings: Groups,
    /// The lines that cannot be used, by number; and each with its problems, where all are wanted.
    unusable: HashSet<u64>,
    bad_lines: Option<Vec<BadLine>>,
    // Hashes, for files of millions: these are figures to read, and nothing depends on them.
    subjects: HashMap<u64, Seen>,
    identities: HashSet<u64>,
}

/// The latest line about a subject.
#[derive(Clone, Copy, Debug)]
struct Seen {
    line: u64,
    id: u64,
    fingerprint: u64,
    is_booking: bool,
}

/// How a line was understood.
#[derive(Debug, Serialize)]
struct Understood {
    line: u64,
    visit: String,
}

/// What the component says of a line.
struct Answer {
    number: u64,
    identity: Identity,
    /// Whether it is a visit that was agreed, and no change of one.
    is_booking: bool,
    warnings: Vec<Flaw>,
}

impl Check {
    /// Asks the component who each event is. It has no network for that. With `all`, every line that cannot be used is
    /// kept, however many there are.
    pub(super) async fn of(
        mut events: Events,
        connection: &Connection,
        progress: &Progress,
        all: bool,
    ) -> Result<Self, Exit> {
        let mut check = Self::nothing(events.table().cloned(), all);
        progress.check();
        loop {
            let mut asked = JoinSet::new();
            for (index, line) in events.by_ref().take(AT_A_TIME).enumerate() {
                let (line, connection) = (line?, connection.clone());
                asked.spawn(async move { (index, look(line, &connection).await) });
            }
            if asked.is_empty() {
                progress.end();
                return Ok(check);
            }
            let mut answers = asked.join_all().await;
            answers.sort_by_key(|(index, _)| *index);
            for (_, answer) in answers {
                match answer? {
                    Ok(answer) => check.note(answer),
                    Err(bad) => check.refuse(bad),
                }
            }
            progress.checked(check.events + check.unusable.len());
        }
    }

    fn nothing(table: Option<Table>, all: bool) -> Self {
        Self {
            table,
            events: 0,
            duplicates: 0,
            visits: Vec::new(),
            problems: Groups::showing(SHOWN),
            warnings: Groups::showing(SHOWN),
            unusable: HashSet::new(),
            bad_lines: all.then(Vec::new),
            subjects: HashMap::new(),
            identities: HashSet::new(),
        }
    }

    /// Different things that the events are about.
    pub(super) fn leads(&self) -> usize {
        self.subjects.len()
    }

    pub(super) fn unusable(&self) -> usize {
        self.unusable.len()
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.unusable.is_empty()
    }

    /// Whether the event of this line can be carried out.
    pub(super) fn is_usable(&self, line: u64) -> bool {
        !self.unusable.contains(&line)
    }

    /// Whether columns hold what nothing is done with, or what cannot be used.
    pub(super) fn misses_columns(&self) -> bool {
        self.has_problems() || self.warnings.has("field-not-used")
    }

    pub(super) fn bad_lines(&self) -> &[BadLine] {
        self.bad_lines.as_deref().unwrap_or_default()
    }

    pub(super) fn print(&self, file: &str) {
        if let Some(table) = &self.table {
            print_table(file, table);
        }
        println!(
            "`{file}`: events {}, leads {}, duplicates {}, lines that cannot be used {}",
            self.events,
            self.leads(),
            self.duplicates,
            self.unusable()
        );
        for Understood { line, visit } in &self.visits {
            println!("  line {line}  {visit}");
        }
        let rest = self.events.saturating_sub(self.visits.len());
        if rest > 0 && !self.visits.is_empty() {
            println!("  {DIM}and {rest} more{DIM:#}");
        }
        self.problems.print("problems", BAD);
        self.warnings.print("warnings", ODD);
    }

    /// What programs read of it.
    pub(super) fn document(&self, file: &str) -> Value {
        json!({
            "file": file,
            "table": self.table.as_ref().map(table_document),
            "events": self.events,
            "leads": self.leads(),
            "duplicates": self.duplicates,
            "unusable": self.unusable(),
            "visits": self.visits,
            "problems": self.problems,
            "warnings": self.warnings,
        })
    }

    fn note(&mut self, answer: Answer) {
        let Answer {
            number,
            identity,
            is_booking,
            warnings,
        } = answer;
        self.events += 1;
        let seen = Seen {
            line: number,
            id: hash(&identity.event_id),
            fingerprint: hash(&identity.fingerprint),
            is_booking,
        };
        if let Some(before) = self.subjects.insert(hash(&identity.subject), seen)
            && before.fingerprint != seen.fingerprint
            && before.is_booking
            && is_booking
        {
            self.warnings.add(number, differing(before, seen, &identity));
        }
        if !self
            .identities
            .insert(hash(&(&identity.event_id, &identity.fingerprint)))
        {
            self.duplicates += 1;
        }
        if let Some(visit) = identity.visit.filter(|_| self.visits.len() < UNDERSTOOD) {
            let visit = visit.summary;
            self.visits.push(Understood { line: number, visit });
        }
        for warning in warnings {
            self.warnings.add(number, warning);
        }
    }

    fn refuse(&mut self, bad: BadLine) {
        self.unusable.insert(bad.number);
        for flaw in &bad.flaws {
            self.problems.add(bad.number, flaw.clone());
        }
        if let Some(all) = &mut self.bad_lines {
            all.push(bad);
        }
    }
}

/// Shows how a table was read.
pub(super) fn print_table(file: &str, table: &Table) {
    let columns: Vec<_> = table.columns.iter().map(|name| format!("`{name}`")).collect();
    let place = match table.header_line {
        Some(line) => format!("columns in line {line}"),
        None => "columns without names".to_owned(),
    };
    let (delimiter, encoding) = (table.delimiter_name(), table.encoding);
    println!(
        "`{file}`: {encoding}, {delimiter} between columns, {place}: {}",
        columns.join(", ")
    );
    for note in &table.notes {
        println!("  {ODD}warning{ODD:#}  {note}");
    }
}

/// What programs read of a table.
pub(super) fn table_document(table: &Table) -> Value {
    json!({
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "header_line": table.header_line,
        "columns": table.columns,
        "notes": table.notes,
    })
}

async fn look(line: Result<Line, BadLine>, connection: &Connection) -> Result<Result<Answer, BadLine>, Exit> {
    let line = match line {
        Ok(line) => line,
        Err(bad) => return Ok(Err(bad)),
    };
    let number = line.number;
    let bad = |flaws: Vec<Flaw>| Ok(Err(BadLine { number, flaws }));
    match connection.identify(line.event()).await {
        Ok(Ok(identity)) => {
            let warnings = identity.warnings.iter().map(|warning| line.warning(warning)).collect();
            Ok(Ok(Answer {
                number,
                identity,
                is_booking: line.event().trigger == DEFAULT_TRIGGER,
                warnings,
            }))
        }
        Ok(Err(problems)) => bad(problems.iter().map(|problem| line.problem(problem)).collect()),
        Err(error @ (RunError::Trapped { .. } | RunError::Contract(_) | RunError::Panicked(_))) => {
            let message = error.to_string();
            bad(vec![Flaw {
                code: "component-failed".to_owned(),
                place: None,
                message,
            }])
        }
        Err(error @ RunError::Host(_)) => Err(Exit::failed(error.to_string())),
    }
}

/// That two lines about one thing say different things.
fn differing(before: Seen, seen: Seen, identity: &Identity) -> Flaw {
    let (code, name, value) = match before.id == seen.id {
        true => ("id-differs", "id", &identity.event_id),
        false => ("subject-differs", "subject", &identity.subject),
    };
    let line = before.line;
    Flaw {
        code: code.to_owned(),
        place: None,
        message: format!(
            "line {line} has the {name} `{value}`, too, and says something else: this line changes the visit of line {line}; \
             where both are visits, write two ids, and two subjects where there are subjects"
        ),
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
