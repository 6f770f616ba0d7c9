//! Processes that are killed while they run events.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, ChildStdout};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::*;

/// How long anything may take that does not wait for a process that is gone: its claim would last a minute longer.
const SOON: Duration = Duration::from_secs(30);

/// A `knock serve` that is killed when it is dropped.
struct Serving {
    child: Child,
    address: String,
    _output: BufReader<ChildStdout>,
}

impl Serving {
    fn start(desk: &Desk) -> Self {
        let mut command = desk.command(&["serve", "--config", "knock.toml", "--addr", "127.0.0.1:0"]);
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(desk.folder.path().join("log"));
        let mut child = command
            .env("KNOCK_LOG", "host_harness=info")
            .stdout(Stdio::piped())
            .stderr(log.unwrap())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let (_, address) = line.split_once("listening on http://").unwrap();
        Self {
            child,
            address: address.trim().to_owned(),
            _output: output,
        }
    }

    /// Sends a request, and returns the JSON of its answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn take_in(&self, id: &str, subject: &str, event: &Value) -> u64 {
        let event = json!({ "id": id, "subject": subject, "data": event["data"] });
        let accepted = self.ask("POST", "/v1/events", &event.to_string());
        accepted["number"].as_u64().unwrap_or_else(|| panic!("{accepted}"))
    }

    fn event(&self, number: u64) -> Value {
        self.ask("GET", &format!("/v1/events/{number}"), "")
    }

    fn wait_for_status(&self, number: u64, status: &str) -> Value {
        wait(|| Some(self.event(number)).filter(|event| event["status"] == status))
    }

    /// As if the machine had lost its power.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < SOON, "it takes too long");
        sleep(Duration::from_millis(20));
    }
}

/// The answers to the first requests of an operation are held back, so that whoever asks can be killed meanwhile.
fn held_back(operation: &str, times: u32) -> Fault {
    let fault = json!({ "on": operation, "times": times, "do": { "latency": { "ms": 60_000 } } });
    serde_json::from_value(fault).unwrap()
}

fn event_of(desk: &Desk) -> Value {
    serde_json::from_slice(&std::fs::read(desk.folder.path().join("event.json")).unwrap()).unwrap()
}

fn log_of(desk: &Desk) -> String {
    std::fs::read_to_string(desk.folder.path().join("log")).unwrap()
}

/// Takes an event in, and kills two processes while they run it. Returns its number.
fn taken_in_and_killed_twice(desk: &Desk) -> u64 {
    let first = Serving::start(desk);
    let number = first.take_in("visit-1", "pin-1", &event_of(desk));
    wait(|| (desk.received() >= 1).then_some(()));
    first.kill();

    let second = Serving::start(desk);
    wait(|| (desk.received() >= 2).then_some(()));
    second.kill();
    number
}

#[test]
fn booking_in_flight_does_not_wait_for_a_process_that_was_killed() {
    let desk = Desk::new(&[held_back("appointment.create", 1)]);
    let serving = Serving::start(&desk);
    let number = serving.take_in("visit-1", "pin-1", &event_of(&desk));
    wait(|| (desk.appointments() == 1).then_some(()));
    serving.kill();

    let serving = Serving::start(&desk);
    let event = serving.wait_for_status(number, "done");
    assert_eq!(desk.appointments(), 1, "{event}");
}

#[test]
fn other_process_goes_on_at_once_with_what_a_dead_one_had() {
    let desk = Desk::new(&[held_back("contact.create", 1)]);
    let dying = Serving::start(&desk);
    let number = dying.take_in("visit-1", "pin-1", &event_of(&desk));
    wait(|| (desk.received() >= 1).then_some(()));
    let other = Serving::start(&desk);
    dying.kill();
    other.wait_for_status(number, "done");
    assert_eq!(desk.appointments(), 1);
}

#[test]
fn event_that_was_there_when_two_processes_died_is_run_alone_and_carried_out() {
    let desk = Desk::new(&[held_back("contact.create", 2)]);
    let number = taken_in_and_killed_twice(&desk);
    assert!(!log_of(&desk).contains("run in one of its own"), "{}", log_of(&desk));

    let serving = Serving::start(&desk);
    serving.wait_for_status(number, "done");
    assert_eq!(desk.appointments(), 1);
    assert!(log_of(&desk).contains("run in one of its own"), "{}", log_of(&desk));
}

#[cfg(target_os = "linux")]
#[test]
fn event_that_kills_the_process_that_runs_it_alone_is_set_aside_and_the_host_lives() {
    let desk = Desk::new(&[held_back("contact.create", 3)]);
    let number = taken_in_and_killed_twice(&desk);

    let serving = Serving::start(&desk);
    wait(|| (desk.received() >= 3).then_some(()));
    let pid = serving.child.id();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    // A thread of the runtime may have started it.
    let mut children = children.unwrap();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        children += &std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
    }
    let child = children.split_whitespace().next().unwrap().parse().unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(child).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();

    let event = serving.wait_for_status(number, "failed");
    assert!(event.to_string().contains("killed by signal 9"), "{event}");
    // Others are none the worse for it.
    let other = serving.take_in("visit-2", "pin-2", &event_of(&desk));
    serving.wait_for_status(other, "done");
}
