//! An event, as its document says.

use knockcal::knock::Incoming;
use serde_json::{Value, json};

/// A visit that can be booked under every configuration that names a calendar.
pub fn booked() -> Incoming {
    let data = json!({
        "startTime": "2030-06-04T10:00:00-05:00",
        "endTime": "2030-06-04T11:00:00-05:00",
        "description": "Hail damage on the south side",
        "lead": { "firstName": "Ann", "lastName": "Lee", "phone": "+1 512 555 0142", "email": "ann@example.com" },
        "address": { "street": "12 Oak St", "city": "Austin", "state": "TX", "postalCode": "78701" },
        "rep": "7",
    });
    read(&json!({ "id": "booked-1", "subject": "booking-1", "data": data })).0
}

/// The same visit gets a new time, a minute later.
pub fn moved() -> Incoming {
    let data = json!({ "startTime": "2030-06-04T13:00:00-05:00" });
    let (incoming, _) = read(&json!({ "id": "moved-1", "subject": "booking-1", "data": data }));
    changed(incoming, "2030-06-03T07:01:00-05:00")
}

/// The same visit is off, two minutes later.
pub fn cancelled() -> Incoming {
    let data = json!({ "status": "cancelled" });
    let (incoming, _) = read(&json!({ "id": "cancelled-1", "subject": "booking-1", "data": data }));
    changed(incoming, "2030-06-03T07:02:00-05:00")
}

fn changed(incoming: Incoming, occurred_at: &str) -> Incoming {
    Incoming {
        trigger: "knocker.booking_changed".to_owned(),
        occurred_at: occurred_at.to_owned(),
        ..incoming
    }
}

/// The event that a document describes, and the document that pointers lead into. `data` may be text, then it is the
/// JSON itself, and may be none.
pub fn read(document: &Value) -> (Incoming, Value) {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    let data_json = match document.get("data") {
        Some(Value::String(text)) => text.clone(),
        Some(data) => data.to_string(),
        None => "{}".to_owned(),
    };
    let incoming = Incoming {
        id: text("id"),
        trigger: text("trigger").unwrap_or_else(|| "knocker.lead_booked".to_owned()),
        subject: text("subject"),
        occurred_at: text("occurred_at").unwrap_or_else(|| "2030-06-03T07:00:00-05:00".to_owned()),
        expires_at: text("expires_at"),
        notify: document.get("notify") != Some(&Value::Bool(false)),
        data_json,
    };
    let places = json!({
        "id": incoming.id,
        "trigger": incoming.trigger,
        "subject": incoming.subject,
        "occurred_at": incoming.occurred_at,
        "expires_at": incoming.expires_at,
        "data": serde_json::from_str::<Value>(&incoming.data_json).unwrap_or_default(),
    });
    (incoming, places)
}
