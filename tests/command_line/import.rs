//! `knock run --events`.

use super::*;

const IMPORT: [&str; 5] = ["run", "--config", "knock.toml", "--events", "leads.csv"];

/// A file of so many leads, each at a time of its own.
fn leads(count: usize) -> String {
    let mut day = Utc::now().date_naive() + Duration::days(2);
    let mut lines = vec!["id,subject,startTime,lead.name,lead.phone".to_owned()];
    while lines.len() <= count {
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            let number = lines.len();
            lines.push(format!(
                "visit-{number},pin-{number},{day}T10:00:00,Ann Lee,51255501{number:02}"
            ));
        }
        day += Duration::days(1);
    }
    lines.join("\r\n")
}

fn desk(leads: &str, faults: &[Fault]) -> Desk {
    let desk = Desk::new(faults);
    std::fs::write(desk.folder.path().join("leads.csv"), leads).unwrap();
    desk
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn import(desk: &Desk) -> (Option<i32>, Value) {
    let output = Desk::output(desk.command(&IMPORT).arg("--json"));
    (output.status.code(), document(&output))
}

#[test]
fn each_lead_of_a_file_is_booked_once_and_nobody_is_told() {
    let desk = desk(&leads(6), &[]);
    let (code, report) = import(&desk);
    assert_eq!(
        (code, &report["done"], &report["leads"]),
        (Some(0), &json!(6), &json!(6)),
        "{report}"
    );
    assert_eq!((desk.appointments(), desk.received()), (6, 12));
    let shown = document(&Desk::output(&mut desk.command(&["events", "show", "1", "--json"])));
    assert_eq!(shown["event"]["notify"], false);
    let (code, report) = import(&desk);
    assert_eq!(
        (code, &report["done"], &report["done_before"]),
        (Some(0), &json!(0), &json!(6))
    );
    assert_eq!(desk.received(), 12, "something was sent again");
}

#[test]
fn nothing_is_sent_while_a_line_cannot_be_used_unless_it_is_to_be_left_out() {
    let desk = desk(&format!("{}\nvisit-9,pin-9,tomorrow,Bo,\n", leads(2)), &[]);
    let (code, report) = import(&desk);
    assert_eq!((code, &report["problems"][0]["line"]), (Some(1), &json!(4)), "{report}");
    assert_eq!(desk.received(), 0);
    let output = Desk::output(desk.command(&IMPORT).arg("--skip-invalid"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(desk.appointments(), 2);
}

#[test]
fn an_import_that_is_interrupted_goes_on_where_it_was() {
    let desk = desk(
        &leads(30),
        &[Fault::on("contact.create", Effect::Latency { ms: 300 })
            .unwrap()
            .times(u32::MAX)],
    );
    let mut command = desk.command(&IMPORT);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while desk.received() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("the same command goes on"), "{output:?}");
    assert!(desk.appointments() < 30);
    let (code, report) = import(&desk);
    assert_eq!((code, &report["left"]), (Some(0), &json!(0)), "{report}");
    assert_eq!((desk.appointments(), desk.received()), (30, 60));
}

#[test]
fn an_import_stops_when_the_credential_is_refused_and_goes_on_with_a_good_one() {
    let desk = desk(&leads(3), &[]);
    let output = Desk::output(
        desk.command(&IMPORT)
            .env("KNOCK_SECRET_GHL_TOKEN", "pit-of-somebody-else"),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("put the credential right"), "{output:?}");
    let status = Desk::output(&mut desk.command(&["status", "--json"]));
    assert_eq!(status.status.code(), Some(1));
    let why = document(&status)["connections"]["knock"]["halted"]["why"].to_string();
    assert!(why.contains("does not accept the credential"), "{why}");
    let resumed = document(&Desk::output(&mut desk.command(&["resume", "knock", "--json"])));
    assert_eq!(
        resumed,
        json!({ "connection": "knock", "was_halted": true, "unfinished": 3 })
    );
    assert_eq!(import(&desk).0, Some(0));
    assert_eq!(desk.appointments(), 3);
}

#[test]
fn leads_that_are_refused_are_set_aside_for_a_person_to_settle() {
    // Two leads, and one closer who can only be at one of them.
    let file = leads(2);
    let (names, rest) = file.split_once("\r\n").unwrap();
    let time = rest.split(',').nth(2).unwrap();
    let lines = ["1", "2"].map(|lead| format!("visit-{lead},pin-{lead},{time},Ann Lee,512555010{lead},Dana Closer"));
    let desk = desk(&format!("{names},calendarName\n{}\n", lines.join("\n")), &[]);
    let (code, report) = import(&desk);
    assert_eq!((code, &report["done"]), (Some(1), &json!(1)), "{report}");
    let number = report["set_aside"][0].to_string();
    let shown = Desk::output(&mut desk.command(&["events", "show", &number]));
    assert!(text(&shown.stdout).contains("free nearby"), "{shown:?}");
    let listed = document(&Desk::output(
        &mut desk.command(&["events", "list", "--status", "failed", "--json"]),
    ));
    assert_eq!(listed[0]["outcome"], "slot-taken");
    assert!(!listed.to_string().contains("555"), "a list shows ids alone: {listed}");
    assert_eq!(Desk::output(&mut desk.command(&["status"])).status.code(), Some(1));
    assert!(
        Desk::output(&mut desk.command(&["events", "discard", &number]))
            .status
            .success()
    );
    let status = Desk::output(&mut desk.command(&["status"]));
    assert_eq!(status.status.code(), Some(0), "{status:?}");
    assert!(
        text(&status.stdout).contains("2 leads, 1 appointments, 0 waiting"),
        "{status:?}"
    );
    // It can be done after all.
    assert!(
        Desk::output(&mut desk.command(&["events", "retry", &number]))
            .status
            .success()
    );
    let waiting = document(&Desk::output(&mut desk.command(&["status", "--json"])));
    assert_eq!(waiting["total"]["waiting"], 1);
}
