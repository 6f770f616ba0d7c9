//! A secret in a file, and all that can be wrong with it. What is wrong is said with the path and what to do, and never
//! with what stands in the file.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// The most that is read of a file. What is longer cannot be a secret.
const LONGEST: u64 = 16 * 1024;

/// Reads a secret. Nothing: there is no such file. An error continues the sentence "the secret …".
pub(super) fn read(path: &Path) -> Result<Option<String>, String> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    let name = path.display();
    if metadata.is_dir() {
        return Err(format!(
            "cannot be read: `{name}` is a folder; remove it, and write the secret to a file of that name"
        ));
    }
    if !metadata.is_file() {
        return Err(format!(
            "cannot be read: `{name}` is not a regular file; write the secret to one"
        ));
    }
    refuse_open(path, &metadata)?;
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    text(path, bytes).map(Some)
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    let name = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            format!("cannot be read: `{name}` is a link that leads nowhere; write the secret to a file of that name")
        }
        io::ErrorKind::PermissionDenied => format!(
            "cannot be read: `{name}`: permission denied; give it to the user who runs `knock`, with `chown` and \
             `chmod 600 {name}`"
        ),
        _ => format!("cannot be read: `{name}`: {error}"),
    }
}

/// What an editor or a shell has made of the secret.
fn text(path: &Path, bytes: Vec<u8>) -> Result<String, String> {
    let name = path.display();
    let save = |what: &str| format!("cannot be used: `{name}` {what}; save it as UTF-8 without a byte order mark");
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(save("is UTF-16"));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(save("begins with a byte order mark"));
    }
    if bytes.contains(&0) {
        return Err(save("has bytes of zero, as UTF-16 has"));
    }
    let text = String::from_utf8(bytes).map_err(|_| save("is not UTF-8"))?;
    // An editor ends a file with a line break, which belongs to no secret.
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.contains(['\r', '\n']) {
        return Err(format!(
            "cannot be used: `{name}` has more than one line; leave the secret alone in it"
        ));
    }
    Ok(secret.to_owned())
}

/// Refuses a file that others than its owner may read or write.
///
/// Container platforms hand secrets over in mounts that nobody can write, as files that everybody in the container may
/// read (Docker: 0444). Nothing can be changed about those from inside, and who sees the mount is the platform's to say.
#[cfg(unix)]
fn refuse_open(path: &Path, metadata: &Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 == 0 || is_on_read_only_mount(path) {
        return Ok(());
    }
    let name = path.display();
    let owner = match metadata.uid() == rustix::process::geteuid().as_raw() {
        true => String::new(),
        false => format!("chown {} {name} && ", rustix::process::geteuid().as_raw()),
    };
    Err(format!(
        "cannot be used: others than its owner may read or write `{name}` (mode {mode:03o}); run \
         `{owner}chmod 600 {name}`, and take a new one from the provider if others use this machine"
    ))
}

#[cfg(not(unix))]
fn refuse_open(_: &Path, _: &Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(unix)]
fn is_on_read_only_mount(path: &Path) -> bool {
    use rustix::fs::{StatVfsMountFlags, statvfs};
    statvfs(path).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    fn file(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
        let path = folder.path().join("ghl_token");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    #[test]
    fn line_break_at_the_end_is_no_part_of_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        for written in ["pit-1234", "pit-1234\n", "pit-1234\r\n", "pit-1234\n\n"] {
            let path = file(&folder, written.as_bytes());
            assert_eq!(read(&path), Ok(Some("pit-1234".to_owned())));
        }
        assert_eq!(read(&file(&folder, b"")), Ok(Some(String::new())));
        assert_eq!(read(&folder.path().join("absent")), Ok(None));
        assert_eq!(read(&folder.path().join("no-folder").join("absent")), Ok(None));
    }

    #[test]
    fn file_that_holds_something_else_is_refused_without_being_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let wide: Vec<u8> = "pit-1234".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (written, why) in [
            ([b"\xff\xfe".as_slice(), &wide].concat(), "is UTF-16;"),
            ([b"\xfe\xff".as_slice(), &wide].concat(), "is UTF-16;"),
            (wide, "bytes of zero, as UTF-16 has"),
            (b"\xef\xbb\xbfpit-1234".to_vec(), "begins with a byte order mark"),
            (b"pit-\xfc1234".to_vec(), "is not UTF-8"),
            (b"pit-1234\npit-5678\n".to_vec(), "more than one line"),
        ] {
            let path = file(&folder, &written);
            let error = read(&path).unwrap_err();
            assert!(
                error.contains(why) && error.contains(&path.display().to_string()),
                "{error}"
            );
            assert!(!error.contains("1234"), "{error}");
        }
    }

    #[test]
    fn file_that_others_may_read_or_write_is_refused_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, b"pit-1234");
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o444] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read(&path).unwrap_err();
            assert!(error.contains(&format!("chmod 600 {}`", path.display())), "{error}");
        }
        for mode in [0o600, 0o400, 0o700] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(read(&path).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn what_is_no_file_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ghl_token");
        fs::create_dir(&path).unwrap();
        assert!(read(&path).unwrap_err().contains("is a folder"));
        fs::remove_dir(&path).unwrap();
        symlink(folder.path().join("nowhere"), &path).unwrap();
        assert!(read(&path).unwrap_err().contains("a link that leads nowhere"));
        fs::remove_file(&path).unwrap();
        // As Kubernetes does it: a link to a file that counts itself.
        let target = file(&folder, b"pit-1234");
        fs::rename(&target, folder.path().join("target")).unwrap();
        symlink("target", &path).unwrap();
        assert_eq!(read(&path), Ok(Some("pit-1234".to_owned())));
        let _listener = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
        let error = read(&folder.path().join("socket")).unwrap_err();
        assert!(error.contains("not a regular file"), "{error}");
        let error = read(&folder.path().join("target").join("below")).unwrap_err();
        assert!(error.contains("cannot be read"), "{error}");
    }

    #[test]
    fn file_that_may_not_be_read_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = unreadable(&file(&folder, b"x"), &io::ErrorKind::PermissionDenied.into());
        assert!(
            error.contains("permission denied") && error.contains("chmod 600"),
            "{error}"
        );
    }
}
