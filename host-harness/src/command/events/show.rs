//! `knock events show`.

use clap::Args;
use host_harness::contract::{Failure, Problem};
use host_harness::inbox::{Ending, Filter, Inbox, Listed, Status, Stored};
use host_harness::serve::{EVENT_FAILED, follow_up_ids};
use serde_json::{Value, json};

use crate::command::exit::{BAD, Exit};
use crate::command::print::{self, BOLD, DIM};
use crate::command::terminal::println;
use crate::command::{Options, moment};

/// How many events that say that one failed are looked at.
const MOST_FOLLOW_UPS: usize = 20;

/// Show all that is known of one event.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its number in the inbox.
    number: u64,
}

impl Show {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let inbox = options.inbox()?;
        let Some(stored) = inbox.get(self.number)? else {
            return Err(Exit::failed(format!("there is no event {}", self.number)));
        };
        if options.json {
            print::document(&document(&stored));
        } else {
            show(&stored, inbox.file().now_ms());
            for follow_up in follow_ups(&inbox, &stored.listed)? {
                println!(
                    "event {} says so to people in GHL  {}",
                    follow_up.number, follow_up.status
                );
            }
        }
        Ok(())
    }
}

/// The events that say that this one is set aside, newest first.
fn follow_ups(inbox: &Inbox, set_aside: &Listed) -> Result<Vec<Listed>, Exit> {
    let filter = Filter {
        connection: Some(set_aside.connection.clone()),
        subject: Some(set_aside.subject.clone()),
        trigger: Some(EVENT_FAILED.to_owned()),
        ..Filter::default()
    };
    let mut follow_ups = inbox.list(&filter, MOST_FOLLOW_UPS)?;
    let begin = follow_up_ids(&set_aside.id);
    follow_ups.retain(|follow_up| follow_up.id.starts_with(&begin));
    Ok(follow_ups)
}

fn document(stored: &Stored) -> Value {
    let mut document = json!(stored.listed);
    if let Some(fields) = document.as_object_mut() {
        let configuration = serde_json::from_str::<Value>(&stored.configuration_json).ok();
        fields.insert("event".to_owned(), json!(stored.event));
        if let Some(text) = &stored.unreadable_text {
            fields.insert("unreadable_text".to_owned(), json!(text));
        }
        fields.insert("configuration".to_owned(), json!(configuration));
    }
    document
}

fn show(stored: &Stored, now_ms: u64) {
    let listed = &stored.listed;
    println!(
        "{BOLD}event {}{BOLD:#}  {}  {}",
        listed.number, listed.status, listed.trigger
    );
    let runs = match listed.attempts {
        0 => "none yet".to_owned(),
        runs => runs.to_string(),
    };
    let came = match listed.bulk {
        true => format!("{}, with many others", moment::at(listed.received_ms)),
        false => moment::at(listed.received_ms),
    };
    let mut facts = vec![
        ("id", listed.id.clone()),
        ("subject", listed.subject.clone()),
        ("connection", listed.connection.clone()),
        ("came in", came),
        ("changed", moment::at(listed.changed_ms)),
        ("runs", runs),
    ];
    if let Some(due_ms) = listed.due_ms {
        facts.push(match listed.status {
            Status::Running => ("lease", format!("until {}", moment::at(due_ms))),
            _ if due_ms <= now_ms => ("due", "now".to_owned()),
            _ => ("due", format!("in {}", moment::span(due_ms - now_ms))),
        });
    }
    for (name, value) in facts {
        println!("  {name:10}  {value}");
    }
    println!();
    println!("{BOLD}what came in{BOLD:#}");
    match stored.event.as_ref().map(serde_json::to_string_pretty) {
        Some(Ok(text)) => text.lines().for_each(|line| println!("  {line}")),
        Some(Err(_)) | None => match &stored.unreadable_text {
            Some(text) => println!("  {text}"),
            None if listed.damage.is_some() => println!("  {DIM}cannot be read{DIM:#}"),
            None => println!("  {DIM}forgotten: it was finished long ago{DIM:#}"),
        },
    }
    if let Some(damage) = &listed.damage {
        println!();
        println!("{BAD}cannot be read{BAD:#}  {damage}");
    }
    println!();
    println!("{BOLD}how the last run ended{BOLD:#}");
    match &listed.ending {
        Some(ending) => print_ending(ending, listed),
        None if listed.status.is_final() => println!("  {DIM}forgotten: it was finished long ago{DIM:#}"),
        None => println!("  {DIM}it has not been run to an end yet{DIM:#}"),
    }
    let next = match listed.status {
        Status::Failed => "`knock events retry {}` runs it again, `knock events discard {}` settles it without",
        Status::Unreadable => {
            "`knock events retry {}` tries again whether it can be read, `knock events discard {}` settles it without"
        }
        Status::Discarded => "`knock events retry {}` runs it after all",
        Status::Done if matches!(listed.ending, Some(Ending::Planned(_))) => {
            "`knock events retry {}` carries it out, once its connection is not in shadow mode any more"
        }
        Status::Waiting | Status::Running | Status::Done => return,
    };
    println!();
    println!("{}", next.replace("{}", &listed.number.to_string()));
}

fn print_ending(ending: &Ending, listed: &Listed) {
    match ending {
        Ending::Failure(Failure::Deferred(deferred)) => {
            let due_ms = listed.due_ms.filter(|_| listed.status == Status::Waiting);
            let again = due_ms.map(|due_ms| format!("at {}", moment::at(due_ms)));
            let again = again.unwrap_or_else(|| format!("{} after that", deferred.wait()));
            print::deferral(deferred, &again);
        }
        Ending::Receipt(receipt) => print::receipt(receipt, receipt.requests, false),
        Ending::Planned(plan) => print::plan(plan, false),
        Ending::Failure(failure) => print::failure(failure, Problem::to_string, false),
        Ending::Stopped(stopped) => {
            println!("{BAD}stopped{BAD:#}  {}", stopped.message);
            if !stopped.output.is_empty() {
                println!("  what the component printed:");
                stopped
                    .output
                    .lines()
                    .for_each(|line| println!("  {DIM}│{DIM:#} {line}"));
            }
        }
    }
}
