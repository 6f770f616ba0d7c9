//! Paths that the manifest declares.

use http::Method;

/// A method and a path pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    method: Method,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
enum Segment {
    Literal(String),
    /// `{name}`: any one segment that is not empty and means nothing special.
    Any,
}

impl Pattern {
    /// Reads `/calendars/{calendarId}/free-slots`. Says what is wrong with a pattern that cannot be one.
    pub(super) fn new(method: &str, path: &str) -> Result<Self, &'static str> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| "the method is not a word")?;
        if method == Method::CONNECT || method == Method::TRACE {
            return Err("this method is never allowed");
        }
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the path has characters that no path on the wire has");
        }
        let path = path.strip_prefix('/').ok_or("the path does not begin with `/`")?;
        let segments = path
            .split('/')
            .map(|segment| {
                let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                match inner {
                    Some(name) if !name.is_empty() && !name.contains(['{', '}']) => Ok(Segment::Any),
                    None if !segment.contains(['{', '}', '?', '#']) => Ok(Segment::Literal(segment.to_owned())),
                    _ => Err("a placeholder stands for a whole segment: `/{name}/`"),
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { method, segments })
    }

    /// Whether a request is of this kind. `path` is as it goes on the wire, without the query.
    pub(super) fn matches(&self, method: &Method, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else {
            return false;
        };
        let mut given = path.split('/');
        let all = self.segments.iter().all(|segment| {
            given.next().is_some_and(|given| match segment {
                Segment::Literal(literal) => given == literal,
                Segment::Any => is_plain(given),
            })
        });
        all && given.next().is_none() && self.method == *method
    }
}

/// Whether a segment stays one segment, at its place, whoever decodes or normalizes the path on the way: it is not
/// empty, not `.` or `..`, and hides no separator and no control character, not even encoded more than once.
fn is_plain(segment: &str) -> bool {
    let mut decoded = segment.as_bytes().to_vec();
    for _ in 0..3 {
        if !is_plain_once(&decoded) {
            return false;
        }
        let next = percent_decode(&decoded);
        if next == decoded {
            return true;
        }
        decoded = next;
    }
    is_plain_once(&decoded)
}

fn is_plain_once(segment: &[u8]) -> bool {
    let special = matches!(segment, b"" | b"." | b"..");
    let hides = |byte: &u8| matches!(byte, b'/' | b'\\' | b';' | b'?' | b'#') || byte.is_ascii_control();
    !special && !segment.iter().any(hides)
}

fn percent_decode(encoded: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&first, tail)) = rest.split_first() {
        let byte = match tail {
            [high, low, after @ ..] if first == b'%' => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high * 16 + low
                }
                _ => {
                    rest = tail;
                    first
                }
            },
            _ => {
                rest = tail;
                first
            }
        };
        decoded.push(byte);
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(path: &str) -> bool {
        Pattern::new("GET", "/calendars/{calendarId}/free-slots")
            .unwrap()
            .matches(&Method::GET, path)
    }

    #[test]
    fn a_placeholder_stands_for_exactly_one_segment() {
        assert!(matches("/calendars/abc/free-slots"));
        assert!(matches("/calendars/a%20b.c-d_e~f/free-slots"));
        assert!(!matches("/calendars//free-slots"));
        assert!(!matches("/calendars/abc/def/free-slots"));
        assert!(!matches("/calendars/abc/free-slots/"));
        assert!(!matches("/calendars/abc"));
        assert!(!matches("/Calendars/abc/free-slots"));
        assert!(!matches("calendars/abc/free-slots"));
    }

    #[test]
    fn a_segment_that_could_become_another_path_is_refused() {
        for segment in [
            ".",
            "..",
            "%2e%2e",
            "%2E.",
            "%252e%252e",
            "a%2fb",
            "a%2Fb",
            "a%5cb",
            "a%252fb",
            "a\\b",
            "a;b",
            "%00",
            "a%0d%0ab",
            "a%3fb",
            "a%23b",
        ] {
            let path = format!("/calendars/{segment}/free-slots");
            assert!(!matches(&path), "{path}");
        }
    }

    #[test]
    fn a_half_escape_is_only_text() {
        assert!(matches("/calendars/100%/free-slots"));
        assert!(matches("/calendars/%zz/free-slots"));
    }

    #[test]
    fn the_method_has_to_be_the_declared_one() {
        let pattern = Pattern::new("POST", "/contacts/upsert").unwrap();
        assert!(pattern.matches(&Method::POST, "/contacts/upsert"));
        assert!(!pattern.matches(&Method::GET, "/contacts/upsert"));
        assert!(!pattern.matches(&Method::DELETE, "/contacts/upsert"));
    }

    #[test]
    fn a_pattern_that_cannot_be_one_is_refused() {
        for (method, path) in [
            ("CONNECT", "/a"),
            ("GET IT", "/a"),
            ("GET", "a"),
            ("GET", "/a{b}"),
            ("GET", "/{}"),
            ("GET", "/a?b"),
            ("GET", "/a b"),
            ("GET", "/a\u{1b}[2J"),
            ("TRACE", "/a"),
        ] {
            assert!(Pattern::new(method, path).is_err(), "{method} {path}");
        }
    }
}
