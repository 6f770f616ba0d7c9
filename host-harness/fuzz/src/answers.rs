//! What the host says.

use std::ops::RangeInclusive;

use serde_json::Value;

/// Every status that is used, but for 500: that is a fault of the host.
const STATUSES: [u16; 15] = [
    100, 200, 202, 400, 401, 404, 405, 408, 413, 414, 415, 422, 431, 503, 505,
];

/// Those of them that a head may get that is no HTTP or too large, without a body. Nothing comes behind.
const BARE: [u16; 4] = [400, 414, 431, 505];

const ERRORS: RangeInclusive<u16> = 400..=599;

/// One answer of the host.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    /// Nothing where the answer is to `HEAD`, or says that there is more to come.
    body: Option<Vec<u8>>,
}

/// An event that the host says is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: String,
    /// Whether it was there before.
    pub duplicate: bool,
}

/// Reads what came on one connection. Of what is not whole the last answer may be cut off.
pub fn read(mut bytes: &[u8], is_whole: bool) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        match Answer::read(bytes) {
            Some((answer, rest)) => {
                answers.push(answer);
                bytes = rest;
            }
            None if is_whole => panic!("an answer is cut off: {:?}", String::from_utf8_lossy(bytes)),
            None => break,
        }
    }
    answers
}

/// What holds of all answers on one connection.
pub fn judge(answers: &[Answer]) {
    for (number, answer) in answers.iter().enumerate() {
        if !answer.is_bare() {
            answer.judge();
        } else {
            assert_eq!(number + 1, answers.len(), "something comes behind {answer:?}");
        }
    }
}

impl Answer {
    /// The answer that comes first, and the rest. Nothing: it is cut off.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(bytes);
        let parsed = parsed.unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(bytes)));
        let httparse::Status::Complete(head) = parsed else {
            return None;
        };
        let headers = response.headers.iter().map(|header| {
            let value = String::from_utf8(header.value.to_vec()).expect("a header is text");
            (header.name.to_ascii_lowercase(), value)
        });
        let mut answer = Self {
            status: response.code.expect("a whole head has a status"),
            headers: headers.collect(),
            body: None,
        };
        let rest = bytes.get(head..).unwrap_or_default();
        if answer.status == 100 {
            return Some((answer, rest));
        }
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        let length = length.unwrap_or_else(|| panic!("no length: {answer:?}"));
        // Only what answers `HEAD` announces a body that does not come.
        if length > 0 && (rest.is_empty() || rest.starts_with(b"HTTP/1.")) {
            return Some((answer, rest));
        }
        let (body, rest) = rest.split_at_checked(length)?;
        answer.body = Some(body.to_vec());
        Some((answer, rest))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn is_bare(&self) -> bool {
        BARE.contains(&self.status) && self.body.as_ref().is_some_and(Vec::is_empty)
    }

    fn judge(&self) {
        assert!(STATUSES.contains(&self.status), "{self:?}");
        assert!(self.status != 503 || self.header("retry-after").is_some(), "{self:?}");
        let Some(body) = self.json() else { return };
        if ERRORS.contains(&self.status) {
            for field in ["/error/code", "/error/message"] {
                let text = body.pointer(field).and_then(Value::as_str).unwrap_or_default();
                assert!(!text.is_empty(), "no `{field}`: {body}");
            }
        }
    }

    /// The body, where there is one: JSON, unless it is metrics.
    fn json(&self) -> Option<Value> {
        let body = self.body.as_ref().filter(|_| !self.is_bare())?;
        let kind = self.header("content-type").unwrap_or_default();
        if self.status == 200 && kind.starts_with("application/openmetrics-text") {
            assert!(body.ends_with(b"# EOF\n"), "{self:?}");
            return None;
        }
        assert_eq!(kind, "application/json", "{self:?}");
        Some(serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {self:?}")))
    }

    /// The events that it says are on the disk.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        let events = match self.json() {
            Some(Value::Array(events)) => events,
            Some(event) => vec![event],
            None => Vec::new(),
        };
        let acknowledged = |event: &Value| {
            Some(Acknowledged {
                number: event.get("number")?.as_u64()?,
                id: event.get("id")?.as_str()?.to_owned(),
                duplicate: event.get("duplicate")?.as_bool()?,
            })
        };
        events.iter().filter_map(acknowledged).collect()
    }
}
