//! What was posted, and why a mapping finds nothing in it.

use serde_json::{Map, Value};

use super::expression::{Path, Scope, Trace};
use super::mapping::{Gap, MappingError, is_no_text, stands_for_nothing};
use super::{FieldSource, Mapping};
use crate::document::{Document, Key, Problem, kind_of, lists, nearest, plain_key, plain_words, pointer_to};
use crate::knock::{Happening, Warning, WrittenTimes};
use crate::readable::Clock;
use crate::shape::Field;
use crate::zone::Zone;

/// How many keys or places a message names.
const MOST_NAMED: usize = 8;

/// Fields of events that say neither when, nor where, nor who, and those without which there is no event.
const PLAIN: &str = "title|description|notes|startTime|lead|attendees";

/// What keys are called that say when, where or who: those are named first.
const TELLING: &str = "zone|address|street|unit|line2|city|zip|postal|phone|mail|name|date";

/// Keys that say what became of something, as [`plain_key`] makes them.
const STATUS_NAMES: &str = "status|state|event|eventtype|eventname|type|action|topic|triggerevent|appointmentstatus|\
     bookingstatus|meetingstatus";

/// Keys that are true of what is off.
const OFF_NAMES: &str = "cancelled|canceled|deleted|iscancelled|iscanceled|isdeleted";

/// Words for what is off.
const OFF_WORDS: &str = "cancelled|canceled|cancellation|deleted";

/// What was posted, as mappings see it.
pub(super) struct Posted<'a> {
    pub(super) data: &'a Value,
    pub(super) values: Map<String, Value>,
    /// Whether `data` is what was posted itself, for it has no key of that name.
    pub(super) is_data: bool,
    pub(super) calling_code: &'a str,
    pub(super) zone: Option<&'a Zone>,
    /// The first keys of all that mappings take from it.
    pub(super) used: Vec<String>,
    pub(super) times: &'a WrittenTimes,
}

/// What became of a field that stands elsewhere in what was posted.
#[derive(Clone, Debug)]
pub(super) struct Made<'a> {
    pub(super) source: &'a FieldSource,
    /// Its value and where that comes from; nothing when there is none.
    pub(super) value: Result<Option<(Value, String)>, MappingError>,
}

impl Posted<'_> {
    /// What mappings see.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope {
            values: &self.values,
            calling_code: self.calling_code,
            zone: self.zone,
            times: self.times,
        }
    }

    /// How far a path leads, and the pointer to there.
    fn trace(&self, path: &Path) -> (Trace<'_>, String) {
        let trace = path.trace(self.scope());
        let pointer = match self.is_data && path.root == "data" {
            true => trace.pointer.clone(),
            false => format!("/data{}", trace.pointer),
        };
        (trace, pointer)
    }

    /// Where a mapping finds something: the first place that says something, else the first that is there.
    fn found(&self, mapping: &Mapping) -> Option<String> {
        let found = self.reached(mapping, &|value| !is_no_text(value));
        found.or_else(|| self.reached(mapping, &|value| !value.is_null()))
    }

    /// The first place of a mapping that is there, and counts.
    fn reached(&self, mapping: &Mapping, counts: &dyn Fn(&Value) -> bool) -> Option<String> {
        let mut reached = None;
        mapping.paths("", &mut |path, _| {
            let (trace, pointer) = self.trace(path);
            if trace.absent.is_none() && trace.found.is_some_and(counts) && reached.is_none() {
                reached = Some(pointer);
            }
        });
        reached
    }

    /// Points at what was posted, where the event's field came from there under another name.
    pub(super) fn as_posted(&self, made: &[Made<'_>], pointer: &mut String) {
        for made in made {
            let field = pointer_to_field(&made.source.field);
            let rest = rest_within(pointer, &field);
            let found = self
                .found(&made.source.mapping)
                .or_else(|| self.reached(&made.source.mapping, &|_| true));
            let Some((rest, found)) = rest.zip(found) else {
                continue;
            };
            *pointer = match made.source.mapping.is_place() {
                true => format!("{found}{rest}"),
                false => found,
            };
            return;
        }
    }

    /// What is worth knowing of fields that got no value although the configuration says where it stands. What is absent
    /// is one warning.
    pub(super) fn warnings(&self, made: &[Made<'_>]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut absent = Vec::new();
        for made in made {
            let field = &made.source.field;
            warnings.extend(self.of_replaced(made));
            made.source.mapping.ambiguous(self.scope(), &mut |list, wanted| {
                let message = format!(
                    "`{field}`: `{list}` has several entries for `{wanted}` that differ, and the first one is used"
                );
                let pointer = self.found(&made.source.mapping).unwrap_or_else(|| "/data".to_owned());
                warnings.push(Warning::at(pointer, "ambiguous-entry", message));
            });
            if let Err(wrong) = &made.value {
                let message = format!("`{field}` is left out: {}", wrong.error.message);
                let pointer = self.found(&made.source.mapping).unwrap_or_else(|| "/data".to_owned());
                warnings.push(Warning::at(pointer, "mapping-failed", message));
                continue;
            }
            made.source.mapping.gaps(self.scope(), false, &mut |gap| match gap {
                Gap::Absent(path) => absent.push((field.as_str(), path)),
                Gap::Emptied(path, written, value) => {
                    let message = format!("`{field}` is left out: `{written}` makes nothing of {}", shown(&value));
                    warnings.push(Warning::at(self.trace(path).1, "mapping-empty", message));
                }
            });
        }
        warnings.extend(self.of_absent(&absent));
        warnings
    }

    /// A text that was posted, in whose place the field of a mapping comes.
    fn of_replaced(&self, made: &Made<'_>) -> Option<Warning> {
        let (around, _) = made.source.field.split_once('.')?;
        let there = self.data.get(around)?;
        let is_used = self.used.iter().any(|used| used == around);
        if is_used || there.is_object() || there.is_null() || !matches!(made.value, Ok(Some(_))) {
            return None;
        }
        let message = format!(
            "`{around}` is {}, and `{}` of `[source.fields]` takes its place; map it, too",
            kind_of(there),
            made.source.field
        );
        Some(Warning::at(pointer_to("/data", around), "field-not-used", message))
    }

    /// Warns about fields of times, places and people that are used although `[source.fields]` does not name them: apps
    /// have keys of these names, too.
    pub(super) fn add_as_posted(&self, made: &[Made<'_>], fields: &[Field], warnings: &mut Vec<Warning>) {
        let mut named = Vec::new();
        for field in fields {
            let is_used = self.used.iter().any(|used| used == field.name);
            let value = self.data.get(field.name).filter(|value| !stands_for_nothing(value));
            let (Some(value), false) = (value, is_used || made.is_empty()) else {
                continue;
            };
            let is_made = |name: &str| made.iter().any(|made| made.source.field == name);
            let has_parts = made
                .iter()
                .any(|made| made.source.field.starts_with(&format!("{}.", field.name)));
            match value {
                _ if is_made(field.name) => {}
                Value::Object(parts) if has_parts => {
                    for (name, part) in parts {
                        let name = format!("{}.{name}", field.name);
                        if !is_made(&name) && !stands_for_nothing(part) {
                            named.push(name);
                        }
                    }
                }
                _ if has_parts || lists(PLAIN, field.name) => {}
                _ => named.push(field.name.to_owned()),
            }
        }
        named.truncate(MOST_NAMED);
        if let Some(first) = named.first() {
            let message = format!(
                "`{}`: used as posted, though `[source.fields]` does not name it; write `\"{first}\" = \"{first}\"` there if \
                 that is right, else `\"{first}\" = {{ value = \"\" }}`",
                named.join("`, `")
            );
            let pointer = format!("/data/{}", first.replace('.', "/"));
            warnings.push(Warning::at(pointer, "field-assumed", message));
        }
    }

    /// Warns about what stands beside what mappings read, at any depth, and is not used. What stands outside, and in an
    /// event's own fields, others look at.
    pub(super) fn add_unused(&self, used: &[String], fields: &[Field], warnings: &mut Vec<Warning>) {
        let (mut telling, mut others) = (Vec::new(), Vec::new());
        for (name, value) in self.data.as_object().into_iter().flatten() {
            if fields.iter().all(|field| field.name != name) {
                let pointer = pointer_to("/data", name);
                unused_within(value, &pointer, used, &mut |pointer, key, _| {
                    let plain = plain_key(key);
                    match TELLING.split('|').any(|word| plain.contains(word)) {
                        true => telling.push(unused(pointer, key)),
                        false => others.push(unused(pointer, key)),
                    }
                });
            }
        }
        warnings.append(&mut telling);
        warnings.append(&mut others);
    }

    /// Warns about the zone of another clock than a visit is booked by, where it is not used.
    pub(super) fn add_unused_zones(
        &self,
        used: &[String],
        fields: &[Field],
        happening: &Happening,
        warnings: &mut Vec<Warning>,
    ) {
        let Happening::LeadBooked(booked) = happening else {
            return;
        };
        let zone = booked.time_zone.as_deref().and_then(Zone::named);
        let Some(zone) = zone else { return };
        let start = booked.slot.start;
        let mut see = |pointer: String, value: &Value| {
            let other = value.as_str().filter(|text| text.contains('/')).and_then(Zone::named);
            let is_other = |other: &Zone| other.at(start).naive_local() != zone.at(start).naive_local();
            if let Some(other) = other.filter(is_other) {
                let path = written(&pointer);
                let message = format!(
                    "`{path}` says {} and is not used: the visit is on {}; write `\"timeZone\" = \"{path}\"` in \
                     `[source.fields]` if its times are by those clocks",
                    other.name(),
                    Clock::at(Some(&zone), start.timestamp_millis()).full(start)
                );
                warnings.push(Warning::at(pointer, "zone-not-used", message));
            }
        };
        for (name, value) in self.data.as_object().into_iter().flatten() {
            let pointer = pointer_to("/data", name);
            if fields.iter().any(|field| field.name == name) {
                continue;
            }
            if !used.iter().any(|used| rest_within(&pointer, used).is_some()) {
                see(pointer.clone(), value);
            }
            unused_within(value, &pointer, used, &mut |pointer, _, value| see(pointer, value));
        }
    }

    /// A word in what was posted that says that the visit is off.
    pub(super) fn of_cancelled(&self, sources: &[FieldSource]) -> Option<Warning> {
        let mut found = None;
        for source in sources.iter().filter(|source| source.field == "status") {
            if let Ok(Some((value, _))) = source.mapping.evaluate(self.scope())
                && says_cancelled("status", &value)
            {
                found = self.found(&source.mapping).map(|pointer| (pointer, value));
            }
        }
        for (name, value) in self.data.as_object().into_iter().flatten() {
            let pointer = pointer_to("/data", name);
            if says_cancelled(name, value) {
                found = found.or(Some((pointer.clone(), value.clone())));
            }
            for (name, value) in value.as_object().into_iter().flatten() {
                if says_cancelled(name, value) {
                    found = found.or(Some((pointer_to(&pointer, name), value.clone())));
                }
            }
        }
        let (pointer, value) = found?;
        let message = format!(
            "`{}` says {}, and this event books a visit all the same; send it as `knocker.booking_changed` with \
             `status: cancelled`, or leave it out",
            written(&pointer),
            shown(&value)
        );
        Some(Warning::at(pointer, "status-not-used", message))
    }

    fn of_absent(&self, absent: &[(&str, &Path)]) -> Option<Warning> {
        if let [(field, path)] = absent {
            let (pointer, hint) = self.hint(path)?;
            let message = format!("`{field}` is left out: nothing stands at `{}`; {hint}", path.dotted());
            return Some(Warning::at(pointer, "mapping-empty", message));
        }
        let mut named = Vec::new();
        for (field, path) in absent.iter().take(MOST_NAMED) {
            let meant = self.meant(path).map(|meant| format!(", did you mean `{meant}`?"));
            named.push(format!(
                "`{}` (for `{field}`{})",
                path.dotted(),
                meant.unwrap_or_default()
            ));
        }
        let more = match absent.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("nothing stands at {}{more}", named.join(", "));
        (!absent.is_empty()).then(|| Warning::new("mapping-empty", message))
    }

    /// The problems of an event, each where it comes from: what was posted, or a mapping that yields nothing.
    pub(super) fn explained(&self, made: &[Made<'_>], problems: Vec<Problem>) -> Vec<Problem> {
        let mut all: Vec<Problem> = Vec::new();
        for mut problem in problems {
            let is_for_want = problem.code.starts_with("missing") || problem.code.ends_with("no-contact");
            let mut why = Vec::new();
            for made in made.iter().filter(|made| is_for_want && made.concerns(&problem)) {
                for reason in self.problems_of(made) {
                    if !all.contains(&reason) {
                        why.push(reason);
                    }
                }
            }
            let is_said = why.iter().any(|_| problem.code.starts_with("missing"));
            if !is_said {
                self.as_posted(made, &mut problem.pointer);
                all.push(problem);
            }
            all.append(&mut why);
        }
        all
    }

    /// Why a field got no value.
    fn problems_of(&self, made: &Made<'_>) -> Vec<Problem> {
        let (source, mut problems) = (made.source, Vec::new());
        let field = &source.field;
        let mut add = |document, pointer, code, message| {
            problems.push(Problem {
                document,
                pointer,
                within: None,
                code,
                message,
            });
        };
        if let Err(wrong) = &made.value {
            let message = format!("`{field}` cannot be worked out: {}", wrong.error.message);
            match self.found(&source.mapping) {
                Some(pointer) => add(Document::Event, pointer, "mapping-failed", message),
                None => add(
                    Document::Configuration,
                    format!("{}{}", source.pointer, wrong.at),
                    "mapping-failed",
                    message,
                ),
            }
            return problems;
        }
        source.mapping.gaps(self.scope(), true, &mut |gap| match gap {
            Gap::Absent(path) => {
                let Some((pointer, hint)) = self.hint(path) else { return };
                let message = format!("`{field}` is missing: nothing stands at `{}`; {hint}", path.dotted());
                match self.meant(path) {
                    Some(_) => add(
                        Document::Configuration,
                        source.pointer.clone(),
                        "mapping-empty",
                        message,
                    ),
                    None => add(Document::Event, pointer, "mapping-empty", message),
                }
            }
            Gap::Emptied(path, written, value) => {
                let message = format!("`{field}` is missing: `{written}` makes nothing of {}", shown(&value));
                add(Document::Event, self.trace(path).1, "mapping-empty", message);
            }
        });
        problems
    }

    /// The nearest thing around what is absent, and what to write instead or what there is.
    pub(super) fn hint(&self, path: &Path) -> Option<(String, String)> {
        let (trace, pointer) = self.trace(path);
        let Some(Key::Name(_) | Key::Index(_)) = trace.absent else {
            return None;
        };
        if let Some(meant) = self.meant(path) {
            return Some((pointer, format!("did you mean `{meant}`?")));
        }
        let around = match pointer.as_str() {
            "/data" => "what was posted".to_owned(),
            pointer => format!("`{}`", written(pointer)),
        };
        let keys = |fields: &Map<String, Value>| {
            let mut names = Vec::new();
            for name in fields.keys().filter(|name| !(self.is_data && *name == "data")) {
                names.push(name.as_str());
            }
            let all = names.len();
            names.truncate(MOST_NAMED);
            let listed = names.join("`, `");
            match all {
                0 => "no keys".to_owned(),
                all if all > MOST_NAMED => format!("`{listed}` and {} more", all - MOST_NAMED),
                _ => format!("`{listed}`"),
            }
        };
        let there = match trace.found {
            None => format!("{around} has {}", keys(&self.values)),
            Some(Value::Object(fields)) => format!("{around} has {}", keys(fields)),
            Some(Value::Array(entries)) => format!("{around} is a list of {}", entries.len()),
            Some(other) => format!("{around} is {}", kind_of(other)),
        };
        Some((pointer, there))
    }

    /// The path that was most likely meant: a key of nearly that name at its place, or of just that name elsewhere.
    fn meant(&self, path: &Path) -> Option<String> {
        let (trace, pointer) = self.trace(path);
        let Some(Key::Name(name)) = &trace.absent else {
            return None;
        };
        let fields = match trace.found {
            None => &self.values,
            Some(found) => found.as_object()?,
        };
        let keys = fields
            .keys()
            .map(String::as_str)
            .filter(|key| !(self.is_data && *key == "data"));
        let near = nearest(name, keys).map(|near| pointer_to(&pointer, near));
        let place = near.or_else(|| {
            // A name alone says too little to be looked for everywhere: so must what stands behind it.
            let last = path.steps.last().and_then(|step| step.literal());
            let last = match last {
                Some(Key::Name(last)) => last,
                _ => name.clone(),
            };
            let mut places = Vec::new();
            places_of(&last, self.data, "/data", &mut places);
            match places.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            }
        })?;
        Some(written(&place))
    }
}

impl Made<'_> {
    /// Whether a field is within this one.
    pub(super) fn is_around(&self, field: &str) -> bool {
        let rest = field.strip_prefix(&self.source.field);
        rest.is_some_and(|rest| rest.starts_with('.'))
    }

    /// The field and what its value is, where that is no object.
    pub(super) fn text(&self) -> Option<(&str, &'static str)> {
        match &self.value {
            Ok(Some((value, _))) if !value.is_object() => Some((&self.source.field, kind_of(value))),
            _ => None,
        }
    }

    /// Whether it yields nothing, and a problem is about its field or what is around it.
    fn concerns(&self, problem: &Problem) -> bool {
        let field = pointer_to_field(&self.source.field);
        let is_within = |inner: &str, outer: &str| rest_within(inner, outer).is_some();
        let people = ["/data/lead", "/data/attendees"];
        let is_about_people = people.contains(&problem.pointer.as_str());
        let is_somebody = people.iter().any(|people| is_within(&field, people));
        let is_there = matches!(&self.value, Ok(Some(_)));
        !is_there && (is_within(&field, &problem.pointer) || (is_about_people && is_somebody))
    }
}

/// Calls `see` with the pointer to everything that is not used, beside what is, its key and its value.
fn unused_within(value: &Value, pointer: &str, used: &[String], see: &mut dyn FnMut(String, &str, &Value)) {
    let is_read = used.iter().any(|used| rest_within(pointer, used).is_some());
    let is_around = used.iter().any(|used| rest_within(used, pointer).is_some());
    if is_read || !is_around {
        return;
    }
    let mut look = |key: &str, value: &Value| {
        let pointer = pointer_to(pointer, key);
        let is_used = |used: &String| rest_within(&pointer, used).or(rest_within(used, &pointer)).is_some();
        match used.iter().any(is_used) {
            true => unused_within(value, &pointer, used, see),
            false if stands_for_nothing(value) => {}
            false => see(pointer, key, value),
        }
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| look(key, value)),
        Value::Array(entries) => {
            for (index, value) in entries.iter().enumerate() {
                look(&index.to_string(), value);
            }
        }
        _ => {}
    }
}

fn unused(pointer: String, key: &str) -> Warning {
    Warning::at(pointer, "field-not-used", format!("`{key}` is not known"))
}

/// Whether a key is one of those that say what became of something, and its value that it is off.
fn says_cancelled(name: &str, value: &Value) -> bool {
    let name = plain_key(name);
    match value {
        Value::Bool(is_so) => *is_so && lists(OFF_NAMES, &name),
        Value::String(text) if lists(OFF_NAMES, &name) => lists("true|yes|1", &text.trim().to_lowercase()),
        Value::String(text) if lists(STATUS_NAMES, &name) => {
            let text = text.to_lowercase();
            let is_off = OFF_WORDS.split('|').any(|word| text.contains(word));
            is_off && !plain_words(&text).contains(&"not")
        }
        _ => false,
    }
}

/// What a pointer has behind another one that it is within.
fn rest_within<'a>(inner: &'a str, outer: &str) -> Option<&'a str> {
    let rest = inner.strip_prefix(outer)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The pointers to all keys of a name, wherever they stand.
fn places_of(name: &str, value: &Value, at: &str, places: &mut Vec<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let pointer = pointer_to(at, key);
        places_of(name, value, &pointer, places);
        if key.eq_ignore_ascii_case(name) {
            places.push(pointer);
        }
    }
}

/// A pointer into what was posted, as a path is written.
fn written(pointer: &str) -> String {
    let mut path = String::new();
    for key in pointer.split('/').skip(2) {
        Key::Name(key.replace("~1", "/").replace("~0", "~")).write_to(&mut path);
    }
    path
}

/// The pointer to a field of an event.
fn pointer_to_field(field: &str) -> String {
    let mut pointer = "/data".to_owned();
    for name in field.split('.') {
        pointer = pointer_to(&pointer, name);
    }
    pointer
}

/// A value in a message.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().nth(60).is_none() => format!("`{text}`"),
        Value::Number(number) => format!("`{number}`"),
        other => kind_of(other).to_owned(),
    }
}
