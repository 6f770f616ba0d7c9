//! What `knock check` says: of each configuration in `tests/configurations/` one thing, at its place.
//!
//! `UPDATE_CASES=1 cargo test --workspace configurations` writes `expected.txt` anew: read the difference before you
//! believe it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/configurations")
}

/// What `knock check` prints about the configurations.
fn check(options: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_knock"))
        .args(["check", "--config", "."])
        .args(options)
        .current_dir(folder())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "there are errors");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_wrong_configuration_gets_one_precise_message() {
    let found = check(&[]);
    let golden = folder().join("expected.txt");
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&golden, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    similar_asserts::assert_eq!(expected, found);

    let checked: Value = serde_json::from_str(&check(&["--json"])).unwrap();
    let checked = checked.as_array().unwrap();
    assert!(checked.len() >= 40, "only {} configurations", checked.len());
    for configuration in checked {
        let findings = configuration["findings"].as_array().unwrap();
        // Beside what is wrong there may be the note that these name no place of an id.
        let others = findings.iter().filter(|finding| finding["code"] != "missing-source-id");
        assert!(findings.len() == 1 || others.count() == 1, "{configuration:#}");
    }
}

/// What `knock` prints when all is well.
fn knock(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_knock"))
        .args(arguments)
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {printed}");
    printed
}

#[test]
fn what_is_built_in_can_be_pasted_into_a_configuration_as_it_stands() {
    let mut configuration = "location_id = \"here\"\ncalendar_id = \"c\"\nsource = { id = \"event_id\" }\n".to_owned();
    let recipes: Value = serde_json::from_str(&knock(&["recipes", "--json"])).unwrap();
    for recipe in recipes.as_array().unwrap() {
        configuration.push('\n');
        configuration.push_str(&knock(&["recipes", "show", recipe["name"].as_str().unwrap()]));
    }
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("knock.toml");
    std::fs::write(&file, configuration).unwrap();
    let printed = knock(&["check", "--config", file.to_str().unwrap()]);
    assert!(printed.starts_with("good"), "{printed}");
}

/// Recipes with cases of their own, as an administrator keeps them.
#[test]
fn recipes_do_what_their_cases_say() {
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/recipes");
    for folder in std::fs::read_dir(recipes).unwrap() {
        let folder = folder.unwrap().path();
        let configuration = folder.join("knock.toml");
        knock(&["check", "--config", configuration.to_str().unwrap()]);
        knock(&[
            "test",
            "--config",
            configuration.to_str().unwrap(),
            folder.to_str().unwrap(),
        ]);
    }
}

#[test]
fn the_readme_shows_a_recipe_and_what_it_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let configuration = std::fs::read_to_string(root.join("tests/recipes/no-show/knock.toml")).unwrap();
    let recipe = configuration.find("# Nobody was home").unwrap();
    assert!(readme.contains(&configuration[recipe..]));

    let (_, shown) = readme.split_once("$ knock test").unwrap();
    let (arguments, shown) = shown.split_once('\n').unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let arguments: Vec<_> = arguments
        .split_whitespace()
        .map(|argument| match argument.strip_prefix("tests/") {
            Some(path) => root.join("tests").join(path).to_str().unwrap().to_owned(),
            None => argument.to_owned(),
        })
        .collect();
    let arguments: Vec<_> = std::iter::once("test")
        .chain(arguments.iter().map(String::as_str))
        .collect();
    let printed = knock(&arguments);
    let mut printed = printed.lines();
    for line in shown.lines().filter(|line| *line != "...") {
        assert!(printed.any(|printed| printed == line), "nothing prints `{line}`");
    }
}
