//! What stands behind a time of day: an offset, or a zone.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};

use super::{Basis, Flaw, Written};
use crate::zone::{LocalTime, Zone};

/// What abbreviations begin with that have one meaning in the United States: `EST`, `EDT` and `ET`. The hours behind UTC
/// of standard time, and the zone that has them for a part of the year at least.
const ABBREVIATIONS: [(&str, i32, &str); 6] = [
    ("e", 5, "America/New_York"),
    ("c", 6, "America/Chicago"),
    ("m", 7, "America/Denver"),
    ("p", 8, "America/Los_Angeles"),
    ("ak", 9, "America/Anchorage"),
    ("h", 10, "Pacific/Honolulu"),
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
    Abbreviation(i32, Zone),
    /// A zone, and the offset where one is written too.
    Zone(Zone, Option<i32>),
}

impl Mark {
    /// The mark that an abbreviation in small letters is.
    pub(super) fn abbreviated(word: &str) -> Option<Self> {
        let season = word.strip_suffix('t')?;
        let (begin, ahead) = match (season.strip_suffix('s'), season.strip_suffix('d')) {
            (Some(begin), _) => (begin, Some(0)),
            // There is no summer time in Hawaii.
            (_, Some(begin)) if begin != "h" => (begin, Some(1)),
            _ => (season, None),
        };
        let (_, hours, zone) = ABBREVIATIONS.iter().find(|(known, ..)| *known == begin)?;
        let zone = Zone::named(zone)?;
        Some(match ahead {
            Some(ahead) => Self::Abbreviation((ahead - hours) * 3600, zone),
            None => Self::Zone(zone, None),
        })
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
                    false => (time, Basis::OtherSeason(*zone.at(time).offset())),
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
