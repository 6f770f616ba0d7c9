//! Takes away what was made, whatever happened, and makes sure that it is gone.

use std::time::Duration;

use serde_json::{Value, json};

use super::account::Account;
use super::answer::{is_deleted, live_appointments};
use super::finding::Verdict;
use super::look::{Look, Sight, Wanted};
use super::made::{Creation, Trace};
use super::notebook::Notebook;
use super::patience::Patience;
use super::roads::window;
use super::trial::Made;
use super::trouble::Trouble;
use super::wish::Wish;

/// Takes away what was made, and writes down what came of it.
pub(super) async fn clean_up<P: Patience>(
    account: &Account<'_, P>,
    wish: &Wish,
    made: Made,
    notebook: &mut Notebook<'_, P>,
) {
    if matches!((&made.contact, &made.appointment), (Trace::Nothing, Trace::Nothing)) {
        return;
    }
    let mut clean_up = CleanUp {
        account,
        wish,
        deleted: Vec::new(),
        left: Vec::new(),
    };
    clean_up.take_away(made).await;
    let doubts = clean_up.read_back().await;
    let (verdict, detail) = clean_up.judge(&doubts);
    notebook.report.left = clean_up.left;
    notebook.find("clean-up", verdict, detail);
}

struct CleanUp<'c, 'a, P> {
    account: &'c Account<'a, P>,
    wish: &'c Wish,
    deleted: Vec<Deleted>,
    /// What stands, or perhaps does, and cannot be taken away.
    left: Vec<String>,
}

/// What is made in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Appointment,
    Contact,
}

/// Something whose deletion was asked for.
#[derive(Debug)]
struct Deleted {
    kind: Kind,
    id: String,
    /// Why nobody knows whether it is deleted.
    unclear: Option<String>,
}

impl<P: Patience> CleanUp<'_, '_, P> {
    async fn take_away(&mut self, made: Made) {
        let contact = made.contact.settled(self.account, &self.wish.name).await;
        let appointment = made.appointment.settled(self.account, &self.wish.name).await;
        if let Trace::Stands { id, .. } = &contact {
            self.take_appointments_away(appointment, id).await;
            self.delete(Kind::Contact, id).await;
        }
        match contact {
            Trace::Perhaps { asked, .. } => self.take_late_contact_away(asked).await,
            Trace::Stands {
                doubted: Some(asked), ..
            } => self.take_late_contact_away(asked).await,
            Trace::Stands { doubted: None, .. } | Trace::Nothing => {}
        }
    }

    /// Takes away the appointment that is known, and every other that the contact has.
    async fn take_appointments_away(&mut self, known: Trace, contact: &str) {
        let mut found = match &known {
            Trace::Perhaps { creation, asked } => self.look_for_lost(creation, *asked, contact).await,
            Trace::Stands { .. } | Trace::Nothing => self.of_contact(contact).await.unwrap_or_default(),
        };
        if let Trace::Stands { id, .. } = known {
            found.retain(|other| *other != id);
            found.insert(0, id);
        }
        for id in found {
            self.delete(Kind::Appointment, &id).await;
        }
    }

    /// Looks for an appointment that nobody knows about, when it must show if it stands.
    async fn look_for_lost(&mut self, creation: &Creation, asked: Duration, contact: &str) -> Vec<String> {
        self.account.wait_until_settled(asked).await;
        match (
            self.of_contact(contact).await,
            self.in_calendar(&creation.input, contact).await,
        ) {
            (Err(_), Err(trouble)) => {
                let text = |name: &str| creation.input.get(name).and_then(Value::as_str).unwrap_or_default();
                self.left.push(format!(
                    "perhaps an appointment of contact `{contact}` (`{}`) at {} in calendar `{}`: an answer was lost, and it \
                     cannot be looked for: {}",
                    self.wish.email(),
                    text("startTime"),
                    text("calendarId"),
                    trouble.message
                ));
                Vec::new()
            }
            (some, others) => {
                let mut found = some.unwrap_or_default();
                found.extend(others.unwrap_or_default());
                found.sort();
                found.dedup();
                found
            }
        }
    }

    async fn of_contact(&self, contact: &str) -> Result<Vec<String>, Trouble> {
        let input = json!({ "contactId": contact });
        let listed = self.account.read("contact.list_appointments", input).await?;
        Ok(live_appointments(&listed, |_| true))
    }

    async fn in_calendar(&self, appointment: &Value, contact: &str) -> Result<Vec<String>, Trouble> {
        let listed = self.account.read("event.list", window(appointment)).await?;
        let is_of_contact = |event: &Value| event.get("contactId").and_then(Value::as_str) == Some(contact);
        Ok(live_appointments(&listed, is_of_contact))
    }

    /// A request whose answer was lost can make the contact after it was deleted: one more look, when that must show.
    async fn take_late_contact_away(&mut self, asked: Duration) {
        self.account.wait_until_settled(asked).await;
        let input = json!({ "email": self.wish.email() });
        match self.account.read("contact.find_duplicate", input).await {
            Ok(answer) => {
                let id = answer
                    .get("contact")
                    .and_then(|contact| id_of(contact, &self.wish.email()));
                if let Some(id) = id.filter(|id| self.deleted.iter().all(|deleted| deleted.id != *id)) {
                    self.delete(Kind::Contact, id).await;
                }
            }
            Err(trouble) if trouble.is_missing() => {}
            Err(trouble) => self.left.push(format!(
                "perhaps a contact with the e-mail address `{}`: an answer was lost, and it cannot be looked for: {}",
                self.wish.email(),
                trouble.message
            )),
        }
    }

    async fn delete(&mut self, kind: Kind, id: &str) {
        let deleted = self.account.write(kind.delete(), kind.input(id), id).await;
        match deleted {
            Err(trouble) if !trouble.is_open() => {
                self.left.push(format!("{} `{id}`: {}", kind.name(), trouble.message));
            }
            ended => self.deleted.push(Deleted {
                kind,
                id: id.to_owned(),
                unclear: ended.err().map(|trouble| trouble.message),
            }),
        }
    }

    /// Reads back what was deleted: it is gone when GHL says so. Answers what GHL does not say it of.
    async fn read_back(&mut self) -> Vec<String> {
        let looks: Vec<_> = self
            .deleted
            .iter()
            .map(|deleted| Look {
                action: deleted.kind.get(),
                input: deleted.kind.input(&deleted.id),
                wanted: Wanted::Gone(&is_deleted),
            })
            .collect();
        let seen = self.account.look(&looks).await;
        let mut doubts = Vec::new();
        for (Deleted { kind, id, unclear }, seen) in self.deleted.iter().zip(seen) {
            let why = match seen.sight {
                Sight::Shown(_) => continue,
                Sight::NotShown => "it was deleted, and still shows".to_owned(),
                Sight::Unreadable(why) => format!("it was deleted, and that it is gone cannot be read back: {why}"),
            };
            match unclear {
                Some(unclear) => self.left.push(format!("{} `{id}`: {unclear}", kind.name())),
                None => doubts.push(format!("{} `{id}`: {why}", kind.name())),
            }
        }
        doubts
    }

    fn judge(&self, doubts: &[String]) -> (Verdict, String) {
        if !self.left.is_empty() {
            let detail = format!("this is left: {}; look in GHL, and delete it", self.left.join("; "));
            return (Verdict::Failed, detail);
        }
        if !doubts.is_empty() {
            return (Verdict::Warning, format!("look in GHL: {}", doubts.join("; ")));
        }
        let has = |kind: Kind| self.deleted.iter().any(|deleted| deleted.kind == kind);
        let detail = match (has(Kind::Appointment), has(Kind::Contact)) {
            (true, _) => "appointment and contact are gone",
            (false, true) => "the contact is gone",
            (false, false) => "nothing had been made",
        };
        (Verdict::Ok, detail.to_owned())
    }
}

/// The id of a contact that has this e-mail address: nobody else's is to be deleted.
fn id_of<'c>(contact: &'c Value, email: &str) -> Option<&'c str> {
    let text = |name: &str| contact.get(name).and_then(Value::as_str);
    text("email").filter(|told| told.eq_ignore_ascii_case(email))?;
    text("id")
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Contact => "contact",
        }
    }

    fn input(self, id: &str) -> Value {
        match self {
            Self::Appointment => json!({ "eventId": id }),
            Self::Contact => json!({ "contactId": id }),
        }
    }

    /// The action that deletes it.
    fn delete(self) -> &'static str {
        match self {
            Self::Appointment => "event.delete",
            Self::Contact => "contact.delete",
        }
    }

    /// The action that reads it.
    fn get(self) -> &'static str {
        match self {
            Self::Appointment => "appointment.get",
            Self::Contact => "contact.get",
        }
    }
}
