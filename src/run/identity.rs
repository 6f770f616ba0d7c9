//! Who an event is, before anything is done.

use super::order;
use super::row::Row;
use super::task::Task;
use super::visit::Visit;
use crate::document::Problem;
use crate::knock::{Incoming, Warning};

/// Who an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id, given or derived.
    pub event_id: String,
    /// What it is about, given or derived.
    pub subject: String,
    /// Name of its content.
    pub fingerprint: String,
    /// Names of what its outcome may depend on besides the subject.
    pub order_keys: Vec<String>,
    /// What is worth knowing.
    pub warnings: Vec<Warning>,
    /// The visit as the event alone says it, where it is about one.
    pub visit: Option<Visit>,
}

/// Says who an event is, from what was passed alone.
///
/// # Errors
/// Every problem for which [`plan`](super::plan()) and [`handle`](super::handle) refuse it before anything else.
pub fn identify(configuration_json: &str, incoming: &Incoming) -> Result<Identity, Vec<Problem>> {
    let mut task = Task::read(configuration_json, incoming)?;
    // Where the visit is is not known here.
    let of_time = task.warnings_of_time(&Row::default()).unwrap_or_default();
    task.event.warnings.extend(of_time);
    let visit = task.understood(None, 0);
    let order_keys = order::keys(&task);
    let event = task.event;
    Ok(Identity {
        event_id: event.id,
        subject: event.subject,
        fingerprint: event.fingerprint,
        order_keys,
        warnings: event.warnings,
        visit,
    })
}
