//! Services: what can be booked of the services module.

use super::{LENGTH_UNIT, LOCATION_ID};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "service.list",
        title: "List the services of the location",
        operation_id: "get-services-catalog",
        path: "/calendars/services/catalog",
        version: "v3",
        scope: "calendars.readonly",
        query: &[
            LOCATION_ID,
            field("serviceCategoryId"),
            field("isPrivate")
                .of(Kind::Boolean)
                .about(&"Only private ones, or only public ones."),
        ],
        reply: Kind::Object(&[field("services").of(Kind::List(&Kind::Object(SERVICE))).required()]),
        ..Operation::READ
    },
    &Operation {
        key: "service.create",
        title: "Add a service",
        operation_id: "create-service-catalog",
        path: "/calendars/services/catalog",
        version: "v3",
        scope: "calendars.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "service.list",
            with: &[],
            around: false,
            found_in: "services",
            id: "id",
            told_by: ToldBy::Same(&["slug", "name"]),
        }),
        body: Body::Object(&[
            LOCATION_ID,
            field("name").required(),
            SLUG.required(),
            STAFF.required(),
            field("description"),
            COLOR,
            COVER,
            CATEGORY.about(&"The default category, if it is left out."),
            PAYMENT,
            DURATION,
            DURATION_UNIT,
            BEFORE,
            BEFORE_UNIT,
            AFTER,
            AFTER_UNIT,
            PRIVATE,
            FORM,
            field("variations").of(Kind::List(&Kind::Object(&[
                field("name").required(),
                PAYMENT,
                DURATION,
                DURATION_UNIT,
                BEFORE,
                BEFORE_UNIT,
                AFTER,
                AFTER_UNIT,
            ]))),
        ]),
        reply: ONE,
        id: "service.id",
        needs: &["service.list"],
        example: r#"{"name": "Gutter cleaning", "slug": "gutter-cleaning", "staff": [{"id": "Dana00Whitfield00usr"}], "serviceDuration": 60, "serviceDurationUnit": "mins", "payment": {"amount": 120}}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "service.get",
        title: "Read a service",
        operation_id: "get-service-catalog-by-id",
        path: "/calendars/services/catalog/{serviceId}",
        version: "v3",
        scope: "calendars.readonly",
        reply: ONE,
        id: "service.id",
        example: r#"{"serviceId": "RoofCheck00000000svc"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "service.update",
        title: "Change a service",
        operation_id: "update-service-catalog",
        path: "/calendars/services/catalog/{serviceId}",
        version: "v3",
        scope: "calendars.write",
        body: Body::Object(&[
            field("name"),
            SLUG,
            STAFF,
            field("description"),
            COLOR,
            COVER,
            CATEGORY,
            PAYMENT,
            DURATION,
            DURATION_UNIT,
            BEFORE,
            BEFORE_UNIT,
            AFTER,
            AFTER_UNIT,
            PRIVATE,
            FORM,
            VARIATIONS.about(&"One with an `id` is changed, one without is added; an empty list removes them all."),
        ]),
        reply: ONE,
        id: "service.id",
        example: r#"{"serviceId": "RoofCheck00000000svc", "payment": {"amount": 90}}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "service.delete",
        title: "Delete a service",
        operation_id: "delete-service-catalog",
        path: "/calendars/services/catalog/{serviceId}",
        version: "v3",
        scope: "calendars.write",
        reply: DELETED,
        example: r#"{"serviceId": "OldService0000000svc"}"#,
        ..Operation::DELETE
    },
];

/// The answer of the services module to a deletion.
pub(super) const DELETED: Kind = Kind::Object(&[field("success").of(Kind::Boolean), field("message")]);

const SLUG: Field = field("slug");
const STAFF: Field = field("staff")
    .of(Kind::List(&Kind::Object(&[field("id").required()])))
    .about(&"Who gives it, at least one: user ids.");
const COLOR: Field = field("eventColor").about(&"Like `#039be5`.");
const COVER: Field = field("coverImage").about(&"Its URL.");
const CATEGORY: Field = field("serviceCategoryId");
const PAYMENT: Field = field("payment").of(Kind::Object(&[
    field("amount").of(Kind::Number),
    field("deposit").of(Kind::Number),
    field("depositType").of(Kind::OneOf(&["percentage", "amount"])),
]));
const DURATION: Field = field("serviceDuration").of(Kind::Number);
const DURATION_UNIT: Field = field("serviceDurationUnit").of(LENGTH_UNIT);
const BEFORE: Field = field("preBuffer").of(Kind::Number);
const BEFORE_UNIT: Field = field("preBufferUnit").of(LENGTH_UNIT);
const AFTER: Field = field("postBuffer").of(Kind::Number);
const AFTER_UNIT: Field = field("postBufferUnit").of(LENGTH_UNIT);
const PRIVATE: Field = field("isPrivate").of(Kind::Boolean);
const FORM: Field = field("formId").about(&"The form of its booking page.");
const VARIATIONS: Field = field("variations").of(Kind::List(&Kind::Object(&[
    field("id"),
    field("name"),
    PAYMENT,
    DURATION,
    DURATION_UNIT,
    BEFORE,
    BEFORE_UNIT,
    AFTER,
    AFTER_UNIT,
])));

const ONE: Kind = Kind::Object(&[field("service").of(Kind::Object(SERVICE)).required()]);

/// A service as it is read.
const SERVICE: &[Field] = &[
    field("id").required(),
    field("locationId"),
    field("name"),
    SLUG,
    STAFF,
    field("description"),
    COLOR,
    COVER,
    CATEGORY,
    PAYMENT,
    DURATION,
    DURATION_UNIT,
    BEFORE,
    BEFORE_UNIT,
    AFTER,
    AFTER_UNIT,
    PRIVATE,
    FORM,
    VARIATIONS,
];
