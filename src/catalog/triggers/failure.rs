//! What could not be done.

use crate::catalog::{Source, Trigger};
use crate::shape::{Kind, field};

/// The triggers of this family.
pub(super) static TRIGGERS: &[Trigger] = &[Trigger {
    key: "event.failed",
    title: "An event was not carried out",
    about: "Refused for good, undecided, expired or invalid: somebody has to act.",
    source: Source::Host,
    fields: &[
        field("event").of(Kind::Object(&[field("id"), field("subject"), field("trigger")])),
        field("failure").of(Kind::Object(&[
            field("code").about("For programs: `slot-taken`."),
            field("message").about("For people."),
            field("reply")
                .of(Kind::Object(&[
                    field("status").of(Kind::Integer(100, 599)),
                    field("message"),
                    field("traceId"),
                ]))
                .about("What GHL answered, when it was asked."),
        ])),
        field("applied")
            .of(Kind::List(&Kind::Object(&[
                field("name"),
                field("action"),
                field("id"),
                field("outcome").of(Kind::OneOf(&[
                    "done",
                    "found",
                    "unchanged",
                    "superseded",
                    "kept-theirs",
                ])),
            ])))
            .about("What was done nevertheless."),
    ],
    example: r#"{"event": {"id": "pin-81723-1", "subject": "pin-81723", "trigger": "knocker.lead_booked"}, "failure": {"code": "slot-taken", "message": "the slot is taken", "reply": {"status": 400, "message": "The slot you have selected is no longer available.", "traceId": "7051cffe-22eb-475f-9362-48e40643bb29"}}, "applied": [{"name": "contact", "action": "contact.upsert", "id": "Pat00Homeowner000ctc", "outcome": "done"}]}"#,
    ..Trigger::BLANK
}];
