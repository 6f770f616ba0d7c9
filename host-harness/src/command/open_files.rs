//! How many files, sockets among them, this process may have open.

/// As many as it wants: sockets of callers and of GHL, state, secrets.
const WANTED: u64 = 8_192;

/// Raises the limit of open files as far as it may be, and says how many callers fit into half of it. Beyond the limit
/// neither a caller nor the state file could be opened.
#[cfg(unix)]
pub(super) fn callers(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
    if limit.current.is_some_and(|current| current < most) {
        let raised = Rlimit {
            current: Some(most),
            ..limit
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "cannot raise the limit of open files");
        }
    }
    let Some(files) = getrlimit(Resource::Nofile).current else {
        return wanted;
    };
    let fit = usize::try_from(files / 2).unwrap_or(usize::MAX);
    if fit < wanted {
        tracing::warn!(
            files,
            callers = fit,
            "few files may be open (`ulimit -n`), and so few callers"
        );
    }
    wanted.min(fit)
}

/// Says how many callers fit: there is no such limit.
#[cfg(not(unix))]
pub(super) fn callers(wanted: usize) -> usize {
    wanted
}
