//! GHL's own words, wherever an answer puts them.

use std::fmt;

use serde_json::Value;

use super::provider::TRACE_ID_FIELD;
use crate::api::LONGEST_ID;

/// Where a message stands, whichever of these comes first.
const MESSAGES: [&str; 4] = ["message", "error", "error_description", "msg"];

/// How much of a body is looked at for an excerpt.
const KEPT_BODY: usize = 4_096;

/// The longest excerpt, in letters.
const KEPT_EXCERPT: usize = 100;

/// The longest message that is kept, in letters.
const KEPT_MESSAGE: usize = 1_000;

/// GHL's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// HTTP status.
    pub status: u16,
    /// Its message.
    pub message: String,
    /// Its id of the exchange.
    pub trace_id: Option<String>,
}

impl fmt::Display for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.status)?;
        if !self.message.is_empty() {
            write!(formatter, " `{}`", self.message)?;
        }
        Ok(())
    }
}

impl Words {
    /// The words of an answer that is not what it should be, although its status says that all is well.
    pub fn of_reply(reply: &Value) -> Self {
        let unsaid = || Self {
            status: 200,
            message: excerpt(reply.to_string().as_bytes()),
            trace_id: id(reply, TRACE_ID_FIELD),
        };
        Self::read(200, Some(reply)).unwrap_or_else(unsaid)
    }

    /// The words with GHL's id of the exchange, by which its support finds it.
    pub fn traced(&self) -> String {
        match &self.trace_id {
            Some(trace_id) => format!("{self}, trace id `{trace_id}`"),
            None => self.to_string(),
        }
    }

    /// What a provider says in its own envelope: a JSON object with a message. Nothing when this is no such answer,
    /// but that of something on the way, such as the page of a proxy.
    pub(super) fn read(status: u16, json: Option<&Value>) -> Option<Self> {
        let json = json?;
        let message = MESSAGES.iter().find_map(|name| sentence(json.get(*name)?))?;
        Some(Self {
            status,
            message: message.chars().take(KEPT_MESSAGE).collect(),
            trace_id: id(json, TRACE_ID_FIELD),
        })
    }
}

/// The beginning of an answer that is not in a provider's envelope, for people: of a page its title, or its first words.
pub(super) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..KEPT_BODY).unwrap_or(body));
    // Lower case in ASCII alone keeps all places as they are.
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let end = lower.get(start..)?.find("</title").unwrap_or(lower.len() - start);
        text.get(start..start + end)
    });
    let visible = |text: &str| {
        let mut in_tag = false;
        let without_tags: String = text
            .chars()
            .map(|letter| {
                let is_tag = in_tag || letter == '<';
                in_tag = is_tag && letter != '>';
                if is_tag || letter.is_control() { ' ' } else { letter }
            })
            .collect();
        let words: Vec<_> = without_tags.split_whitespace().collect();
        words.join(" ").chars().take(KEPT_EXCERPT).collect::<String>()
    };
    let title = title.map(visible).filter(|title| !title.is_empty());
    title.unwrap_or_else(|| visible(&text))
}

/// A text field that is there and not empty. Numbers are taken as they are written.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An id. It is remembered, so what is far longer than any id is none.
pub(super) fn id(value: &Value, name: &str) -> Option<String> {
    text(value, name).filter(|id| id.len() <= LONGEST_ID)
}

/// A message is one text or a list of them.
fn sentence(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(list) => {
            let sentences: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            (!sentences.is_empty()).then(|| sentences.join("; "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<String> {
        let json = serde_json::from_str(body).ok();
        Words::read(400, json.as_ref()).map(|words| words.message)
    }

    #[test]
    fn words_are_found_wherever_ghl_puts_them() {
        let said = |body: &str| read(body).unwrap_or_default();
        assert_eq!(said(r#"{"message":["a","b"],"error":"x"}"#), "a; b");
        assert_eq!(
            said(r#"{"error":"Contact with id X not found","status":400}"#),
            "Contact with id X not found"
        );
        assert_eq!(said(r#"{"message":"","error":"Bad Request"}"#), "Bad Request");
    }

    #[test]
    fn what_has_no_message_in_an_object_was_not_said_by_ghl() {
        for body in [
            "<html>no</html>",
            "Forbidden",
            "",
            "null",
            "[]",
            r#"["message"]"#,
            r#""message""#,
            "{}",
            r#"{"statusCode":404}"#,
            r#"{"message":" "}"#,
            r#"{"message":{"en":"no"}}"#,
            r#"{"message":[]}"#,
        ] {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn an_excerpt_of_a_page_is_its_title_or_its_first_words() {
        let page = "<!DOCTYPE html><html><head><TITLE lang=en>Attention Required!\n | Proxy</TITLE><style>b{}</style>";
        assert_eq!(excerpt(page.as_bytes()), "Attention Required! | Proxy");
        assert_eq!(
            excerpt(b"<html><title></title><h1>403</h1>\x1b[2J<p>Blocked</html>"),
            "403 [2J Blocked"
        );
        assert_eq!(excerpt(b"<title>cut of"), "cut of");
        assert_eq!(excerpt(b"error code: 1015"), "error code: 1015");
        assert_eq!(excerpt(b"null"), "null");
        assert_eq!(excerpt(b""), "");
        assert_eq!(excerpt("ü".repeat(10_000).as_bytes()).chars().count(), KEPT_EXCERPT);
    }

    #[test]
    fn what_is_kept_is_bounded_however_much_is_said() {
        let much = "m".repeat(10_000);
        let json = serde_json::json!({ "message": much, "traceId": much });
        let words = Words::read(400, Some(&json)).unwrap();
        assert_eq!((words.message.len(), words.trace_id), (KEPT_MESSAGE, None));
    }
}
