//! A contact and an appointment: made, made again, and moved.

use serde_json::{Value, json};

use super::answer::{ADDRESS, DESCRIPTION, TITLE, starts_at};
use super::finding::Verdict;
use super::look::{Look, Sight, Wanted};
use super::made::{Creation, Trace};
use super::patience::Patience;
use super::trial::{Over, Trial};

impl<P: Patience> Trial<'_, P> {
    pub(super) async fn make_contact(&mut self) -> Result<String, Over> {
        let input = json!({ "firstName": "Knockcal", "lastName": "Verification", "email": self.wish.email() });
        let (made, trace) = self.make("contact", "contact.upsert", input).await;
        self.made.contact = trace;
        made
    }

    /// Makes the appointment, and answers what was asked for, to be asked for again.
    pub(super) async fn make_appointment(
        &mut self,
        calendar: &str,
        contact: &str,
        start: &str,
    ) -> Result<(String, Value), Over> {
        let input = json!({
            "calendarId": calendar, "contactId": contact, "startTime": start,
            "title": TITLE, "description": DESCRIPTION, "address": ADDRESS, "toNotify": false,
        });
        let (made, trace) = self.make("appointment", "appointment.create", input.clone()).await;
        self.made.appointment = trace;
        made.map(|id| (id, input))
    }

    async fn make(&mut self, step: &'static str, action: &'static str, input: Value) -> (Result<String, Over>, Trace) {
        let creation = Creation { action, input };
        let (ended, trace) = creation.ask(&self.account, &self.wish.name).await;
        let made = self.or_over(step, action, ended);
        let made = made.and_then(|done| match done.id {
            Some(id) => Ok(id),
            None => {
                let detail = format!("GHL's answer to `{action}` names no id");
                self.find(step, Verdict::Failed, detail);
                Err(Over)
            }
        });
        if let Ok(id) = &made {
            self.find(step, Verdict::Ok, format!("made `{id}`"));
        }
        (made, trace)
    }

    /// The same again sends nothing.
    pub(super) async fn make_it_again(&mut self, appointment: &str, input: Value) -> Result<(), Over> {
        let before = (self.requests)();
        let again = self.account.write("appointment.create", input, &self.wish.name).await;
        let again = self.or_over("the same again", "appointment.create", again)?;
        let sent = (self.requests)().saturating_sub(before);
        let (verdict, detail) = match (again.id.as_deref() == Some(appointment), sent) {
            (true, 0) => (
                Verdict::Ok,
                "answered with the same appointment; nothing was sent".to_owned(),
            ),
            (true, 1) => (
                Verdict::Failed,
                "answered with the same appointment, but a request was sent for it".to_owned(),
            ),
            (true, sent) => (
                Verdict::Failed,
                format!("answered with the same appointment, but {sent} requests were sent for it"),
            ),
            (false, _) => (Verdict::Failed, "another appointment was answered".to_owned()),
        };
        self.find("the same again", verdict, detail);
        Ok(())
    }

    pub(super) async fn move_it(&mut self, appointment: &str, start: &str) -> Result<(), Over> {
        let input = json!({ "eventId": appointment, "startTime": start, "toNotify": false });
        let moved = self.account.write("appointment.update", input, &self.wish.name).await;
        self.or_over("another time", "appointment.update", moved)?;
        let zone = self.wish.zone.clone();
        let look = Look {
            action: "appointment.get",
            input: json!({ "eventId": appointment }),
            wanted: Wanted::Answer(&|answer| starts_at(answer, start, zone.as_ref())),
        };
        let sight = self
            .account
            .look(&[look])
            .await
            .into_iter()
            .next()
            .map(|seen| seen.sight);
        self.go_on()?;
        let (verdict, detail) = match sight {
            Some(Sight::Shown(_)) => (Verdict::Ok, format!("moved to {start}")),
            Some(Sight::Unreadable(why)) => (
                Verdict::Skipped,
                format!("GHL took {start}; that it shows cannot be read: {why}"),
            ),
            Some(Sight::NotShown) | None => (Verdict::Failed, "the new time does not show".to_owned()),
        };
        self.find("another time", verdict, detail);
        Ok(())
    }
}
