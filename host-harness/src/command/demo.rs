//! `knock demo`: the newcomer's first minute.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use host_harness::contract::{Event, Failure, Receipt};
use host_harness::egress::{Exchange, Tap};
use host_harness::emulator::{Effect, End, Fault, Seed};
use host_harness::engine::EngineOptions;
use host_harness::rehearsal::{Rehearsal, Stage};
use http::StatusCode;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::Options;
use super::connect::load;
use super::exit::{BAD, Exit};
use super::print::{self, BOLD, DIM, GOOD};
use crate::command::terminal::println;

/// Monday, 3 June 2030, 8:00 in Chicago. The demo's clocks stand there, so that it shows the same to everybody.
const NOW_MS: u64 = 1_906_722_000_000;

/// How much of a body is shown.
const SHOWN: usize = 150;

/// Shows the whole thing at work, without an account anywhere.
pub(super) async fn demo(options: &Options) -> Result<(), Exit> {
    if options.base_url.is_some() || options.state.is_some() {
        return Err(Exit::misused(
            "`knock demo` brings its own GHL and forgets it at the end; `--base-url` and `--state` are for `knock run`",
        ));
    }
    let scenes = Scenes::set_up(options).await?;
    let mut report = Vec::new();
    for (title, scene) in [
        ("A lead is booked at the door", Scene::Booked),
        ("The same event comes again", Scene::Again),
        ("The answer to a booking is lost", Scene::LostReply),
        ("The slot is taken", Scene::SlotTaken),
    ] {
        if !options.json {
            println!();
            println!("{BOLD}── {title} ──{BOLD:#}");
        }
        report.push(json!({ "scene": title, "result": scenes.play(&scene).await? }));
    }
    if options.json {
        print::document(&report);
    } else {
        println!();
        println!(
            "{GOOD}That is the whole road.{GOOD:#} Next: `knock emulator`, and `knock run` from another terminal."
        );
    }
    Ok(())
}

enum Scene {
    Booked,
    Again,
    LostReply,
    SlotTaken,
}

struct Scenes {
    rehearsal: Rehearsal,
    wire: Arc<Wire>,
    json: bool,
}

impl Scenes {
    async fn set_up(options: &Options) -> Result<Self, Exit> {
        let configuration = json!({
            "location_id": Seed::DEMO_LOCATION,
            "time_zone": "America/Chicago",
            "calendar_id": Seed::DANA_CLOSER,
            "reps": [{ "name": "Dana Whitfield", "email": "dana@example.com", "user_id": Seed::DANA }],
        });
        let plugin = load(options, EngineOptions::default())?;
        let wire = Arc::new(Wire::default());
        let stage = Stage {
            tap: Some(wire.clone()),
            ..Stage::new(Seed::demo(), NOW_MS)
        };
        let rehearsal = Rehearsal::new(plugin, configuration, stage).await;
        Ok(Self {
            rehearsal: rehearsal.map_err(|error| Exit::failed(error.to_string()))?,
            wire,
            json: options.json,
        })
    }

    async fn play(&self, scene: &Scene) -> Result<Value, Exit> {
        let event = match scene {
            Scene::Booked | Scene::Again => lead(
                "Ann Lee",
                "(512) 555-0142",
                "12 Oak St",
                "10:00",
                "Hail damage on the south side",
            ),
            Scene::LostReply => lead("Ben Ortiz", "(512) 555-0143", "19 Elm St", "13:00", "Gutters are down"),
            Scene::SlotTaken => lead(
                "Cleo Park",
                "(512) 555-0144",
                "7 Pine Ct",
                "10:00",
                "Wants a quote before Friday",
            ),
        };
        match scene {
            Scene::Booked => {
                self.show_event(&event);
                self.show_plan(&event).await?;
            }
            Scene::LostReply => {
                let lost = Effect::StatusAfterCommit(StatusCode::GATEWAY_TIMEOUT.into());
                let fault = Fault::on("appointment.create", lost).map_err(|error| Exit::failed(error.to_string()))?;
                self.rehearsal.server.with(|ghl| ghl.inject(fault));
                self.say("GHL will book the visit, and answer 504 all the same. A second try would book it twice.");
            }
            Scene::Again => self.say("Somebody pressed the button twice, or a queue delivered twice."),
            Scene::SlotTaken => self.say("Another rep promises Dana's ten o'clock to another homeowner."),
        }
        let outcome = self.rehearsal.connection.handle(&event, Duration::from_secs(20)).await;
        let outcome = outcome.map_err(|error| Exit::failed(error.to_string()))?;
        let exchanges = self.wire.take();
        if !self.json {
            show_wire(&exchanges, matches!(scene, Scene::Booked));
        }
        let requests: Vec<Value> = exchanges.iter().map(as_json).collect();
        match (scene, outcome) {
            (Scene::SlotTaken, Err(failure)) => {
                self.show_failure(&failure);
                Ok(json!({ "requests": requests, "failure": failure }))
            }
            (Scene::SlotTaken, Ok(receipt)) => Err(unexpected(&json!(receipt).to_string())),
            (_, Err(failure)) => Err(unexpected(&failure.sentence())),
            (_, Ok(receipt)) => {
                let appointment = self.read_back(&receipt)?;
                if !self.json {
                    println!();
                    println!("{BOLD}receipt{BOLD:#}");
                    print::visit(receipt.visit.as_deref());
                    print::steps(&receipt.applied);
                    match exchanges.len() {
                        0 => println!("  the same as before; {GOOD}nothing was sent{GOOD:#}"),
                        _ => println!("  {}", print::count(receipt.requests)),
                    }
                }
                let booked = self.show_appointment(&receipt, &appointment);
                Ok(json!({ "requests": requests, "receipt": receipt, "appointment": appointment, "booked": booked }))
            }
        }
    }

    fn say(&self, sentence: &str) {
        if !self.json {
            println!("{sentence}");
        }
    }

    fn show_event(&self, event: &Event) {
        if self.json {
            return;
        }
        println!("{BOLD}event{BOLD:#}  {}", event.trigger);
        if let Some(fields) = event.data.as_object() {
            for (name, value) in fields {
                println!("  {name:12} {value}");
            }
        }
    }

    async fn show_plan(&self, event: &Event) -> Result<(), Exit> {
        let plan = self
            .rehearsal
            .connection
            .plan(event)
            .await
            .map_err(|error| Exit::failed(error.to_string()))?;
        let plan = plan.map_err(|failure| unexpected(&failure.sentence()))?;
        if self.json {
            return Ok(());
        }
        println!();
        println!("{BOLD}plan{BOLD:#}");
        print::visit(plan.visit.as_deref());
        for step in &plan.steps {
            let request = step.request.as_ref();
            let request = request.map_or_else(String::new, |request| format!("{} {}", request.method, request.target));
            println!("  {:12} {}  {request}", step.name, step.action);
            for field in &step.fields {
                println!("    {:14} {DIM}from {}{DIM:#}", field.name, field.origin);
            }
        }
        println!("  {}", print::count(plan.requests));
        Ok(())
    }

    fn show_failure(&self, failure: &Failure) {
        if self.json {
            return;
        }
        let Failure::PermanentRefused(refused) = failure else {
            println!();
            println!("{}", failure.sentence());
            return;
        };
        println!();
        println!("{BAD}refused{BAD:#}  {}", refused.message);
        print::visit(refused.visit.as_deref());
        println!("  what was done all the same:");
        print::steps(&refused.applied);
    }

    /// Reads the appointment of a receipt from GHL.
    fn read_back(&self, receipt: &Receipt) -> Result<Value, Exit> {
        let id = receipt
            .applied
            .iter()
            .find(|step| step.name == "appointment")
            .and_then(|step| step.id.as_deref());
        let request = http::Request::get(format!("/calendars/events/appointments/{}", id.unwrap_or_default()))
            .header(AUTHORIZATION, format!("Bearer {}", Seed::DEMO_TOKEN))
            .header("version", "2021-04-15")
            .body(Bytes::new())
            .map_err(|error| Exit::failed(error.to_string()))?;
        let now_ms = i64::try_from(NOW_MS).unwrap_or_default();
        match self.rehearsal.server.with(|ghl| ghl.answer(now_ms, &request)).end {
            End::Reply(reply) => serde_json::from_slice(reply.body()).map_err(|error| unexpected(&error.to_string())),
            End::Truncated(_) | End::Reset => Err(unexpected("the appointment cannot be read back")),
        }
    }

    /// Shows the appointment as it stands in GHL. Returns how many the lead has.
    fn show_appointment(&self, receipt: &Receipt, reply: &Value) -> usize {
        let contact = receipt
            .applied
            .iter()
            .find(|step| step.name == "contact")
            .and_then(|step| step.id.clone());
        let of_lead = self.rehearsal.server.with(|ghl| {
            let appointments = ghl.appointments();
            appointments
                .filter(|appointment| Some(&appointment.contact_id) == contact.as_ref())
                .count()
        });
        if self.json {
            return of_lead;
        }
        let plural = if of_lead == 1 { "" } else { "s" };
        println!();
        println!("{BOLD}in GHL{BOLD:#}  {of_lead} appointment{plural} of this lead");
        for name in [
            "title",
            "startTime",
            "endTime",
            "appointmentStatus",
            "address",
            "description",
        ] {
            if let Some(value) = reply.pointer(&format!("/appointment/{name}")) {
                let text = value
                    .as_str()
                    .unwrap_or_default()
                    .lines()
                    .filter(|line| !line.is_empty());
                println!("  {name:18} {}", text.collect::<Vec<_>>().join(" · "));
            }
        }
        of_lead
    }
}

/// A visit on Tuesday.
fn lead(name: &str, phone: &str, street: &str, time: &str, description: &str) -> Event {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let subject = format!("visit-{}", first.to_lowercase());
    Event {
        id: Some(format!("{subject}-1")),
        trigger: "knocker.lead_booked".to_owned(),
        subject: Some(subject),
        occurred_at: "2030-06-03T07:58:00-05:00".to_owned(),
        expires_at: None,
        notify: true,
        data: json!({
            "startTime": format!("2030-06-04T{time}:00"),
            "description": description,
            "lead": { "firstName": first, "lastName": last, "phone": phone },
            "address": { "street": street, "city": "Austin", "state": "TX", "postalCode": "78701" },
        }),
    }
}

/// Shows requests as they crossed the sandbox's border: with placeholders.
fn show_wire(exchanges: &[Exchange], with_credential: bool) {
    if exchanges.is_empty() {
        return;
    }
    println!();
    println!("{BOLD}on the wire{BOLD:#}");
    for (index, exchange) in exchanges.iter().enumerate() {
        let target = exchange.uri.path_and_query().map_or("", |target| target.as_str());
        println!("  → {} {target}", exchange.method);
        if let Some(authorization) = exchange
            .headers
            .get(AUTHORIZATION)
            .filter(|_| with_credential && index == 0)
        {
            // The end of a placeholder is random; the demo is the same for everybody.
            let placeholder = authorization.to_str().unwrap_or_default();
            let begins = placeholder.rsplit_once('.').map_or(placeholder, |(begins, _)| begins);
            println!("    {DIM}authorization: {begins}.…{DIM:#}");
            println!("    {DIM}(what the sandbox holds; the token takes its place on the way out){DIM:#}");
        }
        if !exchange.body.is_empty() {
            println!("    {}", shortened(&exchange.body));
        }
        match &exchange.reply {
            Ok(reply) => println!("  ← {} {DIM}{}{DIM:#}", reply.status.as_u16(), shortened(&reply.body)),
            Err(error) => println!("  ← {BAD}{error}{BAD:#}"),
        }
    }
}

fn as_json(exchange: &Exchange) -> Value {
    json!({
        "method": exchange.method.as_str(),
        "target": exchange.uri.path_and_query().map(|target| target.as_str()),
        "body": serde_json::from_slice::<Value>(&exchange.body).ok(),
        "status": exchange.reply.as_ref().ok().map(|reply| reply.status.as_u16()),
    })
}

fn shortened(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn unexpected(what: &str) -> Exit {
    Exit::failed(format!("the demo did not go as it should: {what}"))
}

/// Remembers what goes in and out.
#[derive(Default)]
struct Wire(Mutex<Vec<Exchange>>);

impl Wire {
    fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tap for Wire {
    fn exchange(&self, exchange: &Exchange) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(exchange.clone());
    }
}
