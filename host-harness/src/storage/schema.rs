//! The tables, and how a file of an earlier version gets them.

use rusqlite::{Connection, TransactionBehavior};

/// The schema this version writes, in `user_version`.
pub(super) const SCHEMA: i64 = 6;

/// Each takes a file from the schema of its place in the list to the next one. What stands here never changes: the
/// next schema is the next entry.
const STEPS: [&str; 6] = [
    // 1: the ledger of one account.
    "
    CREATE TABLE clock (
        only             INTEGER PRIMARY KEY CHECK (only = 1),
        boot_id          TEXT NOT NULL,
        anchor_uptime_ms INTEGER NOT NULL,
        anchor_ms        INTEGER NOT NULL,
        horizon_ms       INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE counter (
        only    INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL
    ) STRICT;
    INSERT INTO counter VALUES (1, 0);
    CREATE TABLE entries (
        key        TEXT PRIMARY KEY,
        value      TEXT NOT NULL,
        version    INTEGER NOT NULL,
        expires_ms INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_by_expiry ON entries (expires_ms) WHERE expires_ms IS NOT NULL;
    ",
    // 2: the ledgers of many accounts, and the inbox. Rows of account 0 are of a time when a file did not say whose
    // they are; whoever asks for their key has them.
    "
    ALTER TABLE clock ADD COLUMN restored_ms INTEGER;
    CREATE TABLE accounts (
        account INTEGER PRIMARY KEY,
        name    TEXT NOT NULL UNIQUE
    ) STRICT;
    ALTER TABLE entries RENAME TO entries_of_one;
    DROP INDEX entries_by_expiry;
    CREATE TABLE entries (
        account    INTEGER NOT NULL,
        key        TEXT NOT NULL,
        value      TEXT NOT NULL,
        version    INTEGER NOT NULL,
        expires_ms INTEGER,
        PRIMARY KEY (account, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_by_expiry ON entries (expires_ms) WHERE expires_ms IS NOT NULL;
    INSERT INTO entries SELECT 0, key, value, version, expires_ms FROM entries_of_one;
    DROP TABLE entries_of_one;

    CREATE TABLE configurations (
        configuration INTEGER PRIMARY KEY,
        json          TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE connections (
        connection    INTEGER PRIMARY KEY,
        name          TEXT NOT NULL UNIQUE,
        account       TEXT NOT NULL,
        configuration INTEGER REFERENCES configurations,
        halted_ms     INTEGER,
        halted_why    TEXT,
        probe_ms      INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE events (
        number        INTEGER PRIMARY KEY AUTOINCREMENT,
        connection    INTEGER NOT NULL REFERENCES connections,
        configuration INTEGER NOT NULL REFERENCES configurations,
        id            TEXT NOT NULL,
        fingerprint   TEXT NOT NULL,
        subject       TEXT NOT NULL,
        trigger       TEXT NOT NULL,
        event         TEXT,
        bulk          INTEGER NOT NULL,
        received_ms   INTEGER NOT NULL,
        status        TEXT NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'failed', 'discarded')),
        due_ms        INTEGER NOT NULL,
        holds_place   INTEGER NOT NULL,
        lease         INTEGER,
        attempts      INTEGER NOT NULL,
        outcome       TEXT,
        changed_ms    INTEGER NOT NULL,
        UNIQUE (connection, id, fingerprint)
    ) STRICT;
    CREATE INDEX events_waiting ON events (bulk, connection, number) WHERE status = 'waiting';
    CREATE INDEX events_by_due ON events (due_ms) WHERE status IN ('waiting', 'running');
    CREATE INDEX events_of_subject ON events (connection, subject, number) WHERE status IN ('waiting', 'running');
    CREATE INDEX events_by_status ON events (status, number);
    CREATE INDEX events_by_change ON events (changed_ms);
    CREATE INDEX events_by_standing ON events (connection, status, received_ms);
    ",
    // 3: how far people were told of what failed.
    "
    CREATE TABLE alerts (
        connection INTEGER PRIMARY KEY REFERENCES connections,
        told       INTEGER NOT NULL,
        due_ms     INTEGER NOT NULL DEFAULT 0,
        tries      INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX events_to_tell ON events (connection, number) WHERE trigger = 'event.failed';
    ",
    // 4: an encrypted ledger. What is in plain text is encrypted when the file is opened; SQL alone cannot do that.
    "
    ALTER TABLE entries RENAME TO plain_entries;
    DROP INDEX entries_by_expiry;
    CREATE TABLE entries (
        account    INTEGER NOT NULL,
        key        BLOB NOT NULL,
        value      BLOB NOT NULL,
        version    INTEGER NOT NULL,
        expires_ms INTEGER,
        PRIMARY KEY (account, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_by_expiry ON entries (expires_ms) WHERE expires_ms IS NOT NULL;
    CREATE TABLE encryption (
        only      INTEGER PRIMARY KEY CHECK (only = 1),
        key_check BLOB NOT NULL,
        wiped     INTEGER NOT NULL
    ) STRICT;
    ",
    // 5: who works on what, so that nothing waits for a process that is gone; events that cannot be read.
    "
    CREATE TABLE owners (
        owner    INTEGER PRIMARY KEY,
        process  INTEGER NOT NULL,
        since_ms INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE clock ADD COLUMN probe BLOB;
    ALTER TABLE entries ADD COLUMN owner INTEGER;
    ALTER TABLE alerts ADD COLUMN owner INTEGER;
    CREATE INDEX entries_by_owner ON entries (owner) WHERE owner IS NOT NULL;

    CREATE TABLE events_with_owners (
        number        INTEGER PRIMARY KEY AUTOINCREMENT,
        connection    INTEGER NOT NULL REFERENCES connections,
        configuration INTEGER NOT NULL REFERENCES configurations,
        id            TEXT NOT NULL,
        fingerprint   TEXT NOT NULL,
        subject       TEXT NOT NULL,
        trigger       TEXT NOT NULL,
        bulk          INTEGER NOT NULL,
        received_ms   INTEGER NOT NULL,
        status        TEXT NOT NULL CHECK (
            status IN ('waiting', 'running', 'done', 'failed', 'unreadable', 'discarded')
        ),
        due_ms        INTEGER NOT NULL,
        holds_place   INTEGER NOT NULL,
        lease         INTEGER,
        owner         INTEGER,
        lost_runs     INTEGER NOT NULL DEFAULT 0,
        attempts      INTEGER NOT NULL,
        changed_ms    INTEGER NOT NULL,
        outcome       TEXT,
        event         TEXT,
        UNIQUE (connection, id, fingerprint)
    ) STRICT;
    INSERT INTO events_with_owners
        SELECT number, connection, configuration, id, fingerprint, subject, trigger, bulk, received_ms, status, due_ms,
            holds_place, lease, NULL, 0, attempts, changed_ms, outcome, event FROM events;
    DROP TABLE events;
    ALTER TABLE events_with_owners RENAME TO events;
    CREATE INDEX events_waiting ON events (bulk, connection, number) WHERE status = 'waiting';
    CREATE INDEX events_by_due ON events (due_ms, status) WHERE status IN ('waiting', 'running');
    CREATE INDEX events_of_subject ON events (connection, subject, number) WHERE status IN ('waiting', 'running');
    CREATE INDEX events_by_status ON events (status, number);
    CREATE INDEX events_by_change ON events (changed_ms);
    CREATE INDEX events_by_standing ON events (connection, status, bulk, received_ms);
    CREATE INDEX events_by_owner ON events (owner) WHERE owner IS NOT NULL;
    CREATE INDEX events_to_tell ON events (connection, number) WHERE trigger = 'event.failed';
    ",
    // 6: what events of an import share with each other, until they are carried out.
    "
    CREATE TABLE order_keys (
        connection INTEGER NOT NULL REFERENCES connections,
        key        TEXT NOT NULL,
        number     INTEGER NOT NULL REFERENCES events,
        PRIMARY KEY (connection, key, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX order_keys_of_event ON order_keys (number);
    CREATE TRIGGER order_keys_end AFTER UPDATE OF status ON events
    WHEN NEW.status IN ('done', 'unreadable', 'discarded') BEGIN
        DELETE FROM order_keys WHERE number = NEW.number;
    END;
    ",
];

/// Makes the tables that the file lacks. Returns the schema that it has then.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found >= SCHEMA {
        return Ok(found);
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    // Tells a file from others of its kind, so that a copy is not read with the log of another one.
    transaction.execute_batch(&format!("PRAGMA application_id = {}", fastrand::i32(1..)))?;
    transaction.commit()?;
    Ok(SCHEMA)
}
