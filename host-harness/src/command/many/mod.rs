//! `knock run --events`: carries the events of a file out.

mod check;
mod enqueue;
mod file;
mod groups;
mod preview;
mod progress;
mod report;

pub(super) use file::EventFile;
pub(super) use preview::Preview;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use host_harness::engine::EngineOptions;
use host_harness::inbox::{ConnectionId, Inbox};
use host_harness::serve::{Connections, Dispatcher, DispatcherOptions, Notifier, Recipient, ServeError, Served};

use super::connect::{load, not_usable, present};
use super::exit::Exit;
use super::input::Configuration;
use super::recipient::{Keyring, recipient};
use super::stop::Stop;
use super::{Options, configurations};
use check::Check;
use progress::Progress;
use report::Report;

/// How often to look whether the connection is halted.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Many events, and how they are to be carried out.
#[derive(Debug)]
pub(super) struct Many {
    pub(super) config: PathBuf,
    pub(super) file: EventFile,
    /// Carry the others out when some cannot be used.
    pub(super) skip_invalid: bool,
    /// Tell people of what it does, where the events do not say otherwise.
    pub(super) notify: bool,
    /// How long to go on while no event comes to an end.
    pub(super) patience: Duration,
}

/// Why it ends before all are carried out.
enum Stopped {
    /// Somebody wants it to.
    Told,
    /// GHL does not accept the credential.
    Halted(String),
    /// What is left waits for something that does not come.
    Idle,
}

impl Many {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let map = self.file.map()?;
        let mut configurations = configurations::read(std::slice::from_ref(&self.config))?;
        let (Some((name, configuration)), true) = (configurations.pop_first(), configurations.is_empty()) else {
            return Err(Exit::misused(
                "the events of a file go to one connection: give its configuration with `--config FILE`",
            ));
        };
        let file = Arc::new(options.state_file()?);
        let inbox = Inbox::new(file.clone());
        let keyring = Keyring {
            directory: None,
            alone: true,
            connections: vec![name.clone()],
        };
        let plugin = load(options, EngineOptions::default())?;
        let recipient = recipient(plugin, file, keyring.clone(), options.granting())?;
        let served = serve(options, &name, &configuration, &recipient, &inbox).await?;

        let progress = Progress::new(options.json);
        let events = self.file.read(map.as_ref())?;
        let check = Check::of(events, &served.connection, &progress, options.json).await?;
        let file_name = self.file.name();
        if !options.json {
            check.print(&file_name);
        }
        if check.has_problems() && !self.skip_invalid {
            if options.json {
                report::not_begun(&file_name, &check);
                return Err(Exit::said());
            }
            return Err(Exit::failed(
                "nothing was begun: put these lines right, or leave them out with `--skip-invalid`",
            ));
        }

        let manifest = served.connection.manifest();
        present(manifest, &keyring.of(&name, manifest))?;
        let connections = Connections::new([served]);
        let notifier = Arc::new(Notifier::default());
        let taken_in = self
            .enqueue(
                self.file.read(map.as_ref())?,
                &check,
                &connections,
                &inbox,
                &notifier,
                &progress,
            )
            .await?;
        let stopped = self.carry_out(&inbox, &name, connections, notifier, &progress).await?;
        let report = Report::new(&file_name, &name, &taken_in, &inbox, options.json)?;
        if options.json {
            report.document(&check);
        } else {
            report.print();
        }
        match stopped {
            Some(Stopped::Told) => Err(Exit::failed(
                "stopped; nothing is lost: the same command goes on where this one was",
            )),
            Some(Stopped::Halted(why)) => Err(Exit::failed(why).with([
                "nothing is lost: put the credential right, and the same command goes on where this one was".to_owned(),
            ])),
            Some(Stopped::Idle) => Err(Exit::failed(format!(
                "no event came to an end for {}: what is left waits, for a booking that is not there perhaps; nothing \
                 is lost, and the same command goes on where this one was",
                humantime::format_duration(self.patience)
            ))),
            None if report.is_all_done() => Ok(()),
            None => Err(Exit::said()),
        }
    }

    /// Runs what waits for the connection. Says why when it ends before nothing is left.
    async fn carry_out(
        &self,
        inbox: &Inbox,
        name: &str,
        connections: Connections,
        notifier: Arc<Notifier>,
        progress: &Progress,
    ) -> Result<Option<Stopped>, Exit> {
        let Some(connection) = inbox.connection(name)? else {
            return Ok(None);
        };
        // Whoever runs the command again has put right what it was halted for.
        inbox.resume(connection)?;
        progress.carry_out(inbox.backlog(connection, usize::MAX)?);
        let told = Stop::when_told().map_err(|error| Exit::failed(format!("cannot wait for signals: {error}")))?;
        let stopped = OnceCell::new();
        let stop = async {
            let why = tokio::select! {
                () = told.told() => Stopped::Told,
                why = halted(inbox, name) => Stopped::Halted(why),
                () = idle(inbox, connection, self.patience) => Stopped::Idle,
            };
            progress.stopping();
            let _ = stopped.set(why);
        };
        let dispatcher = Dispatcher::new(inbox.clone(), connections, notifier, DispatcherOptions::default());
        dispatcher
            .drain(stop, || progress.look(|| inbox.backlog(connection, usize::MAX).ok()))
            .await;
        progress.end();
        Ok(stopped.into_inner())
    }
}

async fn serve(
    options: &Options,
    name: &str,
    configuration: &Configuration,
    recipient: &Recipient,
    inbox: &Inbox,
) -> Result<Served, Exit> {
    let served = Served::new(name, &configuration.json(options), recipient, inbox).await;
    served.map_err(|error| match error {
        ServeError::Manifest(error) => not_usable(options, configuration, &error),
        error => Exit::failed(error.to_string()),
    })
}

/// Ready when the connection is halted, with the reason.
async fn halted(inbox: &Inbox, name: &str) -> String {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let inbox = inbox.clone();
        let Ok(Ok(halted)) = tokio::task::spawn_blocking(move || inbox.halted()).await else {
            continue;
        };
        if let Some((_, halt)) = halted.into_iter().find(|(of, _)| of == name) {
            return halt.why;
        }
    }
}

/// Ready when no event has come to an end for so long.
async fn idle(inbox: &Inbox, connection: ConnectionId, patience: Duration) {
    let (mut least, mut since) = (usize::MAX, Instant::now());
    while since.elapsed() < patience {
        let looked = inbox.clone();
        let left = tokio::task::spawn_blocking(move || looked.backlog(connection, usize::MAX)).await;
        if let Ok(Ok(left)) = left
            && left < least
        {
            (least, since) = (left, Instant::now());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The events of the file in the inbox, in the order of its lines.
type TakenIn = Vec<Taken>;

/// A line whose event is in the inbox.
#[derive(Clone, Copy, Debug)]
struct Taken {
    line: u64,
    /// Of the event in the inbox.
    number: u64,
    /// Whether it was finished already.
    before: bool,
}
