//! What stands behind a time of day: an offset, or a zone.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};

use super::{Basis, Flaw, Written};
use crate::zone::{LocalTime, Zone};

/// Abbreviations that have one meaning in the United States, the hours behind UTC, and the zone that has them for a part
/// of the year at least. Those without hours mean the clocks there.
const ABBREVIATIONS: [(&str, Option<i32>, &str); 17] = [
    ("est", Some(5), "America/New_York"),
    ("edt", Some(4), "America/New_York"),
    ("et", None, "America/New_York"),
    ("cst", Some(6), "America/Chicago"),
    ("cdt", Some(5), "America/Chicago"),
    ("ct", None, "America/Chicago"),
    ("mst", Some(7), "America/Denver"),
    ("mdt", Some(6), "America/Denver"),
    ("mt", None, "America/Denver"),
    ("pst", Some(8), "America/Los_Angeles"),
    ("pdt", Some(7), "America/Los_Angeles"),
    ("pt", None, "America/Los_Angeles"),
    ("akst", Some(9), "America/Anchorage"),
    ("akdt", Some(8), "America/Anchorage"),
    ("akt", None, "America/Anchorage"),
    ("hst", Some(10), "Pacific/Honolulu"),
    ("ht", None, "Pacific/Honolulu"),
];

/// What stands behind a time of day: an offset, or a zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// `Z`, `UTC`, or an offset of nothing.
    Utc,
    /// Seconds east of Greenwich.
    Offset(i32),
    /// An abbreviation: seconds east of Greenwich, and a zone that has them for a part of the year.
    Abbreviation(i32, Box<Zone>),
    /// A zone, and the offset where one is written too.
    Zone(Box<Zone>, Option<i32>),
}

impl Mark {
    /// The mark that an abbreviation in small letters is.
    pub(super) fn abbreviated(word: &str) -> Option<Self> {
        let (_, hours, zone) = ABBREVIATIONS.into_iter().find(|(known, ..)| *known == word)?;
        let zone = Box::new(Zone::named(zone)?);
        Some(match hours {
            Some(hours) => Self::Abbreviation(-hours * 3600, zone),
            None => Self::Zone(zone, None),
        })
    }

    /// The mark that the name of a zone is.
    pub(super) fn zone(name: &str, offset: Option<i32>) -> Result<Self, Flaw> {
        match Zone::named(name) {
            Some(zone) => Ok(Self::Zone(Box::new(zone), offset)),
            None => Err(Flaw::Zone(name.to_owned())),
        }
    }

    /// The time when clocks under this mark show `local`.
    ///
    /// # Errors
    /// When they never show it, or show it twice.
    pub fn at(&self, local: NaiveDateTime) -> Result<Written, Flaw> {
        let (time, basis) = match self {
            Self::None => return Ok(Written::Local(local)),
            Self::Utc => (with_offset(local, 0)?, Basis::Utc),
            Self::Offset(seconds) => (with_offset(local, *seconds)?, Basis::Offset),
            Self::Abbreviation(seconds, zone) => {
                let time = with_offset(local, *seconds)?;
                match zone.has(&time) {
                    true => (time, Basis::Offset),
                    false => (time, Basis::OtherSeason),
                }
            }
            Self::Zone(zone, Some(seconds)) => {
                let time = with_offset(local, *seconds)?;
                if !zone.has(&time) {
                    return Err(Flaw::ZoneDiffers(zone.name().to_owned()));
                }
                match seconds {
                    0 => (time, Basis::Utc),
                    _ => (time, Basis::Offset),
                }
            }
            Self::Zone(zone, None) => match zone.local(local).ok_or(Flaw::OutOfRange)? {
                LocalTime::Once(time) => (time, Basis::Offset),
                other => return Err(Flaw::Clock(other)),
            },
        };
        Ok(Written::Instant { time, basis })
    }
}

fn with_offset(local: NaiveDateTime, seconds: i32) -> Result<DateTime<FixedOffset>, Flaw> {
    let offset = FixedOffset::east_opt(seconds).ok_or(Flaw::Invalid)?;
    offset.from_local_datetime(&local).single().ok_or(Flaw::OutOfRange)
}
