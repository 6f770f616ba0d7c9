//! What became of the events of a file.

use host_harness::inbox::{Filter, Inbox, Status};
use serde::Serialize;
use serde_json::{Value, json};

use super::TakenIn;
use super::check::Check;
use crate::command::exit::{BAD, Exit};
use crate::command::print::{self, DIM, GOOD};
use crate::command::terminal::println;

/// How many events are looked up at a time.
const PAGE: usize = 500;

/// How many numbers are shown.
const SHOWN: usize = 20;

/// What became of the events of a file.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    file: String,
    #[serde(skip)]
    connection: String,
    events: usize,
    leads: usize,
    duplicates: usize,
    /// Lines that cannot be used, and the first of them with what is wrong.
    unusable: usize,
    problems: Vec<Value>,
    /// Carried out now.
    done: usize,
    /// Carried out before.
    done_before: usize,
    /// Numbers of those that a person has to look at.
    set_aside: Vec<u64>,
    discarded: usize,
    /// Those that wait or run still.
    left: usize,
}

impl Report {
    pub(super) fn not_begun(file: &str, check: &Check) -> Self {
        let problems = check
            .shown
            .iter()
            .map(|bad| json!({ "line": bad.number, "problems": bad.problems }));
        Self {
            file: file.to_owned(),
            connection: String::new(),
            events: check.events,
            leads: check.leads(),
            duplicates: check.duplicates,
            unusable: check.unusable(),
            problems: problems.collect(),
            done: 0,
            done_before: 0,
            set_aside: Vec::new(),
            discarded: 0,
            left: 0,
        }
    }

    /// Looks where the events stand that were taken in.
    pub(super) fn new(
        file: &str,
        connection: &str,
        check: &Check,
        taken_in: &TakenIn,
        inbox: &Inbox,
    ) -> Result<Self, Exit> {
        let mut report = Self::not_begun(file, check);
        connection.clone_into(&mut report.connection);
        let mut filter = Filter {
            status: vec![Status::Waiting, Status::Running, Status::Failed, Status::Discarded],
            connection: Some(connection.to_owned()),
            ..Filter::default()
        };
        loop {
            let page = inbox.list(&filter, PAGE)?;
            let Some(last) = page.last() else {
                break;
            };
            filter.before = Some(last.number);
            for listed in page.iter().filter(|listed| taken_in.contains_key(&listed.number)) {
                match listed.status {
                    Status::Failed => report.set_aside.push(listed.number),
                    Status::Discarded => report.discarded += 1,
                    _ => report.left += 1,
                }
            }
        }
        report.set_aside.reverse();
        report.done_before = taken_in.values().filter(|status| **status == Status::Done).count();
        let not_done = report.set_aside.len() + report.discarded + report.left;
        report.done = taken_in.len().saturating_sub(report.done_before + not_done);
        Ok(report)
    }

    /// Whether no event waits for anything or anybody.
    pub(super) fn is_all_done(&self) -> bool {
        self.set_aside.is_empty() && self.left == 0
    }

    pub(super) fn document(&self) {
        print::document(self);
    }

    pub(super) fn print(&self) {
        println!("{GOOD}done{GOOD:#}         {}", self.done);
        let rest = [
            ("done before", self.done_before),
            ("discarded", self.discarded),
            ("not finished", self.left),
        ];
        for (name, events) in rest {
            if events > 0 {
                println!("{name:12} {events}");
            }
        }
        if self.set_aside.is_empty() {
            return;
        }
        let numbers = self.set_aside.iter().take(SHOWN).map(u64::to_string);
        let more = if self.set_aside.len() > SHOWN { ", …" } else { "" };
        println!(
            "{BAD}set aside{BAD:#}    {}  {DIM}events {}{more}{DIM:#}",
            self.set_aside.len(),
            numbers.collect::<Vec<_>>().join(", ")
        );
        let connection = &self.connection;
        println!("  `knock events show NUMBER` says why of each");
        println!(
            "  `knock events retry --failed --connection {connection}`, and then the same command again, tries them again"
        );
    }
}
