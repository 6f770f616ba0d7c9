//! What several bookings share: an event of its own, with a row of its own in the ledger, that is carried out in the
//! middle of the one that needs it.

use serde_json::{Map, Value};

use super::call::Call;
use super::outcome::{AppliedStep, Cause, Failure, Reason};
use super::stop::Stop;
use super::task::{Task, recipes};
use crate::document::Problem;
use crate::knock::{Event, Happening, fingerprint};

/// Something that is shared, once it is as it should be.
pub(super) struct Shared {
    applied: Vec<AppliedStep>,
    /// What the last step answered, if this call carried it out.
    pub(super) output: Option<Value>,
    /// When it was done, by the store's clock.
    pub(super) done_ms: u64,
    /// Whether this call sent anything for it.
    pub(super) is_new: bool,
}

impl Shared {
    /// The id of what a step made, changed or found.
    pub(super) fn id_of(&self, step: &str) -> Option<&str> {
        let applied = self.applied.iter().find(|applied| applied.name == step);
        applied?.id.as_deref()
    }
}

impl Call<'_> {
    /// Carries out what follows from `trigger` with these fields, once for the thing `about` and the `id`, whoever asks
    /// for it. While another call does it, this one waits.
    pub(super) fn share(
        &mut self,
        trigger: &str,
        about: &str,
        id: &str,
        fields: Map<String, Value>,
    ) -> Result<Shared, Stop> {
        let configuration = self.task.configuration.clone();
        let event = Event {
            id: format!("{trigger}/{id}"),
            subject: format!("{trigger}/{}", fingerprint(&[about])),
            occurred_ms: Event::NOW_MS,
            expires_at: self.task.event.expires_at,
            notify: self.task.event.notify,
            fingerprint: fingerprint(&[trigger, id]),
            data: Value::Object(fields.clone()),
            happening: Happening::Other(trigger.to_owned(), fields),
            warnings: Vec::new(),
        };
        let task = recipes(&configuration, trigger).and_then(|recipes| Task::of(configuration, recipes, event));
        let task = task.map_err(|problems| invalid(trigger, &problems))?;
        loop {
            match self.carry_out_shared(&task) {
                Err(Cause::Deferred {
                    reason: Reason::Busy,
                    message,
                    after_ms,
                }) => {
                    let pause = after_ms + self.host.random() % 100;
                    if self.remaining_ms() <= pause {
                        return Err(Stop::deferred(Reason::Busy, message, after_ms));
                    }
                    self.host.sleep_ms(pause);
                }
                ended => return ended.map_err(Stop::failed),
            }
        }
    }

    fn carry_out_shared(&mut self, task: &Task) -> Result<Shared, Cause> {
        let budget_ms = u32::try_from(self.remaining_ms()).unwrap_or(u32::MAX);
        let mut call = Call::new(&mut *self.host, task, budget_ms);
        let ended = call.run();
        let (requests, output, done_ms) = (call.requests, call.output.take(), call.seen().applied_ms);
        self.uncounted.requests += requests;
        self.requests += requests;
        match ended {
            Ok(receipt) => {
                for warning in receipt.progress.warnings {
                    self.warn(warning);
                }
                Ok(Shared {
                    applied: receipt.progress.applied,
                    output,
                    done_ms,
                    is_new: requests > 0,
                })
            }
            Err(Failure::Stopped { cause, .. }) => Err(cause),
            Err(Failure::Invalid { problems }) => Err(invalid(&task.event.id, &problems).into_cause()),
        }
    }

    /// What was done for something shared is done for this event, too, if this call did it.
    pub(super) fn note_shared(&mut self, shared: &Shared, trigger: &str) {
        for step in shared.applied.iter().filter(|_| shared.is_new) {
            let name = format!("{trigger}/{}", step.name);
            self.note_applied(&name, &step.action, step.id.clone(), step.outcome);
        }
    }
}

fn invalid(trigger: &str, problems: &[Problem]) -> Stop {
    let sentences: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    Stop::refused("recipe-fails", format!("`{trigger}`: {}", sentences.join("; ")))
}
