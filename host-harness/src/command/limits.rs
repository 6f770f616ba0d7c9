//! `knock limits`: shows how much of the provider's rate limit is used, and by what.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use host_harness::pace::{Account, PaceFile, Priority, Usage};

use super::Options;
use super::exit::Exit;
use super::print::{self, BOLD, DIM};
use crate::command::terminal::println;

/// Show how much of GHL's rate limit is used, and by what.
#[derive(Debug, Args)]
pub(super) struct Limits {}

impl Limits {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let pace = PaceFile::beside(Arc::new(options.state_file()?));
        let accounts = pace.accounts().map_err(|error| Exit::failed(error.to_string()))?;
        if options.json {
            print::document(&accounts);
        } else if accounts.is_empty() {
            println!("nothing has been sent yet");
        }
        for account in accounts.iter().filter(|_| !options.json) {
            show(account);
        }
        Ok(())
    }
}

fn show(account: &Account) {
    println!("{BOLD}{}{BOLD:#}", account.account);
    let source = if account.learned { "as GHL says" } else { "assumed" };
    println!(
        "  limit    {} requests in {}  {DIM}{source}{DIM:#}",
        account.limit,
        time(account.interval_ms)
    );
    let others = match account.held_for_others {
        0 => String::new(),
        others => format!(", and {others} for others who use the location"),
    };
    println!("  held     {} places{others}", account.held);
    println!(
        "  next     {}; bulk {}",
        ready(account.ready_in_ms),
        ready(account.bulk_ready_in_ms)
    );
    if let Some(today) = &account.today {
        println!(
            "  today    {} of {} left  {DIM}new in {}{DIM:#}",
            today.left,
            today.limit,
            time(today.reset_in_ms)
        );
    }
    table(&account.usage);
}

/// Who has made requests in the last day.
fn table(usage: &[Usage]) {
    let purposes = usage.iter().map(|usage| usage.purpose.len()).max().unwrap_or(0).max(7);
    if !usage.is_empty() {
        println!(
            "  {DIM}{:purposes$}  {:11}  {:>7}  {:>6}  {:>6}  {:>6}{DIM:#}",
            "purpose", "priority", "process", "minute", "hour", "day"
        );
    }
    for usage in usage {
        let priority = match usage.priority {
            Priority::Interactive => "interactive",
            Priority::Bulk => "bulk",
        };
        println!(
            "  {:purposes$}  {priority:11}  {:>7}  {:>6}  {:>6}  {:>6}",
            usage.purpose, usage.process, usage.minute, usage.hour, usage.day
        );
    }
}

fn ready(ms: u64) -> String {
    match ms {
        0 => "at once".to_owned(),
        ms => format!("in {}", time(ms)),
    }
}

fn time(ms: u64) -> String {
    let whole = if ms < 1_000 { ms } else { ms / 1_000 * 1_000 };
    humantime::format_duration(Duration::from_millis(whole)).to_string()
}
