//! Two reps at one door make one visit.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault};
use knockcal::knock::Incoming;
use knockcal::run::Outcome;

use super::events::{booked, cancelled};
use super::interleavings::{STEPS, booked_by_another, together};
use super::judge::appointments;
use super::world::{Ended, Fate, World};

/// The spouse's visit, agreed by another rep.
fn spouse() -> Incoming {
    let mut spouse = booked_by_another();
    spouse.data_json = spouse.data_json.replace("555-0142", "555-0199").replace("ann@", "bob@");
    spouse
}

fn lost(effect: Effect) -> Vec<Fault> {
    vec![Fault::on("appointment.create", effect).unwrap()]
}

#[test]
fn spouses_booked_by_two_reps_at_once_get_one_visit() {
    for faults in [
        Vec::new(),
        lost(Effect::ResetAfterCommit),
        lost(Effect::ResetBeforeCommit),
        lost(Effect::CommitLate { ms: 70_000 }),
    ] {
        for one in 0..=STEPS {
            for two in [0, 2, 5] {
                let world = World::new(&faults);
                together(&world, &booked(), &spouse(), &[one, two]);
                world.until_done(&booked()).unwrap();
                world.until_done(&spouse()).unwrap();
                let what = format!("turns of {one} and {two} steps, {faults:?}");
                assert_eq!(appointments(&world).len(), 1, "{what}: {:#?}", world.received());
                assert_eq!(world.contacts().len(), 3, "{what}");
            }
        }
    }
}

#[test]
fn whoever_dies_while_booking_holds_up_the_other_for_the_settle_time_only() {
    for effect in [None, Some(Effect::ResetAfterCommit), Some(Effect::ResetBeforeCommit)] {
        for step in 1..=STEPS {
            let world = World::new(&effect.clone().map(lost).unwrap_or_default());
            let fate = Fate {
                dies_before: Some(step),
                ..Fate::default()
            };
            let died = matches!(world.call(&booked(), fate), Ended::Died);
            world.until_done(&spouse()).unwrap();
            assert_eq!(
                appointments(&world).len(),
                1,
                "{effect:?}, died before step {step}: {died}"
            );
            world.until_done(&booked()).unwrap();
            assert_eq!(
                appointments(&world).len(),
                1,
                "{effect:?}, died before step {step}, run again"
            );
        }
    }
}

#[test]
fn a_visit_that_is_over_or_called_off_does_not_count() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.pass(Duration::from_secs(3 * 24 * 60 * 60));
    let mut later = spouse();
    later.data_json = later.data_json.replace("2030-06-04", "2030-06-11");
    let receipt = world.until_done(&later).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Done);

    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.until_done(&cancelled()).unwrap();
    let receipt = world.until_done(&spouse()).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Done);
}
