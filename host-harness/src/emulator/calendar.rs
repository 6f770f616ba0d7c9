//! A calendar: what is read from a request that writes it, and how GHL shows it.

use serde_json::{Value, json};

use super::document::Document;
use super::reply::Refusal;
use super::seed::{Calendar, CalendarKind, OpenHours, TimeOfDay};

/// What a calendar keeps in fields of its own alone. Everything else is kept as it was written as well, so that an
/// hour that was written as 60 minutes is shown as such.
const IN_FIELDS: [&str; 10] = [
    "id",
    "locationId",
    "name",
    "description",
    "groupId",
    "calendarType",
    "isActive",
    "autoConfirm",
    "appoinmentPerSlot",
    "appoinmentPerDay",
];

impl Calendar {
    /// The calendar that a request creates.
    ///
    /// What GHL takes when nothing is said of the type or the hours was not recorded. Here the type is round robin
    /// with a team and event without, and there are no hours.
    pub(super) fn begin(id: &str, fields: &Document) -> Result<Self, Refusal> {
        let kind = fields.get("calendarType").and_then(Value::as_str);
        let kind = kind.and_then(CalendarKind::named);
        let has_team = list(fields, "teamMembers").next().is_some();
        let by_default = if has_team {
            CalendarKind::RoundRobin
        } else {
            CalendarKind::Event
        };
        let empty = Self {
            open_hours: Vec::new(),
            ..Self::new(id, "", kind.unwrap_or(by_default), &[])
        };
        empty.written(fields)
    }

    /// The calendar with other properties written over its own, checked by itself: whether its members are users is
    /// for others to say. A null takes back what was written.
    pub(super) fn written(&self, fields: &Document) -> Result<Self, Refusal> {
        let mut properties = self.properties.clone();
        for (name, value) in fields {
            if IN_FIELDS.contains(&name.as_str()) {
                continue;
            }
            match (name.as_str(), value) {
                (_, Value::Null) => properties.remove(name),
                ("teamMembers", Value::Array(members)) => {
                    properties.insert(name.clone(), members.iter().map(shown_member).collect())
                }
                // GHL shows an object in place of an empty list.
                ("openHours", Value::Array(hours)) if hours.is_empty() => properties.insert(name.clone(), json!({})),
                _ => properties.insert(name.clone(), value.clone()),
            };
        }
        let mut shown = self.properties_shown();
        shown.extend(fields.clone());
        let text = |name: &str| shown.get(name).and_then(Value::as_str);
        let minutes = |name: &str, unit: &str| count(&shown, name, text(unit));
        let days_ahead = count(&shown, "allowBookingFor", text("allowBookingForUnit").or(Some("days")));
        let flag = |name: &str| shown.get(name).and_then(Value::as_bool).unwrap_or(true);
        let written = Self {
            id: self.id.clone(),
            name: text("name").unwrap_or(&self.name).to_owned(),
            kind: self.kind,
            team: team(&shown),
            group_id: text("groupId").map(str::to_owned),
            description: text("description").unwrap_or_default().to_owned(),
            slot_minutes: minutes("slotDuration", "slotDurationUnit").unwrap_or(30),
            slot_interval_minutes: minutes("slotInterval", "slotIntervalUnit"),
            pre_buffer_minutes: minutes("preBuffer", "preBufferUnit").unwrap_or(0),
            buffer_minutes: minutes("slotBuffer", "slotBufferUnit").unwrap_or(0),
            per_slot: count(&shown, "appoinmentPerSlot", None).unwrap_or(1),
            per_day: count(&shown, "appoinmentPerDay", None),
            open_hours: list(&shown, "openHours").flat_map(open_hours).collect(),
            allow_booking_after_minutes: minutes("allowBookingAfter", "allowBookingAfterUnit").unwrap_or(0),
            allow_booking_for_days: days_ahead.map(|minutes| minutes / MINUTES_OF_A_DAY),
            auto_confirm: flag("autoConfirm"),
            active: flag("isActive"),
            properties,
        };
        written.check_primary(&shown)?;
        // The words are ours: GHL's were not recorded.
        let fits = written.check();
        fits.map_err(|error| Refusal::invalid_fields(vec![error.to_string()]))?;
        Ok(written)
    }

    /// Refuses a collective calendar without one member who is the primary.
    fn check_primary(&self, shown: &Document) -> Result<(), Refusal> {
        let primaries = list(shown, "teamMembers").filter(|member| is_primary(member)).count();
        if self.kind == CalendarKind::Collective && primaries != 1 {
            // The words are ours: GHL's were not recorded.
            let words = "exactly one of teamMembers must have isPrimary";
            return Err(Refusal::invalid_fields(vec![words.to_owned()]));
        }
        Ok(())
    }

    /// The calendar as GHL shows it.
    pub(super) fn shown(&self, location_id: &str) -> Value {
        let mut shown = self.properties_shown();
        shown.insert("locationId".to_owned(), location_id.into());
        Value::Object(shown)
    }

    fn properties_shown(&self) -> Document {
        let slug = self.name.to_lowercase().replace(' ', "-");
        let interval = self.slot_interval_minutes.unwrap_or(self.slot_minutes);
        let (after, after_unit) = notice(self.allow_booking_after_minutes);
        let shown = json!({
            "id": self.id,
            "groupId": self.group_id,
            "name": self.name,
            "description": self.description,
            "slug": slug,
            "widgetSlug": slug,
            "widgetType": "classic",
            "calendarType": self.kind.name(),
            "eventType": "RoundRobin_OptimizeForAvailability",
            "eventTitle": "{{contact.name}}",
            "eventColor": "#039be5",
            "isActive": self.active,
            "teamMembers": self.shown_team(),
            "slotDuration": self.slot_minutes,
            "slotDurationUnit": "mins",
            "slotInterval": interval,
            "slotIntervalUnit": "mins",
            "slotBuffer": self.buffer_minutes,
            "slotBufferUnit": "mins",
            "preBuffer": self.pre_buffer_minutes,
            "preBufferUnit": "mins",
            "appoinmentPerSlot": self.per_slot,
            "appointmentPerSlot": self.per_slot,
            "appoinmentPerDay": self.per_day,
            "allowBookingAfter": after,
            "allowBookingAfterUnit": after_unit,
            "allowBookingFor": self.allow_booking_for_days,
            "allowBookingForUnit": self.allow_booking_for_days.map(|_| "days"),
            "openHours": shown_hours(&self.open_hours),
            "autoConfirm": self.auto_confirm,
            "allowReschedule": true,
            "allowCancellation": true,
            "enableRecurring": false,
            "formSubmitType": "ThankYouMessage",
        });
        let mut shown = match shown {
            Value::Object(shown) => shown,
            _ => Document::new(),
        };
        shown.retain(|_, value| !value.is_null());
        shown.extend(self.properties.clone());
        shown
    }

    fn shown_team(&self) -> Value {
        let members = self.team.iter().enumerate().map(|(place, user)| {
            let is_primary = self.kind == CalendarKind::Collective && place == 0;
            shown_member(&json!({ "userId": user, "isPrimary": is_primary }))
        });
        members.collect()
    }
}

const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// A count, or a length of time in minutes when it has a unit. A month is 30 days, which GHL may see otherwise.
fn count(shown: &Document, name: &str, unit: Option<&str>) -> Option<u32> {
    let minutes = match unit {
        Some("hours") => 60,
        Some("days") => MINUTES_OF_A_DAY,
        Some("weeks") => 7 * MINUTES_OF_A_DAY,
        Some("months") => 30 * MINUTES_OF_A_DAY,
        _ => 1,
    };
    let number = shown.get(name)?.as_f64()?;
    // What is out of bounds becomes the nearest there is.
    Some((number * f64::from(minutes)).round() as u32)
}

fn list<'a>(shown: &'a Document, name: &str) -> impl Iterator<Item = &'a Value> {
    shown.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The users of a team, the primary first.
fn team(shown: &Document) -> Vec<String> {
    let mut members: Vec<&Value> = list(shown, "teamMembers").collect();
    members.sort_by_key(|member| !is_primary(member));
    let users = members.into_iter().filter_map(|member| member.get("userId")?.as_str());
    users.map(str::to_owned).collect()
}

fn is_primary(member: &Value) -> bool {
    member.get("isPrimary").and_then(Value::as_bool) == Some(true)
}

/// The hours of one entry, on the same days.
fn open_hours(entry: &Value) -> Vec<OpenHours> {
    let number = |value: &Value| value.as_f64().map(|number| number as u16);
    let days = entry.get("daysOfTheWeek").and_then(Value::as_array);
    let days = days.into_iter().flatten().filter_map(Value::as_f64);
    let days: Vec<u8> = days.map(|day| day as u8).collect();
    let hours = entry.get("hours").and_then(Value::as_array);
    let hours = hours.into_iter().flatten().filter_map(|hours| {
        let time = |hour: &str, minute: &str| {
            let hour = hours.get(hour).and_then(number)?;
            Some(TimeOfDay::at(hour, hours.get(minute).and_then(number)?))
        };
        Some(OpenHours {
            days: days.clone(),
            from: time("openHour", "openMinute")?,
            to: time("closeHour", "closeMinute")?,
        })
    });
    hours.collect()
}

/// A member of a team with everything that GHL adds to it.
fn shown_member(written: &Value) -> Value {
    let mut member = json!({
        "priority": 0.5,
        "isPrimary": false,
        "meetingLocationType": "custom",
        "meetingLocation": "",
        "locationConfigurations": [{ "kind": "custom", "location": "" }],
    });
    if let (Value::Object(member), Value::Object(written)) = (&mut member, written) {
        member.extend(written.clone());
    }
    let places = member.get_mut("locationConfigurations").and_then(Value::as_array_mut);
    for (number, place) in places.into_iter().flatten().enumerate() {
        if let Value::Object(place) = place {
            let kind = place.get("kind").and_then(Value::as_str).unwrap_or("custom");
            let meeting = format!("{kind}_{number}");
            place.entry("meetingId").or_insert(meeting.into());
        }
    }
    member
}

/// The notice in whole hours where that is possible.
fn notice(minutes: u32) -> (u32, &'static str) {
    if minutes.is_multiple_of(60) {
        (minutes / 60, "hours")
    } else {
        (minutes, "mins")
    }
}

/// Opening hours; when there are none GHL shows an object in place of a list.
fn shown_hours(hours: &[OpenHours]) -> Value {
    if hours.is_empty() {
        return json!({});
    }
    let shown = hours.iter().map(|hours| {
        // There is no hour 24, but a minute 60.
        let (close_hour, close_minute) = match hours.to.minutes() {
            1440 => (23, 60),
            minutes => (minutes / 60, minutes % 60),
        };
        json!({
            "daysOfTheWeek": hours.days,
            "hours": [{
                "openHour": hours.from.minutes() / 60,
                "openMinute": hours.from.minutes() % 60,
                "closeHour": close_hour,
                "closeMinute": close_minute,
            }],
        })
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::hours::Hours;
    use crate::emulator::store::Store;

    fn fields(value: Value) -> Document {
        value.as_object().unwrap().clone()
    }

    fn demo(id: &str) -> Calendar {
        let mut calendars = Seed::demo().calendars.into_iter();
        calendars.find(|calendar| calendar.id == id).unwrap()
    }

    /// How many slots it has on Tuesday, and when the first begins.
    fn slots(calendar: &Calendar) -> (usize, Option<String>) {
        let tuesday = "2026-03-03".parse().unwrap();
        let hours = Hours::of_calendar(calendar, chrono_tz::America::Chicago);
        let slots = calendar.slots_in(&hours.on(tuesday));
        let first = slots.first().map(|slot| slot.start.to_rfc3339());
        (slots.len(), first)
    }

    #[test]
    fn writing_nothing_changes_nothing() {
        for calendar in Seed::demo().calendars {
            let written = calendar.written(&Document::new()).unwrap();
            assert_eq!(written.shown("here"), calendar.shown("here"));
            assert_eq!(slots(&written), slots(&calendar));
        }
    }

    #[test]
    fn what_is_written_is_shown_and_slots_reckon_with_it() {
        let body = fields(json!({
            "locationId": "here", "name": "North", "calendarType": "round_robin", "eventTitle": "Roof",
            "teamMembers": [{ "userId": "u", "priority": 1, "locationConfigurations": [{ "kind": "physical" }] }],
            "slotDuration": 1.5, "slotDurationUnit": "hours", "slotInterval": 1, "slotIntervalUnit": "hours",
            "preBuffer": 10, "slotBuffer": 0.5, "slotBufferUnit": "hours", "isActive": false, "autoConfirm": false,
            "appoinmentPerSlot": 2, "appoinmentPerDay": 3, "allowBookingAfter": 2, "allowBookingAfterUnit": "days",
            "allowBookingFor": 2, "allowBookingForUnit": "weeks",
            "openHours": [{ "daysOfTheWeek": [1, 2], "hours": [
                { "openHour": 8, "openMinute": 0, "closeHour": 11, "closeMinute": 30 },
                { "openHour": 13, "openMinute": 0, "closeHour": 23, "closeMinute": 60 },
            ] }],
        }));
        let calendar = Calendar::begin("c", &body).unwrap();
        let expected = Calendar {
            team: vec!["u".into()],
            slot_minutes: 90,
            slot_interval_minutes: Some(60),
            pre_buffer_minutes: 10,
            buffer_minutes: 30,
            per_slot: 2,
            per_day: Some(3),
            open_hours: calendar.open_hours.clone(),
            allow_booking_after_minutes: 2 * 24 * 60,
            allow_booking_for_days: Some(14),
            auto_confirm: false,
            active: false,
            properties: calendar.properties.clone(),
            ..Calendar::new("c", "North", CalendarKind::RoundRobin, &[])
        };
        assert_eq!(calendar, expected);
        assert_eq!(slots(&calendar), (3 + 10, Some("2026-03-03T14:00:00+00:00".into())));
        let shown = calendar.shown("here");
        for (name, value) in body.iter().filter(|(name, _)| *name != "teamMembers") {
            assert_eq!(shown[name], *value, "{name}");
        }
        assert_eq!(shown["teamMembers"][0]["priority"], 1);
        assert_eq!(
            shown["teamMembers"][0]["locationConfigurations"][0]["meetingId"],
            "physical_0"
        );
    }

    #[test]
    fn an_update_leaves_the_rest_and_a_null_takes_back() {
        let roof = demo(Seed::ROOF_INSPECTIONS);
        let longer = fields(json!({ "slotDuration": 2, "slotDurationUnit": "hours", "alertEmail": "a@b.co" }));
        let longer = roof.written(&longer).unwrap();
        assert_eq!((slots(&roof).0, slots(&longer).0), (10, 9));
        let still = fields(json!({ "slotDuration": 3, "allowBookingFor": 10 }));
        let still = longer.written(&still).unwrap();
        assert_eq!(still.slot_minutes, 180, "the unit stays");
        assert_eq!(still.allow_booking_for_days, Some(10));
        assert_eq!(still.shown("here")["alertEmail"], "a@b.co");
        let back = fields(json!({ "slotDuration": null, "slotDurationUnit": null, "alertEmail": null }));
        let back = still.written(&back).unwrap();
        assert_eq!(back.slot_minutes, 30);
        assert_eq!(back.shown("here").get("alertEmail"), None);
        let shut = back.written(&fields(json!({ "openHours": [] }))).unwrap();
        assert_eq!(shut.shown("here")["openHours"], json!({}));
        assert_eq!(slots(&shut).0, 0);
    }

    #[test]
    fn the_primary_of_a_collective_calendar_comes_first() {
        let estimates = demo(Seed::ESTIMATE_TEAM);
        let members = |primaries: [bool; 2]| {
            let members = [Seed::MARCUS, Seed::RILEY].into_iter().zip(primaries);
            let members = members.map(|(user, primary)| json!({ "userId": user, "isPrimary": primary }));
            estimates.written(&fields(json!({ "teamMembers": members.collect::<Vec<_>>() })))
        };
        assert_eq!(members([false, true]).unwrap().team, [Seed::RILEY, Seed::MARCUS]);
        assert!(members([false, false]).is_err());
        assert!(members([true, true]).is_err());
    }

    #[test]
    fn a_calendar_without_sense_is_refused() {
        let roof = demo(Seed::ROOF_INSPECTIONS);
        for (wrong, words) in [
            (
                json!({ "slotDuration": 0 }),
                "the slots of calendar `RoofInspections00cal` have no length",
            ),
            (
                json!({ "teamMembers": [] }),
                "the team of calendar `RoofInspections00cal` must have at least one member",
            ),
            (
                json!({ "teamMembers": [{ "userId": "u" }, { "userId": "u" }] }),
                "the id `u` is given twice",
            ),
        ] {
            let refusal = roof.written(&fields(wrong)).unwrap_err();
            assert_eq!(refusal.status, 422);
            assert_eq!(refusal.body["message"], json!([words]));
        }
    }

    #[test]
    fn a_calendar_is_read_as_it_was() {
        let mut store = Store::grow(&Seed::demo()).unwrap();
        let renamed = demo(Seed::OPEN_HOUSE)
            .written(&fields(json!({ "name": "Barn" })))
            .unwrap();
        store.put_calendar(renamed, 10);
        store.remove_calendar(Seed::OPEN_HOUSE, 20);
        let name = |as_of| {
            let calendar = store.view(as_of).calendar(Seed::OPEN_HOUSE);
            calendar.map(|calendar| calendar.name.as_str())
        };
        assert_eq!(
            [Some(9), Some(10), Some(20), None].map(name),
            [Some("Open House"), Some("Barn"), None, None]
        );
        assert_eq!(store.now().calendars().count(), 4);
    }
}
