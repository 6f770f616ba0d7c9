//! What happens to calendars in GHL. It sends no webhooks for it.

use crate::catalog::{Source, Trigger};
use crate::shape::{Field, Kind, field};

/// The triggers of this family.
pub(super) static TRIGGERS: &[Trigger] = &[
    Trigger {
        key: "calendar.changed",
        title: "A calendar was made, changed or deleted",
        source: Source::Polled("calendar.list"),
        scope: "calendars.readonly",
        fields: &[
            CHANGE,
            field("calendar")
                .of(Kind::Anything)
                .about(&"As `calendar.list` has it."),
            BEFORE,
        ],
        example: r#"{"change": "changed", "calendar": {"id": "RoofInspections00cal", "name": "Roof Inspections", "slotDuration": 90}, "before": {"slotDuration": 60}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "calendar_group.changed",
        title: "A group of calendars was made, changed or deleted",
        source: Source::Polled("group.list"),
        scope: "calendars/groups.readonly",
        fields: &[
            CHANGE,
            field("group").of(Kind::Anything).about(&"As `group.list` has it."),
            BEFORE,
        ],
        example: r#"{"change": "changed", "group": {"id": "NorthRegion000000grp", "name": "North", "slug": "north", "isActive": false}, "before": {"isActive": true}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "availability.changed",
        title: "Other slots of a calendar are free than before",
        source: Source::Polled("slots.list_free"),
        scope: "calendars.readonly",
        fields: &[
            field("calendarId"),
            field("userId").about(&"The member of the team that was asked for, if one was."),
            field("opened").of(SLOTS).about(&"Free now, and not before."),
            field("closed").of(SLOTS).about(&"Free before, and not now."),
        ],
        example: r#"{"calendarId": "RoofInspections00cal", "opened": ["2030-06-04T15:00:00-05:00"], "closed": ["2030-06-04T10:00:00-05:00"]}"#,
        ..Trigger::BLANK
    },
];

const CHANGE: Field = field("change").of(Kind::OneOf(&["created", "changed", "deleted"]));
const BEFORE: Field = field("before")
    .of(Kind::Anything)
    .about(&"What it was, as far as it is different.");
const SLOTS: Kind = Kind::List(&Kind::Time);
