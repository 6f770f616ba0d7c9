//! What happens in the simulated world.

use host_harness::emulator::Seed;
use knockcal::knock::Incoming;
use serde_json::{Value, json};

/// The settle time of every configuration here.
pub(super) const SETTLE_MS: u64 = 120_000;

pub(super) fn configuration() -> Value {
    json!({
        "location_id": Seed::DEMO_LOCATION,
        "time_zone": "America/Chicago",
        "calendar_id": Seed::ROOF_INSPECTIONS,
        "settle_seconds": SETTLE_MS / 1000,
        // Events here come an hour after they occurred.
        "late_seconds": 24 * 60 * 60,
    })
}

/// A visit on Tuesday at ten.
pub(super) fn booked() -> Incoming {
    incoming(
        "booked-1",
        "knocker.lead_booked",
        0,
        &json!({
            "startTime": "2030-06-04T10:00:00",
            "endTime": "2030-06-04T11:00:00",
            "description": "Hail damage on the south side",
            "lead": { "firstName": "Ann", "lastName": "Lee", "phone": "(512) 555-0142", "email": "ann@example.com" },
            "address": { "street": "12 Oak St", "city": "Austin", "state": "TX", "postalCode": "78701" },
        }),
    )
}

/// The same visit, an hour later on the same day, agreed a minute after the first event.
pub(super) fn moved() -> Incoming {
    incoming(
        "moved-1",
        "knocker.booking_changed",
        1,
        &json!({ "startTime": "2030-06-04T13:00:00", "endTime": "2030-06-04T14:00:00" }),
    )
}

/// The visit is off, two minutes after the first event.
pub(super) fn cancelled() -> Incoming {
    incoming(
        "cancelled-1",
        "knocker.booking_changed",
        2,
        &json!({ "status": "cancelled" }),
    )
}

pub(super) fn incoming(id: &str, trigger: &str, minute: u32, data: &Value) -> Incoming {
    Incoming {
        id: Some(id.to_owned()),
        trigger: trigger.to_owned(),
        subject: Some("booking-1".to_owned()),
        occurred_at: format!("2030-06-03T07:{minute:02}:00-05:00"),
        expires_at: None,
        notify: true,
        data_json: data.to_string(),
    }
}
