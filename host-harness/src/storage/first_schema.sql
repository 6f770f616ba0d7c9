-- The state file of the first release with schema 1, as `sqlite3 state.sqlite .dump` shows it: one account, a visit that
-- was booked, its contact, and the claim of a process that died. The tables are those of that release, word for word;
-- the rows have its form.
PRAGMA foreign_keys=OFF;
PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE clock (
        only             INTEGER PRIMARY KEY CHECK (only = 1),
        boot_id          TEXT NOT NULL,
        anchor_uptime_ms INTEGER NOT NULL,
        anchor_ms        INTEGER NOT NULL,
        horizon_ms       INTEGER NOT NULL
    ) STRICT;
INSERT INTO clock VALUES(1,'59c20a64-18be-483a-a8bc-135cdd59eaea',3977107,1795476547281,1795476552346);
CREATE TABLE counter (
        only    INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL
    ) STRICT;
INSERT INTO counter VALUES(1,8);
CREATE TABLE entries (
        key        TEXT PRIMARY KEY,
        value      TEXT NOT NULL,
        version    INTEGER NOT NULL,
        expires_ms INTEGER
    ) STRICT, WITHOUT ROWID;
INSERT INTO entries VALUES('claim/subject/f08ef02657532e3999ed81458e396c16','1',8,1795476552000);
INSERT INTO entries VALUES('contact/6fde61d1b517720bc1f6049286f1a4f6','{"id":"dSFX243sBI1Y08H3owQf","fingerprint":"654fb64abb1d5188bec43bd2984db332"}',5,NULL);
INSERT INTO entries VALUES('subject/f08ef02657532e3999ed81458e396c16','{"subject":"L1","events":[{"id":"L1","fingerprint":"dc3531c2a8f84eb1110e26cff049c5ea","occurred_ms":1795476542561,"applied":[{"name":"contact","action":"contact.upsert","id":"dSFX243sBI1Y08H3owQf","outcome":"done"},{"name":"appointment","action":"appointment.create","id":"y8FL6IdyNJP6VYwZOJrG","outcome":"done"}],"requests":2,"warnings":[],"done":true}],"booking":{"appointment_id":"y8FL6IdyNJP6VYwZOJrG","contact_id":"dSFX243sBI1Y08H3owQf","calendar_id":"RoofInspections00cal","marker":"KC-KFQXD5R4","written":{"calendarId":"RoofInspections00cal","description":"Ref KC-KFQXD5R4","startTime":"2026-12-01T09:00:00-06:00"},"written_ms":1795476542679,"cancelled":false},"changed_ms":1795476542561,"ordinal":1,"doubted":false}',7,NULL);
CREATE INDEX entries_by_expiry ON entries (expires_ms) WHERE expires_ms IS NOT NULL;
COMMIT;
