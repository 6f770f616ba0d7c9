//! `knock verify`: tries a connection on the real account, and takes away what it made.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use host_harness::verification::{ACTIONS, RealTime, Report, Trial, Verdict, Wish};
use knockcal::zone::Zone;
use serde_json::{Value, json};

use super::Options;
use super::connect::{Need, connect};
use super::exit::{BAD, Exit};
use super::input::Configuration;
use super::print::{self, BOLD, DIM, GOOD, ODD};
use super::sent::Sent;
use super::stop::Stop;
use super::table::table;
use crate::command::terminal::{eprintln, println};

/// How long a request may take to settle, when the configuration does not say.
const SETTLE: Duration = Duration::from_secs(120);

/// Try the connection on the real account: a contact and an appointment are made, read back, changed and taken away.
///
/// Nobody is told. It measures how long what is written takes to show, and whether the reference comes back by which
/// Knockcal knows its appointments. Ctrl-C takes away what was made by then; a second one ends it at once. Where the answer
/// to a request was lost, that takes a while: what it made may be late.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The configuration, TOML or JSON.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The calendar to try it on, by name or id. [default: that of the configuration]
    #[arg(long, value_name = "NAME|ID")]
    calendar: Option<String>,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
}

impl Verify {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let mut configuration = Configuration::read(&self.config)?;
        for action in ACTIONS {
            configuration.allow(action);
        }
        let wish = self.wish(&configuration)?;
        let location = configuration.text("location_id").unwrap_or_default().to_owned();
        if !options.json || self.dry_run {
            print_intent(&location, &wish, options.json);
        }
        if self.dry_run {
            return Ok(());
        }
        let sent = Arc::new(Sent::default());
        let connection = connect(options, &configuration, Need::Secrets, Some(sent.clone())).await?;
        let stop = Stop::when_told().map_err(|error| Exit::failed(format!("cannot wait for signals: {error}")))?;
        let (patience, requests) = (RealTime::default(), || sent.count());
        let email = wish.email();
        let trial = Trial::new(&connection, &patience, &requests, wish);
        let longest = trial.longest_clean_up();
        let report = tokio::select! {
            report = trial.run(stop.told()) => report,
            () = told_twice(&stop, longest) => return Err(given_up(&email)),
        };
        match options.json {
            true => print::document(&with_requests(&report, sent.count())),
            false => show(&report, sent.count()),
        }
        match report.is_good() {
            true => Ok(()),
            false => Err(Exit::said()),
        }
    }

    fn wish(&self, configuration: &Configuration) -> Result<Wish, Exit> {
        let of_configuration = || {
            configuration
                .text("calendar_id")
                .or(configuration.text("calendar_name"))
        };
        let calendar = self.calendar.as_deref().or_else(of_configuration).ok_or_else(|| {
            Exit::misused("the configuration names no calendar; say with `--calendar` which one to try it on")
        })?;
        let seconds = configuration.value().get("settle_seconds").and_then(Value::as_u64);
        Ok(Wish {
            calendar: calendar.to_owned(),
            settle: seconds.map_or(SETTLE, Duration::from_secs),
            zone: configuration.text("time_zone").and_then(Zone::named),
            name: std::iter::repeat_with(fastrand::lowercase).take(10).collect(),
        })
    }
}

/// Says what a person who stopped it waits for. Ready when that person does not want to.
async fn told_twice(stop: &Stop, longest: Duration) {
    stop.told().await;
    let longest = humantime::format_duration(Duration::from_secs(longest.as_secs()));
    eprintln!(
        "{ODD}stopping{ODD:#}  what was made is taken away first: in seconds, or within {longest} where an answer was lost; \
         Ctrl-C again ends it at once"
    );
    stop.told_again().await;
}

fn given_up(email: &str) -> Exit {
    Exit::failed(format!(
        "ended before all was taken away: look in GHL for the contact `{email}` and its appointment, and delete them"
    ))
}

fn print_intent(location: &str, wish: &Wish, json: bool) {
    if json {
        return print::document(&json!({ "location": location, "calendar": wish.calendar }));
    }
    println!("location `{location}`, calendar `{}`", wish.calendar);
    println!(
        "{DIM}makes a contact `Knockcal Verification` and an appointment in the next free slot, moves it, and deletes both;{DIM:#}"
    );
    println!("{DIM}nobody is told{DIM:#}");
    println!();
}

fn with_requests(report: &Report, requests: u32) -> Value {
    let mut document = json!(report);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("requests".to_owned(), requests.into());
    }
    document
}

fn show(report: &Report, requests: u32) {
    let rows = report.findings.iter().map(|finding| {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "look",
            Verdict::Skipped => "skipped",
            Verdict::Failed => "failed",
        };
        vec![
            finding.step.to_owned(),
            verdict.to_owned(),
            format!("{} ms", finding.took_ms),
            finding.detail.clone(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    table(&["step", "", "#took", "what was found"], &rows);
    if !report.lags.is_empty() {
        println!();
        println!("{BOLD}until it showed{BOLD:#}");
    }
    for lag in &report.lags {
        match (lag.shown_after_ms, &lag.unreadable) {
            (Some(ms), _) => println!("  {:26}  {ms} ms", lag.read),
            (None, None) => println!("  {:26}  {ODD}not at all{ODD:#}", lag.read),
            (None, Some(_)) => println!("  {:26}  {ODD}cannot be read{ODD:#}", lag.read),
        }
    }
    let count = print::count(requests);
    println!();
    match report.is_good() {
        true => println!("{GOOD}ready{GOOD:#}  {count}"),
        false => println!("{BAD}not ready{BAD:#}  {count}"),
    }
}
