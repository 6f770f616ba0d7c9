//! A booking, or a new time of one, that GHL refused. Whatever its words are: is the slot taken, and by whom?
//!
//! Some of GHL's words say that the slot is taken. Where others refuse a visit, its start is looked for among the free
//! slots. And a refusal may come after the effect, or be about a slot that our own visit has: so before a slot is
//! called taken, or anything else is tried, GHL is looked through once for the visit.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::alternatives::start_of;
use super::call::Call;
use super::look::{Look, Thoroughness};
use super::outcome::{Outcome, Reason};
use super::row::Intent;
use super::settle::Shows;
use super::slots::Freshness;
use super::stop::Stop;
use crate::api::Operation;
use crate::ghl::appointment::{self, Appointment};
use crate::ghl::{Refusal, RefusalKind};

/// Whether a request wants a slot.
pub(super) fn takes_slot(intent: &Intent) -> bool {
    let creates = intent.action == appointment::CREATE.key;
    creates || (intent.action == appointment::UPDATE.key && intent.input.contains_key("startTime"))
}

impl Call<'_> {
    /// GHL refused a visit, and may mean that its slot is taken.
    pub(super) fn visit_refused(
        &mut self,
        operation: &'static Operation,
        intent: &Intent,
        refusal: &Refusal,
    ) -> Result<(), Stop> {
        match operation.key == appointment::CREATE.key {
            true => self.creation_refused(operation, intent, refusal),
            false => self.move_refused(operation, intent, refusal),
        }
    }

    fn creation_refused(
        &mut self,
        operation: &'static Operation,
        intent: &Intent,
        refusal: &Refusal,
    ) -> Result<(), Stop> {
        // The team's slots tell nothing of somebody who is not on it.
        let user = intent.input.get("assignedUserId").and_then(Value::as_str);
        let user = user.filter(|_| refusal.kind != RefusalKind::NotTeamMember);
        let taken = self.slot_of(intent, refusal, user);
        if taken.is_taken() && self.row.doubted && !intent.taken {
            // It is probably ours that has the slot, so this is no more known than before.
            let taken = Intent {
                taken: true,
                ..intent.clone()
            };
            return self.unknown(taken);
        }
        let looks = taken.is_taken() || !refusal.is_explained();
        if looks && self.look_behind(intent, refusal)? {
            return Ok(());
        }
        Err(self.slot_refused(operation, intent, refusal, taken))
    }

    fn move_refused(&mut self, operation: &'static Operation, intent: &Intent, refusal: &Refusal) -> Result<(), Stop> {
        let booking = self.row.booking.clone();
        let named = intent.input.get("eventId").and_then(Value::as_str);
        let Some(booking) = booking.filter(|booking| Some(booking.appointment_id.as_str()) == named) else {
            // Of an appointment that is not ours nothing is known.
            let taken = self.slot_of(intent, refusal, None);
            return Err(self.slot_refused(operation, intent, refusal, taken));
        };
        let mut input = intent.input.clone();
        input.insert("contactId".to_owned(), booking.contact_id.clone().into());
        let calendar = input.entry("calendarId");
        calendar.or_insert_with(|| booking.calendar_id.clone().into());
        let look = self
            .look(&booking.marker, &input, Thoroughness::UntilFound)
            .map_err(|stop| cannot_look(stop, refusal))?;
        let own = look.ours.iter().find(|own| own.id == booking.appointment_id);
        let zone = self.calendar_zone();
        let time = |name: &str| own.and_then(|own| own.instant(name, zone.as_ref()));
        let (wanted, begins) = (start_of(&input), time("startTime"));
        // That it begins then is not enough: the office may have moved it there, and what else was wanted is refused.
        let is_done =
            own.is_some_and(|own| !own.off() && Shows::of(intent, own, Some(&booking), zone.as_ref()).is_done());
        if is_done && wanted.is_some() && begins == wanted {
            self.effected(intent, &booking.appointment_id, Outcome::Found);
            return Ok(());
        }
        refuse_foreign(&look, &booking.marker, refusal)?;
        // While it has that time itself, the free slots do not show it.
        let ends = time("endTime");
        let covers =
            matches!((begins, ends), (Some(begins), Some(ends)) if (begins..ends).contains(&wanted.unwrap_or(ends)));
        let taken = match covers && refusal.kind != RefusalKind::SlotTaken {
            true => Slot::Unknown,
            false => {
                let assigned = own.and_then(|own| own.text("assignedUserId"));
                let named = intent.input.get("assignedUserId").and_then(Value::as_str);
                self.slot_of(intent, refusal, named.or(assigned.as_deref()))
            }
        };
        Err(self.slot_refused(operation, intent, refusal, taken))
    }

    /// Looks whether a booking that GHL refused before was made all the same. `true` when it was, and is noted.
    pub(super) fn was_made_all_the_same(&mut self, intent: &Intent) -> Result<bool, Stop> {
        if self.row.unconfirmed.is_none() || self.looked_in.is_some() {
            return Ok(false);
        }
        let look = self.look_for_refused(intent, None)?;
        self.adopt_refused(intent, &look)
    }

    /// Looks whether there is a booking after all that GHL refused, before a change of it finds none.
    pub(super) fn find_unconfirmed(&mut self) -> Result<(), Stop> {
        let Some(intent) = self.row.unconfirmed.clone() else {
            return Ok(());
        };
        let look = self.look_for_refused(&intent, None)?;
        if let Some(found) = look.ours.first() {
            self.effect_found(&intent, found);
            self.save()?;
            return Err(Stop::Again);
        }
        let now = self.ledger.now_ms(self.host);
        let settled = self.ledger.since_ms(intent.sent_until_ms, now) + self.task.configuration.settle_ms;
        if now < settled {
            let message = "GHL refused this booking; whether it was made all the same will be clear soon";
            return Err(Stop::deferred(Reason::Settling, message, settled - now));
        }
        self.row.unconfirmed = None;
        Ok(())
    }

    /// Looks whether the slot of a refused booking is taken by the booking itself, which is noted then, or by the same
    /// contact.
    fn look_behind(&mut self, intent: &Intent, refusal: &Refusal) -> Result<bool, Stop> {
        let calendar = self.calendar_of(&intent.input);
        let looked = intent.taken || self.looked_in == calendar;
        if refusal.is_explained() && looked && self.row.unconfirmed.is_none() {
            return Ok(false);
        }
        // Until the look says otherwise.
        // A look needs no texts.
        let mut refused = intent.clone();
        refused.sent_until_ms = self.ledger.now_ms(self.host);
        refused.forget_people();
        let before = self.row.unconfirmed.replace(refused);
        let look = self.look_for_refused(intent, Some(refusal))?;
        if refusal.is_explained() || !look.ours.is_empty() {
            // Otherwise, what was made a moment ago may not show yet.
            self.row.unconfirmed = before;
        }
        if self.adopt_refused(intent, &look)? {
            return Ok(true);
        }
        refuse_foreign(&look, intent.marker.as_deref().unwrap_or_default(), refusal)?;
        self.looked_in = calendar;
        Ok(false)
    }

    fn look_for_refused(&mut self, intent: &Intent, refusal: Option<&Refusal>) -> Result<Look, Stop> {
        let marker = intent.marker.clone().unwrap_or_default();
        let look = self.look(&marker, &intent.input, Thoroughness::UntilFound);
        let look = look.map_err(|stop| match refusal {
            Some(refusal) => cannot_look(stop, refusal),
            None => unseen(stop, "GHL refused this booking before"),
        })?;
        if look.ours.is_empty() && look.incomplete {
            return Err(Stop::undecided(
                "cannot-read-back",
                format!(
                    "GHL refused the booking, and whether it was made all the same is not known: the appointments around \
                     it are too many to open them all, or cannot all be understood; look in GHL for the reference \
                     `{marker}`"
                ),
            ));
        }
        Ok(look)
    }

    /// Notes the booking that a look found, and says whether there was one.
    fn adopt_refused(&mut self, intent: &Intent, look: &Look) -> Result<bool, Stop> {
        let Some(found) = look.ours.first() else {
            return Ok(false);
        };
        let wanted = start_of(&intent.input);
        let begins = found.instant("startTime", self.calendar_zone().as_ref());
        let elsewhere = begins.is_some_and(|start| Some(start) != wanted);
        if elsewhere && intent.attempts == 0 {
            // It was refused with another content: the event changes it.
            self.link(intent, &found.id);
            if let Some(booking) = &mut self.row.booking {
                booking.written.clear();
                booking.shown.clear();
                booking.cancelled = found.off();
            }
            self.save()?;
            return Err(Stop::Again);
        }
        self.effect_found(intent, found);
        Ok(true)
    }

    /// Whether the slot of a refused visit is taken. What GHL does not say, its free slots do.
    fn slot_of(&mut self, intent: &Intent, refusal: &Refusal, user: Option<&str>) -> Slot {
        let unchecked = intent.input.get("ignoreFreeSlotValidation") == Some(&Value::Bool(true));
        if refusal.kind == RefusalKind::SlotTaken {
            return Slot::Taken(None);
        }
        if unchecked || !refusal.may_mean_slot_taken() {
            return Slot::Unknown;
        }
        match self.free_around(&intent.input, user, Freshness::New) {
            Some(free) if !free.iter().any(|slot| Some(*slot) == start_of(&intent.input)) => Slot::Taken(Some(free)),
            _ => Slot::Unknown,
        }
    }

    fn slot_refused(&mut self, operation: &'static Operation, intent: &Intent, refusal: &Refusal, slot: Slot) -> Stop {
        match slot {
            Slot::Taken(free) => {
                let taken = Refusal {
                    kind: RefusalKind::SlotTaken,
                    words: refusal.words.clone(),
                    duplicate: None,
                };
                self.slot_taken(operation, intent, &taken, free)
            }
            Slot::Unknown => self.refused(operation, refusal),
        }
    }
}

/// What is known of the slot of a refused visit.
enum Slot {
    /// It is taken; these are free, if they were read.
    Taken(Option<Vec<DateTime<FixedOffset>>>),
    /// It is free, or nothing shows whether it is.
    Unknown,
}

impl Slot {
    fn is_taken(&self) -> bool {
        matches!(self, Self::Taken(_))
    }
}

/// The same contact has another visit at that time: which of the two counts is for people to say.
fn refuse_foreign(look: &Look, marker: &str, refusal: &Refusal) -> Result<(), Stop> {
    match &look.foreign {
        None => Ok(()),
        Some(Appointment { id, .. }) => Err(Stop::undecided(
            "foreign-match",
            format!(
                "GHL refused the visit ({}), and appointment `{id}` has the same contact and time, but not the \
                 reference `{marker}`; write the reference into its description to make it ours, or cancel it, and run \
                 the event again",
                refusal.words
            ),
        )),
    }
}

fn cannot_look(stop: Stop, refusal: &Refusal) -> Stop {
    unseen(stop, &format!("GHL refused the visit ({})", refusal.words))
}

/// Whether a refused visit is there all the same cannot be read.
fn unseen(stop: Stop, what: &str) -> Stop {
    match stop.refusal() {
        Some(message) => Stop::undecided(
            "cannot-read-back",
            format!(
                "{what}, and whether it is in the calendar all the same cannot be read: {message}; resolve that and run \
                 the event again, or look in GHL"
            ),
        ),
        None => stop,
    }
}
