//! The key file: the secret beside a state file, without which the ledger in it cannot be read.
//!
//! It has one secret a line, and the one that fits the state file counts. So the file of another copy can be put in the
//! place of this one with a crash at any instant: its secret is added before.

use super::cipher::{Cipher, SECRET_BYTES};
use super::error::StorageError;
use super::lock::{beside, real};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What stands at the top of a new one.
const HEADING: &str =
    "# Without this key the ledger in the state file beside it cannot be read. Keep it out of sight.\n";

/// A secret.
pub(super) type Secret = [u8; SECRET_BYTES];

/// The path of the key file of a state file, or of a copy of one.
pub(super) fn path_of(file: &Path) -> PathBuf {
    // One of a file that is opened by a link lies beside the file itself.
    beside(&real(file), "-key")
}

/// The secrets beside a file; none where there is no key file.
pub(super) fn read(file: &Path) -> Result<Vec<Secret>, StorageError> {
    let path = path_of(file);
    let failed = |reason: &dyn ToString| StorageError::key(&path, reason.to_string());
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(&error)),
    };
    close(&path);
    let lines = text.lines().map(str::trim).enumerate();
    let secrets = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let secrets = secrets.map(|(index, line)| {
        parse(line).ok_or_else(|| {
            failed(&format!(
                "line {} is not a key: expected {} hexadecimal digits; put the file back from a backup",
                index + 1,
                2 * SECRET_BYTES
            ))
        })
    });
    secrets.collect()
}

/// The first secret beside a file; a new one where there is none. Nobody else may do this at the same time.
pub(super) fn read_or_create(file: &Path) -> Result<Secret, StorageError> {
    if let Some(secret) = read(file)?.first() {
        return Ok(*secret);
    }
    let mut secret = [0; SECRET_BYTES];
    SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| StorageError::key(&path_of(file), "the system has no random numbers"))?;
    write(file, &[secret])?;
    Ok(secret)
}

/// The cipher of the secret beside a file that has this check; nothing where no secret fits.
pub(super) fn find(file: &Path, check: &[u8]) -> Result<Option<Cipher>, StorageError> {
    let ciphers = read(file)?;
    let mut ciphers = ciphers.iter().map(Cipher::new);
    Ok(ciphers.find(|cipher| cipher.check() == check))
}

/// Puts the secret with this check from beside `from` beside `to`, unless it is there. `false`: it is at neither place.
pub(super) fn carry(check: &[u8], from: &Path, to: &Path) -> Result<bool, StorageError> {
    let fits = |secret: &&Secret| Cipher::new(secret).check() == check;
    let mut there = read(to)?;
    if there.iter().any(|secret| fits(&secret)) {
        return Ok(true);
    }
    let Some(secret) = read(from)?.iter().find(fits).copied() else {
        return Ok(false);
    };
    there.push(secret);
    write(to, &there)?;
    Ok(true)
}

/// Writes the key file whole, durably: there is the old one or the new one at every instant.
fn write(file: &Path, secrets: &[Secret]) -> Result<(), StorageError> {
    let path = path_of(file);
    let next = beside(&path, ".unfinished");
    let write = || {
        let _ = fs::remove_file(&next);
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut written = options.open(&next)?;
        written.write_all(HEADING.as_bytes())?;
        for secret in secrets {
            writeln!(written, "{}", print(secret))?;
        }
        written.sync_all()?;
        fs::rename(&next, &path)?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|error: io::Error| StorageError::key(&path, error))
}

/// Closes a file to others that somebody has opened up.
fn close(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0)
            && let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        {
            let path = path.display();
            tracing::warn!(%path, %error, "others can read the key of the ledger, and this cannot be changed");
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

fn print(secret: &Secret) -> String {
    secret.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(line: &str) -> Option<Secret> {
    let mut secret = [0; SECRET_BYTES];
    if line.len() != 2 * SECRET_BYTES {
        return None;
    }
    for (index, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(line.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(secret)
}
