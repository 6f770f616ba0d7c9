//! Addresses that were written in one line. What cannot be read with certainty stays out.

use super::unit::{self, End};
use super::us_state::{UsState, five_digits, is_us};
use crate::document::{begins_with_digit, has_digit, is_digits, lists, words};

/// The parts of an address in the US that one line tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) street: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) city: Option<String>,
    pub(super) state: Option<&'static UsState>,
    pub(super) zip: Option<String>,
    /// Whether the line names the country.
    pub(super) names_country: bool,
}

/// Words that end the name of a street. Those that towns are named after, too, are left out (`Park`, `Lake`, `Hill`).
const STREET_WORDS: &str = "st|street|ave|av|avenue|rd|road|dr|drive|ln|lane|ct|court|cir|circle|blvd|boulevard|way|pl|place|ter|\
     terrace|trl|trail|pkwy|parkway|loop|sq|square|aly|alley|cv|cove|xing|crossing|plz";

/// Codes of states that are words, too, in small letters.
const WORDS_LIKE_CODES: &str = "al|as|co|ct|de|hi|id|in|la|ma|me|oh|ok|or";

const DIRECTIONS: &str = "n|s|e|w|ne|nw|se|sw|north|south|east|west";

/// What separates the parts of an address in one line.
const MARKS: &[char] = &[',', ';', '|', '\n', '\r'];

/// What ends the name of a part of a state that is no city.
const COUNTIES: &str = "county|parish|borough";

/// Countries that may stand at the end of an address which is not read.
const ELSEWHERE: &str = "canada|mexico|méxico|uk|united kingdom|great britain|england|scotland|wales|northern ireland|ireland|\
     australia|new zealand|germany|deutschland|france|spain|españa|italy|italia|netherlands|poland|india|\
     south africa";

/// Whether a word ends the name of a street: `St`, `Avenue`.
pub(super) fn is_street_word(word: &str) -> bool {
    is_one_of(word, STREET_WORDS)
}

/// Reads one line; nothing where it has no state and no ZIP code of the US. A ZIP code alone counts where visits are in the
/// US. What stands behind both is a remark, or the street.
pub(super) fn read(line: &str, is_american: bool) -> Option<Parts> {
    let line = line.replace('#', " #");
    let segments = segments(&line, MARKS);
    let regions = regions(&segments);
    if let Some(region) = regions.first() {
        // Which of two places is meant cannot be known.
        let is_one = regions.iter().all(|other| other.zip == region.zip);
        return is_one.then(|| read_parts(&region.head, &region.behind, is_american))?;
    }
    if is_elsewhere(segments.last()?) {
        return None;
    }
    let parts = read_parts(&segments, &[], is_american);
    parts.or_else(|| {
        let region = region_of_state(&segments)?;
        let mut parts = read_parts(&region.head, &region.behind, is_american)?;
        parts.zip = parts.zip.or(region.zip.map(str::to_owned));
        Some(parts)
    })
}

/// Reads what ends in a state or a ZIP code.
fn read_parts(head: &[Vec<&str>], behind: &[Vec<&str>], is_american: bool) -> Option<Parts> {
    let mut segments = head.to_vec();
    let names_country = take_country(&mut segments) || behind.first().is_some_and(|words| is_us(&words.join(" ")));
    let written = take_zip(&mut segments);
    let state = take_state(&mut segments, written.as_deref());
    let zip = written.as_deref().and_then(|zip| whole_zip(zip, state));
    let of_zip = zip.as_deref().and_then(UsState::of_zip);
    let is_known = is_american || names_country || (state.is_some() && state == of_zip);
    let tells = is_known && (state.is_some() || of_zip.is_some());
    if !tells {
        return None;
    }
    let mut parts = Parts {
        state,
        zip: zip.or(written),
        names_country,
        ..Parts::default()
    };
    take_city(&mut segments, &mut parts);
    let (streets, unit) = streets_and_unit(&segments);
    parts.unit = unit;
    parts.street = street_of(streets);
    if parts.street.is_none() {
        take_street_behind(&segments, behind, &mut parts);
    }
    // Where only a ZIP code says what the words before it are, a state's name may be either.
    let is_state = |city: &String| state.is_none() && UsState::named(city).is_some();
    parts.city = parts.city.filter(|city| !is_state(city));
    Some(parts)
}

/// Takes the street that stands behind its city: `Dallas TX 75201, 12 Oak St`.
fn take_street_behind(segments: &[Vec<&str>], behind: &[Vec<&str>], parts: &mut Parts) {
    let (streets, unit) = streets_and_unit(behind);
    let is_street = |street: &&String| begins_with_digit(street) && words(street).into_iter().any(is_street_word);
    let Some(street) = streets.iter().find(is_street) else {
        return;
    };
    parts.street = Some(street.clone());
    parts.unit = parts.unit.take().or(unit);
    if let [city] = segments {
        parts.city = parts.city.take().or_else(|| city_of(city));
    }
}

/// State and ZIP code among the parts of a line.
struct Region<'t> {
    /// What they end, the state first.
    head: Vec<Vec<&'t str>>,
    behind: Vec<Vec<&'t str>>,
    /// The five digits; of a state without a ZIP code what is in the place of one.
    zip: Option<&'t str>,
}

/// Each ZIP code of a line beside its own state.
fn regions<'t>(segments: &[Vec<&'t str>]) -> Vec<Region<'t>> {
    let mut regions = Vec::new();
    for (index, words) in segments.iter().enumerate() {
        for (at, word) in words.iter().enumerate() {
            let zip = bare(word);
            if let Some(state) = UsState::of_zip(zip) {
                regions.extend(region_at(segments, (index, at), zip, state));
            }
        }
    }
    regions
}

/// A ZIP code that has its own state before it, or behind it where it is not a house number.
fn region_at<'t>(
    segments: &[Vec<&'t str>],
    (index, at): (usize, usize),
    zip: &'t str,
    state: &UsState,
) -> Option<Region<'t>> {
    let (before, rest) = segments.get(index)?.split_at(at);
    let rest = rest.get(1..)?;
    let (mut head, mut behind) = (segments.get(..index)?.to_vec(), segments.get(index + 1..)?.to_vec());
    // The country may stand between them.
    if before.is_empty() && head.last().is_some_and(|words| is_us(&words.join(" "))) {
        head.pop();
    }
    let first = if before.is_empty() { head.last()? } else { before };
    let mut last = before.to_vec();
    let mut rest = rest.to_vec();
    if state_words(first, End::Last, state) == 0 {
        if rest.is_empty() && !behind.is_empty() {
            rest = behind.remove(0);
        }
        let states = state_words(&rest, End::First, state);
        if states == 0 {
            return None;
        }
        last.extend(rest.drain(..states));
    }
    last.push(zip);
    head.push(last);
    if !rest.is_empty() {
        behind.insert(0, rest);
    }
    let zip = five_digits(zip);
    Some(Region { head, behind, zip })
}

/// How many of the words at one end name this state.
fn state_words(words: &[&str], end: End, state: &UsState) -> usize {
    for length in (1..=words.len().min(4)).rev() {
        let part = match end {
            End::First => words.get(..length),
            End::Last => words.get(words.len() - length..),
        };
        if part.and_then(|part| UsState::named(&part.join(" "))) == Some(state) {
            return length;
        }
    }
    0
}

/// A state behind a city, with something behind it that is not a ZIP code: `Austin, TX 787O1`, `Austin, TX, blue door`.
fn region_of_state<'t>(segments: &[Vec<&'t str>]) -> Option<Region<'t>> {
    for index in (1..segments.len()).rev() {
        let (words, before) = (segments.get(index)?, segments.get(index - 1)?);
        for at in 0..words.len() {
            let (city, rest) = words.split_at(at);
            let city = if city.is_empty() { before } else { city };
            let Some((length, next)) = city_of(city).and_then(|_| state_at(rest)) else {
                continue;
            };
            let mut head = segments.get(..index)?.to_vec();
            head.push(words.get(..at + length)?.to_vec());
            let mut behind = segments.get(index + 1..)?.to_vec();
            behind.insert(0, rest.get(length..)?.to_vec());
            return Some(Region {
                head,
                behind,
                zip: next,
            });
        }
    }
    None
}

/// How many words are a state although something may stand behind them, and what is in the place of its ZIP code. `Georgia
/// Smith` is somebody, and `IN THE BACK` no state.
fn state_at<'t>(words: &[&'t str]) -> Option<(usize, Option<&'t str>)> {
    for length in (1..=words.len().min(4)).rev() {
        let (state, rest) = words.split_at(length);
        let state = state.join(" ");
        let next = rest.first().map(|word| bare(word)).filter(|word| is_like_zip(word));
        let is_alone = rest.is_empty() || next.is_some();
        let is_certain = match state.len() == 2 {
            true => !state.contains(char::is_lowercase) && (is_alone || !is_one_of(&state, WORDS_LIKE_CODES)),
            false => is_alone,
        };
        if is_certain && UsState::named(&state).is_some() {
            return Some((length, next));
        }
    }
    None
}

/// Whether a word may be a ZIP code with a typing error.
fn is_like_zip(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    begins_with_digit(word) && digits > 2 && (4..=7).contains(&word.len())
}

/// A word without the marks around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
}

/// What a line, or a street, that tells no zone says of where it is, beside street and unit: towns, and what may be one.
pub(super) fn places_in(text: &str) -> Vec<String> {
    let spaced = text.replace('#', " #");
    let segments = segments(&spaced, MARKS);
    let mut places = Vec::new();
    for (index, words) in segments.iter().enumerate() {
        let rest = words.split_at(unit::words_at(words, End::First)).1;
        let rest = rest.split_at(rest.len() - unit::words_at(rest, End::Last)).0;
        let is_first = index == 0;
        let is_street = |rest: &[&str]| is_first && rest.last().is_some_and(|word| is_street_word(word));
        let town = match city_after_street(rest) {
            Some(at) => rest.get(at..).unwrap_or_default(),
            None if city_of(rest).is_some() && !is_street(rest) => rest,
            None if rest
                .iter()
                .skip(usize::from(is_first))
                .any(|word| is_code_of_place(word)) =>
            {
                rest
            }
            None => &[],
        };
        if !town.is_empty() {
            places.push(town.join(" "));
        }
    }
    places
}

/// Whether a word may be a postal code, or a part of one: `752O1`, `M5V`.
fn is_code_of_place(word: &str) -> bool {
    let word = bare(word);
    (word.len() > 4 && is_like_zip(word)) || lists("A9A|A9A9A9", &shape(word))
}

/// A street and the unit at either end of it.
pub(super) fn street_and_unit(street: &str) -> (Option<String>, Option<String>) {
    let spaced = street.replace('#', " #");
    let (streets, unit) = streets_and_unit(&segments(&spaced, &[',', '\n', '\r']));
    match unit {
        Some(unit) => ((!streets.is_empty()).then(|| streets.join(", ")), Some(unit)),
        None => (Some(street.to_owned()), None),
    }
}

/// The words of each part of an address. A dash between blanks separates parts, but not two numbers.
fn segments<'t>(line: &'t str, marks: &[char]) -> Vec<Vec<&'t str>> {
    let mut segments = Vec::new();
    for segment in line.split(marks) {
        let (mut part, words): (Vec<&str>, _) = (Vec::new(), words(segment));
        for (at, word) in words.iter().enumerate() {
            let is_range = part.last().is_some_and(|word| begins_with_digit(word))
                && words.get(at + 1).is_some_and(|word| begins_with_digit(word));
            match *word {
                "-" | "–" | "—" if !is_range => segments.push(std::mem::take(&mut part)),
                word => part.push(word),
            }
        }
        segments.push(part);
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// A ZIP code as the postal service writes it: spreadsheets make a number of it, and drop the zero at its beginning.
/// Nothing where that is not certain.
pub(super) fn whole_zip(written: &str, state: Option<&UsState>) -> Option<String> {
    let written = written.trim();
    let number = written.strip_suffix(".0").unwrap_or(written);
    let (first, four) = match number.split_once('-') {
        Some((first, four)) => (first, Some(four)),
        None if matches!(number.len(), 8 | 9) => {
            let (first, four) = number.split_at_checked(number.len() - 4)?;
            (first, Some(four))
        }
        None => (number, None),
    };
    if !is_digits(first) || four.is_some_and(|four| four.len() != 4 || !is_digits(four)) {
        return None;
    }
    let zip = match first.len() {
        5 => first.to_owned(),
        3 | 4 => {
            let whole = format!("{first:0>5}");
            let of_zip = UsState::of_zip(&whole)?;
            // Three digits alone may be anything.
            let fits = state.map_or(first.len() == 4, |state| state == of_zip);
            fits.then_some(whole)?
        }
        _ => return None,
    };
    Some(match four {
        Some(four) => format!("{zip}-{four}"),
        None => zip,
    })
}

/// Whether an address ends in another country, or in a postal code of Canada or the UK.
fn is_elsewhere(last: &[&str]) -> bool {
    let text = last.join(" ").trim_end_matches('.').to_lowercase();
    let names_country = ELSEWHERE.split('|').any(|country| {
        let before = text.strip_suffix(country);
        before.is_some_and(|before| before.is_empty() || before.ends_with([' ', '.']))
    });
    names_country || ends_in_letters_and_digits(last)
}

fn ends_in_letters_and_digits(last: &[&str]) -> bool {
    let (last, before) = match last {
        [.., before, last] => (shape(last), shape(before)),
        [last] => (shape(last), String::new()),
        [] => return false,
    };
    match last.as_str() {
        "9A9" => before == "A9A",
        "9AA" => lists("A9|A99|AA9|AA99|A9A|AA9A", &before),
        "A9A9A9" | "A9A-9A9" => true,
        _ => false,
    }
}

/// A word with `9` for each digit and `A` for each letter.
fn shape(word: &str) -> String {
    let mut shape = String::new();
    for letter in word.chars() {
        shape.push(match letter {
            letter if letter.is_ascii_digit() => '9',
            letter if letter.is_ascii_alphabetic() => 'A',
            other => other,
        });
    }
    shape
}

/// Takes the longest end of up to four words that is what is wanted, by the words before it and its text.
fn take_end(segments: &mut Vec<Vec<&str>>, is_wanted: &mut dyn FnMut(&[&str], &str) -> bool) -> bool {
    let Some(last) = segments.last() else { return false };
    let lengths = (1..=4).rev().filter_map(|length| last.len().checked_sub(length));
    for start in lengths {
        let (before, words) = last.split_at(start);
        if is_wanted(before, &words.join(" ")) {
            cut_last(segments, start);
            return true;
        }
    }
    false
}

/// Leaves so many words of the last part.
fn cut_last(segments: &mut Vec<Vec<&str>>, length: usize) {
    if let Some(mut last) = segments.pop()
        && length > 0
    {
        last.truncate(length);
        segments.push(last);
    }
}

fn take_country(segments: &mut Vec<Vec<&str>>) -> bool {
    take_end(segments, &mut |before, country| {
        // `US` may also be the name of a road.
        let follows = before
            .last()
            .is_none_or(|word| five_digits(word).is_some() || UsState::named(word).is_some());
        follows && is_us(country)
    })
}

/// The digits at the end: whole ZIP codes, and those that may have lost a zero.
fn take_zip(segments: &mut Vec<Vec<&str>>) -> Option<String> {
    let last = segments.last()?;
    let word = last.last()?.trim_end_matches('.');
    let is_whole = five_digits(word).is_some() || (word.len() == 9 && is_digits(word));
    let before = last.split_last()?.1;
    let follows_state = (0..before.len()).any(|at| UsState::named(&before.split_at(at).1.join(" ")).is_some());
    let is_short = matches!(word.len(), 3 | 4) && is_digits(word);
    if !(is_whole || (is_short && follows_state)) {
        return None;
    }
    let (zip, before) = (word.to_owned(), before.len());
    cut_last(segments, before);
    Some(zip)
}

fn take_state(segments: &mut Vec<Vec<&str>>, zip: Option<&str>) -> Option<&'static UsState> {
    let (count, mut state) = (segments.len(), None);
    take_end(segments, &mut |before, written| {
        state = UsState::named(written).filter(|state| is_certain(state, written, before, zip, count));
        state.is_some()
    });
    state
}

/// Whether words at the end of an address are a state, and not a city, a street or a part of one.
fn is_certain(state: &UsState, written: &str, before: &[&str], zip: Option<&str>, segments: usize) -> bool {
    let is_code = written.chars().filter(|letter| letter.is_alphabetic()).count() == 2;
    let is_capital = is_code && !written.contains(char::is_lowercase);
    let of_zip = zip.and_then(|zip| UsState::of_zip(&whole_zip(zip, Some(state))?));
    let agrees = of_zip == Some(state);
    if of_zip.is_some() && !agrees {
        // `CO 84101` is a state beside a code that contradicts it; `Washington 20500` is a city.
        return is_capital && (segments > 1 || city_after_street(before).is_some());
    }
    let is_town = before.is_empty() || (city_of(before).is_some() && !is_street_word(written));
    if segments == 1 && is_town {
        // `UT`, `Los Angeles California`: nothing of it is a street.
        return match is_code {
            true => is_capital || (before.is_empty() && !is_one_of(written, WORDS_LIKE_CODES)),
            false => is_name_of_state_only(state),
        };
    }
    if segments == 1 {
        // Without commas `12 Oak CT` is a court: a state comes after a city.
        let follows_city = city_after_street(before).is_some();
        return (agrees && state.code != "CT" && !before.is_empty())
            || (follows_city && (agrees || is_code || is_name_of_state_only(state)));
    }
    let stands_alone = before.is_empty();
    if agrees || is_capital {
        return true;
    }
    match is_code {
        true => stands_alone || (city_of(before).is_some() && !is_one_of(written, WORDS_LIKE_CODES)),
        false => (stands_alone && segments > 2) || is_name_of_state_only(state),
    }
}

/// Whether no well-known city ends in the name of the state.
fn is_name_of_state_only(state: &UsState) -> bool {
    !matches!(state.code, "WA" | "NY" | "DC")
}

fn take_city(segments: &mut Vec<Vec<&str>>, parts: &mut Parts) {
    if let [_, .., city, county] = segments.as_slice()
        && county.last().is_some_and(|word| is_one_of(word, COUNTIES))
        && city_of(city).is_some()
    {
        segments.pop();
    }
    let Some(last) = segments.last().cloned() else { return };
    if segments.len() == 1 {
        if let Some(at) = city_after_street(&last) {
            let (street, city) = last.split_at(at);
            parts.city = city_of(city);
            *segments = vec![street.to_vec()];
        }
        return;
    }
    // `Apt 4 Salt Lake City`, `Apt 4, 12 Oak St Austin`.
    let units = unit::words_at(&last, End::First);
    let (unit, rest) = last.split_at(units);
    let (street, city) = match city_after_street(rest) {
        Some(at) => rest.split_at(at),
        None => rest.split_at(0),
    };
    let Some(city) = city_of(city) else { return };
    parts.city = Some(city);
    segments.pop();
    for words in [unit, street] {
        if !words.is_empty() {
            segments.push(words.to_vec());
        }
    }
}

/// The name of a city: words without digits, and not a street.
fn city_of(words: &[&str]) -> Option<String> {
    let has_digits = words.iter().any(|word| has_digit(word));
    let last = words.last()?;
    // `Oak Ave` is a street, `Salt Lake City` none.
    let is_street = words.len() > 1 && is_street_word(last);
    (!has_digits && !is_street).then(|| words.join(" ").trim_matches(['(', ')']).to_owned())
}

/// Where a city begins in words like `12 Oak St Apt 4 Salt Lake City`; nothing where that is not certain.
fn city_after_street(words: &[&str]) -> Option<usize> {
    let begins_with_number = begins_with_digit(words.first()?);
    let end_of_street = words.iter().skip(2).position(|word| is_street_word(word))? + 3;
    let mut at = end_of_street;
    if words.get(at).is_some_and(|word| is_one_of(word, DIRECTIONS)) && words.len() > at + 1 {
        // `12 Oak St N Austin`, but also `12 Oak St North Salt Lake`.
        let is_short = words.get(at).is_some_and(|word| word.trim_end_matches('.').len() <= 2);
        is_short.then_some(())?;
        at += 1;
    }
    at += unit::words_at(words.get(at..)?, End::First);
    let city = words.get(at..).filter(|city| !city.is_empty())?;
    // `St Louis` is a city.
    let names = match city.first() {
        Some(first) if is_one_of(first, "st|saint") && city.len() > 1 => city.get(1..)?,
        _ => city,
    };
    let is_clear = !names.iter().any(|word| is_street_word(word));
    (begins_with_number && is_clear && city_of(names).is_some()).then_some(at)
}

fn streets_and_unit(segments: &[Vec<&str>]) -> (Vec<String>, Option<String>) {
    let (mut streets, mut units) = (Vec::new(), Vec::new());
    for words in segments {
        let (first, rest) = words.split_at(unit::words_at(words, End::First));
        let (street, last) = rest.split_at(rest.len() - unit::words_at(rest, End::Last));
        units.extend(first.iter().chain(last).copied());
        if !street.is_empty() {
            streets.push(street.join(" "));
        }
    }
    let unit = (!units.is_empty()).then(|| unit::shown(&units));
    (streets, unit)
}

/// The street among what is left of a line: what begins with a house number, else all of it. Words without a number that
/// are not like a street may be a city.
fn street_of(streets: Vec<String>) -> Option<String> {
    if let Some(numbered) = streets.iter().find(|street| begins_with_digit(street)) {
        return Some(numbered.clone());
    }
    let all = streets.join(", ");
    let is_street = has_digit(&all) || all.split(' ').next_back().is_some_and(is_street_word);
    is_street.then_some(all)
}

fn is_one_of(word: &str, words: &str) -> bool {
    lists(words, &word.trim_end_matches('.').to_lowercase())
}

#[cfg(test)]
mod tests;
