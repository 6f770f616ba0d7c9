//! Bookings of services.

use super::LOCATION_ID;
use super::service::DELETED;
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, Rule, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "service_booking.list",
        title: "List the bookings of services",
        operation_id: "get-service-bookings",
        path: "/calendars/services/bookings",
        version: "v3",
        scope: "calendars/events.readonly",
        query: &[
            LOCATION_ID,
            field("startTime").of(Kind::Milliseconds).required(),
            field("endTime").of(Kind::Milliseconds).required(),
            field("timezone").of(Kind::Zone),
            field("serviceLocationId"),
        ],
        rules: ORDERED,
        reply: Kind::Object(&[field("bookings").of(Kind::List(&Kind::Object(BOOKING))).required()]),
        example: r#"{"startTime": "2030-06-03T00:00:00-05:00", "endTime": "2030-06-10T00:00:00-05:00"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "service_booking.create",
        title: "Book services",
        about: "One or several in one visit. A series of them cannot be booked this way.",
        operation_id: "create-service-booking",
        path: "/calendars/services/bookings",
        version: "v3",
        scope: "calendars/events.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "service_booking.list",
            with: &[],
            around: true,
            found_in: "bookings",
            id: "bookingId",
            // No text of it is for the staff alone. One household is not at two visits at once.
            told_by: ToldBy::Same(&["contactId", "startTime", "endTime"]),
        }),
        query: CHECKS,
        body: Body::Object(&[
            LOCATION_ID,
            field("contactId").required(),
            START.required(),
            END.required(),
            field("timezone").of(Kind::Zone).required(),
            SERVICES.required(),
            field("serviceLocationId").about(&"The default one, if it is left out."),
            MEETING_LOCATION,
            field("title"),
            field("status")
                .of(Kind::OneOf(&["confirmed", "new"]))
                .about(&"As the settings of services say, if it is left out."),
        ]),
        rules: ORDERED,
        reply: Kind::Object(BOOKING),
        id: "bookingId",
        needs: &["service_booking.list"],
        example: r#"{"contactId": "Pat00Homeowner000ctc", "startTime": "2030-06-06T10:00:00-05:00", "endTime": "2030-06-06T11:00:00-05:00", "timezone": "America/Chicago", "services": [{"id": "RoofCheck00000000svc", "staffId": "Dana00Whitfield00usr"}]}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "service_booking.get",
        title: "Read a booking of services",
        operation_id: "get-service-booking-by-id",
        path: "/calendars/services/bookings/{bookingId}",
        version: "v3",
        scope: "calendars/events.readonly",
        reply: Kind::Object(BOOKING),
        id: "bookingId",
        example: r#"{"bookingId": "RoofCheckOfPat000bkg"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "service_booking.update",
        title: "Move, cancel or otherwise change a booking of services",
        about: "Who did not come is `no_show` here, and `noshow` in appointments. `services` replace those it has.",
        operation_id: "update-service-booking",
        path: "/calendars/services/bookings/{bookingId}",
        version: "v3",
        scope: "calendars/events.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "service_booking.get",
            with: &[("bookingId", "bookingId")],
            around: false,
            found_in: "",
            id: "bookingId",
            told_by: ToldBy::Written,
        }),
        query: CHECKS,
        body: Body::Object(&[
            START,
            END,
            field("timezone").of(Kind::Zone),
            SERVICES,
            field("serviceLocationId"),
            MEETING_LOCATION,
            field("title"),
            field("status").of(Kind::OneOf(&[
                "confirmed",
                "cancelled",
                "invalid",
                "new",
                "showed",
                "no_show",
            ])),
        ]),
        rules: ORDERED,
        reply: Kind::Object(BOOKING),
        id: "bookingId",
        needs: &["service_booking.get"],
        example: r#"{"bookingId": "RoofCheckOfPat000bkg", "status": "showed"}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "service_booking.delete",
        title: "Delete a booking of services",
        operation_id: "delete-service-booking",
        path: "/calendars/services/bookings/{bookingId}",
        version: "v3",
        scope: "calendars/events.write",
        reply: DELETED,
        example: r#"{"bookingId": "OldCheckOfPat0000bkg"}"#,
        ..Operation::DELETE
    },
];

const ORDERED: &[Rule] = &[Rule::Ordered("startTime", "endTime")];

const CHECKS: &[Field] = &[
    field("overrideAvailability")
        .of(Kind::Boolean)
        .or(&"false")
        .about(&"Skips every check of slots."),
    field("skipSchedulingNotice")
        .of(Kind::Boolean)
        .or(&"false")
        .about(&"Skips the minimum notice and the date range."),
];

const START: Field = field("startTime").of(Kind::Time);
const END: Field = field("endTime").of(Kind::Time);
const MEETING_LOCATION: Field = field("meetingLocation").about(&"Needed where the service location is `ask_booker`.");
const SERVICES: Field = field("services").of(Kind::SomeOf(&Kind::Object(&[
    field("id").required(),
    field("staffId"),
    field("position").of(Kind::COUNT),
    field("addOns").of(Kind::List(&Kind::Object(&[
        field("id").required(),
        field("quantity").of(Kind::COUNT),
        field("duration").of(Kind::Number).about(&"In minutes."),
    ]))),
])));

/// A booking as it is read.
const BOOKING: &[Field] = &[
    field("bookingId").required(),
    field("locationId"),
    field("contactId"),
    field("serviceLocationId"),
    field("title"),
    START,
    END,
    field("services").of(Kind::List(&Kind::Object(&[
        field("id"),
        field("serviceCategoryId"),
        field("serviceStaffId"),
        field("serviceStartTime").of(Kind::Time),
        field("serviceEndTime").of(Kind::Time),
        field("serviceResources").of(Kind::Anything),
        field("serviceAddOns").of(Kind::Anything),
    ]))),
    field("timezone").of(Kind::Zone),
    field("status"),
    field("deleted").of(Kind::Boolean),
    field("meetingLocation"),
    field("createdBy").of(Kind::Anything),
    field("dateAdded"),
    field("dateUpdated"),
    field("messages")
        .of(Kind::List(&Kind::Anything))
        .about(&"What GHL did not take of a write, like a meeting location."),
];
