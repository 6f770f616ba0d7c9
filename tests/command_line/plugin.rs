//! A component from elsewhere: what it may do, and what is taken of its file.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use host_harness::emulator::Seed;
use host_harness::engine;

use super::{Desk, text};

/// A desk with a component in a file.
fn desk() -> Desk {
    let desk = Desk::new(&[]);
    fs::write(desk.folder.path().join("other.wasm"), engine::component()).unwrap();
    desk
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    text(&output.stderr)
}

#[test]
fn component_from_elsewhere_is_shown_and_runs_once_it_is_granted_what_it_asks_for() {
    let desk = desk();
    let server = format!("http://{}", desk.server.address());
    for command in ["plan", "run"] {
        let told = refusal(&desk.run(&[command, "--plugin", "other.wasm"]));
        for part in [
            "`other.wasm` is not granted all that it asks for",
            &format!("calls      {server}"),
            "POST /contacts/upsert",
            "the secret of role `ghl_token` in `authorization: Bearer …`",
            "100 requests in 10s",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
    assert_eq!(desk.received(), 0);

    // To call the server is not to send it the secret.
    let told = refusal(&desk.run(&["run", "--plugin", "other.wasm", "--grant", &server]));
    // What is printed is what is to be added.
    let options = told.trim().rsplit('\n').next().unwrap();
    let options: Vec<_> = options.split_whitespace().collect();
    assert_eq!(options, ["--grant", &format!("ghl_token@{server}")]);
    let granted = [&["run", "--plugin", "other.wasm"], options.as_slice()].concat();
    let output = desk.run(&granted);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!((desk.appointments(), desk.received()), (1, 2));
}

#[test]
fn what_a_component_from_elsewhere_declares_shows_in_the_check() {
    let desk = desk();
    let check = ["check", "--config", "knock.toml", "--plugin", "other.wasm"];
    let output = desk.command(&check).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = text(&output.stdout);
    assert!(said.contains("the component declares:"), "{said}");
    assert!(
        said.contains(&format!("calls      http://{}", desk.server.address())),
        "{said}"
    );
    let built_in = desk.command(&check[..3]).output().unwrap();
    assert!(!text(&built_in.stdout).contains("declares"), "{built_in:?}");
}

#[test]
fn grant_is_for_a_component_from_elsewhere_and_names_a_server() {
    let desk = desk();
    let told = refusal(&desk.run(&["plan", "--grant", "api.example.com"]));
    assert!(told.contains("--plugin <FILE>"), "{told}");
    let told = refusal(&desk.run(&["plan", "--plugin", "other.wasm", "--grant", "Token@api.example.com"]));
    assert!(told.contains("invalid role `Token`"), "{told}");
}

#[test]
fn file_that_is_too_large_is_not_read_whole() {
    let desk = desk();
    let path = desk.folder.path().join("large.wasm");
    fs::write(&path, engine::component()).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    // A file with a hole, which takes no place on the disk.
    file.set_len(1 << 40).unwrap();
    let told = refusal(&desk.run(&["plan", "--plugin", "large.wasm"]));
    assert!(
        told.contains("a file of 67108865 bytes; the host takes 67108864"),
        "{told}"
    );
}

/// What a command says that has to end by itself. One that goes on is ended.
fn ended(command: &mut Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for _ in 0..600 {
        if child.try_wait().unwrap().is_some() {
            return child.wait_with_output().unwrap();
        }
        thread::sleep(Duration::from_millis(100));
    }
    child.kill().unwrap();
    panic!("it went on: {:?}", child.wait_with_output().unwrap());
}

#[test]
fn connections_whose_variables_can_be_read_two_ways_are_refused_by_name() {
    let desk = desk();
    let configuration = fs::read_to_string(desk.folder.path().join("knock.toml")).unwrap();
    for (other, variable, role) in [
        ("austin-ghl", "KNOCK_SECRET_AUSTIN_GHL_TOKEN", "ghl_token"),
        ("austin-alert", "KNOCK_SECRET_AUSTIN_ALERT_URL", "alert_url"),
    ] {
        let connections = desk.folder.path().join(other);
        fs::create_dir(&connections).unwrap();
        for name in ["austin", other] {
            fs::write(connections.join(format!("{name}.toml")), &configuration).unwrap();
        }
        let output = ended(&mut desk.command(&["serve", "--config", other, "--addr", "127.0.0.1:0"]));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = text(&output.stderr);
        let expected = format!(
            "`{variable}` can be read two ways: as the secret `{role}` of connection `austin`, and as one of connection \
             `{other}`"
        );
        assert!(told.contains(&expected), "{told}");
    }
}

#[test]
fn cache_that_others_can_write_to_is_done_without_and_named() {
    let desk = desk();
    let home = desk.folder.path().join("cache");
    let cache = home.join("knockcal");
    fs::create_dir_all(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let plan = || {
        let output = Command::new(env!("CARGO_BIN_EXE_knock"))
            .args([
                "plan",
                "--state",
                "memory",
                "--config",
                "knock.toml",
                "--event",
                "event.json",
            ])
            .current_dir(desk.folder.path())
            .env("XDG_CACHE_HOME", &home)
            .env("KNOCK_SECRET_GHL_TOKEN", Seed::DEMO_TOKEN)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stderr)
    };
    let told = plan();
    assert!(told.contains("warning: cannot keep compiled components in"), "{told}");
    assert!(
        told.contains(&format!("{}`, and may have; remove it", cache.display())),
        "{told}"
    );
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0, "nothing was written there");

    fs::remove_dir(&cache).unwrap();
    assert_eq!(plan(), "");
    let mode = fs::metadata(&cache).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
