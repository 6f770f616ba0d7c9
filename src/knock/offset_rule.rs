//! What an offset means that the clocks of the place do not show. Many programs call local times UTC.

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Timelike};

use super::known_zone::KnownZone;
use super::written_time::Basis;
use crate::zone::Zone;

/// The hours at which visits begin, in minutes of the day: what lies outside is a mistake where another reading is not.
const DAY: std::ops::RangeInclusive<u32> = 7 * 60..=21 * 60;

/// The hours outside which a visit is unusual.
const USUAL: std::ops::RangeInclusive<u32> = 6 * 60..=22 * 60;

/// What an offset means that the clocks of the place do not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Offsets {
    /// The instant counts, with a warning, unless only the other reading is an hour for visits.
    #[default]
    Unset,
    /// The instant counts.
    Trust,
    /// The offset is none: the rest is what clocks at the place show.
    Place,
    /// The time is a problem.
    Refuse,
}

/// How a time with an offset is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As this instant; with what is to be said about it.
    Instant(DateTime<FixedOffset>, Option<String>),
    /// As what the clocks of the place show; with what is to be said about it.
    Place(Option<String>),
    /// Not at all, and why.
    Refused(String),
}

impl Offsets {
    /// The word for each in a configuration.
    pub const WORDS: [(&'static str, Self); 3] =
        [("trust", Self::Trust), ("place", Self::Place), ("refuse", Self::Refuse)];

    /// How a time with an offset is read at a place. `begins`: a visit begins then.
    pub(super) fn reading(
        self,
        text: &str,
        time: DateTime<FixedOffset>,
        basis: Basis,
        known: &KnownZone,
        begins: bool,
    ) -> Reading {
        let Some(zone) = known.of_clocks().filter(|_| !known.has(time, basis)) else {
            return Reading::Instant(time, None);
        };
        let literal = clock(zone.at(time).time());
        let time = match (self, basis) {
            // In summer `EST` is a habit, and not an offset: it is what clocks in the East show.
            (Self::Unset, Basis::OtherSeason(clocks)) => {
                time.naive_local().and_local_timezone(clocks).single().unwrap_or(time)
            }
            _ => time,
        };
        let there = zone.at(time);
        // Who writes another offset than that of UTC knows of one; and the visit may be elsewhere.
        let is_epoch = basis == Basis::Epoch;
        let may_be_local = is_epoch || basis == Basis::Utc || !known.is_assumed;
        let is_night = begins && may_be_local && is_day_only_as_written(time, zone);
        let name = zone.name();
        let (trusted, meant) = (clock(there.time()), clock(time.time()));
        match self {
            Self::Place if is_epoch => Reading::Place(Some(format!(
                "`{text}` counts as {meant} in {name}, for `[source] offsets` is `place`; if {trusted} is right, set \
                 `\"trust\"`"
            ))),
            Self::Place => Reading::Place(None),
            Self::Trust => Reading::Instant(time, None),
            Self::Refuse if is_epoch && !is_night => Reading::Instant(time, None),
            Self::Refuse if matches!(basis, Basis::OtherSeason(_)) => Reading::Refused(format!(
                "`{text}` has an abbreviation that the clocks in {name} do not have then: send the offset that holds there, or \
                 none where {meant} there is meant; `[source] offsets` can be `trust` or `place`"
            )),
            Self::Refuse => Reading::Refused(format!(
                "`{text}` is {trusted} in {name}, whose clocks have another offset then: send the offset that holds there, or \
                 none where {meant} is meant; `[source] offsets` can be `trust` or `place`"
            )),
            Self::Unset if matches!(basis, Basis::OtherSeason(_)) && zone.has(&time) => Reading::Place(Some(format!(
                "`{text}` counts as {meant} in {name}, whose clocks are not those of that abbreviation then; if {literal} \
                     is meant, write the offset"
            ))),
            Self::Unset if is_night => Reading::Refused(format!(
                "`{text}` is {trusted} in {name}, no hour for a visit; if the sender means {meant} there, set `offsets = \
                 \"place\"` in `[source]`, and `\"trust\"` if {trusted} is right"
            )),
            // UTC is how programs write times that are nobody's visit.
            Self::Unset if is_epoch || (!known.is_visit && basis == Basis::Utc) => Reading::Instant(time, None),
            Self::Unset => Reading::Instant(
                time,
                Some(format!(
                    "`{text}` counts as {trusted} in {name}; if {meant} there is meant, set `offsets = \"place\"` in `[source]`, \
                 else `\"trust\"`"
                )),
            ),
        }
    }
}

/// The sentence about a visit that begins at an unusual hour.
pub(super) fn unusual_hour(start: DateTime<FixedOffset>, zone: Option<&Zone>) -> Option<String> {
    let (there, place) = match zone {
        Some(zone) => (zone.at(start), format!(" in {}", zone.name())),
        // An instant without a place has no hour.
        None if start.offset().local_minus_utc() == 0 => return None,
        None => (start, String::new()),
    };
    let is_usual = USUAL.contains(&minute_of_day(there.time()));
    (!is_usual).then(|| {
        format!(
            "the visit begins at {}{place}; is AM or PM missing, or wrong?",
            clock(there.time())
        )
    })
}

/// Whether a time is an hour for visits as it is written, and none as the clocks of the place show it.
pub(super) fn is_day_only_as_written(time: DateTime<FixedOffset>, there: &Zone) -> bool {
    is_day(time.time()) && !is_day(there.at(time).time())
}

/// Whether the clocks of a zone have the offset of a time half a year before.
pub(super) fn has_in_another_season(zone: &Zone, time: DateTime<FixedOffset>) -> bool {
    let before = TimeDelta::try_days(182).and_then(|half| time.checked_sub_signed(half));
    before.is_some_and(|before| zone.has(&before))
}

fn is_day(time: NaiveTime) -> bool {
    DAY.contains(&minute_of_day(time))
}

fn minute_of_day(time: NaiveTime) -> u32 {
    time.hour() * 60 + time.minute()
}

/// A time of day in words: `5:00 AM`.
pub(super) fn clock(time: NaiveTime) -> String {
    let (is_afternoon, hour) = time.hour12();
    let half = if is_afternoon { "PM" } else { "AM" };
    format!("{hour}:{:02} {half}", time.minute())
}
