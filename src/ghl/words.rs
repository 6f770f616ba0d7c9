//! GHL's own words, wherever an answer puts them.

use std::fmt;

use serde_json::Value;

use super::provider::TRACE_ID_FIELD;
use crate::api::LONGEST_ID;

/// How much of a body is kept when it has no message.
const KEPT_BODY: usize = 300;

/// The longest message that is kept, in letters.
const KEPT_MESSAGE: usize = 1_000;

/// GHL's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// HTTP status.
    pub status: u16,
    /// Its message; the start of the body where there is none.
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
        Self::read(200, Some(reply), reply.to_string().as_bytes())
    }

    /// The words with GHL's id of the exchange, by which its support finds it.
    pub fn traced(&self) -> String {
        match &self.trace_id {
            Some(trace_id) => format!("{self}, trace id `{trace_id}`"),
            None => self.to_string(),
        }
    }

    pub(super) fn read(status: u16, json: Option<&Value>, body: &[u8]) -> Self {
        let message = json.and_then(|json| {
            ["message", "error", "error_description", "msg"]
                .iter()
                .find_map(|name| sentence(json.get(*name)?))
        });
        let message = message.map(|message| message.chars().take(KEPT_MESSAGE).collect());
        Self {
            status,
            message: message.unwrap_or_else(|| {
                let kept = body.get(..KEPT_BODY).unwrap_or(body);
                String::from_utf8_lossy(kept).trim().to_owned()
            }),
            trace_id: json.and_then(|json| id(json, TRACE_ID_FIELD)),
        }
    }
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
        Value::String(text) => Some(text.clone()),
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

    #[test]
    fn words_are_found_wherever_ghl_puts_them() {
        let words = |body: &str| {
            let json = serde_json::from_str(body).ok();
            Words::read(400, json.as_ref(), body.as_bytes()).message
        };
        assert_eq!(words(r#"{"message":["a","b"],"error":"x"}"#), "a; b");
        assert_eq!(
            words(r#"{"error":"Contact with id X not found","status":400}"#),
            "Contact with id X not found"
        );
        assert_eq!(words("<html>no</html>"), "<html>no</html>");
        assert_eq!(words(""), "");
    }

    #[test]
    fn what_is_kept_is_bounded_however_much_is_said() {
        let much = "m".repeat(10_000);
        let json = serde_json::json!({ "message": much, "traceId": much });
        let words = Words::read(400, Some(&json), b"");
        assert_eq!((words.message.len(), words.trace_id), (KEPT_MESSAGE, None));
    }
}
