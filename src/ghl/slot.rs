//! Free slots.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::{Effect, Field, FieldKind, Operation, Repeat};

/// Lists the free slots of a calendar. The window is in epoch milliseconds and at most 31 days long.
pub static LIST_FREE: Operation = Operation {
    key: "slots.list_free",
    operation_id: "get-slots",
    method: "GET",
    path: "/calendars/{calendarId}/free-slots",
    version: "2021-04-15",
    scope: "calendars.readonly",
    effect: Effect::Read,
    repeat: Repeat::Safe,
    fields: &[
        Field::path("calendarId"),
        Field::query("startDate").of(FieldKind::Integer).required(),
        Field::query("endDate").of(FieldKind::Integer).required(),
        Field::query("timezone"),
        Field::query("userId"),
    ],
    needs: &[],
};

/// The slots in the answer. Keys that are no dates (`traceId`) are skipped.
pub fn read(reply: &Value) -> Vec<DateTime<FixedOffset>> {
    reply
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| is_day(key))
        .filter_map(|(_, day)| day.get("slots")?.as_array())
        .flatten()
        .filter_map(|slot| DateTime::parse_from_rfc3339(slot.as_str()?).ok())
        .collect()
}

/// Whether a key is a day, like `2030-06-04`.
fn is_day(key: &str) -> bool {
    key.len() == 10
        && key.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_beside_the_days_is_skipped() {
        let slots = read(&json!({
            "2030-06-04": { "slots": ["2030-06-04T10:00:00-05:00", "no time"] },
            "2030-06-05": {},
            "traceId": "7051cffe-22eb-475f-9362-48e40643bb29",
        }));
        assert_eq!(slots.len(), 1);
        assert!(read(&json!({ "traceId": "x" })).is_empty());
        assert!(read(&json!([])).is_empty());
    }
}
