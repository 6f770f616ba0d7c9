//! `knock emulator` as other programs use it.

use super::*;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::Child;

/// An emulator in a process of its own, and what it said of itself.
struct Emulator {
    process: Child,
    about: Value,
}

impl Emulator {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_knock"))
            .args(["emulator", "--addr", "127.0.0.1:0", "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = process.stdout.as_mut().unwrap();
        let about = serde_json::Deserializer::from_reader(said).into_iter().next();
        let about = about.unwrap().unwrap();
        Self { process, about }
    }

    fn ask(&self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let address = self.about["base_url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap();
        let token = self.about["token"].as_str().unwrap();
        let body = body.to_string();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nversion: 2021-07-28");
        let kind = "content-type: application/json";
        let length = body.len();
        write!(
            stream,
            "{head}\r\nauthorization: Bearer {token}\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head[9..12].parse().unwrap(),
            serde_json::from_str(body).unwrap_or_default(),
        )
    }

    fn upsert(&self, email: &str) -> (u16, Value) {
        let body = json!({ "locationId": self.about["location_id"], "email": email });
        self.ask("POST", "/contacts/upsert", &body)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn a_world_is_saved_and_started_again() {
    let folder = TempDir::new().unwrap();
    let saved = folder.path().join("saved.json");
    let first = Emulator::start(&[]);
    let (_, made) = first.upsert("ann@example.com");
    let (_, state) = first.ask("GET", "/__emulator/state", &Value::Null);
    write(folder.path(), "saved.json", &state);
    let second = Emulator::start(&["--seed", saved.to_str().unwrap()]);
    let (_, found) = second.upsert("ann@example.com");
    assert_eq!(
        (&found["new"], &found["contact"]["id"]),
        (&json!(false), &made["contact"]["id"])
    );
    assert_eq!(second.about["calendars"], first.about["calendars"]);
}

#[test]
fn faults_of_all_options_strike_in_their_order() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("faults");
    std::fs::write(&file, "[[faults]]\non = \"contact.upsert\"\ndo = { status = 503 }\n").unwrap();
    let second = r#"[{ "on": "*", "nth": 2, "do": { "status_after_commit": 504 } }]"#;
    let emulator = Emulator::start(&["--fault", file.to_str().unwrap(), "--fault", second]);
    let statuses = [(); 3].map(|()| emulator.upsert("ann@example.com").0);
    assert_eq!(statuses, [503, 504, 200]);
}

#[test]
fn an_app_hears_of_what_happens() {
    let app = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", app.local_addr().unwrap());
    let emulator = Emulator::start(&["--webhooks", &url]);
    assert_eq!(emulator.about["webhooks"], url);
    let (_, told) = emulator.ask("GET", "/__emulator/webhooks", &Value::Null);
    assert_eq!(told["public_key"], emulator.about["webhook_public_key"]);
    emulator.upsert("ann@example.com");
    let (mut came, _) = app.accept().unwrap();
    let mut text = String::new();
    while !text.contains("ContactCreate") {
        let mut part = [0; 1024];
        let count = came.read(&mut part).unwrap();
        assert_ne!(count, 0, "{text}");
        text += std::str::from_utf8(&part[..count]).unwrap();
    }
    assert!(text.contains("\r\nx-ghl-signature: "), "{text}");
}
