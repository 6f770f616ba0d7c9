//! Forgets what is old, in the inbox and in the ledgers, down to the bytes of the file.

use super::metrics::Metrics;
use crate::inbox::Inbox;
use crate::state::sweep;
use crate::storage::StorageError;
use std::time::Duration;

/// Forgets what came in with events that are long finished, and with failed ones that nobody has handled for longer.
pub(super) fn forget(
    inbox: &Inbox,
    keep: Duration,
    keep_failed: Duration,
    metrics: Option<&Metrics>,
) -> Result<(), StorageError> {
    let events = inbox.forget_finished(keep)?;
    if events > 0 {
        tracing::info!(events, "forgot what came in with events that are long finished");
    }
    for event in inbox.forget_failed(keep_failed)? {
        let (number, connection) = (event.number, event.connection.as_str());
        tracing::warn!(
            number,
            connection,
            "nobody has handled a failed event; it was discarded and forgotten"
        );
        if let Some(metrics) = metrics {
            metrics.note_unhandled(connection);
        }
    }
    sweep(inbox.file())?;
    if !inbox.file().wipe_log()? {
        tracing::debug!("the write-ahead log is in use; what was forgotten leaves it later");
    }
    Ok(())
}
