//! `knock restore`: puts a copy of the state file back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use host_harness::storage::{Contents, LogPolicy, Restored, restore};
use serde_json::{Value, json};

use super::exit::Exit;
use super::print::ODD;
use super::table::table;
use super::{Options, moment, print};
use crate::command::terminal::println;

/// Put a copy of the state file back, while no `knock` uses the file. What it replaces is kept beside it.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The copy, as `knock backup` makes it, with its key beside it; one that was made of a file in use needs its log
    /// (`FILE-wal`) there, too.
    #[arg(value_name = "FILE")]
    copy: PathBuf,
    /// Put the copy back without its log: what was written last, and stands in the log alone, is lost.
    #[arg(long)]
    without_log: bool,
}

impl Restore {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let path = options.state_path()?;
        let policy = match self.without_log {
            true => LogPolicy::Ignored,
            false => LogPolicy::Required,
        };
        let restored = restore(&self.copy, &path, policy)?;
        if options.json {
            print::document(&report(&self.copy, &path, &restored));
        } else {
            show(&self.copy, &path, &restored);
        }
        Ok(())
    }
}

fn report(copy: &Path, state: &Path, restored: &Restored) -> Value {
    let counted = |contents: &Contents| {
        json!({
            "events": contents.event_count(),
            "events_by_status": contents.events,
            "connections": contents.connections,
            "ledger_rows": contents.ledger_rows,
            "newest_change": contents.newest_change_ms.map(moment::at),
        })
    };
    let difference = restored.replaced_contents.as_ref().map(|before| {
        let now = &restored.contents;
        json!({
            "events": difference(now.event_count(), before.event_count()),
            "connections": difference(now.connections, before.connections),
            "ledger_rows": difference(now.ledger_rows, before.ledger_rows),
        })
    });
    json!({
        "copy": copy.display().to_string(),
        "state": state.display().to_string(),
        "replaced": restored.replaced.as_ref().map(|path| path.display().to_string()),
        "restored_at": moment::at(restored.restored_ms),
        "unfinished": restored.unfinished,
        "held": counted(&restored.contents),
        "replaced_held": restored.replaced_contents.as_ref().map(counted),
        "difference": difference,
        "log": { "pages": restored.log_pages, "is_cut": restored.log_is_cut },
    })
}

fn show(copy: &Path, state: &Path, restored: &Restored) {
    let (copy, state) = (copy.display(), state.display());
    println!("`{state}` is what `{copy}` was");
    if let Some(replaced) = &restored.replaced {
        println!("what it replaces is kept as `{}`", replaced.display());
    }
    println!();
    compare(&restored.contents, restored.replaced_contents.as_ref());
    println!();
    if restored.log_is_cut {
        println!(
            "{ODD}incomplete{ODD:#}  the copy's log ends in the middle of a change; what came after it is not in the copy"
        );
    }
    let events = |contents: &Contents| contents.event_count();
    match restored.replaced_contents.as_ref().map(events) {
        Some(before) if before > events(&restored.contents) => println!(
            "{ODD}fewer{ODD:#}  {} events fewer than in the file it replaces",
            before - events(&restored.contents)
        ),
        None if restored.replaced.is_some() => {
            println!("{ODD}unread{ODD:#}  the file it replaces cannot be read, so nothing can be compared");
        }
        _ => {}
    }
    println!(
        "events not finished: {}. What was done after the copy was made is looked for before it is done again; \
         send events again that came in since",
        restored.unfinished
    );
}

/// What the copy held, beside what the file held that it replaces.
fn compare(now: &Contents, before: Option<&Contents>) {
    let row = |name: &str, count: &dyn Fn(&Contents) -> u64| {
        let mut row = vec![name.to_owned(), count(now).to_string()];
        if let Some(before) = before {
            row.push(count(before).to_string());
            row.push(match difference(count(now), count(before)) {
                0 => "-".to_owned(),
                difference => format!("{difference:+}"),
            });
        }
        row
    };
    let all = [Some(now), before];
    let statuses: BTreeSet<_> = all
        .into_iter()
        .flatten()
        .flat_map(|contents| contents.events.keys())
        .collect();
    let mut rows = vec![row("events", &Contents::event_count)];
    for status in statuses {
        rows.push(row(&format!("  {status}"), &|contents| contents.events_with(status)));
    }
    rows.push(row("connections", &|contents| contents.connections));
    rows.push(row("ledger rows", &|contents| contents.ledger_rows));
    let newest = |contents: &Contents| contents.newest_change_ms.map_or_else(|| "-".to_owned(), moment::at);
    let mut last = vec!["newest change".to_owned(), newest(now)];
    last.extend(before.map(newest));
    rows.push(last);
    match before {
        Some(_) => table(&["", "#restored", "#replaced", "#difference"], &rows),
        None => table(&["", "#restored"], &rows),
    }
}

fn difference(now: u64, before: u64) -> i64 {
    now.cast_signed().saturating_sub(before.cast_signed())
}
