//! What a configuration says about the events of its source, beside where their [fields](super::FieldSource) stand.

use crate::document::{KeyPath, Object, Problems, Unknown};
use crate::knock::{DateOrder, Format, Offsets, Source, WrittenTimes};

/// Where ids and subjects stand.
pub(super) fn source(object: &Object<'_>, problems: &Problems) -> Source {
    let source = Source {
        id: key_path(object, "id", problems),
        subject: key_path(object, "subject", problems),
    };
    for name in ["fields", "date_order", "time_formats"] {
        object.note_known(name);
    }
    object.unknown(Unknown::Refuse);
    source
}

/// A path within what is posted.
fn key_path(object: &Object<'_>, name: &'static str, problems: &Problems) -> Option<KeyPath> {
    // Blanks count, for a problem points at a part of the text.
    let text = object
        .value(name)?
        .as_str()
        .map(str::to_owned)
        .or_else(|| object.text(name))?;
    match KeyPath::read(&text) {
        Ok(path) => Some(path),
        Err(error) => {
            problems.add_within(object.pointer(name), error.span, "no-path", error.message);
            None
        }
    }
}

/// How times are written where they come from.
pub(super) fn times(source: &Object<'_>) -> WrittenTimes {
    let date_order = match source.text("date_order").as_deref() {
        None => None,
        Some("month-first") => Some(DateOrder::MonthFirst),
        Some("day-first") => Some(DateOrder::DayFirst),
        Some(other) => {
            let message = format!("unknown date order `{other}`: expected `month-first` or `day-first`");
            source.problem("date_order", "unknown-value", message);
            None
        }
    };
    let mut formats = Vec::new();
    for (index, (entry, _)) in source.list("time_formats").into_iter().enumerate() {
        let place = format!("time_formats/{index}");
        let Some(text) = entry.as_str() else {
            source.problem_at(&place, "wrong-type", "a format is text, like `%m/%d/%Y %I:%M %p`");
            continue;
        };
        match Format::parse(text) {
            Ok(format) => formats.push(format),
            Err(message) => source.problem_at(&place, "invalid-format", format!("the format `{text}` {message}")),
        }
    }
    WrittenTimes {
        formats,
        date_order,
        occurred: None,
    }
}

/// What an offset counts that the clocks of the place do not show.
pub(super) fn offsets(object: &Object<'_>) -> Offsets {
    let wrong = "unknown rule `{}`: expected `trust`, `place` or `refuse`";
    object.word("offsets", &Offsets::WORDS, wrong).unwrap_or_default()
}
