//! `knocker.availability_updated`: a rep has other plans, or other hours.

use chrono::Timelike;
use serde::Serialize;

use super::known_zone::KnownZone;
use super::slot::{Slot, time};
use super::{Mark, Rep, Settings, Warning, Written};
use crate::document::{Object, Problems, Unknown};

const DAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

/// A rep has other plans, or other hours. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityUpdated {
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep: Option<Rep>,
    /// The same, as GHL knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// All times without visits from `from` to `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<Vec<Busy>>,
    /// Where that period begins, RFC 3339; absent: when the event occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The hours of a usual week, day by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_hours: Option<Vec<OpenDay>>,
    /// Name of the zone that local times are in, when one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A time without visits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Busy {
    /// When it begins, RFC 3339.
    pub start_time: String,
    /// When it ends, RFC 3339.
    pub end_time: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The hours of one day of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenDay {
    /// `monday`.
    pub day: &'static str,
    /// From when to when, in local time.
    pub hours: Vec<Hours>,
}

/// Hours of a day, `09:00` to `17:00`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hours {
    /// When they begin.
    pub from: String,
    /// When they end.
    pub to: String,
}

impl AvailabilityUpdated {
    /// Reads the event's data; nothing when there are problems that leave nothing.
    pub fn read(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let rep = Rep::read(data, settings, problems, warnings);
        let zone = KnownZone::read(data, settings, rep.as_ref());
        let is_there = |name: &'static str| data.value(name).is_some();
        if !is_there("rep") && !is_there("userId") {
            let message = "whose availability? write `rep`, or `userId` as GHL has it";
            data.problem("rep", "missing", message);
        }
        if !is_there("busy") && !is_there("openHours") {
            let message = "nothing changes: write `busy`, a list of times without visits, or `openHours`";
            data.problem("busy", "missing", message);
        }
        let updated = Self {
            rep,
            user_id: data.text("userId"),
            busy: is_there("busy").then(|| busy(data, &zone, settings, problems, warnings)),
            from: time(data, "from", &zone, &settings.times, warnings).map(|from| from.to_rfc3339()),
            to: time(data, "to", &zone, &settings.times, warnings).map(|to| to.to_rfc3339()),
            open_hours: is_there("openHours").then(|| week(data, settings, problems)),
            time_zone: zone.name(),
        };
        for (pointer, message) in data.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        Some(updated)
    }
}

fn busy(
    data: &Object<'_>,
    zone: &KnownZone,
    settings: &Settings,
    problems: &Problems,
    warnings: &mut Vec<Warning>,
) -> Vec<Busy> {
    let periods = data.list("busy").into_iter().filter_map(|(period, pointer)| {
        let fields = Object::at(period, pointer, problems)?;
        let is_there = [Slot::has_start(&fields), Slot::end_field(&fields).is_some()];
        for (name, is_there) in ["startTime", "endTime"].into_iter().zip(is_there) {
            if !is_there {
                fields.problem(name, "missing", format!("`{name}` is missing"));
            }
        }
        let slot = Slot::read(&fields, zone, &settings.times, warnings);
        let title = fields.text("title");
        for (pointer, message) in fields.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        let slot = slot?;
        Some(Busy {
            start_time: slot.start.to_rfc3339(),
            end_time: slot.end?.to_rfc3339(),
            title,
        })
    });
    periods.collect()
}

/// The days that have hours, in the order of the week.
fn week(data: &Object<'_>, settings: &Settings, problems: &Problems) -> Vec<OpenDay> {
    let mut week: Vec<OpenDay> = DAYS.iter().map(|day| OpenDay { day, hours: Vec::new() }).collect();
    for (entry, pointer) in data.list("openHours") {
        let Some(fields) = Object::at(entry, pointer, problems) else {
            continue;
        };
        let (from, to) = (
            time_of_day(&fields, "from", settings),
            time_of_day(&fields, "to", settings),
        );
        let Some(day) = fields.required_text("day") else {
            continue;
        };
        let day = day.trim().to_lowercase();
        let Some(open) = week.iter_mut().find(|open| open.day == day) else {
            let message = format!("`{day}` is no day of the week; write it like `monday`");
            fields.problem("day", "no-day", message);
            continue;
        };
        let (Some(from), Some(to)) = (from, to) else { continue };
        if to <= from {
            let message = format!("the hours end at {to}, not after {from}; hours over midnight are two entries");
            fields.problem("to", "ends-before-start", message);
        }
        let place = open.hours.iter().take_while(|other| other.from <= from).count();
        open.hours.insert(place, Hours { from, to });
    }
    week.retain(|open| !open.hours.is_empty());
    week
}

/// A time of day with two digits for hours and minutes.
fn time_of_day(fields: &Object<'_>, name: &'static str, settings: &Settings) -> Option<String> {
    let text = fields.required_text(name)?;
    match settings.times.read(&text.as_str().into()) {
        Ok((Written::TimeOfDay(time, Mark::None), _)) => Some(format!("{:02}:{:02}", time.hour(), time.minute())),
        _ => {
            let message = format!("`{text}` is not a time of day; write it like `09:00`");
            fields.problem(name, "no-time", message);
            None
        }
    }
}
