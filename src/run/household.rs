//! One visit for a household, however many reps agree one at the same door.
//!
//! Each subject whose visit has an address stands in the row of that household before its booking is sent, and whoever
//! books writes that row in the same commit. So of two who book at the same time one starts over, and sees the other.

use serde_json::{Value, json};

use super::calendar::unreadable;
use super::call::Call;
use super::keys;
use super::ledger::{LONGEST_CLAIM_MS, Ledger};
use super::look::Thoroughness;
use super::look_up::CANNOT_LOOK;
use super::outcome::{Cause, Outcome, Reason};
use super::row::{Attached, Booking, Intent, Row};
use super::settle::unreadable_end;
use super::stop::Stop;
use super::task::Task;
use crate::document::object_of;
use crate::ghl::appointment::{self, Appointment};
use crate::knock::{Happening, Warning};
use crate::recipe::{SecondVisit, Step};
use crate::record;

/// How many subjects of a household are kept in mind.
const SUBJECTS_KEPT: usize = 10;

/// How soon to look again after a visit that is being booked.
const LOOK_AGAIN_MS: u64 = 1_000;

record! {
    /// Those who booked for a household.
    #[derive(Clone, Debug, Default)]
    struct Household {
        /// Keys of their rows, the latest last.
        subjects: Vec<String>,
        /// How often one of them was about to book: each time the row has another version.
        bookings: u64,
    }
}

/// What another subject has for the household.
enum Other {
    /// It is about to book, or may have.
    Booking,
    /// It may have booked, and nobody has looked since, although it would show by now.
    Doubtful(Box<(Row, Intent)>),
    /// It has a visit that is still to come, and was written to at an instant.
    Visit(Attached, u64),
}

/// Key of the household's row; nothing when the event has no address that tells, or it does not matter.
pub(super) fn key(task: &Task) -> Option<String> {
    let address = match &task.event.happening {
        Happening::LeadBooked(booked) => booked.address.as_ref()?,
        Happening::BookingChanged(changed) => changed.address.as_ref()?,
        Happening::Other(..) | Happening::Invoked => return None,
    };
    if task.configuration.second_visit == SecondVisit::Book {
        return None;
    }
    let household = address.household()?;
    Some(keys::household(&task.configuration.location_id, &household))
}

/// Keys of the rows of others who booked for the household.
fn others(task: &Task, ledger: &Ledger) -> Vec<String> {
    let household: Option<Household> = key(task).and_then(|key| ledger.get(&key));
    let mut others = household.unwrap_or_default().subjects;
    others.retain(|other| *other != task.subject_key());
    others
}

/// What is read of the store to know what the others have.
pub(super) fn keys_of_others(task: &Task, ledger: &Ledger) -> Vec<String> {
    let others = others(task, ledger).into_iter();
    others.flat_map(|key| [keys::whole(&key), key]).collect()
}

/// The open visit of the household that somebody else has, as far as the ledger knows.
pub(super) fn open_visit(task: &Task, ledger: &Ledger, now_ms: u64) -> Option<Attached> {
    let others = look(task, ledger, now_ms);
    others.into_iter().find_map(|other| match other {
        Other::Visit(visit, _) => Some(visit),
        Other::Booking | Other::Doubtful(_) => None,
    })
}

fn look(task: &Task, ledger: &Ledger, now_ms: u64) -> Vec<Other> {
    let own = key(task);
    let rows = others(task, ledger)
        .into_iter()
        .filter_map(|key| ledger.row(&key).row());
    // Whose visit is somewhere else by now is no longer of this household.
    let rows = rows.filter(|row| row.household.is_none() || row.household == own);
    let others = rows.filter_map(|row| {
        let books = |intent: &&Intent| intent.action == appointment::CREATE.key;
        let open = row.intent.as_ref().filter(books).or(row.unconfirmed.as_ref());
        if let Some(intent) = open.cloned() {
            // Where it may be on its way the instant lies ahead, but never further than a claim lives.
            let on_its_way = (now_ms..now_ms + LONGEST_CLAIM_MS).contains(&intent.sent_until_ms);
            let sent_until_ms = match on_its_way {
                true => intent.sent_until_ms,
                false => ledger.since_ms(intent.sent_until_ms, now_ms),
            };
            let sent_until_ms = Some(sent_until_ms).max(ledger.restored_ms()).unwrap_or_default();
            return Some(match sent_until_ms + task.configuration.settle_ms > now_ms {
                true => Other::Booking,
                false => Other::Doubtful(Box::new((row, intent))),
            });
        }
        let booking = row.live_booking().filter(|booking| is_open(booking, now_ms))?;
        let start = booking.written.get("startTime").and_then(Value::as_str);
        let visit = Attached {
            event_id: task.event.id.clone(),
            subject: row.subject.clone(),
            appointment_id: booking.appointment_id.clone(),
            contact_id: booking.contact_id.clone(),
            calendar_id: booking.calendar_id.clone(),
            start: start.map(str::to_owned),
        };
        let written_ms = ledger.since_ms(booking.written_ms, now_ms);
        Some(Other::Visit(visit, written_ms))
    });
    others.collect()
}

/// Whether a visit is still to come.
fn is_open(booking: &Booking, now_ms: u64) -> bool {
    let text = |name: &str| booking.written.get(name).and_then(Value::as_str);
    let start = text("startTime").and_then(|start| chrono::DateTime::parse_from_rfc3339(start).ok());
    let is_to_come = start.is_none_or(|start| u64::try_from(start.timestamp_millis()).unwrap_or(0) > now_ms);
    is_to_come && !matches!(text("appointmentStatus"), Some("showed" | "noshow" | "invalid"))
}

impl Call<'_> {
    /// Sees to it that a household gets one visit, before another is made. `true` when it has one, and the subject is
    /// attached to that.
    pub(super) fn attach_to_household(&mut self, step: &Step) -> Result<bool, Stop> {
        match self.visit_of_household()? {
            Some(visit) => self.attach(step, visit).map(|()| true),
            None => Ok(false),
        }
    }

    /// The open visit that another subject has for the household. Without one, this subject is noted as the one who
    /// books, with whatever is written next.
    pub(super) fn visit_of_household(&mut self) -> Result<Option<Attached>, Stop> {
        let Some(key) = key(self.task) else {
            return Ok(None);
        };
        self.ledger.ensure(self.host, std::slice::from_ref(&key))?;
        let others = keys_of_others(self.task, &self.ledger);
        self.ledger.ensure(self.host, &others)?;
        let now = self.ledger.now_ms(self.host);
        for other in look(self.task, &self.ledger, now) {
            let visit = match other {
                Other::Booking => {
                    let message = "another visit of this household is being booked, or may have been just now";
                    return Err(Stop::deferred(Reason::Busy, message, LOOK_AGAIN_MS));
                }
                Other::Doubtful(doubtful) => self.doubtful_visit(&doubtful.0, &doubtful.1)?,
                Other::Visit(visit, written_ms) => self.still_stands(&visit, written_ms)?.then_some(visit),
            };
            if visit.is_some() {
                return Ok(visit);
            }
        }
        self.join_household(key);
        Ok(None)
    }

    /// Notes with whatever is written next that the visit is at another address, if the event says so.
    pub(super) fn move_household(&mut self) -> Result<(), Stop> {
        let Some(key) = key(self.task).filter(|key| self.row.household.as_ref() != Some(key)) else {
            return Ok(());
        };
        self.ledger.ensure(self.host, std::slice::from_ref(&key))?;
        self.join_household(key);
        Ok(())
    }

    fn join_household(&mut self, key: String) {
        let mut household: Household = self.ledger.get(&key).unwrap_or_default();
        let own = self.task.subject_key();
        household.subjects.retain(|subject| *subject != own);
        household.subjects.push(own);
        let surplus = household.subjects.len().saturating_sub(SUBJECTS_KEPT);
        household.subjects.drain(..surplus);
        household.bookings += 1;
        self.ledger.put(&key, &household, None);
        self.row.household = Some(key);
    }

    /// Whether a visit was not called off or deleted in GHL. One that was written to just now may not be there yet for
    /// reads.
    fn still_stands(&mut self, visit: &Attached, written_ms: u64) -> Result<bool, Stop> {
        let operation = &appointment::GET;
        let asked = json!({ "eventId": visit.appointment_id });
        let what = "whether the visit that this household has already still takes place";
        let Some(reply) = self.look_up(operation, &asked, what)? else {
            let shown_ms = written_ms + self.task.configuration.settle_ms;
            return match shown_ms.checked_sub(self.ledger.now_ms(self.host)) {
                None | Some(0) => Ok(false),
                Some(wait_ms) => Err(Stop::deferred(
                    Reason::Settling,
                    format!("{what} will show soon"),
                    wait_ms,
                )),
            };
        };
        let appointment = Appointment::read_one(&reply).ok_or_else(|| unreadable(operation))?;
        Ok(!appointment.off())
    }

    /// What became of a booking of another subject that nobody has settled.
    fn doubtful_visit(&mut self, row: &Row, intent: &Intent) -> Result<Option<Attached>, Stop> {
        let marker = intent.marker.clone().unwrap_or_default();
        let look = self
            .look(&marker, &intent.input, Thoroughness::UntilFound)
            .map_err(unreadable_end)?;
        let found = look.ours.into_iter().find(|appointment| !appointment.off());
        if found.is_none() && look.incomplete {
            return Err(Stop::Failed(Cause::Undecided {
                code: CANNOT_LOOK,
                message: format!(
                    "whether this household has another visit, booked as `{}`, is not known: not all appointments around \
                     it can be understood; look in GHL for the reference `{marker}`, and run the event again",
                    row.subject
                ),
            }));
        }
        let text = |name: &str| intent.input.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(found.map(|found| Attached {
            event_id: self.task.event.id.clone(),
            subject: row.subject.clone(),
            appointment_id: found.id,
            contact_id: text("contactId").unwrap_or_default(),
            calendar_id: text("calendarId").unwrap_or_default(),
            start: text("startTime"),
        }))
    }

    fn attach(&mut self, step: &Step, attached: Attached) -> Result<(), Stop> {
        let start = attached.start.as_deref();
        let start = start.and_then(|start| chrono::DateTime::parse_from_rfc3339(start).ok());
        let message = format!(
            "this household has a visit already: appointment `{}`{}, booked as `{}`",
            attached.appointment_id,
            start
                .map(|start| format!(" on {}", self.in_words(start)))
                .unwrap_or_default(),
            attached.subject
        );
        if self.task.configuration.second_visit == SecondVisit::Refuse {
            return Err(Stop::refused("household-booked", message));
        }
        self.warn(Warning::new("attached", message + "; no second one was made"));
        let id = attached.appointment_id.clone();
        self.row.attached = Some(attached);
        self.note_applied(&step.label, &step.action, Some(id), Outcome::Unchanged);
        self.answer(&step.label);
        Ok(())
    }

    /// A change of a subject that is attached to the visit of another: it may go, and changes nothing. `false` when it is
    /// attached to none.
    pub(super) fn change_attached(&mut self, step: &Step) -> Result<bool, Stop> {
        let Some(attached) = self.row.attached.take() else {
            return Ok(false);
        };
        let visit = format!(
            "appointment `{}`, booked as `{}`",
            attached.appointment_id, attached.subject
        );
        if !self.task.cancels() {
            self.row.attached = Some(attached);
            let message =
                format!("this booking is attached to another visit of the household, {visit}; change that one");
            return Err(Stop::refused("attached", message));
        }
        let message = format!("this booking was attached to another visit of the household, which stays: {visit}");
        self.warn(Warning::new("attached", message));
        self.note_applied(&step.label, &step.action, None, Outcome::Unchanged);
        Ok(true)
    }
}

/// The visit that a subject is attached to, as recipes see it.
pub(super) fn shown(attached: &Attached) -> Value {
    let fields = [
        ("appointmentId", Some(&attached.appointment_id)),
        ("contactId", Some(&attached.contact_id)),
        ("calendarId", Some(&attached.calendar_id)),
        ("startTime", attached.start.as_ref()),
        ("attachedTo", Some(&attached.subject)),
    ];
    let mut there = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.clone().into())));
    Value::Object(object_of(&mut there))
}
