//! Carries out any action of the catalog that has no road of its own.

use serde_json::{Map, Value};

use super::call::Call;
use super::deliver::Delivery;
use super::marker::{marked, marked_line, marker, plain};
use super::messages::{self, Permission};
use super::outcome::{AppliedStep, Outcome, Reason};
use super::row::{Intent, Row};
use super::seen::Seen;
use super::stop::Stop;
use super::task::Task;
use super::unsaved::Unsaved;
use crate::api::{Effect, Operation, ReadBack, Repeat, ToldBy};
use crate::catalog;
use crate::ghl::{appointment, shown};
use crate::knock::{Warning, fingerprint};
use crate::recipe::Step;

/// What is said of a request whose effect nothing shows.
pub(super) const CANNOT_READ_BACK: &str = "cannot-read-back";

/// The triggers that say how something stands.
const SAY_STATE: [&str; 2] = ["knocker.availability_updated", "knocker.group_updated"];

/// The action that makes a task.
const TASK: &str = "contact.create_task";

/// After this something is looked for again that does not show yet.
const LOOK_AGAIN_MS: u64 = 5_000;

/// The longest answer that is remembered, in bytes.
const OUTPUT_KEPT: usize = 4 * 1024;

impl Call<'_> {
    /// Carries an action out once.
    pub(super) fn perform(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        if self.seen().has_given_up(&step.label) {
            return Err(cannot_tell(operation.key));
        }
        let mut input = self.input(step)?;
        if operation.key == messages::SEND && !self.task.is_invocation() {
            let now = self.ledger.now_ms(self.host);
            match messages::permission(self.task, &self.row, self.context.scope().zone, now, input) {
                Permission::Granted(permitted) => input = permitted,
                Permission::Denied(code, message) => {
                    self.warn(Warning::new(code, message));
                    // What was scheduled while they did consent must not come either.
                    let event_id = &self.task.event.id;
                    self.call_off(&|message| message.event_id == *event_id && message.step == step.label)?;
                    return Ok(());
                }
            }
        }
        match operation.repeat {
            Repeat::Safe => self.perform_safely(step, operation, &input),
            Repeat::ReadBack(read_back) => {
                if self.sent_before(step, operation, &input) {
                    return Ok(());
                }
                let seen = self.row.seen(&self.task.event.id);
                let (input, reference) = with_reference(self.task, seen, step, read_back, input);
                self.send_new(step, operation, input, Some(reference))
            }
            Repeat::Never => {
                if self.sent_before(step, operation, &input) {
                    return Ok(());
                }
                // What it said before the event was corrected must not come beside it.
                let event_id = &self.task.event.id;
                self.call_off(&|message| message.event_id == *event_id && message.step == step.label)?;
                if self.ledger.restored_ms().is_some() {
                    let message = "the store was put back from a copy: if this was done after the copy was made, it is \
                                   done twice now";
                    self.warn(Warning::new("perhaps-done-before", message));
                }
                match self.send_new(step, operation, input, None) {
                    Err(stop) if !self.task.is_invocation() && messages::is_do_not_disturb(&stop) => {
                        let message = "no message was sent: the contact does not want to be disturbed";
                        self.warn(Warning::new("do-not-disturb", message));
                        Ok(())
                    }
                    ended => ended,
                }
            }
        }
    }

    /// Whether the event did just this before it was corrected: then it is done.
    fn sent_before(&mut self, step: &Step, operation: &Operation, input: &Map<String, Value>) -> bool {
        let now = self.ledger.now_ms(self.host);
        let before = sent_before(self.task, &self.row, step, operation, input);
        let (Some(before), Some(seen)) = (before, self.row.seen_mut(&self.task.event.id)) else {
            return false;
        };
        let done = AppliedStep {
            name: step.label.clone(),
            outcome: Outcome::Unchanged,
            ..before
        };
        seen.apply(done, now);
        self.answer(&step.label);
        true
    }

    /// Doing it twice is doing it once, so nothing is remembered of it before it is done.
    pub(super) fn perform_safely(
        &mut self,
        step: &Step,
        operation: &'static Operation,
        input: &Map<String, Value>,
    ) -> Result<(), Stop> {
        let request = self.request(operation, input)?;
        self.advance_generation(input);
        let delivered = self.deliver(&request, Repeat::Safe)?;
        self.advance_generation(input);
        match delivered {
            Delivery::Done(mut reply) => {
                let id = operation.id_of(&reply).or_else(|| named(operation, input));
                if operation.effect == Effect::Read {
                    if !self.task.asks_for(operation) {
                        shown::read(operation.reply, &mut reply, self.likely_zone().as_ref());
                    }
                    // Nothing took effect. It is read again when the event has to go on later.
                    if let (Some(id), Value::Object(fields)) = (id, &mut reply) {
                        fields.insert("id".to_owned(), id.into());
                    }
                    self.context.set(&step.name, reply);
                    return Ok(());
                }
                self.unsaved = Some(Unsaved::repeatable(&self.task.event.id, step, input, id.clone()));
                self.note_applied(&step.label, operation.key, id, Outcome::Done);
                self.keep_answer(&step.label, &reply);
                self.answer(&step.label);
                self.output = Some(reply);
                Ok(())
            }
            Delivery::Refused(refusal) if operation.effect == Effect::Delete && refusal.kind.is_missing() => {
                let message = format!("there was nothing to delete: {}", refusal.words.message);
                self.warn(Warning::new("nothing-to-delete", message));
                self.note_applied(&step.label, operation.key, named(operation, input), Outcome::Unchanged);
                self.answer(&step.label);
                Ok(())
            }
            Delivery::Refused(refusal) if operation.effect == Effect::Read && refusal.kind.is_missing() => {
                self.wait_until_it_shows(input, operation.key)?;
                Err(self.refused(operation, &refusal))
            }
            Delivery::Refused(refusal) => {
                self.forget_missing_calendar(operation, &refusal);
                Err(self.refused(operation, &refusal))
            }
            Delivery::Unknown(why) => Err(Stop::deferred(Reason::Unavailable, why, 10_000)),
        }
    }

    /// Comes again later while what an earlier step made, and this input names, may not show yet.
    pub(super) fn wait_until_it_shows(&mut self, input: &Map<String, Value>, what: &str) -> Result<(), Stop> {
        let Some(shows_in_ms) = self.shows_in_ms(input) else {
            return Ok(());
        };
        let message = format!("`{what}` does not show yet what an earlier step made");
        Err(Stop::deferred(
            Reason::Settling,
            message,
            shows_in_ms.min(LOOK_AGAIN_MS),
        ))
    }

    /// When at the latest something shows that an earlier step of the event made and that this input names; nothing when
    /// it must show by now.
    fn shows_in_ms(&mut self, input: &Map<String, Value>) -> Option<u64> {
        let seen = self.seen();
        let made = |value: &Value| seen.applied.iter().any(|step| step.id.as_deref() == value.as_str());
        if !input.values().any(|value| value.is_string() && made(value)) {
            return None;
        }
        let shows_ms = seen.applied_ms + self.task.configuration.settle_ms;
        shows_ms
            .checked_sub(self.ledger.now_ms(self.host))
            .filter(|left| *left > 0)
    }

    /// Nothing shows what became of a request: it is not sent again, and a person has to look.
    pub(super) fn give_up(&mut self, intent: &Intent) -> Stop {
        self.row.intent = None;
        if let Some(seen) = self.row.seen_mut(&intent.event_id) {
            seen.given_up = true;
            seen.given_up_steps.push(intent.step.clone());
            // Corrected, the event would not send just this again.
            seen.before.push(AppliedStep {
                name: intent.step.clone(),
                action: intent.action.clone(),
                id: None,
                outcome: Outcome::Unchanged,
                answer: Map::new(),
                sent: name_of_sent(&intent.action, &intent.input, intent.marker.as_deref()),
            });
        }
        cannot_tell(&intent.action)
    }

    /// Keeps what an action answered, unless that is long.
    pub(super) fn keep_output(&mut self) {
        let Some(output) = self.output.as_ref().map(Value::to_string) else {
            return;
        };
        if !self.task.is_invocation() {
            return;
        }
        if let Some(seen) = self.row.seen_mut(&self.task.event.id) {
            seen.output = Some(output).filter(|output| output.len() <= OUTPUT_KEPT);
        }
    }
}

/// The id that an input names: the last one in the path.
fn named(operation: &Operation, input: &Map<String, Value>) -> Option<String> {
    let name = operation.path.rsplit('{').next()?.split('}').next()?;
    Some(input.get(name)?.as_str()?.to_owned())
}

/// The input with the reference by which its effect is recognised, where there is a text that may have one, and the
/// reference.
///
/// What a corrected event says otherwise has a reference of its own, for what it said before has one already.
pub(super) fn with_reference(
    task: &Task,
    seen: Option<&Seen>,
    step: &Step,
    read_back: &ReadBack,
    mut input: Map<String, Value>,
) -> (Map<String, Value>, String) {
    let mut what = format!("{}/{}", task.event.id, step.label);
    if seen.is_some_and(|seen| seen.has_sent_before(&task.event, &step.label)) {
        let name = name_of_sent(&step.action, &input, None).unwrap_or_default();
        what = format!("{what}/{name}");
    }
    let reference = marker(&task.configuration.location_id, &task.event.subject, &what, 1);
    if let ToldBy::Reference(name) = read_back.told_by {
        let text = input.get(name).and_then(Value::as_str);
        let text = match name {
            "title" | "name" => marked_line(text, &reference),
            _ => marked(text, &reference),
        };
        input.insert(name.to_owned(), text.into());
    }
    (input, reference)
}

/// What the event did before it was corrected, if that was just this.
///
/// An event that says how something stands says it whole each time, and GHL is compared with it: what was done for an
/// earlier one may have been undone since. A task alone nothing compares, so it is made for the first of them.
pub(super) fn sent_before(
    task: &Task,
    row: &Row,
    step: &Step,
    operation: &Operation,
    input: &Map<String, Value>,
) -> Option<AppliedStep> {
    let says_state = SAY_STATE.contains(&task.event.happening.trigger());
    if says_state && operation.key != TASK {
        return None;
    }
    let name = name_of_sent(operation.key, input, None)?;
    row.sent_before(&task.event, &step.label, &name, says_state)
}

/// Name of what an action sends, whenever that goes out; nothing of what may be done again, and of bookings, which have
/// roads of their own. The reference that was added to it is no part of it.
pub(super) fn name_of_sent(action: &str, input: &Map<String, Value>, marker: Option<&str>) -> Option<String> {
    let repeat = catalog::operation(action)?.repeat;
    if matches!(repeat, Repeat::Safe) || [appointment::CREATE.key, appointment::UPDATE.key].contains(&action) {
        return None;
    }
    let mut content = input.clone();
    content.remove(messages::AT);
    if let Repeat::ReadBack(ReadBack {
        told_by: ToldBy::Reference(name),
        ..
    }) = repeat
    {
        let text = content
            .get(*name)
            .and_then(Value::as_str)
            .map(|text| plain(text, marker));
        content.remove(*name);
        content.extend(
            text.filter(|text| !text.is_empty())
                .map(|text| ((*name).to_owned(), text.into())),
        );
    }
    Some(fingerprint(&[action, &Value::Object(content).to_string()]))
}

fn cannot_tell(action: &str) -> Stop {
    Stop::undecided(
        CANNOT_READ_BACK,
        format!(
            "the answer to `{action}` was lost, and nothing that can be read shows whether it took effect; look in GHL, \
             and ask for it again under another key if it did not"
        ),
    )
}
