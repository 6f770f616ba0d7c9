//! A file of events, and what its columns mean.

use std::fs;
use std::path::PathBuf;

use chrono::Utc;
use host_harness::bulk::{self, BulkError, Events, Map, Table};

use crate::command::exit::Exit;

/// A file of events, and what its columns mean.
#[derive(Debug)]
pub(in crate::command) struct EventFile {
    pub(in crate::command) events: PathBuf,
    pub(in crate::command) map: Option<PathBuf>,
    /// What happened, where an event does not say.
    pub(in crate::command) trigger: String,
}

impl EventFile {
    pub(super) fn name(&self) -> String {
        self.events.display().to_string()
    }

    pub(super) fn map(&self) -> Result<Option<Map>, Exit> {
        let Some(path) = &self.map else {
            return Ok(None);
        };
        let name = path.display();
        let text = fs::read_to_string(path).map_err(|error| Exit::misused(format!("cannot read `{name}`: {error}")))?;
        let map = Map::read(&text).map_err(|error| match error {
            BulkError::NoMap(error) => Exit::no_toml(&format!("`{name}`: the map cannot be used"), &error),
            error => Exit::misused(format!("`{name}`: {error}")),
        })?;
        Ok(Some(map))
    }

    /// The events of the file, from its beginning.
    pub(super) fn read(&self, map: Option<&Map>) -> Result<Events, BulkError> {
        Events::open(&self.events, map, &self.trigger, Utc::now())
    }

    /// The table in the file as it looks by itself; nothing where it does not look like one.
    pub(super) fn table(&self) -> Option<Table> {
        let is_table = bulk::is_table(&self.events);
        is_table.then(|| Table::find(&self.events, None).ok()).flatten()
    }
}

impl From<BulkError> for Exit {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::Read { .. } => Self::failed(error.to_string()),
            BulkError::Header { .. } => {
                let hint = "`knock plan` with the same `--config` and `--events` shows the columns and proposes a map";
                Self::misused(error.to_string()).with([hint.to_owned()])
            }
            _ => Self::misused(error.to_string()),
        }
    }
}
