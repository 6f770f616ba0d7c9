//! Finds out whether a request took effect, by what its description says of reading it back.

use serde_json::{Map, Value};

use super::call::Call;
use super::look::around;
use super::look_up::CANNOT_LOOK;
use super::outcome::Outcome;
use super::row::{Intent, Watch, is_fingerprint};
use super::settle::unreadable_end;
use super::stop::Stop;
use crate::api::{Body, ReadBack, Repeat, ToldBy};
use crate::catalog;
use crate::document::{keep_fields, object};
use crate::ghl::evidence::{compare_field, compare_fields};
use crate::ghl::shown::{Likeness, normal, normal_text};
use crate::knock::Warning;
use crate::zone::Zone;

/// How many pages of a list are read at most.
const PAGES: usize = 10;

/// Something that was found.
struct Found {
    id: String,
    value: Value,
}

impl Call<'_> {
    /// Finds out whether a request took effect, and sends it again when it surely did not.
    pub(super) fn settle_effect(&mut self, intent: Intent) -> Result<(), Stop> {
        let sought = Sought::of(&intent.action, &intent.input, intent.marker.as_deref());
        let sought = sought.filter(|sought| !intent.forgotten || sought.is_told_by_reference());
        let Some(sought) = sought else {
            return Err(self.give_up(&intent));
        };
        let (mut found, unclear) = self.find(&sought).map_err(unreadable_end)?;
        if found.is_empty() {
            self.wait_until_settled(&intent)?;
            return match unclear {
                // It may be there: sent again, it would be there twice.
                true => Err(self.give_up(&intent)),
                false => self.send_again(intent),
            };
        }
        let Found { id, value } = found.swap_remove(0);
        if intent.event_id == self.task.event.id {
            self.output = Some(in_envelope(&intent.action, value));
        }
        self.effected(&intent, &id, Outcome::Found);
        self.warn_of_copies(&intent.event_id, &intent.action, &id, &found);
        Ok(())
    }

    /// Looks once more for what had to be sent again. A second one is reported: what it is worth, a person knows.
    pub(super) fn report_copies(&mut self, watch: &Watch) -> Result<(), Stop> {
        let Some(sought) = Sought::of(&watch.action, &watch.input, Some(&watch.marker)) else {
            return Ok(());
        };
        let (mut found, _) = self.find(&sought).map_err(unreadable_end)?;
        if !found.is_empty() {
            let kept = found.swap_remove(0);
            self.warn_of_copies(&watch.event_id, &watch.action, &kept.id, &found);
        }
        Ok(())
    }

    fn warn_of_copies(&mut self, event_id: &str, action: &str, kept: &str, copies: &[Found]) {
        if copies.is_empty() {
            return;
        }
        let mut ids = Vec::new();
        for copy in copies {
            ids.push(format!("`{}`", copy.id));
        }
        let message = format!(
            "`{action}` took effect more than once: beside `{kept}` there is {}; delete what is too much",
            ids.join(", ")
        );
        if let Some(seen) = self.row.seen_mut(event_id) {
            seen.warn(Warning::new("duplicate-stands", message));
        }
    }

    /// Everything that is as the request would have made it, and whether anything else may be, of which too little is shown.
    fn find(&mut self, sought: &Sought<'_>) -> Result<(Vec<Found>, bool), Stop> {
        let read_back = sought.read_back;
        let Some(operation) = catalog::operation(read_back.by) else {
            return Ok((Vec::new(), false));
        };
        let zone = self.task.configuration.settings.time_zone.as_ref();
        let mut unclear = false;
        let mut asked = asked(read_back, sought.input);
        operation.complete(&mut asked, &self.task.configuration.location_id);
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let reply = match self.try_read(operation, &Value::Object(asked.clone()))? {
                Ok(reply) => reply,
                // What was to be changed is gone, or nothing was made yet.
                Err(refusal) if refusal.kind.is_missing() => return Ok((found, unclear)),
                Err(refusal) => return Err(self.refused(operation, &refusal)),
            };
            let candidates = candidates(read_back, &reply);
            let among = sought.among(&candidates, zone);
            unclear |= among.unclear;
            for candidate in among.ours {
                found.push(Found {
                    id: text(candidate, read_back.id).unwrap_or_default(),
                    value: candidate.clone(),
                });
            }
            if !found.is_empty() || !turn_page(&mut asked, candidates.len()) {
                return Ok((found, unclear));
            }
        }
        let message = format!("`{}` lists more than can be looked through", operation.key);
        Err(Stop::refused(CANNOT_LOOK, message))
    }
}

/// What was found, as the action itself would have answered it.
fn in_envelope(action: &str, found: Value) -> Value {
    let envelope = catalog::operation(action).and_then(|operation| operation.id.split_once('.'));
    match envelope {
        Some((name, "id" | "_id")) if name.parse::<usize>().is_err() => object([(name, found)]),
        _ => found,
    }
}

/// What is looked for.
struct Sought<'a> {
    read_back: &'static ReadBack,
    body: Body,
    input: &'a Map<String, Value>,
    /// What must be there: the input itself, or of an action that makes several things each of them.
    parts: Vec<&'a Map<String, Value>>,
    marker: &'a str,
}

impl<'a> Sought<'a> {
    /// What an action would have made; nothing when nothing shows it.
    fn of(action: &str, input: &'a Map<String, Value>, marker: Option<&'a str>) -> Option<Self> {
        let operation = catalog::operation(action)?;
        let Repeat::ReadBack(read_back) = operation.repeat else {
            return None;
        };
        let parts = match operation.body {
            Body::Value(field) => {
                let mut parts = Vec::new();
                let several = input.get(field.name).and_then(Value::as_array);
                for part in several.map(Vec::as_slice).unwrap_or_default() {
                    parts.extend(part.as_object());
                }
                parts
            }
            Body::None | Body::Object(_) => vec![input],
        };
        Some(Self {
            read_back,
            body: operation.body,
            input,
            parts,
            marker: marker.unwrap_or_default(),
        })
    }

    /// Whether it is found by its reference and by ids alone, which are kept when texts are forgotten.
    fn is_told_by_reference(&self) -> bool {
        let by_ids = self.read_back.with.iter().all(|(_, from)| from.ends_with("Id"));
        by_ids && matches!(self.read_back.told_by, ToldBy::Reference(_))
    }

    /// Those among candidates that are ours; none where one of several parts is missing.
    fn among<'v>(&self, candidates: &[&'v Value], zone: Option<&Zone>) -> Among<'v> {
        let mut unclear = false;
        let mut found: Vec<Vec<&'v Value>> = Vec::new();
        for part in &self.parts {
            let (mut ours, mut is_hidden) = (Vec::new(), false);
            for candidate in candidates {
                match self.likeness(part, candidate, zone) {
                    Likeness::Same => ours.push(*candidate),
                    Likeness::NotShown => is_hidden = true,
                    Likeness::Differs => {}
                }
            }
            unclear |= ours.is_empty() && is_hidden;
            found.push(ours);
        }
        let is_whole = found.iter().all(|of_part| !of_part.is_empty());
        let is_one = found.len() == 1;
        let mut ours = found.into_iter().next().filter(|_| is_whole).unwrap_or_default();
        if !is_one {
            ours.truncate(1);
        }
        Among { ours, unclear }
    }

    /// Compares a candidate with what the request would have made.
    fn likeness(&self, part: &Map<String, Value>, candidate: &Value, zone: Option<&Zone>) -> Likeness {
        let written = self.written(part);
        let of_written = compare_fields(&written, candidate, zone);
        match self.read_back.told_by {
            ToldBy::Reference(name) => match text(candidate, name) {
                Some(text) => Likeness::of(!self.marker.is_empty() && normal_text(&text).contains(self.marker)),
                None if of_written == Likeness::Differs => Likeness::Differs,
                None => Likeness::NotShown,
            },
            // What was deleted, called off or switched off is not as good as a new one.
            ToldBy::Same(_) if is_off(candidate, part) => Likeness::Differs,
            ToldBy::Same(names) if of_written != Likeness::Differs => {
                let sent = names.iter().filter(|name| part.contains_key(**name));
                let mut of_names = sent.map(|name| compare_field(name, part, candidate, zone)).peekable();
                let is_known = of_names.peek().is_some();
                match of_names.find(|likeness| *likeness != Likeness::Same) {
                    None if is_known => Likeness::Same,
                    None => Likeness::NotShown,
                    Some(likeness) => likeness,
                }
            }
            ToldBy::Same(_) | ToldBy::Written => of_written,
        }
    }

    /// What of a part is written, and not only said: neither where it goes to, nor what was forgotten since.
    fn written(&self, part: &Map<String, Value>) -> Map<String, Value> {
        let mut written = part.clone();
        if let Body::Object(fields) = self.body {
            let is_written = |name: &str| fields.iter().any(|field| field.name == name && !field.of_connection);
            keep_fields(&mut written, &|name, _| is_written(name));
        }
        keep_fields(&mut written, &|_, value| !value.as_str().is_some_and(is_fingerprint));
        written
    }
}

/// What is among candidates.
struct Among<'v> {
    ours: Vec<&'v Value>,
    /// Whether of some too little is shown to tell.
    unclear: bool,
}

/// What the read is asked.
fn asked(read_back: &ReadBack, input: &Map<String, Value>) -> Map<String, Value> {
    let mut asked = Map::new();
    for (name, from) in read_back.with {
        if let Some(value) = input.get(*from) {
            asked.insert((*name).to_owned(), value.clone());
        }
    }
    if read_back.around {
        let (from, to) = around(input);
        asked.insert("startTime".to_owned(), from.into());
        asked.insert("endTime".to_owned(), to.into());
    }
    asked
}

/// Goes on to the next page of a list that is read in pages; `false` when this was the last.
fn turn_page(asked: &mut Map<String, Value>, read: usize) -> bool {
    let limit = asked.get("limit").and_then(Value::as_u64);
    let Some(limit) = limit.filter(|limit| usize::try_from(*limit).is_ok_and(|limit| limit <= read)) else {
        return false;
    };
    for name in ["offset", "skip"] {
        if let Some(from) = asked.get(name).and_then(Value::as_u64) {
            asked.insert(name.to_owned(), (from + limit).into());
            return true;
        }
    }
    false
}

/// What an answer has: the members of a list, or one thing.
fn candidates<'a>(read_back: &ReadBack, reply: &'a Value) -> Vec<&'a Value> {
    let mut place = Some(reply);
    for name in read_back.found_in.split('.').filter(|name| !name.is_empty()) {
        place = place.and_then(|value| value.get(name));
    }
    match place {
        Some(Value::Array(candidates)) => candidates.iter().collect(),
        Some(Value::Object(_)) => place.into_iter().collect(),
        _ => Vec::new(),
    }
}

fn is_off(candidate: &Value, part: &Map<String, Value>) -> bool {
    let status = candidate.get("status").map(|status| normal("status", status));
    let status = status.as_ref().and_then(Value::as_str);
    let has = |name: &str, is: bool| candidate.get(name).and_then(Value::as_bool) == Some(is);
    let is_inactive = has("isActive", false) && !part.contains_key("isActive");
    is_inactive || has("deleted", true) || matches!(status, Some("cancelled" | "invalid"))
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn input(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    /// Compares a candidate with what an action would have made of an input.
    fn likeness(action: &str, sent: &Value, candidate: Value) -> Likeness {
        let input = input(sent.clone());
        let sought = Sought::of(action, &input, Some("KC-1")).unwrap();
        sought.likeness(sought.parts[0], &candidate, None)
    }

    #[test]
    fn reference_in_any_form_tells_ours_and_where_it_is_not_shown_nothing_is_proven() {
        let sent = json!({ "contactId": "c", "body": "Gate\n\nRef KC-1", "title": "Gate" });
        let likeness = |candidate| likeness("contact.create_note", &sent, candidate);
        assert_eq!(
            likeness(json!({ "body": "<p>Gate</p><p>Ref KC&#45;1</p>" })),
            Likeness::Same
        );
        assert_eq!(likeness(json!({ "body": "Gate\n\nRef KC-2" })), Likeness::Differs);
        assert_eq!(likeness(json!({ "title": "Gate" })), Likeness::NotShown);
        assert_eq!(likeness(json!({ "title": "Dogs" })), Likeness::Differs);
    }

    #[test]
    fn name_alone_tells_nothing_where_something_else_differs_or_a_key_is_not_shown() {
        let sent = json!({ "name": "North", "slug": "north", "description": "Up" });
        let likeness = |candidate| likeness("group.create", &sent, candidate);
        let shown = json!({ "slug": "north", "name": "north ", "description": "<p>Up</p>", "isActive": true });
        assert_eq!(likeness(shown.clone()), Likeness::Same);
        for (name, other, expected) in [
            ("description", json!("Down"), Likeness::Differs),
            ("name", json!("South"), Likeness::Differs),
            ("slug", json!(null), Likeness::NotShown),
            ("description", json!(null), Likeness::Same),
            ("deleted", json!(true), Likeness::Differs),
        ] {
            let mut shown = shown.clone();
            shown[name] = other;
            assert_eq!(likeness(shown.clone()), expected, "{shown}");
        }
    }

    #[test]
    fn where_an_update_goes_to_is_no_evidence_that_it_arrived() {
        let sent = json!({ "bookingId": "b", "services": [{ "id": "s" }] });
        let likeness = |candidate| likeness("service_booking.update", &sent, candidate);
        assert_eq!(likeness(json!({ "bookingId": "b" })), Likeness::NotShown);
        let shown = |id: &str| json!({ "bookingId": "b", "services": [{ "id": id }] });
        assert_eq!(
            [likeness(shown("s")), likeness(shown("t"))],
            [Likeness::Same, Likeness::Differs]
        );
    }

    #[test]
    fn a_list_is_read_page_by_page_until_one_is_not_full() {
        let mut asked = input(json!({ "limit": 20, "offset": 0 }));
        assert!(turn_page(&mut asked, 20));
        assert_eq!(asked["offset"], 20);
        assert!(!turn_page(&mut asked, 19));
        assert!(!turn_page(&mut input(json!({})), 100));
    }
}
