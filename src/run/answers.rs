//! What steps answer, for the steps after them.

use serde_json::{Map, Value};

use super::call::Call;
use super::task::{Task, show_booking};
use crate::document::set_at;
use crate::ghl::contact;
use crate::recipe::Context;

/// The longest part of an answer that is remembered, in bytes.
const PART_KEPT: usize = 1024;

impl Call<'_> {
    /// Makes the answer of a step that took effect visible to later steps, as far as it is remembered.
    pub(super) fn answer(&mut self, label: &str) {
        let seen = self.seen();
        let Some(applied) = seen.applied(label) else {
            return;
        };
        let mut answer = Value::Object(Map::new());
        for (path, value) in &applied.answer {
            set_at(&mut answer, path, value.clone());
        }
        if let (Some(id), Value::Object(fields)) = (&applied.id, &mut answer) {
            fields.insert("id".to_owned(), id.clone().into());
        }
        self.context.set(name_of(label), answer);
        show_booking(&mut self.context, &self.row, &self.task.event);
    }

    /// Remembers of what a step was answered what later steps use.
    pub(super) fn keep_answer(&mut self, label: &str, reply: &Value) {
        let mut kept = Map::new();
        for path in used(self.task, name_of(label)) {
            let mut part = Some(reply);
            for name in path.split('.') {
                part = part.and_then(|part| part.get(name));
            }
            if let Some(part) = part.filter(|part| part.to_string().len() <= PART_KEPT) {
                kept.insert(path, part.clone());
            }
        }
        let seen = self.row.seen_mut(&self.task.event.id);
        if let Some(applied) = seen.and_then(|seen| seen.applied.iter_mut().find(|applied| applied.name == label)) {
            applied.answer = kept;
        }
    }
}

/// The name by which later steps know a step: the last part of its label that is no turn of it.
pub(super) fn name_of(label: &str) -> &str {
    let is_turn = |part: &&str| part.starts_with(|letter: char| letter.is_ascii_digit() || letter == '#');
    let mut parts = label.rsplit('/').filter(|part| !is_turn(part));
    parts.next().unwrap_or(label)
}

/// What stands in for an answer that is not there yet: the place of each part that is used.
pub(super) fn pending(task: &Task, context: &mut Context, name: &str) {
    let mut answer = Value::Object(Map::new());
    let used = used(task, name);
    // Mostly there is none of it.
    let used = used
        .iter()
        .map(String::as_str)
        .filter(|path| *path != contact::AS_GIVEN);
    for path in used.chain(["id"]) {
        set_at(&mut answer, path, format!("${{{name}.{path}}}").into());
    }
    context.set(name, answer);
}

/// The dotted paths within the answer of a step that any step uses, beside its id.
fn used(task: &Task, name: &str) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    for step in task.steps() {
        step.paths(&mut |path, _| {
            if path.root != name {
                return;
            }
            let names = path.names();
            let within = names.get(1..).unwrap_or_default().join(".");
            if !within.is_empty() && within != "id" && !used.contains(&within) {
                used.push(within);
            }
        });
    }
    used
}
