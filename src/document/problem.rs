//! What is wrong with a document, and where.

use std::cell::RefCell;

/// The document a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The configuration of the connection.
    Configuration,
    /// The event.
    Event,
    /// The input of an action.
    Input,
}

/// Something that cannot be worked with as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The document it stands in.
    pub document: Document,
    /// JSON pointer (RFC 6901) to the place; empty for the whole document.
    pub pointer: String,
    /// Which bytes of the text there, when it is not all of it: from, and to before.
    pub within: Option<(usize, usize)>,
    /// Its kind, for programs.
    pub code: &'static str,
    /// What is wrong and what to write instead, for people.
    pub message: String,
}

/// Collects the problems of one document while it is read.
#[derive(Debug)]
pub struct Problems {
    document: Document,
    found: RefCell<Vec<Problem>>,
}

impl Problems {
    /// None yet.
    pub fn new(document: Document) -> Self {
        Self {
            document,
            found: RefCell::default(),
        }
    }

    /// Adds one.
    pub fn add(&self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.push(pointer.into(), None, code, message.into());
    }

    /// Adds one about a part of the text at its place.
    pub fn add_within(
        &self,
        pointer: impl Into<String>,
        within: (usize, usize),
        code: &'static str,
        message: impl Into<String>,
    ) {
        self.push(pointer.into(), Some(within), code, message.into());
    }

    fn push(&self, pointer: String, within: Option<(usize, usize)>, code: &'static str, message: String) {
        self.found.borrow_mut().push(Problem {
            document: self.document,
            pointer,
            within,
            code,
            message,
        });
    }

    /// Whether there is none yet.
    pub fn are_none(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// `value` if there is no problem.
    ///
    /// # Errors
    /// The problems.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Vec<Problem>> {
        match (value, self.found.into_inner()) {
            (Some(value), found) if found.is_empty() => Ok(value),
            (_, found) => Err(found),
        }
    }
}
