//! `slot.find_next`: the next free slots, however far ahead.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta};
use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::slots::nearest_first;
use super::stop::Stop;
use crate::document::{object, sort_short};
use crate::ghl::calendar::{self, slot_minutes};
use crate::ghl::slot::{LIST_FREE, WINDOW_DAYS, read};
use crate::shape::{Kind, date, instant_ms, time_of_day};
use crate::zone::{LocalTime, Zone};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How far ahead it looks unless the input says otherwise, in days.
const DAYS: i64 = 92;

/// Looks through windows of GHL's length until as many slots are found as are wanted.
pub(super) fn find_next(call: &mut Call<'_>, input: &Map<String, Value>) -> Result<Value, Stop> {
    let number = |name: &str| input.get(name).and_then(Value::as_i64);
    let wanted = usize::try_from(number("count").unwrap_or(1)).unwrap_or(1);
    let day = Day::of(call, input)?;
    let from = input.get("from").and_then(|from| instant_ms(Kind::Milliseconds, from));
    let from = match (&day, from) {
        (Some(day), _) => day.begins_ms,
        (None, Some(from)) => from,
        (None, None) => i64::try_from(call.ledger.now_ms(call.host)).unwrap_or_default(),
    };
    let days = number("days").unwrap_or(DAYS) * DAY_MS;
    let end = day.as_ref().map_or(from + days, |day| day.ends_ms);
    let nearest_to = day.as_ref().and_then(|day| day.nearest_to_ms);
    let needed = match number("duration") {
        Some(minutes) => Some((TimeDelta::minutes(minutes), slot_length(call, input)?)),
        None => None,
    };
    let mut free: Vec<DateTime<FixedOffset>> = Vec::new();
    let mut found: Vec<DateTime<FixedOffset>> = Vec::new();
    let mut until = from;
    while until < end && (found.len() < wanted || nearest_to.is_some()) {
        let to = end.min(until + WINDOW_DAYS * DAY_MS);
        let window = window(call, input, until, to);
        let reply = call.read(&LIST_FREE, &window)?;
        let slots = read(&reply, call.zone_of_slots(&window).as_ref());
        free.extend(slots.ok_or_else(|| unreadable(&LIST_FREE))?);
        sort_short(&mut free, |one, other| one < other);
        free.dedup();
        found.clear();
        for start in &free {
            // GHL shows whole days, so the first one may begin too early.
            let start_ms = start.timestamp_millis();
            let is_within = start_ms >= from && (day.is_none() || start_ms < end);
            if is_within && needed.is_none_or(|(duration, slot)| covers(&free, *start, duration, slot)) {
                found.push(*start);
            }
        }
        until = to;
    }
    if let Some(wanted_ms) = nearest_to {
        found = nearest_first(found, wanted_ms, wanted);
    }
    found.truncate(wanted);
    let slots: Vec<String> = found.iter().map(DateTime::to_rfc3339).collect();
    let until = DateTime::from_timestamp_millis(until).map(|until| until.to_rfc3339());
    Ok(object([("slots", slots.into()), ("searchedUntil", until.into())]))
}

/// The day that is looked at.
struct Day {
    begins_ms: i64,
    ends_ms: i64,
    /// The time of day that is wanted.
    nearest_to_ms: Option<i64>,
}

impl Day {
    /// The day that the input names; nothing when it names none. A local day is one of the zone of the answer.
    fn of(call: &Call<'_>, input: &Map<String, Value>) -> Result<Option<Self>, Stop> {
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        let refused = |message: &str| Err(Stop::refused("input-invalid", message));
        let time = text("time").and_then(time_of_day);
        let Some(date) = text("date").and_then(date) else {
            return match time {
                Some(_) => refused("`time` is a time of the day that `date` names; write `date`, too"),
                None => Ok(None),
            };
        };
        let zone = text("timezone").and_then(Zone::named);
        let Some(zone) = zone.or_else(|| call.task.configuration.settings.time_zone.clone()) else {
            return refused("`date` is a day of a zone; write `timezone`, or `time_zone` in the configuration");
        };
        let instant = |date: NaiveDate, time: NaiveTime| match zone.local(date.and_time(time)) {
            Some(LocalTime::Once(instant) | LocalTime::Twice(instant, _) | LocalTime::Never { after: instant, .. }) => {
                Some(instant.timestamp_millis())
            }
            None => None,
        };
        let begins_ms = instant(date, NaiveTime::MIN);
        let ends_ms = date.succ_opt().and_then(|next| instant(next, NaiveTime::MIN));
        let (Some(begins_ms), Some(ends_ms)) = (begins_ms, ends_ms) else {
            return refused("that day is out of range");
        };
        Ok(Some(Self {
            begins_ms,
            ends_ms,
            nearest_to_ms: time.and_then(|time| instant(date, time)),
        }))
    }
}

fn window(call: &Call<'_>, input: &Map<String, Value>, from: i64, to: i64) -> Value {
    let zone = call
        .task
        .configuration
        .settings
        .time_zone
        .as_ref()
        .map(|zone| zone.name().into());
    object([
        ("calendarId", input.get("calendarId").cloned().into()),
        ("startDate", from.into()),
        ("endDate", to.into()),
        ("userId", input.get("userId").cloned().into()),
        ("timezone", input.get("timezone").cloned().or(zone).into()),
    ])
}

fn slot_length(call: &mut Call<'_>, input: &Map<String, Value>) -> Result<TimeDelta, Stop> {
    let reply = call.read(
        &calendar::GET,
        &object([("calendarId", input.get("calendarId").cloned().into())]),
    )?;
    let calendar = reply.get("calendar").unwrap_or(&Value::Null);
    Ok(TimeDelta::minutes(slot_minutes(calendar)))
}

/// Whether slots of this length cover every moment of a visit.
fn covers(free: &[DateTime<FixedOffset>], start: DateTime<FixedOffset>, duration: TimeDelta, slot: TimeDelta) -> bool {
    let end = start + duration;
    let mut covered = start;
    while covered < end {
        let last = free.partition_point(|free| *free <= covered).checked_sub(1);
        match last.and_then(|last| free.get(last)).map(|last| *last + slot) {
            Some(further) if further > covered => covered = further,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_visit_needs_every_slot_that_it_covers() {
        let at = |time: &str| DateTime::parse_from_rfc3339(&format!("2030-06-04T{time}:00-05:00")).unwrap();
        let free = [at("09:00"), at("09:30"), at("10:00"), at("11:00"), at("11:30")];
        let fits = |start, minutes| covers(&free, at(start), TimeDelta::minutes(minutes), TimeDelta::minutes(30));
        assert!(fits("09:00", 90) && fits("09:00", 45) && fits("11:00", 60));
        assert!(!fits("09:00", 91) && !fits("10:00", 60) && !fits("11:30", 31));
    }
}
