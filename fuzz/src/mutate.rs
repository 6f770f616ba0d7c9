//! Changes documents and transcripts without losing their form. One time in four, and whenever there is no form to
//! keep, bytes are changed instead.

use fastrand::Rng;
use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value, json};

use crate::script::{self, Turn};

/// Texts that have surprised somebody before.
const ODD_TEXTS: [&str; 20] = [
    "",
    " ",
    ".",
    "..",
    "a/b?c=d&e#f",
    "~1~0/",
    "\0",
    "\u{202e}\u{feff}",
    "İ\u{300}ß",
    "👩\u{200d}👩\u{200d}👧",
    "null",
    "-0",
    "0000-01-01T00:00:00+23:59",
    "9999-12-31T23:59:60-23:59",
    "2030-03-10T02:30:00",
    "2030-11-03T01:30:00",
    "America/Chicago",
    "ann@example.com",
    "+44 (0)20 7946 0018 x9",
    "\"Lee, Ann\" <ann@example.com>; 5125550142",
];

/// For `libfuzzer_sys::fuzz_mutator!`: the input is a JSON document.
pub fn document(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut rng = Rng::with_seed(seed.into());
    let value = data.get(..size).and_then(|bytes| serde_json::from_slice(bytes).ok());
    match value {
        Some(mut value) if rng.u8(..4) > 0 => {
            change(&mut value, &mut rng);
            put(data, size, max_size, value.to_string().as_bytes())
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

/// For `libfuzzer_sys::fuzz_mutator!`: the input is a transcript.
pub fn transcript(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut rng = Rng::with_seed(seed.into());
    let mut turns = script::read(data.get(..size).unwrap_or_default());
    if turns.is_empty() || rng.u8(..4) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let place = rng.usize(..turns.len());
    match rng.u8(..8) {
        0 => {
            turns.remove(place);
        }
        1 => turns.insert(place, turns[rng.usize(..turns.len())].clone()),
        2 => turns.insert(place, Turn::honest()),
        3 => turns[place].end = script::ENDS[rng.usize(..script::ENDS.len())].to_owned(),
        _ => match serde_json::from_slice(&turns[place].body) {
            Ok(mut body) => {
                change(&mut body, &mut rng);
                turns[place].body = body.to_string().into_bytes();
            }
            Err(_) => return fuzzer_mutate(data, size, max_size),
        },
    }
    put(data, size, max_size, &script::write(&turns))
}

/// Puts what was changed in the place of the input; where it has no room, bytes are changed instead.
pub fn put(data: &mut [u8], size: usize, max_size: usize, changed: &[u8]) -> usize {
    match data.get_mut(..changed.len()) {
        Some(place) if changed.len() <= max_size => {
            place.copy_from_slice(changed);
            changed.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

/// Changes one value anywhere in a document.
pub fn change(value: &mut Value, rng: &mut Rng) {
    let mut place = rng.usize(..count(value));
    let Some(node) = nth(value, &mut place) else { return };
    match node {
        Value::Object(fields) if rng.bool() => change_fields(fields, rng),
        Value::Array(entries) if rng.bool() => change_entries(entries, rng),
        Value::String(text) if rng.bool() => *text = changed_text(text, rng),
        Value::String(text) if rng.u8(..4) == 0 => *node = text.parse::<i64>().map_or(json!([text]), Value::from),
        node => *node = odd(rng),
    }
}

fn change_fields(fields: &mut Map<String, Value>, rng: &mut Rng) {
    let names: Vec<String> = fields.keys().cloned().collect();
    let name = match names.len() {
        0 => String::new(),
        many => names[rng.usize(..many)].clone(),
    };
    match rng.u8(..4) {
        0 => {
            fields.remove(&name);
        }
        1 => {
            let value = fields.remove(&name).unwrap_or_default();
            fields.insert(changed_text(&name, rng), value);
        }
        2 => {
            for number in 0..1 << rng.u8(..10) {
                fields.insert(format!("{name}{number}"), odd(&mut Rng::with_seed(number)));
            }
        }
        _ => {
            fields.insert(ODD_TEXTS[rng.usize(..ODD_TEXTS.len())].to_owned(), odd(rng));
        }
    }
}

fn change_entries(entries: &mut Vec<Value>, rng: &mut Rng) {
    if entries.is_empty() {
        return entries.push(odd(rng));
    }
    let place = rng.usize(..entries.len());
    match rng.u8(..3) {
        0 => {
            entries.remove(place);
        }
        1 => entries[place] = odd(rng),
        _ => {
            let copies = vec![entries[place].clone(); 1 << rng.u8(..8)];
            entries.extend(copies);
        }
    }
}

/// libFuzzer changes the letters: it knows the dictionary, and what the code compares with.
fn changed_text(text: &str, rng: &mut Rng) -> String {
    if rng.u8(..8) == 0 {
        return text.repeat(1 << rng.u8(..12));
    }
    let room = text.len() + 32;
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(room, 0);
    let size = fuzzer_mutate(&mut bytes, text.len(), room);
    bytes.truncate(size);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn odd(rng: &mut Rng) -> Value {
    match rng.u8(..12) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => rng.i64(..).into(),
        3 => u64::MAX.into(),
        4 => json!(-1.5e300),
        5 => rng.u8(..100).into(),
        6 => json!([]),
        7 => json!({}),
        8 => "a".repeat(1 << rng.u8(..15)).into(),
        9 => (0..rng.u8(..200)).fold(Value::Null, |inner, _| json!([inner])),
        _ => ODD_TEXTS[rng.usize(..ODD_TEXTS.len())].into(),
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(entries) => 1 + entries.iter().map(count).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// The value at a place, counted in the order of the text.
fn nth<'a>(value: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(entries) => entries.iter_mut().find_map(|entry| nth(entry, place)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, place)),
        _ => None,
    }
}
