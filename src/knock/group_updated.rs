//! `knocker.group_updated`: a group of calendars is to be different.

use serde::Serialize;
use serde_json::Value;

use super::Warning;
use crate::document::{Object, Unknown, kind_of};

/// A group of calendars is to be different. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupUpdated {
    /// GHL's id of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// What stands in the address of its page: letters, digits and hyphens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it can be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Whether it is to go.
    pub deleted: bool,
}

impl GroupUpdated {
    /// Reads the event's data.
    pub fn read(data: &Object<'_>, warnings: &mut Vec<Warning>) -> Self {
        let permitted = permissions(data, warnings);
        let updated = Self {
            group_id: data.text("groupId"),
            group_name: data.text("groupName"),
            slug: data.text("slug"),
            description: data.text("description"),
            active: data.boolean("active").or(permitted),
            deleted: data.boolean("deleted").unwrap_or(false),
        };
        if updated.group_id.is_none() && updated.group_name.is_none() {
            let message = "which group? write `groupName`, or `groupId` as GHL has it";
            data.problem("groupName", "missing", message);
        }
        let has_slug = updated.slug.is_some() || updated.group_id.is_some();
        let name = updated.group_name.as_deref().unwrap_or_default();
        if !has_slug && !name.is_empty() && !name.contains(|letter: char| letter.is_ascii_alphanumeric()) {
            let message = format!("no slug can be made of `{name}`; write one in `slug`, like `north`");
            data.problem("groupName", "no-slug", message);
        }
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if updated.slug.as_ref().is_some_and(|slug| !slug.chars().all(fits)) {
            let message = "a slug has letters, digits and hyphens; leave it out to have one made of the name";
            data.problem("slug", "no-slug", message);
        }
        for (pointer, message) in data.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        updated
    }
}

/// Whether permissions let the group be booked. Nothing else of them can be said to GHL.
fn permissions(data: &Object<'_>, warnings: &mut Vec<Warning>) -> Option<bool> {
    let active = match data.value("permissions")? {
        Value::Bool(active) => Some(*active),
        Value::String(word) => match word.trim().to_lowercase().as_str() {
            "active" | "enabled" | "public" => Some(true),
            "none" | "disabled" | "inactive" => Some(false),
            _ => None,
        },
        _ => None,
    };
    if active.is_none() {
        let said = match data.value("permissions") {
            Some(Value::String(word)) => format!("`{word}`"),
            other => kind_of(other.unwrap_or(&Value::Null)).to_owned(),
        };
        let message = format!(
            "groups in GHL have no permissions, so {said} is not kept; `active` or `none` says whether the group can be \
             booked"
        );
        warnings.push(Warning::at(
            data.pointer("permissions"),
            "permissions-not-kept",
            message,
        ));
    }
    active
}
