//! One visit, however often it is booked: for a contact at one start, and for a household.

use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::look::Thoroughness;
use super::look_up::CANNOT_LOOK;
use super::outcome::{Outcome, Reason};
use super::row::{Attached, Intent, Row};
use super::settle::unreadable_end;
use super::stop::Stop;
use super::visits::{MeetingPlace, OtherVisit, Progress, Relation, View, lead_of};
use super::wait::Wait;
use crate::document::object;
use crate::ghl::appointment::{self, Appointment};
use crate::knock::Warning;
use crate::recipe::{Context, SecondVisit, Step};
use crate::record::keep;

/// How soon to look again after a visit that may have been booked just now.
const LOOK_AGAIN_MS: u64 = 1_000;

/// That another call is about to book, or may have booked.
const BEING_BOOKED: &str =
    "another visit of this contact or household is being booked, or may have been booked just now";

impl Call<'_> {
    /// Makes sure that a visit is made once, before another appointment is made. `true` when another subject has the
    /// visit, and this one is attached to that.
    pub(super) fn attach_to_another(&mut self, step: &Step) -> Result<bool, Stop> {
        let input = self.input(step)?;
        match self.visit_of_another(&input)? {
            Some(other) => self.attach(step, &input, other).map(|()| true),
            None => Ok(false),
        }
    }

    /// The visit of another subject that takes the place of the one that is about to be booked. Without one, this subject
    /// is noted as the one who books, with whatever is written next.
    pub(super) fn visit_of_another(&mut self, input: &Map<String, Value>) -> Result<Option<OtherVisit>, Stop> {
        let place = MeetingPlace::of(self.task, input);
        let (mut wait, mut anew) = (Wait::default(), false);
        let second_visit = self.task.configuration.second_visit;
        let is_new = self.row.booking.is_none() && self.row.intent.is_none();
        loop {
            self.read_place(&place, anew, is_new)?;
            let now_ms = self.ledger.now_ms(self.host);
            let mut others = place.look(&View {
                task: self.task,
                ledger: &self.ledger,
                input,
                now_ms,
            });
            let is_at_work =
                |other: &OtherVisit| other.counts(second_visit) && matches!(other.progress, Progress::AtWork);
            if others.iter().any(is_at_work) {
                if !anew && self.ledger.has_subject() {
                    // Others wait for what is written with it.
                    self.save()?;
                }
                self.wait_a_moment(&mut wait, BEING_BOOKED)?;
                anew = true;
                continue;
            }
            if let Some(warning) = beside(&others, second_visit, &self.context) {
                self.warn(warning);
            }
            others.retain(|other| other.counts(second_visit));
            for other in others {
                if let Some(other) = self.if_it_stands(other)? {
                    return Ok(Some(other));
                }
            }
            self.join(&place);
            return Ok(None);
        }
    }

    /// The visit of another subject, if it surely takes place.
    fn if_it_stands(&mut self, mut other: OtherVisit) -> Result<Option<OtherVisit>, Stop> {
        match &other.progress {
            Progress::AtWork | Progress::Booking => {
                return Err(Stop::deferred(Reason::Busy, BEING_BOOKED, LOOK_AGAIN_MS));
            }
            Progress::Doubtful(doubtful) => match self.doubtful_visit(&doubtful.0, &doubtful.1)? {
                Some(appointment_id) => other.visit.appointment_id = appointment_id,
                None => return Ok(None),
            },
            Progress::Booked(written_ms) => {
                if !self.still_stands(&other.visit, *written_ms)? {
                    return Ok(None);
                }
            }
        }
        Ok(Some(other))
    }

    /// Whether a visit was not called off or deleted in GHL. One that was written to just now may not be there yet for
    /// reads.
    fn still_stands(&mut self, visit: &Attached, written_ms: u64) -> Result<bool, Stop> {
        let operation = &appointment::GET;
        let asked = object([("eventId", visit.appointment_id.clone().into())]);
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

    /// The appointment that came of a booking of another subject whose end is not known.
    fn doubtful_visit(&mut self, row: &Row, intent: &Intent) -> Result<Option<String>, Stop> {
        let marker = intent.marker.clone().unwrap_or_default();
        let look = self
            .look(&marker, &intent.input, Thoroughness::UntilFound)
            .map_err(unreadable_end)?;
        let found = look.ours.into_iter().find(|appointment| !appointment.off());
        if found.is_none() && look.incomplete {
            return Err(Stop::undecided(
                CANNOT_LOOK,
                format!(
                    "whether this household has another visit, booked as `{}`, is not known: not all appointments around \
                     it can be understood; look in GHL for the reference `{marker}`, and run the event again",
                    row.subject
                ),
            ));
        }
        Ok(found.map(|found| found.id))
    }

    fn attach(&mut self, step: &Step, input: &Map<String, Value>, other: OtherVisit) -> Result<(), Stop> {
        let visit = other.in_words(&self.context);
        if self.task.configuration.second_visit == SecondVisit::Refuse && other.relation != Relation::SameVisit {
            return Err(Stop::refused(
                "household-booked",
                format!("this household has a visit already: {visit}"),
            ));
        }
        let message = match other.relation {
            Relation::SameVisit => format!(
                "this contact has this visit already: {visit}; no second one was made{}",
                other.differences_in_words()
            ),
            Relation::SameLead | Relation::OtherLead => {
                let start = input.get("startTime").and_then(Value::as_str);
                let when = start.and_then(|start| self.context.in_words(start));
                let lead = lead_of(self.task).map(|lead| lead.in_words());
                let own = listed(&[("on", when), ("with", lead)]);
                format!("this household has a visit already: {visit}; none was made{own}")
            }
        };
        self.warn(Warning::new("attached", message));
        let id = other.visit.appointment_id.clone();
        self.row.attached = Some(other.visit);
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

impl OtherVisit {
    /// Which visit it is, for people: when, with whom, and as what it was booked.
    pub(super) fn in_words(&self, context: &Context) -> String {
        let start = self.visit.start.as_ref();
        let when = start.and_then(|start| context.in_words(start));
        let lead = self.lead.as_ref().map(|lead| lead.in_words());
        let parts = listed(&[("on", when), ("with", lead)]);
        let (id, subject) = (&self.visit.appointment_id, &self.visit.subject);
        match id.as_str() {
            "" => format!("a booking that is not done yet{parts}, as `{subject}`"),
            id => format!("appointment `{id}`{parts}, booked as `{subject}`"),
        }
    }

    /// What it does not say of what was agreed now, for people.
    fn differences_in_words(&self) -> String {
        match self.visit.differs.as_slice() {
            [] => String::new(),
            [name] => format!(", although `{name}` differs"),
            names => format!(", although `{}` differ", names.join("`, `")),
        }
    }
}

/// What there is of some parts of a sentence, each behind its word.
fn listed(parts: &[(&str, Option<String>)]) -> String {
    let mut listed = String::new();
    for (word, part) in parts {
        if let Some(part) = part.as_ref().filter(|part| !part.is_empty()) {
            listed += &format!(" {word} {part}");
        }
    }
    listed
}

/// What is worth knowing about visits at the same address that do not take the place of this one.
pub(super) fn beside(others: &[OtherVisit], second_visit: SecondVisit, context: &Context) -> Option<Warning> {
    let mut beside = others.iter().filter(|other| !other.counts(second_visit));
    let first = beside.next()?;
    let more = match beside.count() {
        0 => String::new(),
        count => format!(" (and {count} more)"),
    };
    let message = format!(
        "there is another visit at this address: {}{more}; this one has another name and another number, so it is booked, \
         too; where one visit for each address is enough, write `second_visit = \"attach-always\"` in the configuration",
        first.in_words(context)
    );
    Some(Warning::new("another-visit-at-address", message))
}

/// The visit that a subject is attached to, as recipes see it.
pub(super) fn shown(attached: &Attached) -> Value {
    let differs = Some(attached.differs.join(", ")).filter(|differs| !differs.is_empty());
    let fields = [
        ("appointmentId", Some(&attached.appointment_id)),
        ("contactId", Some(&attached.contact_id)),
        ("calendarId", Some(&attached.calendar_id)),
        ("startTime", attached.start.as_ref()),
        ("attachedTo", Some(&attached.subject)),
        ("differs", differs.as_ref()),
    ];
    let mut there = Map::new();
    for (name, value) in fields {
        keep(&mut there, name, &value.cloned());
    }
    there.insert("sameVisit".to_owned(), attached.same_visit.into());
    Value::Object(there)
}
