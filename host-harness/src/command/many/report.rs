//! What became of the events of a file.

use std::collections::HashSet;

use host_harness::bulk::{BadLine, Flaw};
use host_harness::contract::{Failure, Outcome as StepOutcome, Receipt, Visit, Warning};
use host_harness::inbox::{Ending, Inbox, Listed, Status};
use serde::Serialize;
use serde_json::{Value, json};

use super::TakenIn;
use super::check::Check;
use super::groups::Groups;
use crate::command::events::brief;
use crate::command::exit::{BAD, Exit};
use crate::command::print::{self, DIM, GOOD, ODD};
use crate::command::terminal::println;

/// How many events are looked up at a time.
const PAGE: usize = 500;

/// How many lines of a kind are shown.
const SHOWN: usize = 10;

/// The code of the warning that a booking belongs to the visit of another.
const ATTACHED: &str = "attached";

/// What became of the events of a file.
#[derive(Debug)]
pub(super) struct Report {
    file: String,
    connection: String,
    counts: Counts,
    failed: Groups,
    unfinished: Groups,
    attached: Groups,
    changed: Groups,
    warned: Groups,
    /// Every line, where all are wanted.
    lines: Option<Vec<LineReport>>,
}

/// How many lines came to what.
#[derive(Debug, Default, Serialize)]
struct Counts {
    /// Carried out now.
    done: usize,
    /// Those of them that are a visit of their own now.
    booked: usize,
    /// Those that changed a visit.
    changed: usize,
    /// Those that belong to the visit of another.
    attached: usize,
    /// Those after which nothing had to be done.
    unchanged: usize,
    /// Those of which something else is worth knowing.
    with_warnings: usize,
    /// Carried out before.
    done_before: usize,
    /// The same event as an earlier line.
    repeated: usize,
    /// A person has to look.
    failed: usize,
    discarded: usize,
    /// Those that wait or run still.
    left: usize,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Booked,
    Changed,
    Attached,
    Unchanged,
    Repeated,
    Failed,
    Discarded,
    Left,
}

/// A line, and what became of it.
#[derive(Debug, Serialize)]
struct LineReport {
    line: u64,
    /// Of the event in the inbox.
    number: u64,
    event_id: String,
    subject: String,
    outcome: Outcome,
    /// Whether that was so before the command ran.
    before: bool,
    /// Why it failed, or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<Visit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    appointment_id: Option<String>,
    warnings: Vec<Warning>,
}

impl Report {
    fn nothing(file: &str, connection: &str, all: bool) -> Self {
        Self {
            file: file.to_owned(),
            connection: connection.to_owned(),
            counts: Counts::default(),
            failed: Groups::showing(SHOWN),
            unfinished: Groups::showing(SHOWN),
            attached: Groups::showing(SHOWN),
            changed: Groups::showing(SHOWN),
            warned: Groups::showing(SHOWN),
            lines: all.then(Vec::new),
        }
    }

    /// Looks where the events stand that were taken in. With `all`, every line is kept, however many there are.
    pub(super) fn new(
        file: &str,
        connection: &str,
        taken_in: &TakenIn,
        inbox: &Inbox,
        all: bool,
    ) -> Result<Self, Exit> {
        let mut report = Self::nothing(file, connection, all);
        let mut seen = HashSet::new();
        for page in taken_in.chunks(PAGE) {
            let numbers: Vec<_> = page.iter().map(|taken| taken.number).collect();
            let listed = inbox.of_numbers(&numbers)?;
            for taken in page {
                if let Some(listed) = listed.get(&taken.number) {
                    let is_first = seen.insert(taken.number);
                    report.add(LineReport::new(taken.line, listed, taken.before, is_first));
                }
            }
        }
        Ok(report)
    }

    fn add(&mut self, line: LineReport) {
        self.count(&line);
        let is_news = !line.before && line.outcome != Outcome::Repeated;
        match line.outcome {
            Outcome::Failed => self.failed.add(line.line, line.why()),
            Outcome::Left => self.unfinished.add(line.line, line.why()),
            _ if is_news => {
                if line.outcome == Outcome::Changed {
                    self.changed.add(line.line, line.changed());
                }
                for warning in &line.warnings {
                    match warning.code == ATTACHED {
                        true => self.attached.add(line.line, line.attached(warning)),
                        false => self.warned.add(line.line, line.warned(warning)),
                    }
                }
            }
            _ => {}
        }
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    fn count(&mut self, line: &LineReport) {
        let counts = &mut self.counts;
        let is_done = match line.outcome {
            Outcome::Repeated => return counts.repeated += 1,
            Outcome::Failed => return counts.failed += 1,
            Outcome::Discarded => return counts.discarded += 1,
            Outcome::Left => return counts.left += 1,
            _ if line.before => return counts.done_before += 1,
            Outcome::Booked => &mut counts.booked,
            Outcome::Changed => &mut counts.changed,
            Outcome::Attached => &mut counts.attached,
            Outcome::Unchanged => &mut counts.unchanged,
        };
        *is_done += 1;
        counts.done += 1;
        let is_warned = line.warnings.iter().any(|warning| warning.code != ATTACHED);
        counts.with_warnings += usize::from(is_warned);
    }

    /// Whether no event waits for anything or anybody.
    pub(super) fn is_all_done(&self) -> bool {
        self.counts.failed == 0 && self.counts.left == 0
    }

    pub(super) fn document(&self, check: &Check) {
        let mut document = check.document(&self.file);
        let counts = serde_json::to_value(&self.counts).unwrap_or_default();
        if let (Some(fields), Value::Object(counts)) = (document.as_object_mut(), counts) {
            fields.extend(counts);
        }
        with_bad_lines(&mut document, check);
        if let Some(Value::Array(lines)) = document.get_mut("lines") {
            let of_events = self.lines.iter().flatten();
            lines.extend(of_events.map(|line| serde_json::to_value(line).unwrap_or_default()));
            lines.sort_by_key(|line| line.get("line").and_then(Value::as_u64));
        }
        print::document(&document);
    }

    pub(super) fn print(&self) {
        let counts = &self.counts;
        println!("{GOOD}done{GOOD:#}         {}", counts.done);
        let rest = [
            ("  booked", counts.booked),
            ("  changed", counts.changed),
            ("  attached", counts.attached),
            ("  unchanged", counts.unchanged),
            ("  warned", counts.with_warnings),
            ("done before", counts.done_before),
            ("repeated", counts.repeated),
            ("discarded", counts.discarded),
            ("not finished", counts.left),
            ("failed", counts.failed),
        ];
        for (name, events) in rest.into_iter().filter(|(_, events)| *events > 0) {
            println!("{name:12} {events}");
        }
        self.attached.print("attached to the visit of another", ODD);
        self.changed.print("changed what was there", ODD);
        self.warned.print("done with warnings", ODD);
        self.unfinished.print("not finished", ODD);
        self.failed.print("failed", BAD);
        self.print_advice();
    }

    fn print_advice(&self) {
        let all = [
            &self.attached,
            &self.changed,
            &self.warned,
            &self.unfinished,
            &self.failed,
        ];
        if all.iter().any(|groups| groups.is_shortened()) {
            println!("{DIM}the same command with `--json` shows every line; what is done is not done again{DIM:#}");
        }
        if self.counts.failed > 0 {
            let connection = &self.connection;
            println!("`knock events list --status failed --connection {connection}` lists those that failed");
            println!(
                "`knock events retry --failed --connection {connection}`, and then the same command again, tries them \
                 again"
            );
        }
    }
}

/// The lines that cannot be used, as programs read them.
pub(super) fn with_bad_lines(document: &mut Value, check: &Check) {
    let flaw = |flaw: &Flaw| json!({ "code": flaw.code, "place": flaw.place, "message": flaw.message });
    let bad = |bad: &BadLine| {
        let problems: Vec<_> = bad.flaws.iter().map(flaw).collect();
        json!({ "line": bad.number, "outcome": "unusable", "problems": problems })
    };
    let lines: Vec<_> = check.bad_lines().iter().map(bad).collect();
    if let Some(fields) = document.as_object_mut() {
        fields.insert("lines".to_owned(), lines.into());
    }
}

/// The document of a file of which no event was begun.
pub(super) fn not_begun(file: &str, check: &Check) {
    Report::nothing(file, "", false).document(check);
}

impl LineReport {
    fn new(line: u64, listed: &Listed, before: bool, is_first: bool) -> Self {
        let receipt = match &listed.ending {
            Some(Ending::Receipt(receipt)) => Some(receipt),
            _ => None,
        };
        let outcome = match listed.status {
            _ if !is_first => Outcome::Repeated,
            Status::Done => receipt.map_or(Outcome::Unchanged, of_receipt),
            Status::Failed | Status::Unreadable => Outcome::Failed,
            Status::Discarded => Outcome::Discarded,
            Status::Waiting | Status::Running => Outcome::Left,
        };
        let is_open = matches!(outcome, Outcome::Failed | Outcome::Left);
        let ending = listed.ending.as_ref();
        let of_appointment = |receipt: &&Receipt| {
            let steps = receipt
                .applied
                .iter()
                .filter(|step| step.action.starts_with("appointment."));
            steps.filter_map(|step| step.id.clone()).next_back()
        };
        Self {
            line,
            number: listed.number,
            event_id: listed.id.clone(),
            subject: listed.subject.clone(),
            outcome,
            before,
            code: ending.filter(|_| is_open).map(brief),
            message: ending.filter(|_| is_open).map(sentence),
            visit: receipt
                .and_then(|receipt| receipt.visit.as_deref())
                .or_else(|| ending.and_then(visit))
                .cloned(),
            appointment_id: receipt.as_ref().and_then(of_appointment),
            warnings: ending.map(warnings).unwrap_or_default(),
        }
    }

    /// Why it failed, or waits.
    fn why(&self) -> Flaw {
        let code = self.code.clone().unwrap_or_else(|| "not-run".to_owned());
        let message = self.message.clone().unwrap_or_else(|| "it was not run yet".to_owned());
        self.flaw(code, &message)
    }

    /// That it belongs to the visit of another, which the warning names.
    fn attached(&self, warning: &Warning) -> Flaw {
        self.flaw(warning.code.clone(), &warning.message)
    }

    /// What is there now, where it was changed.
    fn changed(&self) -> Flaw {
        let visit = self.visit.as_ref().map(|visit| visit.summary.clone());
        self.flaw(
            "changed".to_owned(),
            &visit.unwrap_or_else(|| "something of it was changed".to_owned()),
        )
    }

    /// What is worth knowing of its visit.
    fn warned(&self, warning: &Warning) -> Flaw {
        let visit = self.visit.as_ref().map(|visit| format!(" ({})", visit.summary));
        let message = warning.message.clone() + &visit.unwrap_or_default();
        self.flaw(warning.code.clone(), &message)
    }

    /// Something that is said of the line, with whom it is about.
    fn flaw(&self, code: String, message: &str) -> Flaw {
        let lead = self.visit.as_ref().and_then(|visit| visit.lead.as_ref());
        let lead = lead.map(|lead| format!(", {lead}")).unwrap_or_default();
        Flaw {
            code,
            place: None,
            message: format!("`{}`{lead}: {message}", self.subject),
        }
    }
}

fn of_receipt(receipt: &Receipt) -> Outcome {
    if receipt.warnings.iter().any(|warning| warning.code == ATTACHED) {
        return Outcome::Attached;
    }
    let mut done = receipt
        .applied
        .iter()
        .filter(|step| matches!(step.outcome, StepOutcome::Done | StepOutcome::Found))
        .peekable();
    match (
        done.peek().is_some(),
        done.any(|step| step.action == "appointment.create"),
    ) {
        (_, true) => Outcome::Booked,
        (true, false) => Outcome::Changed,
        (false, false) => Outcome::Unchanged,
    }
}

fn sentence(ending: &Ending) -> String {
    match ending {
        Ending::Failure(failure) => failure.sentence(),
        Ending::Stopped(stopped) => stopped.message.clone(),
        Ending::Receipt(_) | Ending::Planned(_) => String::new(),
    }
}

fn visit(ending: &Ending) -> Option<&Visit> {
    match ending {
        Ending::Failure(failure) => failure.visit(),
        _ => None,
    }
}

fn warnings(ending: &Ending) -> Vec<Warning> {
    match ending {
        Ending::Receipt(receipt) => receipt.warnings.clone(),
        Ending::Planned(plan) => plan.warnings.clone(),
        Ending::Failure(failure) => match failure {
            Failure::PermanentInvalid(_) => Vec::new(),
            Failure::PermanentRefused(refused) => refused.warnings.clone(),
            Failure::PermanentUndecided(undecided) => undecided.warnings.clone(),
            Failure::PermanentExpired(expired) => expired.warnings.clone(),
            Failure::Deferred(deferred) => deferred.warnings.clone(),
        },
        Ending::Stopped(_) => Vec::new(),
    }
}
