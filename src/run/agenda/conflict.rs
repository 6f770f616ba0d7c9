//! Entries that get in each other's way.

use super::Known;
use super::entry::{Entry, EntryKind};

/// Marks entries that take the same user, or the same calendar that takes one booking at a time, at the same time. They
/// are sorted by their start.
pub(super) fn mark_conflicts(entries: &mut [Entry], known: &Known) {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        if entry.is_off || entry.kind == EntryKind::Free {
            continue;
        }
        open.retain(|before| entries.get(*before).is_some_and(|before| before.end > entry.start));
        let met = open.iter().filter(|before| {
            let before = entries.get(**before);
            before.is_some_and(|before| clash(before, entry, known))
        });
        found.extend(met.map(|before| (*before, place)));
        open.push(place);
    }
    for (one, other) in found {
        let id = |place: usize| entries.get(place).and_then(|entry| entry.id.clone());
        for (place, id) in [(one, id(other)), (other, id(one))] {
            if let Some(entry) = entries.get_mut(place) {
                entry.conflicts.extend(id);
            }
        }
    }
}

/// Whether two entries that overlap cannot both take place.
fn clash(one: &Entry, other: &Entry, known: &Known) -> bool {
    let same_calendar = one.calendar_id.is_some() && one.calendar_id == other.calendar_id;
    let calendar = one.calendar_id.as_deref().and_then(|id| known.calendar(id));
    if same_calendar && calendar.is_some_and(|calendar| calendar.is_shared) {
        // A class has many guests at one time.
        return one.kind != other.kind;
    }
    let nobody = one.user_ids.is_empty() || other.user_ids.is_empty();
    (same_calendar && nobody) || one.user_ids.iter().any(|user| other.user_ids.contains(user))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::zone::Zone;

    fn entry(id: &str, from: &str, to: &str, calendar: &str, user: Option<&str>) -> Entry {
        let time = |time: &str| format!("2030-06-04T{time}:00-05:00");
        let event = json!({
            "id": id, "startTime": time(from), "endTime": time(to), "calendarId": calendar, "assignedUserId": user,
        });
        Entry::read(EntryKind::Appointment, &event, &Zone::named("UTC").unwrap()).unwrap()
    }

    fn conflicts(mut entries: Vec<Entry>) -> Vec<(String, Vec<String>)> {
        let class: Value = json!({ "calendars": [{ "id": "class", "appoinmentPerSlot": 8 }, { "id": "event" }] });
        mark_conflicts(&mut entries, &Known::calendars_of(&class).unwrap());
        let marked = entries.into_iter().filter(|entry| !entry.conflicts.is_empty());
        marked.map(|entry| (entry.id.unwrap(), entry.conflicts)).collect()
    }

    #[test]
    fn a_user_is_in_one_place_at_a_time() {
        let marked = conflicts(vec![
            entry("a", "09:00", "11:00", "one", Some("dana")),
            entry("b", "10:00", "10:30", "two", Some("dana")),
            entry("c", "10:00", "10:30", "two", Some("riley")),
            entry("d", "11:00", "12:00", "one", Some("dana")),
        ]);
        assert_eq!(marked, [("a".into(), vec!["b".into()]), ("b".into(), vec!["a".into()])]);
    }

    #[test]
    fn a_class_has_many_guests_and_an_event_calendar_one() {
        let together = |calendar: &str, user| {
            let pair = ["a", "b"].map(|id| entry(id, "09:00", "10:00", calendar, user));
            conflicts(pair.into()).len()
        };
        assert_eq!(together("class", Some("dana")), 0);
        assert_eq!(together("event", None), 2);
    }
}
