//! What follows from an event that is set aside: one that says so, for whoever has to act.

use super::connections::Served;
use super::identify::{NAME_LIMIT, digest, name};
use crate::contract::{AppliedStep, Event, Failure, Invalid, Reply, Visit};
use crate::engine::Connection;
use crate::inbox::{Arrival, Ending};
use chrono::Utc;
use serde_json::{Map, Value, json};

/// Key of the trigger.
pub const EVENT_FAILED: &str = "event.failed";

/// The warning of an event from which nothing follows.
const RECIPES_OFF: &str = "recipes-off";

/// What stands beside the id of the event in that of what follows, in bytes, at most.
const LONGEST_CODE: usize = 80;

/// The largest data, in bytes, with the fields of the event that failed; an event may have little more.
const LARGEST: usize = 15 * 1024;

/// The longest message, in bytes of JSON.
const LONGEST_MESSAGE: usize = 2_000;

/// How the ids of what follows from an event begin, when that is set aside.
pub fn follow_up_ids(id: &str) -> String {
    let begin = |id: &str| format!("failed/{id}/");
    match id.len() + LONGEST_CODE <= NAME_LIMIT {
        true => begin(id),
        false => begin(&digest(&[id])),
    }
}

/// An event that is set aside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed<'a> {
    /// Its id, given or derived.
    pub(super) id: &'a str,
    /// What it is about, given or derived.
    pub(super) subject: &'a str,
    /// The event.
    pub(super) event: &'a Event,
    /// Whether nobody waits for it.
    pub(super) bulk: bool,
}

impl Failed<'_> {
    /// The event that says so; nothing where the connection does nothing about it, or it is such an event itself.
    pub(super) async fn follow_up(self, served: &Served, ending: &Ending) -> Option<Arrival> {
        if self.event.trigger == EVENT_FAILED {
            return None;
        }
        let event = self.event(ending)?;
        // Whether anything follows is the same for all of a connection, so the component is asked once.
        let follows = served.follows.get_or_try_init(|| follows(&served.connection, &event));
        match follows.await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(why) => return cannot_follow(&event, &why),
        }
        let identity = name(&event);
        Some(Arrival {
            id: identity.event_id,
            subject: identity.subject,
            fingerprint: identity.fingerprint,
            order_keys: identity.order_keys,
            event,
            bulk: self.bulk,
            failure: None,
            follow_up: None,
        })
    }

    fn event(self, ending: &Ending) -> Option<Event> {
        let cause = Cause::of(ending)?;
        let mut failure = Map::from_iter([
            ("code".to_owned(), json!(cause.code)),
            ("message".to_owned(), json!(shortened(&cause.message))),
        ]);
        if let Some(reply) = cause.reply {
            let mut told = Map::from_iter([
                ("status".to_owned(), json!(reply.status)),
                ("message".to_owned(), json!(shortened(&reply.message))),
            ]);
            if let Some(trace_id) = &reply.trace_id {
                told.insert("traceId".to_owned(), json!(trace_id));
            }
            failure.insert("reply".to_owned(), Value::Object(told));
        }
        if !cause.alternatives.is_empty() {
            failure.insert("alternatives".to_owned(), json!(cause.alternatives));
        }
        let mut data = json!({
            "failed": {
                "id": self.id, "subject": self.subject, "trigger": self.event.trigger, "data": self.event.data,
            },
            "failure": failure,
            "applied": cause.applied,
        });
        if let (Some(visit), Some(fields)) = (cause.visit, data.as_object_mut()) {
            fields.insert("visit".to_owned(), said(visit));
        }
        fit(&mut data);
        Some(Event {
            id: Some(follow_up_ids(self.id) + cause.code),
            trigger: EVENT_FAILED.to_owned(),
            subject: Some(self.subject.to_owned()),
            occurred_at: Utc::now().to_rfc3339(),
            expires_at: None,
            notify: self.event.notify,
            data,
        })
    }
}

/// Why an event was not carried out.
struct Cause<'a> {
    code: &'a str,
    message: String,
    reply: Option<&'a Reply>,
    alternatives: &'a [String],
    applied: &'a [AppliedStep],
    visit: Option<&'a Visit>,
}

impl<'a> Cause<'a> {
    /// Nothing of what is not set aside.
    fn of(ending: &'a Ending) -> Option<Self> {
        let cause = |code, message: &str, applied| Self {
            code,
            message: message.to_owned(),
            reply: None,
            alternatives: &[],
            applied,
            visit: match ending {
                Ending::Failure(failure) => failure.visit(),
                _ => None,
            },
        };
        let failure = match ending {
            Ending::Failure(failure) => failure.sentence(),
            _ => String::new(),
        };
        Some(match ending {
            Ending::Receipt(_) | Ending::Planned(_) | Ending::Failure(Failure::Deferred(_)) => return None,
            Ending::Failure(Failure::PermanentInvalid(invalid)) => {
                let code = invalid
                    .problems
                    .first()
                    .map_or("invalid", |problem| problem.code.as_str());
                cause(code, &failure, &[])
            }
            Ending::Failure(Failure::PermanentRefused(refused)) => Self {
                reply: refused.reply.as_ref(),
                alternatives: &refused.alternatives,
                ..cause(&refused.code, &refused.message, &refused.applied)
            },
            Ending::Failure(Failure::PermanentUndecided(undecided)) => {
                cause(&undecided.code, &undecided.message, &undecided.applied)
            }
            Ending::Failure(Failure::PermanentExpired(expired)) => cause("expired", &failure, &expired.applied),
            Ending::Stopped(stopped) => cause("stopped", &stopped.message, &[]),
        })
    }
}

/// A visit, in the words of events.
fn said(visit: &Visit) -> Value {
    let Visit {
        summary,
        start,
        end,
        time_zone,
        place,
        lead,
        assignee,
        calendar,
    } = visit;
    let fields = [
        ("summary", Some(summary)),
        ("startTime", Some(start)),
        ("endTime", end.as_ref()),
        ("timeZone", time_zone.as_ref()),
        ("place", place.as_ref()),
        ("lead", lead.as_ref()),
        ("assignee", assignee.as_ref()),
        ("calendar", calendar.as_ref()),
    ];
    let said = fields.into_iter();
    said.filter_map(|(name, value)| Some((name.to_owned(), json!(value?))))
        .collect()
}

/// Leaves out of the data what is too much: what was posted first, then the later ones of the steps.
fn fit(data: &mut Value) {
    let is_too_large = |data: &Value| data.to_string().len() > LARGEST;
    if is_too_large(data)
        && let Some(failed) = data.get_mut("failed").and_then(Value::as_object_mut)
    {
        failed.remove("data");
    }
    while is_too_large(data)
        && let Some(applied) = data.get_mut("applied").and_then(Value::as_array_mut)
        && !applied.is_empty()
    {
        applied.truncate(applied.len() / 2);
    }
}

/// The beginning of a text.
fn shortened(text: &str) -> String {
    let mut room = LONGEST_MESSAGE;
    let fits = |letter: &char| {
        let taken = Value::from(letter.to_string()).to_string().len() - "\"\"".len();
        room.checked_sub(taken).map(|left| room = left).is_some()
    };
    text.chars().take_while(fits).collect()
}

/// Whether a connection does anything about what is set aside.
async fn follows(connection: &Connection, event: &Event) -> Result<bool, String> {
    match connection.identify(event).await {
        Ok(Ok(identity)) => Ok(!identity.warnings.iter().any(|warning| warning.code == RECIPES_OFF)),
        Ok(Err(problems)) => Err(Failure::PermanentInvalid(Invalid { problems }).sentence()),
        Err(error) => Err(error.to_string()),
    }
}

/// Nobody will be told in GHL; the event stands in the inbox all the same.
fn cannot_follow(event: &Event, why: &str) -> Option<Arrival> {
    tracing::error!(id = event.id, why, "that an event was set aside cannot be told in GHL");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: Value) -> Event {
        serde_json::from_value(json!({
            "id": "visit-1", "trigger": "knocker.lead_booked", "occurred_at": "2030-06-03T13:00:00Z", "data": data,
        }))
        .unwrap()
    }

    fn refused(message: &str, steps: u32) -> Ending {
        let step = |number| json!({ "name": format!("step-{number}"), "action": "contact.upsert", "outcome": "done" });
        let applied: Vec<_> = (0..steps).map(step).collect();
        let refused = json!({
            "code": "slot-taken", "message": message, "reply": { "status": 400, "message": message },
            "alternatives": [], "applied": applied, "requests": 1, "cache_hits": 0, "cache_misses": 0, "warnings": [],
        });
        Ending::Failure(Failure::PermanentRefused(serde_json::from_value(refused).unwrap()))
    }

    fn follow_up(id: &str, event: &Event, ending: &Ending) -> Event {
        let failed = Failed {
            id,
            subject: "pin-1",
            event,
            bulk: false,
        };
        failed.event(ending).unwrap()
    }

    #[test]
    fn what_follows_is_named_by_the_event_and_the_reason_alone() {
        let ending = refused("no", 1);
        let short = follow_up("visit-1", &event(json!({})), &ending);
        assert_eq!(short.id.as_deref(), Some("failed/visit-1/slot-taken"));
        let long = "x".repeat(NAME_LIMIT);
        let first = follow_up(&long, &event(json!({ "a": 1 })), &ending).id.unwrap();
        let again = follow_up(&long, &event(json!({ "a": 2 })), &refused("not at all", 3))
            .id
            .unwrap();
        assert_eq!(first, again);
        assert!(first.len() <= NAME_LIMIT && first.starts_with(&follow_up_ids(&long)));
        assert_ne!(follow_up_ids(&long), follow_up_ids(&"y".repeat(NAME_LIMIT)));
    }

    #[test]
    fn however_much_there_is_to_say_it_fits_and_the_first_steps_stay() {
        for message in ["no", &"\u{1}".repeat(5_000), &"😀".repeat(5_000)] {
            for steps in [1, 200] {
                let large = event(json!({ "notes": "n".repeat(16_000) }));
                let told = follow_up("visit-1", &large, &refused(message, steps)).data;
                assert!(told.to_string().len() <= LARGEST);
                assert_eq!(told["applied"][0]["name"], "step-0");
                assert_eq!(told["failed"].get("data"), None);
                let told = told["failure"]["message"].as_str().unwrap();
                assert!(!told.is_empty() && message.starts_with(told));
            }
        }
    }
}
