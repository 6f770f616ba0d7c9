//! Contacts that were in GHL before: what they have stays, whatever goes wrong on the way.

use host_harness::emulator::{Contact, Effect, Fault, Seed, SeedContact};
use knockcal::knock::{Incoming, Warning};
use knockcal::run::{Cause, Failure, Receipt};
use serde_json::{Value, json};

use super::events::{booked, configuration, incoming};
use super::faults::effects;
use super::judge::appointments;
use super::world::{Ended, Fate, World};

/// The contact that is there.
const ANN: &str = "Ann00Customer0000ctc";

/// The most requests of a booking for a contact that is there: create, read, fill, book, and what settles them.
const REQUESTS: u32 = 7;

/// A customer of the office, with a phone number, a city and a name.
fn customer() -> SeedContact {
    SeedContact {
        id: Some(ANN.to_owned()),
        first_name: Some("Ann".to_owned()),
        last_name: Some("Lee".to_owned()),
        email: Some("ann.lee@work.example".to_owned()),
        phone: Some("+15125550142".to_owned()),
        assigned_to: Some(Seed::DANA.to_owned()),
        ..SeedContact::default()
    }
}

fn seed(contacts: Vec<SeedContact>) -> Seed {
    let mut seed = Seed::demo();
    seed.contacts.extend(contacts);
    seed
}

/// A visit for somebody with a name, a phone number and an e-mail address.
fn visit(name: &str, phone: Option<&str>, email: Option<&str>) -> Incoming {
    let lead = json!({ "name": name, "phone": phone, "email": email });
    let data = json!({
        "startTime": "2030-06-04T10:00:00", "endTime": "2030-06-04T11:00:00",
        "description": "Hail damage on the south side", "lead": lead,
        "address": { "street": "12 Oak St", "city": "Austin", "state": "TX", "postalCode": "78701" },
    });
    incoming("booked-1", "knocker.lead_booked", 0, &data)
}

fn contact(world: &World, id: &str) -> Contact {
    world.contacts().into_iter().find(|contact| contact.id == id).unwrap()
}

fn codes(receipt: &Receipt) -> Vec<&str> {
    let warnings = receipt.progress.warnings.iter();
    warnings.map(|warning: &Warning| warning.code.as_str()).collect()
}

fn description(world: &World) -> String {
    let all = appointments(world);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].description.clone().unwrap_or_default()
}

/// The customer has the gaps filled, nothing else, and the visit.
fn customer_is_kept(world: &World, receipt: &Receipt, what: &str) {
    let all = appointments(world);
    assert_eq!(all.len(), 1, "{what}: {all:#?}\n{:#?}", world.received());
    assert_eq!(all[0].contact_id, ANN, "{what}");
    let text = all[0].description.as_deref().unwrap_or_default();
    assert!(text.contains("ann@example.com"), "{what}: {text}");
    assert_eq!(world.contacts().len(), 2, "{what}: Pat and Ann");
    let ann = contact(world, ANN);
    assert_eq!(ann.email.as_deref(), Some("ann.lee@work.example"), "{what}");
    assert_eq!(ann.phone.as_deref(), Some("+15125550142"), "{what}");
    assert_eq!(ann.last_name.as_deref(), Some("Lee"), "{what}");
    assert_eq!(ann.assigned_to.as_deref(), Some(Seed::DANA), "{what}");
    assert_eq!(ann.properties.get("address1"), Some(&json!("12 Oak St")), "{what}");
    assert_eq!(codes(receipt), ["contact-differs"], "{what}");
    let applied = receipt
        .progress
        .applied
        .iter()
        .find(|step| step.name == "contact")
        .unwrap();
    assert_eq!(applied.id.as_deref(), Some(ANN), "{what}");
}

#[test]
fn existing_customer_keeps_what_it_has_and_its_gaps_are_filled() {
    let world = World::of(seed(vec![customer()]), &[]);
    let receipt = world.until_done(&booked()).unwrap();
    customer_is_kept(&world, &receipt, "");
    assert_eq!(receipt.progress.cost.requests, 4, "create, read, fill, book");
    let message = &receipt.progress.warnings[0].message;
    assert!(
        message.contains("`email` `a…@work.example` instead of the lead's `a…@example.com`"),
        "{message}"
    );
    assert!(!message.contains("phone"), "{message}");
}

#[test]
fn existing_customer_without_gaps_and_differences_costs_one_read_more_and_is_not_mentioned() {
    let mut whole = customer();
    whole.email = Some("ann@example.com".to_owned());
    whole.properties = json!({ "address1": "12 Oak St", "city": "Austin", "state": "TX", "postalCode": "78701" })
        .as_object()
        .cloned()
        .unwrap();
    let world = World::of(seed(vec![whole]), &[]);
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!((receipt.progress.cost.requests, codes(&receipt)), (3, vec![]));
    assert_eq!(world.count("contact.update"), 0);
    assert!(description(&world).starts_with("Hail damage on the south side\n\nRef KC-"));
}

#[test]
fn existing_customer_is_kept_whatever_happens_to_any_request() {
    for effect in effects() {
        for nth in 1..=REQUESTS {
            for times in [1, 3] {
                let fault = Fault::on("*", effect.clone()).unwrap().nth(nth).times(times);
                let world = World::of(seed(vec![customer()]), &[fault]);
                let what = format!("{effect:?} at {nth}, {times} times");
                let receipt = world
                    .until_done(&booked())
                    .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                customer_is_kept(&world, &receipt, &what);
            }
        }
    }
}

#[test]
fn existing_customer_is_kept_when_a_call_dies_before_any_step() {
    for step in 1..=12 {
        let world = World::of(seed(vec![customer()]), &[]);
        let fate = Fate {
            dies_before: Some(step),
            ..Fate::default()
        };
        if let Ended::Done(_) = world.call(&booked(), fate) {
            assert!(step > 8, "it has at least eight steps");
            return;
        }
        let receipt = world.until_done(&booked()).unwrap();
        customer_is_kept(&world, &receipt, &format!("died before {step}"));
    }
    panic!("it never got through");
}

#[test]
fn names_that_are_likely_those_of_one_person_go_to_the_contact_with_the_number() {
    for name in [
        "Lee, Ann",
        "Mrs. Ann Lee",
        "A Lee",
        "Annie Lee",
        "Ann Lee-Smith",
        "ann  lee",
        "Ann Marie Lee",
        "Ann & Bob Lee",
        "Ánn Lee",
    ] {
        let world = World::of(seed(vec![customer()]), &[]);
        let receipt = world
            .until_done(&visit(name, Some("(512) 555-0142"), None))
            .unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let all = appointments(&world);
        assert_eq!((all.len(), all[0].contact_id.as_str()), (1, ANN), "{name}");
        assert_eq!(world.contacts().len(), 2, "{name}");
        assert_eq!(contact(&world, ANN).first_name.as_deref(), Some("Ann"), "{name}");
        let says_more = ["Annie Lee", "Ann Lee-Smith", "Ann Marie Lee", "Ann & Bob Lee"];
        let expected = if says_more.contains(&name) {
            vec!["contact-differs"]
        } else {
            vec![]
        };
        assert_eq!(codes(&receipt), expected, "{name}");
        assert_eq!(description(&world).contains(name), says_more.contains(&name), "{name}");
    }
}

#[test]
fn somebody_else_with_the_same_number_gets_a_contact_without_it_and_the_visit_says_the_number() {
    let world = World::of(seed(vec![customer()]), &[]);
    let event = visit("Bob Ray", Some("(512) 555-0142"), Some("bob@example.com"));
    let receipt = world.until_done(&event).unwrap();
    assert_eq!(codes(&receipt), ["identity-conflict"]);
    let all = appointments(&world);
    let bob = contact(&world, &all[0].contact_id);
    assert_eq!((bob.first_name.as_deref(), bob.phone), (Some("Bob"), None));
    assert_eq!(bob.email.as_deref(), Some("bob@example.com"));
    let text = description(&world);
    assert!(
        text.contains("Given for this visit, not saved in the contact: +15125550142"),
        "{text}"
    );
    assert_eq!(contact(&world, ANN).email, customer().email);
    assert_eq!(receipt.progress.cost.requests, 3, "create, create without it, book");
}

#[test]
fn somebody_else_with_nothing_but_a_shared_number_goes_to_its_contact_with_a_warning() {
    let world = World::of(seed(vec![customer()]), &[]);
    let receipt = world
        .until_done(&visit("Bob Ray", Some("(512) 555-0142"), None))
        .unwrap();
    assert_eq!(codes(&receipt), ["identity-conflict"]);
    assert_eq!(appointments(&world)[0].contact_id, ANN);
    assert!(
        description(&world).contains("not saved in the contact: Bob Ray"),
        "{}",
        description(&world)
    );
    assert_eq!(contact(&world, ANN).first_name.as_deref(), Some("Ann"));
}

#[test]
fn conflict_is_refused_or_overwrites_where_that_is_configured() {
    let event = visit("Bob Ray", Some("(512) 555-0142"), Some("bob@example.com"));
    let mut configuration = configuration();
    configuration["identity"] = json!({ "on_conflict": "refuse" });
    let world = World::of(seed(vec![customer()]), &[]);
    match world.until_done_with(&configuration, &event) {
        Err(Failure::Stopped {
            cause: Cause::Refused { code, .. },
            ..
        }) => assert_eq!(code, "identity-conflict"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.contacts().len(), 2);
    configuration["identity"] = json!({ "on_conflict": "overwrite" });
    let receipt = world.until_done_with(&configuration, &event).unwrap();
    assert_eq!(codes(&receipt), Vec::<&str>::new());
    assert_eq!(contact(&world, ANN).first_name.as_deref(), Some("Bob"));
}

#[test]
fn phone_and_email_of_two_contacts_leave_both_as_they_are_and_the_visit_says_what_is_missing() {
    let with_email = SeedContact {
        id: Some("Ann00ByEmail00000ctc".to_owned()),
        first_name: Some("Ann".to_owned()),
        email: Some("ann@example.com".to_owned()),
        ..SeedContact::default()
    };
    for existing in ["keep", "overwrite"] {
        let world = World::of(seed(vec![customer(), with_email.clone()]), &[]);
        let mut configuration = configuration();
        configuration["identity"] = json!({ "existing_contacts": existing });
        let receipt = world.until_done_with(&configuration, &booked()).unwrap();
        let booked = appointments(&world)[0].contact_id.clone();
        let taken = contact(&world, &booked);
        let missing = match taken.phone.as_deref() {
            Some(_) => "ann@example.com",
            None => "+15125550142",
        };
        assert!(
            description(&world).contains(missing),
            "{existing}: {}",
            description(&world)
        );
        assert_eq!(codes(&receipt), ["contact-differs"], "{existing}");
        assert_eq!(contact(&world, ANN).phone, customer().phone, "{existing}");
        assert_eq!(world.contacts().len(), 3, "{existing}");
    }
}

#[test]
fn overwriting_takes_one_request_and_replaces_what_the_customer_has() {
    let world = World::of(seed(vec![customer()]), &[]);
    let mut configuration = configuration();
    configuration["identity"] = json!({ "existing_contacts": "overwrite" });
    let receipt = world.until_done_with(&configuration, &booked()).unwrap();
    assert_eq!((receipt.progress.cost.requests, codes(&receipt)), (2, vec![]));
    assert_eq!(contact(&world, ANN).email.as_deref(), Some("ann@example.com"));
}

#[test]
fn location_with_duplicates_has_one_contact_of_each_person_whatever_happens_to_any_request() {
    let mut configuration = configuration();
    configuration["identity"] = json!({ "duplicate_contacts": "allowed" });
    for effect in effects() {
        for nth in 1..=REQUESTS {
            for is_there in [false, true] {
                let mut seed = seed(if is_there { vec![customer()] } else { vec![] });
                seed.location.allow_duplicate_contact = true;
                let world = World::of(seed, &[Fault::on("*", effect.clone()).unwrap().nth(nth).times(2)]);
                let what = format!("{effect:?} at {nth}, {is_there}");
                let receipt = world
                    .until_done_with(&configuration, &booked())
                    .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                match is_there {
                    true => customer_is_kept(&world, &receipt, &what),
                    false => assert_eq!((world.contacts().len(), codes(&receipt)), (2, vec![]), "{what}"),
                }
            }
        }
    }
}

#[test]
fn warm_visit_of_an_existing_customer_says_again_what_the_contact_lacks() {
    let world = World::of(seed(vec![customer()]), &[]);
    let mut configuration = configuration();
    configuration["second_visit"] = "book".into();
    world.until_done_with(&configuration, &booked()).unwrap();
    let mut second = booked();
    second.id = Some("booked-2".to_owned());
    second.subject = Some("booking-2".to_owned());
    second.data_json = second.data_json.replace("T10:", "T14:").replace("T11:", "T15:");
    let receipt = world.until_done_with(&configuration, &second).unwrap();
    assert_eq!(receipt.progress.cost.requests, 1);
    assert_eq!(codes(&receipt), ["contact-differs"]);
    for one in appointments(&world) {
        assert!(one.description.unwrap_or_default().contains("ann@example.com"));
    }
}

#[test]
fn correction_fills_gaps_of_a_contact_that_was_found_and_overwrites_one_that_was_made() {
    for is_there in [false, true] {
        let world = World::of(seed(if is_there { vec![customer()] } else { vec![] }), &[]);
        world.until_done(&booked()).unwrap();
        let mut corrected = booked();
        corrected.data_json = corrected
            .data_json
            .replace("12 Oak St", "5 Elm St")
            .replace(r#""Ann""#, r#""Annie""#);
        let receipt = world.until_done(&corrected).unwrap();
        let phone = Some("+15125550142");
        let ann = world
            .contacts()
            .into_iter()
            .find(|contact| contact.phone.as_deref() == phone)
            .unwrap();
        let expected = if is_there {
            ("Ann", "12 Oak St")
        } else {
            ("Annie", "5 Elm St")
        };
        assert_eq!(ann.first_name.as_deref(), Some(expected.0));
        assert_eq!(ann.properties.get("address1"), Some(&json!(expected.1)));
        assert_eq!(codes(&receipt).is_empty(), !is_there, "{:?}", receipt.progress.warnings);
    }
}

#[test]
fn new_email_of_a_contact_that_was_made_is_added_and_one_of_somebody_else_is_passed_on() {
    let add = |email: &str| visit("Ann Lee", Some("(512) 555-0142"), Some(email));
    for (email, is_taken) in [("ann@example.com", false), ("pat@example.com", true)] {
        let world = World::new(&[]);
        world
            .until_done(&visit("Ann Lee", Some("(512) 555-0142"), None))
            .unwrap();
        let receipt = world.until_done(&add(email)).unwrap();
        assert_eq!(world.contacts().len(), 2, "{email}");
        let phone = Some("+15125550142");
        let ann = world
            .contacts()
            .into_iter()
            .find(|contact| contact.phone.as_deref() == phone)
            .unwrap();
        assert_eq!(ann.email.as_deref(), (!is_taken).then_some(email));
        assert_eq!(description(&world).contains(email), is_taken);
        assert_eq!(codes(&receipt).is_empty(), !is_taken);
    }
}

#[test]
fn customer_that_cannot_be_read_is_booked_with_a_warning() {
    let no_scope = Fault::on("contact.get", Effect::ScopeMissing).unwrap().times(9);
    let world = World::of(seed(vec![customer()]), &[no_scope]);
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!(codes(&receipt), ["cannot-look"]);
    assert_eq!(appointments(&world)[0].contact_id, ANN);
    assert!(description(&world).contains("ann@example.com"));
    assert_eq!(contact(&world, ANN).email, customer().email);
}

#[test]
fn duplicate_that_is_not_named_is_looked_for() {
    let body = json!({ "code": 400, "body": { "statusCode": 400,
        "message": "This location does not allow duplicated contacts." } });
    let fault: Fault = serde_json::from_value(json!({ "on": "contact.create", "do": { "status": body } })).unwrap();
    let world = World::of(seed(vec![customer()]), &[fault]);
    let receipt = world.until_done(&booked()).unwrap();
    customer_is_kept(&world, &receipt, "");
    assert_eq!(world.count("contact.find_duplicate"), 1);
}

#[test]
fn field_of_a_recipe_is_filled_or_passed_over_like_any_other() {
    let mut configuration = configuration();
    configuration["recipes"] = json!({ "mine": {
        "trigger": "knocker.lead_booked",
        "steps": [{ "name": "who", "action": "contact.upsert", "with": {
            "phone": { "from": "lead.phone", "as": "e164" }, "source": "door", "assignedTo": "Kim00000000000000usr",
        } }],
    }, "knocker.lead_booked": { "enabled": false } });
    let world = World::of(seed(vec![customer()]), &[]);
    let receipt = world.until_done_with(&configuration, &booked());
    let receipt = receipt.unwrap_or_else(|failure| panic!("{failure:?}"));
    let ann = contact(&world, ANN);
    assert_eq!(ann.assigned_to.as_deref(), Some(Seed::DANA));
    assert_eq!(ann.properties.get("source"), Some(&Value::from("door")));
    assert!(receipt.progress.warnings[0].message.contains("`assignedTo`"));
}
