//! When a visit takes place.

use chrono::{DateTime, FixedOffset, NaiveDateTime};

use super::{Address, Rep, Settings, Warning};
use crate::document::Object;
use crate::zone::{LocalTime, Zone};

/// When a visit takes place. Both times carry the offset that holds there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When it begins.
    pub start: DateTime<FixedOffset>,
    /// When it ends; absent: after the calendar's own slot length.
    pub end: Option<DateTime<FixedOffset>>,
}

impl Slot {
    /// Reads `startTime` and `endTime`; nothing when there is no usable start.
    pub(super) fn read(data: &Object<'_>, zone: &KnownZone, warnings: &mut Vec<Warning>) -> Option<Self> {
        let start = instant(data, "startTime", zone, warnings);
        let end = instant(data, "endTime", zone, warnings);
        let start = start?;
        if let Some(end) = end
            && end <= start
        {
            let message = format!(
                "ends at {}, not after its start {}",
                end.to_rfc3339(),
                start.to_rfc3339()
            );
            data.problem("endTime", "ends-before-start", message);
        }
        Some(Self { start, end })
    }
}

/// What is known of the zone of local times.
#[derive(Debug)]
pub(super) enum KnownZone {
    /// It is this one.
    Is(Zone),
    /// Nobody named one.
    Unnamed,
    /// The one that was named does not exist: that is the problem, not the times.
    Misspelt,
}

impl KnownZone {
    /// The event's own zone, else the connection's.
    pub(super) fn read(data: &Object<'_>, fallback: Option<&Zone>) -> Self {
        let Some(name) = data.text("timeZone") else {
            return fallback.cloned().map_or(Self::Unnamed, Self::Is);
        };
        if let Some(zone) = Zone::named(&name) {
            return Self::Is(zone);
        }
        data.problem("timeZone", "unknown-zone", unknown_zone(&name));
        Self::Misspelt
    }

    /// The zone of what happens somewhere: the event's own, else that of the address, the rep's, the connection's.
    pub(super) fn there(data: &Object<'_>, settings: &Settings, address: Option<&Address>, rep: Option<&Rep>) -> Self {
        let of_address = address.and_then(|address| settings.zones.of_address(address));
        let of_rep = || rep.and_then(|rep| settings.zones.of_rep(rep));
        Self::read(data, of_address.or_else(of_rep).or(settings.time_zone.as_ref()))
    }

    /// Its name, if there is one.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Is(zone) => Some(zone.name().to_owned()),
            Self::Unnamed | Self::Misspelt => None,
        }
    }
}

/// The sentence about a zone that does not exist.
pub fn unknown_zone(name: &str) -> String {
    match crate::document::nearest(name, Zone::names()) {
        Some(near) => format!("`{name}` is no time zone; did you mean `{near}`?"),
        None => format!("`{name}` is no time zone; write a name like `America/Chicago`"),
    }
}

/// The instant that stands in a field, by the zone where it has no offset.
pub(super) fn instant(
    data: &Object<'_>,
    name: &'static str,
    zone: &KnownZone,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let text = data.text(name)?;
    if let Some(time) = with_offset(&text) {
        // UTC is how programs write times; another offset than the zone's was meant by somebody. Once is enough.
        let said_by_somebody = name == "startTime" && time.offset().local_minus_utc() != 0;
        if let KnownZone::Is(zone) = zone
            && said_by_somebody
            && !zone.has(&time)
        {
            let message = format!("`{text}` has another offset than {}; the offset counts", zone.name());
            warnings.push(Warning::at(data.pointer(name), "offset-differs", message));
        }
        return Some(time);
    }
    let Some(local) = without_offset(&text) else {
        let message = format!("`{text}` is no time; write it like `2030-06-03T10:00:00-05:00`");
        data.problem(name, "no-time", message);
        return None;
    };
    let zone = match zone {
        KnownZone::Is(zone) => zone,
        KnownZone::Misspelt => return None,
        KnownZone::Unnamed => {
            let message = format!(
                "`{text}` has no offset and no zone is known; add an offset, `timeZone` to the event, or where all visits \
                 are in one zone `time_zone` to the configuration"
            );
            data.problem(name, "no-zone", message);
            return None;
        }
    };
    match zone.local(local) {
        Some(LocalTime::Once(time)) => return Some(time),
        Some(LocalTime::Never { before, after }) => {
            let message = format!(
                "`{text}` does not exist in {}: the clock goes from {} to {}; write the time that was meant",
                zone.name(),
                before.time(),
                after.time(),
            );
            data.problem(name, "time-does-not-exist", message);
        }
        Some(LocalTime::Twice(first, second)) => {
            let message = format!(
                "`{text}` exists twice in {}; write `{}` or `{}`",
                zone.name(),
                first.to_rfc3339(),
                second.to_rfc3339()
            );
            data.problem(name, "time-exists-twice", message);
        }
        None => {
            let message = format!("`{text}` is out of range");
            data.problem(name, "no-time", message);
        }
    }
    None
}

/// A time with an offset. People leave out the `T`, the seconds or the colon of the offset; RFC 3339 wants them all.
fn with_offset(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.replacen(' ', "T", 1);
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return parse(local, "Z");
    }
    let sign = text
        .rfind(['+', '-'])
        .filter(|sign| text.find('T').is_some_and(|day| *sign > day))?;
    let (local, offset) = text.split_at_checked(sign)?;
    match offset.len() {
        5 => parse(local, &format!("{}:{}", offset.get(..3)?, offset.get(3..)?)),
        _ => parse(local, offset),
    }
}

fn without_offset(text: &str) -> Option<NaiveDateTime> {
    parse(&text.replacen(' ', "T", 1), "Z").map(|time| time.naive_utc())
}

fn parse(local: &str, offset: &str) -> Option<DateTime<FixedOffset>> {
    let seconds = if local.matches(':').count() == 1 { ":00" } else { "" };
    DateTime::parse_from_rfc3339(&format!("{local}{seconds}{offset}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_write_a_time_are_one_time() {
        for text in [
            "2030-06-03T10:00:00-05:00",
            "2030-06-03T10:00-05:00",
            "2030-06-03 10:00:00-05:00",
            "2030-06-03T10:00:00-0500",
            "2030-06-03T10:00:00.000-05:00",
            "2030-06-03T15:00:00Z",
            "2030-06-03 15:00Z",
        ] {
            let time = with_offset(text).map(|time| time.timestamp());
            assert_eq!(time, Some(1_906_729_200), "{text}");
            assert!(without_offset(text).is_none(), "{text}");
        }
        for text in ["2030-06-03T10:00:00", "2030-06-03T10:00", "2030-06-03 10:00"] {
            assert!(with_offset(text).is_none(), "{text}");
            assert_eq!(
                without_offset(text).map(|time| time.to_string()).as_deref(),
                Some("2030-06-03 10:00:00")
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "tomorrow",
            "2030-06-03",
            "2030-13-03T10:00:00Z",
            "10:00",
            "é+05:00",
            "2030-06-03T25:00Z",
        ] {
            assert!(with_offset(text).is_none() && without_offset(text).is_none(), "{text}");
        }
    }
}
