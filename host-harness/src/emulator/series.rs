//! Appointments that come again: a master with a rule, and instances that are reckoned from it until they are written.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, RRuleSet};

use super::appointment::Appointment;
use super::reply::Refusal;

/// How many instances a series has at most; a rule can go on for ever.
const MOST: u16 = 366;

/// When the instances of a series begin that begins at an instant, by a rule of iCalendar (RFC 5545).
///
/// They keep their time of day in the zone. A start in the rule itself does not count: GHL takes that of the event.
pub(super) fn starts(rule: &str, start: DateTime<Utc>, zone: Tz) -> Result<Arc<[DateTime<Utc>]>, Refusal> {
    // The words are ours: GHL's were not recorded.
    let invalid = |why: &str| Refusal::invalid_fields(vec![format!("rrule is invalid: {why}")]);
    let lines = rule.lines().filter(|line| !line.starts_with("DTSTART"));
    let lines: Vec<&str> = lines.collect();
    let set = RRuleSet::new(start.with_timezone(&rrule::Tz::Tz(zone)));
    let set = set.set_from_string(&lines.join("\n"));
    let set = set.map_err(|error| invalid(&error.to_string()))?;
    // Those that come more often can take long to reckon.
    let is_known = |rule: &RRule| {
        matches!(
            rule.get_freq(),
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly
        )
    };
    if !set.get_rrule().iter().all(is_known) {
        return Err(invalid("FREQ must be DAILY, WEEKLY or MONTHLY"));
    }
    let starts: Arc<[_]> = set.all(MOST).dates.iter().map(DateTime::to_utc).collect();
    if starts.is_empty() {
        return Err(invalid("it has no instances"));
    }
    Ok(starts)
}

/// The id of the master, when an id has the form of an instance's: `<master>_<start in ms>_<seconds>`.
pub(super) fn master_id(id: &str) -> Option<&str> {
    let (rest, _seconds) = id.rsplit_once('_')?;
    rest.rsplit_once('_').map(|(master, _start)| master)
}

impl Appointment {
    /// Whether it stands for its instances.
    fn is_series(&self) -> bool {
        self.rrule.is_some() && self.master_event_id.is_none()
    }

    /// What stands in the calendar: itself, or the instances of a series in the order of their starts.
    pub(super) fn events(&self) -> impl Iterator<Item = Cow<'_, Self>> {
        let itself = (!self.is_series()).then_some(Cow::Borrowed(self));
        let instances = self.repeats.iter().map(|start| Cow::Owned(self.instance(*start)));
        itself.into_iter().chain(instances)
    }

    /// The instance with this id.
    pub(super) fn instance_with(&self, id: &str) -> Option<Self> {
        let mut starts = self.repeats.iter();
        let start = starts.find(|start| self.instance_id(**start) == id)?;
        Some(self.instance(*start))
    }

    /// The series without an instance, which goes its own way.
    pub(super) fn without_instance(&self, id: &str) -> Self {
        let starts = self.repeats.iter().copied();
        Self {
            repeats: starts.filter(|start| self.instance_id(*start) != id).collect(),
            ..self.clone()
        }
    }

    fn instance(&self, start: DateTime<Utc>) -> Self {
        Self {
            id: self.instance_id(start),
            master_event_id: Some(self.id.clone()),
            start,
            end: start + (self.end - self.start),
            repeats: Arc::default(),
            notices: Vec::new(),
            ..self.clone()
        }
    }

    fn instance_id(&self, start: DateTime<Utc>) -> String {
        let seconds = (self.end - self.start).num_seconds();
        format!("{}_{}_{seconds}", self.id, start.timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::{Trial, tuesday};
    use chrono_tz::America::Chicago;
    use serde_json::{Value, json};

    const PATH: &str = "/calendars/events/appointments";

    /// The starts of a rule from Tuesday at ten on, as months, days and hours in Chicago.
    fn local(rule: &str) -> Result<Vec<String>, Refusal> {
        let starts = starts(rule, tuesday("10:00").parse().unwrap(), Chicago)?;
        let local = starts.iter().map(|start| start.with_timezone(&Chicago));
        Ok(local.map(|start| start.format("%m-%d %H").to_string()).collect())
    }

    #[test]
    fn a_rule_says_when_the_instances_begin() {
        for (rule, expected) in [
            (
                "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=4",
                vec!["03-03 10", "03-05 10", "03-07 10", "03-09 10"],
            ),
            ("FREQ=WEEKLY;COUNT=2", vec!["03-03 10", "03-10 10"]),
            (
                "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20260311T000000Z",
                vec!["03-03 10", "03-05 10", "03-10 10"],
            ),
            ("RRULE:FREQ=MONTHLY;COUNT=3", vec!["03-03 10", "04-03 10", "05-03 10"]),
            (
                "RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260304T160000Z",
                vec!["03-03 10", "03-05 10"],
            ),
            ("DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;COUNT=1", vec!["03-03 10"]),
        ] {
            assert_eq!(local(rule).unwrap(), expected, "{rule}");
        }
        assert_eq!(local("RRULE:FREQ=DAILY").unwrap().len(), 366);
    }

    #[test]
    fn a_rule_without_sense_is_refused() {
        for rule in [
            "",
            "daily",
            "RRULE:FREQ=SOMETIMES",
            "RRULE:FREQ=HOURLY",
            "RRULE:FREQ=DAILY;INTERVAL=0",
            "RRULE:FREQ=DAILY;UNTIL=20200101T000000Z",
            "RRULE:FREQ=DAILY;COUNT=1\nEXDATE:20260303T160000Z",
        ] {
            assert_eq!(local(rule).unwrap_err().status, 422, "{rule}");
        }
    }

    /// A trial with a series of Tuesdays from ten to half past, and the id of its master.
    fn series() -> (Trial, String) {
        let mut trial = Trial::demo();
        let mut body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
        body["rrule"] = json!("RRULE:FREQ=WEEKLY;COUNT=3");
        body["ignoreFreeSlotValidation"] = json!(true);
        let booked = trial.post(PATH, body);
        assert_eq!((booked.status, &booked.body["isRecurring"]), (200, &json!(true)));
        let id = booked.body["id"].as_str().unwrap().to_owned();
        (trial, id)
    }

    fn events(trial: &mut Trial) -> Vec<Value> {
        let of = format!("locationId={}&calendarId={}", Seed::DEMO_LOCATION, Seed::OPEN_HOUSE);
        let answer = trial.get(&format!("/calendars/events?{of}&startTime=0&endTime=1900000000000"));
        answer.body["events"].as_array().unwrap().clone()
    }

    #[test]
    fn the_instances_of_a_series_stand_in_the_calendar() {
        let (mut trial, id) = series();
        let all = events(&mut trial);
        assert_eq!(all.len(), 3);
        // The clocks change before the second.
        let second = format!("{id}_1773154800000_1800");
        assert_eq!((&all[1]["id"], &all[1]["masterEventId"]), (&json!(second), &json!(id)));
        assert_eq!(all[1]["startTime"], "2026-03-10T10:00:00-05:00");
        assert_eq!(
            trial.get(&format!("{PATH}/{second}")).body["appointment"]["startTime"],
            all[1]["startTime"]
        );
        let master = trial.get(&format!("{PATH}/{id}")).body["appointment"].clone();
        assert_eq!(
            (master.get("masterEventId"), &master["isRecurring"]),
            (None, &json!(true))
        );
        assert_eq!(trial.get(&format!("{PATH}/{id}_1773154800000_60")).status, 400);
        let of_contact = trial.get(&format!("/contacts/{}/appointments", Seed::PAT)).body;
        assert_eq!(of_contact["events"].as_array().unwrap().len(), 3);
        assert_eq!(trial.book(Seed::OPEN_HOUSE, "2026-03-17T10:00:00-05:00").status, 400);
        let free = trial.free(Seed::OPEN_HOUSE, "2026-03-17T00:00:00-05:00", 1);
        assert_eq!(free["2026-03-17"]["slots"].as_array().unwrap().len(), 15);
    }

    #[test]
    fn an_instance_goes_its_own_way_and_the_master_takes_the_others_along() {
        let (mut trial, id) = series();
        let second = format!("{PATH}/{id}_1773154800000_1800");
        let moved = trial.put(&second, json!({ "startTime": "2026-03-10T10:30:00-05:00" }));
        assert_eq!(moved.status, 200, "{}", moved.body);
        assert_eq!(trial.book(Seed::OPEN_HOUSE, "2026-03-10T10:00:00-05:00").status, 200);
        let third = events(&mut trial)[3]["id"].as_str().unwrap().to_owned();
        assert_eq!(trial.delete(&format!("/calendars/events/{third}")).status, 201);
        trial.put(&format!("{PATH}/{id}"), json!({ "appointmentStatus": "cancelled" }));
        let all = events(&mut trial);
        let shown = all.iter().map(|event| {
            let start = event["startTime"].as_str().unwrap();
            let status = event["appointmentStatus"].as_str().unwrap();
            format!("{} {status} {}", &start[5..16], event["deleted"])
        });
        let expected = [
            "03-03T10:00 cancelled false",
            "03-10T10:00 confirmed false",
            "03-10T10:30 confirmed false",
            "03-17T10:00 confirmed true",
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_series_moves_as_a_whole() {
        let (mut trial, id) = series();
        let later = json!({ "startTime": tuesday("10:30"), "ignoreFreeSlotValidation": true });
        assert_eq!(trial.put(&format!("{PATH}/{id}"), later).status, 200);
        let all = events(&mut trial);
        let starts: Vec<&str> = all
            .iter()
            .map(|event| &event["startTime"].as_str().unwrap()[5..16])
            .collect();
        assert_eq!(starts, ["03-03T10:30", "03-10T10:30", "03-17T10:30"]);
    }

    #[test]
    fn without_the_mark_that_skips_the_check_of_slots_a_rule_is_nothing() {
        let mut trial = Trial::demo();
        let mut body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
        body["rrule"] = json!("RRULE:FREQ=WEEKLY;COUNT=3");
        assert_eq!(trial.post(PATH, body).body["isRecurring"], false);
        assert_eq!(events(&mut trial).len(), 1);
    }
}
