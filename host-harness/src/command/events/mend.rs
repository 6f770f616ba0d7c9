//! `knock events retry` and `knock events discard`.

use clap::Args;
use host_harness::inbox::{Filter, Inbox, Mended, Status};
use host_harness::storage::StorageError;
use serde_json::json;

use crate::command::exit::Exit;
use crate::command::terminal::{eprintln, println};
use crate::command::{Options, print};

/// How many events are looked up at a time.
const PAGE: usize = 500;

/// Run events again that were set aside or discarded, under the configuration that their connection has now.
#[derive(Debug, Args)]
pub(super) struct Retry {
    /// Their numbers in the inbox.
    #[arg(required_unless_present = "failed", value_name = "NUMBER")]
    numbers: Vec<u64>,
    /// All that were set aside.
    #[arg(long, conflicts_with = "numbers")]
    failed: bool,
    /// Those of this connection alone.
    #[arg(long, value_name = "NAME", requires = "failed")]
    connection: Option<String>,
}

/// Decide that events are not carried out. They stay in the inbox, as discarded.
#[derive(Debug, Args)]
pub(super) struct Discard {
    /// Their numbers in the inbox.
    #[arg(required = true, value_name = "NUMBER")]
    numbers: Vec<u64>,
}

impl Retry {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let inbox = options.inbox()?;
        let numbers = match self.failed {
            true => failed(&inbox, self.connection)?,
            false => self.numbers,
        };
        mend(options, &inbox, &numbers, Inbox::retry, "waits to be run again")
    }
}

impl Discard {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let inbox = options.inbox()?;
        mend(options, &inbox, &self.numbers, Inbox::discard, "is discarded")
    }
}

/// The numbers of all that were set aside, in the order in which they came.
fn failed(inbox: &Inbox, connection: Option<String>) -> Result<Vec<u64>, Exit> {
    let mut filter = Filter {
        status: vec![Status::Failed],
        connection,
        ..Filter::default()
    };
    let mut numbers = Vec::new();
    loop {
        let page = inbox.list(&filter, PAGE)?;
        let Some(last) = page.last() else {
            break;
        };
        filter.before = Some(last.number);
        numbers.extend(page.iter().map(|listed| listed.number));
    }
    numbers.reverse();
    Ok(numbers)
}

fn mend(
    options: &Options,
    inbox: &Inbox,
    numbers: &[u64],
    change: impl Fn(&Inbox, u64) -> Result<Mended, StorageError>,
    changed: &str,
) -> Result<(), Exit> {
    let mut all_changed = true;
    let mut report = Vec::new();
    for number in numbers {
        let mended = change(inbox, *number)?;
        all_changed &= mended == Mended::Changed;
        let sentence = match mended {
            Mended::Changed => format!("event {number} {changed}"),
            Mended::Unknown => format!("there is no event {number}"),
            Mended::Not(status) => format!("event {number} is {status}, and stays so"),
            Mended::Forgotten => format!("what came in as event {number} has been forgotten; send it again"),
        };
        match (options.json, mended) {
            (true, _) => report.push(json!({
                "number": number, "changed": mended == Mended::Changed, "message": sentence,
            })),
            (false, Mended::Changed) => println!("{sentence}"),
            (false, _) => eprintln!("{sentence}"),
        }
    }
    if options.json {
        print::document(&report);
    } else if numbers.is_empty() {
        println!("nothing is set aside");
    }
    match all_changed {
        true => Ok(()),
        false => Err(Exit::said()),
    }
}
