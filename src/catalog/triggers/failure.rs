//! What could not be done.

use crate::catalog::{Source, Trigger};
use crate::shape::{Kind, field};

/// Key of the trigger that an event was not carried out.
pub const EVENT_FAILED: &str = "event.failed";

/// The triggers of this family.
pub(super) static TRIGGERS: &[Trigger] = &[Trigger {
    key: EVENT_FAILED,
    title: "An event was not carried out",
    about: "Refused for good, undecided, expired or invalid: somebody has to act. `knock serve` says it of each event \
            that it sets aside.",
    source: Source::Host,
    fields: &[
        field("failed")
            .of(Kind::Object(&[
                field("id").required(),
                field("subject").required(),
                field("trigger").required(),
                field("data")
                    .of(Kind::Anything)
                    .about(&"Its fields, as they were posted, unless they are too long."),
            ]))
            .required()
            .about(&"The event that was not carried out."),
        field("failure")
            .of(Kind::Object(&[
                field("code").required().about(&"For programs: `slot-taken`."),
                field("message").required().about(&"For people."),
                field("reply")
                    .of(Kind::Object(&[
                        field("status").of(Kind::Integer(100, 599)),
                        field("message"),
                        field("traceId"),
                    ]))
                    .about(&"What GHL answered, when it was asked."),
                field("alternatives")
                    .of(Kind::List(&Kind::Time))
                    .about(&"The nearest free slots, when the slot is taken."),
            ]))
            .required(),
        field("visit")
            .of(Kind::Object(&[
                field("summary").required().about(&"All of it in words."),
                field("startTime").of(Kind::Time).required(),
                field("endTime").of(Kind::Time),
                field("timeZone"),
                field("place"),
                field("lead"),
                field("assignee"),
                field("calendar"),
            ]))
            .about(&"The visit that was meant, where the event says which."),
        field("applied")
            .of(Kind::List(&Kind::Object(&[
                field("name").required(),
                field("action").required(),
                field("id"),
                field("outcome").of(Kind::OneOf(&[
                    "done",
                    "found",
                    "unchanged",
                    "superseded",
                    "kept-theirs",
                ])),
            ])))
            .required()
            .about(&"What was done nevertheless."),
    ],
    example: r#"{"failed": {"id": "visit-81723", "subject": "pin-81723", "trigger": "knocker.lead_booked"}, "failure": {"code": "slot-taken", "message": "the slot is taken", "reply": {"status": 400, "message": "The slot you have selected is no longer available.", "traceId": "7051cffe-22eb-475f-9362-48e40643bb29"}, "alternatives": ["2030-06-04T11:30:00-05:00"]}, "visit": {"summary": "Tuesday, June 4, 10:00 AM in Austin (America/Chicago), Dana Whitfield, Roof Inspections", "startTime": "2030-06-04T10:00:00-05:00", "timeZone": "America/Chicago", "place": "Austin", "lead": "Pat Homeowner", "assignee": "Dana Whitfield", "calendar": "Roof Inspections"}, "applied": [{"name": "contact", "action": "contact.upsert", "id": "Pat00Homeowner000ctc", "outcome": "done"}]}"#,
    ready: true,
    ..Trigger::BLANK
}];
