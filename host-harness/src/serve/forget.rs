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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Event;
    use crate::inbox::{Arrival, Ending, Stopped};
    use crate::state::{SqliteStore, Store, Write};
    use crate::storage::StateFile;
    use serde_json::json;
    use std::sync::Arc;

    fn failed() -> Arrival {
        let event = json!({ "trigger": "knocker.lead_booked", "occurred_at": "", "data": { "lead": "Pat Kim" } });
        Arrival {
            event: serde_json::from_value::<Event>(event).unwrap(),
            id: "visit-1".to_owned(),
            subject: "pin-1".to_owned(),
            fingerprint: "a".to_owned(),
            order_keys: Vec::new(),
            bulk: false,
            failure: Some(Ending::Stopped(Stopped {
                message: "poison".to_owned(),
                output: String::new(),
                in_a_row: 1,
            })),
            follow_up: None,
        }
    }

    #[test]
    fn failed_events_that_nobody_handled_are_counted_and_expired_rows_are_gone_without_a_commit() {
        let directory = tempfile::tempdir().unwrap();
        let file = Arc::new(StateFile::open(&directory.path().join("state.sqlite")).unwrap());
        let (inbox, metrics) = (Inbox::new(file.clone()), Metrics::default());
        let under = inbox.register("austin", "ghl/austin", "{}").unwrap();
        inbox.accept(under, vec![failed()]).unwrap();
        let store = SqliteStore::of_account(file.clone(), "ghl/austin").unwrap();
        let row = Write {
            key: "whole/subject/1".to_owned(),
            value: Some("{}".to_owned()),
            ttl_ms: Some(1),
            lease: false,
        };
        store.commit(&[], &[row]).unwrap();
        std::thread::sleep(Duration::from_millis(5));

        let day = Duration::from_secs(24 * 3_600);
        forget(&inbox, day, day, Some(&metrics)).unwrap();
        assert_eq!(metrics.unhandled("austin"), 0);
        let rows = |transaction: &rusqlite::Transaction<'_>| {
            transaction.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0))
        };
        assert_eq!(file.read(rows).unwrap().0, 0);

        forget(&inbox, day, Duration::ZERO, Some(&metrics)).unwrap();
        assert_eq!(metrics.unhandled("austin"), 1);
    }
}
