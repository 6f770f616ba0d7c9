//! Pins on Active Knocker's map.

use crate::api::{Body, Operation, Repeat, Server};
use crate::shape::{Kind, field};

/// The operations of this family. Active Knocker has not published its API: these are as public programs use it.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "knocker.create_pin",
        title: "Put a pin on the map",
        about: "Active Knocker has not published its API: this is how public programs call it. `status` in the answer \
                says whether it was done. Nothing shows the pin to a program, so when the answer is lost a person has \
                to look.",
        operation_id: "knock-pin",
        server: Server::Knocker,
        path: "/knock-pin",
        version: "",
        repeat: Repeat::Never,
        body: Body::Object(&[
            field("latitude").of(Kind::Degrees(90)).required(),
            field("longitude").of(Kind::Degrees(180)).required(),
            field("pin_id").of(ID).required().about(&"What kind of pin it is."),
            field("notes"),
            field("address").of(Kind::Object(&[
                field("street"),
                field("city"),
                field("state").about(&"The full name: `Texas`."),
                field("country"),
                field("postalCode"),
            ])),
            field("created_user_id").of(ID),
        ]),
        reply: ANSWER,
        id: "id",
        example: r#"{"latitude": 30.2672, "longitude": -97.7431, "pin_id": 3, "notes": "Booked for Tuesday at 10."}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "knocker.apply_tags",
        title: "Set the tags of a pin",
        about: "Active Knocker has not published its API: this is how public programs call it. `status` in the answer \
                says whether it was done.",
        operation_id: "knock-pin-apply-tags",
        server: Server::Knocker,
        method: "POST",
        path: "/knock-pin/applyTags/{id}",
        version: "",
        body: Body::Object(&[field("tag_ids").required().about(&"Ids of tags with commas between.")]),
        reply: ANSWER,
        example: r#"{"id": "81723", "tag_ids": "4,9"}"#,
        ..Operation::UPDATE
    },
];

/// Ids of Active Knocker's are seen as numbers and as text.
const ID: Kind = Kind::Either(&[Kind::COUNT, Kind::Text]);

const ANSWER: Kind = Kind::Object(&[field("status").of(Kind::Boolean), field("msg"), field("id").of(ID)]);
