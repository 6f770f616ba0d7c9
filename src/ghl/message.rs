//! Messages.

use crate::api::{Body, Effect, Operation};
use crate::shape::{Kind, Rule, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "message.send",
        title: "Send a message to a contact",
        about: "At once, unless `scheduledTimestamp` says when. When the answer is lost a person has to look: sent \
                again, it may come twice.",
        operation_id: "send-a-new-message",
        path: "/conversations/messages",
        scope: "conversations/message.write",
        effect: Effect::Send,
        body: Body::Object(&[
            field("type")
                .of(Kind::OneOf(&[
                    "SMS",
                    "RCS",
                    "Email",
                    "WhatsApp",
                    "IG",
                    "FB",
                    "Custom",
                    "Live_Chat",
                    "TIKTOK",
                ]))
                .required(),
            field("contactId").required(),
            field("message"),
            field("html"),
            field("subject"),
            field("templateId"),
            field("attachments").of(Kind::TEXTS).about(&"Addresses of files."),
            field("appointmentId").about(&"What it is about."),
            field("scheduledTimestamp").of(Kind::Seconds),
            field("fromNumber"),
            field("toNumber"),
            field("emailFrom").of(Kind::Email),
            field("emailTo")
                .of(Kind::Email)
                .about(&"Another address of the contact than the first."),
            field("emailCc").of(EMAILS),
            field("emailBcc").of(EMAILS),
            field("emailReplyMode").of(Kind::OneOf(&["reply", "reply_all"])),
            field("replyMessageId"),
            field("threadId"),
            field("forward").of(Kind::Object(&[
                field("isForwarded").of(Kind::Boolean).required(),
                field("forwardWholeThread").of(Kind::Boolean),
                field("messageId"),
                field("emailMessageId"),
                field("sourceContactId"),
                field("sourceConversationId"),
                field("toEmail").of(Kind::Email),
                field("recipientContactId"),
                field("recipientConversationId"),
            ])),
            field("customSubtypeId").about(&"What can be unsubscribed from, of e-mails."),
            field("conversationProviderId"),
            field("usesNativeSchedulingAi").of(Kind::Boolean),
            field("optimizationPeriod").of(Kind::OneOf(&["24h", "48h", "72h"])),
            // The specification wants these two, the API does without.
            field("subType").of(Kind::Anything),
            field("status").of(STATUS),
        ]),
        rules: &[Rule::AtLeastOne(&[
            "message",
            "html",
            "templateId",
            "attachments",
            "forward",
        ])],
        reply: Kind::Object(&[
            field("conversationId"),
            field("messageId"),
            field("messageIds").of(Kind::TEXTS),
            field("emailMessageId"),
            field("msg"),
            field("forwardData").of(Kind::Anything),
            field("status").of(STATUS),
        ]),
        id: "messageId",
        needs: &["message.cancel_scheduled"],
        example: r#"{"type": "SMS", "contactId": "Pat00Homeowner000ctc", "message": "See you on Tuesday at 10.", "appointmentId": "VisitOfPat0000000evt", "scheduledTimestamp": "2030-06-03T17:00:00-05:00"}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "message.cancel_scheduled",
        title: "Call off a message that was scheduled",
        about: "By the `messageId` that `message.send` answered. One that went out is out.",
        operation_id: "cancel-scheduled-message",
        path: "/conversations/messages/{messageId}/schedule",
        scope: "conversations/message.write",
        reply: Kind::Object(&[field("status").of(Kind::COUNT), field("message")]),
        example: r#"{"messageId": "ReminderOfVisit00msg"}"#,
        ..Operation::DELETE
    },
];

const EMAILS: Kind = Kind::List(&Kind::Email);

const STATUS: Kind = Kind::OneOf(&["delivered", "failed", "pending", "read"]);
