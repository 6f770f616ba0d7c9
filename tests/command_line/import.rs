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
    assert_eq!((code, &report["lines"][0]["line"]), (Some(1), &json!(4)), "{report}");
    assert_eq!(report["problems"][0]["examples"][0]["line"], 4);
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
    // The first line has the slot.
    let failed = &report["lines"][1];
    assert_eq!(
        (&failed["line"], &failed["code"]),
        (&json!(3), &json!("slot-taken")),
        "{report}"
    );
    let number = failed["number"].to_string();
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

/// A table of visits: who, at which of so many weekdays from now, at which hour, in which street and calendar.
fn visits(rows: &[(&str, usize, u32, &str, &str)]) -> String {
    let first = Utc::now().date_naive() + Duration::days(2);
    let weekdays = first
        .iter_days()
        .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
    let weekdays: Vec<_> = weekdays.take(40).collect();
    let mut lines =
        vec!["id,subject,startTime,lead.name,lead.phone,address.street,address.postalCode,calendarName".to_owned()];
    for (number, (lead, day, hour, street, calendar)) in rows.iter().enumerate() {
        let (day, phone) = (weekdays[*day], 100 + lead.len());
        lines.push(format!(
            "visit-{number},pin-{number},{day}T{hour:02}:00:00,{lead},512555{phone:04},{street},78701,{calendar}"
        ));
    }
    lines.join("\n")
}

fn outcomes(report: &Value) -> Vec<&str> {
    let lines = report["lines"].as_array().unwrap();
    lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect()
}

#[test]
fn the_first_line_has_the_visit_of_a_household_and_the_slot_however_long_it_takes() {
    let names: Vec<String> = (1..=8).map(|length| "Ann ".to_owned() + &"x".repeat(length)).collect();
    let streets: Vec<String> = (1..=8).map(|number| format!("{number} Oak St")).collect();
    let mut rows = Vec::new();
    // Households of two lines, the second on another day.
    for place in 0..4 {
        let (name, street) = (names[place].as_str(), streets[place].as_str());
        rows.push((name, place, 10, street, "Roof Inspections"));
        rows.push((name, place + 10, 10, street, "Roof Inspections"));
    }
    // Two leads for one hour of one closer.
    for place in 4..8 {
        rows.push((names[place].as_str(), place, 14, streets[place].as_str(), "Dana Closer"));
        rows.push((names[place - 4].as_str(), place, 14, "9 Elm St", "Dana Closer"));
    }
    // The slowest answers come first, so that whatever begins later would be done earlier.
    let slow = Fault::on("contact.upsert", Effect::Latency { ms: 700 })
        .unwrap()
        .times(8);
    let desk = desk(&visits(&rows), &[slow]);
    let (code, report) = import(&desk);
    assert_eq!(code, Some(1), "{report}");
    let of_households = ["booked", "attached"].repeat(4);
    assert_eq!(outcomes(&report)[..8], of_households[..], "{report:#}");
    // One of those who come second lives in another street, so that it is refused, and not attached.
    assert_eq!(outcomes(&report)[8..], ["booked", "failed"].repeat(4)[..], "{report:#}");
    assert_eq!(
        (&report["booked"], &report["attached"], &report["failed"]),
        (&json!(8), &json!(4), &json!(4))
    );
}

#[test]
fn an_import_names_each_line_that_was_attached_or_failed_and_carries_all_in_json() {
    let rows = [
        ("Ann Lee", 0, 10, "1 Oak St", "Roof Inspections"),
        ("Ann Lee", 3, 10, "1 Oak St", "Roof Inspections"),
        ("Bo Kim x", 5, 3, "2 Oak St", "Roof Inspections"),
    ];
    let desk = desk(&visits(&rows), &[]);
    let output = Desk::output(&mut desk.command(&IMPORT));
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for said in [
        "  booked     1\n",
        "  attached   1\n",
        "failed       1\n",
        "attached to the visit of another\n  1 line  attached\n    line 3  `pin-1`: this household has a visit already",
        "line 4  `pin-2`, Bo Kim x: ",
    ] {
        assert!(out.contains(said), "{said}\n{out}");
    }
    let (code, report) = import(&desk);
    let line = &report["lines"][1];
    assert_eq!(
        (code, &line["before"], &report["done_before"]),
        (Some(1), &json!(true), &json!(2)),
        "{report:#}"
    );
    assert_eq!(line["appointment_id"], report["lines"][0]["appointment_id"]);
    assert_eq!(
        (&line["warnings"][0]["code"], &line["subject"]),
        (&json!("attached"), &json!("pin-1"))
    );
    assert_eq!(report["lines"][0]["visit"]["lead"], "Ann Lee", "{report:#}");
}

#[test]
fn a_line_that_comes_twice_is_carried_out_once() {
    let one = visits(&[("Ann Lee", 0, 10, "1 Oak St", "Roof Inspections")]);
    let again = one.lines().nth(1).unwrap();
    let desk = desk(&format!("{one}\n{again}\n"), &[]);
    let (code, report) = import(&desk);
    assert_eq!(
        (code, outcomes(&report)),
        (Some(0), vec!["booked", "repeated"]),
        "{report:#}"
    );
}

#[test]
fn the_table_of_a_spreadsheet_is_previewed_mapped_and_imported() {
    let desk = Desk::new(&[]);
    let day = (Utc::now().date_naive() + Duration::days(30)).iter_days();
    let day = day.filter(|day| day.weekday() == Weekday::Tue).take(1).last().unwrap();
    let table = format!(
        "Termine\r\n\r\nLead ID;First Name;Last Name;Phone;Appt Date;Appt Time\r\n7;Zo\u{eb};Lee;(512) 555-0142;{day};10:00\r\n"
    );
    let bytes: Vec<u8> = table
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    std::fs::write(desk.folder.path().join("leads.csv"), bytes).unwrap();
    let plan = |more: &[&str]| {
        let arguments = ["plan", "--config", "knock.toml", "--events", "leads.csv", "--json"];
        let output = Desk::output(desk.command(&arguments).args(more));
        (output.status.code(), document(&output))
    };
    let (code, preview) = plan(&[]);
    assert_eq!(
        (code, &preview["table"]["header_line"]),
        (Some(1), &json!(3)),
        "{preview:#}"
    );
    let map = preview["proposed_map"].as_str().unwrap();
    std::fs::write(desk.folder.path().join("map.toml"), map).unwrap();
    let (code, preview) = plan(&["--map", "map.toml"]);
    assert_eq!((code, &preview["events"]), (Some(0), &json!(1)), "{map}\n{preview:#}");
    assert!(
        preview["visits"][0]["visit"].as_str().unwrap().contains("10:00 AM"),
        "{preview:#}"
    );
    assert_eq!(desk.received(), 0, "a preview sends nothing");
    let output = Desk::output(desk.command(&IMPORT).args(["--map", "map.toml", "--json"]));
    assert_eq!((output.status.code(), desk.appointments()), (Some(0), 1), "{output:?}");
}
