//! All operations, by key.

use super::{Operation, appointment, calendar, contact, event, slot};

/// Every operation there is.
pub static OPERATIONS: [&Operation; 10] = [
    &appointment::CREATE,
    &appointment::GET,
    &appointment::UPDATE,
    &calendar::GET,
    &calendar::LIST,
    &contact::GET,
    &contact::LIST_APPOINTMENTS,
    &contact::UPSERT,
    &event::LIST,
    &slot::LIST_FREE,
];

/// The operation with this key.
pub fn operation(key: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.key == key).copied()
}

/// The operations with these keys and all that they need, each once, in the order of the catalog.
pub fn with_needs<'a>(keys: impl IntoIterator<Item = &'a str>) -> Vec<&'static Operation> {
    let mut wanted: Vec<&str> = keys.into_iter().collect();
    let mut next = 0;
    while let Some(key) = wanted.get(next).copied() {
        for need in operation(key).map(|operation| operation.needs).unwrap_or_default() {
            if !wanted.contains(need) {
                wanted.push(need);
            }
        }
        next += 1;
    }
    OPERATIONS
        .iter()
        .filter(|operation| wanted.contains(&operation.key))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ghl::Place;

    #[test]
    fn keys_are_unique_and_sorted() {
        let keys: Vec<_> = OPERATIONS.iter().map(|operation| operation.key).collect();
        assert!(keys.is_sorted_by(|one, next| one < next), "{keys:?}");
    }

    #[test]
    fn paths_and_path_fields_agree() {
        for operation in OPERATIONS {
            let mut path = operation.path.to_owned();
            for field in operation.fields.iter().filter(|field| field.place == Place::Path) {
                let place = format!("{{{}}}", field.name);
                assert!(path.contains(&place), "{} has no {place}", operation.key);
                path = path.replace(&place, "");
            }
            assert!(!path.contains('{'), "{} has an undescribed place", operation.key);
        }
    }

    #[test]
    fn everything_that_is_needed_exists() {
        for operation in OPERATIONS {
            for need in operation.needs {
                assert!(super::operation(need).is_some(), "{} needs {need}", operation.key);
            }
        }
    }
}
