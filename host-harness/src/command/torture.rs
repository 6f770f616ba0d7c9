//! `knock torture`: proves the promises against real processes under random faults.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use host_harness::emulator::{FaultKind, Rain};
use host_harness::torture::{Finding, Progress, Report, Torture as Trial, TortureError};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde::de::{Deserialize, value::StrDeserializer};

use super::exit::{BAD, Exit};
use super::input::duration;
use super::{Options, print};
use crate::command::terminal::println;

/// The most findings that are printed for people.
const SHOWN: usize = 20;

/// Prove that every lead is booked once: kill and stop processes under random faults, and judge what is left.
#[derive(Debug, Args)]
pub(super) struct Torture {
    /// Leads that are booked; some of them are moved and called off as well.
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    bookings: u32,
    /// Where chance comes from. [default: another one each time]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// GHL locations, each with a connection of its own.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    locations: u32,
    /// Processes that share the state file.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    processes: u32,
    /// How many times a process is killed, and started again.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    kills: u32,
    /// How many times a process stands still for longer than its claims live.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    stops: u32,
    /// How often faults strike, against the usual: `0` for never, `2` for twice as often.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    rain: f64,
    /// A kind of fault that does not strike, such as `invalid_token`; may be given more than once.
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    without: Vec<FaultKind>,
    /// Send the events of a lead in the order in which they occur. A new time that comes before its booking waits a
    /// minute for it.
    #[arg(long)]
    in_order: bool,
    /// How long the effect of a request may take to show.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    settle: Duration,
    /// How long the processes may take to finish once everything is fed.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    patience: Duration,
    /// Where to keep configurations, state and logs. [default: a temporary folder, which stays when something is wrong]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Torture {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
        let program = env::current_exe().map_err(|error| Exit::failed(format!("where am I? {error}")))?;
        let folder = self
            .folder
            .clone()
            .unwrap_or_else(|| env::temp_dir().join(format!("knock-torture-{seed}-{}", std::process::id())));
        let is_temporary = self.folder.is_none();
        let trial = Trial {
            program,
            folder: folder.clone(),
            seed,
            bookings: number(self.bookings),
            locations: number(self.locations),
            processes: number(self.processes),
            kills: self.kills,
            stops: self.stops,
            rain: self.rain(seed)?,
            settle: self.settle,
            in_order: self.in_order,
            patience: self.patience,
        };
        let bar = bar(options.json);
        let report = trial.run(|progress| show(&bar, progress)).await;
        bar.finish_and_clear();
        let report = report.map_err(|error| match error {
            TortureError::Folder { .. } => Exit::misused(error.to_string()),
            error => Exit::failed(error.to_string()),
        })?;
        if options.json {
            print::document(&report);
        } else {
            print(&report);
        }
        if !report.is_well() {
            return Err(Exit::failed(format!(
                "not everything is as it must be; `{}` has the state and the logs, `--seed {seed}` draws the same again",
                folder.display()
            )));
        }
        if is_temporary && let Err(error) = std::fs::remove_dir_all(&folder) {
            tracing::warn!(%error, folder = %folder.display(), "a temporary folder stays");
        }
        Ok(())
    }

    fn rain(&self, seed: u64) -> Result<Rain, Exit> {
        let mut rain = Rain::of_everything(seed);
        for (kind, chance) in &mut rain.chances {
            *chance = if self.without.contains(kind) {
                0.0
            } else {
                *chance * self.rain
            };
        }
        // Some answers take longer than a request may.
        rain.longest_delay_ms = 2_500;
        rain.longest_lag_ms = 1_000;
        let latest = Duration::from_millis(rain.longest_lag_ms * 2);
        if self.settle <= latest {
            return Err(Exit::misused(format!(
                "`--settle`: commits that are late and reads that lag take {} together, so let it be longer",
                humantime::format_duration(latest)
            )));
        }
        Ok(rain)
    }
}

fn number(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor: &f64| (0.0..=10.0).contains(factor));
    factor.ok_or_else(|| "write a number from 0 to 10".to_owned())
}

fn fault(text: &str) -> Result<FaultKind, String> {
    FaultKind::deserialize(StrDeserializer::<serde::de::value::Error>::new(text)).map_err(|error| error.to_string())
}

fn bar(json: bool) -> ProgressBar {
    if json {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{elapsed} {bar:30} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.events);
    bar.set_position(progress.acknowledged.saturating_sub(progress.unfinished));
    bar.set_message(format!(
        "{} of {} events taken in, {} unfinished, {} kills, {} stops",
        HumanCount(progress.acknowledged),
        HumanCount(progress.events),
        HumanCount(progress.unfinished),
        progress.kills,
        progress.stops
    ));
}

fn print(report: &Report) {
    let bold = print::BOLD;
    println!("{bold}{:<20} {:>8}  how it was resolved{bold:#}", "fault", "struck");
    for (kind, line) in &report.faults {
        let resolved: Vec<_> = line
            .resolved
            .iter()
            .map(|(resolution, count)| format!("{} {}", HumanCount(*count), words(resolution)))
            .collect();
        println!(
            "{:<20} {:>8}  {}",
            words(kind),
            HumanCount(line.struck).to_string(),
            resolved.join(", ")
        );
    }
    println!();
    println!(
        "{} events, sent {} times ({} known before, {} requests not answered); {} kills, {} stops; {:.0} s, seed {}",
        HumanCount(report.events),
        HumanCount(report.sent),
        HumanCount(report.duplicates),
        HumanCount(report.unanswered),
        report.kills,
        report.stops,
        report.seconds,
        report.seed
    );
    for Finding {
        lead,
        connection,
        message,
    } in report.findings.iter().take(SHOWN)
    {
        let lead = lead.map_or_else(String::new, |lead| format!("lead {lead}"));
        println!(
            "{BAD}wrong{BAD:#}  {} {lead}  {message}",
            connection.as_deref().unwrap_or_default()
        );
    }
    if report.findings.len() > SHOWN {
        println!("and {} more", report.findings.len() - SHOWN);
    }
    let leads = report.leads;
    let style = if report.is_well() { print::GOOD } else { BAD };
    println!(
        "{style}{} leads, {} called off, {} appointments, {} lost, {} double, {} wrong{style:#}",
        HumanCount(leads.leads),
        HumanCount(leads.called_off),
        HumanCount(leads.appointments),
        HumanCount(leads.lost),
        HumanCount(leads.double),
        HumanCount(leads.wrong)
    );
}

/// A name of the report in plain words.
fn words(name: &impl serde::Serialize) -> String {
    let name = serde_json::to_value(name).unwrap_or_default();
    name.as_str().unwrap_or_default().replace('_', " ")
}
