//! What GHL's answers say about the appointment.

use serde_json::Value;

/// What the appointment says.
pub(super) const DESCRIPTION: &str = "A trial appointment. It is deleted in a moment; nobody has to do anything.";

/// What begins the reference at the end of a description.
const REFERENCE: &str = "Ref KC-";

/// Whether an answer is about an appointment, or lists it.
pub(super) fn mentions(answer: &Value, id: &str) -> bool {
    match answer {
        Value::Object(fields) => {
            fields.get("id").and_then(Value::as_str) == Some(id) || fields.values().any(|value| mentions(value, id))
        }
        Value::Array(entries) => entries.iter().any(|entry| mentions(entry, id)),
        _ => false,
    }
}

/// The appointment in the answer to `appointment.get`.
fn appointment(answer: &Value) -> &Value {
    let envelopes = ["appointment", "event"];
    envelopes.iter().find_map(|name| answer.get(name)).unwrap_or(answer)
}

pub(super) fn description(answer: &Value) -> Option<String> {
    let appointment = appointment(answer);
    let texts = ["description", "notes"]
        .iter()
        .filter_map(|name| appointment.get(name)?.as_str());
    texts.map(str::to_owned).find(|text| !text.is_empty())
}

pub(super) fn starts_at(answer: &Value, start: &str) -> bool {
    let instant = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
    let told = appointment(answer).get("startTime").and_then(Value::as_str);
    told.and_then(instant).is_some_and(|told| Some(told) == instant(start))
}

/// The ids of the appointments that a list has, without those that are deleted and those of which `fits` is false.
pub(super) fn live_appointments(listed: &Value, fits: impl Fn(&Value) -> bool) -> Vec<String> {
    let events = listed.get("events").and_then(Value::as_array).into_iter().flatten();
    let live = events.filter(|event| !is_deleted(event) && fits(event));
    live.filter_map(|event| event.get("id")?.as_str().map(str::to_owned))
        .collect()
}

/// Whether something, or the answer about it, says that it is deleted: GHL can still show such a thing.
pub(super) fn is_deleted(answer: &Value) -> bool {
    let shown = answer.get("contact").unwrap_or(appointment(answer));
    shown.get("deleted") == Some(&Value::Bool(true))
}

/// The reference at the end of a description, if nobody changed what was written.
pub(super) fn judge_reference(description: &str) -> Result<String, String> {
    let explain = "Knockcal knows its appointments by a reference at the end of the description: without it, an appointment \
                   whose answer was lost cannot be found again";
    let Some((before, reference)) = description.rsplit_once(REFERENCE) else {
        return Err(format!("the description came back without its reference. {explain}"));
    };
    match before.trim_end() == DESCRIPTION && reference.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        true => Ok(format!("{REFERENCE}{reference}")),
        false => Err(format!("the description came back as `{description}`. {explain}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_good_when_nothing_of_the_description_changed() {
        let whole = format!("{DESCRIPTION}\n\nRef KC-A994YWVN");
        assert_eq!(judge_reference(&whole).unwrap(), "Ref KC-A994YWVN");
        for changed in [
            "",
            DESCRIPTION,
            "Ref KC-A994YWVN",
            &format!("<p>{whole}</p>"),
            &whole.replace("trial", "<b>trial</b>"),
        ] {
            assert!(judge_reference(changed).is_err(), "{changed}");
        }
    }
}
