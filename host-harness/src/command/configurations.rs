//! The configurations of many connections.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::input::Configuration;

/// The connections that files and folders name, each with its configuration.
///
/// A connection has the name of its file: in variables, folders, addresses and metrics. So a name is made of lower-case
/// letters, digits and `-` alone, and there is only one of it.
pub(super) fn read(paths: &[PathBuf]) -> Result<BTreeMap<String, Configuration>, Exit> {
    let mut found: BTreeMap<String, (PathBuf, Configuration)> = BTreeMap::new();
    for path in files(paths)? {
        let name = name(&path)?;
        if let Some((other, _)) = found.get(&name) {
            return Err(Exit::misused(format!(
                "`{}` and `{}` are both the connection `{name}`; name one of them otherwise",
                other.display(),
                path.display()
            )));
        }
        let configuration = Configuration::read(&path)?;
        found.insert(name, (path, configuration));
    }
    Ok(found
        .into_iter()
        .map(|(name, (_, configuration))| (name, configuration))
        .collect())
}

/// The files, and those in the folders, in order.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Exit> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error| Exit::misused(format!("cannot read the folder `{}`: {error}", path.display()));
        let before = files.len();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.is_file() && is_configuration(&file) {
                files.push(file);
            }
        }
        if let Some(found) = files.get_mut(before..) {
            found.sort();
        }
        if files.len() == before {
            return Err(Exit::misused(format!(
                "there is no configuration in the folder `{}`: they are named like `austin.toml` or `austin.json`",
                path.display()
            )));
        }
    }
    Ok(files)
}

fn is_configuration(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("toml" | "json"))
}

/// The name of a connection.
fn name(file: &Path) -> Result<String, Exit> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if stem.is_empty() || stem.starts_with('-') || !stem.bytes().all(is_plain) {
        return Err(Exit::misused(format!(
            "`{}` names no connection: name the file with lower-case letters, digits and `-`, like `austin-north.toml`",
            file.display()
        )));
    }
    Ok(stem.to_owned())
}
