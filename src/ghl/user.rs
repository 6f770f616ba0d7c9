//! Users.

use super::{CRM_VERSION, LOCATION_ID};
use crate::api::Operation;
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "user.list",
        title: "List the users of the location",
        about: "Not in version 3 of GHL's API: there it is `user.search`, which wants the agency's id.",
        operation_id: "get-user-by-location",
        path: "/users/",
        version: CRM_VERSION,
        scope: "users.readonly",
        query: &[LOCATION_ID],
        reply: Kind::Object(&[USERS]),
        ..Operation::READ
    },
    &Operation {
        key: "user.search",
        title: "Search the users of the location",
        operation_id: "search-users",
        path: "/users/search",
        version: CRM_VERSION,
        scope: "users.readonly",
        query: &[
            field("companyId")
                .required()
                .about(&"The agency; `location.get` names it."),
            LOCATION_ID,
            field("query").about(&"Part of a name, an e-mail address or a phone number."),
            field("skip").of(Kind::COUNT).or(&"0"),
            field("limit").of(Kind::Integer(1, 1_000)).or(&"25"),
            field("type").about(&"`account` or `agency`."),
            field("role").about(&"`admin` or `user`."),
            field("ids").about(&"Ids with commas between."),
            field("sort").about(&"A field, like `dateAdded`; the name, if it is left out."),
            field("sortDirection").of(Kind::OneOf(&["asc", "desc"])),
            field("enabled2waySync").of(Kind::Boolean),
        ],
        reply: Kind::Object(&[USERS, field("count").of(Kind::COUNT)]),
        example: r#"{"companyId": "SummitAgency00000cmp", "query": "dana"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "user.get",
        title: "Read a user",
        operation_id: "get-user",
        path: "/users/{userId}",
        version: CRM_VERSION,
        scope: "users.readonly",
        reply: Kind::Object(USER),
        id: "id",
        example: r#"{"userId": "Dana00Whitfield00usr"}"#,
        ..Operation::READ
    },
];

const USERS: Field = field("users").of(Kind::List(&Kind::Object(USER))).required();

const USER: &[Field] = &[
    field("id").required(),
    field("name"),
    field("firstName"),
    field("lastName"),
    field("email"),
    field("phone"),
    field("extension"),
    field("permissions").of(Kind::Anything),
    field("scopes").of(Kind::Anything),
    field("roles").of(Kind::Object(&[
        field("type"),
        field("role"),
        field("locationIds").of(Kind::TEXTS),
        field("restrictSubAccount").of(Kind::Boolean),
    ])),
    field("deleted").of(Kind::Boolean),
];
