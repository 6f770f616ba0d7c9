//! `/calendars/services/bookings`.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::appointment::with_offset;
use super::appointments::{span, time};
use super::body::{Field, Rule};
use super::call::{Call, instant as instant_of, zone};
use super::contact::Contact;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route, Since};
use super::service_plan::{instant, is_live, plan, wishes};

const PATH: &str = "/calendars/services/bookings";
const PATH_OF_ONE: &str = "/calendars/services/bookings/{bookingId}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("service_booking.list", PATH, "calendars/events.readonly", list)
        .since(Since::V3)
        .location(Place::Query),
    Route::post("service_booking.create", PATH, "calendars/events.write", create)
        .since(Since::V3)
        .location(Place::Body)
        .query(LENIENCE)
        .fields(CREATE)
        .created(),
    Route::get("service_booking.get", PATH_OF_ONE, "calendars/events.readonly", get).since(Since::V3),
    Route::put("service_booking.update", PATH_OF_ONE, "calendars/events.write", update)
        .since(Since::V3)
        .query(LENIENCE)
        .fields(UPDATE),
    Route::delete("service_booking.delete", PATH_OF_ONE, "calendars/events.write", delete).since(Since::V3),
];

/// What is not held against a booking.
const LENIENCE: &[Field] = &[
    Field::optional("overrideAvailability", Rule::Flag),
    Field::optional("skipSchedulingNotice", Rule::Flag),
];

const CREATE: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::required("contactId", Rule::Text),
    Field::required("startTime", Rule::Time),
    Field::required("endTime", Rule::Time),
    Field::required("timezone", Rule::Text),
    Field::required("services", Rule::Objects(SERVICES)),
    Field::optional("serviceLocationId", Rule::Text),
    Field::optional("meetingLocation", Rule::Text),
    Field::optional("title", Rule::Text),
    Field::optional("status", Rule::OneOf(&["confirmed", "new"])),
];

const UPDATE: &[Field] = &[
    Field::optional("startTime", Rule::Time),
    Field::optional("endTime", Rule::Time),
    Field::optional("timezone", Rule::Text),
    Field::optional("services", Rule::Objects(SERVICES)),
    Field::optional("serviceLocationId", Rule::Text),
    Field::optional("meetingLocation", Rule::Text),
    Field::optional("title", Rule::Text),
    Field::optional("status", Rule::OneOf(STATUSES)),
];

/// An appointment spells the last of them `noshow`.
const STATUSES: &[&str] = &["confirmed", "cancelled", "invalid", "new", "showed", "no_show"];

const SERVICES: &[Field] = &[
    Field::required("id", Rule::Text),
    Field::optional("staffId", Rule::Text),
    Field::optional("position", Rule::NUMBER),
    Field::optional(
        "addOns",
        Rule::Objects(&[
            Field::required("id", Rule::Text),
            Field::optional("quantity", Rule::NUMBER),
            Field::optional("duration", Rule::NUMBER),
        ]),
    ),
];

/// Lists what begins between two instants, called off and deleted ones included, as events are listed.
fn list(call: &mut Call<'_>) -> Outcome {
    let [from, to] = call.query_millis(["startTime", "endTime"])?.map(instant_of);
    let shown_in = call.query.get("timezone").map(zone).transpose()?;
    let place = call.query.get("serviceLocationId");
    let bookings = call.seen_documents(DocumentKind::ServiceBooking).filter(|booking| {
        let start = text(booking, "startTime").and_then(instant);
        let within = start.is_some_and(|start| from <= start && start <= to);
        within && place.is_none_or(|place| text(booking, "serviceLocationId") == Some(place))
    });
    let bookings = bookings.map(|booking| match shown_in {
        Some(zone) => shown(&in_zone(booking, zone)),
        None => shown(booking),
    });
    Ok(json!({ "bookings": bookings.collect::<Vec<Value>>() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let contact = call.contact(call.text("contactId").unwrap_or_default())?;
    // The check of the body made sure of both.
    let start = time(call, "startTime")?.ok_or_else(Refusal::slot_taken)?;
    let end = time(call, "endTime")?.ok_or_else(Refusal::slot_taken)?;
    let zone = zone(call.text("timezone").unwrap_or_default())?;
    let span = span(start, end)?;
    let place = service_location(call)?;
    check_notice(call, start)?;
    let wished = call.body.get("services").and_then(Value::as_array);
    let wished = wished.map_or(&[] as &[Value], Vec::as_slice);
    let services = plan(call, wished, span, zone, None)?;
    let title = call
        .text("title")
        .map_or_else(|| title(call, contact, wished), str::to_owned);
    let mut booking = call.body.clone();
    for (name, value) in [
        ("title", title.into()),
        ("serviceLocationId", place),
        ("startTime", with_offset(start, zone).into()),
        ("endTime", with_offset(end, zone).into()),
        ("services", services.into()),
        ("status", call.text("status").unwrap_or("confirmed").into()),
        ("deleted", false.into()),
        ("createdBy", json!({ "source": "third_party" })),
    ] {
        booking.insert(name.to_owned(), value);
    }
    let booking = call.create(DocumentKind::ServiceBooking, booking);
    Ok(with_messages(&booking))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let booking = call.seen_document(DocumentKind::ServiceBooking, call.id())?;
    Ok(shown(booking))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let old = call.document(DocumentKind::ServiceBooking, call.id())?.clone();
    let zone = zone(call.text("timezone").or(text(&old, "timezone")).unwrap_or_default())?;
    let kept = |name| text(&old, name).and_then(instant).ok_or_else(Refusal::slot_taken);
    let (old_start, old_end) = (kept("startTime")?, kept("endTime")?);
    let start = time(call, "startTime")?.unwrap_or(old_start);
    // Without an end of its own it stays as long as it was.
    let end = time(call, "endTime")?.unwrap_or(start + (old_end - old_start));
    let span = span(start, end)?;
    if call.text("serviceLocationId").is_some() {
        service_location(call)?;
    }
    let mut new = call.body.clone();
    let status = call.text("status").or(text(&old, "status")).unwrap_or_default();
    let stays_live = !matches!(status, "cancelled" | "invalid");
    let moved = (start, end) != (old_start, old_end);
    let wished = call.body.get("services").and_then(Value::as_array);
    if stays_live && (moved || wished.is_some() || !is_live(&old)) {
        if moved {
            check_notice(call, start)?;
        }
        let wished = wished.cloned().unwrap_or_else(|| wishes(&old));
        let services = plan(call, &wished, span, zone, Some(call.id()))?;
        new.insert("services".to_owned(), services.into());
    } else {
        new.remove("services");
    }
    new.insert("startTime".to_owned(), with_offset(start, zone).into());
    new.insert("endTime".to_owned(), with_offset(end, zone).into());
    let booking = call.amend(DocumentKind::ServiceBooking, call.id(), new)?;
    Ok(with_messages(&booking))
}

/// Deletes a booking, which can still be read, as an appointment can.
fn delete(call: &mut Call<'_>) -> Outcome {
    let deleted = Map::from_iter([("deleted".to_owned(), true.into())]);
    call.amend(DocumentKind::ServiceBooking, call.id(), deleted)?;
    Ok(json!({ "success": true, "message": "Service booking deleted successfully" }))
}

/// Refuses a start that is past, unless nobody minds.
fn check_notice(call: &Call<'_>, start: DateTime<Utc>) -> Result<(), Refusal> {
    let lenient = ["overrideAvailability", "skipSchedulingNotice"].map(|name| call.query_flag(name) == Some(true));
    if start < call.now && !lenient.contains(&true) {
        return Err(Refusal::slot_taken());
    }
    Ok(())
}

/// The id of the place that is named, which must be there, or of the first one there is.
fn service_location(call: &Call<'_>) -> Result<Value, Refusal> {
    let place = match call.text("serviceLocationId") {
        Some(id) => Some(call.document(DocumentKind::ServiceLocation, id)?),
        None => call
            .store
            .now()
            .documents(DocumentKind::ServiceLocation)
            .next()
            .map(AsRef::as_ref),
    };
    let id = place.and_then(|place| place.get("id"));
    Ok(id.cloned().unwrap_or_default())
}

/// The name of the contact, and those of the services.
fn title(call: &Call<'_>, contact: &Contact, wished: &[Value]) -> String {
    let services = wished.iter().filter_map(|wish| {
        let service = call.document(DocumentKind::Service, wish.get("id")?.as_str()?);
        text(service.ok()?, "name")
    });
    let services: Vec<&str> = services.collect();
    format!("{} - {}", contact.name(), services.join(", "))
}

fn in_zone(booking: &Document, zone: Tz) -> Document {
    let mut booking = booking.clone();
    for name in ["startTime", "endTime"] {
        if let Some(instant) = text(&booking, name).and_then(instant) {
            booking.insert(name.to_owned(), with_offset(instant, zone).into());
        }
    }
    booking
}

fn shown(booking: &Document) -> Value {
    DocumentKind::ServiceBooking.shown(booking)
}

fn with_messages(booking: &Document) -> Value {
    let mut booking = booking.clone();
    booking.insert("messages".to_owned(), json!([]));
    shown(&booking)
}

fn text<'a>(document: &'a Document, name: &str) -> Option<&'a str> {
    document.get(name)?.as_str()
}

#[cfg(test)]
mod tests;
