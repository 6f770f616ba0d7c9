//! Whether nobody else can have written what is in a directory, or can put something else in its place.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The superuser, who can write everywhere.
const ROOT: u32 = 0;

/// Write permissions of the group and of all others.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// In a directory with this bit, only its owner and that of an entry can remove or rename the entry (`/tmp`).
const STICKY: u32 = 0o1000;

/// How deep a cache is looked through.
const DEEPEST: usize = 8;

/// Why a directory cannot be trusted, and what to do about it.
#[derive(Debug, Error)]
pub(super) enum Untrusted {
    /// It, or something in it, is of another user.
    #[error("`{}` belongs to user {owner}, and this process is user {user}; remove it, and it is made anew", .path.display())]
    Entry { path: PathBuf, owner: u32, user: u32 },
    /// Others can write to it, or to something in it.
    #[error("others can write to `{}`, and may have; remove it, and it is made anew", .path.display())]
    WritableEntry { path: PathBuf },
    /// It, or something in it, leads elsewhere.
    #[error("`{}` is neither a file nor a directory; remove it", .path.display())]
    Strange { path: PathBuf },
    /// A directory above it is of another user, who can put another one in its place.
    #[error(
        "`{}` belongs to user {owner}, and this process is user {user}; set `XDG_CACHE_HOME` to a directory of its own",
        .path.display()
    )]
    Above { path: PathBuf, owner: u32, user: u32 },
    /// Others can put another one in its place.
    #[error("others can write to `{}`; take that from them: `chmod go-w {}`", .path.display(), .path.display())]
    WritableAbove { path: PathBuf },
    /// It cannot be looked at.
    #[error("cannot look at `{}`: {error}", .path.display())]
    Unreadable { path: PathBuf, error: io::Error },
}

/// Checks a directory, all that is in it, and all directories above it. It is named without links.
pub(super) fn check(directory: &Path) -> Result<(), Untrusted> {
    let user = rustix::process::geteuid().as_raw();
    for above in directory.ancestors().skip(1) {
        check_above(above, &look(above)?, user)?;
    }
    check_entry(directory, user, DEEPEST)
}

fn check_above(path: &Path, metadata: &Metadata, user: u32) -> Result<(), Untrusted> {
    let path = path.to_owned();
    let owner = metadata.uid();
    if owner != user && owner != ROOT {
        return Err(Untrusted::Above { path, owner, user });
    }
    if metadata.mode() & WRITABLE_BY_OTHERS != 0 && metadata.mode() & STICKY == 0 {
        return Err(Untrusted::WritableAbove { path });
    }
    Ok(())
}

fn check_entry(path: &Path, user: u32, deepest: usize) -> Result<(), Untrusted> {
    let metadata = look(path)?;
    let owner = metadata.uid();
    if owner != user {
        let path = path.to_owned();
        return Err(Untrusted::Entry { path, owner, user });
    }
    if metadata.mode() & WRITABLE_BY_OTHERS != 0 && !metadata.is_symlink() {
        return Err(Untrusted::WritableEntry { path: path.to_owned() });
    }
    if metadata.is_file() {
        return Ok(());
    }
    let unreadable = |error| Untrusted::Unreadable {
        path: path.to_owned(),
        error,
    };
    let deeper = deepest.checked_sub(1).filter(|_| metadata.is_dir());
    let Some(deeper) = deeper else {
        return Err(Untrusted::Strange { path: path.to_owned() });
    };
    for entry in fs::read_dir(path).map_err(unreadable)? {
        match check_entry(&entry.map_err(unreadable)?.path(), user, deeper) {
            // Another process of this user tidies up.
            Err(Untrusted::Unreadable { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
            checked => checked?,
        }
    }
    Ok(())
}

fn look(path: &Path) -> Result<Metadata, Untrusted> {
    fs::symlink_metadata(path).map_err(|error| Untrusted::Unreadable {
        path: path.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use tempfile::TempDir;

    struct Place {
        root: TempDir,
    }

    impl Place {
        /// `above/cache/modules/code`, which nobody else can touch.
        fn new() -> Self {
            let place = Self {
                root: tempfile::tempdir().unwrap(),
            };
            fs::create_dir_all(place.path("above/cache/modules")).unwrap();
            fs::write(place.path("above/cache/modules/code"), "code").unwrap();
            for (path, mode) in [
                ("", 0o700),
                ("above", 0o755),
                ("above/cache", 0o700),
                ("above/cache/modules", 0o755),
                ("above/cache/modules/code", 0o644),
            ] {
                place.set_mode(path, mode);
            }
            place
        }

        fn path(&self, path: &str) -> PathBuf {
            self.root.path().canonicalize().unwrap().join(path)
        }

        fn set_mode(&self, path: &str, mode: u32) {
            fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        }

        fn check(&self) -> Result<(), Untrusted> {
            check(&self.path("above/cache"))
        }
    }

    #[test]
    fn directory_that_only_its_user_can_write_is_trusted() {
        Place::new().check().unwrap();
    }

    #[test]
    fn directory_that_others_can_write_is_not_trusted_nor_is_what_is_in_it() {
        for path in ["above/cache", "above/cache/modules", "above/cache/modules/code"] {
            for mode in [0o720, 0o702] {
                let place = Place::new();
                place.set_mode(path, mode);
                let error = place.check().unwrap_err();
                assert!(
                    matches!(&error, Untrusted::WritableEntry { path: found } if *found == place.path(path)),
                    "{error}"
                );
                assert!(error.to_string().contains("remove it"), "{error}");
            }
        }
    }

    #[test]
    fn directory_under_one_that_others_can_write_is_not_trusted() {
        for mode in [0o775, 0o757] {
            let place = Place::new();
            place.set_mode("above", mode);
            let error = place.check().unwrap_err();
            assert!(
                matches!(&error, Untrusted::WritableAbove { path } if *path == place.path("above")),
                "{error}"
            );
            let told = error.to_string();
            assert!(
                told.contains(&format!("`chmod go-w {}`", place.path("above").display())),
                "{told}"
            );
            // Where others cannot rename it, as in `/tmp`, it is.
            place.set_mode("above", mode | STICKY);
            place.check().unwrap();
        }
    }

    #[test]
    fn link_in_a_cache_is_not_trusted() {
        let place = Place::new();
        symlink("/etc", place.path("above/cache/modules/link")).unwrap();
        let error = place.check().unwrap_err();
        assert!(matches!(error, Untrusted::Strange { .. }), "{error}");
    }

    #[test]
    fn directory_of_another_user_is_not_trusted_nor_is_what_is_in_it_or_under_it() {
        if rustix::process::geteuid().as_raw() != ROOT {
            // Only the superuser can give a file away.
            return;
        }
        for path in ["above/cache", "above/cache/modules", "above/cache/modules/code"] {
            let place = Place::new();
            chown(place.path(path), Some(12_345), None).unwrap();
            let error = place.check().unwrap_err();
            assert!(
                matches!(&error, Untrusted::Entry { path: found, owner: 12_345, .. } if *found == place.path(path)),
                "{error}"
            );
        }
        let place = Place::new();
        chown(place.path("above"), Some(12_345), None).unwrap();
        let error = place.check().unwrap_err();
        assert!(matches!(error, Untrusted::Above { owner: 12_345, .. }), "{error}");
        assert!(error.to_string().contains("XDG_CACHE_HOME"), "{error}");
    }
}
