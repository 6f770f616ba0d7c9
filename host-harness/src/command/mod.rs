//! The command line.
//!
//! Results go to standard output, everything else to standard error. The exit code is 0 when it is done, 1 when it
//! failed, 2 when the command was used wrongly.

mod agenda;
mod backup;
mod catalog;
mod check;
mod configurations;
mod connect;
mod declaration;
mod demo;
mod emulator;
mod events;
mod exit;
mod grants;
mod init;
mod input;
mod invoke;
mod limits;
mod listening;
mod locate;
mod many;
mod map;
mod moment;
mod open_files;
mod plan;
mod print;
mod recipes;
mod recipient;
mod restore;
mod resume;
mod run;
mod seed;
mod sent;
mod serve;
mod servers;
mod status;
mod stop;
mod table;
mod terminal;
mod test;
mod torture;
mod verify;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use host_harness::egress::Grant;
use host_harness::inbox::Inbox;
use host_harness::storage::StateFile;
use host_harness::text;
use tracing_subscriber::EnvFilter;

use exit::Exit;
use grants::Granting;
use serve::Log;

/// Books what Active Knocker's reps agree at the door into the calendars of GoHighLevel, once.
#[derive(Debug, Parser)]
#[command(name = "knock", version, arg_required_else_help = true)]
struct Knock {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Options {
    /// Print for programs: one JSON document on standard output.
    #[arg(long, global = true)]
    json: bool,
    /// Another GHL than the real one. Plain HTTP goes to this machine only.
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    /// Where to remember what was done: a file, or `memory` to forget it at the end. [default: a file in your data
    /// directory]
    #[arg(long, global = true, value_name = "FILE|memory")]
    state: Option<PathBuf>,
    /// Another component than the built-in one.
    #[arg(long, global = true, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// Allow the component of `--plugin` to call a server, or to send it the secret of a role. Repeatable.
    #[arg(long, global = true, value_name = "[ROLE@]HOST", requires = "plugin")]
    grant: Vec<Grant>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole thing at work, without an account anywhere.
    Demo,
    /// Write a configuration to begin with, after asking GHL what there is.
    Init(init::Init),
    /// Say whether configurations can work, and what in them cannot. Nothing is sent.
    Check(check::Check),
    /// Propose where the fields of events stand in what an app posts. Nothing is sent.
    Map(map::MapPayload),
    /// Try a configuration on cases of its own, against an emulator. Nothing reaches GHL.
    Test(test::Test),
    /// Show the recipes that are built in, to change or copy them.
    Recipes(recipes::Recipes),
    /// Try the connection on the real account, and take away what that made.
    Verify(verify::Verify),
    /// Carry an event out, and call again until it is done; or all events of a file.
    Run(run::Run),
    /// Show what an event would do. Nothing is sent.
    Plan(plan::Plan),
    /// Show what can be done and what can happen: the actions and triggers.
    Catalog(catalog::Catalog),
    /// Carry one action of the catalog out by itself.
    Invoke(invoke::Invoke),
    /// Show the appointments, blocked time and free slots of the team.
    Agenda(agenda::Agenda),
    /// Take events in over HTTP and run them, until told to stop.
    Serve(serve::Serve),
    /// Say how the connections stand, and whether somebody has to act.
    Status(status::Status),
    /// Look at the events that were taken in, and settle those that were set aside.
    Events(events::Events),
    /// Let a halted connection go on, once its credential is good again.
    Resume(resume::Resume),
    /// Copy the state file, also while it is in use.
    Backup(backup::Backup),
    /// Put a copy of the state file back, while no `knock` uses it.
    Restore(restore::Restore),
    /// Show how much of GHL's rate limit is used, and by what.
    Limits(limits::Limits),
    /// Be a GHL in memory, to try things on.
    Emulator(emulator::Emulator),
    /// Prove that every lead is booked once: kill and stop processes under random faults, and judge what is left.
    Torture(torture::Torture),
}

/// Runs the command line, and says how it ended.
pub(crate) fn main() -> ExitCode {
    let knock = match Knock::try_parse() {
        Ok(knock) => knock,
        Err(error) => return refuse(&error),
    };
    log(&knock.command);
    let ended = tokio::runtime::Runtime::new()
        .map_err(|error| Exit::failed(format!("cannot start: {error}")))
        .and_then(|runtime| runtime.block_on(knock.run()));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.report(),
    }
}

/// Says why the arguments cannot be used, or what was asked about them.
fn refuse(error: &clap::Error) -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let shown: Vec<_> = arguments
        .iter()
        .map(|argument| text::line(&argument.to_string_lossy()).into_owned())
        .collect();
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    if arguments
        .iter()
        .zip(&shown)
        .all(|(argument, shown)| argument == shown.as_str())
    {
        // Where standard error is closed there is nobody to tell.
        let _ = error.print();
        return code;
    }
    // What cannot be understood is quoted, and may be the name of a file that somebody else chose.
    match Knock::try_parse_from(&shown) {
        Err(same) => terminal::drawing_on_error(&same.render().ansi().to_string()),
        Ok(_) => terminal::drawing_on_error(&error.render().to_string()),
    }
    code
}

/// Says on standard error what goes on. `KNOCK_LOG` chooses what of it.
fn log(command: &Command) {
    let (usually, way) = match command {
        Command::Serve(serve) if serve.log == Log::Json => ("info", terminal::Log::Json),
        Command::Serve(_) => ("info", terminal::Log::text()),
        _ => ("error", terminal::Log::text()),
    };
    let filter = EnvFilter::try_from_env("KNOCK_LOG").unwrap_or_else(|_| EnvFilter::new(usually));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(way.has_colours())
        .with_writer(way);
    match way {
        terminal::Log::Text { .. } => subscriber.fmt_fields(terminal::fields()).init(),
        terminal::Log::Json => subscriber.json().flatten_event(true).with_span_list(false).init(),
    }
}

impl Options {
    /// Who decides what the component may do.
    fn granting(&self) -> Granting {
        Granting::new(self.plugin.as_deref(), &self.grant)
    }

    /// Whether nothing is remembered beyond the end of the command.
    fn forgets(&self) -> bool {
        self.state.as_deref() == Some(Path::new("memory"))
    }

    /// The file in which everything is remembered.
    fn state_file(&self) -> Result<StateFile, Exit> {
        Ok(StateFile::open(&self.state_path()?)?)
    }

    /// The file in which everything is remembered, for commands that only make sense where there is one.
    fn existing_state_file(&self) -> Result<StateFile, Exit> {
        let path = self.state_path()?;
        if !path.exists() {
            let path = path.display();
            return Err(Exit::misused(format!(
                "there is no state file `{path}`; give the one that `knock serve` and `knock run` use with `--state FILE`"
            )));
        }
        Ok(StateFile::open(&path)?)
    }

    /// The inbox in that file.
    fn inbox(&self) -> Result<Inbox, Exit> {
        Ok(Inbox::new(Arc::new(self.existing_state_file()?)))
    }

    fn state_path(&self) -> Result<PathBuf, Exit> {
        if self.forgets() {
            return Err(Exit::misused(
                "`--state memory` keeps nothing that this could work on; give a file",
            ));
        }
        if let Some(path) = &self.state {
            return Ok(path.clone());
        }
        connect::default_state()
            .ok_or_else(|| Exit::misused("your data directory is not known; give a file with `--state FILE`"))
    }
}

impl Knock {
    async fn run(self) -> Result<(), Exit> {
        let options = &self.options;
        match self.command {
            Command::Demo => demo::demo(options).await,
            Command::Init(init) => init.run(options).await,
            Command::Check(check) => check.run(options).await,
            Command::Map(map) => map.run(options).await,
            Command::Test(test) => test.run(options).await,
            Command::Recipes(recipes) => recipes.run(options).await,
            Command::Verify(verify) => verify.run(options).await,
            Command::Run(run) => run.run(options).await,
            Command::Plan(plan) => plan.run(options).await,
            Command::Catalog(catalog) => catalog.run(options).await,
            Command::Invoke(invoke) => invoke.run(options).await,
            Command::Agenda(agenda) => agenda.run(options).await,
            Command::Serve(serve) => serve.run(options).await,
            Command::Status(status) => status.run(options),
            Command::Events(events) => events.run(options),
            Command::Resume(resume) => resume.run(options),
            Command::Backup(backup) => backup.run(options),
            Command::Restore(restore) => restore.run(options),
            Command::Limits(limits) => limits.run(options),
            Command::Emulator(emulator) => emulator.run(options).await,
            Command::Torture(torture) => torture.run(options).await,
        }
    }
}
