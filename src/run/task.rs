//! What a call works with: the configuration, the event, its recipe, and where all that is kept.

use chrono::DateTime;
use serde_json::{Map, Value};

use super::aspect::Aspect;
use super::ledger::Ledger;
use super::marker::marker;
use super::outcome::AppliedStep;
use super::row::{Booking, Row, Wanted, is_fingerprint};
use super::seen::Seen;
use super::stop::Stop;
use super::{calendar_list, custom_fields, household, keys, visits};
use crate::api::Operation;
use crate::catalog;
use crate::document::{Document, Problem, keep_fields, nearest};
use crate::ghl::calendar::Calendar;
use crate::ghl::{appointment, contact};
use crate::knock::{BookingChanged, Event, Happening, Incoming, NewTime, START_IN_THE_PAST, Slot, Warning};
use crate::readable::Clock;
use crate::recipe::{CalendarChoice, Configuration, Context, Input, Recipe, Step};
use crate::zone::Zone;

/// What a call works with.
pub(super) struct Task {
    pub(super) configuration: Configuration,
    pub(super) event: Event,
    /// What follows, in order.
    pub(super) recipes: Vec<Recipe>,
    /// The calendars of a booking, to be tried one after the other.
    pub(super) choices: Vec<CalendarChoice>,
}

impl Task {
    /// Checks what was passed.
    pub(super) fn read(configuration_json: &str, incoming: &Incoming) -> Result<Self, Vec<Problem>> {
        let configuration = Configuration::read(configuration_json)?;
        let recipes = recipes(&configuration, &incoming.trigger)?;
        let event = configuration.event(incoming, &recipes)?;
        Self::of(configuration, recipes, event)
    }

    /// The task that recipes make of an event.
    pub(super) fn of(
        configuration: Configuration,
        recipes: Vec<Recipe>,
        mut event: Event,
    ) -> Result<Self, Vec<Problem>> {
        if recipes.is_empty() {
            let trigger = event.happening.trigger();
            let message = format!("every recipe of `{trigger}` is switched off, so nothing follows");
            event.warnings.push(Warning::new("recipes-off", message));
        } else if let Happening::BookingChanged(changed) = &event.happening
            && let Some(warning) = unknown_rep(changed, &configuration)?
        {
            event.warnings.push(warning);
        }
        let needs_calendar = || {
            recipes
                .iter()
                .flat_map(|recipe| &recipe.steps)
                .any(|step| step.uses("calendar"))
        };
        let mut warnings = Vec::new();
        let choices = match &event.happening {
            Happening::LeadBooked(booked) => {
                let routes = configuration.routes(&event, &mut warnings);
                let choices = CalendarChoice::of(booked, &configuration, routes, &mut warnings);
                if choices.is_empty() && needs_calendar() {
                    let message = "no calendar: write `calendarName` or `calendarId` in the event, or `calendar_name` or \
                                   `calendar_id` in the configuration, for all or for the rep";
                    return Err(vec![event_problem(
                        "/data/calendarName",
                        "no-calendar",
                        message.to_owned(),
                    )]);
                }
                choices
            }
            Happening::BookingChanged(_) | Happening::Other(..) | Happening::Invoked => Vec::new(),
        };
        event.warnings.append(&mut warnings);
        Ok(Self {
            configuration,
            event,
            recipes,
            choices,
        })
    }

    /// Whether a recipe is carried out. What the connection adds to a cancellation is about the booking that is cancelled.
    pub(super) fn follows(&self, recipe: &Recipe, row: &Row) -> bool {
        !(recipe.is_own() && self.cancels() && row.booking.is_none())
    }

    /// Whether recipes do anything about a trigger. Of those that are built in for what is shared, none does before it is
    /// told to.
    pub(super) fn follows_from(&self, trigger: &str) -> bool {
        let recipes = &self.configuration.recipes;
        let all = recipes.is_written(trigger).then(|| recipes.of_trigger(trigger).ok());
        all.flatten()
            .is_some_and(|all| all.iter().any(|recipe| !recipe.steps.is_empty()))
    }

    /// Every step of every recipe, in order.
    pub(super) fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        let mut steps = Vec::new();
        for recipe in &self.recipes {
            steps.extend(&recipe.steps);
        }
        steps.into_iter()
    }

    /// Key of the ledger row.
    pub(super) fn row_key(&self) -> String {
        match self.stands_beside() {
            true => keys::failed(&self.configuration.location_id, &self.event.subject),
            false => self.subject_key(),
        }
    }

    /// Key of the ledger row of the subject.
    pub(super) fn subject_key(&self) -> String {
        keys::subject(&self.configuration.location_id, &self.event.subject)
    }

    /// Whether the event has a row beside that of its subject. What follows from an event that failed is for people, who
    /// are told even while nobody knows what became of the booking.
    fn stands_beside(&self) -> bool {
        let writes_booking = |step: &Step| [appointment::CREATE.key, appointment::UPDATE.key].contains(&&*step.action);
        self.event.happening.trigger() == catalog::EVENT_FAILED && !self.steps().any(writes_booking)
    }

    /// Lets the row of an event beside its subject know the booking, as it stands now.
    pub(super) fn copy_booking(&self, ledger: &Ledger, row: &mut Row) {
        if self.stands_beside() {
            let of_subject = ledger.row(&self.subject_key()).row();
            row.booking = of_subject.and_then(|row| row.booking);
        }
    }

    /// Key of what is known of a calendar.
    pub(super) fn calendar_key(&self, choice: &CalendarChoice) -> Option<String> {
        let location = &self.configuration.location_id;
        match (&choice.id, &choice.name) {
            (Some(id), _) => Some(keys::calendar_by_id(location, id)),
            (None, Some(name)) => Some(keys::calendar_by_name(location, &Calendar::plain_name(name))),
            (None, None) => None,
        }
    }

    /// Keys of the contacts that the recipe writes, as far as the event alone tells.
    pub(super) fn contact_keys(&self) -> Vec<String> {
        let context = Context::new(&self.event, &self.configuration);
        let mut contacts = Vec::new();
        for step in self.steps().filter(|step| step.action == contact::UPSERT.key) {
            let inputs = step.input(&context).unwrap_or_default();
            contacts.append(&mut keys::contacts(
                &self.configuration.location_id,
                &Input::object(&inputs),
            ));
        }
        contacts
    }

    /// Everything that is read of the store before anything is done, besides the row and its claim.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut read = Vec::new();
        for choice in &self.choices {
            read.extend(self.calendar_key(choice));
        }
        read.extend(visits::household_keys(self));
        read.extend(custom_fields::key(self));
        read.extend(calendar_list::key(self));
        if self.stands_beside() {
            let of_subject = self.subject_key();
            read.extend([keys::whole(&of_subject), of_subject]);
        }
        read.append(&mut keys::with_claims(self.contact_keys()));
        read
    }

    /// What mappings can see, given the row.
    pub(super) fn context(&self, row: &Row) -> Context {
        let mut context = Context::new(&self.event, &self.configuration);
        context.set_event(&self.event, row.occurred_ms(&self.event));
        show_booking(&mut context, row, &self.event);
        if let Some(slot) = self.slot(row) {
            context.set_slot(&slot);
        }
        // What a newer event says otherwise is as if this one had not said it.
        for (name, aspect) in [("busy", Aspect::Busy), ("openHours", Aspect::OpenHours)] {
            if row.is_newer(aspect, row.occurred_ms(&self.event)) {
                context.unset(name);
            }
        }
        context
    }

    /// The new time of a change: a local one is what the clocks at the visit show, wherever that is.
    pub(super) fn new_slot(&self, changed: &BookingChanged, row: &Row) -> Option<Slot> {
        self.new_time(changed, row).slot.or_else(|| changed.slot.clone())
    }

    /// The new time of a change, as it is read where the visit is.
    fn new_time(&self, changed: &BookingChanged, row: &Row) -> NewTime {
        let place = row.zone.as_deref().and_then(Zone::named);
        changed.new_time(&self.configuration.settings, place.as_ref())
    }

    /// What is to be said about the new time of a change, now that it is known where the visit is.
    ///
    /// # Errors
    /// When it is not usable there.
    pub(super) fn warnings_of_time(&self, row: &Row) -> Result<Vec<Warning>, Stop> {
        let Happening::BookingChanged(changed) = &self.event.happening else {
            return Ok(Vec::new());
        };
        let NewTime {
            mut warnings, problems, ..
        } = self.new_time(changed, row);
        if let Some(problem) = problems.into_iter().next() {
            return Err(Stop::refused(problem.code, problem.message));
        }
        warnings.extend(self.warning_of_zone(row));
        warnings.extend(self.warning_of_new_clocks(changed, row));
        Ok(warnings)
    }

    /// What is to be said about a visit that would begin before now: GHL makes none.
    pub(super) fn warning_of_past(&self, row: &Row, now_ms: u64) -> Option<Warning> {
        let start = self.slot(row)?.start;
        if u64::try_from(start.timestamp_millis()).unwrap_or(0) >= now_ms {
            return None;
        }
        let zone = self.event.zone().filter(|_| row.zone.is_none());
        let zone = zone.or_else(|| row.zone.as_deref().and_then(Zone::named));
        let begins = Clock::at(zone.as_ref(), row.occurred_ms(&self.event)).full(start);
        let message = format!("the visit begins in the past, on {begins}; is the day or the year wrong?");
        Some(Warning::at("/data/startTime", START_IN_THE_PAST, message))
    }

    /// What is to be said about a change that only brings the visit to a place with other clocks: its instant stays.
    fn warning_of_new_clocks(&self, changed: &BookingChanged, row: &Row) -> Option<Warning> {
        let booking = row.live_booking().filter(|_| changed.slot.is_none())?;
        let (before, now) = (row.zone.as_deref()?, changed.time_zone.as_deref()?);
        changed.address.as_ref()?;
        let start = booking.written.get("startTime")?.as_str()?;
        let start = DateTime::parse_from_rfc3339(start).ok()?;
        let (there, here) = (Zone::named(before)?, Zone::named(now)?);
        if there.at(start).offset() == here.at(start).offset() {
            return None;
        }
        let clock = |zone: &Zone| Clock::at(Some(zone), row.occurred_ms(&self.event)).full(start);
        let message = format!(
            "the visit was agreed for {}, and begins at the new address on {}: write `startTime`, too, if another time is \
             meant",
            clock(&there),
            clock(&here)
        );
        Some(Warning::at("/data/address", "zone-differs", message))
    }

    /// What is to be said about the new time of a change that does not tell where the visit is.
    fn warning_of_zone(&self, row: &Row) -> Option<Warning> {
        let Happening::BookingChanged(changed) = &self.event.happening else {
            return None;
        };
        let read = changed.time_zone.as_deref().filter(|_| changed.zone_is_assumed)?;
        let slot = changed.slot.as_ref()?;
        let lacks = match changed.address {
            None => "has no address",
            Some(_) => "has an address that tells no zone",
        };
        let (code, message) = match (&row.zone, self.zone_of_visit(changed, row)) {
            (Some(zone), Some(_)) => {
                let message = format!("the change {lacks}, so its time is that of the clocks at the visit, {zone}");
                ("zone-of-place", message)
            }
            (None, _) => {
                let message = format!("the change {lacks} and its visit is not known, so its time is read in {read}");
                ("zone-assumed", message)
            }
            _ => return None,
        };
        let is_said = row.zone.is_none() || self.new_slot(changed, row).as_ref() != Some(slot);
        is_said.then(|| Warning::at("/data/startTime", code, message))
    }

    /// What is to be said where a booking moves the visit of another event to another day: two visits may have come under
    /// one subject.
    pub(super) fn warning_of_move(&self, row: &Row) -> Option<Warning> {
        let Happening::LeadBooked(booked) = &self.event.happening else {
            return None;
        };
        let before = row.visit.as_ref().filter(|_| row.live_booking().is_some())?;
        let writes = |step: &AppliedStep| [appointment::CREATE.key, appointment::UPDATE.key].contains(&&*step.action);
        let is_other = |seen: &&Seen| seen.id != self.event.id && seen.applied.iter().any(writes);
        let by = row.events.iter().rfind(is_other)?;
        let slot = self.slot(row)?;
        let zone = before.time_zone.as_deref().and_then(Zone::named);
        let start = zone.as_ref().map_or(slot.start, |zone| zone.at(slot.start));
        let is_moved =
            DateTime::parse_from_rfc3339(&before.start).is_ok_and(|was| was.date_naive() != start.date_naive());
        if !is_moved || row.is_newer(Aspect::Time, row.occurred_ms(&self.event)) {
            return None;
        }
        let lead = booked.lead.label();
        let message = format!(
            "subject `{}` has a visit already, booked by event `{}`: {}; this event wants it on {} for {lead}; if this is \
             another visit, send it with a `subject` of its own",
            self.event.subject,
            by.id,
            before.summary,
            Clock::at(zone.as_ref(), row.occurred_ms(&self.event)).moment(start),
        );
        Some(Warning::new("visit-moved", message))
    }

    /// The zone of the visit, where the new time of a change was read in another one.
    fn zone_of_visit(&self, changed: &BookingChanged, row: &Row) -> Option<Zone> {
        let known = row.zone.as_deref().filter(|_| changed.zone_is_assumed)?;
        (changed.time_zone.as_deref() != Some(known)).then(|| Zone::named(known))?
    }

    /// When the visit takes place: a newer change that came first counts, and a new start without an end keeps the
    /// length of the visit.
    fn slot(&self, row: &Row) -> Option<Slot> {
        let parse = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
        let (mut slot, booked) = match &self.event.happening {
            Happening::LeadBooked(booked) => (booked.slot.clone(), Some(&booked.slot)),
            Happening::BookingChanged(changed) => (self.new_slot(changed, row)?, None),
            Happening::Other(..) | Happening::Invoked => return None,
        };
        if let (Some(booked), Some(wanted)) = (booked, self.wanted(row)) {
            slot = Slot {
                start: parse(&wanted.start)?,
                end: wanted.end.as_deref().and_then(parse),
            };
            if slot.end.is_none() {
                slot.end = booked.end.map(|end| slot.start + (end - booked.start));
            }
        }
        if slot.end.is_none()
            && let Some(booking) = row.live_booking()
        {
            let time = |name: &str| parse(booking.written.get(name)?.as_str()?);
            let length = time("endTime").zip(time("startTime")).map(|(end, start)| end - start);
            slot.end = length.map(|length| slot.start + length);
        }
        Some(slot)
    }

    /// The booking that a change is compared with. When one from before the store was put back takes place now, nobody
    /// knows: a new time is sent even if it is the one that we last wrote.
    pub(super) fn compared(&self, booking: &Booking, restored_ms: Option<u64>) -> Booking {
        let mut compared = booking.clone();
        if let Happening::BookingChanged(changed) = &self.event.happening
            && Some(booking.written_ms) <= restored_ms
        {
            let said = Aspect::of_change(changed);
            let is_said = |name: &str| Aspect::of_field(name).is_some_and(|aspect| said.contains(&aspect));
            keep_fields(&mut compared.written, &|name, _| !is_said(name));
        }
        compared
    }

    /// What an update says, without what newer changes have said otherwise.
    pub(super) fn newest(&self, row: &Row, mut input: Map<String, Value>) -> Map<String, Value> {
        let occurred_ms = row.occurred_ms(&self.event);
        let is_newer = |name: &str| Aspect::of_field(name).is_some_and(|aspect| row.is_newer(aspect, occurred_ms));
        keep_fields(&mut input, &|name, _| !is_newer(name));
        let named = row.booking.as_ref().and_then(|booking| booking.named.as_deref());
        if matches!(self.event.happening, Happening::LeadBooked(_))
            && input.get("assignedUserId").and_then(Value::as_str) == named
        {
            // Who was meant to go has not changed, whoever goes.
            input.remove("assignedUserId");
        }
        input
    }

    /// The newer time that a booking is made at.
    pub(super) fn wanted<'a>(&self, row: &'a Row) -> Option<&'a Wanted> {
        let occurred_ms = row.occurred_ms(&self.event);
        row.wanted.as_ref().filter(|wanted| wanted.occurred_ms > occurred_ms)
    }

    /// The reference of the appointment that is made next.
    pub(super) fn next_marker(&self, row: &Row, step: &str) -> String {
        marker(
            &self.configuration.location_id,
            &self.event.subject,
            step,
            row.ordinal + 1,
        )
    }

    /// Whether an action was asked for by itself.
    pub(super) fn is_invocation(&self) -> bool {
        matches!(self.event.happening, Happening::Invoked)
    }

    /// Whether an operation was asked for by itself: its answer is passed on as it came.
    pub(super) fn asks_for(&self, operation: &Operation) -> bool {
        self.is_invocation() && self.steps().any(|step| step.action == operation.key)
    }

    /// Whether the event cancels its booking.
    pub(super) fn cancels(&self) -> bool {
        matches!(&self.event.happening, Happening::BookingChanged(changed) if changed.cancelled)
    }
}

/// The recipes for a trigger; none when all of them are switched off.
pub(super) fn recipes(configuration: &Configuration, trigger: &str) -> Result<Vec<Recipe>, Vec<Problem>> {
    let problem = |code, message| Err(vec![event_problem("/trigger", code, message)]);
    let recipes = match configuration.recipes.of_trigger(trigger) {
        Ok(recipes) if !recipes.is_empty() || configuration.recipes.are_off(trigger) => return Ok(recipes),
        Ok(_) => configuration.recipes.all().unwrap_or_default(),
        Err(message) => return problem("unknown-trigger", message),
    };
    if catalog::trigger(trigger).is_some() {
        let message = format!("nothing follows from `{trigger}`: no recipe with this trigger is in use");
        return problem("no-recipe", message);
    }
    let mut known: Vec<&str> = Vec::new();
    for recipe in &recipes {
        if !known.contains(&recipe.trigger.as_str()) {
            known.push(&recipe.trigger);
        }
    }
    let hint = match nearest(trigger, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: `{}`", known.join("`, `")),
    };
    problem("unknown-trigger", format!("`{trigger}` is no trigger; {hint}"))
}

/// Makes the booking of the subject visible to mappings, as it stands now. What follows from a change also sees one that
/// is cancelled.
pub(super) fn show_booking(context: &mut Context, row: &Row, event: &Event) {
    let booking = match event.happening {
        Happening::BookingChanged(_) => row.booking.as_ref(),
        _ => row.live_booking(),
    };
    let attached = row.attached.as_ref().filter(|attached| attached.event_id == event.id);
    match (booking, attached) {
        (Some(booking), _) => context.set("booking", shown(booking)),
        (None, Some(attached)) => context.set("booking", household::shown(attached)),
        (None, None) => context.unset("booking"),
    }
}

/// A booking as others see it.
pub(super) fn shown(booking: &Booking) -> Value {
    let mut shown = Map::new();
    for name in [
        "startTime",
        "endTime",
        "assignedUserId",
        "appointmentStatus",
        "title",
        "address",
    ] {
        // Long texts are only remembered by their fingerprint; some time after the visit, all are.
        let written = booking.written.get(name).and_then(Value::as_str);
        if let Some(written) = written.filter(|written| !is_fingerprint(written)) {
            shown.insert(name.to_owned(), written.into());
        }
    }
    for (name, value) in [
        ("appointmentId", &booking.appointment_id),
        ("contactId", &booking.contact_id),
        ("calendarId", &booking.calendar_id),
    ] {
        shown.insert(name.to_owned(), value.clone().into());
    }
    if let Some(left_out) = &booking.left_out {
        shown.insert("leftOut".to_owned(), left_out.clone().into());
    }
    Value::Object(shown)
}

/// A rep whom the configuration does not know cannot be sent. When nothing else changes the event cannot be carried out.
fn unknown_rep(changed: &BookingChanged, configuration: &Configuration) -> Result<Option<Warning>, Vec<Problem>> {
    let Some(rep) = &changed.rep else { return Ok(None) };
    let Some(unknown) = configuration.unknown_rep(rep) else {
        return Ok(None);
    };
    let message = match configuration.has_several(rep) {
        true => format!("several reps in `[[reps]]` have the {unknown}: send the `id` or `email` of one"),
        false => format!("no GHL user is known for the rep with {unknown}: write them into `[[reps]]` with `user_id`"),
    };
    match Aspect::of_change(changed).as_slice() {
        [Aspect::Assignee] => Err(vec![event_problem("/data/rep", "rep-unknown", message)]),
        _ => Ok(Some(Warning::at(
            "/data/rep",
            "rep-unknown",
            format!("who goes stays the same, for {message}"),
        ))),
    }
}

fn event_problem(pointer: &str, code: &'static str, message: String) -> Problem {
    Problem {
        document: Document::Event,
        pointer: pointer.to_owned(),
        within: None,
        code,
        message,
    }
}
