//! Runs an event in a process of its own.
//!
//! When a process ends while it runs events, one of them may be why: which one, nobody knows. An event that was there
//! twice is run by a process that runs nothing else. If that one is killed, too, it is the event's doing, and nothing but
//! the event suffers; and an event that only happened to be there is carried out.

use crate::inbox::Taken;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::Command;

/// How many processes may have ended while they ran an event before it is run in one of its own.
pub(super) const LOST_RUNS: u32 = 2;

/// How to start a process that runs one event.
#[derive(Clone, Debug)]
pub struct Isolation {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; the event's number and lease come after them, as `--only-event NUMBER:LEASE`.
    pub arguments: Vec<OsString>,
    /// How long it may take. After that it is ended, and the event runs again when its lease is over.
    pub time: Duration,
}

/// How a process has ended that ran one event.
#[derive(Debug)]
pub(super) enum Isolated {
    /// The event has come to an end there, of whatever kind.
    Ended,
    /// It was killed, and how.
    Killed(String),
    /// It could not run the event.
    Failed(String),
}

impl Isolation {
    pub(super) async fn run(&self, taken: &Taken) -> Isolated {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg("--only-event")
            .arg(format!("{}:{}", taken.number, taken.lease()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let status = match command.spawn() {
            Ok(mut child) => tokio::time::timeout(self.time, child.wait()).await,
            Err(error) => return Isolated::Failed(format!("a process for the event does not start: {error}")),
        };
        match status {
            Ok(Ok(status)) if status.success() => Isolated::Ended,
            Ok(Ok(status)) => match signal(status) {
                Some(signal) => Isolated::Killed(format!("was killed by signal {signal}")),
                None => Isolated::Failed(format!(
                    "the process for the event ended with {status}; its log says why"
                )),
            },
            Ok(Err(error)) => Isolated::Failed(format!("the process for the event cannot be waited for: {error}")),
            Err(_) => Isolated::Failed("the process for the event took too long".to_owned()),
        }
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// Elsewhere a program that dies of a fault ends with a negative code.
#[cfg(not(unix))]
fn signal(status: ExitStatus) -> Option<i32> {
    status.code().filter(|code| *code < 0)
}
