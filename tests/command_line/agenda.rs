//! `knock agenda` where GHL cannot be read, or not all of it.

use host_harness::emulator::{Fault, Seed};
use serde_json::{Value, json};

use super::{Desk, text};

const AGENDA: [&str; 9] = [
    "agenda",
    "--config",
    "knock.toml",
    "--for",
    "0s",
    "--from",
    "2030-06-03",
    "--days",
    "7",
];

/// A fault that refuses an operation for good: the credential lacks its scope.
fn out_of_scope(on: &str, nth: u32) -> Fault {
    let body = json!({ "statusCode": 401, "message": "The token is not authorized for this scope." });
    let effect = json!({ "status": { "code": 401, "body": body } });
    let fault = json!({ "on": on, "nth": nth, "times": 1000, "do": effect });
    serde_json::from_value(fault).unwrap()
}

fn agenda(desk: &Desk, more: &[&str]) -> (Option<i32>, String, String) {
    let output = desk.command(&[&AGENDA[..], more].concat()).output().unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_agenda_of_which_nothing_can_be_read_is_no_empty_one() {
    let faults = ["event.list", "blocked_slot.list"].map(|on| out_of_scope(on, 1));
    let desk = Desk::new(&faults);
    for more in [&[][..], &["--ics"], &["--json"]] {
        let (code, said, warned) = agenda(&desk, more);
        assert_eq!(code, Some(1), "{more:?}: {said}");
        assert!(!said.contains("nothing") && !said.contains("BEGIN:VCALENDAR"), "{said}");
        let all = said + &warned;
        assert!(all.contains("lacks the scope `calendars/events.readonly`"), "{all}");
    }
}

#[test]
fn an_agenda_that_lacks_something_says_so() {
    let seed = Seed::everything();
    let desk = Desk::of(seed, &[out_of_scope("blocked_slot.list", 1)]);
    let (code, said, warned) = agenda(&desk, &[]);
    assert_eq!(code, Some(1), "{warned}");
    assert!(
        said.contains("nothing that could be read") && said.contains("and what could not be read"),
        "{said}"
    );
    assert!(
        warned.contains("lacks the scope") && warned.contains("not everything could be read"),
        "{warned}"
    );
    let (code, said, _) = agenda(&desk, &["--json"]);
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, answer["incomplete"].as_array().map(Vec::is_empty)),
        (Some(1), Some(false))
    );
    assert!(!answer["entries"].as_array().unwrap().is_empty(), "{answer:#}");
    let (code, said, warned) = agenda(&desk, &["--ics"]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("BEGIN:VEVENT") && warned.contains("not everything could be read"),
        "{said}{warned}"
    );
    let (code, said, warned) = agenda(&desk, &["--ics", "--calendar", "NoSuchCalendar00cal"]);
    assert_eq!((code, said.as_str()), (Some(1), ""), "{warned}");
    assert!(warned.contains("no iCalendar was written"), "{warned}");
}

#[test]
fn an_agenda_of_which_all_was_read_ends_well() {
    let desk = Desk::new(&[]);
    let (code, said, warned) = agenda(&desk, &["--ics"]);
    assert_eq!(code, Some(0), "{warned}");
    assert!(said.contains("BEGIN:VCALENDAR"), "{said}");
    let (code, said, _) = agenda(&desk, &[]);
    assert!(code == Some(0) && !said.contains("could"), "{said}");
}
