//! What a component may import and must export, by name.

use super::error::LoadError;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Imports that the host serves.
const WASI: [&str; 20] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

const LENT: [&str; 2] = ["knockcal:connector/secrets", "knockcal:connector/state"];

const EXPORTED: [&str; 4] = [
    "knockcal:connector/automation",
    "knockcal:connector/catalog",
    "knockcal:connector/check",
    "knockcal:connector/manifest",
];

/// Refuses a component whose surface is not that of a connector.
pub(super) fn check(engine: &Engine, component: &Component) -> Result<(), LoadError> {
    let surface = component.component_type();
    for (name, _) in surface.imports(engine) {
        if !is_one_of(name, &WASI, "0.2.") && !is_one_of(name, &LENT, "0.1.") {
            return Err(LoadError::ForeignImport { name: name.to_owned() });
        }
    }
    let exports: Vec<_> = surface.exports(engine).map(|(name, _)| name).collect();
    for name in &exports {
        if !is_one_of(name, &EXPORTED, "0.1.") {
            return Err(LoadError::ForeignExport {
                name: (*name).to_owned(),
            });
        }
    }
    for wanted in EXPORTED {
        if !exports.iter().any(|name| is_one_of(name, &[wanted], "0.1.")) {
            return Err(LoadError::MissingExport {
                name: wanted.to_owned(),
            });
        }
    }
    Ok(())
}

fn is_one_of(name: &str, interfaces: &[&str], version: &str) -> bool {
    name.split_once('@')
        .is_some_and(|(interface, found)| found.starts_with(version) && interfaces.contains(&interface))
}
