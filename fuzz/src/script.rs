//! A transcript of GHL's replies, one after the other.
//!
//! ```text
//! HTTP/1.1 honest
//! HTTP/1.1 429
//! retry-after: 3
//!
//! HTTP/1.1 504 done
//!
//! <html>
//! ```
//!
//! What follows `HTTP/1.1` is how the request ends: `honest`, as GHL would answer; `lost`, without an answer; `unsent`
//! and `denied`, without having left; or a status, with the headers and the body that follow. With `done` beside it the
//! request took effect whatever its end says.

/// The ends that a mutation chooses from.
pub const ENDS: [&str; 16] = [
    "honest",
    "lost",
    "lost done",
    "unsent",
    "denied",
    "200 done",
    "200",
    "204 done",
    "302",
    "400",
    "401",
    "404",
    "408 done",
    "429",
    "500 done",
    "503",
];

const START: &[u8] = b"HTTP/1.1 ";

/// How one request ends.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// What follows `HTTP/1.1`.
    pub end: String,
    /// The lines of the header.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Turn {
    /// GHL answers as it should.
    pub fn honest() -> Self {
        Self {
            end: "honest".to_owned(),
            ..Self::default()
        }
    }

    /// The first word of the end.
    pub fn kind(&self) -> &str {
        self.end.split_whitespace().next().unwrap_or("honest")
    }

    /// Whether the request took effect whatever its end says.
    pub fn done(&self) -> bool {
        self.end.split_whitespace().any(|word| word == "done")
    }
}

/// Reads a transcript. Everything is one: what does not begin with a reply is left out.
pub fn read(mut text: &[u8]) -> Vec<Turn> {
    let mut turns = Vec::new();
    while let Some(start) = find(text, START) {
        let turn = text.get(start + START.len()..).unwrap_or_default();
        let end = find(turn, b"\nHTTP/1.1 ").map_or(turn.len(), |end| end + 1);
        let (turn, rest) = turn.split_at(end);
        turns.push(read_turn(turn));
        text = rest;
    }
    turns
}

fn read_turn(text: &[u8]) -> Turn {
    let (head, body) = match find(text, b"\n\n") {
        Some(end) => (&text[..end], &text[end + 2..]),
        None => (text, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    Turn {
        end: lines.next().unwrap_or_default().trim().to_owned(),
        headers: lines.map(str::to_owned).collect(),
        body: body.strip_suffix(b"\n").unwrap_or(body).to_vec(),
    }
}

/// Writes a transcript.
pub fn write(turns: &[Turn]) -> Vec<u8> {
    let mut text = Vec::new();
    for turn in turns {
        text.extend(START);
        text.extend(turn.end.bytes());
        for header in &turn.headers {
            text.push(b'\n');
            text.extend(header.bytes());
        }
        text.extend(b"\n\n");
        text.extend(&turn.body);
        text.push(b'\n');
    }
    text
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
