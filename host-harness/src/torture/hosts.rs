//! The processes, and what is done to them.

use super::error::TortureError;
use super::town;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a process says before its address.
const GREETING: &str = "listening on http://";

/// How far the wall clock of a process is off at most, in seconds.
const WALL_CLOCK_OFF: i64 = 2 * 24 * 3_600;

/// How often a process is started that does not come up, and the pause between.
const START_TRIES: u32 = 30;
const START_PAUSE: Duration = Duration::from_secs(1);

/// How every process is started.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    /// The program `knock`.
    pub(super) program: PathBuf,
    /// Where configurations, state and logs are.
    pub(super) folder: PathBuf,
    /// Where the GHL is.
    pub(super) base_url: String,
    /// How many connections there are.
    pub(super) locations: usize,
    /// How long one run may begin requests.
    pub(super) budget: Duration,
}

/// Several processes that share a state file. They end when this is dropped.
#[derive(Debug)]
pub(super) struct Hosts {
    setup: Setup,
    places: Vec<Mutex<Place>>,
}

/// Where a process runs.
#[derive(Debug)]
struct Place {
    process: Process,
    /// Whether somebody is about to kill it, or it stands still.
    in_trouble: bool,
}

#[derive(Debug)]
struct Process {
    child: Child,
    address: SocketAddr,
    /// Kept open: what it prints later must have somewhere to go.
    _output: BufReader<ChildStdout>,
}

impl Hosts {
    /// Starts so many.
    pub(super) async fn start(setup: Setup, count: usize) -> Result<Arc<Self>, TortureError> {
        let starting: Vec<_> = (0..count)
            .map(|number| {
                let setup = setup.clone();
                tokio::task::spawn_blocking(move || setup.start(number))
            })
            .collect();
        let mut places = Vec::new();
        for process in starting {
            let process = process.await??;
            places.push(Mutex::new(Place {
                process,
                in_trouble: false,
            }));
        }
        Ok(Arc::new(Self { setup, places }))
    }

    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// Where a process listens, or listened last.
    pub(super) fn address(&self, number: usize) -> Option<SocketAddr> {
        Some(self.place(number)?.process.address)
    }

    /// The id of a process.
    pub(super) fn process(&self, number: usize) -> Option<u32> {
        Some(self.place(number)?.process.child.id())
    }

    /// Takes a process that is well and may now be troubled.
    pub(super) fn pick(&self, random: &mut fastrand::Rng) -> Option<usize> {
        let mut numbers: Vec<usize> = (0..self.count()).collect();
        random.shuffle(&mut numbers);
        numbers.into_iter().find(|number| {
            let place = self.place(*number);
            place.is_some_and(|mut place| !std::mem::replace(&mut place.in_trouble, true))
        })
    }

    /// Kills a process that was picked, and starts another in its place after a while.
    pub(super) async fn kill(self: Arc<Self>, number: usize, pause: Duration) -> Result<(), TortureError> {
        if let Some(mut place) = self.place(number) {
            place.process.kill();
        }
        tokio::time::sleep(pause).await;
        let process = self.start_again(number).await?;
        if let Some(mut place) = self.place(number) {
            *place = Place {
                process,
                in_trouble: false,
            };
        }
        Ok(())
    }

    /// Starts a process as a service manager does: again and again. It cannot start while one that stands still has the
    /// state file locked.
    async fn start_again(&self, number: usize) -> Result<Process, TortureError> {
        let mut tries = 1;
        loop {
            let setup = self.setup.clone();
            match tokio::task::spawn_blocking(move || setup.start(number)).await? {
                Err(TortureError::Process { .. }) if tries < START_TRIES => tries += 1,
                started => return started,
            }
            tokio::time::sleep(START_PAUSE).await;
        }
    }

    /// Lets a process that was picked stand still for a while.
    pub(super) async fn stop(self: Arc<Self>, number: usize, pause: Duration) -> Result<(), TortureError> {
        self.signal(number, Signal::STOP)?;
        tokio::time::sleep(pause).await;
        self.signal(number, Signal::CONT)?;
        if let Some(mut place) = self.place(number) {
            place.in_trouble = false;
        }
        Ok(())
    }

    fn signal(&self, number: usize, signal: Signal) -> Result<(), TortureError> {
        let Some(place) = self.place(number) else {
            return Ok(());
        };
        let sent = place.process.pid().map(|pid| kill_process(pid, signal));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(self.setup.failed(number, error.to_string())),
            None => Err(self.setup.failed(number, "it has no process id".to_owned())),
        }
    }

    fn place(&self, number: usize) -> Option<MutexGuard<'_, Place>> {
        let place = self.places.get(number)?;
        Some(place.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Process {
    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()).ok()?)
    }

    /// As if the machine had lost its power: without a chance to clean up.
    fn kill(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Setup {
    /// The file in which everything is remembered.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("state.sqlite")
    }

    /// Where the configurations are.
    pub(super) fn configurations(&self) -> PathBuf {
        self.folder.join("connections")
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder.join(format!("knock-{number}.log"))
    }

    fn failed(&self, number: usize, message: String) -> TortureError {
        TortureError::Process {
            number,
            message,
            log: self.log(number),
        }
    }

    fn start(&self, number: usize) -> Result<Process, TortureError> {
        let path = self.log(number);
        let log = File::options().create(true).append(true).open(&path);
        let log = log.map_err(|source| TortureError::Folder { path, source })?;
        let mut command = Command::new(&self.program);
        command.arg("serve").arg("--config").arg(self.configurations());
        command.args(["--addr", "127.0.0.1:0", "--base-url", &self.base_url]);
        command.arg("--state").arg(self.state());
        command.arg("--budget").arg(format!("{}ms", self.budget.as_millis()));
        // Nobody's clock is right, and each start is a step of it.
        let off = fastrand::i64(-WALL_CLOCK_OFF..=WALL_CLOCK_OFF);
        command.arg(format!("--wall-clock-off={off}"));
        for location in 0..self.locations {
            let variable = format!("KNOCK_SECRET_{}_GHL_TOKEN", town::connection(location).to_uppercase());
            command.env(variable, town::token(location));
        }
        command.env_remove("KNOCK_SERVE_TOKEN");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let failed = |error: std::io::Error| self.failed(number, format!("does not start: {error}"));
        let mut child = command.spawn().map_err(failed)?;
        let output = child.stdout.take().map(BufReader::new);
        let Some(mut output) = output else {
            return Err(self.failed(number, "has no output".to_owned()));
        };
        let mut line = String::new();
        output.read_line(&mut line).map_err(failed)?;
        let address = line.split_once(GREETING).map(|(_, address)| address.trim().parse());
        match address {
            Some(Ok(address)) => Ok(Process {
                child,
                address,
                _output: output,
            }),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                Err(self.failed(number, format!("says `{}` in place of its address", line.trim())))
            }
        }
    }
}
