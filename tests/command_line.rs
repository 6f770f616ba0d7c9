//! `knock` as people and programs run it.

mod agenda;
mod beginning;
mod cookbook;
mod copies;
mod crashes;
mod emulator;
mod hostile;
mod import;
mod inbox;
#[cfg(unix)]
mod listening;
#[cfg(unix)]
mod plugin;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use chrono::{Datelike, Duration, Utc, Weekday};
use host_harness::emulator::{Clock, Effect, Fault, Ghl, Seed, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

/// `tests/command_line/` holds commands with what they print, and so do the README and `docs/`.
#[test]
fn commands_print_what_they_are_said_to_print() {
    let state = TempDir::new().unwrap();
    trycmd::TestCases::new()
        .env("XDG_DATA_HOME", state.path().to_string_lossy())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("NO_COLOR", "1")
        .case("../tests/command_line/*.trycmd")
        .case("../README.md")
        .case("../docs/*.md");
}

/// A folder with a configuration and an event, and an emulator to run them against.
struct Desk {
    folder: TempDir,
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn new(faults: &[Fault]) -> Self {
        Self::of(Seed::demo(), faults)
    }

    fn of(seed: Seed, faults: &[Fault]) -> Self {
        let mut ghl = Ghl::new(seed).unwrap();
        for fault in faults {
            ghl.inject(fault.clone());
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let server = runtime.block_on(Server::bind(address, ghl, Clock::system())).unwrap();
        let folder = TempDir::new().unwrap();
        let configuration = format!(
            "location_id = \"{}\"\ntime_zone = \"America/Chicago\"\ncalendar_id = \"{}\"\n",
            Seed::DEMO_LOCATION,
            Seed::ROOF_INSPECTIONS
        );
        std::fs::write(folder.path().join("knock.toml"), configuration).unwrap();
        let event = json!({ "id": "visit-1", "subject": "pin-1", "data": {
            "startTime": format!("{}T10:00:00", a_tuesday()),
            "lead": { "name": "Ann Lee", "phone": "(512) 555-0142" },
        }});
        std::fs::write(folder.path().join("event.json"), event.to_string()).unwrap();
        Self {
            folder,
            server,
            _runtime: runtime,
        }
    }

    fn knock(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.args(["--config", "knock.toml", "--event", "event.json"]);
        command
    }

    /// A command that is not about the event on the desk.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knock"));
        command
            .args(arguments)
            .args(["--state", "state.sqlite"])
            .arg("--base-url")
            .arg(format!("http://{}", self.server.address()))
            .current_dir(self.folder.path())
            .env("KNOCK_SECRET_GHL_TOKEN", Seed::DEMO_TOKEN)
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env("KNOCK_LOG", "host_harness=trace");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Self::output(&mut self.knock(arguments))
    }

    fn output(command: &mut Command) -> Output {
        let output = command.output().unwrap();
        for stream in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(stream);
            assert!(!text.contains(Seed::DEMO_TOKEN), "the token was printed: {text}");
        }
        output
    }

    fn appointments(&self) -> usize {
        self.server.with(|ghl| ghl.appointments().count())
    }

    fn received(&self) -> usize {
        self.server.with(|ghl| ghl.received().len())
    }
}

/// A Tuesday that is not far.
fn a_tuesday() -> String {
    let mut day = Utc::now().date_naive() + Duration::days(2);
    while day.weekday() != Weekday::Tue {
        day += Duration::days(1);
    }
    day.to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_was_sent_shows_in_the_limits() {
    let desk = Desk::new(&[]);
    assert!(desk.run(&["run"]).status.success());
    let output = Command::new(env!("CARGO_BIN_EXE_knock"))
        .args(["limits", "--json", "--state", "state.sqlite"])
        .current_dir(desk.folder.path())
        .output()
        .unwrap();
    let limits: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&limits[0]["limit"], &limits[0]["learned"]),
        (&json!(100), &json!(true))
    );
    let usage = &limits[0]["usage"][0];
    assert_eq!(
        (&usage["purpose"], &usage["day"]),
        (&json!("knocker.lead_booked"), &json!(2))
    );
}

#[test]
fn what_one_process_did_the_next_one_knows() {
    let desk = Desk::new(&[]);
    let first = desk.run(&["run"]);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    assert!(text(&first.stdout).contains("2 requests"), "{first:?}");
    let second = desk.run(&["run"]);
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    assert!(text(&second.stdout).contains("nothing was sent"), "{second:?}");
    assert_eq!((desk.appointments(), desk.received()), (1, 2));
}

#[test]
fn processes_at_the_same_time_book_once() {
    let desk = Desk::new(&[Fault::on("contact.create", Effect::Latency { ms: 300 }).unwrap()]);
    let mut children: Vec<_> = (0..4).map(|_| desk.knock(&["run"]).spawn().unwrap()).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!((desk.appointments(), desk.received()), (1, 2));
}

#[test]
fn json_is_one_document_with_the_receipt_or_the_failure() {
    let desk = Desk::new(&[]);
    let planned: Value = serde_json::from_slice(&desk.run(&["plan", "--json"]).stdout).unwrap();
    assert_eq!(planned["requests"], 2);
    let receipt: Value = serde_json::from_slice(&desk.run(&["run", "--json"]).stdout).unwrap();
    assert_eq!(receipt["applied"][1]["outcome"], "done");
    let event = json!({ "id": "visit-2", "subject": "pin-2", "data": { "startTime": "tomorrow" } });
    write(desk.folder.path(), "event.json", &event);
    let output = desk.run(&["run", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(failure["failure"], "permanent-invalid");
    assert_eq!(failure["problems"][0]["pointer"], "/data/startTime");
}

#[test]
fn patience_ends_when_it_is_over_and_nothing_is_lost() {
    let desk = Desk::new(&[Fault::on("appointment.create", Effect::ResetBeforeCommit).unwrap()]);
    let output = desk.run(&["run", "--for", "1s"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let (_, again) = said
        .split_once("nothing is lost, run it again in ")
        .unwrap_or_else(|| panic!("{output:?}"));
    let (_, until) = again.split_once(", at ").unwrap_or_else(|| panic!("{again}"));
    let until = until.split_whitespace().next().unwrap_or_default();
    assert!(chrono::DateTime::parse_from_rfc3339(until).is_ok(), "{again}");
    assert_eq!(desk.appointments(), 0);
}

#[test]
fn a_credential_that_is_refused_is_said_to_be_refused() {
    let desk = Desk::new(&[]);
    let output = desk
        .knock(&["run", "--for", "0s"])
        .env("KNOCK_SECRET_GHL_TOKEN", "pit-of-somebody-else")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(
        said.contains("GHL does not accept the credential for role `ghl_token`"),
        "{said}"
    );
    assert!(!said.contains("pit-of-somebody-else"), "{said}");
}

#[test]
fn planning_needs_no_credential_and_sends_nothing() {
    let desk = Desk::new(&[]);
    let output = desk
        .knock(&["plan"])
        .env_remove("KNOCK_SECRET_GHL_TOKEN")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).contains("nothing was sent"));
    assert_eq!(desk.received(), 0);
}

#[test]
fn configuration_and_event_can_come_through_a_pipe() {
    let folder = TempDir::new().unwrap();
    let toml = "location_id = \"x\"\ncalendar_id = \"y\"\n";
    let json = r#"{ "location_id": "x", "calendar_id": "y" }"#;
    let event = r#"{ "startTime": "2030-06-04T10:00:00Z", "attendees": "ann@example.com" }"#;
    std::fs::write(folder.path().join("event.json"), event).unwrap();
    std::fs::write(folder.path().join("knock.toml"), toml).unwrap();
    for (config, event_file, piped) in [
        ("-", "event.json", toml),
        ("-", "event.json", json),
        ("knock.toml", "-", event),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_knock"))
            .args(["plan", "--config", config, "--event", event_file, "--state", "memory"])
            .current_dir(folder.path())
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(piped.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{piped}");
        assert!(text(&output.stdout).contains("2 requests; nothing was sent"), "{piped}");
    }
}

fn write(folder: &Path, name: &str, value: &Value) {
    std::fs::write(folder.join(name), value.to_string()).unwrap();
}
