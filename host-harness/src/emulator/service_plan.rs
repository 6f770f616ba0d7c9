//! Who gives which service of a booking, and when.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::appointment::with_offset;
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::hours::Span;
use super::reply::Refusal;
use super::services::category;

/// Longer than anything that is booked.
const LONGEST: TimeDelta = TimeDelta::days(31);

/// Plans the services that are wished for, one after the other from the start of a booking, and refuses them when
/// nobody is free. `without` is the booking that is being moved, which is not in its own way.
pub(super) fn plan(
    call: &Call<'_>,
    wishes: &[Value],
    booking: Span,
    zone: Tz,
    without: Option<&str>,
) -> Result<Vec<Value>, Refusal> {
    if wishes.is_empty() {
        // The words are ours: GHL's were not recorded.
        return Err(Refusal::invalid_fields(vec!["services should not be empty".to_owned()]));
    }
    let mut start = booking.start;
    let mut planned = Vec::new();
    for wish in in_order(wishes) {
        let service = call.document(DocumentKind::Service, text(wish, "id"))?;
        let end = match length(service, "serviceDuration") {
            Some(length) => start.checked_add_signed(length).unwrap_or(booking.end),
            None => booking.end,
        };
        let span = Span { start, end };
        let staff = choose_staff(call, service, wish, span, without)?;
        planned.push(json!({
            "id": service.get("id"),
            "serviceCategoryId": category(service),
            "serviceStaffId": staff,
            "serviceStartTime": with_offset(start, zone),
            "serviceEndTime": with_offset(end, zone),
            "serviceResources": [],
            "serviceAddOns": wish.get("addOns").cloned().unwrap_or_else(|| json!([])),
        }));
        start = end;
    }
    Ok(planned)
}

/// The services of a booking as they would be wished for.
pub(super) fn wishes(booking: &Document) -> Vec<Value> {
    let services = booking.get("services").and_then(Value::as_array);
    let services = services.into_iter().flatten().map(|service| {
        let names = [("id", "id"), ("staffId", "serviceStaffId"), ("addOns", "serviceAddOns")];
        let kept =
            names.map(|(wished, planned)| (wished.to_owned(), service.get(planned).cloned().unwrap_or_default()));
        Value::Object(Map::from_iter(kept))
    });
    services.collect()
}

/// The wishes by their `position`, those without one in the order they came.
fn in_order(wishes: &[Value]) -> Vec<&Value> {
    let mut wishes: Vec<_> = wishes.iter().collect();
    wishes.sort_by_key(|wish| wish.get("position").and_then(Value::as_i64).unwrap_or(0));
    wishes
}

/// The one who is wished for, or the first of the service's staff who is free.
fn choose_staff(
    call: &Call<'_>,
    service: &Document,
    wish: &Value,
    span: Span,
    without: Option<&str>,
) -> Result<String, Refusal> {
    let staff = service.get("staff").and_then(Value::as_array);
    let staff = staff.into_iter().flatten().map(|member| text(member, "id"));
    let mut staff: Vec<&str> = staff.collect();
    let wanted = text(wish, "staffId");
    if !wanted.is_empty() {
        if call.store.user(wanted).is_none() {
            return Err(Refusal::missing("User", wanted));
        }
        staff.retain(|member| *member == wanted);
        if staff.is_empty() {
            // The words are ours: GHL's were not recorded.
            let words = "staffId is not one of the staff of the service";
            return Err(Refusal::invalid_fields(vec![words.to_owned()]));
        }
    }
    let anyhow = call.query_flag("overrideAvailability") == Some(true);
    let before = length(service, "preBuffer").unwrap_or_default();
    let after = length(service, "postBuffer").unwrap_or_default();
    let needed = Span {
        start: span.start.checked_sub_signed(before).unwrap_or(span.start),
        end: span.end.checked_add_signed(after).unwrap_or(span.end),
    };
    let mut free = staff
        .iter()
        .filter(|member| anyhow || is_free(call, member, needed, without));
    free.next()
        .map(|member| (*member).to_owned())
        .ok_or_else(Refusal::slot_taken)
}

/// Whether a user has no other booking, no appointment, and no time that is blocked.
fn is_free(call: &Call<'_>, user: &str, span: Span, without: Option<&str>) -> bool {
    let view = call.store.now();
    let mut appointments = view.appointments_around(span.start, span.end).into_iter();
    let has_appointment = appointments.any(|appointment| {
        let (start, end) = (appointment.start, appointment.end);
        let takes = appointment.is_live() && appointment.users.iter().any(|taken| taken == user);
        takes && span.meets(Span { start, end })
    });
    let mut bookings = view.documents(DocumentKind::ServiceBooking);
    let has_booking = bookings.any(|booking| {
        let own = without.is_some_and(|id| booking.get("bookingId").is_some_and(|known| known == id));
        let services = booking.get("services").and_then(Value::as_array);
        let mut services = services.into_iter().flatten();
        let gives = |service: &Value| {
            let times = times(service, "serviceStartTime", "serviceEndTime");
            text(service, "serviceStaffId") == user && times.is_some_and(|times| span.meets(times))
        };
        !own && is_live(booking) && services.any(gives)
    });
    let mut blocks = view.documents(DocumentKind::BlockSlot);
    let is_blocked = blocks.any(|block| {
        let times = times(&Value::Object(block.as_ref().clone()), "startTime", "endTime");
        block.get("assignedUserId").is_some_and(|id| id == user) && times.is_some_and(|times| span.meets(times))
    });
    !has_appointment && !has_booking && !is_blocked
}

/// Whether a booking keeps its staff from others.
pub(super) fn is_live(booking: &Document) -> bool {
    let status = booking.get("status").and_then(Value::as_str);
    let deleted = booking.get("deleted").is_some_and(|deleted| *deleted == true);
    !deleted && !matches!(status, Some("cancelled" | "invalid"))
}

/// A length of a service, given in minutes or hours.
fn length(service: &Document, name: &str) -> Option<TimeDelta> {
    let count = i64::try_from(service.get(name)?.as_u64()?).ok()?;
    let unit = service.get(&format!("{name}Unit")).and_then(Value::as_str);
    let length = match unit {
        Some("hours") => TimeDelta::try_hours(count),
        _ => TimeDelta::try_minutes(count),
    };
    length.map(|length| length.min(LONGEST))
}

/// What something lasts.
fn times(thing: &Value, start: &str, end: &str) -> Option<Span> {
    Some(Span {
        start: instant(text(thing, start))?,
        end: instant(text(thing, end))?,
    })
}

/// An instant as it is kept in a document.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc())
}

fn text<'a>(thing: &'a Value, name: &str) -> &'a str {
    thing.get(name).and_then(Value::as_str).unwrap_or_default()
}
