//! Which machine uses the file.
//!
//! The locks and the shared memory that processes of one machine agree by do not reach across a network: two machines on
//! one file would each write what the other does not see. So a machine says again and again, in a small file beside it,
//! that it is there. Another one that finds it saying so refuses to open the file; and should both have come at once, each
//! notices what the other wrote and writes nothing more.

use super::error::StorageError;
use super::lock::beside;
use super::open::create_private;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a machine says that it is there.
const BEAT: Duration = Duration::from_secs(3);

/// How long a machine is waited for that does not say so any more: it was switched off, or lost the share.
const PATIENCE: Duration = Duration::from_secs(8);

/// How often it is looked meanwhile.
const LOOK: Duration = Duration::from_millis(200);

/// How often a note is read that cannot be understood, and how long it is waited in between.
const READINGS: u32 = 20;
const BETWEEN_READINGS: Duration = Duration::from_millis(10);

/// One machine, from one start to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// What tells it from others, for people.
    name: String,
    boot_id: String,
}

impl Machine {
    /// This one.
    pub(super) fn here(boot_id: &str) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let name = read("/proc/sys/kernel/hostname");
        let id = read("/etc/machine-id");
        Self {
            name: format!("{name} {id}").trim().to_owned(),
            boot_id: boot_id.to_owned(),
        }
    }
}

/// The name of the machine that was found to use the file as well.
pub(super) type Elsewhere = Arc<OnceLock<String>>;

/// Says that this machine uses the file, until it is dropped.
#[derive(Debug)]
pub(super) struct Presence {
    note: PathBuf,
    machine: Machine,
    id: u64,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Presence {
    /// Begins to say so, unless another machine does.
    pub(super) fn announce(path: &Path, machine: Machine, elsewhere: Elsewhere) -> Result<Self, StorageError> {
        Self::announce_every(path, machine, elsewhere, BEAT, PATIENCE)
    }

    fn announce_every(
        path: &Path,
        machine: Machine,
        elsewhere: Elsewhere,
        beat: Duration,
        patience: Duration,
    ) -> Result<Self, StorageError> {
        let note = beside(path, "-host");
        let id = fastrand::u64(..);
        if let Some(other) = other_machine(&note, &machine, patience) {
            return Err(StorageError::used_elsewhere(path, &other));
        }
        if Note::read(&note).is_none_or(|found| found.machine.boot_id != machine.boot_id) {
            Note::new(&machine, id, 0).write(&note);
        }
        let (stop, stopped) = channel();
        let (watched, own) = (note.clone(), machine.clone());
        let thread = thread::Builder::new()
            .name("state-file-host".to_owned())
            .spawn(move || {
                let mut count = 0;
                while stopped.recv_timeout(beat) == Err(RecvTimeoutError::Timeout) {
                    match Note::read(&watched) {
                        Some(found) if found.machine.boot_id != own.boot_id => {
                            tracing::error!(
                                machine = found.machine.name,
                                "another machine uses the state file as well"
                            );
                            let _ = elsewhere.set(found.machine.name);
                            return;
                        }
                        _ => {
                            count += 1;
                            Note::new(&own, id, count).write(&watched);
                        }
                    }
                }
            });
        Ok(Self {
            note,
            machine,
            id,
            stop: Some(stop),
            thread: Some(thread.map_err(|error| StorageError::file(path, error))?),
        })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It has panicked: it said so itself.
            let _ = thread.join();
        }
        // Others of this machine say so again in a moment.
        if Note::read(&self.note).is_some_and(|found| found.id == self.id && found.machine == self.machine) {
            let _ = fs::remove_file(&self.note);
        }
    }
}

/// Another machine that says that it uses the file. One that was here before and has been started anew does not count.
fn other_machine(note: &Path, machine: &Machine, patience: Duration) -> Option<String> {
    let found = Note::read_patiently(note)?;
    if found.machine.boot_id == machine.boot_id || found.machine.name == machine.name {
        return None;
    }
    let until = Instant::now() + patience;
    while Instant::now() < until {
        thread::sleep(LOOK.min(patience));
        match Note::read(note) {
            Some(later) if later != found => return Some(later.machine.name),
            // It has gone in order.
            None if !note.exists() => return None,
            _ => {}
        }
    }
    tracing::warn!(
        machine = found.machine.name,
        "another machine used the state file and ended without saying so"
    );
    None
}

/// What stands in the file beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    machine: Machine,
    /// Who of that machine wrote it.
    id: u64,
    count: u64,
}

impl Note {
    fn new(machine: &Machine, id: u64, count: u64) -> Self {
        Self {
            machine: machine.clone(),
            id,
            count,
        }
    }

    /// Reads it once more while it is there and cannot be read: it may be being written.
    fn read_patiently(path: &Path) -> Option<Self> {
        for _ in 0..READINGS {
            match Self::read(path) {
                None if path.exists() => thread::sleep(BETWEEN_READINGS),
                found => return found,
            }
        }
        None
    }

    /// Nothing: there is none, or it is being written.
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let mut lines = text.lines();
        let mut line = || lines.next();
        let (name, boot_id, id, count) = (line()?, line()?, line()?, line()?);
        // The last line tells a note that is whole from one that is half written.
        (line()? == "end").then_some(())?;
        Some(Self {
            machine: Machine {
                name: name.to_owned(),
                boot_id: boot_id.to_owned(),
            },
            id: id.parse().ok()?,
            count: count.parse().ok()?,
        })
    }

    /// A disk that is full, say, is told of by what is written to the file itself.
    fn write(&self, path: &Path) {
        let Machine { name, boot_id } = &self.machine;
        let text = format!("{name}\n{boot_id}\n{}\n{}\nend\n", self.id, self.count);
        // Under another name until it is whole.
        let next = beside(path, &format!(".{}", self.id));
        let written = create_private(&next)
            .and_then(|()| fs::write(&next, text))
            .and_then(|()| fs::rename(&next, path));
        if let Err(error) = written {
            let _ = fs::remove_file(&next);
            tracing::debug!(path = %path.display(), %error, "cannot say that this machine uses the state file");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(20);

    fn machine(name: &str) -> Machine {
        Machine {
            name: name.to_owned(),
            boot_id: format!("boot of {name}"),
        }
    }

    fn announce(path: &Path, machine: Machine) -> (Result<Presence, StorageError>, Elsewhere) {
        let elsewhere = Elsewhere::default();
        let patience = Duration::from_secs(2);
        let announced = Presence::announce_every(path, machine, elsewhere.clone(), QUICK, patience);
        (announced, elsewhere)
    }

    #[test]
    fn second_machine_is_refused_while_the_first_is_there_and_let_in_once_it_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        let (first, _) = announce(&path, machine("first"));
        let first = first.unwrap();
        // Another process of the same machine.
        drop(announce(&path, machine("first")).0.unwrap());
        while !beside(&path, "-host").exists() {
            thread::sleep(QUICK);
        }
        let error = announce(&path, machine("second")).0.unwrap_err();
        assert!(
            matches!(&error, StorageError::UsedElsewhere { machine, .. } if machine == "first"),
            "{error}"
        );
        drop(first);
        assert!(announce(&path, machine("second")).0.is_ok());
    }

    #[test]
    fn machine_that_ended_without_saying_so_is_waited_for_by_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        let gone = Note::new(&machine("gone"), 1, 7);
        gone.write(&beside(&path, "-host"));
        let again = Machine {
            boot_id: "its next boot".to_owned(),
            ..machine("gone")
        };
        let begun = Instant::now();
        assert_eq!(
            other_machine(&beside(&path, "-host"), &again, Duration::from_secs(60)),
            None
        );
        assert!(begun.elapsed() < Duration::from_secs(30), "it waited for itself");
        let (second, _) = announce(&path, machine("second"));
        assert!(second.is_ok());
    }

    #[test]
    fn machine_that_came_at_the_same_time_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        let (first, elsewhere) = announce(&path, machine("first"));
        let first = first.unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while elsewhere.get().is_none() && Instant::now() < until {
            // Between two of the first one's own.
            Note::new(&machine("second"), 1, 0).write(&beside(&path, "-host"));
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(elsewhere.get().map(String::as_str), Some("second"));
        drop(first);
        assert!(beside(&path, "-host").exists(), "it took the other one's note away");
    }
}
