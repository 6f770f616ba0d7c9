//! When a calendar is open.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::SeedError;

/// Hours that are the same on several days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// Days of the week, 0 for Sunday to 6 for Saturday.
    pub days: Vec<u8>,
    /// When the day begins.
    pub from: TimeOfDay,
    /// When it ends; `24:00` is midnight.
    pub to: TimeOfDay,
}

impl OpenHours {
    /// Monday to Friday, nine to five.
    pub(super) fn business() -> Vec<Self> {
        vec![Self {
            days: (1..=5).collect(),
            from: TimeOfDay::at_hour(9),
            to: TimeOfDay::at_hour(17),
        }]
    }
}

/// A time on the clock on the wall, written `HH:MM`, up to and including `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// A full hour, 0 to 24; a later one is midnight.
    pub fn at_hour(hour: u16) -> Self {
        Self {
            minutes: hour.min(24) * 60,
        }
    }

    /// An hour and minutes; a time after midnight is midnight. The minute can be 60, as GHL has it.
    pub(in crate::emulator) fn at(hour: u16, minute: u16) -> Self {
        let minutes = hour.min(24) * 60 + minute.min(60);
        Self {
            minutes: minutes.min(24 * 60),
        }
    }

    /// Minutes since midnight.
    pub fn minutes(self) -> u16 {
        self.minutes
    }
}

impl FromStr for TimeOfDay {
    type Err = SeedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let two_digits = |part: &str| match part.as_bytes() {
            [b'0'..=b'9', b'0'..=b'9'] => part.parse::<u16>().ok(),
            _ => None,
        };
        let minutes = text.split_once(':').and_then(|(hours, minutes)| {
            let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
            Some(two_digits(hours)? * 60 + minutes)
        });
        match minutes.filter(|minutes| *minutes <= 24 * 60) {
            Some(minutes) => Ok(Self { minutes }),
            None => Err(SeedError::NoTimeOfDay(text.to_owned())),
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_two_digits_twice_and_ends_at_midnight() {
        assert!("7:30".parse::<TimeOfDay>().is_err());
        assert!("24:01".parse::<TimeOfDay>().is_err());
        assert_eq!("24:00".parse::<TimeOfDay>().unwrap().minutes(), 1_440);
    }
}
