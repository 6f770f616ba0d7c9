//! `knocker.group_updated`: a group of calendars is to be different.

use serde_json::{Map, Value};

use super::Warning;
use super::fields::{set, texts};
use super::warning::{warn, warn_of_unused};
use crate::document::{Object, all, kind_of};

/// Reads a change of a group, as recipes see it: which one (`groupId`, `groupName`), the `slug` of its page, what it is for
/// (`description`), whether it can be booked (`active`) and whether it is to go (`deleted`). What is absent stays as it is.
pub(super) fn read(data: &Object<'_>, warnings: &mut Vec<Warning>) -> Map<String, Value> {
    let permitted = permissions(data, warnings);
    let (id, name, slug) = (data.text("groupId"), data.text("groupName"), data.text("slug"));
    let mut fields = texts(&[
        ("groupId", &id),
        ("groupName", &name),
        ("slug", &slug),
        ("description", &data.text("description")),
    ]);
    set(
        &mut fields,
        "active",
        data.boolean("active").or(permitted).map(Value::from),
    );
    set(
        &mut fields,
        "deleted",
        Some(data.boolean("deleted").unwrap_or(false).into()),
    );
    let has_slug = slug.is_some() || id.is_some();
    match name.as_deref() {
        None if id.is_none() => {
            let message = "which group? write `groupName`, or `groupId` as GHL has it";
            data.problem("groupName", "missing", message);
        }
        Some(name) if !has_slug && all(name, &|letter| !letter.is_ascii_alphanumeric()) => {
            let message = format!("no slug can be made of `{name}`; write one in `slug`, like `north`");
            data.problem("groupName", "no-slug", message);
        }
        _ => {}
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if slug.is_some_and(|slug| !all(&slug, &fits)) {
        let message = "a slug has letters, digits and hyphens; leave it out to have one made of the name";
        data.problem("slug", "no-slug", message);
    }
    warn_of_unused(data, warnings);
    fields
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
        warn(data, "permissions", "permissions-not-kept", message, warnings);
    }
    active
}
