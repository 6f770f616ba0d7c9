//! The first steps on an account: `knock init`, `knock check`, `knock verify`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Received, Seed};
use serde_json::Value;

use super::{Desk, text};

fn forbidden(on: &str) -> Fault {
    Fault::on(on, Effect::Status(http::StatusCode::FORBIDDEN.into())).unwrap()
}

#[test]
fn what_init_writes_passes_the_check_and_can_be_verified() {
    let desk = Desk::new(&[]);
    let run = |arguments: &[&str]| desk.command(arguments).output().unwrap();
    let init = ["init", "--location", Seed::DEMO_LOCATION, "--out", "first.toml"];
    let written = run(&init);
    assert!(written.status.success(), "{written:?}");
    let again = run(&init);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&again.stderr).contains("`--force`"),
        "{again:?}"
    );
    assert!(run(&["check", "--config", "first.toml"]).status.success());

    let verified = run(&["verify", "--config", "first.toml", "--json"]);
    assert!(verified.status.success(), "{verified:?}");
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert!(
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|finding| finding["verdict"] == "ok"),
        "{report:#}"
    );
    assert_eq!(report["left"], serde_json::json!([]));
    assert!(report["requests"].as_u64().unwrap() > 10);
    let live = desk
        .server
        .with(|ghl| ghl.seed().appointments.iter().filter(|one| !one.deleted).count());
    assert_eq!(live, Seed::demo().appointments.len());
}

#[test]
fn location_that_allows_duplicate_contacts_is_configured_so_and_a_live_check_compares() {
    for allowed in [false, true] {
        let mut seed = Seed::demo();
        seed.location.allow_duplicate_contact = allowed;
        let desk = Desk::of(seed, &[]);
        let run = |arguments: &[&str]| desk.command(arguments).output().unwrap();
        assert!(
            run(&["init", "--location", Seed::DEMO_LOCATION, "--out", "first.toml"])
                .status
                .success()
        );
        let written = std::fs::read_to_string(desk.folder.path().join("first.toml")).unwrap();
        assert_eq!(
            written.contains("duplicate_contacts = \"allowed\""),
            allowed,
            "{written}"
        );
        let live = |file: &str| run(&["check", "--live", "--json", "--config", file]);
        let differs = |output: &[u8]| String::from_utf8_lossy(output).contains("duplicate-contacts-differs");
        let checked = live("first.toml");
        assert!(checked.status.success() && !differs(&checked.stdout), "{checked:?}");
        // The configuration on the desk takes it for granted that duplicates are refused.
        let checked = live("knock.toml");
        assert_eq!(
            (checked.status.success(), differs(&checked.stdout)),
            (!allowed, allowed),
            "{checked:?}"
        );
        let wrong = format!("{}\n[identity]\nduplicate_contacts = \"allowed\"\n", {
            std::fs::read_to_string(desk.folder.path().join("knock.toml")).unwrap()
        });
        std::fs::write(desk.folder.path().join("wrong.toml"), wrong).unwrap();
        let checked = live("wrong.toml");
        assert_eq!(
            (checked.status.success(), differs(&checked.stdout)),
            (true, !allowed),
            "{checked:?}"
        );
    }
}

#[test]
fn what_init_cannot_find_out_stands_in_a_comment() {
    let desk = Desk::new(&[forbidden("user.list"), forbidden("location.get")]);
    let init = desk
        .command(&["init", "--location", Seed::DEMO_LOCATION])
        .output()
        .unwrap();
    assert!(init.status.success(), "{init:?}");
    let text = String::from_utf8(init.stdout).unwrap();
    assert_eq!(text.matches("# Not found out").count(), 2, "{text}");
    assert!(
        !text.contains("[[reps]]") && text.contains("calendar_name = "),
        "{text}"
    );
}

#[test]
fn a_connection_that_does_not_work_is_not_ready() {
    let desk = Desk::new(&[forbidden("appointment.create")]);
    let verify = desk.command(&["verify", "--config", "knock.toml"]).output().unwrap();
    assert_eq!(verify.status.code(), Some(1), "{verify:?}");
    let text = String::from_utf8(verify.stdout).unwrap();
    assert!(
        text.contains("appointment  failed") && text.contains("not ready"),
        "{text}"
    );
    assert_eq!(
        desk.server.with(|ghl| ghl.contacts().count()),
        Seed::demo().contacts.len(),
        "the contact is gone again"
    );

    let dry = desk
        .command(&["verify", "--config", "knock.toml", "--dry-run"])
        .output()
        .unwrap();
    assert!(dry.status.success());
}

/// A trial whose appointment nobody knows about for a while, interrupted as soon as GHL has it.
fn interrupted(desk: &Desk) -> Child {
    let file = desk.folder.path().join("knock.toml");
    let configuration = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, configuration + "settle_seconds = 60\n").unwrap();
    let mut trial = desk
        .command(&["verify", "--config", "knock.toml", "--json"])
        .env_remove("KNOCK_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_creation = |request: &Received| request.operation == Some("appointment.create");
    while !desk.server.with(|ghl| ghl.received().iter().any(is_creation)) {
        assert_eq!(trial.try_wait().unwrap(), None);
        std::thread::sleep(Duration::from_millis(10));
    }
    interrupt(&trial);
    trial
}

fn interrupt(process: &Child) {
    rustix::process::kill_process(rustix::process::Pid::from_child(process), rustix::process::Signal::INT).unwrap();
}

fn lost_while_reads_lag(seconds: u64) -> [Fault; 2] {
    let lag = Effect::Lag {
        ms: seconds * 1000,
        for_ms: None,
    };
    [Effect::ResetAfterCommit, lag].map(|effect| Fault::on("appointment.create", effect).unwrap())
}

#[test]
fn a_trial_that_is_interrupted_says_what_it_waits_for_and_leaves_nothing() {
    let desk = Desk::new(&lost_while_reads_lag(3));
    let ended = interrupted(&desk).wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let said = text(&ended.stderr);
    assert!(said.contains("stopping") && said.contains("Ctrl-C again"), "{said}");
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(report["left"], serde_json::json!([]), "{report:#}");
    let live = desk
        .server
        .with(|ghl| ghl.seed().appointments.iter().filter(|one| !one.deleted).count());
    assert_eq!(live, Seed::demo().appointments.len(), "{report:#}");
}

#[test]
fn a_trial_that_is_interrupted_twice_ends_at_once_and_names_what_may_be_left() {
    let desk = Desk::new(&lost_while_reads_lag(3600));
    let mut trial = interrupted(&desk);
    let mut said = BufReader::new(trial.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains("stopping")));
    interrupt(&trial);
    assert!(said.any(|line| line.contains("the contact `knockcal-verification-")));
    assert_eq!(trial.wait().unwrap().code(), Some(1));
}

#[test]
fn the_live_check_knows_what_ghl_has_and_what_already_tells_people() {
    let desk = Desk::of(Seed::everything(), &[forbidden("workflow.list")]);
    let configuration = format!(
        "location_id = \"{}\"\ncalendar_name = \"Roof Inspectoins\"\n\n[[reps]]\nid = \"7\"\nuser_id = \"Dana00Whitfield00us\"\n\
         calendar_id = \"{}\"\n\n[[routing]]\ncalendar_name = \"Closed territory\"\nuser_id = \"Dana00Whitfield00usr\"\n\n\
         [recipes.\"knocker.lead_booked\".with.contact]\n\
         customFields = [{{ id = {{ from = \"customFieldIds.contact.pin_di\" }}, field_value = 1 }}]\n",
        Seed::DEMO_LOCATION,
        Seed::ROOF_INSPECTIONS
    );
    std::fs::write(desk.folder.path().join("knock.toml"), configuration).unwrap();
    let check = |arguments: &[&str]| {
        let output = desk
            .command(&[&["check", "--config", "knock.toml", "--json"], arguments].concat())
            .output()
            .unwrap();
        let checked: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        let findings = checked[0]["findings"].as_array().unwrap().clone();
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let brief = findings.iter().map(|finding| {
            (
                text(finding, "severity"),
                text(finding, "code"),
                finding["line"].as_u64().unwrap_or_default(),
            )
        });
        (output.status.code(), brief.collect::<Vec<_>>())
    };
    let without_id = ("note".to_owned(), "missing-source-id".to_owned(), 0);
    assert_eq!(check(&[]), (Some(0), vec![without_id]));
    let (code, findings) = check(&["--live"]);
    let expected = [
        ("note", "missing-source-id", 0),
        ("note", "tells-people", 0),
        ("note", "scope-refused", 0),
        ("note", "not-provable", 0),
        ("error", "unknown-calendar", 2),
        ("error", "unknown-user", 6),
        ("warning", "rep-not-on-team", 7),
        ("warning", "calendar-inactive", 10),
        ("warning", "rep-not-on-team", 10),
        ("error", "unknown-custom-field", 14),
    ];
    let expected = expected.map(|(severity, code, line)| (severity.to_owned(), code.to_owned(), line));
    assert_eq!((code, findings), (Some(1), expected.to_vec()));
}

#[test]
fn live_check_names_a_calendar_without_free_time() {
    let mut seed = Seed::everything();
    for calendar in &mut seed.calendars {
        calendar.open_hours.clear();
    }
    let desk = Desk::of(seed, &[]);
    let output = desk
        .command(&["check", "--config", "knock.toml", "--live", "--json"])
        .output();
    let checked: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let mut findings = checked[0]["findings"].as_array().unwrap().iter();
    let finding = findings.find(|finding| finding["code"] == "no-free-time");
    let message = finding.unwrap_or_else(|| panic!("{checked:#}"))["message"]
        .as_str()
        .unwrap();
    assert!(
        message.contains("`Roof Inspections` has no free time within 31 days"),
        "{message}"
    );
}

#[test]
fn the_live_check_says_what_is_off_without_a_scope() {
    let scopes = [
        ("event.list", "calendars/events.readonly", "a household's second visit"),
        ("calendar.list", "calendars.readonly", "what else is free"),
        ("contact.search", "contacts.readonly", "two people with one number"),
        (
            "group.list",
            "calendars/groups.readonly",
            "groups of calendars cannot be kept",
        ),
    ];
    for (on, scope, off) in scopes {
        let refusal =
            serde_json::json!({ "statusCode": 401, "message": "The token is not authorized for this scope." });
        let fault = serde_json::json!({ "on": on, "times": 100, "do": { "status": { "code": 401, "body": refusal } } });
        let desk = Desk::of(Seed::everything(), &[serde_json::from_value(fault).unwrap()]);
        let output = desk
            .command(&["check", "--config", "knock.toml", "--live", "--json"])
            .output();
        let checked: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
        let findings = checked[0]["findings"].as_array().unwrap().iter();
        let said: Vec<_> = findings.filter(|finding| finding["code"] == "scope-refused").collect();
        let [finding] = said.as_slice() else {
            panic!("{on}: {checked:#}");
        };
        let message = finding["message"].as_str().unwrap();
        assert_ne!(finding["severity"], "note", "{message}");
        assert!(
            message.contains(&format!("without `{scope}`, ")) && message.contains(off),
            "{message}"
        );
    }
}
