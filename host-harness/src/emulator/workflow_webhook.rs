//! The webhook of a workflow: what GHL's action "Webhook" posts, free in its form and unsigned. Only headers that
//! somebody sets tell where it comes from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::appointment::Appointment;
use super::contact::{Contact, zulu};
use super::ghl::Ghl;
use super::herald::WebhookUrl;
use super::seed::{Location, Seed};

/// What a workflow posts, and where to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowWebhook {
    url: String,
    /// Headers beside the content type: a token, mostly.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Id of the contact that runs through the workflow.
    contact: String,
    /// Id of the appointment that triggered it.
    appointment: Option<String>,
    /// What the workflow adds, under `customData`.
    #[serde(default)]
    data: Map<String, Value>,
}

impl WorkflowWebhook {
    /// Where it goes, with which headers, and the body.
    ///
    /// # Errors
    /// A sentence, where something that it names is not there or cannot be sent.
    pub(super) fn message(&self, ghl: &Ghl) -> Result<(WebhookUrl, HeaderMap, Value), String> {
        let url = self.url.parse()?;
        let missing = |kind: &str, id: &str| format!("there is no {kind} `{id}`");
        let contact = ghl.contacts().find(|contact| contact.id == self.contact);
        let contact = contact.ok_or_else(|| missing("contact", &self.contact))?;
        let seed = ghl.seed();
        let mut body = of_contact(contact, &seed.location);
        if let Some(id) = &self.appointment {
            let appointment = ghl.appointments().find(|appointment| appointment.id == *id);
            let appointment = appointment.ok_or_else(|| missing("appointment", id))?;
            body.insert("calendar".to_owned(), of_appointment(appointment, &seed));
        }
        body.insert("customData".to_owned(), Value::Object(self.data.clone()));
        Ok((url, self.headers()?, Value::Object(body)))
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        for (name, value) in &self.headers {
            let parsed = (name.parse::<HeaderName>().ok(), value.parse::<HeaderValue>().ok());
            let (Some(name), Some(value)) = parsed else {
                return Err(format!("`{name}` is not a header that can be sent"));
            };
            headers.insert(name, value);
        }
        Ok(headers)
    }
}

/// The contact's own fields stand at the top, in small letters.
fn of_contact(contact: &Contact, location: &Location) -> Map<String, Value> {
    let property = |name: &str| contact.properties.get(name).cloned().unwrap_or_default();
    let fields = json!({
        "contact_id": contact.id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "full_name": contact.name(),
        "email": contact.email,
        "phone": contact.phone,
        "tags": contact.tags.join(","),
        "address1": property("address1"),
        "city": property("city"),
        "state": property("state"),
        "postal_code": property("postalCode"),
        "country": property("country"),
        "date_created": zulu(contact.date_added),
        "location": { "id": location.id, "name": location.name },
        "workflow": { "id": "workflow", "name": "Emulated workflow" },
        "triggerData": {},
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The appointment, under `calendar`. Its times are local ones of the location, without an offset.
fn of_appointment(appointment: &Appointment, seed: &Seed) -> Value {
    let zone = seed.zone().unwrap_or(Tz::UTC);
    let local = |time: DateTime<Utc>| time.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S").to_string();
    let calendar = seed
        .calendars
        .iter()
        .find(|calendar| calendar.id == appointment.calendar_id);
    json!({
        "id": appointment.calendar_id,
        "calendarName": calendar.map(|calendar| calendar.name.as_str()),
        "appointmentId": appointment.id,
        "title": appointment.title,
        "startTime": local(appointment.start),
        "endTime": local(appointment.end),
        "selectedTimezone": seed.location.time_zone,
        "status": "booked",
        // GHL's own spelling.
        "appoinmentStatus": appointment.status.name(),
        "address": appointment.address,
        "notes": appointment.description,
    })
}
