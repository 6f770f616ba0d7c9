//! Custom fields.

use serde_json::{Map, Value};

use super::CRM_VERSION;
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::document::object_of;
use crate::shape::{Field, Kind, field};

/// Lists the custom fields of a location.
pub static LIST: Operation = Operation {
    key: "custom_field.list",
    title: "List the custom fields of the location",
    operation_id: "get-custom-fields",
    path: PATH,
    version: CRM_VERSION,
    scope: "locations/customFields.readonly",
    query: &[field("model").of(Kind::OneOf(&["contact", "opportunity", "all"]))],
    reply: Kind::Object(&[field("customFields")
        .of(Kind::List(&Kind::Object(CUSTOM_FIELD)))
        .required()]),
    example: r#"{"model": "contact"}"#,
    ..Operation::READ
};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &LIST,
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
                .about(&"Like `TEXT`, `LARGE_TEXT`, `NUMERICAL`, `DATE`, `FILE_UPLOAD`."),
            field("model").of(MODEL),
            field("placeholder"),
            field("position").of(Kind::COUNT).or(&"0"),
            field("textBoxListOptions").of(Kind::List(&Kind::Object(&[field("label"), field("prefillValue")]))),
            field("acceptedFormat")
                .of(Kind::TEXTS)
                .about(&"Of files: `.pdf`, `.jpeg`."),
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

/// The ids of the fields in a list, by their keys: `contact.roof_age`.
pub fn ids(reply: &Value) -> Option<Map<String, Value>> {
    let listed = reply.get("customFields")?.as_array()?.iter();
    let id = |field: &Value| {
        let text = |name: &str| field.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("fieldKey")?, text("id")?.into()))
    };
    Some(object_of(&mut listed.filter_map(id)))
}

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
