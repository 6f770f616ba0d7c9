//! `GET /calendars/` and `GET /calendars/{calendarId}`.

use serde_json::{Value, json};

use super::call::Call;
use super::reply::Outcome;
use super::route::{Place, Route};
use super::seed::{Calendar, CalendarKind, OpenHours};

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.list", "/calendars/", "calendars.readonly", list).location(Place::Query),
    Route::get("calendar.get", "/calendars/{calendarId}", "calendars.readonly", get),
];

fn list(call: &mut Call<'_>) -> Outcome {
    let with_drafts = call.query.get("showDrafted") != Some("false");
    let group = call.query.get("groupId");
    let location = &call.store.location.id;
    let calendars = call.seen().calendars();
    let calendars = calendars
        .filter(|calendar| calendar.active || with_drafts)
        .filter(|calendar| group.is_none() || calendar.group_id.as_deref() == group)
        .map(|calendar| calendar.shown(location));
    Ok(json!({ "calendars": calendars.collect::<Vec<Value>>() }))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let calendar = call.seen_calendar(call.id())?;
    Ok(json!({ "calendar": calendar.shown(&call.store.location.id) }))
}

impl Calendar {
    /// The calendar as GHL shows it.
    fn shown(&self, location_id: &str) -> Value {
        let slug = self.name.to_lowercase().replace(' ', "-");
        let interval = self.slot_interval_minutes.unwrap_or(self.slot_minutes);
        let (after, after_unit) = notice(self.allow_booking_after_minutes);
        let mut shown = json!({
            "id": self.id,
            "locationId": location_id,
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
        if let Value::Object(fields) = &mut shown {
            fields.retain(|_, value| !value.is_null());
        }
        shown
    }

    fn shown_team(&self) -> Value {
        let members = self.team.iter().enumerate().map(|(place, user)| {
            json!({
                "userId": user,
                "priority": 0.5,
                "isPrimary": self.kind == CalendarKind::Collective && place == 0,
                "meetingLocationType": "custom",
                "meetingLocation": "",
                "locationConfigurations": [
                    { "kind": "custom", "location": "", "meetingId": "custom_0" },
                ],
            })
        });
        members.collect()
    }
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
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::json;

    #[test]
    fn calendars_are_listed_with_their_odd_spellings() {
        let mut trial = Trial::demo();
        let answer = trial.get(&format!("/calendars/?locationId={}", Seed::DEMO_LOCATION));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["calendars"].as_array().unwrap().len(), 5);
        let workshop = trial.get(&format!("/calendars/{}", Seed::SOLAR_WORKSHOP)).body;
        let workshop = &workshop["calendar"];
        assert_eq!(workshop["appoinmentPerSlot"], 8);
        assert_eq!(workshop["calendarType"], "class_booking");
        assert_eq!(
            workshop["openHours"],
            json!([{ "daysOfTheWeek": [2, 4], "hours": [
                { "openHour": 17, "openMinute": 0, "closeHour": 21, "closeMinute": 0 }
            ] }])
        );
    }

    #[test]
    fn without_opening_hours_there_is_an_empty_object() {
        let mut seed = Seed::demo();
        seed.calendars[0].open_hours.clear();
        let mut trial = Trial::of(seed);
        let answer = trial.get(&format!("/calendars/{}", Seed::ROOF_INSPECTIONS));
        assert_eq!(answer.body["calendar"]["openHours"], json!({}));
    }

    #[test]
    fn a_missing_calendar_is_400() {
        let answer = Trial::demo().get("/calendars/none");
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["error"], "Calendar with id none not found");
    }
}
