//! What people and programs read.

use std::net::SocketAddr;

use anstyle::AnsiColor;
use chrono::{Local, SecondsFormat, TimeDelta};
use host_harness::contract::{AppliedStep, Deferred, Failure, Outcome, Plan, Problem, Receipt, Visit, Warning};
use host_harness::emulator::{Seed, WEBHOOK_PUBLIC_KEY, WebhookUrl};
use serde::Serialize;
use serde_json::json;

use super::exit::{BAD, error};
use crate::command::terminal::{self, Style, eprintln, println};

pub(super) const BOLD: Style = Style::new(anstyle::Style::new().bold());
pub(super) const DIM: Style = Style::new(anstyle::Style::new().dimmed());
pub(super) const GOOD: Style = Style::new(AnsiColor::Green.on_default().bold());
pub(super) const ODD: Style = Style::new(AnsiColor::Yellow.on_default().bold());

/// One document for programs.
pub(super) fn document(value: &(impl Serialize + ?Sized)) {
    if let Err(failed) = terminal::document(value) {
        error(&format!("the result cannot be written as JSON: {failed}"));
    }
}

pub(super) fn receipt(receipt: &Receipt, sent: u32, json: bool) {
    if json {
        return document(receipt);
    }
    println!(
        "{GOOD}done{GOOD:#}  event `{}`, subject `{}`",
        receipt.event_id, receipt.subject
    );
    visit(receipt.visit.as_deref());
    steps(&receipt.applied);
    warnings(&receipt.warnings);
    println!("{}", taken(sent, receipt));
}

/// What an event or an action took.
fn taken(sent: u32, receipt: &Receipt) -> String {
    match (sent, receipt.requests) {
        (_, 0) => "nothing had to be sent".to_owned(),
        (0, before) => format!("nothing was sent: it was done before, with {}", count(before)),
        (_, requests) => count(requests),
    }
}

/// An action that was carried out, before what it answered.
pub(super) fn invoked(receipt: &Receipt, sent: u32) {
    for step in &receipt.applied {
        let id = step.id.as_deref().unwrap_or_default();
        println!("{GOOD}{}{GOOD:#}  {}  {id}", outcome(step), step.action);
    }
    warnings(&receipt.warnings);
    println!("{DIM}{}{DIM:#}", taken(sent, receipt));
}

/// A failure; `place` says of a problem what it is and where.
pub(super) fn failure(failure: &Failure, place: impl Fn(&Problem) -> String, json: bool) {
    if json {
        return document(failure);
    }
    match failure {
        Failure::PermanentInvalid(invalid) => {
            println!("{BAD}invalid{BAD:#}  nothing was sent");
            for problem in &invalid.problems {
                println!("  {}", place(problem));
            }
        }
        Failure::PermanentRefused(refused) => {
            println!(
                "{BAD}refused{BAD:#}  {} {DIM}({}){DIM:#}",
                refused.message, refused.code
            );
            if let Some(reply) = &refused.reply {
                println!("  GHL answered {} `{}`", reply.status, reply.message);
                if let Some(trace_id) = &reply.trace_id {
                    println!("  {DIM}trace id {trace_id}{DIM:#}");
                }
            }
            visit(refused.visit.as_deref());
            rest(&refused.applied, &refused.warnings, refused.requests);
        }
        Failure::PermanentUndecided(undecided) => {
            println!(
                "{ODD}undecided{ODD:#}  {} {DIM}({}){DIM:#}",
                undecided.message, undecided.code
            );
            visit(undecided.visit.as_deref());
            rest(&undecided.applied, &undecided.warnings, undecided.requests);
        }
        Failure::PermanentExpired(expired) => {
            println!(
                "{BAD}expired{BAD:#}  the event was worth doing until {}",
                expired.when()
            );
            visit(expired.visit.as_deref());
            rest(&expired.applied, &expired.warnings, expired.requests);
        }
        Failure::Deferred(deferred) => {
            println!(
                "{ODD}deferred{ODD:#}  {}; nothing is lost, run it again in {}, at {}",
                deferred.message,
                deferred.wait(),
                until(deferred)
            );
            visit(deferred.visit.as_deref());
            rest(&deferred.applied, &deferred.warnings, deferred.requests);
        }
    }
}

/// A deferred event that the inbox runs again by itself.
pub(super) fn deferral(deferred: &Deferred, again: &str) {
    println!("{ODD}deferred{ODD:#}  {}; it is run again {again}", deferred.message);
    visit(deferred.visit.as_deref());
    rest(&deferred.applied, &deferred.warnings, deferred.requests);
}

/// When a wait that begins now ends, with the offset of this machine's zone.
fn until(deferred: &Deferred) -> String {
    let wait = TimeDelta::milliseconds(i64::try_from(deferred.after_ms).unwrap_or(i64::MAX));
    let until = Local::now().checked_add_signed(wait);
    until.map_or_else(
        || "no time".to_owned(),
        |until| until.to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}

/// Progress, on standard error.
pub(super) fn waiting(deferred: &Deferred) {
    eprintln!("{DIM}waiting {}: {}{DIM:#}", deferred.wait(), deferred.message);
}

pub(super) fn plan(plan: &Plan, json: bool) {
    if json {
        return document(plan);
    }
    println!("event `{}`, subject `{}`", plan.event_id, plan.subject);
    visit(plan.visit.as_deref());
    for (index, step) in plan.steps.iter().enumerate() {
        println!();
        println!("{BOLD}{}. {}{BOLD:#}  {}", index + 1, step.name, step.action);
        match &step.request {
            Some(request) => println!("   {} {}", request.method, request.target),
            None => println!("   no request: {}", step.reason),
        }
        let width = step.fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
        for field in &step.fields {
            println!(
                "   {:width$} = {}  {DIM}{}{DIM:#}",
                field.name, field.value, field.origin
            );
        }
    }
    println!();
    warnings(&plan.warnings);
    println!("{}; nothing was sent", count(plan.requests));
}

pub(super) fn emulator(address: SocketAddr, seed: &Seed, webhooks: Option<&WebhookUrl>, json: bool) {
    let url = format!("http://{address}");
    let token = seed.tokens.iter().find(|token| token.is_good());
    let token = token.map(|token| token.token.as_str());
    if json {
        return document(&json!({
            "base_url": url,
            "location_id": seed.location.id,
            "token": token,
            "calendars": seed.calendars.iter().map(|calendar| json!({
                "id": calendar.id, "name": calendar.name,
            })).collect::<Vec<_>>(),
            "control": format!("{url}/__emulator"),
            "webhooks": webhooks.map(ToString::to_string),
            "webhook_public_key": WEBHOOK_PUBLIC_KEY,
        }));
    }
    println!("{BOLD}a GHL in memory{BOLD:#} on {url}, until Ctrl-C");
    println!(
        "  location  {}  {DIM}{}{DIM:#}",
        seed.location.id, seed.location.time_zone
    );
    println!("  token     {}", token.unwrap_or("-"));
    for calendar in &seed.calendars {
        println!("  calendar  {}  {}", calendar.id, calendar.name);
    }
    if let Some(webhooks) = webhooks {
        println!("  webhooks  {webhooks}  {DIM}signed: {WEBHOOK_PUBLIC_KEY}{DIM:#}");
    }
    println!();
    println!("try it from another terminal:");
    println!("  export KNOCK_SECRET_GHL_TOKEN={}", token.unwrap_or("-"));
    println!("  knock run --base-url {url} --config knock.toml --event event.json");
    println!("  curl {url}/__emulator");
}

/// The first line of `knock serve`. Programs that start it read the address from it.
pub(super) fn serving(url: &str, connections: Vec<String>, in_shadow: Vec<String>, warnings: &[String], json: bool) {
    if json {
        let line = json!({ "address": url, "connections": connections, "shadow": in_shadow, "warnings": warnings });
        if let Err(failed) = terminal::document_in_a_line(&line) {
            error(&format!("the address cannot be written as JSON: {failed}"));
        }
        return;
    }
    println!("listening on {url}");
    match connections.as_slice() {
        [only] => println!("serving connection {only}, until Ctrl-C"),
        many => println!("serving {} connections, until Ctrl-C", many.len()),
    }
    if !in_shadow.is_empty() {
        println!("in shadow, where nothing is sent: {}", in_shadow.join(", "));
    }
    for warning in warnings {
        println!("{ODD}warning{ODD:#}  {warning}");
    }
}

fn rest(applied: &[AppliedStep], all: &[Warning], requests: u32) {
    steps(applied);
    warnings(all);
    println!("{}", count(requests));
}

/// Which visit it is, in words.
pub(super) fn visit(visit: Option<&Visit>) {
    let Some(visit) = visit else { return };
    match &visit.lead {
        Some(lead) => println!("  {BOLD}{}{BOLD:#}  {DIM}with {lead}{DIM:#}", visit.summary),
        None => println!("  {BOLD}{}{BOLD:#}", visit.summary),
    }
}

/// The steps that took effect, in columns.
pub(super) fn steps(applied: &[AppliedStep]) {
    let width = |text: fn(&AppliedStep) -> &str| applied.iter().map(|step| text(step).len()).max().unwrap_or(0);
    let (names, actions) = (width(|step| &step.name), width(|step| &step.action));
    for step in applied {
        let outcome = outcome(step);
        println!(
            "  {:names$}  {:actions$}  {}  {DIM}{outcome}{DIM:#}",
            step.name,
            step.action,
            step.id.as_deref().unwrap_or("-")
        );
    }
}

fn outcome(step: &AppliedStep) -> &'static str {
    match step.outcome {
        Outcome::Done => "done",
        Outcome::Found => "found: its answer was lost",
        Outcome::Unchanged => "unchanged",
        Outcome::Superseded => "superseded by a newer change",
        Outcome::KeptTheirs => "kept as edited in GHL",
    }
}

pub(super) fn warnings(all: &[Warning]) {
    for warning in all {
        println!(
            "  {ODD}warning{ODD:#}  {} {DIM}({}){DIM:#}",
            warning.message, warning.code
        );
    }
}

/// A number of requests.
pub(super) fn count(requests: u32) -> String {
    match requests {
        0 => "no request".to_owned(),
        1 => "1 request".to_owned(),
        more => format!("{more} requests"),
    }
}
