//! What must be true when all is over.

use std::time::Duration;

use host_harness::emulator::{Appointment, Occasion, Seed, Status};
use knockcal::run::Receipt;

use super::world::World;

/// The appointments of everybody but those who were there before, after all that is late has come.
pub(super) fn appointments(world: &World) -> Vec<Appointment> {
    world.pass(Duration::from_secs(3600));
    world.with(|ghl| ghl.appointments().cloned().collect())
}

/// Exactly one appointment was ever made, it is as the event wants it, somebody was told once, and the receipt says
/// so.
pub(super) fn one_booking(world: &World, receipt: &Receipt, what: &str) {
    let all = appointments(world);
    let [one] = all.as_slice() else {
        panic!("{what}: {} appointments: {all:#?}\n{:#?}", all.len(), world.received());
    };
    assert_eq!(one.start.to_rfc3339(), "2030-06-04T15:00:00+00:00", "{what}");
    assert_eq!(one.end.to_rfc3339(), "2030-06-04T16:00:00+00:00", "{what}");
    assert_eq!(one.status, Status::Confirmed, "{what}");
    assert_eq!(one.calendar_id, Seed::ROOF_INSPECTIONS, "{what}");
    assert_eq!(one.address, "12 Oak St, Austin, TX 78701", "{what}");
    let description = one.description.as_deref().unwrap_or_default();
    assert!(
        description.starts_with("Hail damage on the south side\n\nRef KC-"),
        "{what}: {description}"
    );
    assert_eq!(told(one, Occasion::Booked), 1, "{what}");
    let leads: Vec<_> = world
        .contacts()
        .into_iter()
        .filter(|contact| contact.email.as_deref() == Some("ann@example.com"))
        .collect();
    let [lead] = leads.as_slice() else {
        panic!("{what}: {} contacts", leads.len());
    };
    assert_eq!(lead.phone.as_deref(), Some("+15125550142"), "{what}");
    assert_eq!(one.contact_id, lead.id, "{what}");
    let applied = receipt
        .progress
        .applied
        .iter()
        .find(|step| step.name == "appointment")
        .unwrap();
    assert_eq!(
        applied.id.as_ref(),
        Some(&one.id),
        "{what}: the receipt names another appointment"
    );
    let contact = receipt
        .progress
        .applied
        .iter()
        .find(|step| step.name == "contact")
        .unwrap();
    assert_eq!(
        contact.id.as_ref(),
        Some(&lead.id),
        "{what}: the receipt names another contact"
    );
    assert!(
        receipt.progress.warnings.is_empty(),
        "{what}: {:?}",
        receipt.progress.warnings
    );
}

/// How often people were told of something.
pub(super) fn told(appointment: &Appointment, occasion: Occasion) -> usize {
    appointment
        .notices
        .iter()
        .filter(|notice| notice.occasion == occasion)
        .count()
}

/// How many there are of each kind of thing when all that is late has come.
pub(super) fn left(world: &World) -> Vec<(String, usize)> {
    world.pass(Duration::from_secs(3600));
    let seed = world.with(|ghl| ghl.seed());
    let live = seed.appointments.iter().filter(|appointment| !appointment.deleted);
    let documents = seed.documents.iter();
    let documents = documents.map(|(kind, documents)| (format!("{kind:?}"), documents.len()));
    let others = [
        ("calendars".to_owned(), seed.calendars.len()),
        ("contacts".to_owned(), seed.contacts.len()),
        ("appointments".to_owned(), live.count()),
    ];
    documents.chain(others).collect()
}
