//! What the component file is, and what it asks for.

use host_harness::engine;
use wit_component::DecodedWasm;

fn world() -> (wit_parser::Resolve, wit_parser::WorldId) {
    match wit_component::decode(engine::component()).unwrap() {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => panic!("it is a component"),
    }
}

/// Names of interfaces, without patch versions.
fn names(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = keys
        .map(|name| match name.rsplit_once('.') {
            Some((name, patch)) if patch.chars().all(|digit| digit.is_ascii_digit()) => name.to_owned(),
            _ => name,
        })
        .collect();
    names.sort();
    names
}

#[test]
fn it_imports_nothing_but_its_powers() {
    let (resolve, world) = world();
    let imports = resolve.worlds[world]
        .imports
        .keys()
        .map(|key| resolve.name_world_key(key));
    assert_eq!(
        names(imports),
        [
            "knockcal:connector/secrets@0.1",
            "knockcal:connector/state@0.1",
            "wasi:cli/environment@0.2",
            "wasi:cli/exit@0.2",
            "wasi:cli/stderr@0.2",
            "wasi:cli/stdin@0.2",
            "wasi:cli/stdout@0.2",
            "wasi:cli/terminal-input@0.2",
            "wasi:cli/terminal-output@0.2",
            "wasi:cli/terminal-stderr@0.2",
            "wasi:cli/terminal-stdin@0.2",
            "wasi:cli/terminal-stdout@0.2",
            "wasi:clocks/monotonic-clock@0.2",
            "wasi:clocks/wall-clock@0.2",
            "wasi:http/outgoing-handler@0.2",
            "wasi:http/types@0.2",
            "wasi:io/error@0.2",
            "wasi:io/poll@0.2",
            "wasi:io/streams@0.2",
            "wasi:random/insecure-seed@0.2",
        ]
    );
}

#[test]
fn it_exports_the_contract() {
    let (resolve, world) = world();
    let exports = resolve.worlds[world]
        .exports
        .keys()
        .map(|key| resolve.name_world_key(key));
    assert_eq!(
        names(exports),
        [
            "knockcal:connector/automation@0.1",
            "knockcal:connector/catalog@0.1",
            "knockcal:connector/check@0.1",
            "knockcal:connector/manifest@0.1"
        ]
    );
}

#[test]
fn its_file_is_small() {
    let size = engine::component().len();
    assert!(size < 1_600_000, "{size} bytes");
}

#[test]
fn its_file_carries_no_path_of_the_machine_that_built_it() {
    let text = String::from_utf8_lossy(engine::component());
    let home = std::env::var("HOME").unwrap_or_else(|_| "/home".to_owned());
    for path in [env!("CARGO_MANIFEST_DIR"), home.as_str(), ".cargo/registry", "/target/"] {
        assert!(!text.contains(path), "it carries `{path}`");
    }
}
