//! What is written to the office.

use crate::catalog::{Source, Trigger};
use crate::shape::{Kind, field};

/// The triggers of this family.
pub(super) static TRIGGERS: &[Trigger] = &[Trigger {
    key: "message.inbound",
    title: "A contact wrote",
    source: Source::Webhook("InboundMessage"),
    scope: "conversations/message.readonly",
    fields: &[
        field("locationId"),
        field("contactId"),
        field("conversationId"),
        field("messageType").about(&"`SMS`, `Email`, …"),
        field("direction").of(Kind::OneOf(&["inbound"])),
        field("body"),
    ],
    example: r#"{"contactId": "Pat00Homeowner000ctc", "conversationId": "TalkWithPat000000cnv", "messageType": "SMS", "direction": "inbound", "body": "Can we make it 11?"}"#,
    ..Trigger::BLANK
}];
