//! Copies of the state file, made and put back by hand, and files that are taken away.

use super::*;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Child;

/// `knock serve` in shadow mode: it takes events in and sends nothing.
struct Serving {
    process: Child,
    address: SocketAddr,
}

impl Serving {
    fn begin(desk: &Desk, with: &[&str]) -> Self {
        let mut command = desk.command(&["serve", "--config", "knock.toml", "--addr", "127.0.0.1:0", "--json"]);
        let process = command.args(with).stdout(Stdio::piped()).spawn().unwrap();
        // Owned from here on, so that it ends however the test does.
        let mut serving = Self {
            process,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let said = serving.process.stdout.as_mut().unwrap();
        let said = serde_json::Deserializer::from_reader(said).into_iter::<Value>().next();
        let said = said.unwrap().unwrap();
        let address = said["address"].as_str().unwrap().trim_start_matches("http://");
        serving.address = address.parse().unwrap();
        serving
    }

    /// The status of an answer.
    fn ask(&self, method: &str, target: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn post(&self, number: usize) -> u16 {
        let event = json!({ "id": format!("visit-{number}"), "data": {
            "startTime": format!("{}T10:00:00", a_tuesday()),
            "lead": { "name": "Ann Lee", "phone": format!("(512) 555-01{number:02}") },
        }});
        self.ask("POST", "/v1/events", &event.to_string())
    }

    /// Ends it as a crash does.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Ends it in order.
    fn stop(mut self) {
        let process = i32::try_from(self.process.id()).unwrap();
        let process = rustix::process::Pid::from_raw(process).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn file(desk: &Desk, name: &str) -> PathBuf {
    desk.folder.path().join(name)
}

fn cp(desk: &Desk, from: &str, to: &str) {
    let copied = Command::new("cp")
        .args([from, to])
        .current_dir(desk.folder.path())
        .status();
    assert!(copied.unwrap().success());
}

/// How many events the inbox of a state file holds.
fn events(desk: &Desk, state: &str) -> usize {
    let output = Command::new(env!("CARGO_BIN_EXE_knock"))
        .args(["events", "list", "--json", "--state", state])
        .current_dir(desk.folder.path())
        .output()
        .unwrap();
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    listed.as_array().unwrap().len()
}

fn restore(desk: &Desk, copy: &str, with: &[&str]) -> (Option<i32>, Value, String) {
    let mut command = desk.command(&["restore", copy, "--json"]);
    let output = Desk::output(command.args(with));
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), report, text(&output.stderr))
}

#[test]
fn events_in_the_log_of_a_copy_are_brought_back_and_counted() {
    let desk = Desk::new(&[]);
    let serving = Serving::begin(&desk, &["--shadow"]);
    for number in 0..5 {
        assert_eq!(serving.post(number), 202);
    }
    cp(&desk, "state.sqlite", "copy");
    cp(&desk, "state.sqlite-wal", "copy-wal");
    for number in 5..8 {
        assert_eq!(serving.post(number), 202);
    }
    serving.kill();
    let bytes = |name: &str| std::fs::read(file(&desk, name)).unwrap();
    let before = (bytes("copy"), bytes("copy-wal"));

    let (code, report, said) = restore(&desk, "copy", &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        (&report["held"]["events"], &report["replaced_held"]["events"]),
        (&json!(5), &json!(8))
    );
    assert_eq!(report["difference"]["events"], -3);
    assert_eq!(report["held"]["connections"], 1);
    assert_eq!(report["log"]["is_cut"], false);
    assert!(report["held"]["newest_change"].is_string(), "{report}");
    assert_eq!(events(&desk, "state.sqlite"), 5);
    assert_eq!((bytes("copy"), bytes("copy-wal")), before, "the copy was changed");
    assert!(!file(&desk, "copy-shm").exists() && !file(&desk, "copy-lock").exists());

    // What it replaced can be put back as well, and is shown to people.
    let kept = report["replaced"].as_str().unwrap();
    let output = Desk::output(&mut desk.command(&["restore", kept]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown = text(&output.stdout);
    let line = shown.lines().find(|line| line.starts_with("events ")).unwrap();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["events", "8", "5", "+3"],
        "{shown}"
    );
    assert_eq!(events(&desk, "state.sqlite"), 8);
    let output = Desk::output(&mut desk.command(&["restore", "copy"]));
    let shown = text(&output.stdout);
    assert!(shown.contains("3 events fewer than in the file it replaces"), "{shown}");
}

#[test]
fn copy_of_a_file_in_use_without_its_log_is_refused() {
    let desk = Desk::new(&[]);
    let serving = Serving::begin(&desk, &["--shadow"]);
    assert_eq!(serving.post(1), 202);
    cp(&desk, "state.sqlite", "copy");
    serving.stop();
    let (code, _, said) = restore(&desk, "copy", &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("`copy-wal` is missing") || said.contains("copy-wal` is missing"),
        "{said}"
    );
    assert!(
        said.contains("knock backup") && said.contains("--without-log"),
        "{said}"
    );
    assert_eq!(events(&desk, "state.sqlite"), 1, "the file was touched");

    // After an end in order the file is whole by itself, and so is a copy that `knock` has made.
    cp(&desk, "state.sqlite", "whole");
    assert_eq!(restore(&desk, "whole", &[]).0, Some(0));
    assert_eq!(events(&desk, "state.sqlite"), 1);
    let backup = Desk::output(&mut desk.command(&["backup", "made"]));
    assert!(backup.status.success());
    assert_eq!(restore(&desk, "made", &[]).0, Some(0));
    // A log that lies beside it by chance is not mixed in.
    std::fs::write(file(&desk, "made-wal"), "the log of something else").unwrap();
    let (code, _, said) = restore(&desk, "made", &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot be used"), "{said}");
    assert_eq!(restore(&desk, "made", &["--without-log"]).0, Some(0));
    assert_eq!(events(&desk, "state.sqlite"), 1);
}

#[test]
fn state_file_that_is_taken_away_is_noticed_while_it_is_served() {
    let desk = Desk::new(&[]);
    let serving = Serving::begin(&desk, &["--shadow"]);
    assert_eq!((serving.post(1), serving.ask("GET", "/readyz", "")), (202, 200));
    cp(&desk, "state.sqlite", "copy");
    cp(&desk, "state.sqlite-wal", "copy-wal");
    std::fs::remove_file(file(&desk, "state.sqlite")).unwrap();
    // Nothing is acknowledged that would vanish.
    assert_eq!((serving.post(2), serving.ask("GET", "/readyz", "")), (503, 503));
    assert_eq!(serving.ask("GET", "/healthz", ""), 200);
    assert!(!file(&desk, "state.sqlite").exists());
    // Nor when another one takes its place.
    cp(&desk, "copy", "state.sqlite");
    assert_eq!((serving.post(3), serving.ask("GET", "/readyz", "")), (503, 503));
    serving.kill();
    for side in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(file(&desk, &format!("state.sqlite{side}")));
    }
    assert_eq!(restore(&desk, "copy", &[]).0, Some(0));
    assert_eq!(events(&desk, "state.sqlite"), 1);
}

#[cfg(unix)]
#[test]
fn secret_file_that_others_may_read_halts_its_connection_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new(&[]);
    let secret = file(&desk, "secrets").join("knock").join("ghl_token");
    std::fs::create_dir_all(secret.parent().unwrap()).unwrap();
    std::fs::write(&secret, Seed::DEMO_TOKEN).unwrap();
    for (mode, is_halted) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
        let serving = Serving::begin(&desk, &["--secrets", "secrets"]);
        let output = Desk::output(&mut desk.command(&["status", "--json"]));
        serving.kill();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let halted = &status["connections"]["knock"]["halted"];
        assert_eq!(halted.is_object(), is_halted, "{status}");
        if is_halted {
            let why = halted["why"].as_str().unwrap();
            assert!(why.contains("chmod 600 secrets/knock/ghl_token"), "{why}");
        }
    }
}

#[test]
fn server_that_no_request_can_reach_is_refused_before_one_is_sent() {
    let desk = Desk::new(&[]);
    let knock = |arguments: &[&str], base_url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knock"));
        let output = command
            .args(arguments)
            .args([
                "--config",
                "knock.toml",
                "--base-url",
                base_url,
                "--state",
                "state.sqlite",
            ])
            .current_dir(desk.folder.path())
            .env("KNOCK_SECRET_GHL_TOKEN", Seed::DEMO_TOKEN)
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .output()
            .unwrap();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let run = ["run", "--event", "event.json", "--for", "0s"];
    let serve = ["serve", "--addr", "127.0.0.1:0"];
    for private in ["https://10.0.0.5", "https://169.254.169.254", "https://[fd00::1]:8443"] {
        for arguments in [run.as_slice(), &serve, &["plan", "--event", "event.json"]] {
            let (code, said) = knock(arguments, private);
            assert_eq!(code, Some(2), "{said}");
            assert!(
                said.contains("not on the public internet") && said.contains("--base-url"),
                "{said}"
            );
        }
        let (code, said) = knock(&["check"], private);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("private-address"), "{said}");
    }
    // A name, too, once it would be called; the emulator is called as before.
    let (code, said) = knock(&run, "https://127.1");
    assert_eq!(code, Some(2), "{said}");
    let emulator = format!("http://{}", desk.server.address());
    let (code, said) = knock(&run, &emulator);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn key_that_stands_twice_is_a_problem_wherever_json_is_read() {
    let desk = Desk::new(&[]);
    let folder = desk.folder.path();
    std::fs::write(
        folder.join("event.json"),
        r#"{ "id": "1", "data": { "lead": { "phone": "1", "phone": "2" } } }"#,
    )
    .unwrap();
    let twice = "more than once";
    let output = desk.run(&["run"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("at `/data/lead/phone`") && said.contains(twice), "{said}");

    let configuration = r#"{ "location_id": "a", "calendar_id": "b", "location_id": "c" }"#;
    std::fs::write(folder.join("knock.json"), configuration).unwrap();
    for arguments in [
        ["plan", "--config", "knock.json", "--event", "event.json"].as_slice(),
        &["check", "--config", "knock.json"],
        &["serve", "--config", "knock.json", "--addr", "127.0.0.1:0"],
    ] {
        let output = Desk::output(&mut desk.command(arguments));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!output.status.success() && said.contains(twice), "{said}");
    }

    let input = r#"{ "calendarId": "a", "calendarId": "b" }"#;
    let mut invoke = desk.command(&["invoke", "calendar.get", "--config", "knock.toml", "--input", input]);
    let output = Desk::output(&mut invoke);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("at `/calendarId`") && said.contains(twice), "{said}");

    std::fs::write(
        folder.join("leads.jsonl"),
        "{ \"id\": \"1\", \"data\": {}, \"id\": \"2\" }\n",
    )
    .unwrap();
    let mut import = desk.command(&["run", "--config", "knock.toml", "--events", "leads.jsonl"]);
    let output = Desk::output(&mut import);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(
        !output.status.success() && said.contains("at `/id`") && said.contains(twice),
        "{said}"
    );
    assert_eq!(desk.received(), 0);

    let serving = Serving::begin(&desk, &["--shadow"]);
    assert_eq!(
        serving.ask("POST", "/v1/events", r#"{ "data": {}, "id": "1", "id": "2" }"#),
        422
    );
    let deep = format!(r#"{{ "data": {{ "a": {}{} }} }}"#, "[".repeat(126), "]".repeat(126));
    assert_eq!(serving.ask("POST", "/v1/events", &deep), 422);
}
