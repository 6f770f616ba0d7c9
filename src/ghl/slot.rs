//! Free slots.

use chrono::{DateTime, FixedOffset, NaiveDate};
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
        .filter(|(day, _)| day.parse::<NaiveDate>().is_ok())
        .filter_map(|(_, day)| day.get("slots")?.as_array())
        .flatten()
        .filter_map(|slot| DateTime::parse_from_rfc3339(slot.as_str()?).ok())
        .collect()
}
