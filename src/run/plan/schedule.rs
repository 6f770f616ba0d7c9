//! Messages that go out later, and those that are called off.

use serde_json::{Map, Value};

use super::{PlannedStep, Planner, request};
use crate::recipe::Input;
use crate::run::row::Scheduled;
use crate::run::stop::Stop;

impl Planner<'_> {
    /// Plans that those messages are called off that are meant and have not gone out.
    pub(super) fn call_off(&mut self, is_meant: &dyn Fn(&Scheduled) -> bool) -> Result<(), Stop> {
        let now_ms = self.now_ms;
        let to_come = self.row.scheduled.iter().filter(|message| message.at_ms > now_ms);
        for message in to_come.filter(|message| is_meant(message)) {
            let Some((operation, input)) = message.call_off() else {
                continue;
            };
            let inputs = input.into_iter().map(|(name, value)| Input {
                name,
                value,
                origin: "message that was scheduled".to_owned(),
            });
            let inputs: Vec<_> = inputs.collect();
            self.steps.push(PlannedStep {
                name: message.label(),
                action: operation.key.to_owned(),
                request: Some(request(operation, &inputs, self.task, &self.context)?),
                inputs,
                reason: format!("`{}`", operation.operation_id),
            });
        }
        Ok(())
    }
}

/// Shows when a message is sent that would come at night.
pub(super) fn note_schedule(inputs: &mut Vec<Input>, permitted: Map<String, Value>) {
    for (name, value) in permitted {
        match inputs.iter_mut().find(|input| input.name == name) {
            Some(input) if input.value == value => {}
            Some(input) => input.value = value,
            None => inputs.push(Input {
                name,
                value,
                origin: "quiet hours".to_owned(),
            }),
        }
    }
}
