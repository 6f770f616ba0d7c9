//! Carries the steps of a recipe out.

use serde_json::{Map, Value};

use super::calendar::is_about_calendar;
use super::call::Call;
use super::custom_fields;
use super::look_up::CANNOT_LOOK;
use super::marker::marked;
use super::outcome::{Cause, Outcome, Reason};
use super::perform::CANNOT_READ_BACK;
use super::row::Booking;
use super::stop::Stop;
use super::task::Task;
use crate::api::{Effect, Operation, Request, Server};
use crate::catalog::{self, Action};
use crate::document::{Problem, keep_fields};
use crate::ghl::{Refusal, RefusalKind, appointment, contact};
use crate::knock::Warning;
use crate::recipe::{CUSTOM_FIELD_IDS, Context, Gap, Input, OnRefusal, Recipe, Statement, Step, StepError};

/// The code of a warning that a recipe adds, unless it names one.
pub(super) const RECIPE_WARNS: &str = "recipe-warns";

/// The code of a warning about a step that was not done, although the recipe goes on.
const STEP_NOT_DONE: &str = "step-not-done";

/// The code of a refusal that a recipe wants.
pub(super) const RECIPE_REFUSES: &str = "recipe-refuses";

impl Call<'_> {
    /// Carries out what is not yet done.
    pub(super) fn carry_out(&mut self) -> Result<(), Stop> {
        let task = self.task;
        for recipe in &task.recipes {
            if !task.follows(recipe, &self.row) {
                continue;
            }
            self.context.set("options", Value::Object(recipe.options.clone()));
            for step in &recipe.steps {
                self.carry_out_step(recipe, step)?;
            }
        }
        Ok(())
    }

    fn carry_out_step(&mut self, recipe: &Recipe, step: &Step) -> Result<(), Stop> {
        if self.seen().applied(&step.label).is_some() {
            self.answer(&step.label);
            return Ok(());
        }
        if !worked_out(recipe.applies(&self.context))? {
            return Ok(());
        }
        if let Some(unread) = self.unread.iter().find(|unread| step.uses(unread)) {
            // That something could not be read does not mean that there is nothing.
            let message = format!("step `{}`: `{unread}` could not be read", step.label);
            self.warn(Warning::new(STEP_NOT_DONE, message));
            self.unread.push(step.name.clone());
            return Ok(());
        }
        self.find_calendars(&|root| step.is_decided_by(root))?;
        let Some(items) = worked_out(step.items(&self.context))? else {
            return self.turn(step);
        };
        for (index, item) in items.into_iter().enumerate() {
            let turn = step.turn(index, &item);
            self.context.set("item", item);
            match self.seen().applied(&turn.label) {
                Some(_) => self.answer(&turn.label),
                None => self.turn(&turn)?,
            }
        }
        self.context.unset("item");
        Ok(())
    }

    /// Does what a step says, once, if it applies.
    fn turn(&mut self, step: &Step) -> Result<(), Stop> {
        if !worked_out(step.applies(&self.context))? {
            return Ok(());
        }
        self.refuse_expired()?;
        if step.uses("calendar") {
            self.find_calendar()?;
        }
        match self.act(step) {
            Err(Stop::Failed(cause)) if step.on_refusal == OnRefusal::Continue => self.go_on_without(step, *cause),
            ended => ended,
        }
    }

    /// Goes on after a step that was refused, where the recipe wants that.
    fn go_on_without(&mut self, step: &Step, cause: Cause) -> Result<(), Stop> {
        let is_missing = matches!(&cause, Cause::Refused { code, .. } if RefusalKind::is_missing_code(code));
        let message = match cause {
            Cause::Refused { message, .. }
            | Cause::Undecided {
                code: CANNOT_READ_BACK | CANNOT_LOOK,
                message,
            } => message,
            cause => return Err(Stop::failed(cause)),
        };
        let message = format!("step `{}`: {message}", step.label);
        self.warn(Warning::new(STEP_NOT_DONE, message));
        let reads = catalog::action(&step.action).is_some_and(|action| action.effect() == Effect::Read);
        if reads && !is_missing {
            self.unread.push(step.name.clone());
        }
        Ok(())
    }

    /// Does what a step says that sends nothing.
    fn say(&mut self, step: &Step, says: Statement) -> Result<(), Stop> {
        let said = self.input(step)?.remove(says.word());
        let text = said.as_ref().and_then(Value::as_str).map(str::to_owned);
        match (says, text) {
            (Statement::Value, _) => self.context.set(&step.name, said.unwrap_or_default()),
            (Statement::Warn, Some(text)) => {
                self.warn(Warning::new(step.code.as_deref().unwrap_or(RECIPE_WARNS), text))
            }
            (Statement::Refuse, text) => return Err(Stop::refused(RECIPE_REFUSES, text.unwrap_or_default())),
            (Statement::Warn, None) => {}
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<(), Stop> {
        if step.uses(CUSTOM_FIELD_IDS) {
            self.find_custom_fields(step)?;
        }
        self.find_calendars(&|root| step.uses(root))?;
        if let Some(says) = step.says {
            return self.say(step, says);
        }
        let operation = match catalog::action(&step.action) {
            Some(Action::Operation(operation)) => operation,
            Some(Action::Composite(composite)) => {
                let answer = self.compose(composite, &self.input(step)?)?;
                self.context.set(&step.name, answer);
                return Ok(());
            }
            None => {
                let message = format!("the recipe names `{}`, which is no action", step.action);
                return Err(Stop::refused("unknown-action", message));
            }
        };
        match operation.key {
            key if key == contact::UPSERT.key => self.upsert_contact(step, operation),
            key if key == appointment::CREATE.key => self.create_appointment(step, operation),
            // By itself it may change any appointment, and does it as it is said; so does a recipe that names another.
            key if key == appointment::UPDATE.key && self.changes_booking(step)? => {
                self.update_appointment(step, operation)
            }
            _ => self.perform(step, operation),
        }
    }

    /// Whether a step changes the booking of the subject, or there is none that it could name.
    fn changes_booking(&self, step: &Step) -> Result<bool, Stop> {
        if self.task.is_invocation() {
            return Ok(false);
        }
        let input = self.input(step)?;
        let named = input.get("eventId").and_then(Value::as_str);
        let booking = self.row.booking.as_ref().map(|booking| booking.appointment_id.as_str());
        Ok(named.is_none() || named == booking)
    }

    fn create_appointment(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        if let Some(booking) = self.row.live_booking() {
            let message = format!(
                "this subject has appointment `{}` already; change that one with `appointment.update`, or book under \
                 another subject",
                booking.appointment_id
            );
            return Err(Stop::refused("subject-booked", message));
        }
        // What may have been made already is looked for first.
        if !self.perhaps_done(operation) && self.attach_to_another(step)? {
            return Ok(());
        }
        self.row.attached = None;
        loop {
            match self.create_in_calendar(step, operation) {
                Err(stop) if is_about_calendar(&stop) && self.take_next_route(&stop) => self.find_calendar()?,
                ended => return ended,
            }
        }
    }

    /// Makes the appointment in the calendar that is tried now.
    fn create_in_calendar(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        let mut input = self.input(step)?;
        let reference = self.task.next_marker(&self.row, &step.label);
        let description = input.get("description").and_then(Value::as_str);
        input.insert("description".to_owned(), marked(description, &reference).into());
        let named = input.get("assignedUserId").and_then(Value::as_str).map(str::to_owned);
        let mut assignees = self.assignees(named).into_iter().peekable();
        let is_last = self.task.choices.len() <= self.route + 1;
        let mut ended = Ok(());
        while let Some(assignee) = assignees.next() {
            self.more_to_try = assignees.peek().is_some() || !is_last;
            if let Some(user) = assignee {
                input.insert("assignedUserId".to_owned(), user.into());
            }
            ended = self.send_new(step, operation, input.clone(), Some(reference.clone()));
            if !refused_as(&ended, RefusalKind::SlotTaken) {
                break;
            }
        }
        self.more_to_try = false;
        ended
    }

    fn update_appointment(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        let Some(booking) = self.row.live_booking().cloned() else {
            return self.nothing_to_change(step, operation);
        };
        let mut input = self.input(step)?;
        if let Some(description) = input.get("description").and_then(Value::as_str) {
            input.insert(
                "description".to_owned(),
                marked(Some(description), &booking.marker).into(),
            );
        }
        let input = self.task.newest(&self.row, input);
        let input = changes(&self.task.compared(&booking, self.ledger.restored_ms()), input);
        self.move_meeting_place(&input)?;
        let id = booking.appointment_id.clone();
        if let Some(contact) = self.context.get("contact.id").and_then(Value::as_str)
            && contact != booking.contact_id
        {
            return Err(Stop::undecided(
                "other-contact",
                format!(
                    "the booking now names another person: appointment `{id}` belongs to contact `{}`, the lead is \
                     contact `{contact}`; GHL cannot move it, so cancel this booking and book anew under another \
                     subject",
                    booking.contact_id
                ),
            ));
        }
        if input.is_empty() {
            self.note_applied(&step.label, operation.key, Some(id), Outcome::Unchanged);
            self.answer(&step.label);
            return Ok(());
        }
        match self.without_newer_edits(step, operation, &booking, input)? {
            Some(input) => self.send_new(step, operation, input, None),
            None => Ok(()),
        }
    }

    /// A change without a booking: a cancellation holds against whatever occurred before it, a new time waits.
    fn nothing_to_change(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        if self.change_attached(step)? {
            return Ok(());
        }
        self.find_unconfirmed()?;
        if self.task.cancels() {
            let occurred_ms = self.row.occurred_ms(&self.task.event);
            let id = self.row.booking.as_ref().map(|booking| booking.appointment_id.clone());
            self.row.wanted = self.row.wanted.take().filter(|wanted| wanted.occurred_ms > occurred_ms);
            if id.is_none() {
                let message = "there is no booking of this subject; should it still arrive, it stays cancelled";
                self.warn(Warning::new("nothing-to-cancel", message));
                self.warn_of_lost_booking(step);
            }
            self.note_applied(&step.label, &step.action, id, Outcome::Unchanged);
            return Ok(());
        }
        if self.row.cancelled.is_none() && self.perhaps_done(operation) {
            // It was cancelled after the copy was made that the store was put back from; perhaps after this change.
            let id = self.row.booking.as_ref().map(|booking| booking.appointment_id.clone());
            self.note_applied(&step.label, &step.action, id, Outcome::KeptTheirs);
            return Ok(());
        }
        if self.row.booking.is_some() || self.row.cancelled.is_some() {
            let message = "the booking is cancelled; book the visit again with `knocker.lead_booked`";
            return Err(Stop::refused("booking-cancelled", message));
        }
        self.remember_wanted();
        let message = "no booking of this subject has arrived yet; the change waits for it";
        Err(Stop::deferred(Reason::NoBooking, message, 60_000))
    }

    /// A refusal for good, in GHL's words and in ours.
    pub(super) fn refused(&self, operation: &Operation, refusal: &Refusal) -> Stop {
        let help = match operation.server {
            Server::Ghl => refusal.kind.help(operation.scope),
            Server::Knocker => "Active Knocker refuses the request".to_owned(),
        };
        Stop::failed(Cause::Refused {
            code: refusal.kind.code().to_owned(),
            message: format!("`{}`: {help}", operation.key),
            reply: Some(refusal.words.clone()),
            alternatives: Vec::new(),
        })
    }

    /// The input of a step, as GHL gets it.
    pub(super) fn input(&self, step: &Step) -> Result<Map<String, Value>, Stop> {
        let mut inputs = worked_out(step.input(&self.context))?;
        custom_fields::leave_out(step, &mut inputs);
        Ok(Input::object(&inputs))
    }

    /// The request of an operation. That the input does not fit is a mistake in the recipe.
    pub(super) fn request(&self, operation: &'static Operation, input: &Map<String, Value>) -> Result<Request, Stop> {
        operation
            .request(input)
            .map_err(|problems| input_invalid(operation, &problems, self.task, &self.context))
    }
}

/// What was worked out of a recipe.
pub(super) fn worked_out<T>(result: Result<T, StepError>) -> Result<T, Stop> {
    result.map_err(|error| not_worked_out(&error))
}

/// A recipe cannot be worked out for this event. Nothing was sent for the step.
pub(super) fn not_worked_out(error: &StepError) -> Stop {
    let message = format!(
        "{}: {}; `knock check` finds such places in the configuration",
        error.part, error.error.message
    );
    Stop::refused("recipe-fails", message)
}

/// The input that a recipe makes does not fit its action.
pub(super) fn input_invalid(operation: &Operation, problems: &[Problem], task: &Task, context: &Context) -> Stop {
    let mut sentences = Vec::new();
    for problem in problems {
        let why = match problem.code.starts_with("missing") {
            true => why_missing(operation, problem, task, context),
            false => String::new(),
        };
        sentences.push(format!("{}{why}", problem.message));
    }
    Stop::refused(
        "input-invalid",
        format!("`{}`: {}", operation.key, sentences.join("; ")),
    )
}

/// What in a recipe yields nothing, so that a field of an action is missing.
fn why_missing(operation: &Operation, problem: &Problem, task: &Task, context: &Context) -> String {
    let field = problem.pointer.trim_start_matches('/');
    let steps = task.steps().filter(|step| step.action == operation.key);
    let mut why = String::new();
    for given in steps.flat_map(|step| &step.with).filter(|given| given.field == field) {
        given.mapping.gaps(context.scope(), true, &mut |gap| {
            let part = match gap {
                Gap::Absent(path) => format!(", for nothing stands at `{}`", path.dotted()),
                Gap::Emptied(_, written, _) => format!(", for `{written}` yields nothing"),
            };
            if !why.contains(&part) {
                why += &part;
            }
        });
    }
    why
}

pub(super) fn refused_as(ended: &Result<(), Stop>, kind: RefusalKind) -> bool {
    let cause = ended.as_ref().err().and_then(Stop::cause);
    matches!(cause, Some(Cause::Refused { code, .. }) if *code == kind.code())
}

/// What an update changes, compared with what we last wrote; nothing when that is nothing. Start and end go
/// together, for GHL reckons one from the other.
pub(super) fn changes(booking: &Booking, input: Map<String, Value>) -> Map<String, Value> {
    let changed = |name: &str| input.get(name).is_some_and(|value| !booking.has(name, value));
    let moved = changed("startTime") || changed("endTime");
    let mut kept = input.clone();
    keep_fields(&mut kept, &|name, _| match name {
        "startTime" | "endTime" => moved,
        name => changed(name),
    });
    if kept.is_empty() {
        return kept;
    }
    for beside in ["eventId", "toNotify"] {
        if let Some(value) = input.get(beside) {
            kept.insert(beside.to_owned(), value.clone());
        }
    }
    kept
}
