//! An agenda as iCalendar (RFC 5545), for other calendars.

use chrono::Utc;
use host_harness::text;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use super::entry::{Agenda, Entry, Kind};

/// The agenda as one iCalendar object. Free slots are no events.
pub(super) fn write(agenda: &Agenda) -> String {
    // One that is not empty names the library as what made it.
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Knockcal//knock agenda//EN"));
    calendar.append_property(Property::new("X-WR-TIMEZONE", text::line(&agenda.timezone)));
    for entry in agenda.entries.iter().filter(|entry| entry.kind != Kind::Free) {
        calendar.push(event(entry));
    }
    calendar.done().to_string()
}

fn event(entry: &Entry) -> Event {
    let mut event = Event::new();
    // The same entry is the same event, however often it is written.
    event.uid(&text::line(&format!(
        "{}@knockcal",
        entry.id.as_deref().unwrap_or_default()
    )));
    event.starts(entry.start_time.with_timezone(&Utc));
    event.ends(entry.end_time.with_timezone(&Utc));
    let title = match (entry.title.as_str(), entry.kind) {
        ("", Kind::Blocked) => "blocked",
        (title, _) => title,
    };
    // The library escapes the ends of lines. No other control character may stand in a text (RFC 5545, 3.3.11).
    event.summary(&shown(title));
    if !entry.address.is_empty() {
        event.location(&shown(&entry.address));
    }
    let lines = [entry.calendar.clone(), entry.users.join(", ")];
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    event.description(&shown(&lines.join("\n")));
    match entry.status.as_str() {
        "cancelled" | "invalid" => event.status(EventStatus::Cancelled),
        "new" => event.status(EventStatus::Tentative),
        _ => event.status(EventStatus::Confirmed),
    };
    event.done()
}

/// A text whose lines are kept, and nothing else that is not to be shown.
fn shown(text: &str) -> String {
    text.lines().map(text::line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_times_are_utc() {
        let entry = serde_json::json!({
            "kind": "appointment", "id": "e1", "startTime": "2030-06-04T10:00:00-05:00",
            "endTime": "2030-06-04T11:00:00-05:00", "title": "Ann; Lee, roof\nEND:VEVENT", "status": "cancelled",
        });
        let agenda = Agenda {
            timezone: "America/Chicago".into(),
            entries: vec![serde_json::from_value(entry).unwrap()],
            incomplete: Vec::new(),
        };
        let text = write(&agenda);
        assert!(text.contains("DTSTART:20300604T150000Z\r\n"), "{text}");
        assert!(text.contains("SUMMARY:Ann\\; Lee\\, roof\\nEND:VEVENT\r\n"), "{text}");
        assert!(
            text.contains("UID:e1@knockcal\r\n") && text.contains("STATUS:CANCELLED\r\n"),
            "{text}"
        );
        assert_eq!(text.lines().filter(|line| *line == "END:VEVENT").count(), 1);
    }

    #[test]
    fn no_control_character_stands_in_a_file() {
        let hostile = "a\u{1b}[2J\u{7}\u{0}\r\r\nBEGIN:VALARM\u{9b}2J\u{7f}\u{202e}b";
        let entry = serde_json::json!({
            "kind": "appointment", "id": hostile, "startTime": "2030-06-04T10:00:00-05:00",
            "endTime": "2030-06-04T11:00:00-05:00", "title": hostile, "status": hostile, "address": hostile,
            "calendar": hostile, "users": [hostile],
        });
        let agenda = Agenda {
            timezone: hostile.into(),
            entries: vec![serde_json::from_value(entry).unwrap()],
            incomplete: Vec::new(),
        };
        let text = write(&agenda);
        assert!(
            text.split("\r\n")
                .all(|line| text::is_printable(line) && !line.starts_with("BEGIN:VALARM")),
            "{text:?}"
        );
        assert_eq!(text::block(&text), text, "it is printed as it is");
    }
}
