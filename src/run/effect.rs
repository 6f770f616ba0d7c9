//! Finds out whether a request took effect, by what its description says of reading it back.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::look::around;
use super::look_up::CANNOT_LOOK;
use super::outcome::Outcome;
use super::row::{Intent, Watch, same_content};
use super::settle::unreadable_end;
use super::stop::Stop;
use crate::api::{Body, ReadBack, Repeat, ToldBy};
use crate::catalog;
use crate::knock::Warning;

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
        let mut found = self.find(&sought).map_err(unreadable_end)?;
        if found.is_empty() {
            self.wait_until_settled(&intent)?;
            return self.send_again(intent);
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
        let mut found = self.find(&sought).map_err(unreadable_end)?;
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
        let ids: Vec<_> = copies.iter().map(|copy| format!("`{}`", copy.id)).collect();
        let message = format!(
            "`{action}` took effect more than once: beside `{kept}` there is {}; delete what is too much",
            ids.join(", ")
        );
        if let Some(seen) = self.row.seen_mut(event_id) {
            seen.warn(Warning::new("duplicate-stands", message));
        }
    }

    /// Everything that is as the request would have made it.
    fn find(&mut self, sought: &Sought<'_>) -> Result<Vec<Found>, Stop> {
        let read_back = sought.read_back;
        let Some(operation) = catalog::operation(read_back.by) else {
            return Ok(Vec::new());
        };
        let mut asked = asked(read_back, sought.input);
        operation.complete(&mut asked, &self.task.configuration.location_id);
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let reply = match self.try_read(operation, &Value::Object(asked.clone()))? {
                Ok(reply) => reply,
                // What was to be changed is gone, or nothing was made yet.
                Err(refusal) if refusal.kind.is_missing() => return Ok(found),
                Err(refusal) => return Err(self.refused(operation, &refusal)),
            };
            let candidates = candidates(read_back, &reply);
            found.extend(sought.among(&candidates).into_iter().map(|candidate| Found {
                id: text(candidate, read_back.id).unwrap_or_default(),
                value: candidate.clone(),
            }));
            if !found.is_empty() || !turn_page(&mut asked, candidates.len()) {
                return Ok(found);
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
        Some((name, "id" | "_id")) if name.parse::<usize>().is_err() => {
            json!({ name: found })
        }
        _ => found,
    }
}

/// What is looked for.
struct Sought<'a> {
    read_back: &'static ReadBack,
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
                let several = input.get(field.name).and_then(Value::as_array);
                several.into_iter().flatten().filter_map(Value::as_object).collect()
            }
            Body::None | Body::Object(_) => vec![input],
        };
        Some(Self {
            read_back,
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
    fn among<'v>(&self, candidates: &[&'v Value]) -> Vec<&'v Value> {
        let told_by = self.read_back.told_by;
        let of_part = |part: &&Map<String, Value>| -> Vec<&'v Value> {
            let ours = candidates.iter().copied();
            ours.filter(|candidate| is_ours(told_by, candidate, part, self.marker))
                .collect()
        };
        let found: Vec<_> = self.parts.iter().map(of_part).collect();
        match found.as_slice() {
            [of_one] => of_one.clone(),
            several if several.iter().all(|of_part| !of_part.is_empty()) => several
                .iter()
                .filter_map(|of_part| of_part.first().copied())
                .take(1)
                .collect(),
            _ => Vec::new(),
        }
    }
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

fn is_ours(told_by: ToldBy, candidate: &Value, input: &Map<String, Value>, marker: &str) -> bool {
    let says_same = |name: &str| {
        let sent = input.get(name);
        sent.is_none_or(|sent| candidate.get(name).is_some_and(|told| same(name, sent, told)))
    };
    match told_by {
        ToldBy::Reference(name) => text(candidate, name).is_some_and(|text| text.contains(marker)),
        // What was deleted or called off is not as good as a new one. Without any of the fields in the input there is
        // nothing to know it by.
        ToldBy::Same(_) if is_off(candidate) => false,
        ToldBy::Same(names) => {
            names.iter().any(|name| input.contains_key(*name)) && names.iter().all(|name| says_same(name))
        }
        // Lists come back in other words.
        ToldBy::Written => input
            .iter()
            .filter(|(name, sent)| !sent.is_array() && candidate.get(name.as_str()).is_some())
            .all(|(name, _)| says_same(name)),
    }
}

fn is_off(candidate: &Value) -> bool {
    let status = candidate.get("status").and_then(Value::as_str);
    candidate.get("deleted") == Some(&Value::Bool(true)) || matches!(status, Some("cancelled" | "invalid"))
}

/// Whether a field is as it was sent. GHL writes phone numbers and times in its own way.
fn same(name: &str, sent: &Value, told: &Value) -> bool {
    match (sent, told) {
        (Value::String(sent), Value::String(told)) if name == "phone" => {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let (sent, told) = (digits(sent), digits(told));
            !sent.is_empty() && (told.ends_with(&sent) || sent.ends_with(&told))
        }
        (Value::String(one), Value::String(other)) if one.trim().eq_ignore_ascii_case(other.trim()) => true,
        _ => same_content(sent, told),
    }
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

    #[test]
    fn ours_is_told_by_its_reference_or_by_what_no_other_has() {
        let sent = input(json!({ "name": "North", "slug": "north", "phone": "(512) 555-0100" }));
        let ours = |told_by, candidate: Value| is_ours(told_by, &candidate, &sent, "KC-1");
        assert!(ours(ToldBy::Reference("body"), json!({ "body": "Gate\n\nRef KC-1" })));
        assert!(!ours(ToldBy::Reference("body"), json!({ "body": "Gate\n\nRef KC-2" })));
        assert!(ours(
            ToldBy::Same(&["slug", "name"]),
            json!({ "slug": "north", "name": "north " })
        ));
        assert!(!ours(
            ToldBy::Same(&["slug", "name"]),
            json!({ "slug": "north", "name": "South" })
        ));
        assert!(ours(
            ToldBy::Same(&["phone", "email"]),
            json!({ "phone": "+15125550100" })
        ));
        assert!(
            !ours(ToldBy::Same(&["email"]), json!({ "email": "a@b.co" })),
            "no e-mail address was sent"
        );
        assert!(!ours(ToldBy::Written, json!({ "name": "Other" })));
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
