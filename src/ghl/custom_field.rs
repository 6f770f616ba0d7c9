//! Custom fields.

use super::CRM_VERSION;
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "custom_field.list",
        title: "List the custom fields of the location",
        operation_id: "get-custom-fields",
        path: PATH,
        version: CRM_VERSION,
        scope: "locations/customFields.readonly",
        query: &[field("model").of(Kind::OneOf(&["contact", "opportunity", "all"]))],
        reply: Kind::Object(&[field("customFields").of(Kind::List(&Kind::Object(CUSTOM_FIELD)))]),
        example: r#"{"model": "contact"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "custom_field.create",
        title: "Make a custom field",
        operation_id: "create-custom-field",
        path: PATH,
        version: CRM_VERSION,
        scope: "locations/customFields.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "custom_field.list",
            with: &[("model", "model")],
            around: false,
            found_in: "customFields",
            id: "id",
            told_by: ToldBy::Same(&["name", "dataType", "model"]),
        }),
        body: Body::Object(&[
            field("name").required(),
            field("dataType")
                .required()
                .about("Like `TEXT`, `LARGE_TEXT`, `NUMERICAL`, `DATE`, `FILE_UPLOAD`."),
            field("model").of(MODEL),
            field("placeholder"),
            field("position").of(Kind::COUNT).or("0"),
            field("textBoxListOptions").of(Kind::List(&Kind::Object(&[field("label"), field("prefillValue")]))),
            field("acceptedFormat")
                .of(Kind::TEXTS)
                .about("Of files: `.pdf`, `.jpeg`."),
            field("isMultipleFile").of(Kind::Boolean),
            field("maxNumberOfFiles").of(Kind::COUNT),
        ]),
        reply: Kind::Object(&[field("customField").of(Kind::Object(CUSTOM_FIELD))]),
        id: "customField.id",
        needs: &["custom_field.list"],
        example: r#"{"name": "Door colour", "dataType": "TEXT", "model": "contact"}"#,
        ..Operation::CREATE
    },
];

const PATH: &str = "/locations/{locationId}/customFields";

const MODEL: Kind = Kind::OneOf(&["contact", "opportunity"]);

const CUSTOM_FIELD: &[Field] = &[
    field("id"),
    field("locationId"),
    field("name"),
    field("fieldKey"),
    field("dataType"),
    field("model").of(MODEL),
    field("placeholder"),
    field("position").of(Kind::COUNT),
    field("picklistOptions").of(Kind::TEXTS),
    field("isAllowedCustomOption").of(Kind::Boolean),
    field("isMultiFileAllowed").of(Kind::Boolean),
    field("maxFileLimit").of(Kind::COUNT),
];
