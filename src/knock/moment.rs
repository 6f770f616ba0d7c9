//! A time that an event names, in one field or two.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde_json::Value;

use super::Warning;
use super::known_zone::{KnownZone, Local};
use super::warning::warn;
use super::written_time::{Basis, Flaw, Mark, Written, WrittenTimes, minutes, spoken};
use crate::document::Object;

/// Days that programs put before a time of day that has none.
const NO_DAYS: [Option<NaiveDate>; 5] = [
    NaiveDate::from_ymd_opt(1, 1, 1),
    NaiveDate::from_ymd_opt(1899, 12, 30),
    NaiveDate::from_ymd_opt(1899, 12, 31),
    NaiveDate::from_ymd_opt(1900, 1, 1),
    NaiveDate::from_ymd_opt(1970, 1, 1),
];

/// A time that an event names.
#[derive(Debug)]
pub(super) struct Moment {
    /// The field that it stands in.
    pub(super) name: &'static str,
    /// As it was written.
    pub(super) text: String,
    /// As it was read: an instant, or a local time.
    pub(super) written: Written,
}

/// The fields of one time: the time of day or all of it, and the day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) time: &'static str,
    pub(super) date: &'static str,
}

/// Reads the times of an event. What is wrong is noted at its field.
#[derive(Debug)]
pub(super) struct Moments<'a> {
    pub(super) data: &'a Object<'a>,
    pub(super) zone: &'a KnownZone,
    pub(super) times: &'a WrittenTimes,
}

impl Moments<'_> {
    /// The time in these fields. A time of day alone is one of `day`, where that is known.
    pub(super) fn read(
        &self,
        fields: Fields,
        day: Option<(NaiveDate, Mark)>,
        warnings: &mut Vec<Warning>,
    ) -> Option<Moment> {
        let name = fields.time;
        let (name, text, written) = match (self.data.value(fields.time), self.data.value(fields.date)) {
            (None, None) => return None,
            (Some(time), None) => (name, self.data.text(name)?, self.value(name, time, warnings)?),
            (None, Some(date)) => {
                let text = self.data.text(fields.date)?;
                match self.value(fields.date, date, warnings)? {
                    // What chooses a day alone puts midnight behind it.
                    Written::Date(_) => return self.without_time(fields, &text, warnings),
                    Written::Local(time) if time.time() == NaiveTime::MIN => {
                        return self.without_time(fields, &text, warnings);
                    }
                    written => (fields.date, text, written),
                }
            }
            (Some(time), Some(date)) => {
                let text = format!("{} {}", self.data.text(fields.date)?, self.data.text(name)?);
                let written = match self.value_beside_date(name, time, warnings)? {
                    Written::TimeOfDay(..) if name == "startTime" && self.needs_half(time) => {
                        self.data.problem(name, Flaw::Half.code(), Flaw::Half.message(&text));
                        return None;
                    }
                    Written::TimeOfDay(time, mark) => {
                        let date = self.date(fields.date, date, warnings)?;
                        self.at(name, &text, &mark, date.and_time(time))?
                    }
                    written => {
                        self.compare_date(fields, &written, date, warnings)?;
                        written
                    }
                };
                (name, text, written)
            }
        };
        let written = match (written, day) {
            (Written::TimeOfDay(time, mark), Some((date, usual))) => {
                let mark = if mark == Mark::None { usual } else { mark };
                self.at(name, &text, &mark, date.and_time(time))?
            }
            (Written::TimeOfDay(..), None) => {
                let message = format!(
                    "`{text}` is a time of day without a day; write the day in front of it, or in `{}`",
                    fields.date
                );
                self.data.problem(name, "missing-date", message);
                return None;
            }
            (Written::Date(_), _) => {
                let message = format!("`{text}` is a day without a time of day; write the time behind it");
                self.data.problem(name, "missing-time", message);
                return None;
            }
            (written, _) => written,
        };
        Some(Moment { name, text, written })
    }

    /// Whether a time of day can be in the morning or in the afternoon, as it would behind its day in one text.
    fn needs_half(&self, value: &Value) -> bool {
        let behind_day = Value::String(format!("2030-06-03 {}", text_of(value)));
        self.times.formats.is_empty() && self.times.read_any(&behind_day) == Err(Flaw::Half)
    }

    /// A time that is said as how long after the event it is: `in 2 hours`.
    fn after_event(&self, name: &'static str, value: &Value, warnings: &mut Vec<Warning>) -> Option<Written> {
        let text = text_of(value);
        let (first, length) = text.split_once(' ')?;
        let length = minutes(length).filter(|_| first.eq_ignore_ascii_case("in"))?;
        let occurred = self.times.occurred?;
        let time = occurred.checked_add_signed(TimeDelta::try_minutes(length.into())?)?;
        let time = self.zone.of_clocks().map_or(time, |zone| zone.at(time));
        let said = spoken(time.date_naive(), Some(time.time()));
        let message = format!("`{text}` is taken for {said}, from when the event occurred");
        warn(self.data, name, "relative-time", message, warnings);
        Some(Written::Instant {
            time,
            basis: Basis::Offset,
        })
    }

    /// A value as a time; not a relative one.
    fn value(&self, name: &'static str, value: &Value, warnings: &mut Vec<Warning>) -> Option<Written> {
        if let Some(written) = self.after_event(name, value, warnings) {
            return Some(written);
        }
        self.settled(name, value, self.times.read(value), warnings)
    }

    /// A value whose day may stand in another field: what programs put in its place does not count.
    fn value_beside_date(&self, name: &'static str, value: &Value, warnings: &mut Vec<Warning>) -> Option<Written> {
        match self.times.read_any(value) {
            Ok((Written::Local(time), _)) if NO_DAYS.contains(&Some(time.date())) => {
                Some(Written::TimeOfDay(time.time(), Mark::None))
            }
            _ => self.value(name, value, warnings),
        }
    }

    fn settled(
        &self,
        name: &'static str,
        value: &Value,
        read: Result<(Written, bool), Flaw>,
        warnings: &mut Vec<Warning>,
    ) -> Option<Written> {
        let text = text_of(value);
        let (written, order_differs) = self.or_problem(name, &text, read)?;
        if order_differs {
            let message = format!("`{text}` has day and month in another order than `date_order` says");
            warn(self.data, name, "date-order-differs", message, warnings);
        }
        let Written::Relative { day, time, mark } = written else {
            return Some(written);
        };
        let today = self.today(name, &text)?;
        let date = self.or_problem(name, &text, day.seen_from(today))?;
        let day = spoken(date, time);
        let message = format!("`{text}` is taken for {day}, from when the event occurred");
        warn(self.data, name, "relative-time", message, warnings);
        match time {
            Some(time) => self.at(name, &text, &mark, date.and_time(time)),
            None => Some(Written::Date(date)),
        }
    }

    /// The time when clocks under a mark show `local`.
    fn at(&self, name: &'static str, text: &str, mark: &Mark, local: NaiveDateTime) -> Option<Written> {
        self.or_problem(name, text, mark.at(local))
    }

    /// The day on which the event occurred, where the visit is.
    fn today(&self, name: &'static str, text: &str) -> Option<NaiveDate> {
        let message = match (&self.zone.local, self.times.occurred) {
            (Local::Is(zone), Some(occurred)) => return Some(zone.at(occurred).date_naive()),
            (Local::Misspelt, _) => return None,
            (Local::Unnamed, _) => "no zone is known, so neither is the day on which that was written",
            (_, None) => "it is not known when that was written",
        };
        self.data
            .problem(name, "missing-date", format!("`{text}`: {message}; write the date"));
        None
    }

    /// The day in a field that is for days.
    fn date(&self, name: &'static str, value: &Value, warnings: &mut Vec<Warning>) -> Option<NaiveDate> {
        let date = match self.value(name, value, warnings)? {
            Written::Date(date) => Some(date),
            Written::Local(time) => midnight(time),
            Written::Instant { time, .. } => midnight(time.naive_local()).or_else(|| midnight(self.here(time)?)),
            Written::TimeOfDay(..) | Written::Relative { .. } => None,
        };
        if date.is_none() {
            let message = format!("`{}` is not a day alone; write it like `2030-06-03`", text_of(value));
            self.data.problem(name, "invalid-date", message);
        }
        date
    }

    /// An instant as the clocks at the place show it.
    fn here(&self, time: DateTime<FixedOffset>) -> Option<NaiveDateTime> {
        Some(self.zone.of_clocks()?.at(time).naive_local())
    }

    /// Compares the day of a time with the field that is for days, which says nothing new.
    fn compare_date(
        &self,
        fields: Fields,
        written: &Written,
        value: &Value,
        warnings: &mut Vec<Warning>,
    ) -> Option<()> {
        let date = match self.times.read(value) {
            Ok((Written::Date(date), _)) => date,
            Ok((Written::Local(time), _)) => time.date(),
            _ => {
                let message = format!("`{}` names the day already", fields.time);
                warn(self.data, fields.date, "field-not-used", message, warnings);
                return Some(());
            }
        };
        let is_same = match written {
            Written::Local(time) => time.date() == date,
            Written::Date(other) => *other == date,
            Written::Instant { time, .. } => {
                time.date_naive() == date || self.here(*time).is_some_and(|time| time.date() == date)
            }
            Written::TimeOfDay(..) | Written::Relative { .. } => true,
        };
        if !is_same {
            let message = format!(
                "`{}` names the day {date}, and `{}` another one; write the one that is meant",
                fields.date, fields.time
            );
            self.data.problem(fields.time, "date-differs", message);
            return None;
        }
        Some(())
    }

    /// A day whose time of day is missing. Of an end that says nothing; a start needs it.
    fn without_time(&self, fields: Fields, text: &str, warnings: &mut Vec<Warning>) -> Option<Moment> {
        let message = format!(
            "`{text}` is a day without a time of day; write that in `{}`",
            fields.time
        );
        match fields.time {
            "startTime" => self.data.problem(fields.time, "missing-time", message),
            _ => warn(self.data, fields.date, "field-not-used", message, warnings),
        }
        None
    }

    fn or_problem<T>(&self, name: &'static str, text: &str, read: Result<T, Flaw>) -> Option<T> {
        read.map_err(|flaw| self.data.problem(name, flaw.code(), flaw.message(text)))
            .ok()
    }
}

fn midnight(time: NaiveDateTime) -> Option<NaiveDate> {
    (time.time() == NaiveTime::MIN).then(|| time.date())
}

/// A value as it was written.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}
