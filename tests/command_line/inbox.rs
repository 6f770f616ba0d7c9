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
