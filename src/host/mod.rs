//! The imports, as [`crate::run`] wants them.

mod ending;
mod http;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

use crate::api::{Message, Response};
use crate::bindings::knockcal::connector::{secrets, state};
use crate::run::{
    Check, CommitError, Committed, Entry, Host, SecretError, SendError, Snapshot, StateUnavailable, Timeouts, Write,
};

/// The world outside the component.
#[derive(Debug)]
pub struct Imports {
    started: Instant,
}

impl Default for Imports {
    fn default() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Host for Imports {
    fn secret(&mut self, role: &str) -> Result<String, SecretError> {
        secrets::get(role).map_err(secret_error)
    }

    fn renew(&mut self, role: &str, refused: &str) -> Result<String, SecretError> {
        secrets::renew(role, refused).map_err(secret_error)
    }

    fn get_many(&mut self, keys: &[String]) -> Result<Snapshot, StateUnavailable> {
        let snapshot = state::get_many(keys).map_err(StateUnavailable)?;
        let entry = |entry: state::Entry| Entry {
            value: entry.value,
            version: entry.version,
        };
        Ok(Snapshot {
            now_ms: snapshot.now_ms,
            anchored_ms: snapshot.anchored_ms,
            restored_ms: snapshot.restored_ms,
            honours_send_before: snapshot.honours_send_before,
            entries: snapshot.entries.into_iter().map(|read| read.map(entry)).collect(),
        })
    }

    fn commit(&mut self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        let mut as_read = Vec::new();
        for check in checks {
            as_read.push(state::Check {
                key: check.key.clone(),
                version: check.version,
            });
        }
        let mut written = Vec::new();
        for write in writes {
            written.push(state::Write {
                key: write.key.clone(),
                value: write.value.clone(),
                ttl_ms: write.ttl_ms,
                lease: write.lease,
            });
        }
        match state::commit(&as_read, &written) {
            Ok(committed) => Ok(Committed {
                now_ms: committed.now_ms,
                version: committed.version,
            }),
            Err(state::CommitError::Conflict(conflict)) => Err(CommitError::Conflict {
                now_ms: conflict.now_ms,
                key: conflict.key,
            }),
            Err(state::CommitError::Unavailable(why)) => Err(CommitError::Unavailable(why)),
        }
    }

    fn send(&mut self, message: Message, timeouts: Timeouts) -> Result<Response, SendError> {
        let unsent = || Err(SendError::NotSent("there is no request".to_owned()));
        http::send_all(vec![message], timeouts).pop().unwrap_or_else(unsent)
    }

    fn send_all(&mut self, messages: Vec<Message>, timeouts: Timeouts) -> Vec<Result<Response, SendError>> {
        http::send_all(messages, timeouts)
    }

    fn monotonic_ms(&mut self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep_ms(&mut self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }

    fn random(&mut self) -> u64 {
        RandomState::new().build_hasher().finish()
    }
}

fn secret_error(error: secrets::Error) -> SecretError {
    SecretError(match error {
        secrets::Error::Missing(why) | secrets::Error::Unavailable(why) => why,
    })
}
