//! What an event would do, without doing it.

mod look_up;
mod schedule;

use serde_json::{Map, Value};

use self::schedule::note_schedule;
use crate::api::{Operation, Request};
use crate::catalog::{self, Action};
use crate::document::object;
use crate::ghl::{appointment, contact};
use crate::knock::{Happening, Incoming, START_IN_THE_PAST, Warning};
use crate::recipe::expression::Path;
use crate::recipe::{CUSTOM_FIELD_IDS, Context, Input, Recipe, Statement, Step};
use crate::run::answers::pending;
use crate::run::contact::Remembered;
use crate::run::host::Host;
use crate::run::ledger::Ledger;
use crate::run::lookalike::{Upsert, resolve};
use crate::run::marker::marked;
use crate::run::messages::{self, Permission};
use crate::run::outcome::{Cause, Failure, Progress};
use crate::run::perform::sent_before;
use crate::run::restored::perhaps_done;
use crate::run::row::Row;
use crate::run::steps::{RECIPE_REFUSES, RECIPE_WARNS, changes, input_invalid, not_worked_out, worked_out};
use crate::run::stop::Stop;
use crate::run::task::Task;
use crate::run::visit::{Known, Visit};
use crate::run::visits::{self, MeetingPlace, OtherVisit, Progress as VisitProgress, Relation, View};
use crate::run::{custom_fields, household, pin};

/// What an event would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Id of the event.
    pub event_id: String,
    /// Its subject.
    pub subject: String,
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// What is worth knowing.
    pub warnings: Vec<Warning>,
    /// The visit as it will be, where the event is about one.
    pub visit: Option<Visit>,
}

/// One step of a plan.
#[derive(Clone, Debug)]
pub struct PlannedStep {
    /// Its name within the recipe.
    pub name: String,
    /// Key of the action.
    pub action: String,
    /// Its request, unless it needs none.
    pub request: Option<Request>,
    /// Each field and where it comes from.
    pub inputs: Vec<Input>,
    /// Why it is there, or why it needs no request.
    pub reason: String,
}

impl Plan {
    /// Requests that all steps make together.
    pub fn requests(&self) -> u32 {
        let requests = self.steps.iter().filter(|step| step.request.is_some()).count();
        u32::try_from(requests).unwrap_or(u32::MAX)
    }
}

/// Plans an event from what the store knows now. Nothing is sent or written.
///
/// # Errors
/// Why the event cannot be planned.
pub fn plan(host: &mut dyn Host, configuration_json: &str, incoming: &Incoming) -> Result<Plan, Failure> {
    let task = Task::read(configuration_json, incoming).map_err(|problems| Failure::Invalid { problems })?;
    // A plan claims nothing, so it does not matter how long a claim would live.
    let mut ledger = Ledger::new(task.row_key(), 0);
    let failed = |stop| Failure::Stopped {
        cause: match stop {
            Stop::Failed(cause) => *cause,
            Stop::Again | Stop::Lost => Cause::Refused {
                code: "unplannable".to_owned(),
                message: "the ledger changed while it was read; plan again".to_owned(),
                reply: None,
                alternatives: Vec::new(),
            },
        },
        progress: Progress {
            visit: task.understood(None, 0).map(Box::new),
            ..Progress::default()
        },
    };
    let loaded = ledger.load(host, task.keys());
    for place in visits::places_of_event(&task, &ledger) {
        ledger.ensure(host, &place.keys()).map_err(failed)?;
        let others = place.keys_of_others(&task, &ledger);
        ledger.ensure(host, &others).map_err(failed)?;
    }
    let mut row: Row = match (ledger.row(&task.row_key()).row(), loaded) {
        (Some(row), _) => row,
        (None, Ok(())) => Row::default(),
        (None, Err(stop)) => return Err(failed(stop)),
    };
    task.copy_booking(&ledger, &mut row);
    if let Some(expires_at) = task.event.expires_at
        && u64::try_from(expires_at.timestamp_millis()).unwrap_or(0) <= ledger.now_ms(host)
    {
        return Err(failed(Stop::expired(expires_at)));
    }
    Planner {
        now_ms: ledger.now_ms(host),
        warnings: task.event.warnings.clone(),
        context: task.context(&row),
        task: &task,
        ledger,
        row,
        steps: Vec::new(),
        unanswered: Vec::new(),
        booking: None,
    }
    .plan()
    .map_err(failed)
}

struct Planner<'a> {
    task: &'a Task,
    ledger: Ledger,
    row: Row,
    now_ms: u64,
    context: Context,
    steps: Vec<PlannedStep>,
    /// The names of those that have not answered yet.
    unanswered: Vec<String>,
    /// The appointment as it will be, once the steps so far are done.
    booking: Option<Value>,
    warnings: Vec<Warning>,
}

impl Planner<'_> {
    /// The open visit that another subject has and that takes the place of this one, as far as the ledger knows.
    fn visit_of_another(&mut self, input: &Map<String, Value>) -> Option<OtherVisit> {
        let place = MeetingPlace::of(self.task, input);
        let mut others = place.look(&View {
            task: self.task,
            ledger: &self.ledger,
            input,
            now_ms: self.now_ms,
        });
        others.retain(|other| matches!(other.progress, VisitProgress::Booked(_)));
        let second_visit = self.task.configuration.second_visit;
        self.warnings
            .extend(household::beside(&others, second_visit, &self.context));
        others.into_iter().find(|other| other.counts(second_visit))
    }

    fn plan(mut self) -> Result<Plan, Stop> {
        let event = &self.task.event;
        if self.row.intent.is_some() {
            let message = "an earlier request of this subject is in doubt; it is settled first";
            self.warnings.push(Warning::new("in-doubt", message));
        }
        self.warnings.extend(self.task.warnings_of_time(&self.row)?);
        if !self.warnings.iter().any(|warning| warning.code == START_IN_THE_PAST) {
            self.warnings.extend(self.task.warning_of_past(&self.row, self.now_ms));
        }
        self.warnings.extend(self.task.warning_of_move(&self.row));
        let task = self.task;
        for recipe in &task.recipes {
            if !task.follows(recipe, &self.row) {
                continue;
            }
            self.context.set("options", Value::Object(recipe.options.clone()));
            for step in &recipe.steps {
                self.consider(recipe, step)?;
            }
        }
        if task.cancels() && !self.row.supersedes(event) {
            self.call_off(&|_| true)?;
        }
        let visit = self.visit();
        Ok(Plan {
            event_id: event.id.clone(),
            subject: event.subject.clone(),
            steps: self.steps,
            warnings: self.warnings,
            visit,
        })
    }

    /// Plans a step, unless it is done or does not apply.
    fn consider(&mut self, recipe: &Recipe, step: &Step) -> Result<(), Stop> {
        let event = &self.task.event;
        let done = self
            .row
            .seen(&event.id)
            .filter(|seen| seen.fingerprint == event.fingerprint);
        if let Some(applied) = done.and_then(|seen| seen.applied(&step.label)) {
            if applied.action == step.action || pin::is_of(&applied.action, step) {
                let id = applied.id.clone().unwrap_or_default();
                let reason = format!("done already: `{id}`");
                self.context.set(&step.name, object([("id", id.clone().into())]));
                self.add(step, None, Vec::new(), reason);
            }
            return Ok(());
        }
        // Of steps with one name, the first that applies is done.
        if self.steps.iter().any(|planned| planned.name == step.label) {
            return Ok(());
        }
        self.calendars(&|root| step.is_decided_by(root))?;
        if let Some(answerer) = self.waits_for(recipe, step) {
            let when = step.when.as_ref().or(step.for_each.as_ref());
            let when = when.map(|when| format!(": `{}`", when.written)).unwrap_or_default();
            let reason = format!("decided when `{answerer}` has answered{when}");
            self.leave_open(step);
            self.add(step, None, Vec::new(), reason);
            return Ok(());
        }
        if !worked_out(recipe.applies(&self.context))? {
            return Ok(());
        }
        let Some(items) = worked_out(step.items(&self.context))? else {
            return self.step(step);
        };
        for (index, item) in items.into_iter().enumerate() {
            let turn = step.turn(index, &item);
            self.context.set("item", item);
            self.step(&turn)?;
        }
        self.context.unset("item");
        Ok(())
    }

    /// The step whose answer decides whether, or how often, this one is done; nothing when that is known now.
    fn waits_for(&self, recipe: &Recipe, step: &Step) -> Option<&str> {
        let mut waits = None;
        for condition in recipe.when.iter().chain(&step.when).chain(&step.for_each) {
            condition
                .tree
                .paths(&mut |path| waits = waits.or_else(|| self.answerer_of(path)));
        }
        waits
    }

    /// What a step will answer is not known yet.
    fn leave_open(&mut self, step: &Step) {
        pending(self.task, &mut self.context, &step.name);
        self.unanswered.push(step.name.clone());
    }

    /// A step whose answer this one works with, and which has not answered yet.
    fn answerer(&self, step: &Step) -> Option<&str> {
        let mut answerer = None;
        step.paths(&mut |path, _| answerer = answerer.or_else(|| self.answerer_of(path)));
        answerer
    }

    /// The planned step that a path leads into, unless it is for its id: that it will have.
    fn answerer_of(&self, path: &Path) -> Option<&str> {
        let mut names = self.unanswered.iter().map(String::as_str);
        let is_id = path.names().get(1) == Some(&"id");
        names.find(|name| *name == path.root && !is_id)
    }

    /// Plans a step, or a turn of one, if it applies.
    fn step(&mut self, step: &Step) -> Result<(), Stop> {
        if !worked_out(step.applies(&self.context))? {
            return Ok(());
        }
        if step.uses("calendar") && !self.row.supersedes(&self.task.event) {
            self.calendar()?;
        }
        if step.uses(CUSTOM_FIELD_IDS) {
            self.custom_fields(step)?;
        }
        self.calendars(&|root| step.uses(root))?;
        if self.row.supersedes(&self.task.event) {
            self.add(step, None, Vec::new(), "a newer change has made it obsolete".to_owned());
            return Ok(());
        }
        let mut inputs = match (step.input(&self.context), self.answerer(step)) {
            (Ok(inputs), _) => inputs,
            // What stands in for an answer is no number and no time.
            (Err(_), Some(answerer)) => {
                let reason = format!("worked out when `{answerer}` has answered");
                self.leave_open(step);
                self.add(step, None, Vec::new(), reason);
                return Ok(());
            }
            (Err(error), None) => return Err(not_worked_out(&error)),
        };
        custom_fields::leave_out(step, &mut inputs);
        if let Some(says) = step.says {
            return self.say(step, says, inputs);
        }
        let operation = match catalog::action(&step.action) {
            Some(Action::Operation(operation)) => operation,
            Some(Action::Composite(composite)) => {
                let reason = format!("made of several requests: {}", composite.price);
                self.add(step, None, inputs, reason);
                return Ok(());
            }
            None => {
                let message = format!("`{}` is no action", step.action);
                return Err(Stop::refused("unknown-action", message));
            }
        };
        if operation.key == contact::UPSERT.key
            && let Some(field) = pin::field_of(self.task, &self.row, step, &Input::object(&inputs))
        {
            return self.pin_contact(step, inputs, field);
        }
        if operation.key == contact::UPSERT.key {
            let location = &self.task.configuration.location_id;
            let remembered = Remembered::read(&self.ledger, location, &Input::object(&inputs));
            if let Some(id) = remembered.unchanged_id() {
                self.context.set(&step.name, object([("id", id.clone().into())]));
                self.add(step, None, inputs, format!("GHL has just this already: `{id}`"));
                return Ok(());
            }
            let mut overwrites = self.task.is_invocation();
            let (upsert, warning) = resolve(self.task, &self.ledger, Input::object(&inputs))?;
            self.warnings.extend(warning);
            match upsert {
                Upsert::Send(kept) | Upsert::Found { input: kept, .. } => {
                    inputs.retain(|input| kept.contains_key(&input.name));
                }
                Upsert::Overwrite(_) => overwrites = true,
                Upsert::Take { id, .. } => {
                    self.context.set(&step.name, object([("id", id.clone().into())]));
                    self.add(step, None, inputs, format!("somebody else's contact, as it is: `{id}`"));
                    return Ok(());
                }
            }
            return self.contact(step, inputs, overwrites);
        }
        if operation.key == appointment::CREATE.key
            && let Some(other) = self.visit_of_another(&Input::object(&inputs))
        {
            let whose = match other.relation {
                Relation::SameVisit => "this contact has this visit already",
                Relation::SameLead | Relation::OtherLead => "this household has a visit already",
            };
            let reason = format!("{whose}: {}; no second one is made", other.in_words(&self.context));
            self.context.set("booking", household::shown(&other.visit));
            self.booking = Some(household::shown(&other.visit));
            self.context
                .set(&step.name, object([("id", other.visit.appointment_id.clone().into())]));
            self.add(step, None, inputs, reason);
            return Ok(());
        }
        if operation.key == appointment::CREATE.key {
            self.mark(&mut inputs, &self.task.next_marker(&self.row, &step.label));
        }
        if operation.key == appointment::UPDATE.key && self.changes_booking(&inputs) {
            let Some(booking) = self.row.live_booking() else {
                self.add(step, None, inputs, "there is no booking of this subject".to_owned());
                return Ok(());
            };
            if inputs.iter().any(|input| input.name == "description") {
                self.mark(&mut inputs, &booking.marker);
            }
            let compared = self.task.compared(booking, self.ledger.restored_ms());
            let changed = changes(&compared, self.task.newest(&self.row, Input::object(&inputs)));
            inputs.retain(|input| changed.contains_key(&input.name));
            self.booking = Some(with_changes(booking.as_it_stands(), changed));
            if inputs.is_empty() {
                self.add(step, None, inputs, "it is so already".to_owned());
                return Ok(());
            }
        }
        if operation.key == messages::SEND {
            let zone = self.context.scope().zone;
            match messages::permission(self.task, &self.row, zone, self.now_ms, Input::object(&inputs)) {
                Permission::Granted(permitted) => note_schedule(&mut inputs, permitted),
                Permission::Denied(_, message) => {
                    let event_id = &self.task.event.id;
                    self.call_off(&|message| message.event_id == *event_id && message.step == step.label)?;
                    self.add(step, None, inputs, message);
                    return Ok(());
                }
            }
        }
        if sent_before(self.task, &self.row, step, operation, &Input::object(&inputs)).is_some() {
            self.add(
                step,
                None,
                inputs,
                "done before the event was corrected, just like this".to_owned(),
            );
            return Ok(());
        }
        if operation.key == messages::SEND {
            let event_id = &self.task.event.id;
            self.call_off(&|message| message.event_id == *event_id && message.step == step.label)?;
        }
        let request = request(operation, &inputs, self.task, &self.context)?;
        let restored_ms = self.ledger.restored_ms();
        if perhaps_done(&self.row, &self.task.event, operation.key, restored_ms, self.now_ms) {
            let message = "the store was put back from a copy; what may have been done since is looked for first, with up \
                           to two requests more";
            self.warnings.push(Warning::new("looked-for-first", message));
        }
        self.leave_open(step);
        if operation.key == appointment::CREATE.key {
            let booking = expected_booking(step, &inputs);
            self.booking = Some(booking.clone());
            self.context.set("booking", booking);
        }
        self.add(step, Some(request), inputs, format!("`{}`", operation.operation_id));
        Ok(())
    }

    /// Plans a step that sends nothing.
    fn say(&mut self, step: &Step, says: Statement, mut inputs: Vec<Input>) -> Result<(), Stop> {
        let said = inputs.first().map(|input| input.value.clone());
        let text = said.as_ref().and_then(Value::as_str).map(str::to_owned);
        match (says, text) {
            (Statement::Value, _) => {
                if let Some(input) = inputs.first_mut() {
                    input.name.clone_from(&step.name);
                }
                self.context.set(&step.name, said.unwrap_or_default());
                if self.answerer(step).is_some() {
                    // It is made of what is not known yet.
                    self.unanswered.push(step.name.clone());
                }
                self.add(step, None, inputs, "a value for later steps".to_owned());
            }
            (Statement::Warn, Some(text)) => {
                let code = step.code.as_deref().unwrap_or(RECIPE_WARNS);
                self.warnings.push(Warning::new(code, text));
            }
            (Statement::Refuse, text) => return Err(Stop::refused(RECIPE_REFUSES, text.unwrap_or_default())),
            (Statement::Warn, None) => {}
        }
        Ok(())
    }

    /// Whether it is the booking of the subject that a step changes, or there is none that it could name.
    fn changes_booking(&self, inputs: &[Input]) -> bool {
        let named = inputs.iter().find(|input| input.name == "eventId");
        let named = named.and_then(|input| input.value.as_str());
        let booking = self.row.booking.as_ref().map(|booking| booking.appointment_id.as_str());
        named.is_none() || named == booking
    }

    /// Shows the description as it is sent, with the reference.
    fn mark(&self, inputs: &mut Vec<Input>, marker: &str) {
        match inputs.iter_mut().find(|input| input.name == "description") {
            Some(input) => {
                input.value = marked(input.value.as_str(), marker).into();
                input.origin.push_str(" + reference");
            }
            None => inputs.push(Input {
                name: "description".to_owned(),
                value: marked(None, marker).into(),
                origin: "reference".to_owned(),
            }),
        }
    }

    /// The visit as it will be.
    fn visit(&self) -> Option<Visit> {
        let event = &self.task.event;
        let is_about_one = matches!(event.happening, Happening::LeadBooked(_) | Happening::BookingChanged(_));
        let stands = || self.row.booking_of(event).filter(|_| is_about_one);
        let known = Known {
            context: &self.context,
            ledger: &self.ledger,
            route: 0,
        };
        match self.booking.clone().or_else(stands) {
            Some(booking) => self.task.booked(&self.row, &booking, known),
            None => self.task.understood(self.row.visit.as_ref(), 0),
        }
    }

    fn add(&mut self, step: &Step, request: Option<Request>, inputs: Vec<Input>, reason: String) {
        self.steps.push(PlannedStep {
            name: step.label.clone(),
            action: match step.says {
                Some(says) => says.word().to_owned(),
                None => step.action.clone(),
            },
            request,
            inputs,
            reason,
        });
    }
}

/// The booking as mappings will see it once it is made.
fn expected_booking(step: &Step, inputs: &[Input]) -> Value {
    let mut booking = Map::new();
    booking.insert("appointmentId".to_owned(), format!("${{{}.id}}", step.name).into());
    for name in [
        "contactId",
        "calendarId",
        "startTime",
        "endTime",
        "assignedUserId",
        "title",
        "address",
    ] {
        if let Some(input) = inputs.iter().find(|input| input.name == name) {
            booking.insert(name.to_owned(), input.value.clone());
        }
    }
    Value::Object(booking)
}

/// A booking as it will be after a change.
fn with_changes(mut booking: Map<String, Value>, changed: Map<String, Value>) -> Value {
    if changed.contains_key("startTime") {
        booking.remove("endTime");
    }
    booking.extend(changed);
    Value::Object(booking)
}

fn request(operation: &'static Operation, inputs: &[Input], task: &Task, context: &Context) -> Result<Request, Stop> {
    operation
        .request(&Input::object(inputs))
        .map_err(|problems| input_invalid(operation, &problems, task, context))
}
