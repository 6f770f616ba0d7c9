//! Free slots.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::shown;
use crate::api::{Operation, is_day};
use crate::shape::{Kind, Rule, field};
use crate::zone::Zone;

/// Lists the free slots of a calendar. The window is in epoch milliseconds and at most 31 days long.
pub static LIST_FREE: Operation = Operation {
    key: "slots.list_free",
    title: "List the free slots of a calendar",
    about: "By day. Days without a free slot are left out.",
    operation_id: "get-slots",
    path: "/calendars/{calendarId}/free-slots",
    scope: "calendars.readonly",
    query: &[
        field("startDate").of(Kind::Milliseconds).required(),
        field("endDate").of(Kind::Milliseconds).required(),
        field("timezone")
            .of(Kind::Zone)
            .about(&"Of the days and offsets in the answer; the calendar's, if it is left out."),
        field("userId").about(&"Only slots of this member of the team."),
        field("userIds").of(Kind::TEXTS).about(&"Only slots of these members."),
    ],
    rules: &[Rule::Within("startDate", "endDate", WINDOW_DAYS)],
    reply: Kind::ByDay(&Kind::Object(&[field("slots").of(Kind::List(&Kind::Time))])),
    example: r#"{"calendarId": "RoofInspections00cal", "startDate": "2030-06-03T00:00:00-05:00", "endDate": "2030-06-10T00:00:00-05:00"}"#,
    ..Operation::READ
};

/// The longest window, in days.
pub const WINDOW_DAYS: i64 = 31;

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&LIST_FREE];

/// The slots in the answer, in the offset of a zone; nothing when one of them cannot be understood. Times without an
/// offset are those of the zone. Keys that are no dates (`traceId`) are skipped.
pub fn read(reply: &Value, zone: Option<&Zone>) -> Option<Vec<DateTime<FixedOffset>>> {
    reply
        .as_object()?
        .iter()
        .filter(|(key, _)| is_day(key))
        .filter_map(|(_, day)| day.get("slots")?.as_array())
        .flatten()
        .map(|slot| {
            let start = shown::instant(slot, zone)?;
            Some(zone.map_or(start, |zone| zone.at(start)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_beside_the_days_is_skipped() {
        let chicago = Zone::named("America/Chicago");
        let slots = json!({
            "2030-06-04": { "slots": ["2030-06-04T10:00:00-05:00", "2030-06-04T10:00:00"] },
            "2030-06-05": {},
            "traceId": "7051cffe-22eb-475f-9362-48e40643bb29",
        });
        let slots = read(&slots, chicago.as_ref()).unwrap();
        assert_eq!(slots.len(), 2);
        assert_eq!(slots[0], slots[1]);
        let in_utc = json!({ "2030-06-04": { "slots": ["2030-06-04T15:00:00.000Z"] } });
        let slots = read(&in_utc, chicago.as_ref()).unwrap();
        assert_eq!(slots[0].to_rfc3339(), "2030-06-04T10:00:00-05:00");
        assert_eq!(read(&json!({ "traceId": "x" }), None), Some(Vec::new()));
    }

    #[test]
    fn a_slot_that_cannot_be_understood_is_not_a_slot_that_is_taken() {
        assert_eq!(read(&json!([]), None), None);
        for slot in ["no time", "2030-06-04T10:00:00"] {
            let slots = json!({ "2030-06-04": { "slots": ["2030-06-04T10:00:00-05:00", slot] } });
            assert_eq!(read(&slots, None), None, "{slot}");
        }
    }
}
