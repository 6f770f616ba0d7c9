//! What is left of a text that is read from its beginning.

/// What is left of a text that is read from its beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Whether nothing is left.
    pub(super) fn is_at_end(self) -> bool {
        self.rest.is_empty()
    }

    /// The next letter.
    pub(super) fn peek(self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Whether a digit is next.
    pub(super) fn is_at_digit(self) -> bool {
        self.peek().is_some_and(|letter| letter.is_ascii_digit())
    }

    /// Whether a letter is next.
    pub(super) fn is_at_letter(self) -> bool {
        self.peek().is_some_and(|letter| letter.is_ascii_alphabetic())
    }

    /// Passes over `text`, if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Passes over one of `letters`, if it is next.
    pub(super) fn eat_any(&mut self, letters: &[char]) -> bool {
        match self.rest.strip_prefix(letters) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Passes over blanks.
    pub(super) fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// The next digits, at most so many.
    pub(super) fn digits(&mut self, most: usize) -> &'a str {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        self.split(digits)
    }

    /// The next digits as a number, at most so many of them.
    pub(super) fn number(&mut self, most: usize) -> Option<u32> {
        self.digits(most).parse().ok()
    }

    /// The next letters from `a` to `z`.
    pub(super) fn word(&mut self) -> &'a str {
        let letters = self.rest.bytes().take_while(u8::is_ascii_lowercase).count();
        self.split(letters)
    }

    /// Up to `end`, and passes over it.
    pub(super) fn until(&mut self, end: char) -> Option<&'a str> {
        let (before, after) = self.rest.split_once(end)?;
        self.rest = after;
        Some(before)
    }

    fn split(&mut self, at: usize) -> &'a str {
        let (before, after) = self.rest.split_at_checked(at).unwrap_or_default();
        self.rest = after;
        before
    }
}
