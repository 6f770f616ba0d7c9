//! Commands on a state file that others use.

use super::*;
use host_harness::storage::StateFile;

#[test]
fn a_copy_is_made_of_a_file_in_use_and_put_back_into_one_that_is_not() {
    let desk = Desk::new(&[]);
    let file = StateFile::open(&desk.folder.path().join("state.sqlite")).unwrap();
    let backup = Desk::output(&mut desk.command(&["backup", "copy.sqlite"]));
    assert_eq!(backup.status.code(), Some(0), "{backup:?}");
    let again = Desk::output(&mut desk.command(&["backup", "copy.sqlite"]));
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    let used = Desk::output(&mut desk.command(&["restore", "copy.sqlite"]));
    assert_eq!(used.status.code(), Some(1));
    assert!(
        text(&used.stderr).contains("stop every `knock` that uses it first"),
        "{used:?}"
    );
    drop(file);
    let restored = Desk::output(&mut desk.command(&["restore", "copy.sqlite", "--json"]));
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let report: Value = serde_json::from_slice(&restored.stdout).unwrap();
    assert_eq!(report["unfinished"], 0);
}

#[test]
fn what_is_not_there_is_said_and_nothing_is_made() {
    let desk = Desk::new(&[]);
    for arguments in [
        vec!["status"],
        vec!["events", "list"],
        vec!["backup", "copy.sqlite"],
        vec!["resume", "austin"],
    ] {
        let output = Desk::output(&mut desk.command(&arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(
            text(&output.stderr).contains("there is no state file `state.sqlite`"),
            "{output:?}"
        );
    }
    assert!(!desk.folder.path().join("state.sqlite").exists());
}

#[test]
fn what_is_wrong_with_where_people_are_told_is_said_without_it() {
    let desk = Desk::new(&[]);
    for (url, why) in [
        ("http://hooks.example.com/T0-secret", "is not encrypted"),
        (
            "hooks.example.com/T0-secret",
            "is no URL like `https://example.com/path`",
        ),
    ] {
        let mut serve = desk.command(&["serve", "--config", "knock.toml", "--addr", "127.0.0.1:0"]);
        let output = Desk::output(serve.env("KNOCK_SECRET_ALERT_URL", url));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = text(&output.stderr);
        let place = "set `KNOCK_SECRET_KNOCK_ALERT_URL` or `KNOCK_SECRET_ALERT_URL`";
        assert!(said.contains(why) && said.contains(place), "{said}");
        assert!(!said.contains("T0-secret"), "{said}");
    }
}

#[test]
fn without_its_token_a_connection_is_halted_unless_it_is_in_shadow() {
    let desk = Desk::new(&[]);
    for (arguments, is_halted) in [(vec![], true), (vec!["--shadow"], false)] {
        let mut serve = desk.command(&["serve", "--config", "knock.toml", "--addr", "127.0.0.1:0", "--json"]);
        let serve = serve
            .args(arguments)
            .env_remove("KNOCK_SECRET_GHL_TOKEN")
            .stdout(Stdio::piped());
        let mut serving = serve.spawn().unwrap();
        let said = serving.stdout.as_mut().unwrap();
        let said = serde_json::Deserializer::from_reader(said).into_iter::<Value>().next();
        assert!(said.unwrap().is_ok());
        let status = Desk::output(&mut desk.command(&["status", "--json"]));
        serving.kill().unwrap();
        serving.wait().unwrap();
        let status: Value = serde_json::from_slice(&status.stdout).unwrap();
        assert_eq!(
            status["connections"]["knock"]["halted"].is_object(),
            is_halted,
            "{status}"
        );
    }
}

#[test]
fn duration_that_nobody_can_mean_is_refused() {
    let desk = Desk::new(&[]);
    let serve = ["serve", "--config", "knock.toml", "--addr", "127.0.0.1:0"];
    for (option, value, why) in [
        ("--budget", "18446744073709551615s", "ten years"),
        ("--budget", "2h", "one hour (`1h`) at most"),
        ("--keep", "18446744073709551615s", "ten years"),
        ("--alarm-after", "20000d", "ten years"),
    ] {
        let output = Desk::output(&mut desk.command(&[&serve[..], &[option, value]].concat()));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(why), "{output:?}");
    }
}

#[test]
fn status_says_what_cannot_be_read_and_that_the_clock_is_off() {
    let desk = Desk::new(&[]);
    assert!(desk.run(&["run"]).status.success());
    let path = desk.folder.path().join("state.sqlite");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(
        "INSERT INTO configurations (json) VALUES ('{}');
         INSERT INTO connections (name, account) VALUES ('austin', 'a');
         INSERT INTO events (connection, configuration, id, fingerprint, subject, trigger, event, bulk, received_ms,
             status, due_ms, holds_place, attempts, changed_ms)
         VALUES (1, 1, 'a', 'a', 'a', 't', '{', 0, 0, 'unreadable', 0, 1, 0, 0)",
    )
    .unwrap();
    let output = Desk::output(&mut desk.command(&["status"]));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        text(&output.stdout).contains("`knock events list --status unreadable` lists them"),
        "{output:?}"
    );
    let shown = text(&Desk::output(&mut desk.command(&["events", "show", "1"])).stdout);
    assert!(
        shown.contains("cannot be read") && shown.contains("knock events retry 1"),
        "{shown}"
    );

    // Another process works with the file, so that its clock cannot be set.
    let process = std::process::id();
    let sql = format!("INSERT INTO owners VALUES (1, {process}, 0); UPDATE clock SET anchor_ms = anchor_ms + 7200000");
    file.execute_batch(&sql).unwrap();
    let output = Desk::output(&mut desk.command(&["status", "--json"]));
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let trouble = status["host"]["clock_trouble"].as_str().unwrap_or_default();
    assert!(trouble.contains("ahead of"), "{status}");
    assert_eq!(status["total"]["unreadable"], 1);
}

#[test]
fn status_says_that_no_events_can_be_taken_out() {
    let desk = Desk::new(&[]);
    assert!(desk.run(&["run"]).status.success());
    let status = Desk::output(&mut desk.command(&["status"]));
    assert_eq!(status.status.code(), Some(0), "{status:?}");
    let file = rusqlite::Connection::open(desk.folder.path().join("state.sqlite")).unwrap();
    file.execute_batch("DROP INDEX events_by_due").unwrap();
    drop(file);
    let status = Desk::output(&mut desk.command(&["status"]));
    assert_eq!(status.status.code(), Some(1), "{status:?}");
    assert!(
        text(&status.stdout).contains("events cannot be taken out of the inbox"),
        "{status:?}"
    );
}
