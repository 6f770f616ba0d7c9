//! Reads what an emulator holds at the start, and what goes wrong with it.

use std::path::Path;

use host_harness::emulator::{Fault, FaultList, Ghl, Seed};
use serde::Deserialize;

use super::exit::Exit;
use super::written::Written;

/// What a file says that an emulator holds at the start; without a file the demo.
pub(super) fn read(file: Option<&Path>) -> Result<(Seed, Ghl), Exit> {
    let written = match file {
        Some(file) => Written::read(file)?,
        None => Written::demo(),
    };
    let unusable = |sentence: String| Exit::misused("the seed cannot be used").with([sentence]);
    let seed: Seed = written.parse().map_err(unusable)?;
    let grown = Ghl::new(seed.clone());
    let ghl = grown.map_err(|error| unusable(written.located(error.place(), &error.to_string())))?;
    Ok((seed, ghl))
}

impl Written {
    /// The seed of the demo.
    fn demo() -> Self {
        Self {
            name: "the demo".to_owned(),
            text: Seed::DEMO_FILE.to_owned(),
            is_toml: true,
        }
    }
}

/// The faults that options name: each is JSON, or a file.
pub(super) fn faults(options: &[String]) -> Result<Vec<Fault>, Exit> {
    let mut faults = Vec::new();
    for option in options {
        let written = match option.trim_start().starts_with(['{', '[']) {
            true => Written::json("--fault".to_owned(), option.clone()),
            false => Written::read(Path::new(option))?,
        };
        let read = faults_of(&written);
        faults.extend(read.map_err(|sentence| Exit::misused("the faults cannot be used").with([sentence]))?);
    }
    Ok(faults)
}

/// The list `faults` of a table, or in JSON a fault or a list of them.
fn faults_of(written: &Written) -> Result<Vec<Fault>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        faults: Vec<Fault>,
    }
    if written.is_toml {
        return written.parse::<Table>().map(|table| table.faults);
    }
    written.parse().map(|FaultList(faults)| faults)
}
