//! A GHL that does what it is asked and forgets nothing.

use http::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};

/// A GHL that does what it is asked and forgets nothing. Slots are never taken.
#[derive(Debug, Default)]
pub(super) struct Ghl {
    contacts: Vec<Value>,
    appointments: Vec<Value>,
}

impl Ghl {
    /// The appointments that stand.
    pub(super) fn standing(&self) -> usize {
        let cancelled = |appointment: &&Value| appointment.get("appointmentStatus") != Some(&json!("cancelled"));
        self.appointments.iter().filter(cancelled).count()
    }

    /// Carries a request out. What is made gets the ids that were told, if any were.
    pub(super) fn answer(&mut self, request: &Request<Vec<u8>>, told: Option<&Value>) -> Response<Vec<u8>> {
        let path = request.uri().path().trim_matches('/').to_owned();
        let path: Vec<&str> = path.split('/').collect();
        let body: Map<String, Value> = serde_json::from_slice(request.body()).unwrap_or_default();
        let reply = match (request.method(), path.as_slice()) {
            (&Method::POST, ["contacts"]) => match self.known(&body) {
                Some(contact) => return duplicate(contact),
                None => Some(self.add(body, told)),
            },
            (&Method::POST, ["contacts", "upsert"]) => Some(match self.known(&body) {
                Some(contact) => json!({ "new": false, "contact": contact }),
                None => self.add(body, told),
            }),
            (&Method::GET, ["contacts", id]) => {
                find(&mut self.contacts, id).map(|contact| json!({ "contact": contact }))
            }
            (&Method::PUT, ["contacts", id]) => find(&mut self.contacts, id)
                .map(|contact| json!({ "succeded": true, "contact": changed(contact, body) })),
            (&Method::GET, ["contacts", id, "appointments"]) => Some(self.list("contactId", Some(id))),
            (&Method::GET, ["calendars"]) => Some(json!({ "calendars": [calendar("calendar-1")] })),
            (&Method::GET, ["calendars", "events"]) => Some(self.list("", None)),
            (&Method::POST, ["calendars", "events", "appointments"]) => Some(self.create(body, told)),
            (&Method::GET, ["calendars", "events", "appointments", id]) => {
                find(&mut self.appointments, id).map(|appointment| json!({ "appointment": appointment }))
            }
            (&Method::PUT, ["calendars", "events", "appointments", id]) => {
                find(&mut self.appointments, id).map(|appointment| changed(appointment, body))
            }
            (&Method::GET, ["calendars", _, "free-slots"]) => {
                Some(json!({ "2030-06-05": { "slots": ["2030-06-05T10:00:00-05:00"] } }))
            }
            (&Method::GET, ["calendars", id]) => Some(json!({ "calendar": calendar(id) })),
            other => panic!("GHL has no {other:?}"),
        };
        match reply {
            Some(reply) => Response::new(reply.to_string().into_bytes()),
            None => {
                let mut missing = Response::new(br#"{ "message": "The appointment was not found" }"#.to_vec());
                *missing.status_mut() = StatusCode::NOT_FOUND;
                missing
            }
        }
    }

    /// The contact with the same e-mail address or phone number.
    fn known(&self, fields: &Map<String, Value>) -> Option<&Value> {
        let same = |contact: &&Value| {
            let mut keys = ["email", "phone"].iter();
            keys.any(|key| fields.contains_key(*key) && contact.get(key) == fields.get(*key))
        };
        self.contacts.iter().find(same)
    }

    fn add(&mut self, fields: Map<String, Value>, told: Option<&Value>) -> Value {
        let told = told.and_then(|told| told.pointer("/contact/id")?.as_str());
        let contact = made(fields, told, format!("contact-{}", self.contacts.len()));
        self.contacts.push(contact.clone());
        json!({ "new": true, "contact": contact })
    }

    fn create(&mut self, fields: Map<String, Value>, told: Option<&Value>) -> Value {
        let told = told.and_then(|told| told.get("id")?.as_str());
        let appointment = made(fields, told, format!("appointment-{}", self.appointments.len()));
        self.appointments.push(appointment.clone());
        appointment
    }

    fn list(&self, name: &str, value: Option<&str>) -> Value {
        let listed = |appointment: &&Value| value.is_none() || appointment.get(name).and_then(Value::as_str) == value;
        let events: Vec<&Value> = self.appointments.iter().filter(listed).collect();
        json!({ "events": events })
    }
}

/// The one with this id.
fn find<'a>(all: &'a mut [Value], id: &str) -> Option<&'a mut Value> {
    all.iter_mut()
        .find(|one| one.get("id").and_then(Value::as_str) == Some(id))
}

/// What a change makes of it.
fn changed(one: &mut Value, fields: Map<String, Value>) -> Value {
    if let Some(there) = one.as_object_mut() {
        there.extend(fields);
    }
    one.clone()
}

/// The refusal of a second contact with one e-mail address or phone number.
fn duplicate(contact: &Value) -> Response<Vec<u8>> {
    let body = json!({
        "statusCode": 400,
        "message": "This location does not allow duplicated contacts.",
        "meta": { "contactId": contact.get("id"), "contactName": contact.get("name") },
    });
    let mut refusal = Response::new(body.to_string().into_bytes());
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    refusal
}

fn made(mut fields: Map<String, Value>, told: Option<&str>, next: String) -> Value {
    let id = told
        .filter(|id| (1..=200).contains(&id.len()))
        .map_or(next, str::to_owned);
    fields.insert("id".to_owned(), id.into());
    fields.into()
}

fn calendar(id: &str) -> Value {
    json!({
        "id": id,
        "name": "Roof Inspections",
        "calendarType": "round_robin",
        "teamMembers": [{ "userId": "user-1" }, { "userId": "user-2" }],
        "isActive": true,
    })
}
