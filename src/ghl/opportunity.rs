//! Opportunities: deals.

use super::{CRM_VERSION, LOCATION_ID, SUCCEDED};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, Rule, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "opportunity.search",
        title: "Search deals",
        about: "Most of its fields are written with underscores, unlike elsewhere. What was just written may not be \
                found yet.",
        operation_id: "search-opportunity",
        path: "/opportunities/search",
        version: CRM_VERSION,
        scope: "opportunities.readonly",
        query: &[
            field("location_id").required().of_connection(),
            field("q").about(&"Text to look for."),
            field("id"),
            field("contact_id"),
            field("pipeline_id"),
            field("pipeline_stage_id"),
            STATUS,
            field("assigned_to"),
            field("campaignId"),
            field("country"),
            field("date")
                .of(Kind::AmericanDate)
                .about(&"The first day, like `06-30-2030`."),
            field("endDate")
                .of(Kind::AmericanDate)
                .about(&"The last day, like `06-30-2030`."),
            field("order").of(Kind::OneOf(&["added_asc", "added_desc", "name_asc", "name_desc"])),
            field("page").of(Kind::COUNT).or(&"1"),
            field("limit").of(Kind::Integer(1, 100)).or(&"20"),
            field("startAfter")
                .of(Kind::Anything)
                .about(&"The one in `meta` of the page before."),
            field("startAfterId").about(&"The one in `meta` of the page before."),
            field("getTasks").of(Kind::Boolean),
            field("getNotes")
                .of(Kind::Boolean)
                .about(&"GHL leaves them out all the same."),
            field("getCalendarEvents").of(Kind::Boolean),
        ],
        reply: Kind::Object(&[
            field("opportunities")
                .of(Kind::List(&Kind::Object(OPPORTUNITY)))
                .required(),
            field("meta").of(Kind::Object(&[
                field("total").of(Kind::COUNT),
                field("currentPage").of(Kind::COUNT),
                field("nextPage").of(Kind::Anything),
                field("prevPage").of(Kind::Anything),
                field("startAfter").of(Kind::Anything),
                field("startAfterId"),
                field("nextPageUrl"),
            ])),
            field("aggregations").of(Kind::Anything),
        ]),
        example: r#"{"contact_id": "Pat00Homeowner000ctc", "status": "open"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "opportunity.upsert",
        title: "Make a deal, or change the one that a contact has in a pipeline",
        operation_id: "Upsert-opportunity",
        path: "/opportunities/upsert",
        version: CRM_VERSION,
        scope: "opportunities.write",
        // Where a location allows a contact several deals in a pipeline, doing it twice may make two.
        repeat: Repeat::ReadBack(&ReadBack {
            by: "opportunity.search",
            with: &[
                ("id", "id"),
                ("contact_id", "contactId"),
                ("pipeline_id", "pipelineId"),
                ("status", "status"),
            ],
            around: false,
            found_in: "opportunities",
            id: "id",
            told_by: ToldBy::Same(&[
                "id",
                "contactId",
                "pipelineId",
                "pipelineStageId",
                "name",
                "status",
                "monetaryValue",
                "assignedTo",
                "lostReasonId",
            ]),
        }),
        body: Body::Object(&[
            LOCATION_ID,
            field("pipelineId").required(),
            // The specification leaves it out, and the API takes it.
            field("contactId").about(&"Whose deal it is."),
            field("id").about(&"To change this one."),
            field("name"),
            STATUS,
            field("pipelineStageId"),
            field("monetaryValue").of(Kind::Number),
            field("assignedTo"),
            LOST_REASON_ID,
            // The specification wants these three, the API does without. Nobody is added, so nothing changes.
            field("followers").of(Kind::TEXTS).required().or(&"[]"),
            field("isRemoveAllFollowers").of(Kind::Boolean).required().or(&"false"),
            field("followersActionType")
                .of(Kind::OneOf(&["add", "remove"]))
                .required()
                .or(&"\"add\""),
        ]),
        rules: &[Rule::AtLeastOne(&["contactId", "id"])],
        reply: Kind::Object(&[
            field("opportunity").of(Kind::Object(OPPORTUNITY)),
            field("new").of(Kind::Boolean),
        ]),
        id: "opportunity.id",
        needs: &["opportunity.search"],
        example: r#"{"pipelineId": "DoorSales0000000pipe", "contactId": "Pat00Homeowner000ctc", "name": "Roof of Pat", "status": "open", "monetaryValue": 12000}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "opportunity.set_status",
        title: "Say that a deal is open, won, lost or abandoned",
        operation_id: "update-opportunity-status",
        path: "/opportunities/{id}/status",
        version: CRM_VERSION,
        scope: "opportunities.write",
        body: Body::Object(&[STATUS.required(), LOST_REASON_ID]),
        reply: SUCCEDED,
        example: r#"{"id": "RoofOfPat0000000deal", "status": "won"}"#,
        ..Operation::UPDATE
    },
];

const STATUS: Field = field("status").of(Kind::OneOf(&["open", "won", "lost", "abandoned", "all"]));
const LOST_REASON_ID: Field = field("lostReasonId").about(&"Why it was lost.");

const OPPORTUNITY: &[Field] = &[
    field("id"),
    field("locationId"),
    field("contactId"),
    field("pipelineId"),
    field("pipelineStageId"),
    field("name"),
    field("status"),
    field("monetaryValue").of(Kind::Number),
    field("assignedTo"),
    field("source"),
    field("contact").of(Kind::Anything),
    field("customFields").of(Kind::List(&Kind::Anything)),
    field("followers").of(Kind::List(&Kind::Anything)),
    field("lostReasonId"),
    field("lastStatusChangeAt"),
    field("lastStageChangeAt"),
    field("createdAt"),
    field("updatedAt"),
];
