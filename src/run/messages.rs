//! What recipes say to people: with their consent, not at night, and not about a visit that was called off.

use chrono::{DateTime, FixedOffset, NaiveTime};
use serde_json::{Map, Value};

use super::call::Call;
use super::deliver::Delivery;
use super::outcome::{Cause, Outcome, Reason};
use super::row::{Intent, Row, Scheduled};
use super::stop::Stop;
use super::task::Task;
use crate::api::Operation;
use crate::catalog;
use crate::document::object_of;
use crate::knock::{Happening, Warning};
use crate::recipe::QuietHours;
use crate::shape::{Kind, instant_ms};
use crate::zone::{LocalTime, Zone};

/// The action that sends one.
pub(super) const SEND: &str = "message.send";

/// The action that calls one off which goes out later.
const CALL_OFF: &str = "message.cancel_scheduled";

/// The field that says when.
pub(super) const AT: &str = "scheduledTimestamp";

/// Whether a message may be sent.
pub(super) enum Permission {
    /// It may, like this.
    Granted(Map<String, Value>),
    /// It may not: code and sentence.
    Denied(&'static str, String),
}

/// Whether a message of a recipe may be sent at `now_ms`, and when. Whoever sends one by hand decides that themselves.
pub(super) fn permission(
    task: &Task,
    row: &Row,
    zone: Option<&Zone>,
    now_ms: u64,
    mut input: Map<String, Value>,
) -> Permission {
    let policy = &task.configuration.messages;
    let channel = channel(&input);
    let said = said_consent(task, row);
    if policy.needs_consent && !consents(said, &channel) {
        let message = match said {
            Some(_) => format!("no message was sent: the lead does not consent to {channel}"),
            None => format!(
                "no message was sent: nobody said that the lead consents to {channel}; write `consent` in `lead`, or let \
                 `consent` be `assumed` in `[messages]`"
            ),
        };
        return Permission::Denied("no-consent", message);
    }
    let Some(quiet) = &policy.quiet_hours else {
        return Permission::Granted(input);
    };
    let Some(zone) = zone else {
        let message = "no message was sent: no time zone is known, so it may be night there";
        return Permission::Denied("quiet-hours-unknown", message.to_owned());
    };
    let wanted_ms = input.get(AT).and_then(|at| instant_ms(Kind::Seconds, at));
    let at_ms = wanted_ms.or(i64::try_from(now_ms).ok()).unwrap_or_default();
    let at = DateTime::from_timestamp_millis(at_ms).map(|at| zone.at(at.fixed_offset()));
    if let Some(later) = at.and_then(|at| end_of_quiet(quiet, at, zone)) {
        input.insert(AT.to_owned(), later.to_rfc3339().into());
    }
    Permission::Granted(input)
}

/// Whether a refusal says that the contact does not want to be disturbed.
pub(super) fn is_do_not_disturb(stop: &Stop) -> bool {
    matches!(stop.cause(), Some(Cause::Refused { reply: Some(reply), .. }) if reply.message.contains("DND"))
}

/// `sms`, `email`, `whatsapp`, and so on.
fn channel(input: &Map<String, Value>) -> String {
    let kind = input
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase();
    match kind.as_str() {
        "rcs" => "sms".to_owned(),
        _ => kind,
    }
}

/// What the lead consents to, as the event says, or the booking did.
fn said_consent<'t>(task: &'t Task, row: &'t Row) -> Option<&'t Value> {
    let said = match &task.event.happening {
        Happening::LeadBooked(booked) => booked.lead.consent.as_ref(),
        _ => None,
    };
    said.or(row.consent.as_ref())
}

/// Whether that is a consent to a channel.
fn consents(said: Option<&Value>, channel: &str) -> bool {
    match said {
        Some(Value::Object(channels)) => {
            let of_channel = channels.iter().find(|(name, _)| name.eq_ignore_ascii_case(channel));
            of_channel.is_some_and(|(_, consents)| consents.as_bool() == Some(true))
        }
        Some(consents) => consents.as_bool() == Some(true),
        None => false,
    }
}

/// When the quiet hours are over that an instant lies in.
fn end_of_quiet(quiet: &QuietHours, at: DateTime<FixedOffset>, zone: &Zone) -> Option<DateTime<FixedOffset>> {
    let time = at.time();
    let in_evening = time >= quiet.from;
    let is_quiet = match quiet.from <= quiet.to {
        true => in_evening && time < quiet.to,
        false => in_evening || time < quiet.to,
    };
    let today = at.date_naive();
    let day = match quiet.from > quiet.to && in_evening {
        true => today.succ_opt()?,
        false => today,
    };
    let end = |time: NaiveTime| match zone.local(day.and_time(time))? {
        LocalTime::Once(end) | LocalTime::Twice(_, end) | LocalTime::Never { after: end, .. } => Some(end),
    };
    is_quiet.then(|| end(quiet.to)).flatten()
}

impl Scheduled {
    /// The message that an intent has scheduled.
    pub(super) fn of(intent: &Intent, message_id: &str) -> Option<Self> {
        let at = intent.input.get(AT).filter(|_| intent.action == SEND)?;
        Some(Self {
            message_id: message_id.to_owned(),
            event_id: intent.event_id.clone(),
            step: intent.step.clone(),
            at_ms: u64::try_from(instant_ms(Kind::Seconds, at)?).ok()?,
        })
    }

    /// The request that calls it off.
    pub(super) fn call_off(&self) -> Option<(&'static Operation, Map<String, Value>)> {
        let input = [("messageId".to_owned(), self.message_id.clone().into())];
        Some((catalog::operation(CALL_OFF)?, object_of(&mut input.into_iter())))
    }

    /// What it is called in plans and receipts that it is called off.
    pub(super) fn label(&self) -> String {
        format!("called_off/{}", self.message_id)
    }
}

impl Call<'_> {
    /// Calls off those of the subject's messages that are meant and have not gone out.
    pub(super) fn call_off(&mut self, is_meant: &dyn Fn(&Scheduled) -> bool) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        self.row.scheduled.retain(|message| message.at_ms > now);
        for message in self.row.scheduled.clone() {
            let Some((operation, input)) = message.call_off().filter(|_| is_meant(&message)) else {
                continue;
            };
            let request = self.request(operation, &input)?;
            match self.deliver(&request, operation.repeat)? {
                Delivery::Done(_) => {
                    let id = Some(message.message_id.clone());
                    self.note_applied(&message.label(), operation.key, id, Outcome::Done);
                }
                Delivery::Refused(refusal) => {
                    let words = &refusal.words.message;
                    let message = format!("message `{}` could not be called off: {words}", message.message_id);
                    self.warn(Warning::new("message-stands", message));
                }
                Delivery::Unknown(why) => return Err(Stop::deferred(Reason::Unavailable, why, 10_000)),
            }
            self.row.scheduled.retain(|other| *other != message);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_end_in_the_morning_of_the_lead() {
        let time = |text: &str| crate::shape::time_of_day(text).unwrap();
        let night = QuietHours {
            from: time("21:00"),
            to: time("08:00"),
        };
        let zone = Zone::named("America/Chicago").unwrap();
        let end = |at: &str| {
            let at = zone.at(DateTime::parse_from_rfc3339(at).unwrap());
            end_of_quiet(&night, at, &zone).map(|end| end.to_rfc3339())
        };
        assert_eq!(end("2030-06-03T20:59:00-05:00"), None);
        assert_eq!(end("2030-06-03T21:00:00-05:00").unwrap(), "2030-06-04T08:00:00-05:00");
        assert_eq!(end("2030-06-04T07:59:00-05:00").unwrap(), "2030-06-04T08:00:00-05:00");
        assert_eq!(end("2030-06-04T08:00:00-05:00"), None);
        // The night in which the clocks go back.
        assert_eq!(end("2030-11-02T23:00:00-05:00").unwrap(), "2030-11-03T08:00:00-06:00");
    }
}
