//! What is tried, step by step.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{DESCRIPTION, description, is_off, judge_reference, mentions, starts_at};
use super::finding::{Finding, Lag, Report, Verdict};
use super::patience::Patience;
use crate::contract::{Deferred, Failure, Invocation, Reason};
use crate::engine::Connection;

/// The actions that are asked for: a connection has to allow them.
pub const ACTIONS: [&str; 14] = [
    "appointment.create",
    "appointment.get",
    "appointment.update",
    "calendar.list",
    "contact.delete",
    "contact.find_duplicate",
    "contact.get",
    "contact.list_appointments",
    "contact.upsert",
    "event.delete",
    "event.list",
    "group.list",
    "slot.find_next",
    "user.list",
];

/// How long one call may begin requests.
const BUDGET: Duration = Duration::from_secs(25);

/// The first pause between two looks; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the appointment says.
const TITLE: &str = "Knockcal verification";

/// What is to be tried.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Id or name of the calendar.
    pub calendar: String,
    /// How long the effect of a request may take to show, as the configuration says.
    pub settle: Duration,
    /// Name of this trial, unlike all others.
    pub name: String,
}

/// A trial.
pub struct Trial<'a, P> {
    connection: &'a Connection,
    patience: &'a P,
    wish: Wish,
    report: Report,
    contact: Option<String>,
    appointment: Option<String>,
}

/// It does not go on: what is wrong is found out already.
struct Over;

impl<'a, P: Patience> Trial<'a, P> {
    /// A trial of a connection.
    pub fn new(connection: &'a Connection, patience: &'a P, wish: Wish) -> Self {
        Self {
            connection,
            patience,
            wish,
            report: Report::default(),
            contact: None,
            appointment: None,
        }
    }

    /// Tries everything, until `stop` is ready, and cleans up.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Report {
        let stopped = tokio::select! {
            biased;
            () = stop => true,
            _ = self.try_everything() => false,
        };
        if stopped {
            self.find(
                "stopped",
                Verdict::Failed,
                "it was told to stop; what was made is taken away",
            );
        }
        self.clean_up().await;
        self.report
    }

    /// E-mail address of the contact.
    fn email(&self) -> String {
        format!("knockcal-verification-{}@example.com", self.wish.name)
    }

    async fn try_everything(&mut self) -> Result<(), Over> {
        let calendar = self.calendar().await?;
        self.others().await;
        let (start, next) = self.slots(&calendar).await?;
        self.make_contact().await?;
        let create = self.make_appointment(&calendar, &start).await?;
        self.measure(&calendar, &start).await?;
        self.make_it_again(&create).await?;
        if let Some(next) = next {
            self.move_it(&next).await?;
        }
        Ok(())
    }

    /// The calendar is there, and the credential may read it.
    async fn calendar(&mut self) -> Result<String, Over> {
        let listed = self
            .needed("credential and calendars", "calendar.list", json!({}))
            .await?;
        let calendars = listed
            .get("calendars")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let text = |calendar: &Value, name: &str| {
            calendar
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let wanted = self.wish.calendar.clone();
        let found = calendars
            .iter()
            .find(|calendar| text(calendar, "id") == wanted || plain(&text(calendar, "name")) == plain(&wanted));
        let Some(found) = found else {
            let names: Vec<_> = calendars.iter().map(|calendar| text(calendar, "name")).collect();
            let detail = format!("no calendar is called `{wanted}`; there are `{}`", names.join("`, `"));
            self.find("calendar", Verdict::Failed, detail);
            return Err(Over);
        };
        let team = found.get("teamMembers").and_then(Value::as_array).map_or(0, Vec::len);
        let detail = format!(
            "`{}` ({}), {team} on its team, slots of {} {}",
            text(found, "name"),
            text(found, "calendarType"),
            found.get("slotDuration").unwrap_or(&Value::Null),
            match text(found, "slotDurationUnit").as_str() {
                "" => "mins".to_owned(),
                unit => unit.to_owned(),
            }
        );
        let is_active = found.get("isActive").and_then(Value::as_bool) != Some(false);
        match is_active {
            true => self.find("calendar", Verdict::Ok, detail),
            false => self.find("calendar", Verdict::Warning, detail + "; it is not active"),
        }
        Ok(text(found, "id"))
    }

    /// What a recipe may read besides. That it may not is only worth knowing.
    async fn others(&mut self) {
        for (step, action) in [("users", "user.list"), ("groups", "group.list")] {
            match self.ask(action, json!({}), None).await {
                Ok(_) => self.find(step, Verdict::Ok, format!("`{action}` is allowed")),
                Err(why) => self.find(step, Verdict::Warning, format!("`{action}`: {why}")),
            }
        }
    }

    /// Two free slots: one to book, one to move to.
    async fn slots(&mut self, calendar: &str) -> Result<(String, Option<String>), Over> {
        let input = json!({ "calendarId": calendar, "days": 31, "count": 2 });
        let found = self.needed("free slots", "slot.find_next", input).await?;
        let slots: Vec<String> =
            serde_json::from_value(found.get("slots").cloned().unwrap_or_default()).unwrap_or_default();
        let mut slots = slots.into_iter();
        match (slots.next(), slots.next()) {
            (Some(first), second) => {
                self.find("free slots", Verdict::Ok, format!("the next one is {first}"));
                Ok((first, second))
            }
            (None, _) => {
                let detail = "none in the next 31 days; give a calendar that can be booked with `--calendar`";
                self.find("free slots", Verdict::Failed, detail);
                Err(Over)
            }
        }
    }

    async fn make_contact(&mut self) -> Result<(), Over> {
        let input = json!({ "firstName": "Knockcal", "lastName": "Verification", "email": self.email() });
        let made = self.needed("contact", "contact.upsert", input).await?;
        let id = made.pointer("/contact/id").or(made.get("id"));
        let id = id.and_then(Value::as_str).map(str::to_owned);
        self.find(
            "contact",
            Verdict::Ok,
            format!("made `{}`", id.as_deref().unwrap_or_default()),
        );
        self.contact = id;
        Ok(())
    }

    async fn make_appointment(&mut self, calendar: &str, start: &str) -> Result<Value, Over> {
        let input = json!({
            "calendarId": calendar, "contactId": self.contact, "startTime": start,
            "title": TITLE, "description": DESCRIPTION, "toNotify": false,
        });
        let made = self.needed("appointment", "appointment.create", input.clone()).await?;
        let id = made.get("id").and_then(Value::as_str).map(str::to_owned);
        self.find(
            "appointment",
            Verdict::Ok,
            format!("made `{}`", id.as_deref().unwrap_or_default()),
        );
        self.appointment = id;
        Ok(input)
    }

    /// How long the appointment takes to show on each road by which Knockcal reads back, and whether its reference
    /// comes back as it was written.
    async fn measure(&mut self, calendar: &str, start: &str) -> Result<(), Over> {
        let written = self.patience.passed();
        let id = self.appointment.clone().unwrap_or_default();
        let day = Duration::from_secs(24 * 60 * 60).as_millis();
        let at = chrono::DateTime::parse_from_rfc3339(start).map_or(0, |start| start.timestamp_millis());
        let day = i64::try_from(day).unwrap_or_default();
        let window = json!({ "calendarId": calendar, "startTime": at - day, "endTime": at + day });
        let roads = [
            ("appointment.get", json!({ "eventId": id })),
            ("event.list", window),
            ("contact.list_appointments", json!({ "contactId": self.contact })),
        ];
        let mut shown = None;
        for (action, input) in roads {
            let found = self.until(action, &input, |answer| mentions(answer, &id)).await;
            let lag = self.patience.passed().saturating_sub(written);
            let shown_after_ms = found.is_some().then(|| whole_ms(lag));
            self.report.lags.push(Lag {
                read: action,
                shown_after_ms,
            });
            if action == "appointment.get" {
                shown = found;
            }
        }
        self.judge_lags();
        let description = shown.as_ref().and_then(description).unwrap_or_default();
        let verdict = judge_reference(&description);
        match verdict {
            Ok(reference) => self.find(
                "reference",
                Verdict::Ok,
                format!("`{reference}` came back as it was written"),
            ),
            Err(why) => self.find("reference", Verdict::Failed, why),
        }
        Ok(())
    }

    fn judge_lags(&mut self) {
        let slowest = self
            .report
            .lags
            .iter()
            .map(|lag| lag.shown_after_ms)
            .collect::<Option<Vec<_>>>();
        let settle_ms = whole_ms(self.wish.settle);
        let slowest = slowest.and_then(|lags| lags.into_iter().max());
        let settle = humantime::format_duration(self.wish.settle);
        match slowest {
            None => {
                let detail =
                    format!("the appointment did not show everywhere within {settle}; make `settle_seconds` longer");
                self.find("read lag", Verdict::Failed, detail);
            }
            Some(lag) if lag.saturating_mul(2) > settle_ms => {
                let detail = format!("{lag} ms at most, near `settle_seconds` ({settle}); make that longer");
                self.find("read lag", Verdict::Warning, detail);
            }
            Some(lag) => {
                let detail = format!("{lag} ms at most, well below `settle_seconds` ({settle})");
                self.find("read lag", Verdict::Ok, detail);
            }
        }
    }

    /// The same again sends nothing.
    async fn make_it_again(&mut self, input: &Value) -> Result<(), Over> {
        let again = self
            .needed("the same again", "appointment.create", input.clone())
            .await?;
        let same = again.get("id").and_then(Value::as_str).map(str::to_owned) == self.appointment;
        match same {
            true => self.find(
                "the same again",
                Verdict::Ok,
                "answered with the same appointment; nothing was made",
            ),
            false => self.find("the same again", Verdict::Failed, "another appointment was answered"),
        }
        Ok(())
    }

    async fn move_it(&mut self, start: &str) -> Result<(), Over> {
        let id = self.appointment.clone().unwrap_or_default();
        let input = json!({ "eventId": id, "startTime": start, "toNotify": false });
        self.needed("another time", "appointment.update", input).await?;
        let read = json!({ "eventId": id });
        let moved = |answer: &Value| starts_at(answer, start);
        match self.until("appointment.get", &read, moved).await {
            Some(_) => self.find("another time", Verdict::Ok, format!("moved to {start}")),
            None => self.find("another time", Verdict::Failed, "the new time does not show"),
        }
        Ok(())
    }

    /// Takes away what was made, whatever happened.
    async fn clean_up(&mut self) {
        let mut appointments: Vec<String> = self.appointment.take().into_iter().collect();
        if self.contact.is_none() {
            let found = self
                .ask("contact.find_duplicate", json!({ "email": self.email() }), None)
                .await;
            let found = found
                .ok()
                .and_then(|answer| Some(answer.pointer("/contact/id")?.as_str()?.to_owned()));
            self.contact = found;
        }
        let Some(contact) = self.contact.take() else {
            return;
        };
        let listed = self
            .ask("contact.list_appointments", json!({ "contactId": contact }), None)
            .await;
        let listed = listed.unwrap_or_default();
        let listed = listed.get("events").and_then(Value::as_array).into_iter().flatten();
        for id in listed
            .filter(|event| !is_off(event))
            .filter_map(|event| event.get("id")?.as_str())
        {
            if !appointments.iter().any(|known| known == id) {
                appointments.push(id.to_owned());
            }
        }
        for id in appointments {
            if let Err(why) = self.ask("event.delete", json!({ "eventId": id }), Some(&id)).await {
                self.report.left.push(format!("appointment `{id}`: {why}"));
            }
        }
        if let Err(why) = self
            .ask("contact.delete", json!({ "contactId": contact }), Some(&contact))
            .await
        {
            self.report.left.push(format!("contact `{contact}`: {why}"));
        }
        let is_gone = self
            .ask("contact.get", json!({ "contactId": contact }), None)
            .await
            .is_err();
        match self.report.left.join("; ") {
            left if !left.is_empty() => self.find("clean-up", Verdict::Failed, format!("this is left: {left}")),
            _ if is_gone => self.find("clean-up", Verdict::Ok, "appointment and contact are gone"),
            _ => self.find(
                "clean-up",
                Verdict::Warning,
                "both were deleted, and the contact still shows",
            ),
        }
    }

    /// Reads until it shows what is looked for, for as long as a request may take to settle.
    async fn until(&self, action: &str, input: &Value, shows: impl Fn(&Value) -> bool) -> Option<Value> {
        let (began, mut pause) = (self.patience.passed(), FIRST_PAUSE);
        loop {
            if let Ok(answer) = self.ask(action, input.clone(), None).await
                && shows(&answer)
            {
                return Some(answer);
            }
            if self.patience.passed().saturating_sub(began) + pause > self.wish.settle {
                return None;
            }
            self.patience.wait(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks for something without which there is no going on.
    async fn needed(&mut self, step: &'static str, action: &str, input: Value) -> Result<Value, Over> {
        let name = self.wish.name.clone();
        match self.ask(action, input, Some(&name)).await {
            Ok(answer) => Ok(answer),
            Err(why) => {
                let detail = match why.starts_with(&format!("`{action}`")) {
                    true => why,
                    false => format!("`{action}`: {why}"),
                };
                self.find(step, Verdict::Failed, detail);
                Err(Over)
            }
        }
    }

    /// Asks for an action until it is done or refused, or for twice the time that a request may take to settle.
    async fn ask(&self, action: &str, input: Value, about: Option<&str>) -> Result<Value, String> {
        let invocation = Invocation {
            action: action.to_owned(),
            input,
            subject: about.map(|about| format!("verification/{about}")),
            key: about.map(|about| format!("{action}/{about}")),
        };
        let began = self.patience.passed();
        loop {
            let ended = self
                .connection
                .invoke(&invocation, BUDGET)
                .await
                .map_err(|error| error.to_string())?;
            match ended {
                Ok(invoked) => {
                    let id = invoked.receipt.applied.last().and_then(|step| step.id.clone());
                    // An answer that is too long to be remembered still has its id.
                    return Ok(invoked.output.unwrap_or_else(|| json!({ "id": id })));
                }
                Err(Failure::Deferred(deferred)) if !is_hopeless(&deferred) => {
                    let wait = Duration::from_millis(deferred.after_ms);
                    if self.patience.passed().saturating_sub(began) + wait > self.wish.settle * 2 {
                        return Err(deferred.message);
                    }
                    self.patience.wait(wait).await;
                }
                Err(failure) => return Err(failure.sentence()),
            }
        }
    }

    fn find(&mut self, step: &'static str, verdict: Verdict, detail: impl Into<String>) {
        self.report.findings.push(Finding {
            step,
            verdict,
            detail: detail.into(),
        });
    }
}

/// Waiting for a credential is waiting for a person.
fn is_hopeless(deferred: &Deferred) -> bool {
    matches!(deferred.reason, Reason::CredentialRefused | Reason::Host)
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
