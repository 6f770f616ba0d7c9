//! What a calendar tells whom, and when: confirmations, reminders, follow-ups.

use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "notification.list",
        title: "List the notifications of a calendar",
        operation_id: "get-event-notification",
        path: "/calendars/{calendarId}/notifications",
        scope: "calendars/events.readonly",
        query: &[
            field("isActive").of(Kind::Boolean),
            field("deleted").of(Kind::Boolean),
            field("limit").of(Kind::COUNT).or(&"100"),
            field("skip").of(Kind::COUNT).or(&"0"),
        ],
        reply: Kind::List(&Kind::Object(NOTIFICATION)),
        example: r#"{"calendarId": "RoofInspections00cal"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "notification.create",
        title: "Add notifications to a calendar",
        about: "Look first: a second reminder for the same time is sent, too.",
        operation_id: "create-event-notification",
        path: "/calendars/{calendarId}/notifications",
        scope: "calendars/events.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "notification.list",
            with: &[("calendarId", "calendarId")],
            around: false,
            found_in: "",
            id: "_id",
            told_by: ToldBy::Same(&["receiverType", "channel", "notificationType", "beforeTime", "afterTime"]),
        }),
        body: Body::Value(
            &field("notifications")
                .of(Kind::List(&Kind::Object(&[
                    RECEIVER.required(),
                    CHANNEL.required(),
                    TYPE.required(),
                    ACTIVE.or(&"true"),
                    TEMPLATE,
                    BODY,
                    SUBJECT,
                    BEFORE,
                    AFTER,
                    EMAILS,
                    PHONES,
                    USERS,
                    FROM_ADDRESS,
                    FROM_NAME,
                    FROM_NUMBER,
                ])))
                .required(),
        ),
        reply: Kind::List(&Kind::Object(NOTIFICATION)),
        id: "0._id",
        needs: &["notification.list"],
        example: r#"{"calendarId": "RoofInspections00cal", "notifications": [{"receiverType": "contact", "channel": "email", "notificationType": "reminder", "subject": "Your visit", "body": "See you in two hours.", "beforeTime": [{"timeOffset": 2, "unit": "hours"}]}]}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "notification.get",
        title: "Read a notification of a calendar",
        operation_id: "find-event-notification",
        path: "/calendars/{calendarId}/notifications/{notificationId}",
        scope: "calendars/events.readonly",
        reply: Kind::Object(NOTIFICATION),
        id: "_id",
        example: r#"{"calendarId": "RoofInspections00cal", "notificationId": "ReminderOfRoof000ntf"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "notification.update",
        title: "Change a notification of a calendar",
        operation_id: "update-event-notification",
        path: "/calendars/{calendarId}/notifications/{notificationId}",
        scope: "calendars/events.write",
        body: Body::Object(&[
            RECEIVER,
            CHANNEL,
            TYPE,
            ACTIVE,
            DELETED,
            TEMPLATE,
            BODY,
            SUBJECT,
            BEFORE,
            AFTER,
            EMAILS,
            PHONES,
            USERS,
            FROM_ADDRESS,
            FROM_NAME,
            FROM_NUMBER,
        ]),
        reply: MESSAGE,
        example: r#"{"calendarId": "RoofInspections00cal", "notificationId": "ReminderOfRoof000ntf", "beforeTime": [{"timeOffset": 3, "unit": "hours"}]}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "notification.delete",
        title: "Delete a notification of a calendar",
        about: "It can still be read, and says `deleted`.",
        operation_id: "delete-event-notification",
        path: "/calendars/{calendarId}/notifications/{notificationId}",
        scope: "calendars/events.write",
        reply: MESSAGE,
        example: r#"{"calendarId": "RoofInspections00cal", "notificationId": "OldReminder000000ntf"}"#,
        ..Operation::DELETE
    },
];

const RECEIVER: Field = field("receiverType").of(Kind::OneOf(&[
    "contact",
    "guest",
    "assignedUser",
    "emails",
    "phoneNumbers",
    "business",
]));
const CHANNEL: Field = field("channel").of(Kind::OneOf(&["email", "inApp", "sms", "whatsapp"]));
const TYPE: Field = field("notificationType").of(Kind::OneOf(&[
    "booked",
    "confirmation",
    "cancellation",
    "reminder",
    "followup",
    "reschedule",
]));
const ACTIVE: Field = field("isActive").of(Kind::Boolean);
const DELETED: Field = field("deleted").of(Kind::Boolean);
const TEMPLATE: Field = field("templateId");
const BODY: Field = field("body").about(&"Not needed for `inApp`, nor are template and subject.");
const SUBJECT: Field = field("subject");
const BEFORE: Field = field("beforeTime")
    .of(DISTANCES)
    .about(&"How long before the appointment; of a `reminder` only.");
const AFTER: Field = field("afterTime")
    .of(DISTANCES)
    .about(&"How long after the appointment; of a `followup` only.");
const EMAILS: Field = field("additionalEmailIds").of(Kind::TEXTS).about(&"E-mail addresses.");
const PHONES: Field = field("additionalPhoneNumbers").of(Kind::TEXTS);
const USERS: Field = field("selectedUsers")
    .of(Kind::TEXTS)
    .about(&"User ids, or `sub_account_admin`; for `inApp`, and e-mails to the business.");
const FROM_ADDRESS: Field = field("fromAddress");
const FROM_NAME: Field = field("fromName");
const FROM_NUMBER: Field = field("fromNumber");

const DISTANCES: Kind = Kind::List(&Kind::Object(&[
    field("timeOffset").of(Kind::Number),
    field("unit").about(&"Like `hours`."),
]));

const MESSAGE: Kind = Kind::Object(&[field("message")]);

/// A notification as it is read.
const NOTIFICATION: &[Field] = &[
    field("_id").required(),
    RECEIVER,
    CHANNEL,
    TYPE,
    ACTIVE,
    DELETED,
    TEMPLATE,
    BODY,
    SUBJECT,
    BEFORE,
    AFTER,
    EMAILS,
    PHONES,
    field("additionalWhatsappNumbers").of(Kind::TEXTS),
    USERS,
];
