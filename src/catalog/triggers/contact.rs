//! What happens to contacts in GHL.

use crate::catalog::{Source, Trigger};
use crate::shape::{Field, Kind, field};

const SCOPE: &str = "contacts.readonly";

/// The triggers of this family.
pub(super) static TRIGGERS: &[Trigger] = &[
    Trigger {
        key: "contact.created",
        title: "A contact was made",
        about: "Also by Knockcal itself.",
        source: Source::Webhook("ContactCreate"),
        scope: SCOPE,
        fields: CONTACT,
        example: r#"{"locationId": "ve9EPM428h8vShlRW1KT", "id": "Pat00Homeowner000ctc", "firstName": "Pat", "lastName": "Homeowner", "phone": "+15125550100", "email": "pat@example.com", "address1": "12 Cedar Lane", "city": "Austin", "state": "TX", "country": "US", "postalCode": "78704", "tags": ["roof"]}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "contact.updated",
        title: "Something about a contact was changed",
        source: Source::Webhook("ContactUpdate"),
        scope: SCOPE,
        fields: CONTACT,
        example: r#"{"id": "Pat00Homeowner000ctc", "address1": "14 Cedar Lane", "customFields": [{"id": "PinIdOfKnocker000fld", "value": "81723"}]}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "contact.tag_changed",
        title: "A contact has other tags",
        about: "`tags` are those it has now.",
        source: Source::Webhook("ContactTagUpdate"),
        scope: SCOPE,
        fields: CONTACT,
        example: r#"{"id": "Pat00Homeowner000ctc", "tags": ["roof", "knock this one"]}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "contact.dnd_changed",
        title: "A contact wants no messages, or wants them again",
        about: "What they want of calls and messages that come in is left out.",
        source: Source::Webhook("ContactDndUpdate"),
        scope: SCOPE,
        fields: CONTACT,
        example: r#"{"id": "Pat00Homeowner000ctc", "dnd": true, "dndSettings": {"SMS": {"status": "active"}}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "contact.deleted",
        title: "A contact was deleted",
        source: Source::Webhook("ContactDelete"),
        scope: SCOPE,
        fields: CONTACT,
        example: r#"{"id": "Pat00Homeowner000ctc", "name": "Pat Homeowner"}"#,
        ..Trigger::BLANK
    },
];

/// A contact as GHL's webhooks have it.
const CONTACT: &[Field] = &[
    field("locationId"),
    field("id"),
    field("name"),
    field("firstName"),
    field("lastName"),
    field("email"),
    field("phone"),
    field("address1"),
    field("city"),
    field("state"),
    field("country"),
    field("postalCode"),
    field("tags").of(Kind::TEXTS),
    field("dnd").of(Kind::Boolean),
    field("dndSettings").of(Kind::Anything),
    field("assignedTo"),
    field("source"),
    field("customFields").of(Kind::List(&Kind::Object(&[
        field("id"),
        field("value").of(Kind::Anything),
    ]))),
];
