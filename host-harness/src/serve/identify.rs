//! Says who an event is before it runs.

use super::acknowledgement::IntakeError;
use super::connections::Served;
use crate::contract::{Event, Failure, Identity, Invalid, Problem};
use crate::engine::RunError;
use crate::inbox::{Arrival, Ending};
use crate::panic;
use sha2::{Digest, Sha256};

/// The longest id or subject that is kept of an event that the component cannot work with, in bytes.
pub(super) const NAME_LIMIT: usize = 200;

/// Who an event is.
#[derive(Debug)]
pub(super) struct Identified {
    pub(super) identity: Identity,
    /// Why it cannot be worked with.
    pub(super) problems: Vec<Problem>,
}

/// Asks the component who an event is. When it does not say, the host names the event by itself, so that it is not
/// lost.
pub(super) async fn identify(served: &Served, event: &Event) -> Result<Identified, IntakeError> {
    let identified = panic::contain(served.connection.identify(event)).await;
    match identified.unwrap_or_else(|message| Err(RunError::Panicked(message))) {
        Ok(Ok(identity)) => Ok(Identified {
            identity,
            problems: Vec::new(),
        }),
        Ok(Err(problems)) => Ok(Identified {
            identity: name(event),
            problems,
        }),
        // It is run all the same, and set aside when it is the event that stops the component, or the host.
        Err(RunError::Trapped { .. } | RunError::Contract(_) | RunError::Panicked(_)) => Ok(Identified {
            identity: name(event),
            problems: Vec::new(),
        }),
        Err(RunError::Host(reason)) => Err(IntakeError::Component(reason)),
    }
}

impl Identified {
    /// The event for the inbox: set aside when it cannot be worked with.
    pub(super) fn arrival(&self, event: Event, bulk: bool) -> Arrival {
        let invalid = || {
            let problems = self.problems.clone();
            Ending::Failure(Failure::PermanentInvalid(Invalid { problems }))
        };
        Arrival {
            event,
            id: self.identity.event_id.clone(),
            subject: self.identity.subject.clone(),
            fingerprint: self.identity.fingerprint.clone(),
            order_keys: self.identity.order_keys.clone(),
            bulk,
            failure: (!self.problems.is_empty()).then(invalid),
            follow_up: None,
        }
    }
}

/// Names an event by what stands on it, and by its content.
pub(super) fn name(event: &Event) -> Identity {
    let given = |name: &Option<String>| {
        let name = name.as_deref()?.trim();
        (1..=NAME_LIMIT).contains(&name.len()).then(|| name.to_owned())
    };
    let fingerprint = fingerprint(event);
    let event_id = given(&event.id).unwrap_or_else(|| fingerprint.clone());
    Identity {
        subject: given(&event.subject).unwrap_or_else(|| event_id.clone()),
        event_id,
        fingerprint,
        order_keys: Vec::new(),
        warnings: Vec::new(),
        visit: None,
    }
}

/// Name of an event's content. When it occurred does not count: it may be when it came in.
fn fingerprint(event: &Event) -> String {
    digest(&[&event.trigger, &event.data.to_string()])
}

/// A short name of some texts.
pub(super) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            hash.update([0]);
        }
        hash.update(text.as_bytes());
    }
    let digest = hash.finalize();
    let hexadecimal = |text: String, byte: &u8| text + &format!("{byte:02x}");
    digest.iter().take(16).fold("host-".to_owned(), hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(id: &str, subject: &str, occurred_at: &str, data: Value) -> Event {
        serde_json::from_value(json!({
            "id": id, "subject": subject, "trigger": "knocker.lead_booked", "occurred_at": occurred_at, "data": data,
        }))
        .unwrap()
    }

    #[test]
    fn an_event_keeps_the_names_that_stand_on_it() {
        let identity = name(&event(" visit-1 ", "pin-1", "", json!({})));
        assert_eq!(
            (identity.event_id.as_str(), identity.subject.as_str()),
            ("visit-1", "pin-1")
        );
        let identity = name(&event("visit-1", "", "", json!({})));
        assert_eq!(identity.subject, "visit-1");
    }

    #[test]
    fn an_event_without_a_name_that_can_be_kept_is_named_by_its_content_whenever_it_comes() {
        let long = "x".repeat(NAME_LIMIT + 1);
        let first = name(&event(&long, " ", "2030-06-03T13:00:00Z", json!({ "a": 1, "b": 2 })));
        let again = name(&event("", "", "2030-06-03T14:00:00Z", json!({ "b": 2, "a": 1 })));
        assert_eq!(first, again);
        assert_eq!(
            (&first.event_id, &first.subject),
            (&first.fingerprint, &first.fingerprint)
        );
        let other = name(&event("", "", "2030-06-03T13:00:00Z", json!({ "a": 1, "b": 3 })));
        assert_ne!(first.event_id, other.event_id);
    }
}
