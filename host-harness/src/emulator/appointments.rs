//! `/calendars/events/appointments`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::appointment::{Appointment, Notice, Occasion, Status};
use super::body::{Field, Rule, Time};
use super::call::Call;
use super::hours::Span;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};
use super::seed::{Calendar, CalendarKind};
use super::series;
use super::slots::{Diary, Seating};

const PATH: &str = "/calendars/events/appointments";
const PATH_OF_ONE: &str = "/calendars/events/appointments/{eventId}";

pub(super) const ROUTES: &[Route] = &[
    Route::post("appointment.create", PATH, "calendars/events.write", create)
        .location(Place::Body)
        .fields(CREATE),
    Route::get("appointment.get", PATH_OF_ONE, "calendars/events.readonly", get),
    Route::put("appointment.update", PATH_OF_ONE, "calendars/events.write", update).fields(UPDATE),
];

const MEETING_LOCATIONS: &[&str] = &["custom", "zoom", "gmeet", "phone", "address", "ms_teams", "google"];

const CREATE: &[Field] = &[
    Field::required("calendarId", Rule::Text),
    Field::required("locationId", Rule::Text),
    Field::required("contactId", Rule::Text),
    Field::required("startTime", Rule::Time),
    Field::optional("endTime", Rule::Time),
    Field::optional("title", Rule::Text),
    Field::optional("meetingLocationType", Rule::OneOf(MEETING_LOCATIONS)),
    Field::optional("meetingLocationId", Rule::Text),
    Field::optional("overrideLocationConfig", Rule::Flag),
    // Which words it may have is for the version to say; see `status`.
    Field::optional("appointmentStatus", Rule::Anything),
    Field::optional("assignedUserId", Rule::Text),
    Field::optional("description", Rule::Text),
    Field::optional("address", Rule::Text),
    Field::optional("ignoreDateRange", Rule::Flag),
    Field::optional("toNotify", Rule::Flag),
    Field::optional("ignoreFreeSlotValidation", Rule::Flag),
    Field::optional("rrule", Rule::Text),
];

const UPDATE: &[Field] = &[
    Field::optional("calendarId", Rule::Text),
    Field::optional("startTime", Rule::Time),
    Field::optional("endTime", Rule::Time),
    Field::optional("title", Rule::Text),
    Field::optional("meetingLocationType", Rule::OneOf(MEETING_LOCATIONS)),
    Field::optional("meetingLocationId", Rule::Text),
    Field::optional("overrideLocationConfig", Rule::Flag),
    // Which words it may have is for the version to say; see `status`.
    Field::optional("appointmentStatus", Rule::Anything),
    Field::optional("assignedUserId", Rule::Text),
    Field::optional("description", Rule::Text),
    Field::optional("address", Rule::Text),
    Field::optional("ignoreDateRange", Rule::Flag),
    Field::optional("toNotify", Rule::Flag),
    Field::optional("ignoreFreeSlotValidation", Rule::Flag),
    Field::optional("rrule", Rule::Text),
];

fn create(call: &mut Call<'_>) -> Outcome {
    let status = status(call)?;
    let calendar = call.calendar(call.text("calendarId").unwrap_or_default())?;
    let contact_id = call.text("contactId").unwrap_or_default();
    let contact = call.store.now().contact(contact_id);
    let contact = contact.ok_or_else(|| Refusal::missing("Contact", contact_id))?;
    // The check of the body made sure of a start.
    let start = time(call, "startTime")?.ok_or_else(Refusal::slot_taken)?;
    let end = time(call, "endTime")?.unwrap_or(start + calendar.slot());
    let span = span(start, end)?;
    let by_default = if calendar.auto_confirm {
        Status::Confirmed
    } else {
        Status::New
    };
    let seating = seat(call, calendar, span, wanted(call), None)?;
    let appointment = Appointment {
        id: String::new(),
        calendar_id: calendar.id.clone(),
        location_id: call.store.location.id.clone(),
        contact_id: contact.id.clone(),
        title: call.text("title").map_or_else(|| contact.name(), str::to_owned),
        status: status.unwrap_or(by_default),
        start,
        end,
        assigned_user_id: seating.assigned,
        users: seating.users,
        description: call.text("description").map(str::to_owned),
        address: call.text("address").unwrap_or_default().to_owned(),
        rrule: rule(call).map(str::to_owned),
        repeats: match rule(call) {
            Some(rule) => series::starts(rule, start, call.store.zone)?,
            None => Arc::default(),
        },
        master_event_id: None,
        notify: None,
        notices: Vec::new(),
        deleted: false,
        date_added: call.now,
        date_updated: call.now,
    };
    let id = call.store.mint.id();
    Ok(commit(call, Appointment { id, ..appointment }, Some(Occasion::Booked)))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let appointment = call.seen_appointment(call.id())?;
    let group = call.group_of(&appointment.calendar_id);
    Ok(json!({ "appointment": appointment.shown_alone(group, call.store.zone) }))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let status = status(call)?;
    let old = call.appointment(call.id())?;
    let calendar = call.calendar(call.text("calendarId").unwrap_or(&old.calendar_id))?;
    let start = time(call, "startTime")?.unwrap_or(old.start);
    // Without an end of its own it stays as long as it was.
    let end = time(call, "endTime")?.unwrap_or(start + (old.end - old.start));
    let span = span(start, end)?;
    let mut new = Appointment {
        calendar_id: calendar.id.clone(),
        status: status.unwrap_or(old.status),
        start,
        end,
        ..old.as_ref().clone()
    };
    let moved = (start, end) != (old.start, old.end);
    let wants_another = wanted(call).filter(|user| Some(*user) != old.assigned_user_id.as_deref());
    let takes_a_slot =
        new.is_live() && (moved || wants_another.is_some() || new.calendar_id != old.calendar_id || !old.is_live());
    if takes_a_slot {
        let kept = old.assigned_user_id.as_deref();
        let kept = kept.filter(|user| may_take(call, calendar, user));
        let seating = seat(call, calendar, span, wanted(call).or(kept), Some(&old.id))?;
        new.assigned_user_id = seating.assigned;
        new.users = seating.users;
    } else if let Some(user) = wants_another {
        require_may_take(call, calendar, user)?;
        let seating = seat_unchecked(calendar, Some(user))?;
        new.assigned_user_id = seating.assigned;
        new.users = seating.users;
    }
    let text = |name| call.text(name).map(str::to_owned);
    new.title = text("title").unwrap_or(new.title);
    new.description = text("description").or(new.description);
    new.address = text("address").unwrap_or(new.address);
    if new.master_event_id.is_none() {
        let new_rule = rule(call).map(str::to_owned);
        let is_new = new_rule.is_some();
        new.rrule = new_rule.or(new.rrule);
        if let Some(rule) = new.rrule.as_deref().filter(|_| is_new || start != old.start) {
            // What becomes of instances that were written by themselves was not recorded; here they stay.
            new.repeats = series::starts(rule, start, call.store.zone)?;
        }
    }
    new.date_updated = call.now;
    let occasion = if moved {
        Some(Occasion::Moved)
    } else {
        (new.status != old.status).then_some(Occasion::StatusChanged(new.status))
    };
    Ok(commit(call, new, occasion))
}

/// Writes an appointment down, tells people unless the request forbids it, and answers.
fn commit(call: &mut Call<'_>, mut appointment: Appointment, occasion: Option<Occasion>) -> serde_json::Value {
    appointment.notify = call.flag("toNotify");
    let told = occasion.filter(|_| appointment.notify != Some(false));
    let notice = told.map(|occasion| Notice { at: call.now, occasion });
    appointment.notices.extend(notice);
    let shown = appointment.shown_as_written();
    let now_ms = call.now.timestamp_millis();
    call.store.put_appointment(appointment, now_ms);
    shown
}

/// Finds who takes a booking, or refuses it. `without` is the appointment that is being moved,
/// which is not in its own way.
fn seat(
    call: &Call<'_>,
    calendar: &Calendar,
    span: Span,
    wanted: Option<&str>,
    without: Option<&str>,
) -> Result<Seating, Refusal> {
    if let Some(user) = wanted {
        require_may_take(call, calendar, user)?;
    }
    if call.flag("ignoreFreeSlotValidation") == Some(true) {
        return seat_unchecked(calendar, wanted);
    }
    let any_date = call.flag("ignoreDateRange") == Some(true);
    if !any_date && !calendar.is_in_range(span.start, call.now) {
        return Err(Refusal::slot_taken());
    }
    let diary = Diary::of(call.store, call.store.now(), calendar, span, without);
    diary.seat(span, wanted).ok_or_else(Refusal::slot_taken)
}

/// Without the check of slots GHL picks nobody from a team.
fn seat_unchecked(calendar: &Calendar, wanted: Option<&str>) -> Result<Seating, Refusal> {
    match (calendar.kind, wanted) {
        (CalendarKind::Collective, Some(user)) => Ok(Seating {
            assigned: Some(user.to_owned()),
            users: calendar.team.clone(),
        }),
        (CalendarKind::Event, user) | (_, user @ Some(_)) => Ok(Seating::of(user)),
        (CalendarKind::Personal, None) => Ok(Seating::of(calendar.team.first().map(String::as_str))),
        (_, None) => Err(Refusal::member_missing()),
    }
}

/// Whether a user may take the appointments of a calendar: one of its team, or anybody when it
/// has none.
fn may_take(call: &Call<'_>, calendar: &Calendar, user: &str) -> bool {
    match calendar.team.as_slice() {
        [] => call.store.user(user).is_some(),
        team => team.iter().any(|member| member == user),
    }
}

fn require_may_take(call: &Call<'_>, calendar: &Calendar, user: &str) -> Result<(), Refusal> {
    may_take(call, calendar, user)
        .then_some(())
        .ok_or_else(Refusal::not_a_member)
}

/// The user whom the request names; an empty name is none.
fn wanted<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    call.text("assignedUserId").filter(|user| !user.is_empty())
}

/// The rule of a series, which counts only without the check of slots.
fn rule<'a>(call: &Call<'a>) -> Option<&'a str> {
    let unchecked = call.flag("ignoreFreeSlotValidation") == Some(true);
    call.text("rrule").filter(|rule| unchecked && !rule.is_empty())
}

/// The status that the request names, which must be one that its version knows.
fn status(call: &Call<'_>) -> Result<Option<Status>, Refusal> {
    let names = if call.is_v3 { Status::NAMES_OF_V3 } else { Status::NAMES };
    let field = Field::optional("appointmentStatus", Rule::OneOf(names));
    let complaints = field.complaints(call.body.get(field.name));
    if !complaints.is_empty() {
        return Err(Refusal::invalid_fields(complaints));
    }
    Ok(call.text(field.name).and_then(Status::named))
}

/// A time of the body. One without an offset is no slot of any calendar.
pub(super) fn time(call: &Call<'_>, name: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
    match call.text(name).and_then(Time::read) {
        Some(Time::At(instant)) => Ok(Some(instant)),
        Some(Time::Nowhere) => Err(Refusal::slot_taken()),
        None => Ok(None),
    }
}

/// The time from a start to an end, which comes after it.
pub(super) fn span(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Span, Refusal> {
    if end <= start {
        // The words are ours: GHL's were not recorded.
        let words = "endTime must be after startTime";
        return Err(Refusal::invalid_fields(vec![words.to_owned()]));
    }
    Ok(Span { start, end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::{Answer, Trial, tuesday};
    use serde_json::Value;

    const TAKEN: &str = "The slot you have selected is no longer available.";

    fn book(trial: &mut Trial, calendar: &str, time: &str, more: Value) -> Answer {
        let mut body = Trial::booking(calendar, tuesday(time));
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        trial.post(PATH, body)
    }

    fn booked(trial: &mut Trial, calendar: &str, time: &str, more: Value) -> String {
        let answer = book(trial, calendar, time, more);
        assert_eq!(answer.status, 200, "{}", answer.body);
        format!("{PATH}/{}", answer.body["id"].as_str().unwrap())
    }

    fn assert_taken(answer: &Answer) {
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["message"], TAKEN);
        assert_eq!(answer.body["error"], "Bad Request");
        assert_eq!(answer.body["statusCode"], 400);
    }

    #[test]
    fn a_booking_answers_as_was_recorded() {
        let mut trial = Trial::demo();
        let answer = book(&mut trial, Seed::ROOF_INSPECTIONS, "10:00", json!({}));
        assert_eq!(answer.status, 200);
        let keys: Vec<&str> = answer.body.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = [
            "address",
            "appoinmentStatus",
            "appointmentStatus",
            "assignedUserId",
            "calendarId",
            "contactId",
            "dateAdded",
            "dateUpdated",
            "id",
            "isRecurring",
            "locationId",
            "status",
            "title",
            "traceId",
        ];
        assert_eq!(keys, expected);
        assert_eq!(answer.body["title"], "Pat Homeowner");
        assert_eq!(answer.body["status"], "booked");
        assert_eq!(answer.body["appoinmentStatus"], "confirmed");
        assert_eq!(answer.body["dateAdded"], "2026-03-02T14:00:00.000Z");
    }

    #[test]
    fn a_slot_is_booked_once() {
        let mut trial = Trial::demo();
        let answers: Vec<u16> = (0..4)
            .map(|_| book(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({})).status)
            .collect();
        assert_eq!(answers, [200, 400, 400, 400]);
        assert_taken(&book(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({})));
    }

    #[test]
    fn what_is_no_slot_is_taken() {
        let mut trial = Trial::demo();
        let roof = Seed::ROOF_INSPECTIONS;
        assert_taken(&book(&mut trial, roof, "07:00", json!({})));
        assert_taken(&book(&mut trial, roof, "18:00", json!({})));
        assert_taken(&book(&mut trial, roof, "10:20", json!({})));
        // Past its closing, in the past, and nowhere.
        let late = json!({ "endTime": tuesday("18:30") });
        assert_taken(&book(&mut trial, roof, "17:00", late));
        assert_taken(&trial.book(roof, "2026-03-02T07:00:00-06:00"));
        assert_taken(&trial.book(roof, "2026-03-03T10:00:00"));
        assert_eq!(trial.ghl.appointments().count(), 0);
    }

    #[test]
    fn a_longer_one_is_booked_when_all_of_it_is_free() {
        let mut trial = Trial::demo();
        let until_noon = || json!({ "endTime": tuesday("12:00") });
        booked(&mut trial, Seed::OPEN_HOUSE, "10:00", until_noon());
        assert_taken(&book(&mut trial, Seed::OPEN_HOUSE, "11:30", json!({})));
        assert_taken(&book(&mut trial, Seed::OPEN_HOUSE, "09:30", until_noon()));
        booked(&mut trial, Seed::OPEN_HOUSE, "12:00", json!({}));
    }

    #[test]
    fn without_the_check_of_slots_a_team_member_must_be_named() {
        let mut trial = Trial::demo();
        let unchecked = |user: Option<&str>| {
            let mut more = json!({ "ignoreFreeSlotValidation": true });
            if let Some(user) = user {
                more["assignedUserId"] = json!(user);
            }
            more
        };
        for calendar in [Seed::ROOF_INSPECTIONS, Seed::SOLAR_WORKSHOP, Seed::ESTIMATE_TEAM] {
            let answer = book(&mut trial, calendar, "03:00", unchecked(None));
            assert_eq!(answer.status, 422);
            let words = "A team member needs to be selected. assignedUserId is missing";
            assert_eq!(answer.body["message"], words);
        }
        let dana = unchecked(Some(Seed::DANA));
        booked(&mut trial, Seed::ROOF_INSPECTIONS, "03:00", dana.clone());
        booked(&mut trial, Seed::ROOF_INSPECTIONS, "03:00", dana);
        booked(&mut trial, Seed::DANA_CLOSER, "03:00", unchecked(None));
        booked(&mut trial, Seed::OPEN_HOUSE, "03:00", unchecked(None));
    }

    #[test]
    fn who_is_not_of_the_team_cannot_be_assigned() {
        let mut trial = Trial::demo();
        for (calendar, user) in [(Seed::ROOF_INSPECTIONS, Seed::RILEY), (Seed::OPEN_HOUSE, "nobody")] {
            let answer = book(&mut trial, calendar, "10:00", json!({ "assignedUserId": user }));
            assert_eq!(answer.status, 422);
        }
    }

    #[test]
    fn turns_are_taken_in_a_round_robin() {
        let mut trial = Trial::demo();
        for time in ["09:00", "10:00", "11:00", "12:00"] {
            booked(&mut trial, Seed::ROOF_INSPECTIONS, time, json!({}));
        }
        let users = trial.ghl.appointments().flat_map(|booked| &booked.users);
        let expected = [Seed::DANA, Seed::MARCUS, Seed::DANA, Seed::MARCUS];
        assert_eq!(users.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn bodies_are_strict() {
        let mut trial = Trial::demo();
        let answer = book(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({ "attendees": [] }));
        assert_eq!(answer.status, 422);
        let expected = json!(["property attendees should not exist"]);
        assert_eq!(answer.body["message"], expected);
        assert_eq!(answer.body["error"], "Unprocessable Entity");

        let one = booked(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({}));
        let body = json!({ "contactId": Seed::PAT, "locationId": Seed::DEMO_LOCATION });
        let answer = trial.put(&one, body);
        assert_eq!(answer.status, 422);
        let expected = json!([
            "property contactId should not exist",
            "property locationId should not exist",
        ]);
        assert_eq!(answer.body["message"], expected);

        let answer = trial.post(PATH, json!({ "locationId": Seed::DEMO_LOCATION }));
        assert_eq!(answer.status, 422);
        assert!(
            answer.body["message"]
                .as_array()
                .unwrap()
                .contains(&json!("contactId must be a string"))
        );
    }

    #[test]
    fn what_is_missing_is_400() {
        let mut trial = Trial::demo();
        let answer = book(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({ "contactId": "x" }));
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (400, &json!("Contact with id x not found"))
        );
        let answer = book(&mut trial, "x", "10:00", json!({}));
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (400, &json!("Calendar with id x not found"))
        );
        for answer in [
            trial.get(&format!("{PATH}/x")),
            trial.put(&format!("{PATH}/x"), json!({})),
        ] {
            assert_eq!(answer.status, 400);
            assert_eq!(answer.body["error"], "Appointment with id x not found");
        }
    }

    #[test]
    fn an_appointment_is_read_in_the_locations_offset() {
        let mut trial = Trial::demo();
        let one = booked(
            &mut trial,
            Seed::ROOF_INSPECTIONS,
            "10:00",
            json!({ "description": "ref ak:1" }),
        );
        let answer = trial.get(&one);
        let appointment = &answer.body["appointment"];
        assert_eq!(appointment["startTime"], "2026-03-03T10:00:00-06:00");
        assert_eq!(appointment["endTime"], "2026-03-03T11:00:00-06:00");
        assert_eq!(appointment["description"], "ref ak:1");
        assert_eq!(appointment["deleted"], false);
        assert_eq!(
            appointment["createdBy"],
            json!({ "source": "third_party", "userId": null })
        );
        assert!(answer.body["traceId"].is_string());
    }

    #[test]
    fn a_move_is_not_in_its_own_way() {
        let mut trial = Trial::demo();
        let until = |time| json!({ "endTime": tuesday(time) });
        let one = booked(&mut trial, Seed::OPEN_HOUSE, "10:00", until("11:00"));
        booked(&mut trial, Seed::OPEN_HOUSE, "12:00", json!({}));
        let moved = trial.put(&one, json!({ "startTime": tuesday("10:30") }));
        assert_eq!(moved.status, 200, "{}", moved.body);
        assert_eq!(moved.body.get("startTime"), None);
        let shown = trial.get(&one).body;
        assert_eq!(shown["appointment"]["endTime"], "2026-03-03T11:30:00-06:00");
        assert_taken(&trial.put(&one, json!({ "startTime": tuesday("11:30") })));
    }

    #[test]
    fn a_cancelled_one_frees_its_slot_and_may_not_come_back_into_a_taken_one() {
        let mut trial = Trial::demo();
        let one = booked(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({}));
        let cancelled = json!({ "appointmentStatus": "cancelled" });
        assert_eq!(trial.put(&one, cancelled).status, 200);
        let two = booked(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({}));
        assert_taken(&trial.put(&one, json!({ "appointmentStatus": "confirmed" })));
        // Who did not come has had the slot all the same.
        assert_eq!(trial.put(&two, json!({ "appointmentStatus": "noshow" })).status, 200);
        assert_taken(&book(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({})));
    }

    #[test]
    fn two_statuses_are_known_to_v3_alone() {
        let mut trial = Trial::demo();
        let one = booked(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({}));
        for status in ["completed", "active"] {
            let body = json!({ "appointmentStatus": status });
            let refused = trial.put(&one, body.clone());
            let words = "appointmentStatus must be one of the following values: \
                         new, confirmed, cancelled, showed, noshow, invalid";
            assert_eq!((refused.status, &refused.body["message"]), (422, &json!([words])));
            let written = trial.v3("PUT", &one, Some(body));
            assert_eq!(written.body["appointmentStatus"], status);
        }
        assert_eq!(
            trial
                .v3("PUT", &one, Some(json!({ "appointmentStatus": "no_show" })))
                .status,
            422
        );
    }

    #[test]
    fn people_are_told_of_bookings_moves_and_changes_of_status() {
        let mut trial = Trial::demo();
        let one = booked(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({}));
        let moved = || json!({ "startTime": tuesday("11:00") });
        trial.put(&one, moved());
        trial.put(&one, moved());
        trial.put(&one, json!({ "title": "Roof" }));
        trial.put(&one, json!({ "appointmentStatus": "showed", "toNotify": true }));
        trial.put(&one, json!({ "appointmentStatus": "cancelled", "toNotify": false }));
        booked(&mut trial, Seed::OPEN_HOUSE, "12:00", json!({ "toNotify": false }));
        let appointments: Vec<_> = trial.ghl.appointments().collect();
        let occasions: Vec<_> = appointments[0].notices.iter().map(|notice| notice.occasion).collect();
        let expected = [
            Occasion::Booked,
            Occasion::Moved,
            Occasion::StatusChanged(Status::Showed),
        ];
        assert_eq!(occasions, expected);
        assert_eq!(appointments[0].notify, Some(false));
        assert_eq!(appointments[1].notices, []);
    }

    #[test]
    fn another_member_can_take_over_when_free() {
        let mut trial = Trial::demo();
        let to = |user: &str| json!({ "assignedUserId": user });
        let one = booked(&mut trial, Seed::ROOF_INSPECTIONS, "10:00", to(Seed::DANA));
        booked(&mut trial, Seed::ROOF_INSPECTIONS, "11:00", to(Seed::MARCUS));
        assert_eq!(trial.put(&one, to(Seed::MARCUS)).status, 200);
        // Marcus is taken at eleven, and keeps what is his.
        assert_taken(&trial.put(&one, json!({ "startTime": tuesday("11:00") })));
        let both = json!({ "startTime": tuesday("11:00"), "assignedUserId": Seed::DANA });
        assert_eq!(trial.put(&one, both).status, 200);
        assert_eq!(trial.put(&one, to(Seed::RILEY)).status, 422);
    }

    #[test]
    fn a_calendar_without_auto_confirm_books_as_new() {
        let mut seed = Seed::demo();
        for calendar in &mut seed.calendars {
            calendar.auto_confirm = false;
        }
        let mut trial = Trial::of(seed);
        let answer = book(&mut trial, Seed::OPEN_HOUSE, "10:00", json!({}));
        assert_eq!(answer.body["appointmentStatus"], "new");
    }
}
