//! All that is known of one action or trigger.

use host_harness::contract::{Action, Catalog, Invocation, PlannedRequest, Trigger};
use host_harness::emulator::Seed;
use host_harness::engine::Plugin;
use serde_json::{Value, json};

use super::fields::{Row, rows};
use super::keys;
use crate::command::exit::Exit;
use crate::command::print::{self, BOLD, DIM, ODD};
use crate::command::terminal::println;

pub(super) async fn show(plugin: &Plugin, catalog: &Catalog, key: &str, json: bool) -> Result<(), Exit> {
    let action = catalog.actions.iter().find(|action| action.key == key);
    if let Some(action) = action {
        let requests = example_requests(plugin, action).await?;
        if json {
            print::document(&json!({ "action": action, "example_requests": requests }));
        } else {
            show_action(action, &requests);
        }
        return Ok(());
    }
    let Some(trigger) = catalog.triggers.iter().find(|trigger| trigger.key == key) else {
        return Err(Exit::misused(match knockcal::document::nearest(key, keys(catalog)) {
            Some(near) => format!("`{key}` is not in the catalog; did you mean `{near}`?"),
            None => format!("`{key}` is not in the catalog; `knock catalog` shows all of it"),
        }));
    };
    if json {
        print::document(&json!({ "trigger": trigger }));
    } else {
        show_trigger(trigger);
    }
    Ok(())
}

/// The requests that the example makes.
async fn example_requests(plugin: &Plugin, action: &Action) -> Result<Vec<PlannedRequest>, Exit> {
    // The example is about the emulator, which answers Active Knocker's calls as well.
    let configuration = json!({
        "location_id": Seed::DEMO_LOCATION,
        "actions": [action.key],
        "knocker": { "base_url": "http://localhost" },
    });
    let invocation = Invocation {
        action: action.key.clone(),
        input: action.example.clone(),
        subject: None,
        key: None,
    };
    let requests = plugin.preview(&configuration.to_string(), &invocation).await;
    match requests.map_err(|error| Exit::failed(error.to_string()))? {
        Ok(requests) => Ok(requests),
        Err(problems) => {
            let sentences: Vec<_> = problems.iter().map(ToString::to_string).collect();
            Err(Exit::failed(format!(
                "the example is not a valid input: {}",
                sentences.join("; ")
            )))
        }
    }
}

fn show_action(action: &Action, requests: &[PlannedRequest]) {
    println!("{BOLD}{}{BOLD:#}  {}", action.key, action.title);
    about(&action.about);
    println!();
    if let Some(call) = &action.call {
        let version = call.version.as_ref().map(|version| format!("Version: {version}"));
        line(
            "call",
            &format!("{} {}", call.method, call.path),
            version.as_deref().unwrap_or_default(),
        );
        line("", &format!("`{}` of {}", call.operation_id, action.provider), "");
    }
    let effect = action.effect.word();
    match action.effect.is_final() {
        true => println!(
            "  {:10}{ODD}{effect}{ODD:#}  cannot be taken back: `knock invoke` wants `--yes`",
            "effect"
        ),
        false => line("effect", effect, ""),
    }
    line(
        "repeat",
        action.repeat.word(),
        action.read_back.as_deref().unwrap_or_default(),
    );
    if let Some((own, others)) = action.scopes.split_first() {
        line("scope", own, "");
        for other in others {
            line("", other, "to read its effect back, or for its parts");
        }
    }
    if !action.uses.is_empty() {
        line("uses", &action.uses.join(", "), "");
    }
    line("requests", &action.price, "");
    if !action.ready {
        println!(
            "  {:10}{ODD}not yet{ODD:#}  it waits for recipes; its parts can be used",
            "ready"
        );
    }
    table("input", &rows(&action.input_schema));
    table("answer", &rows(&action.output_schema));
    if action.ready {
        println!();
        println!("{BOLD}example{BOLD:#}");
        let yes = if action.effect.is_final() { " --yes" } else { "" };
        println!(
            "  knock invoke {} --config knock.toml{yes} --input '{}'",
            action.key, action.example
        );
    }
    for request in requests {
        println!();
        println!("  {} {}", request.method, request.target);
        if let Some(body) = &request.body {
            println!("  {DIM}{body}{DIM:#}");
        }
    }
}

fn show_trigger(trigger: &Trigger) {
    println!("{BOLD}{}{BOLD:#}  {}", trigger.key, trigger.title);
    about(&trigger.about);
    println!();
    line("source", &trigger.source, "");
    if let Some(scope) = &trigger.scope {
        line("scope", scope, "");
    }
    if !trigger.ready {
        println!("  {:10}{ODD}not yet{ODD:#}  events of it are not handled yet", "ready");
    }
    table("data", &rows(&trigger.data_schema));
    println!();
    println!("{BOLD}example{BOLD:#}");
    let example: &Value = &trigger.example;
    println!("  {example}");
}

fn about(text: &str) {
    for line in text.lines() {
        println!("{line}");
    }
}

fn line(name: &str, value: &str, more: &str) {
    match more {
        "" => println!("  {name:10}{value}"),
        more => println!("  {name:10}{value}  {DIM}{more}{DIM:#}"),
    }
}

fn table(title: &str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    println!();
    println!("{BOLD}{title}{BOLD:#}");
    let width = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (names, kinds) = (width(|row| &row.name), width(|row| &row.kind).min(32));
    for row in rows {
        let mark = if row.required { "*" } else { " " };
        let line = format!("  {:names$} {mark} {:kinds$}  {}", row.name, row.kind, row.about);
        println!("{}", line.trim_end());
    }
}
