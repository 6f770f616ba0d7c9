//! Texts of strangers, in every command: from events, from GHL, from configurations, from the names of files.
//!
//! Where a command can show something that others wrote, it is given something that a terminal would act on, and what
//! it prints is held against what a terminal must not get. Commands are those that `knock` has: one that is new has to
//! be entered here.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use host_harness::inbox::Inbox;
use host_harness::pace::{Errand, PaceFile, Pacer, Priority, Terms};
use host_harness::storage::StateFile;

use super::*;

/// Fills the clipboard, clears the screen, colours, forges a line, turns letters around, and hides some.
const HOSTILE: &str =
    "x\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{1b}[35m\u{9b}1;1H\r\nFORGED\u{202e}\u{2066}\u{2028}\u{200b}\u{7f}\u{8}y";

/// How it is shown to people, in part, and in JSON.
const SHOWN: &str = r"x\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{1b}[35m\u{9b}1;1H";
const SHOWN_IN_JSON: &str = r"x\u001b]52;c;eA==\u0007\u001b[2J\u001b[35m\u009b1;1H";

/// The commands that show nothing of others, and why that is so.
const SHOW_NOTHING: [(&str, &str); 4] = [
    ("demo", "its events and its GHL are its own"),
    ("catalog reference", "all of it comes from the component"),
    ("torture", "its events and its GHL are its own"),
    ("help", "all of it comes from the command line's definition"),
];

/// The commands that are tried below.
const TRIED: [&str; 23] = [
    "init",
    "check",
    "map",
    "test",
    "recipes",
    "recipes show",
    "verify",
    "run",
    "plan",
    "catalog",
    "catalog show",
    "invoke",
    "agenda",
    "serve",
    "status",
    "events list",
    "events show",
    "events retry",
    "events discard",
    "resume",
    "backup",
    "restore",
    "limits",
];

/// Tried with a server of its own, until it is told to stop.
const TRIED_ALIVE: [&str; 1] = ["emulator"];

/// The commands that `knock` has, by its own help.
fn commands() -> BTreeSet<String> {
    fn below(path: &[String], found: &mut BTreeSet<String>) {
        let output = Command::new(env!("CARGO_BIN_EXE_knock"))
            .args(path)
            .arg("--help")
            .output();
        let help = text(&output.unwrap().stdout);
        let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
        let names = listed.lines().take_while(|line| !line.is_empty());
        let names: Vec<_> = names
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        let takes_more =
            names.is_empty() || help.contains("Usage: knock recipes") || help.contains("Usage: knock catalog");
        if takes_more && !path.is_empty() {
            found.insert(path.join(" "));
        }
        for name in names.into_iter().filter(|name| path.is_empty() || *name != "help") {
            if name == "help" {
                found.insert(name.to_owned());
                continue;
            }
            below(&[path, &[name.to_owned()]].concat(), found);
        }
    }
    let mut found = BTreeSet::new();
    below(&[], &mut found);
    found
}

#[test]
fn every_command_is_tried_with_texts_of_strangers() {
    let of_nothing = SHOW_NOTHING.iter().map(|(command, _)| *command);
    let known = TRIED.into_iter().chain(TRIED_ALIVE).chain(of_nothing);
    assert_eq!(commands(), known.map(str::to_owned).collect());
}

/// Whether a terminal does nothing with it but show it. What `knock` itself colours is no part of it.
fn is_fit(text: &str) -> bool {
    let forbidden = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{200b}')
    };
    let forged = |line: &str| line.trim_start().starts_with("FORGED");
    !text.contains(forbidden) && !text.lines().any(forged)
}

/// Takes the colours away that `knock` uses: bold, dim, red, green, yellow, blue, cyan.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_digit() && letter != ';');
        match end.map(|end| part.split_at(end)) {
            Some((_, rest)) if rest.starts_with('m') => out.push_str(&rest[1..]),
            _ => out.push_str(&format!("\u{1b}[{part}")),
        }
    }
    out
}

/// Runs a command for people, on a terminal that takes colours, and for programs. What it shows is fit to be shown;
/// where it says so, what strangers wrote is among it.
fn tried(desk: &Desk, arguments: &[&str], shows: bool) {
    let people = desk.command(arguments).env("CLICOLOR_FORCE", "1").output().unwrap();
    let (out, err) = (text(&people.stdout), text(&people.stderr));
    for stream in [&out, &err] {
        let stream = without_colours(stream);
        // The ends of lines that a calendar has by its standard.
        let stream = if arguments.contains(&"--ics") {
            stream.replace("\r\n", "\n")
        } else {
            stream
        };
        assert!(is_fit(&stream), "{arguments:?}\n{stream:?}");
    }
    assert!(
        !out.contains("\u{1b}[35m") && !err.contains("x\u{1b}"),
        "{arguments:?}: colours of others\n{out:?}{err:?}"
    );
    let plain = desk.command(arguments).env("NO_COLOR", "1").output().unwrap();
    assert!(
        [&plain.stdout, &plain.stderr]
            .iter()
            .all(|stream| !stream.contains(&0x1b)),
        "{arguments:?}: {plain:?}"
    );
    if shows {
        let both = format!("{}{}", without_colours(&out), without_colours(&err));
        // A calendar and a configuration escape the escapes.
        let both = both.replace(r"\\u", r"\u").replace(r"\;", ";").replace("\r\n ", "");
        let of_toml = SHOWN
            .replace(r"\u{1b}", r"\U0000001b")
            .replace(r"\u{7}", r"\U00000007")
            .replace(r"\u{9b}", r"\U0000009b");
        assert!(
            [SHOWN, SHOWN_IN_JSON, &of_toml]
                .iter()
                .any(|shown| both.contains(shown)),
            "{arguments:?} shows nothing\n{both}"
        );
    }
    if arguments.contains(&"--ics") {
        return;
    }
    let programs = desk.command(arguments).arg("--json").output().unwrap();
    let (out, err) = (text(&programs.stdout), text(&programs.stderr));
    assert!(is_fit(&out) && is_fit(&err), "{arguments:?} --json\n{out:?}\n{err:?}");
    let documents = serde_json::Deserializer::from_str(&out).into_iter::<Value>();
    let documents: Result<Vec<_>, _> = documents.collect();
    assert!(documents.is_ok(), "{arguments:?} --json\n{documents:?}\n{out}");
    if shows {
        let shown = out.contains(SHOWN_IN_JSON) || err.contains(SHOWN) || out.contains(&SHOWN.replace('\\', r"\\"));
        let of_toml = out.contains(r"\\U0000001b");
        assert!(shown || of_toml, "{arguments:?} --json shows nothing\n{out}\n{err}");
    }
}

/// A process that does not outlive its test.
struct Running(std::process::Child);

impl Running {
    fn interrupt(&self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a GHL holds whose users are hostile.
fn seed() -> Seed {
    fn spoil(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        (
                            "name" | "title" | "description" | "address" | "first_name" | "last_name",
                            Value::String(text),
                        ) => {
                            text.push_str(HOSTILE);
                        }
                        (_, value) => spoil(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(spoil),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(Seed::demo()).unwrap();
    spoil(&mut value);
    serde_json::from_value(value).unwrap()
}

/// An event that is hostile in all that it says of people.
fn event(number: u32) -> Value {
    json!({
        "id": format!("visit-{number}{HOSTILE}"), "subject": format!("pin-{number}{HOSTILE}"),
        "data": {
            "startTime": format!("{}T1{number}:00:00", a_tuesday()),
            "description": HOSTILE,
            "lead": { "name": format!("Ann {HOSTILE}"), "phone": format!("(512) 555-014{number}") },
            "address": { "street": HOSTILE, "city": HOSTILE },
        },
    })
}

/// A GHL that answers everything with this status, and with a body that is hostile.
fn refusing(status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut length, mut line) = (0, String::new());
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    line.clear();
                }
                let _ = reader.read_exact(&mut vec![0; length]);
                let body = json!({
                    "statusCode": 400, "message": format!("no {HOSTILE}"), "error": HOSTILE, "traceId": HOSTILE,
                });
                let body = body.to_string();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            });
        }
    });
    address
}

fn desk() -> Desk {
    let desk = Desk::of(seed(), &[]);
    write(desk.folder.path(), "event.json", &event(1));
    desk
}

const CONFIG: [&str; 2] = ["--config", "knock.toml"];

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

#[test]
fn what_ghl_holds_is_shown_fit_to_be_shown() {
    let desk = desk();
    tried(&desk, &["init", "--location", Seed::DEMO_LOCATION], true);
    let file = format!("first-{}.toml", HOSTILE.replace('/', ""));
    tried(
        &desk,
        &["init", "--location", Seed::DEMO_LOCATION, "--force", "--out", &file],
        false,
    );
    let written = std::fs::read_to_string(desk.folder.path().join(&file)).unwrap();
    assert!(is_fit(&written), "{written:?}");
    tried(&desk, &["check", "--live", "--config", &file], true);
    tried(
        &desk,
        &with(&["verify", "--dry-run", "--calendar", HOSTILE], &CONFIG),
        true,
    );
    tried(&desk, &with(&["verify", "--calendar", HOSTILE], &CONFIG), true);
    tried(&desk, &with(&["invoke", "calendar.list"], &CONFIG), true);
    tried(&desk, &with(&["run", "--event", "event.json"], &CONFIG), true);
    let agenda = with(&["agenda", "--days", "14", "--free"], &CONFIG);
    tried(&desk, &agenda, true);
    tried(&desk, &with(&agenda, &["--ics"]), true);
}

#[test]
fn what_ghl_refuses_with_is_shown_fit_to_be_shown() {
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "422 Unprocessable Entity",
        "429 Too Many Requests",
    ] {
        let desk = desk();
        let server = format!("http://{}", refusing(status));
        let tried = |arguments: &[&str], more: &[&str]| {
            let mut arguments = with(arguments, more);
            if !matches!(arguments[0], "verify" | "init" | "check") {
                arguments.extend(["--for", "0s"]);
            }
            let output = Desk::output(
                Command::new(env!("CARGO_BIN_EXE_knock"))
                    .args(&arguments)
                    .args(["--base-url", &server])
                    .args(["--state", "memory"])
                    .current_dir(desk.folder.path())
                    .env("KNOCK_SECRET_GHL_TOKEN", Seed::DEMO_TOKEN)
                    .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
                    .env("KNOCK_LOG", "host_harness=trace")
                    .env("CLICOLOR_FORCE", "1"),
            );
            for stream in [&output.stdout, &output.stderr] {
                let stream = without_colours(&text(stream));
                assert!(is_fit(&stream), "{status} {arguments:?}\n{stream:?}");
            }
            format!("{}{}", text(&output.stdout), text(&output.stderr))
        };
        let said = tried(&["run", "--event", "event.json"], &CONFIG);
        assert!(
            status.starts_with("401") || said.contains(r"no x\u{1b}]52"),
            "{status}: {said}"
        );
        if status.starts_with("400") {
            tried(&["invoke", "calendar.list"], &CONFIG);
            tried(&["agenda"], &CONFIG);
            tried(&["verify"], &CONFIG);
            tried(&["init", "--location", Seed::DEMO_LOCATION], &[]);
            tried(&["check", "--live"], &CONFIG);
        }
    }
}

#[test]
fn what_events_and_their_files_hold_is_shown_fit_to_be_shown() {
    let desk = desk();
    let folder = desk.folder.path();
    tried(&desk, &with(&["plan", "--event", "event.json"], &CONFIG), true);
    // One that cannot be carried out, whose problems quote it.
    let mut wrong = event(2);
    wrong["data"]["startTime"] = json!(HOSTILE);
    wrong["data"][HOSTILE] = json!({ HOSTILE: HOSTILE });
    wrong["data"]["lead"]["email"] = json!(HOSTILE);
    write(folder, "wrong.json", &wrong);
    tried(&desk, &with(&["plan", "--event", "wrong.json"], &CONFIG), true);
    tried(&desk, &with(&["run", "--event", "wrong.json"], &CONFIG), true);
    tried(&desk, &with(&["check", "--event", "wrong.json"], &CONFIG), true);
    tried(&desk, &with(&["check", "--event", "event.json"], &CONFIG), true);
    tried(&desk, &["map", "wrong.json"], true);
    write(
        folder,
        "no-event.json",
        &json!({ "id": 1, HOSTILE: 2, "data": {}, "trigger": HOSTILE }),
    );
    tried(&desk, &with(&["run", "--event", "no-event.json"], &CONFIG), true);
    tried(
        &desk,
        &with(&["run", "--trigger", HOSTILE, "--event", "event.json"], &CONFIG),
        true,
    );
    std::fs::write(folder.join("no-json.json"), format!("{{ \"{HOSTILE}")).unwrap();
    tried(&desk, &with(&["run", "--event", "no-json.json"], &CONFIG), false);
    let missing = format!("{HOSTILE}.json");
    tried(&desk, &with(&["run", "--event", &missing], &CONFIG), true);
    tried(&desk, &with(&["run", "--event", "event.json", HOSTILE], &CONFIG), true);
    tried(
        &desk,
        &with(
            &[
                "invoke",
                "contact.get",
                "--plan",
                "--input",
                &json!({ "contactId": HOSTILE }).to_string(),
            ],
            &CONFIG,
        ),
        false,
    );
    tried(
        &desk,
        &with(
            &[
                "invoke",
                "contact.get",
                "--plan",
                "--input",
                &json!({ HOSTILE: HOSTILE }).to_string(),
            ],
            &CONFIG,
        ),
        true,
    );
    tried(&desk, &with(&["invoke", HOSTILE], &CONFIG), true);
    tried(&desk, &["catalog", HOSTILE], false);
    tried(&desk, &["catalog", "show", HOSTILE], true);
    tried(&desk, &["recipes", HOSTILE], true);
    tried(&desk, &["recipes", "show", HOSTILE], true);

    // Many: columns, lines, names of files.
    let quoted = format!("\"{}\"", HOSTILE.replace('"', ""));
    let csv = format!("id,subject,startTime,lead.name,{quoted}\nvisit-1,pin-1,{quoted},{quoted},{quoted}\n");
    let file = format!("{}.csv", HOSTILE.replace('/', ""));
    std::fs::write(folder.join(&file), csv).unwrap();
    tried(&desk, &with(&["run", "--events", &file], &CONFIG), true);
    tried(&desk, &with(&["plan", "--events", &file], &CONFIG), true);
    std::fs::write(folder.join("leads.jsonl"), format!("{wrong}\n{{\"{HOSTILE}\n")).unwrap();
    tried(&desk, &with(&["run", "--events", "leads.jsonl"], &CONFIG), true);
    std::fs::write(folder.join("map.toml"), format!("[columns]\n{} = 1\n", json!(HOSTILE))).unwrap();
    tried(
        &desk,
        &with(&["run", "--events", &file, "--map", "map.toml"], &CONFIG),
        false,
    );
    std::fs::write(
        folder.join("other-map.toml"),
        format!(
            "columns = {{ id = {} }}\n",
            json!(HOSTILE).to_string().replace('\u{7f}', "\\u007f")
        ),
    )
    .unwrap();
    for command in ["plan", "run"] {
        let arguments = [command, "--events", &file, "--map", "other-map.toml"];
        tried(&desk, &with(&arguments, &CONFIG), true);
    }
    // A table whose columns, cells and letters are not what they look like.
    let titled = format!("{quoted}\n\nName;Phone;Appt\n{quoted};(512) 555-0142;2030-06-04T10:00:00\n");
    let latin = titled
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(0xe9));
    std::fs::write(folder.join("latin.txt"), latin.collect::<Vec<u8>>()).unwrap();
    for command in ["plan", "run"] {
        tried(&desk, &with(&[command, "--events", "latin.txt"], &CONFIG), false);
    }
}

#[test]
fn what_configurations_hold_is_shown_fit_to_be_shown() {
    let desk = desk();
    let folder = desk.folder.path();
    let shown = format!("\u{9b}{}", "\u{202e}\u{2066}\u{2028}\u{200b}");
    let file = format!("{}.toml", HOSTILE.replace('/', ""));
    let basic = |text: &str| {
        let letters = text.chars().map(|letter| format!("\\U{:08x}", u32::from(letter)));
        format!("\"{}\"", letters.collect::<String>())
    };
    for (name, toml) in [
        ("key", format!("location_id = \"x\"\n{} = 1\n", basic(HOSTILE))),
        (
            "value",
            format!(
                "location_id = \"x\"\ncalendar_id = \"y\"\ntime_zone = {}\nconsent = {}\n",
                basic(HOSTILE),
                basic(HOSTILE)
            ),
        ),
        (
            "raw",
            format!("location_id = \"x\"\ntime_zone = \"{shown}\" # {shown}\n"),
        ),
        ("no-toml", format!("location_id = \"x\"\n# {shown}\n{shown}\n")),
        (
            "recipe",
            format!("location_id = \"x\"\n[recipes.{}]\nsteps = []\n", basic(HOSTILE)),
        ),
    ] {
        std::fs::write(folder.join(&file), &toml).unwrap();
        for arguments in [
            vec!["check", "--config", &file],
            vec!["plan", "--event", "event.json", "--config", &file],
            vec!["serve", "--addr", "127.0.0.1:0", "--config", &file],
        ] {
            let shows = arguments[0] != "plan";
            tried(&desk, &arguments, shows || name == "no-toml");
        }
    }
    std::fs::write(
        folder.join(&file),
        json!({ HOSTILE: 1, "location_id": HOSTILE, "base_url": HOSTILE }).to_string(),
    )
    .unwrap();
    tried(&desk, &["check", "--config", &file], true);
    tried(&desk, &["check", "--config", HOSTILE], true);

    // Cases, with a folder and events of strangers.
    let case = folder.join("cases").join(HOSTILE.replace('/', ""));
    std::fs::create_dir_all(&case).unwrap();
    let mut of_case = event(1);
    of_case["occurred_at"] = json!("2030-06-03T07:55:00-05:00");
    of_case["trigger"] = json!("knocker.lead_booked");
    of_case["data"]["startTime"] = json!("2030-06-04T10:00:00-05:00");
    write(&case, "events.json", &json!([of_case]));
    write(&case, "expected.json", &json!({ HOSTILE: HOSTILE }));
    let output = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knock"));
        command.args(["test", "--show"]).args(more).current_dir(folder);
        command
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env("CLICOLOR_FORCE", "1");
        command.output().unwrap()
    };
    let people = output(&[]);
    let people = without_colours(&(text(&people.stdout) + &text(&people.stderr)));
    assert!(is_fit(&people) && people.contains(SHOWN), "{people:?}");
    let programs = text(&output(&["--json"]).stdout);
    assert!(
        is_fit(&programs) && serde_json::from_str::<Value>(&programs).is_ok(),
        "{programs:?}"
    );
}

#[test]
fn what_the_state_file_holds_is_shown_fit_to_be_shown() {
    let desk = desk();
    let folder = desk.folder.path();
    let file = Arc::new(StateFile::open(&folder.join("state.sqlite")).unwrap());
    let inbox = Inbox::new(file.clone());
    let registered = inbox.register(&format!("austin{HOSTILE}"), "ghl/austin", "{}").unwrap();
    inbox.halt(registered.connection, HOSTILE, 0).unwrap();
    let terms = Terms {
        requests: 5,
        interval_ms: 1_000,
        longest_request_ms: 1_000,
        headers: host_harness::contract::RateLimitHeaders {
            limit: String::new(),
            remaining: String::new(),
            interval_ms: String::new(),
            daily_limit: String::new(),
            daily_remaining: String::new(),
            daily_reset_ms: String::new(),
        },
    };
    let pacer = Pacer::new(
        format!("ghl/{HOSTILE}"),
        terms,
        Arc::new(PaceFile::beside(file.clone())),
    );
    let errand = Errand {
        priority: Priority::Bulk,
        purpose: HOSTILE.into(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let place = pacer.acquire(&errand, std::time::Duration::from_secs(5)).await;
        place.unwrap().give_back().await;
    });
    drop((pacer, inbox, file));

    tried(&desk, &["limits"], true);
    tried(&desk, &["status"], true);
    tried(&desk, &["status", "--connection", HOSTILE], true);
    tried(&desk, &["resume", HOSTILE], true);
    let name = HOSTILE.replace('/', "");
    tried(&desk, &["backup", &name], true);
    tried(&desk, &["restore", &format!("{name}.none")], true);

    // Events that wait, that were carried out, and that failed: taken in by a host whose log is for people, and by
    // one whose log is for programs.
    for (log, numbers) in [("text", [3, 4]), ("json", [5, 6])] {
        serve(&desk, log, numbers);
    }
    let list = desk.command(&["events", "list", "--json"]).output().unwrap();
    let list: Vec<Value> = serde_json::from_slice(&list.stdout).unwrap();
    assert!(list.len() >= 4, "{list:#?}");
    tried(&desk, &["events", "list"], true);
    for event in &list {
        let number = event["number"].to_string();
        tried(&desk, &["events", "show", &number], true);
    }
    let number = list[0]["number"].to_string();
    tried(&desk, &["events", "retry", &number], false);
    tried(&desk, &["events", "discard", &number], false);
    tried(&desk, &["events", "show", HOSTILE], true);
}

/// Serves for as long as it takes to run two events, one of which fails, and looks at all that is said of them.
fn serve(desk: &Desk, log: &str, numbers: [u32; 2]) {
    let mut command = desk.command(&[
        "serve",
        "--config",
        "knock.toml",
        "--addr",
        "127.0.0.1:0",
        "--json",
        "--log",
        log,
    ]);
    let log_file = desk.folder.path().join("log");
    command
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log_file).unwrap());
    let mut serving = Running(command.spawn().unwrap());
    let mut first = String::new();
    BufReader::new(serving.0.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    let address = first["address"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut wrong = event(numbers[1]);
    wrong["data"]["startTime"] = json!(HOSTILE);
    for event in [event(numbers[0]), wrong] {
        let body = event.to_string();
        let mut caller = std::net::TcpStream::connect(&address).unwrap();
        write!(
            caller,
            "POST /v1/events HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        caller.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
    let started = std::time::Instant::now();
    loop {
        let status = desk
            .command(&["status", "--json", "--connection", "knock"])
            .output()
            .unwrap();
        let status: Value = serde_json::from_slice(&status.stdout).unwrap();
        let total = &status["total"];
        if total["waiting"] == 0 && total["running"] == 0 {
            break;
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(60), "{status:#}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    serving.interrupt();
    assert!(serving.0.wait().unwrap().success());
    let said = std::fs::read_to_string(&log_file).unwrap();
    assert!(is_fit(&said), "{said:?}");
    match log {
        "json" => {
            let events = said.lines().map(serde_json::from_str::<Value>);
            let events: Vec<_> = events
                .collect::<Result<_, _>>()
                .unwrap_or_else(|error| panic!("{error}\n{said}"));
            assert!(said.contains(SHOWN_IN_JSON), "{said}");
            assert!(events.len() > 4);
        }
        _ => assert!(said.contains(SHOWN), "{said}"),
    }
}

#[test]
fn what_an_emulator_is_given_is_shown_fit_to_be_shown() {
    let desk = desk();
    let folder = desk.folder.path();
    std::fs::write(folder.join("seed.json"), serde_json::to_string(&seed()).unwrap()).unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knock"));
        command
            .arg("emulator")
            .args(arguments)
            .current_dir(folder)
            .env("CLICOLOR_FORCE", "1");
        command
    };
    for arguments in [
        vec!["--seed", "seed.json", "--print-seed"],
        vec!["--seed", "seed.json", "--print-seed", "--json"],
        vec!["--seed", HOSTILE],
        vec!["--fault", HOSTILE],
        vec!["--webhooks", HOSTILE],
        vec!["--addr", HOSTILE],
    ] {
        let output = command(&arguments).output().unwrap();
        let said = without_colours(&(text(&output.stdout) + &text(&output.stderr)));
        assert!(is_fit(&said), "{arguments:?}\n{said:?}");
    }
    for (more, lines) in [(None, 8), (Some("--json"), 5)] {
        let mut running = command(&["--seed", "seed.json", "--addr", "127.0.0.1:0"]);
        let mut running = Running(running.args(more).stdout(Stdio::piped()).spawn().unwrap());
        let mut said = BufReader::new(running.0.stdout.take().unwrap());
        let mut shown = String::new();
        for _ in 0..lines {
            said.read_line(&mut shown).unwrap();
        }
        running.interrupt();
        said.read_to_string(&mut shown).unwrap();
        let shown = without_colours(&shown);
        assert!(is_fit(&shown), "{shown:?}");
        assert!(shown.contains(SHOWN) || shown.contains(SHOWN_IN_JSON), "{shown}");
    }
}
