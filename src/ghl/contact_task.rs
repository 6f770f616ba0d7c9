//! The tasks of contacts.

use super::CRM_VERSION;
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "contact.list_tasks",
        title: "List the tasks of a contact",
        operation_id: "get-all-tasks",
        path: "/contacts/{contactId}/tasks",
        version: CRM_VERSION,
        scope: "contacts.readonly",
        reply: Kind::Object(&[field("tasks").of(Kind::List(&Kind::Object(TASK))).required()]),
        example: r#"{"contactId": "Pat00Homeowner000ctc"}"#,
        listed: false,
        ..Operation::READ
    },
    &Operation {
        key: "contact.create_task",
        title: "Give somebody a task about a contact",
        operation_id: "create-task",
        path: "/contacts/{contactId}/tasks",
        version: CRM_VERSION,
        scope: "contacts.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "contact.list_tasks",
            with: &[("contactId", "contactId")],
            around: false,
            found_in: "tasks",
            id: "id",
            told_by: ToldBy::Reference("body"),
        }),
        body: Body::Object(&[
            field("title").required(),
            field("body"),
            field("dueDate").of(Kind::Time).required(),
            COMPLETED.or(&"false"),
            field("assignedTo").about(&"The user who is to do it."),
        ]),
        reply: ONE,
        id: "task.id",
        needs: &["contact.list_tasks"],
        example: r#"{"contactId": "Pat00Homeowner000ctc", "title": "Come back with the drone", "dueDate": "2030-06-05T17:00:00-05:00", "completed": false}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "contact.complete_task",
        title: "Tick a task off, or open it again",
        operation_id: "update-task-completed",
        path: "/contacts/{contactId}/tasks/{taskId}/completed",
        version: CRM_VERSION,
        scope: "contacts.write",
        body: Body::Object(&[COMPLETED]),
        reply: ONE,
        id: "task.id",
        example: r#"{"contactId": "Pat00Homeowner000ctc", "taskId": "ComeBack00000000task", "completed": true}"#,
        ..Operation::UPDATE
    },
];

const COMPLETED: Field = field("completed").of(Kind::Boolean).required();

const ONE: Kind = Kind::Object(&[field("task").of(Kind::Object(TASK))]);

const TASK: &[Field] = &[
    field("id"),
    field("contactId"),
    field("title"),
    field("body"),
    field("dueDate"),
    field("completed").of(Kind::Boolean),
    field("assignedTo"),
];
