//! The leads, and the events about each of them.

use chrono::{DateTime, Days, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

/// How long every visit takes.
pub(super) const VISIT: TimeDelta = TimeDelta::minutes(30);

/// At most so many times are ever wanted for a lead, and all of them are its own.
const TIMES: usize = 3;

/// Each so many leads of a location, two live in the same house.
const HOUSEHOLDS_OF_TWO: usize = 10;

/// A lead, and what happens about it.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    /// Counted from zero over all locations.
    pub(super) number: usize,
    /// The location it belongs to.
    pub(super) location: usize,
    /// Its turn within the location.
    turn: usize,
    /// What happens, in the order in which it occurs.
    pub(super) events: Vec<Happening>,
    /// When it is to be visited in the end; nothing when that is called off.
    pub(super) wanted: Option<DateTime<Utc>>,
}

/// Something that happens about a lead.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) id: String,
    /// The event as it is sent.
    pub(super) envelope: Value,
}

impl Lead {
    /// A lead with a random fate. The first of all visits is at `first`.
    pub(super) fn draw(number: usize, locations: usize, first: DateTime<Utc>, random: &mut fastrand::Rng) -> Self {
        let mut lead = Self {
            number,
            location: number % locations.max(1),
            turn: number / locations.max(1),
            events: Vec::new(),
            wanted: None,
        };
        let (moves, is_cancelled) = match random.u32(..100) {
            0..60 => (0, false),
            60..80 => (1, false),
            80..88 => (2, false),
            88..95 => (0, true),
            _ => (1, true),
        };
        let start = |time: usize| {
            let slot = i32::try_from(lead.turn * TIMES + time).unwrap_or(i32::MAX);
            first + VISIT * slot
        };
        let starts: Vec<_> = (0..=moves).map(start).collect();
        for (time, start) in starts.iter().enumerate() {
            let (trigger, data) = match time {
                0 => ("knocker.lead_booked", lead.booking(*start)),
                _ => (
                    "knocker.booking_changed",
                    json!({ "startTime": text(*start), "endTime": text(*start + VISIT) }),
                ),
            };
            lead.happens(trigger, data);
        }
        if is_cancelled {
            lead.happens("knocker.booking_changed", json!({ "status": "cancelled" }));
        }
        lead.wanted = starts.last().copied().filter(|_| !is_cancelled);
        lead
    }

    /// The midnight after the next one: nothing that is wanted is in the past.
    pub(super) fn first_visit(now: DateTime<Utc>) -> DateTime<Utc> {
        let date = now.date_naive().checked_add_days(Days::new(2)).unwrap_or_default();
        date.and_time(chrono::NaiveTime::MIN).and_utc()
    }

    /// What stands at the beginning of its appointment's description.
    pub(super) fn description(&self) -> String {
        format!("Lead {}", self.number)
    }

    /// The number of the lead with this description, whatever follows in it.
    pub(super) fn number_in(description: &str) -> Option<usize> {
        let first_line = description.lines().next()?;
        first_line.strip_prefix("Lead ")?.trim().parse().ok()
    }

    /// What an event of it is known by.
    pub(super) fn subject(&self) -> String {
        format!("pin-{}", self.number)
    }

    pub(super) fn name(&self) -> String {
        format!("Pat Household{}", self.household())
    }

    pub(super) fn phone(&self) -> String {
        format!("+1512{:07}", 2_000_000 + self.household())
    }

    /// Whether its calendar takes several visits at a time, so that nothing but Knockcal keeps it from being booked
    /// twice.
    pub(super) fn in_roomy_calendar(&self) -> bool {
        self.turn % 2 == 1
    }

    fn household(&self) -> usize {
        match self.turn % HOUSEHOLDS_OF_TWO {
            9 => self.turn - 1,
            _ => self.turn,
        }
    }

    fn booking(&self, start: DateTime<Utc>) -> Value {
        let roomy = self.in_roomy_calendar().then_some(super::town::ROOMY);
        json!({
            "startTime": text(start),
            "endTime": text(start + VISIT),
            "description": self.description(),
            "lead": { "name": self.name(), "phone": self.phone() },
            "calendarName": roomy,
        })
    }

    fn happens(&mut self, trigger: &str, data: Value) {
        let nth = self.events.len();
        let id = format!("lead-{}-{nth}", self.number);
        let minute = TimeDelta::minutes(i64::try_from(nth).unwrap_or_default());
        let occurred_at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + minute;
        let envelope = json!({
            "id": id,
            "subject": self.subject(),
            "trigger": trigger,
            "occurred_at": text(occurred_at),
            "data": data,
        });
        self.events.push(Happening { id, envelope });
    }
}

fn text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn leads(count: usize) -> Vec<Lead> {
        let mut random = fastrand::Rng::with_seed(7);
        let first = Lead::first_visit(DateTime::UNIX_EPOCH);
        (0..count)
            .map(|number| Lead::draw(number, 4, first, &mut random))
            .collect()
    }

    #[test]
    fn no_two_leads_want_the_same_time_of_a_location() {
        let mut seen = HashSet::new();
        for lead in leads(2_000) {
            for event in &lead.events {
                if let Some(start) = event.envelope["data"]["startTime"].as_str() {
                    assert!(seen.insert((lead.location, start.to_owned())), "{lead:?}");
                }
            }
        }
    }

    #[test]
    fn the_newest_event_says_what_is_wanted() {
        for lead in leads(500) {
            let newest = &lead.events.last().unwrap().envelope["data"];
            match lead.wanted {
                Some(start) => assert_eq!(newest["startTime"], text(start)),
                None => assert_eq!(newest["status"], "cancelled"),
            }
        }
    }

    #[test]
    fn a_lead_is_known_by_its_description() {
        let lead = &leads(20)[17];
        let description = format!("{}\n\nRef KC-ABCD", lead.description());
        assert_eq!(Lead::number_in(&description), Some(17));
        assert_eq!(Lead::number_in("Somebody else"), None);
    }
}
