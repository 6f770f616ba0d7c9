//! What carrying out a plan needs of the world.

use crate::api::{Message, Response};

/// What carrying out a plan needs of the world. The component's imports implement it, and so does any test.
pub trait Host {
    /// The secret of a role, or what stands for it.
    ///
    /// # Errors
    /// When there is none.
    fn secret(&mut self, role: &str) -> Result<String, SecretError>;

    /// The secret that follows one that GHL refused; the same again when there is none.
    ///
    /// # Errors
    /// When there is none.
    fn renew(&mut self, role: &str, refused: &str) -> Result<String, SecretError>;

    /// Reads keys of the store at one instant.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn get_many(&mut self, keys: &[String]) -> Result<Snapshot, StateUnavailable>;

    /// Makes all writes if all checks hold, else none.
    ///
    /// # Errors
    /// When a check fails, or the store cannot be reached; then nothing was written.
    fn commit(&mut self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError>;

    /// Sends a request and waits for the whole answer, no longer than the timeouts say.
    ///
    /// # Errors
    /// When no whole answer came.
    fn send(&mut self, message: Message, timeouts: Timeouts) -> Result<Response, SendError>;

    /// Sends requests and waits for the whole answer to each, in their order. A host that can have several on their way
    /// has all of them on their way at the same time.
    fn send_all(&mut self, messages: Vec<Message>, timeouts: Timeouts) -> Vec<Result<Response, SendError>> {
        let messages = messages.into_iter();
        messages.map(|message| self.send(message, timeouts)).collect()
    }

    /// A clock that only goes forward, in milliseconds.
    fn monotonic_ms(&mut self) -> u64;

    /// Waits.
    fn sleep_ms(&mut self, milliseconds: u64);

    /// A number that nobody foresees.
    fn random(&mut self) -> u64;
}

/// Why there is no secret: a sentence that names the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError(pub String);

/// Why the store cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateUnavailable(pub String);

/// A value of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: String,
    /// Its version.
    pub version: u64,
}

/// Values of the store at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The store's clock.
    pub now_ms: u64,
    /// When the clock was last set, by itself.
    pub anchored_ms: u64,
    /// When the store was last put back from a copy, by its clock.
    pub restored_ms: Option<u64>,
    /// Whether the host takes the send-before header away and ends requests at the instant that it names.
    pub honours_send_before: bool,
    /// One for each key, in order.
    pub entries: Vec<Option<Entry>>,
}

/// What must be true for a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The key.
    pub key: String,
    /// The version it must have; nothing: it must be absent.
    pub version: Option<u64>,
}

/// A change to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The key.
    pub key: String,
    /// Its new value; nothing deletes it.
    pub value: Option<String>,
    /// How long it stays.
    pub ttl_ms: Option<u64>,
    /// Whether it also goes with the process that wrote it.
    pub lease: bool,
}

/// A commit that took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The store's clock.
    pub now_ms: u64,
    /// The version of everything that was written.
    pub version: u64,
}

/// A commit that did not take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitError {
    /// A check failed.
    Conflict {
        /// The store's clock.
        now_ms: u64,
        /// Key of the first check that failed.
        key: String,
    },
    /// The store cannot be reached, or does not take the value.
    Unavailable(String),
}

/// How long requests may take that are sent together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Each part of one, in milliseconds: to connect, until the first byte of the answer, between two bytes of it.
    pub part_ms: u64,
    /// All of them together: until the claim that they are sent under ends.
    pub whole_ms: u64,
}

/// Why no whole answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The request surely did not leave.
    NotSent(String),
    /// The host does not allow the request, or the claim it was sent under has ended. It did not leave.
    Denied(String),
    /// The host keeps to the provider's limit and has no place for the request now. It did not leave.
    NoPlace(String),
    /// It may have left, and may have been carried out.
    Unknown(String),
}
