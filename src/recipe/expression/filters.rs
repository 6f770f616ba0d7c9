//! The filters, one by one.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use serde_json::Value;

use super::Scope;
use super::evaluation::{LARGEST, instant_of, same, text_of};
use crate::document::kind_of;
use crate::ghl::evidence;
use crate::ghl::shown::normal_text;
use crate::knock::{self, Flaw, Format, Mark, Written};
use crate::readable;
use crate::zone::{LocalTime, Zone};

type Made = Result<Value, String>;

/// What stands in the brackets, in a message: whoever knows how that is written says so instead.
pub(super) const IN_BRACKETS: &str = "what is in the brackets";

/// Up to here every whole number is one that a fraction's number can be.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

pub(super) fn e164(value: Value, _: &[Value], scope: Scope<'_>) -> Made {
    let number = knock::e164(&text(&value)?, scope.calling_code);
    Ok(number.map_or(Value::Null, Value::from))
}

pub(super) fn trim(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(text(&value)?.trim().into())
}

pub(super) fn plain(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(normal_text(&text(&value)?).into())
}

pub(super) fn lower(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(text(&value)?.to_lowercase().into())
}

pub(super) fn upper(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(text(&value)?.to_uppercase().into())
}

pub(super) fn slug(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    let mut slug = String::new();
    for letter in text(&value)?.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    Ok(match slug {
        "" => Value::Null,
        slug => slug.into(),
    })
}

pub(super) fn truncate(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let most = usize::try_from(whole(arguments)?).unwrap_or_default();
    Ok(text(&value)?.chars().take(most).collect::<String>().into())
}

pub(super) fn replace(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let (from, to) = (argument(arguments, 0)?, argument(arguments, 1)?);
    if from.is_empty() {
        return Err("an empty text cannot be replaced".to_owned());
    }
    let text = text(&value)?;
    if text.matches(&from).count().saturating_mul(to.len()) > LARGEST {
        return Err(format!("becomes too large: more than {LARGEST}"));
    }
    Ok(text.replace(&from, &to).into())
}

pub(super) fn split(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let at = argument(arguments, 0)?;
    if at.is_empty() {
        return Err("a text cannot be cut at an empty one".to_owned());
    }
    let text = text(&value)?;
    let parts = text.split(&at).map(str::trim).filter(|part| !part.is_empty());
    Ok(parts.map(Value::from).collect())
}

pub(super) fn default(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    match value {
        Value::Null => Ok(arguments.first().cloned().unwrap_or_default()),
        value => Ok(value),
    }
}

pub(super) fn paragraphs(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    joined(&value, "\n\n")
}

pub(super) fn lines(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    joined(&value, "\n")
}

pub(super) fn join(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    joined(&value, &argument(arguments, 0)?)
}

pub(super) fn list(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(match value {
        Value::Array(_) => return kept(&value, &|entry| !entry.is_null()),
        one => Value::Array(vec![one]),
    })
}

pub(super) fn first(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(entries(&value)?.first().cloned().unwrap_or_default())
}

pub(super) fn last(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(entries(&value)?.last().cloned().unwrap_or_default())
}

pub(super) fn find(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let (name, wanted) = (argument(arguments, 0)?, arguments.get(1).unwrap_or(&Value::Null));
    if wanted.is_null() {
        return Ok(Value::Null);
    }
    let entries = entries(&value)?;
    let find = |is_wanted: &dyn Fn(&Value) -> bool| {
        let mut entries = entries.iter();
        entries.find(|entry| entry.get(&name).is_some_and(is_wanted))
    };
    let plain = |value: &Value| value.as_str().map(|text| text.trim().to_lowercase());
    let found = find(&|there| same(there, wanted))
        .or_else(|| find(&|there| plain(there).is_some_and(|there| Some(there) == plain(wanted))));
    Ok(found.cloned().unwrap_or_default())
}

pub(super) fn where_filter(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    sift(&value, arguments, true)
}

pub(super) fn without(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    sift(&value, arguments, false)
}

/// The entries whose field is this, or those whose field is not. What is absent is like no list of anything: GHL has both
/// for the same.
fn sift(value: &Value, arguments: &[Value], is_kept: bool) -> Made {
    let (name, wanted) = (argument(arguments, 0)?, arguments.get(1).unwrap_or(&Value::Null));
    let is_nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    kept(value, &|entry| {
        let there = entry.get(&name).unwrap_or(&Value::Null);
        (same(there, wanted) || (is_nothing(there) && is_nothing(wanted))) == is_kept
    })
}

pub(super) fn among(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let name = argument(arguments, 0)?;
    let wanted = match arguments.get(1) {
        None | Some(Value::Null) => &[],
        Some(wanted) => entries(wanted)?,
    };
    kept(&value, &|entry| {
        let there = entry.get(&name).unwrap_or(&Value::Null);
        wanted.iter().any(|wanted| same(there, wanted))
    })
}

pub(super) fn having(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let (name, wanted) = (argument(arguments, 0)?, arguments.get(1).unwrap_or(&Value::Null));
    kept(&value, &|entry| {
        let there = entry.get(&name).and_then(Value::as_array);
        there.is_some_and(|there| there.iter().any(|there| same(there, wanted)))
    })
}

pub(super) fn working_hours(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(evidence::working_hours(entries(&value)?).into())
}

pub(super) fn plus(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let more = arguments.first().unwrap_or(&Value::Null);
    Ok([entries(&value)?, entries(more)?].concat().into())
}

pub(super) fn overlapping(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let bound = |index: usize| instant(arguments.get(index).unwrap_or(&Value::Null));
    let (from, to) = (bound(0)?, bound(1)?);
    kept(&value, &|entry| {
        let time = |name: &str| entry.get(name).and_then(instant_of);
        time("startTime").is_some_and(|start| start < to) && time("endTime").is_some_and(|end| end > from)
    })
}

pub(super) fn get(value: Value, arguments: &[Value], _: Scope<'_>) -> Made {
    let name = argument(arguments, 0)?;
    match &value {
        Value::Object(fields) => Ok(fields.get(&name).cloned().unwrap_or_default()),
        other => Err(format!("{} has no fields", kind_of(other))),
    }
}

pub(super) fn length(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(match &value {
        Value::Array(entries) => entries.len().into(),
        other => text(other)?.chars().count().into(),
    })
}

pub(super) fn text_filter(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    Ok(text(&value)?.into())
}

pub(super) fn number(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    let text = text(&value)?;
    // Amounts are written like `$12,500.00`.
    let plain = text.replace(['$', ',', ' '], "");
    match serde_json::from_str(&plain) {
        Ok(number @ Value::Number(_)) => Ok(number),
        _ => Err(format!("`{}` is no number", shortened(&text))),
    }
}

pub(super) fn round(value: Value, _: &[Value], _: Scope<'_>) -> Made {
    match &value {
        Value::Number(number) if number.is_f64() => {
            let rounded = number.as_f64().unwrap_or_default().round();
            if rounded.abs() > LARGEST_WHOLE {
                return Err("the number is too large".to_owned());
            }
            let whole = rounded as i64;
            Ok(whole.into())
        }
        Value::Number(_) => Ok(value),
        other => Err(format!("{} is no number", kind_of(other))),
    }
}

pub(super) fn datetime(value: Value, arguments: &[Value], scope: Scope<'_>) -> Made {
    let written = match arguments.first() {
        None => written(&value, scope)?,
        Some(format) => {
            let (format, text) = (text(format)?, text(&value)?);
            let read = Format::parse(&format).map_err(|message| format!("the format `{format}` {message}"))?;
            let read = read.time(&text).unwrap_or(Err(Flaw::Format(format)));
            read.map_err(|flaw| flaw.message(&text))?
        }
    };
    match written {
        Written::Instant { time, .. } => Ok(time.to_rfc3339().into()),
        Written::Local(time) => Ok(iso(time).into()),
        Written::Date(date) => Ok(date.to_string().into()),
        Written::TimeOfDay(time, Mark::None) => Ok(format!("{:02}:{:02}", time.hour(), time.minute()).into()),
        Written::TimeOfDay(..) | Written::Relative { .. } => {
            let text = shortened(&text(&value)?);
            Err(format!(
                "`{text}` depends on the day of the event: only fields of times can read it"
            ))
        }
    }
}

/// Whether a format of times can work.
pub(super) fn check_format(text: &str) -> Result<(), String> {
    Format::parse(text)
        .map(drop)
        .map_err(|message| format!("the format {message}"))
}

pub(super) fn date(value: Value, _: &[Value], scope: Scope<'_>) -> Made {
    Ok(date_of(&value, scope)?.to_string().into())
}

pub(super) fn day(value: Value, _: &[Value], scope: Scope<'_>) -> Made {
    Ok(readable::day(date_of(&value, scope)?).into())
}

pub(super) fn time(value: Value, _: &[Value], scope: Scope<'_>) -> Made {
    let time = time_of(&value, scope)?;
    Ok(format!("{:02}:{:02}", time.hour(), time.minute()).into())
}

pub(super) fn time_12(value: Value, _: &[Value], scope: Scope<'_>) -> Made {
    Ok(readable::time_of_day(time_of(&value, scope)?).into())
}

pub(super) fn plus_minutes(value: Value, arguments: &[Value], scope: Scope<'_>) -> Made {
    let by = TimeDelta::try_minutes(whole(arguments)?);
    match written(&value, scope)? {
        Written::Instant { time, .. } => later(time, by),
        Written::Local(local) => {
            let there = scope.zone.and_then(|zone| Some((zone, first_there(zone, local)?)));
            let later = match there {
                Some((zone, time)) => by.and_then(|by| Some(zone.at(time.checked_add_signed(by)?).naive_local())),
                None => by.and_then(|by| local.checked_add_signed(by)),
            };
            later.map(|time| iso(time).into()).ok_or_else(out_of_range)
        }
        _ => Err(format!(
            "`{}` is not a day with a time of day",
            shortened(&text(&value)?)
        )),
    }
}

pub(super) fn plus_days(value: Value, arguments: &[Value], scope: Scope<'_>) -> Made {
    let days = TimeDelta::try_days(whole(arguments)?);
    match written(&value, scope)? {
        Written::Instant { time, .. } => {
            let Some(zone) = scope.zone else {
                return later(time, days);
            };
            let local = days.and_then(|days| zone.at(time).naive_local().checked_add_signed(days));
            let there = local
                .and_then(|local| first_there(zone, local))
                .ok_or("that day is out of range")?;
            Ok(there.to_rfc3339().into())
        }
        Written::Local(time) => {
            let later = days.and_then(|days| time.checked_add_signed(days));
            later.map(|time| iso(time).into()).ok_or_else(out_of_range)
        }
        Written::Date(date) => {
            let later = days.and_then(|days| date.checked_add_signed(days));
            later.map(|date| date.to_string().into()).ok_or_else(out_of_range)
        }
        _ => Err(format!("`{}` is not a day", shortened(&text(&value)?))),
    }
}

fn later(time: DateTime<FixedOffset>, by: Option<TimeDelta>) -> Made {
    let later = by.and_then(|by| time.checked_add_signed(by));
    later.map(|time| time.to_rfc3339().into()).ok_or_else(out_of_range)
}

/// The instant when the clocks of a zone show a time: the first of two, and behind the jump where they never do.
fn first_there(zone: &Zone, local: NaiveDateTime) -> Option<DateTime<FixedOffset>> {
    match zone.local(local)? {
        LocalTime::Once(time) | LocalTime::Twice(time, _) | LocalTime::Never { after: time, .. } => Some(time),
    }
}

fn out_of_range() -> String {
    "that time is out of range".to_owned()
}

fn iso(time: NaiveDateTime) -> String {
    format!("{time:?}")
}

fn instant(value: &Value) -> Result<DateTime<FixedOffset>, String> {
    instant_of(value).ok_or_else(|| match value {
        Value::String(text) => format!("`{}` is not a time with an offset", shortened(text)),
        other => format!("{} is not a time", kind_of(other)),
    })
}

/// A time in any usual spelling.
fn written(value: &Value, scope: Scope<'_>) -> Result<Written, String> {
    let text = text(value).map_err(|_| format!("{} is not a time", kind_of(value)))?;
    let read = scope.times.read_any(value);
    read.map(|(written, _)| written).map_err(|flaw| flaw.message(&text))
}

/// The day that the clocks of the zone show.
fn date_of(value: &Value, scope: Scope<'_>) -> Result<NaiveDate, String> {
    match written(value, scope)? {
        Written::Instant { time, .. } => Ok(here(time, scope).date_naive()),
        Written::Local(time) => Ok(time.date()),
        Written::Date(date) => Ok(date),
        _ => Err(format!("`{}` is not a day", shortened(&text(value)?))),
    }
}

/// The time of day that the clocks of the zone show.
fn time_of(value: &Value, scope: Scope<'_>) -> Result<NaiveTime, String> {
    match written(value, scope)? {
        Written::Instant { time, .. } => Ok(here(time, scope).time()),
        Written::Local(time) => Ok(time.time()),
        Written::TimeOfDay(time, _) => Ok(time),
        _ => Err(format!("`{}` has no time of day", shortened(&text(value)?))),
    }
}

/// The instant as the clocks of the zone show it.
fn here(time: DateTime<FixedOffset>, scope: Scope<'_>) -> DateTime<FixedOffset> {
    scope.zone.map_or(time, |zone| zone.at(time))
}

fn text(value: &Value) -> Result<String, String> {
    text_of(value).ok_or_else(|| format!("{} is no text", kind_of(value)))
}

fn entries(value: &Value) -> Result<&[Value], String> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("{} is no list", kind_of(value)))
}

/// The entries of a list that are wanted.
fn kept(value: &Value, is_wanted: &dyn Fn(&Value) -> bool) -> Made {
    let mut kept = Vec::new();
    for entry in entries(value)? {
        if is_wanted(entry) {
            kept.push(entry.clone());
        }
    }
    Ok(Value::Array(kept))
}

fn joined(value: &Value, between: &str) -> Made {
    let mut joined = String::new();
    for entry in entries(value)?.iter().filter(|entry| !entry.is_null()) {
        if !joined.is_empty() {
            joined.push_str(between);
        }
        joined.push_str(&text(entry)?);
        if joined.len() > LARGEST {
            return Err(format!("becomes too large: more than {LARGEST}"));
        }
    }
    Ok(match joined.is_empty() {
        true => Value::Null,
        false => joined.into(),
    })
}

fn argument(arguments: &[Value], index: usize) -> Result<String, String> {
    text(arguments.get(index).unwrap_or(&Value::Null))
}

fn whole(arguments: &[Value]) -> Result<i64, String> {
    let number = arguments.first().and_then(|number| match number {
        // Forms send numbers as text.
        Value::String(text) => text.trim().parse().ok(),
        number => number.as_i64(),
    });
    number.ok_or_else(|| format!("{IN_BRACKETS} is not a whole number"))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
