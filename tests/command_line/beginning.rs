//! The first steps on an account: `knock init`, `knock check`, `knock verify`.

use host_harness::emulator::{Effect, Fault, Seed};
use serde_json::Value;

use super::Desk;

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
    assert_eq!(check(&[]), (Some(0), Vec::new()));
    let (code, findings) = check(&["--live"]);
    let expected = [
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
