//! What GHL's answers say about the appointment.

use knockcal::ghl::appointment::Appointment;
use knockcal::ghl::shown::{Likeness, compare, normal_text};
use knockcal::zone::Zone;
use serde_json::Value;

/// What the appointment says: with everything that GHL may show in another form.
pub(super) const TITLE: &str = "Knockcal's verification & trial";
pub(super) const DESCRIPTION: &str = "A trial appointment: Knockcal's \"verify\" & nobody's visit.\n\nIt is deleted in a moment;  there is nothing to do.";
pub(super) const ADDRESS: &str = "12 Oak St, Austin, TX 78701";

/// What begins the reference at the end of a description.
const REFERENCE: &str = "Ref KC-";

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

/// Whether the appointment in the answer to `appointment.get` begins at an instant.
pub(super) fn starts_at(answer: &Value, start: &str, zone: Option<&Zone>) -> bool {
    let shown = appointment(answer).get("startTime");
    compare("startTime", &start.into(), shown, zone) == Likeness::Same
}

/// The appointment with an id, wherever an answer has it.
pub(super) fn appointment_in(answer: &Value, id: &str) -> Option<Appointment> {
    let within = match answer {
        Value::Object(fields) if fields.get("id").and_then(Value::as_str) == Some(id) => {
            return Appointment::read(answer);
        }
        Value::Object(fields) => fields.values().collect(),
        Value::Array(entries) => entries.iter().collect(),
        _ => Vec::new(),
    };
    within.into_iter().find_map(|value| appointment_in(value, id))
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

/// The reference in a description.
pub(super) fn reference_in(description: &str) -> Result<String, String> {
    let code = normal_text(description).rsplit_once(REFERENCE).map(|(_, after)| {
        let code = after.chars().take_while(char::is_ascii_alphanumeric);
        code.collect::<String>()
    });
    match code.filter(|code| !code.is_empty()) {
        Some(code) => Ok(format!("{REFERENCE}{code}")),
        None => Err(format!(
            "the description came back without its reference, as `{description}`. Knockcal knows its appointments by a \
             reference at the end of the description: without it, an appointment whose answer was lost cannot be found \
             again"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_is_found_in_every_form_of_the_description() {
        let whole = format!("{DESCRIPTION}\n\nRef KC-A994YWVN");
        for shown in [
            whole.clone(),
            format!("<p>{whole}</p>"),
            whole.replace(' ', "\u{A0}"),
            whole.replace('\n', "\r\n"),
        ] {
            assert_eq!(reference_in(&shown).unwrap(), "Ref KC-A994YWVN");
        }
        for shown in ["", DESCRIPTION, "Ref KC-"] {
            assert!(reference_in(shown).is_err(), "{shown}");
        }
    }
}
