//! `knock plan --events`: what is in a file, and how it is understood.

use std::path::PathBuf;

use host_harness::bulk::{BulkError, Table};
use serde_json::json;

use super::EventFile;
use super::check::{Check, print_table, table_document};
use super::progress::Progress;
use super::report::with_bad_lines;
use crate::command::Options;
use crate::command::connect::{Need, connect};
use crate::command::exit::Exit;
use crate::command::input::Configuration;
use crate::command::print::{self, BOLD};
use crate::command::terminal::{self, println};

/// A look at the events of a file. Nothing is sent.
#[derive(Debug)]
pub(in crate::command) struct Preview {
    pub(in crate::command) config: PathBuf,
    pub(in crate::command) file: EventFile,
}

impl Preview {
    pub(in crate::command) async fn run(self, options: &Options) -> Result<(), Exit> {
        let map = self.file.map()?;
        let configuration = Configuration::read(&self.config)?;
        let connection = connect(options, &configuration, Need::Nothing, None).await?;
        let events = match self.file.read(map.as_ref()) {
            Ok(events) => events,
            Err(error @ BulkError::Header { .. }) => return Err(self.without_columns(&error, options)),
            Err(error) => return Err(error.into()),
        };
        let progress = Progress::new(options.json);
        let check = Check::of(events, &connection, &progress, options.json).await?;
        let proposes = map.is_none() && check.misses_columns();
        let proposed = self
            .file
            .table()
            .filter(|_| proposes)
            .and_then(|table| table.proposed_map());
        if options.json {
            let mut document = check.document(&self.file.name());
            with_bad_lines(&mut document, &check);
            if let (Some(fields), Some(map)) = (document.as_object_mut(), &proposed) {
                fields.insert("proposed_map".to_owned(), map.clone().into());
            }
            print::document(&document);
        } else {
            check.print(&self.file.name());
            if let Some(map) = &proposed {
                print_proposed(map);
            }
            println!("nothing was sent");
        }
        match check.has_problems() {
            true => Err(Exit::said()),
            false => Ok(()),
        }
    }

    /// The columns are not those of the map, or cannot be told: shows those that are there.
    fn without_columns(&self, error: &BulkError, options: &Options) -> Exit {
        let exit = Exit::misused(error.to_string());
        let table = self.file.table();
        let proposed = table.as_ref().and_then(Table::proposed_map);
        if options.json {
            print::document(&json!({
                "file": self.file.name(),
                "error": error.to_string(),
                "table": table.as_ref().map(table_document),
                "proposed_map": proposed,
            }));
            return exit;
        }
        if let Some(table) = &table {
            print_table(&self.file.name(), table);
        }
        if let Some(map) = &proposed {
            print_proposed(map);
        }
        exit
    }
}

fn print_proposed(map: &str) {
    println!("{BOLD}a map for these columns{BOLD:#}, to be read and saved as `map.toml`:");
    terminal::block(&format!("{map}\n"));
    println!("then add `--map map.toml`");
}
