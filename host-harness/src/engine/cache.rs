//! Compiled components on disk.

use super::error::EngineError;
use std::fs;
use std::path::Path;
use wasmtime::{Cache, CacheConfig};

/// A cache in this directory, which is made where it does not exist.
///
/// Compiled code is trusted as it is read, so the directory must be its owner's alone.
pub(super) fn open(directory: &Path) -> Result<Cache, EngineError> {
    let failed = |reason: String| EngineError::Cache {
        path: directory.display().to_string(),
        reason,
    };
    make_private(directory).map_err(|error| failed(error.to_string()))?;
    let directory = directory.canonicalize().map_err(|error| failed(error.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(directory);
    Cache::new(config).map_err(|error| failed(format!("{error:#}")))
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Fails for a directory of somebody else's, and should.
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
