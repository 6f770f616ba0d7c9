//! `knocker.availability_updated`: a rep has other plans, or other hours.

use chrono::Timelike;
use serde_json::{Map, Value, json};

use super::fields::{set, texts};
use super::known_zone::KnownZone;
use super::slot::{Slot, time};
use super::warning::warn_of_unused;
use super::{Mark, Rep, Settings, Warning, Written};
use crate::document::{Object, Problems};

const DAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

/// Reads a change of a rep's plans or hours, as recipes see it: whose it is (`rep`, or `userId` as GHL knows them), `busy`
/// (all times without visits) from `from` to `to`, and `openHours` of a usual week. What is absent stays as it is.
pub(super) fn read(
    data: &Object<'_>,
    settings: &Settings,
    problems: &Problems,
    warnings: &mut Vec<Warning>,
) -> Map<String, Value> {
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
    let mut fields = texts(&[("userId", &data.text("userId")), ("timeZone", &zone.name())]);
    set(&mut fields, "rep", rep.map(|rep| rep.fields().into()));
    if is_there("busy") {
        let busy = busy(data, &zone, settings, warnings);
        set(&mut fields, "busy", Some(busy.into()));
    }
    for name in ["from", "to"] {
        let time = time(data, name, &zone, &settings.times, warnings);
        set(&mut fields, name, time.map(|time| time.to_rfc3339().into()));
    }
    if is_there("openHours") {
        set(&mut fields, "openHours", Some(week(data, settings).into()));
    }
    warn_of_unused(data, warnings);
    fields
}

/// The times without visits.
fn busy(data: &Object<'_>, zone: &KnownZone, settings: &Settings, warnings: &mut Vec<Warning>) -> Vec<Value> {
    let mut busy = Vec::new();
    for fields in data.objects("busy") {
        let is_there = [Slot::has_start(&fields), Slot::end_field(&fields).is_some()];
        for (name, is_there) in ["startTime", "endTime"].into_iter().zip(is_there) {
            if !is_there {
                fields.problem(name, "missing", format!("`{name}` is missing"));
            }
        }
        let slot = Slot::read(&fields, zone, &settings.times, warnings);
        let mut period = texts(&[("title", &fields.text("title"))]);
        warn_of_unused(&fields, warnings);
        if let Some(slot) = slot
            && let Some(end) = slot.end
        {
            set(&mut period, "startTime", Some(slot.start.to_rfc3339().into()));
            set(&mut period, "endTime", Some(end.to_rfc3339().into()));
            busy.push(period.into());
        }
    }
    busy
}

/// The days that have hours, in the order of the week.
fn week(data: &Object<'_>, settings: &Settings) -> Vec<Value> {
    let mut week: [Vec<(String, String)>; 7] = Default::default();
    for fields in data.objects("openHours") {
        let (from, to) = (
            time_of_day(&fields, "from", settings),
            time_of_day(&fields, "to", settings),
        );
        let Some(day) = fields.required_text("day") else {
            continue;
        };
        let day = day.to_lowercase();
        let place = DAYS.iter().position(|known| *known == day);
        let Some(hours) = place.and_then(|place| week.get_mut(place)) else {
            let message = format!("`{day}` is no day of the week; write it like `monday`");
            fields.problem("day", "no-day", message);
            continue;
        };
        let (Some(from), Some(to)) = (from, to) else { continue };
        if to <= from {
            let message = format!("the hours end at {to}, not after {from}; hours over midnight are two entries");
            fields.problem("to", "ends-before-start", message);
        }
        let place = hours.iter().take_while(|(other, _)| *other <= from).count();
        hours.insert(place, (from, to));
    }
    let mut days = Vec::new();
    for (day, hours) in DAYS.into_iter().zip(week) {
        let mut shown = Vec::new();
        for (from, to) in hours {
            shown.push(Value::Object(texts(&[("from", &Some(from)), ("to", &Some(to))])));
        }
        if !shown.is_empty() {
            days.push(json!({ "day": day, "hours": shown }));
        }
    }
    days
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
