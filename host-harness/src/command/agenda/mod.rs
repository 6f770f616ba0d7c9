//! `knock agenda`: the team's calendars in one view.

mod calendar_file;
mod entry;
mod week;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use clap::Args;
use host_harness::contract::Invocation;
use serde_json::{Value, json};

use self::entry::Agenda as Answer;
use super::Options;
use super::connect::{Need, connect};
use super::exit::Exit;
use super::input::{Configuration, duration};
use super::invoke::{carry_out, place};
use super::print::{self, ODD};
use crate::command::terminal::{self, eprintln};

/// Show the appointments, blocked time and free slots of the team.
#[derive(Debug, Args)]
pub(super) struct Agenda {
    /// The configuration, TOML or JSON; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The first day, like `2030-06-03`. [default: today]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// How many days, 31 at most.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=31))]
    days: u8,
    /// Only this calendar; may be given several times. Without calendars, users and groups it is the whole location.
    #[arg(long = "calendar", value_name = "NAME|ID")]
    calendars: Vec<String>,
    /// Only this user; may be given several times.
    #[arg(long = "user", value_name = "NAME|ID")]
    users: Vec<String>,
    /// Only the calendars of this group; may be given several times.
    #[arg(long = "group", value_name = "ID")]
    groups: Vec<String>,
    /// Show free slots, too.
    #[arg(long)]
    free: bool,
    /// Show what was cancelled, too.
    #[arg(long)]
    cancelled: bool,
    /// The zone of days and times. [default: `time_zone` of the configuration, else UTC]
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Write iCalendar, RFC 5545, for other calendars.
    #[arg(long, conflicts_with = "json")]
    ics: bool,
    /// How long to ask again before giving up.
    #[arg(long = "for", value_name = "DURATION", default_value = "1m", value_parser = duration)]
    patience: Duration,
}

/// The action that it is.
const ACTION: &str = "team.agenda";

impl Agenda {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let mut configuration = Configuration::read(&self.config)?;
        configuration.allow(ACTION);
        let zone = self.zone(&configuration)?;
        let first = self
            .from
            .unwrap_or_else(|| Utc::now().with_timezone(&zone).date_naive());
        let invocation = Invocation {
            action: ACTION.to_owned(),
            input: self.input(first, zone)?,
            subject: None,
            key: None,
        };
        let connection = connect(options, &configuration, Need::Secrets, None).await?;
        let invoked = match carry_out(&connection, &invocation, self.patience).await? {
            Ok(invoked) => invoked,
            Err(failure) => {
                print::failure(&failure, place, options.json);
                return Err(Exit::said());
            }
        };
        let output = invoked.output.unwrap_or_default();
        if options.json {
            print::document(&output);
        }
        let agenda: Answer = serde_json::from_value(output)
            .map_err(|error| Exit::failed(format!("the component's agenda cannot be understood: {error}")))?;
        match (options.json, self.ics) {
            (true, _) => {}
            // A file without events would empty the calendar that follows it.
            (false, true) if agenda.entries.is_empty() && !agenda.is_complete() => {}
            (false, true) => terminal::block(&calendar_file::write(&agenda)),
            (false, false) => week::print(&agenda, first, self.days),
        }
        for missing in &agenda.incomplete {
            eprintln!("{ODD}incomplete{ODD:#}  {}: {}", missing.of, missing.message);
        }
        match (agenda.is_complete(), self.ics && agenda.entries.is_empty()) {
            (true, _) => Ok(()),
            (false, false) => Err(Exit::failed("the agenda is incomplete: not everything could be read")),
            (false, true) => Err(Exit::failed("no iCalendar was written: not everything could be read")),
        }
    }

    fn zone(&self, configuration: &Configuration) -> Result<Tz, Exit> {
        let named = self.time_zone.as_deref().or_else(|| configuration.text("time_zone"));
        named.unwrap_or("UTC").parse().map_err(|_| {
            let name = named.unwrap_or_default();
            Exit::misused(format!(
                "`{name}` is not a time zone; write a name like `America/Chicago`"
            ))
        })
    }

    fn input(&self, first: NaiveDate, zone: Tz) -> Result<Value, Exit> {
        let after = first.checked_add_days(Days::new(self.days.into()));
        let bounds = after.and_then(|after| Some((midnight(first, zone)?, midnight(after, zone)?)));
        let Some((from, to)) = bounds else {
            return Err(Exit::misused(format!("`--from {first}` is too far away")));
        };
        let mut show = vec!["appointments", "blocked"];
        if self.free {
            show.push("free");
        }
        Ok(json!({
            "startTime": from.timestamp_millis(),
            "endTime": to.timestamp_millis().min(from.timestamp_millis() + 31 * 24 * 60 * 60 * 1000),
            "timezone": zone.name(),
            "show": show,
            "cancelled": self.cancelled,
            "calendarIds": self.calendars,
            "userIds": self.users,
            "groupIds": self.groups,
        }))
    }
}

/// When a day begins; where the clocks leave midnight out, the first moment that there is.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Tz>> {
    let midnight = day.and_hms_opt(0, 0, 0)?;
    let first = |hour: i64| {
        zone.from_local_datetime(&(midnight + TimeDelta::minutes(hour * 30)))
            .earliest()
    };
    (0..=4).find_map(first)
}
