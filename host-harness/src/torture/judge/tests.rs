use super::*;
use crate::contract::Receipt;
use crate::emulator::{End, Rain};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

const PATH: &str = "/calendars/events/appointments";

/// One lead that wants one visit, and the GHL in which it is booked or not.
struct Court {
    server: Server,
    lead: Lead,
}

impl Court {
    async fn open() -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let first = Lead::first_visit(chrono::Utc::now());
        let mut leads = (0..).map(|_| Lead::draw(0, 1, first, &mut random));
        Self {
            server: town::open(1, &Rain::new(0)).await.unwrap(),
            lead: leads.find(|lead| lead.events.len() == 1).unwrap(),
        }
    }

    fn send(&self, method: Method, target: &str, body: Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("version", "2021-07-28")
            .header("authorization", format!("Bearer {}", town::token(0)))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let now_ms = chrono::Utc::now().timestamp_millis();
        let delivery = self.server.with(|ghl| ghl.answer(now_ms, &request));
        let End::Reply(reply) = delivery.end else {
            panic!("no answer")
        };
        let body: Value = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!(reply.status(), 200, "{body}");
        body
    }

    fn location(&self) -> String {
        self.server.with(|ghl| ghl.location().id.clone())
    }

    /// Books the lead, with something else than it wants, and says what was made.
    fn book(&self, changes: Value) -> (String, String) {
        let (first, last) = {
            let name = self.lead.name();
            let (first, last) = name.split_once(' ').unwrap();
            (first.to_owned(), last.to_owned())
        };
        let lead = json!({
            "locationId": self.location(), "firstName": first, "lastName": last, "phone": self.lead.phone(),
        });
        let contact = self.send(Method::POST, "/contacts/upsert", lead)["contact"]["id"].clone();
        let start = self.lead.wanted.unwrap();
        let mut booking = json!({
            "locationId": self.location(),
            "calendarId": "narrow",
            "contactId": contact,
            "startTime": start.to_rfc3339(),
            "endTime": (start + VISIT).to_rfc3339(),
            "title": self.lead.name(),
            "description": format!("{}\n\nRef KC-ABCDEFGH", self.lead.description()),
        });
        for (name, value) in changes.as_object().unwrap() {
            booking[name] = value.clone();
        }
        let appointment = self.send(Method::POST, PATH, booking)["id"].clone();
        let text = |id: Value| id.as_str().unwrap().to_owned();
        (text(contact), text(appointment))
    }

    /// The lead's event, done with a receipt for these.
    fn done(&self, (contact, appointment): &(String, String)) -> Listed {
        let step = |name: &str, id: &String| AppliedStep {
            name: name.to_owned(),
            action: format!("{name}.create"),
            id: Some(id.clone()),
            outcome: Outcome::Done,
        };
        let id = self.lead.events[0].id.clone();
        Listed {
            number: 1,
            connection: town::connection(0),
            id: id.clone(),
            subject: self.lead.subject(),
            trigger: "knocker.lead_booked".to_owned(),
            bulk: false,
            status: Status::Done,
            received_ms: 0,
            due_ms: None,
            changed_ms: 0,
            attempts: 1,
            damage: None,
            ending: Some(Ending::Receipt(Receipt {
                event_id: id,
                subject: self.lead.subject(),
                applied: vec![step("contact", contact), step("appointment", appointment)],
                requests: 2,
                cache_hits: 0,
                cache_misses: 0,
                warnings: Vec::new(),
                visit: None,
            })),
        }
    }

    /// Lost, double, wrong, and all that was found.
    fn judge(&self, listed: &[Listed]) -> ((u64, u64, u64), Vec<Finding>) {
        let judgement = judge(std::slice::from_ref(&self.lead), &self.server, listed);
        let Leads {
            lost, double, wrong, ..
        } = judgement.leads;
        ((lost, double, wrong), judgement.findings)
    }
}

#[tokio::test]
async fn a_lead_that_is_booked_as_it_wants_is_well() {
    let court = Court::open().await;
    let made = court.book(json!({}));
    let (counts, findings) = court.judge(&[court.done(&made)]);
    assert_eq!((counts, findings), ((0, 0, 0), Vec::new()));
}

#[tokio::test]
async fn a_lead_without_its_appointment_is_lost_and_its_receipt_untrue() {
    let court = Court::open().await;
    let nothing = ("nobody".to_owned(), "nothing".to_owned());
    assert_eq!(court.judge(&[court.done(&nothing)]).0, (1, 0, 1));
    let made = court.book(json!({}));
    let target = format!("{PATH}/{}", made.1);
    court.send(Method::PUT, &target, json!({ "appointmentStatus": "cancelled" }));
    assert_eq!(court.judge(&[court.done(&made)]).0, (1, 0, 0));
}

#[tokio::test]
async fn a_second_appointment_is_double_even_when_it_was_cancelled() {
    let court = Court::open().await;
    let made = court.book(json!({}));
    let later = (court.lead.wanted.unwrap() + VISIT).to_rfc3339();
    let copy = court.book(json!({ "startTime": later, "endTime": null }));
    let target = format!("{PATH}/{}", copy.1);
    court.send(Method::PUT, &target, json!({ "appointmentStatus": "cancelled" }));
    assert_eq!(court.judge(&[court.done(&made)]).0, (0, 1, 0));
}

#[tokio::test]
async fn content_that_is_not_wanted_is_wrong() {
    let later = |court: &Court| (court.lead.wanted.unwrap() + VISIT).to_rfc3339();
    for (name, value) in [
        ("title", json!("Somebody else")),
        ("description", json!("Lead 0")),
        ("startTime", Value::Null),
    ] {
        let court = Court::open().await;
        let value = if value.is_null() { json!(later(&court)) } else { value };
        let made = court.book(json!({ name: value, "endTime": null }));
        assert_eq!(court.judge(&[court.done(&made)]).0, (0, 0, 1), "{name}");
    }
}

#[tokio::test]
async fn an_event_that_is_gone_or_not_done_is_wrong() {
    let court = Court::open().await;
    let made = court.book(json!({}));
    assert_eq!(court.judge(&[]).0, (0, 0, 1));
    let failed = Listed {
        status: Status::Failed,
        ..court.done(&made)
    };
    assert_eq!(court.judge(&[failed]).0, (0, 0, 1));
}

#[tokio::test]
async fn an_appointment_of_no_lead_is_found() {
    let court = Court::open().await;
    let made = court.book(json!({}));
    let later = (court.lead.wanted.unwrap() + VISIT).to_rfc3339();
    court.book(json!({ "description": "Lead 99", "startTime": later, "endTime": null }));
    let (counts, findings) = court.judge(&[court.done(&made)]);
    assert_eq!((counts, findings.len()), ((0, 0, 0), 1));
    assert!(findings[0].message.starts_with("an appointment of no lead"));
}
