//! Compiled components on disk.

use super::error::EngineError;
use std::fs;
use std::path::Path;
use wasmtime::{Cache, CacheConfig};

/// A cache in this directory, which is made where it does not exist.
///
/// Compiled code is trusted as it is read, so nobody but this user may have written it or put it there.
pub(super) fn open(directory: &Path) -> Result<Cache, EngineError> {
    let failed = |reason: String| EngineError::Cache {
        path: directory.display().to_string(),
        reason,
    };
    make_private(directory).map_err(|error| failed(error.to_string()))?;
    // Without links: what is checked is what is used.
    let directory = directory.canonicalize().map_err(|error| failed(error.to_string()))?;
    #[cfg(unix)]
    super::ownership::check(&directory).map_err(|wrong| failed(wrong.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(directory);
    Cache::new(config).map_err(|error| failed(format!("{error:#}")))
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
