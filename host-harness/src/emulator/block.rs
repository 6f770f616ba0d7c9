//! A block slot: time that somebody, or a calendar, is not to be had.

use serde_json::Value;

use super::body::Time;
use super::document::Document;
use super::hours::Span;

/// Time that somebody, or a calendar, is not to be had.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) span: Span,
    pub(super) calendar: Option<&'a str>,
    pub(super) user: Option<&'a str>,
}

impl<'a> Block<'a> {
    /// Nothing when its times make no sense.
    pub(super) fn read(document: &'a Document) -> Option<Self> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let time = |name: &str| match Time::read(text(name)?)? {
            Time::At(instant) => Some(instant),
            Time::Nowhere => None,
        };
        Some(Self {
            span: Span {
                start: time("startTime")?,
                end: time("endTime")?,
            },
            calendar: text("calendarId"),
            user: text("assignedUserId"),
        })
    }
}
