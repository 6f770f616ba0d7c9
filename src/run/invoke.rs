//! Carries one action out by itself.

use serde_json::{Map, Value};

use super::agenda::agenda;
use super::call::Call;
use super::host::Host;
use super::household;
use super::invocation::{Asked, Invocation, Reading, STEP};
use super::next_slot::find_next;
use super::outcome::{AppliedStep, Failure, Outcome, Receipt};
use super::probe::probe;
use super::reconcile::reconcile;
use super::stop::Stop;
use super::task::shown;
use crate::api::Request;
use crate::catalog::{self, Composite};
use crate::document::Problem;
use crate::recipe::{Context, Input};

/// An action carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoked {
    /// What was done.
    pub receipt: Receipt,
    /// What was answered; nothing when an answer that is too long to remember was asked for again.
    pub output: Option<Value>,
}

/// Carries an action out: what changes something at most once for its subject and key, whatever happened in earlier
/// calls.
///
/// # Errors
/// Why it was not carried out. Only what is deferred can gain from asking again.
pub fn invoke(
    host: &mut dyn Host,
    configuration_json: &str,
    invocation: &Invocation,
    budget_ms: u32,
) -> Result<Invoked, Failure> {
    let asked = invocation.read(configuration_json);
    match asked.map_err(|problems| Failure::Invalid { problems })? {
        Asked::Change(task) => {
            let mut call = Call::new(host, &task, budget_ms);
            let receipt = call.run()?;
            let output = call.output.take().or_else(|| call.remembered_output());
            Ok(Invoked { receipt, output })
        }
        Asked::Event(task) => {
            let mut call = Call::new(host, &task, budget_ms);
            let receipt = call.run()?;
            let attached = call.row.attached.as_ref().map(household::shown);
            let output = call.row.booking.as_ref().map(shown).or(attached);
            Ok(Invoked { receipt, output })
        }
        Asked::Read(Reading { task, input }) => {
            let mut call = Call::new(host, &task, budget_ms);
            let input = Value::Object(input);
            call.read_only(&|call| {
                let Some(operation) = catalog::operation(&invocation.action) else {
                    return Err(unknown(&invocation.action));
                };
                call.read(operation, &input)
            })
        }
        Asked::Composite(composite, Reading { task, input }) => {
            let mut call = Call::new(host, &task, budget_ms);
            call.read_only(&|call| call.compose(composite, &input))
        }
    }
}

/// The requests that an action makes when all goes well, as far as they are known before the first is sent: those of
/// one that is made of several calls are not.
///
/// # Errors
/// Every problem of the configuration or the input.
pub fn preview(configuration_json: &str, invocation: &Invocation) -> Result<Vec<Request>, Vec<Problem>> {
    let (action, input) = match invocation.read(configuration_json)? {
        Asked::Event(_) | Asked::Composite(..) => return Ok(Vec::new()),
        Asked::Read(Reading { input, .. }) => (&invocation.action, input),
        Asked::Change(task) => {
            let context = Context::new(&task.event, &task.configuration);
            let inputs = task.steps().next().and_then(|step| step.input(&context).ok());
            (&invocation.action, Input::object(&inputs.unwrap_or_default()))
        }
    };
    match catalog::operation(action) {
        Some(operation) => Ok(vec![operation.request(&input)?]),
        None => Ok(Vec::new()),
    }
}

impl Call<'_> {
    /// Carries out an action that is made of several calls and only reads.
    pub(super) fn compose(&mut self, composite: &Composite, input: &Map<String, Value>) -> Result<Value, Stop> {
        match composite.key {
            "slot.find_next" => find_next(self, input),
            "team.agenda" => agenda(self, input),
            "sync.reconcile" => reconcile(self, input),
            "connection.probe" => probe(self),
            _ => Err(not_here(composite)),
        }
    }

    /// Does something of which nothing is remembered. No request of it leaves after the call's own time.
    fn read_only(&mut self, read: &dyn Fn(&mut Self) -> Result<Value, Stop>) -> Result<Invoked, Failure> {
        let output = self.ledger.go_without_claim(self.host).and_then(|()| read(self));
        match output {
            Ok(output) => Ok(Invoked {
                receipt: self.reading_receipt(),
                output: Some(output),
            }),
            Err(stop) => Err(self.failure(stop.into_cause())),
        }
    }

    fn reading_receipt(&self) -> Receipt {
        let event = &self.task.event;
        let mut progress = self.seen().progress();
        progress.cost.add(self.uncounted);
        progress.warnings.clear();
        let action = self.task.steps().next().map(|step| step.action.clone());
        progress.applied.push(AppliedStep {
            name: STEP.to_owned(),
            action: action.unwrap_or_default(),
            id: None,
            outcome: Outcome::Done,
            answer: Map::new(),
            sent: None,
        });
        Receipt {
            event_id: event.id.clone(),
            subject: event.subject.clone(),
            progress,
        }
    }

    /// What was answered when the action was carried out, if that is remembered.
    fn remembered_output(&self) -> Option<Value> {
        serde_json::from_str(self.seen().output.as_deref()?).ok()
    }
}

fn unknown(action: &str) -> Stop {
    Stop::refused("unknown-action", format!("`{action}` is no action"))
}

fn not_here(composite: &Composite) -> Stop {
    let needs: Vec<_> = composite.needs.iter().map(|need| format!("`{need}`")).collect();
    let message = match composite.trigger {
        "" => format!(
            "`{}` cannot be asked for yet; until it can, use its parts: {}",
            composite.key,
            needs.join(", ")
        ),
        trigger => format!(
            "`{}` is what recipes of `{trigger}` do, and no step of one",
            composite.key
        ),
    };
    Stop::refused("not-ready", message)
}
