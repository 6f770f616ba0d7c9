//! The forms in which GHL shows what was written: whether they can be told from an edit, by the rules of the ledger.

use knockcal::ghl::appointment::Appointment;
use knockcal::ghl::shown::{Likeness, compare, is_time};
use knockcal::zone::Zone;
use serde_json::Value;

use super::answer::appointment_in;
use super::finding::Verdict;
use super::look::{Seen, Sight};
use super::patience::Patience;
use super::roads::{ITSELF, LISTS, OF_CONTACT};
use super::trial::Trial;

/// The fields that the rules of the ledger compare.
const COMPARED: [&str; 6] = [
    "startTime",
    "contactId",
    "calendarId",
    "title",
    "address",
    "description",
];

/// The fields without which a candidate for a lost appointment cannot be judged.
const JUDGED_BY: [&str; 2] = ["contactId", "startTime"];

/// How much of a value is quoted, in characters.
const QUOTED: usize = 60;

impl<P: Patience> Trial<'_, P> {
    /// Compares what was written with what each road shows of it.
    pub(super) fn judge_forms(&mut self, appointment: &str, input: &Value, reference: &str, seen: &[(&str, Seen)]) {
        let shown = |road: &str| {
            let seen = seen.iter().find(|(action, _)| *action == road)?;
            match &seen.1.sight {
                Sight::Shown(answer) => appointment_in(answer.as_ref()?, appointment),
                Sight::NotShown | Sight::Unreadable(_) => None,
            }
        };
        let Some(itself) = shown(ITSELF) else {
            return self.find("forms", Verdict::Skipped, "the appointment cannot be read");
        };
        let (verdict, detail) = judge_fields(&itself, input, reference, self.wish.zone.as_ref());
        self.find("forms", verdict, detail);
        let lists = LISTS.map(|road| (road, shown(road)));
        let (verdict, detail) = judge_lists(&itself, &lists);
        self.find("lists", verdict, detail);
    }
}

fn judge_fields(itself: &Appointment, input: &Value, reference: &str, zone: Option<&Zone>) -> (Verdict, String) {
    let judged = COMPARED.into_iter().filter_map(|name| {
        let written = written(name, input, reference)?;
        judge_field(name, &written, itself.field(name), zone)
    });
    let (verdicts, details): (Vec<_>, Vec<_>) = judged.unzip();
    match verdicts.into_iter().max() {
        Some(worst) => (worst, details.join("; ")),
        None => (Verdict::Ok, "everything comes back as it was written".to_owned()),
    }
}

/// What is to be said of a field; nothing when it comes back as it was written.
fn judge_field(name: &str, written: &Value, shown: Option<&Value>, zone: Option<&Zone>) -> Option<(Verdict, String)> {
    let form = shown.map(quoted).unwrap_or_default();
    Some(match compare(name, written, shown, zone) {
        Likeness::Same if shown == Some(written) => return None,
        Likeness::Same => (
            Verdict::Ok,
            format!("`{name}` comes back in another form, {form}, and is recognized"),
        ),
        Likeness::Differs => (
            Verdict::Failed,
            format!(
                "`{name}` was written as {} and comes back as {form}: a change that comes late would take that for an \
                 edit of the office",
                quoted(written)
            ),
        ),
        Likeness::NotShown if is_time(name) && zone.is_none() && has_no_offset(shown) => (
            Verdict::Failed,
            format!(
                "`{name}` comes back without an offset, as {form}: write `time_zone` in the configuration, or late and \
                 lost changes wait for a person"
            ),
        ),
        Likeness::NotShown if is_time(name) => (
            Verdict::Failed,
            format!("`{name}` does not come back readable: whether a visit was moved cannot be seen"),
        ),
        Likeness::NotShown => (
            Verdict::Warning,
            format!("`{name}` does not come back: edits of it in GHL cannot be seen"),
        ),
    })
}

/// A field as it was written.
fn written(name: &str, input: &Value, reference: &str) -> Option<Value> {
    let written = input.get(name)?;
    match (name, written.as_str()) {
        ("description", Some(text)) => Some(format!("{text}\n\n{reference}").into()),
        _ => Some(written.clone()),
    }
}

/// Whether a time is a text without `Z` and without an offset.
fn has_no_offset(shown: Option<&Value>) -> bool {
    let time = shown
        .and_then(Value::as_str)
        .and_then(|text| text.split_once(['T', ' ']));
    time.is_some_and(|(_, time)| !time.contains(['Z', 'z', '+', '-']))
}

/// Whether the lists, or the appointments that they name, show enough to judge candidates for a lost appointment.
fn judge_lists(itself: &Appointment, lists: &[(&str, Option<Appointment>)]) -> (Verdict, String) {
    let mut details = Vec::new();
    let mut worst = Verdict::Ok;
    for (road, listed) in lists {
        let Some(listed) = listed else {
            continue;
        };
        // A contact's own list need not say whose it is.
        let is_implied = |name: &str| *road == OF_CONTACT && name == "contactId";
        let missing = |name: &&str| listed.field(name).is_none() && !is_implied(name);
        let hidden: Vec<_> = JUDGED_BY.into_iter().filter(missing).collect();
        if hidden.is_empty() && listed.text("description").is_some() {
            continue;
        }
        let undecidable: Vec<_> = hidden.into_iter().filter(|name| itself.field(name).is_none()).collect();
        match undecidable.as_slice() {
            [] => details.push(format!(
                "`{road}` leaves fields out, so candidates for a lost booking are opened one by one"
            )),
            names => {
                worst = Verdict::Warning;
                details.push(format!(
                    "neither `{road}` nor `{ITSELF}` shows `{}`: a lost booking beside another appointment is left to a \
                     person",
                    names.join("` and `")
                ));
            }
        }
    }
    match details.is_empty() {
        true => (
            worst,
            "they show what candidates for a lost booking are judged by".to_owned(),
        ),
        false => (worst, details.join("; ")),
    }
}

/// The beginning of a value, for people.
fn quoted(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut letters = text.chars();
    let beginning: String = letters.by_ref().take(QUOTED).collect();
    let more = if letters.next().is_some() { "…" } else { "" };
    format!("`{}{more}`", beginning.replace('\r', "\\r").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn field_that_comes_back_as_something_else_fails() {
        let judge = |name: &str, written: &str, shown: &str, zone: Option<&Zone>| {
            judge_field(name, &json!(written), Some(&json!(shown)), zone).map(|(verdict, _)| verdict)
        };
        assert_eq!(judge("title", "Roof", "Roof", None), None);
        assert_eq!(
            judge("title", "Roof & more", "Roof &amp; more", None),
            Some(Verdict::Ok)
        );
        assert_eq!(judge("title", "Roof", "Appointment", None), Some(Verdict::Failed));
        let (written, local) = ("2030-06-04T10:00:00-05:00", "2030-06-04T10:00:00");
        assert_eq!(
            judge("startTime", written, "2030-06-04T15:00:00Z", None),
            Some(Verdict::Ok)
        );
        assert_eq!(judge("startTime", written, local, None), Some(Verdict::Failed));
        let zone = Zone::named("America/Chicago");
        assert_eq!(judge("startTime", written, local, zone.as_ref()), Some(Verdict::Ok));
        assert_eq!(
            judge("startTime", written, "soon", zone.as_ref()),
            Some(Verdict::Failed)
        );
    }

    #[test]
    fn quotation_is_one_short_line() {
        assert_eq!(quoted(&json!("a\r\nb")), "`a\\r\\nb`");
        assert_eq!(quoted(&json!("ö".repeat(100))), format!("`{}…`", "ö".repeat(QUOTED)));
        assert_eq!(quoted(&json!(17)), "`17`");
    }
}
