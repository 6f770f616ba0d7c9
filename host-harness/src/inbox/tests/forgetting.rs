//! What is forgotten, down to the bytes.

use super::*;
use std::fs;
use std::time::Duration;

const KEEP: Duration = Duration::from_secs(45 * 24 * 3_600);
const KEEP_FAILED: Duration = Duration::from_secs(180 * 24 * 3_600);

/// What tells of people. It is more than a page, as descriptions may be.
const OF_PEOPLE: &str = "Pat Kim, +15125550123";

fn of_people(id: &str, trigger: &str) -> Arrival {
    let mut arrival = arrival(id, id);
    arrival.event.trigger = trigger.to_owned();
    arrival.event.data = json!({ "lead": OF_PEOPLE, "description": format!("{OF_PEOPLE}. ").repeat(1_000) });
    arrival
}

impl Desk {
    /// The files that hold what tells of people.
    fn files_with(&self, text: &str) -> Vec<String> {
        let files = fs::read_dir(self.path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let holds = |path: &PathBuf| {
            fs::read(path)
                .unwrap()
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        let names = files
            .filter(holds)
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
        names.collect()
    }
}

#[test]
fn what_is_forgotten_leaves_every_byte_of_the_file_its_log_and_later_copies() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    // That an event failed is an event with all of the other one in it.
    for trigger in ["knocker.lead_booked", "event.failed"] {
        desk.accept_all(under, vec![of_people(trigger, trigger)]);
    }
    for taken in desk.take(&[under]) {
        desk.done(&taken);
    }
    // In the file itself, and in the log once more.
    assert!(desk.inbox.file().wipe_log().unwrap());
    let number = desk.accept_all(under, vec![of_people("off", "knocker.lead_booked")])[0].number;
    desk.inbox.discard(number).unwrap();
    let mut before = desk.files_with(OF_PEOPLE);
    before.sort();
    assert_eq!(before, ["state.sqlite", "state.sqlite-wal"]);

    desk.pass(46 * 24 * HOUR_MS);
    assert_eq!(desk.inbox.forget_finished(KEEP).unwrap(), 3);
    assert!(desk.inbox.file().wipe_log().unwrap());
    desk.inbox
        .file()
        .backup(&desk.path.with_file_name("copy.sqlite"))
        .unwrap();
    assert_eq!(desk.files_with(OF_PEOPLE), Vec::<String>::new());
}

#[test]
fn log_that_somebody_reads_is_wiped_later() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept_all(under, vec![of_people("visit-1", "knocker.lead_booked")]);
    let (wiped, _) = desk
        .inbox
        .file()
        .read(|transaction| {
            transaction.query_row("SELECT count(*) FROM events", [], |_| Ok(()))?;
            desk.connection("dallas");
            Ok(desk.inbox.file().wipe_log().unwrap())
        })
        .unwrap();
    assert!(!wiped);
    assert!(desk.inbox.file().wipe_log().unwrap());
}

#[test]
fn failed_event_that_nobody_handles_is_named_discarded_and_forgotten() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let failed = desk.accept_all(under, vec![of_people("visit-1", "knocker.lead_booked")])[0].number;
    desk.set_aside(&desk.take(&[under])[0]);
    desk.pass(179 * 24 * HOUR_MS);
    desk.inbox.forget_finished(KEEP).unwrap();
    assert_eq!(desk.inbox.forget_failed(KEEP_FAILED).unwrap(), []);
    assert_eq!(desk.status(failed), Status::Failed, "a person may still handle it");

    desk.pass(2 * 24 * HOUR_MS);
    let unhandled = Unhandled {
        number: failed,
        connection: "austin".to_owned(),
    };
    assert_eq!(desk.inbox.forget_failed(KEEP_FAILED).unwrap(), [unhandled]);
    assert_eq!(desk.inbox.forget_failed(KEEP_FAILED).unwrap(), []);
    let stored = desk.inbox.get(failed).unwrap().unwrap();
    assert_eq!((stored.event, stored.listed.status), (None, Status::Discarded));
    let Some(Ending::Stopped(why)) = stored.listed.ending else {
        panic!("it does not say why");
    };
    assert!(why.message.contains("180 days"), "{}", why.message);
    assert_eq!(desk.inbox.retry(failed).unwrap(), Mended::Forgotten);
    assert!(desk.inbox.file().wipe_log().unwrap());
    assert_eq!(desk.files_with(OF_PEOPLE), Vec::<String>::new());
    assert!(desk.accept_all(under, vec![of_people("visit-1", "knocker.lead_booked")])[0].duplicate);
}

#[test]
fn hash_of_a_forgotten_event_is_hashed_again_and_the_event_still_known() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    // As the component and the host derive them from what an event says.
    let (content, host) = (
        "dc3531c2a8f84eb1110e26cff049c5ea",
        "host-dc3531c2a8f84eb1110e26cff049c5ea",
    );
    let derived = |id: &str| Arrival {
        fingerprint: id.to_owned(),
        ..arrival(id, id)
    };
    for id in [content, host, "visit-1"] {
        desk.accept_all(under, vec![derived(id)]);
        desk.done(&desk.take(&[under])[0]);
    }
    desk.pass(46 * 24 * HOUR_MS);
    assert_eq!(desk.inbox.forget_finished(KEEP).unwrap(), 3);
    assert!(desk.inbox.file().wipe_log().unwrap());
    assert_eq!(desk.files_with(&content[..16]), Vec::<String>::new());
    assert_eq!(
        desk.inbox.get(3).unwrap().unwrap().listed.id,
        "visit-1",
        "people know it"
    );
    for id in [content, host, "visit-1"] {
        let again = desk.accept_all(under, vec![derived(id)]).remove(0);
        assert!(again.duplicate, "{id}");
    }
    assert_eq!(desk.inbox.forget_finished(KEEP).unwrap(), 0);
}

#[test]
fn fingerprint_that_an_earlier_version_left_is_hashed_again() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let number = desk.accept_all(under, vec![of_people("visit-1", "knocker.lead_booked")])[0].number;
    desk.done(&desk.take(&[under])[0]);
    let as_before = "UPDATE events SET event = NULL, outcome = NULL, fingerprint = 'dc3531c2a8f84eb1110e26cff049c5ea'";
    desk.inbox
        .file
        .write(move |database, _| database.execute(as_before, []))
        .unwrap();
    desk.pass(46 * 24 * HOUR_MS);
    assert_eq!(desk.inbox.forget_finished(KEEP).unwrap(), 1);
    assert_eq!(desk.inbox.forget_finished(KEEP).unwrap(), 0);
    assert_eq!(desk.inbox.get(number).unwrap().unwrap().listed.status, Status::Done);
    assert!(desk.inbox.file().wipe_log().unwrap());
    assert_eq!(desk.files_with("dc3531c2a8f84eb1"), Vec::<String>::new());
}
