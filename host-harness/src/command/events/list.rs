//! `knock events list`.

use std::time::Duration;

use clap::Args;
use host_harness::inbox::{Filter, Listed, Status};
use serde_json::{Value, json};

use super::brief;
use crate::command::exit::Exit;
use crate::command::input::duration;
use crate::command::table::table;
use crate::command::terminal::println;
use crate::command::{Options, moment, print};

/// List events, the newest first.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Those that stand so: `waiting`, `running`, `done`, `failed` or `discarded`; may be given more than once.
    #[arg(long, value_name = "STATUS")]
    status: Vec<Status>,
    /// Those of this connection.
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Those about this.
    #[arg(long)]
    subject: Option<String>,
    /// Those with this id.
    #[arg(long)]
    id: Option<String>,
    /// Those of this trigger.
    #[arg(long, value_name = "KEY")]
    trigger: Option<String>,
    /// Those with this text in the event or its outcome: a phone number, an appointment's id, a trace id.
    #[arg(long)]
    text: Option<String>,
    /// Those that changed within this time.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    since: Option<Duration>,
    /// Those older than the event of this number.
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
    /// How many at most.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
}

impl List {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let inbox = options.inbox()?;
        let now_ms = inbox.file().now_ms();
        let since_ms = |since: Duration| {
            let since_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
            now_ms.saturating_sub(since_ms)
        };
        let filter = Filter {
            status: self.status,
            connection: self.connection,
            subject: self.subject,
            id: self.id,
            trigger: self.trigger,
            text: self.text,
            changed_since_ms: self.since.map(since_ms),
            before: self.before,
        };
        let listed = inbox.list(&filter, self.limit)?;
        if options.json {
            print::document(&listed.iter().map(json).collect::<Vec<_>>());
            return Ok(());
        }
        if listed.is_empty() {
            println!("no event is like that");
            return Ok(());
        }
        table(
            &[
                "#number",
                "status",
                "connection",
                "trigger",
                "id",
                "subject",
                "#runs",
                "changed",
                "outcome",
            ],
            &listed.iter().map(row).collect::<Vec<_>>(),
        );
        if let Some(last) = listed.last().filter(|_| listed.len() == self.limit) {
            println!("there may be more; go on with `--before {}`", last.number);
        }
        Ok(())
    }
}

fn row(listed: &Listed) -> Vec<String> {
    vec![
        listed.number.to_string(),
        listed.status.to_string(),
        listed.connection.clone(),
        listed.trigger.clone(),
        listed.id.clone(),
        listed.subject.clone(),
        listed.attempts.to_string(),
        moment::at(listed.changed_ms),
        listed.ending.as_ref().map_or_else(|| "-".to_owned(), brief),
    ]
}

/// As in the table: what people wrote, and what was said of it, is for `knock events show`.
fn json(listed: &Listed) -> Value {
    let mut document = json!(listed);
    if let Some(fields) = document.as_object_mut() {
        fields.remove("ending");
        fields.insert("outcome".to_owned(), json!(listed.ending.as_ref().map(brief)));
    }
    document
}
