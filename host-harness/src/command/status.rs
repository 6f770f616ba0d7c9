//! `knock status`: how the connections stand.

use std::collections::BTreeMap;

use clap::Args;
use host_harness::envelope::DEFAULT_TRIGGER;
use host_harness::inbox::{Halt, Inbox, Status as Standing, Tally, Totals};
use host_harness::serve::clock_trouble;
use host_harness::storage::StorageError;
use serde::Serialize;
use serde_json::json;

use super::exit::{BAD, Exit};
use super::print::{GOOD, ODD};
use super::table::table;
use super::{Options, moment, print};
use crate::command::terminal::println;

/// Say how the connections stand. The exit code is 1 when somebody has to act.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// This connection alone.
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
}

/// How a connection stands, or all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Figures {
    /// Leads that were booked at the door.
    leads: u64,
    /// Those of them whose booking was carried out.
    appointments: u64,
    /// Those of them that were only planned, in shadow mode.
    planned: u64,
    waiting: u64,
    running: u64,
    /// Events that were set aside: a person has to look.
    failed: u64,
    /// Events that cannot be read: a person has to look.
    unreadable: u64,
    /// How long the oldest event has been waiting or running.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_unresolved_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    halted: Option<Halted>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Halted {
    since: String,
    why: String,
}

/// How the host itself stands, whatever connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct HostFigures {
    /// The processes that work with the state file, by their ids.
    processes: Vec<u32>,
    /// By how many milliseconds the state file's clock is ahead of this machine's; behind where that is negative.
    clock_ahead_ms: i64,
    /// What is wrong with that clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_trouble: Option<String>,
    /// Why the state file cannot be read or written.
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_trouble: Option<String>,
    /// Events that are not finished and stand where the state file is damaged.
    damaged: usize,
}

impl HostFigures {
    fn look(inbox: &Inbox) -> Result<Self, Exit> {
        inbox.try_round();
        let file = inbox.file();
        let clock_ahead_ms = file.ahead_ms();
        Ok(Self {
            processes: others(file.processes()?),
            clock_ahead_ms,
            clock_trouble: clock_trouble(clock_ahead_ms),
            storage_trouble: inbox.trouble(),
            damaged: inbox.damaged()?,
        })
    }

    fn needs_a_person(&self) -> bool {
        self.clock_trouble.is_some() || self.storage_trouble.is_some() || self.damaged > 0
    }

    fn show(&self) {
        if let Some(why) = &self.storage_trouble {
            println!("{BAD}state file{BAD:#}  {why}");
        }
        if self.damaged > 0 {
            println!("{BAD}damaged{BAD:#}  {} events cannot be read", self.damaged);
            println!("  stop `knock`, keep the file, and restore a backup: `knock restore FILE`");
        }
        if let Some(why) = &self.clock_trouble {
            println!("{ODD}clock{ODD:#}  {why}");
        }
    }
}

/// The processes beside this one.
fn others(processes: Vec<(u32, u64)>) -> Vec<u32> {
    let ids = processes.into_iter().map(|(process, _)| process);
    ids.filter(|process| *process != std::process::id()).collect()
}

impl Status {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let inbox = options.inbox()?;
        let mut connections = look(&inbox)?;
        if let Some(name) = &self.connection {
            connections.retain(|other, _| other == name);
            if connections.is_empty() {
                return Err(Exit::misused(format!("there is no connection `{name}`")));
            }
        }
        let host = HostFigures::look(&inbox)?;
        let total = connections.values().fold(Figures::default(), Figures::and);
        let needs_a_person = host.needs_a_person() || connections.values().any(Figures::needs_a_person);
        if options.json {
            print::document(&json!({
                "connections": connections, "total": total, "host": host, "needs_a_person": needs_a_person,
            }));
        } else {
            show(&connections, &total);
            host.show();
            if !needs_a_person {
                println!("{GOOD}nobody has to act{GOOD:#}");
            }
        }
        match needs_a_person {
            true => Err(Exit::said()),
            false => Ok(()),
        }
    }
}

fn look(inbox: &Inbox) -> Result<BTreeMap<String, Figures>, Exit> {
    let (totals, now_ms) = inbox.totals()?;
    let mut tallies = match inbox.tally(DEFAULT_TRIGGER) {
        // What became of leads stands in rows; how many events there are, in indexes.
        Err(StorageError::Damaged { .. }) => BTreeMap::new(),
        tallies => tallies?,
    };
    let mut halted: BTreeMap<_, _> = inbox.halted()?.into_iter().collect();
    let figures = totals.into_iter().map(|(name, totals)| {
        let tally = tallies.remove(&name).unwrap_or_default();
        let halt = halted.remove(&name);
        (name, Figures::new(&totals, tally, halt, now_ms))
    });
    Ok(figures.collect())
}

impl Figures {
    fn new(totals: &Totals, tally: Tally, halt: Option<Halt>, now_ms: u64) -> Self {
        let events = |status| totals.events.get(&status).copied().unwrap_or(0);
        Self {
            leads: tally.subjects,
            appointments: tally.carried_out,
            planned: tally.planned,
            waiting: events(Standing::Waiting),
            running: events(Standing::Running),
            failed: events(Standing::Failed),
            unreadable: events(Standing::Unreadable),
            oldest_unresolved_ms: totals.oldest_ms.map(|oldest_ms| now_ms.saturating_sub(oldest_ms)),
            halted: halt.map(|halt| Halted {
                since: moment::at(halt.since_ms),
                why: halt.why,
            }),
        }
    }

    fn and(self, other: &Self) -> Self {
        Self {
            leads: self.leads + other.leads,
            appointments: self.appointments + other.appointments,
            planned: self.planned + other.planned,
            waiting: self.waiting + other.waiting,
            running: self.running + other.running,
            failed: self.failed + other.failed,
            unreadable: self.unreadable + other.unreadable,
            oldest_unresolved_ms: self.oldest_unresolved_ms.max(other.oldest_unresolved_ms),
            halted: None,
        }
    }

    fn needs_a_person(&self) -> bool {
        self.failed > 0 || self.unreadable > 0 || self.halted.is_some()
    }

    fn row(&self, name: &str) -> Vec<String> {
        let numbers = [self.leads, self.appointments, self.waiting, self.running, self.failed];
        let oldest = self.oldest_unresolved_ms.map_or_else(|| "-".to_owned(), moment::span);
        let mut row = vec![name.to_owned()];
        row.extend(numbers.map(|number| number.to_string()));
        row.push(oldest);
        row
    }
}

fn show(connections: &BTreeMap<String, Figures>, total: &Figures) {
    println!(
        "{} leads, {} appointments, {} waiting",
        total.leads,
        total.appointments,
        total.waiting + total.running
    );
    if connections.is_empty() {
        println!("no connection has been served yet");
        return;
    }
    println!();
    let mut rows: Vec<_> = connections.iter().map(|(name, figures)| figures.row(name)).collect();
    if connections.len() > 1 {
        rows.push(total.row("all"));
    }
    table(
        &[
            "connection",
            "#leads",
            "#appointments",
            "#waiting",
            "#running",
            "#set aside",
            "oldest unresolved",
        ],
        &rows,
    );
    println!();
    for (name, figures) in connections {
        if let Some(halted) = &figures.halted {
            println!("{BAD}halted{BAD:#}  `{name}` since {}: {}", halted.since, halted.why);
            println!("  put its credential right, then `knock resume {name}`");
        }
    }
    if total.planned > 0 {
        println!("{ODD}planned only{ODD:#}  {} leads, in shadow mode", total.planned);
        println!("  `knock events list` lists them, `knock events retry NUMBER` carries one out");
    }
    if total.failed > 0 {
        println!("{BAD}set aside{BAD:#}  {}", total.failed);
        println!("  `knock events list --status failed` lists them, `knock events show NUMBER` says why");
    }
    if total.unreadable > 0 {
        println!("{BAD}unreadable{BAD:#}  {}", total.unreadable);
        println!("  `knock events list --status unreadable` lists them, `knock events show NUMBER` says what is known");
    }
}
