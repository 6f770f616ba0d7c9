//! The operations of all families.

use super::composites::COMPOSITES;
use crate::api::Operation;
use crate::ghl::{
    appointment, appointment_note, blocked_slot, calendar, contact, contact_note, contact_tag, contact_task,
    custom_field, enrolment, event, event_calendar_schedule, group, location, location_tag, message, notification,
    opportunity, pipeline, resource, schedule, service, service_booking, service_location, slot, user, workflow,
};
use crate::knock::pin;

/// The operations, by family. A family that is to be added gets a line here.
static FAMILIES: &[&[&Operation]] = &[
    slot::OPERATIONS,
    appointment::OPERATIONS,
    event::OPERATIONS,
    blocked_slot::OPERATIONS,
    appointment_note::OPERATIONS,
    calendar::OPERATIONS,
    group::OPERATIONS,
    resource::OPERATIONS,
    notification::OPERATIONS,
    schedule::OPERATIONS,
    event_calendar_schedule::OPERATIONS,
    service_booking::OPERATIONS,
    service::OPERATIONS,
    service_location::OPERATIONS,
    contact::OPERATIONS,
    contact_tag::OPERATIONS,
    contact_note::OPERATIONS,
    contact_task::OPERATIONS,
    enrolment::OPERATIONS,
    user::OPERATIONS,
    location::OPERATIONS,
    custom_field::OPERATIONS,
    location_tag::OPERATIONS,
    workflow::OPERATIONS,
    message::OPERATIONS,
    pipeline::OPERATIONS,
    opportunity::OPERATIONS,
    pin::OPERATIONS,
];

/// Every operation there is, in the order of the catalog.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    // Chains of iterators over nested slices take much of the component.
    FAMILIES.concat().into_iter()
}

/// The operation with this key.
pub fn operation(key: &str) -> Option<&'static Operation> {
    for family in FAMILIES {
        for operation in *family {
            if operation.key == key {
                return Some(operation);
            }
        }
    }
    None
}

/// What an action needs besides itself.
fn needs(key: &str) -> &'static [&'static str] {
    let of_composite = || COMPOSITES.iter().find(|composite| composite.key == key);
    match operation(key) {
        Some(operation) => operation.needs,
        None => of_composite().map(|composite| composite.needs).unwrap_or_default(),
    }
}

/// The operations with these keys, or of composites with these keys, and all that they need, each once, in the order of the catalog.
pub fn with_needs(keys: Vec<&str>) -> Vec<&'static Operation> {
    let mut wanted = keys;
    let mut next = 0;
    while let Some(key) = wanted.get(next).copied() {
        for need in needs(key) {
            if !wanted.contains(need) {
                wanted.push(need);
            }
        }
        next += 1;
    }
    let mut all = Vec::new();
    for operation in operations() {
        if wanted.contains(&operation.key) {
            all.push(operation);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value};

    use super::*;
    use crate::api::{Effect, Repeat};
    use crate::document::{Document, Problems};
    use crate::shape::check;

    #[test]
    fn keys_and_operation_ids_are_unique() {
        let mut seen = BTreeSet::new();
        for operation in operations() {
            assert!(seen.insert(operation.key), "{} is there twice", operation.key);
            let id = (operation.operation_id, operation.method, operation.path);
            assert!(
                !operation.title.is_empty() && !operation.operation_id.is_empty(),
                "{id:?}"
            );
        }
    }

    #[test]
    fn no_field_stands_in_two_places() {
        for operation in operations() {
            let names: Vec<_> = operation.fields().iter().map(|field| field.name).collect();
            let distinct: BTreeSet<_> = names.iter().collect();
            assert_eq!(distinct.len(), names.len(), "{}: {names:?}", operation.key);
        }
    }

    #[test]
    fn every_example_makes_a_request() {
        for operation in operations() {
            let mut input: Map<String, Value> = serde_json::from_str(operation.example).unwrap();
            for field in operation.fields().iter().filter(|field| field.of_connection) {
                input.insert(field.name.to_owned(), "of the connection".into());
            }
            let problems = operation.request(&input).err();
            assert!(problems.is_none(), "{}: {problems:?}", operation.key);
        }
    }

    #[test]
    fn everything_that_is_needed_exists_and_is_named_among_the_needs() {
        for operation in operations() {
            for need in operation.needs {
                assert!(super::operation(need).is_some(), "{} needs {need}", operation.key);
            }
            if let Repeat::ReadBack(read_back) = operation.repeat {
                assert!(operation.needs.contains(&read_back.by), "{}", operation.key);
            }
        }
    }

    #[test]
    fn every_example_is_an_input_without_problems() {
        for operation in operations() {
            let input: Map<String, Value> = serde_json::from_str(operation.example).expect(operation.key);
            let problems = Problems::new(Document::Input);
            check(&operation.fields(), operation.rules, &input, "", &problems);
            assert_eq!(problems.or(Some(())), Ok(()), "{}", operation.key);
        }
    }

    #[test]
    fn reading_is_safe_and_creating_is_not_repeated_blindly() {
        for operation in operations() {
            match operation.effect {
                Effect::Read | Effect::Delete => assert!(operation.repeat.is_safe(), "{}", operation.key),
                Effect::Send => assert!(!operation.repeat.is_safe(), "{}", operation.key),
                Effect::Create | Effect::Update => {}
            }
        }
    }
}
