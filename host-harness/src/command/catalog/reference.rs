//! The whole catalog as one Markdown document.

use std::fmt::Write as _;

use host_harness::contract::{Action, Catalog, Trigger};
use serde_json::Value;

use super::fields::rows;
use crate::command::terminal;

pub(super) fn print(catalog: &Catalog) {
    terminal::block(&document(catalog));
}

fn document(catalog: &Catalog) -> String {
    let (actions, triggers) = (catalog.actions.len(), catalog.triggers.len());
    let mut text = format!("# Catalog: {actions} actions, {triggers} triggers\n");
    for group in catalog.actions.chunk_by(|one, next| one.group() == next.group()) {
        let _ = write!(text, "\n## {}\n", group.first().map_or("", Action::group));
        for action in group {
            describe(&mut text, action);
        }
    }
    text.push_str("\n## Triggers\n");
    for trigger in &catalog.triggers {
        describe_trigger(&mut text, trigger);
    }
    text
}

fn describe(text: &mut String, action: &Action) {
    heading(text, &action.key, &action.title, &action.about);
    if let Some(call) = &action.call {
        let version = call.version.as_deref().map(|version| format!(", `Version: {version}`"));
        let version = version.unwrap_or_default();
        let _ = writeln!(
            text,
            "`{} {}`{version} (`{}`)  ",
            call.method, call.path, call.operation_id
        );
    }
    let _ = write!(text, "effect {}, repeat {}", action.effect.word(), action.repeat.word());
    if let Some(read_back) = &action.read_back {
        let _ = write!(text, " with {read_back}");
    }
    let scopes: Vec<_> = action.scopes.iter().map(|scope| format!("`{scope}`")).collect();
    if !scopes.is_empty() {
        let _ = write!(text, ", scopes {}", scopes.join(", "));
    }
    let _ = writeln!(text, ", requests: {}", action.price);
    if !action.ready {
        text.push_str("\nNot yet: it waits for recipes.\n");
    }
    fields(text, "input", &action.input_schema);
    example(text, &action.example);
}

fn describe_trigger(text: &mut String, trigger: &Trigger) {
    heading(text, &trigger.key, &trigger.title, &trigger.about);
    let _ = write!(text, "from {}", trigger.source);
    if let Some(scope) = &trigger.scope {
        let _ = write!(text, ", scope `{scope}`");
    }
    text.push('\n');
    fields(text, "data", &trigger.data_schema);
    example(text, &trigger.example);
}

fn heading(text: &mut String, key: &str, title: &str, about: &str) {
    let _ = write!(text, "\n### `{key}`: {title}\n\n");
    if !about.is_empty() {
        let _ = write!(text, "{about}\n\n");
    }
}

fn fields(text: &mut String, title: &str, schema: &Value) {
    let rows = rows(schema);
    if rows.is_empty() {
        return;
    }
    let _ = write!(text, "\n| {title} | holds | meaning |\n|---|---|---|\n");
    for row in rows {
        let required = if row.required { ", required" } else { "" };
        let kind = row.kind.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| `{}` | {kind}{required} | {} |",
            row.name,
            row.about.replace('|', "\\|")
        );
    }
}

fn example(text: &mut String, example: &Value) {
    let _ = write!(text, "\n```json\n{example}\n```\n");
}
