//! `team.agenda`: many calendars in one view.
//!
//! Calendars and users are read first. Then everything else is asked for at the same time: by group where that covers
//! several calendars, else by user or calendar.

mod conflict;
mod entry;
mod scope;

use serde_json::{Map, Value};

use self::conflict::mark_conflicts;
use self::entry::{Entry, EntryKind};
use self::scope::Scope;
pub(super) use self::scope::{Known, Owner, owners_of_location};
use super::call::Call;
use super::stop::Stop;
use crate::api::Operation;
use crate::catalog;
use crate::document::object;
use crate::ghl::{event, slot};
use crate::shape::{Kind, instant_ms};
use crate::zone::Zone;

/// What is said of an answer that cannot be understood.
const NOT_UNDERSTOOD: &str = "some of the answer cannot be understood";

/// What one read is about.
struct Read {
    operation: &'static Operation,
    input: Map<String, Value>,
    owner: Owner,
    kind: EntryKind,
}

/// Reads and merges.
pub(super) fn agenda(call: &mut Call<'_>, input: &Map<String, Value>) -> Result<Value, Stop> {
    let zone = zone(call, input)?;
    let calendar_zone = call.likely_zone().unwrap_or_else(|| zone.clone());
    let instant = |name: &str| {
        input
            .get(name)
            .and_then(|instant| instant_ms(Kind::Milliseconds, instant))
    };
    let (from, to) = (
        instant("startTime").unwrap_or_default(),
        instant("endTime").unwrap_or_default(),
    );
    let mut incomplete = Vec::new();
    let known = Known::read(call, &mut incomplete)?;
    let scope = Scope::of(input, &known, &mut incomplete);
    let reads = reads(call, input, &known, &scope, (from, to));
    let mut asked = Vec::new();
    for read in &reads {
        asked.push((read.operation, read.input.clone()));
    }
    let answers = call.read_all(asked)?;
    let nothing_is_readable = answers.iter().all(Result::is_err);
    let mut entries: Vec<Entry> = Vec::new();
    for (read, answer) in reads.iter().zip(answers) {
        match answer {
            Ok(reply) => take(read, &reply, &known, &calendar_zone, &mut entries, &mut incomplete),
            // An agenda of which nothing could be read would look like one without entries.
            Err(stop) if nothing_is_readable => return Err(stop),
            Err(stop) => incomplete.push(unread(&known.called(&read.owner), read.operation, &stop.sentence())),
        }
    }
    let with_cancelled = input.get("cancelled").and_then(Value::as_bool) == Some(true);
    let mut listed: Vec<Entry> = Vec::new();
    for entry in entries {
        if (!with_cancelled && entry.is_off) || !entry.meets(from, to) {
            continue;
        }
        // A visit is listed under its calendar and under its user.
        if let Err(place) = listed.binary_search_by(|before| Entry::order(before, &entry)) {
            listed.insert(place, entry);
        }
    }
    mark_conflicts(&mut listed, &known);
    let mut shown: Vec<Value> = Vec::new();
    for entry in &listed {
        shown.push(entry.shown(&known, &zone));
    }
    Ok(object([
        ("timezone", zone.name().into()),
        ("entries", shown.into()),
        ("incomplete", incomplete.into()),
    ]))
}

fn zone(call: &Call<'_>, input: &Map<String, Value>) -> Result<Zone, Stop> {
    let of_connection = call.task.configuration.settings.time_zone.clone();
    match input.get("timezone").and_then(Value::as_str) {
        Some(name) => Zone::named(name).ok_or_else(|| Stop::refused("unknown-zone", crate::knock::unknown_zone(name))),
        None => of_connection
            .or_else(|| Zone::named("UTC"))
            .ok_or_else(|| Stop::refused("unknown-zone", "no time zone is known")),
    }
}

/// Everything that is read of the scope.
fn reads(
    call: &Call<'_>,
    input: &Map<String, Value>,
    known: &Known,
    scope: &Scope,
    (from, to): (i64, i64),
) -> Vec<Read> {
    let shown = |word: &str, by_default: bool| match input.get("show").and_then(Value::as_array) {
        Some(words) => words.iter().any(|shown| shown == word),
        None => by_default,
    };
    let mut reads = Vec::new();
    for (operation, kind, wanted) in [
        (Some(&event::LIST), EntryKind::Appointment, shown("appointments", true)),
        (
            catalog::operation("blocked_slot.list"),
            EntryKind::Blocked,
            shown("blocked", true),
        ),
    ] {
        let Some(operation) = operation.filter(|_| wanted) else {
            continue;
        };
        for owner in &scope.owners {
            let mut input = Map::new();
            input.insert(owner.field().to_owned(), owner.id().into());
            input.insert("startTime".to_owned(), from.into());
            input.insert("endTime".to_owned(), to.into());
            operation.complete(&mut input, &call.task.configuration.location_id);
            reads.push(Read {
                operation,
                input,
                owner: owner.clone(),
                kind,
            });
        }
    }
    if shown("free", false) {
        for (calendar_id, user_id) in scope.with_slots(known) {
            let window = object([
                ("calendarId", calendar_id.clone().into()),
                ("startDate", from.into()),
                ("endDate", to.into()),
                ("userId", user_id.into()),
            ]);
            reads.push(Read {
                operation: &slot::LIST_FREE,
                input: window.as_object().cloned().unwrap_or_default(),
                owner: Owner::Calendar(calendar_id),
                kind: EntryKind::Free,
            });
        }
    }
    reads
}

fn take(read: &Read, reply: &Value, known: &Known, zone: &Zone, entries: &mut Vec<Entry>, incomplete: &mut Vec<Value>) {
    if read.kind == EntryKind::Free {
        let calendar = known.calendar(read.owner.id());
        let minutes = calendar.map_or(30, |calendar| calendar.slot_minutes);
        let user = read.input.get("userId").and_then(Value::as_str);
        let slots = slot::read(reply, Some(zone));
        if slots.is_none() {
            incomplete.push(unread(&known.called(&read.owner), read.operation, NOT_UNDERSTOOD));
        }
        for start in slots.unwrap_or_default() {
            entries.push(Entry::free(read.owner.id(), user, start, minutes));
        }
        return;
    }
    let listed = reply.get("events").and_then(Value::as_array);
    let mut is_understood = listed.is_some();
    for event in listed.map(Vec::as_slice).unwrap_or_default() {
        match Entry::read(read.kind, event, zone) {
            Some(entry) => entries.push(entry),
            None => is_understood = false,
        }
    }
    if !is_understood {
        incomplete.push(unread(&known.called(&read.owner), read.operation, NOT_UNDERSTOOD));
    }
}

/// What could not be read, for the answer.
pub(super) fn unread(of: &str, operation: &Operation, message: &str) -> Value {
    object([
        ("of", of.into()),
        ("action", operation.key.into()),
        ("message", message.into()),
    ])
}
