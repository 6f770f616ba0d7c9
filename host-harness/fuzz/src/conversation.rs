//! What a caller sends on one connection.
//!
//! ```text
//! POST /v1/events HTTP/1.1
//! content-type: application/json
//! content-length: ~
//!
//! {"id":"visit-1",
//! ~~
//! "data":{}}
//! ~~~
//! GET /v1/events/1 HTTP/1.1
//!
//! ```
//!
//! `~~~` and the end of its line end a request, and the next one follows at once. `~~` and the end of its line are where
//! the caller pauses for a moment. In a head, a value `~` is the length of the body. Everything else is sent as it
//! stands, so every text is a conversation.

/// Ends a request.
pub const END: &[u8] = b"~~~\n";

/// Where the caller pauses.
pub const PAUSE: &[u8] = b"~~\n";

/// Stands for the length of the body.
const LENGTH: &[u8] = b": ~\n";

/// The end of a head.
const BLANK: &[u8] = b"\n\n";

/// The pieces that a caller sends, with a pause between two.
pub fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    for request in split(text, END) {
        let (head, body) = halves(request);
        // A pause in the body is not sent, and does not count.
        let length = split(body, PAUSE).iter().map(|piece| piece.len()).sum::<usize>();
        let head = replaced(head, LENGTH, format!(": {length}\n").as_bytes());
        for (number, piece) in split(&[&head, body].concat(), PAUSE).into_iter().enumerate() {
            if number > 0 {
                pieces.push(Vec::new());
            }
            if let Some(last) = pieces.last_mut() {
                last.extend(piece);
            }
        }
    }
    pieces
}

/// The head of a request with the blank line that ends it, and the body. Without a blank line everything is head.
pub fn halves(request: &[u8]) -> (&[u8], &[u8]) {
    match find(request, BLANK) {
        Some(end) => request.split_at(end + BLANK.len()),
        None => (request, &[]),
    }
}

/// The parts between separators.
pub fn split<'a>(mut text: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(end) = find(text, separator) {
        parts.push(&text[..end]);
        text = &text[end + separator.len()..];
    }
    parts.push(text);
    parts
}

fn replaced(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    split(text, what).join(with)
}

/// Where a part begins.
pub fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
