//! Looking at what is there.

use super::Inbox;
use super::connection::ConnectionId;
use super::event::{Ending, Status, event_in};
use super::unreadable::all_numbers;
use crate::contract::Event;
use crate::storage::{StorageError, rfc3339, signed, unsigned};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{OptionalExtension, Row, params_from_iter};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Which events are looked for. Everything that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these; empty: any.
    pub status: Vec<Status>,
    /// Of this connection.
    pub connection: Option<String>,
    /// About this.
    pub subject: Option<String>,
    /// With this id.
    pub id: Option<String>,
    /// Of this trigger.
    pub trigger: Option<String>,
    /// With this text somewhere in the event or its outcome: a phone number, an appointment's id, a trace id.
    pub text: Option<String>,
    /// Changed at or after this instant of the file's clock.
    pub changed_since_ms: Option<u64>,
    /// Older than the event of this number.
    pub before: Option<u64>,
}

/// An event in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its number in this inbox.
    pub number: u64,
    /// Its connection.
    pub connection: String,
    /// Its id.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// What happened.
    pub trigger: String,
    /// Whether nobody waits for it.
    pub bulk: bool,
    /// Where it stands.
    pub status: Status,
    /// When it came in, by the file's clock.
    #[serde(rename = "received_at", serialize_with = "time")]
    pub received_ms: u64,
    /// When it is run next, or its lease ends. Nothing once it is finished.
    #[serde(
        rename = "due_at",
        serialize_with = "perhaps_time",
        skip_serializing_if = "Option::is_none"
    )]
    pub due_ms: Option<u64>,
    /// When it changed last.
    #[serde(rename = "changed_at", serialize_with = "time")]
    pub changed_ms: u64,
    /// How often it was run.
    pub attempts: u32,
    /// How the last run ended. Nothing also when that has been forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// What of this row cannot be read, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

fn time<S: Serializer>(ms: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*ms))
}

fn perhaps_time<S: Serializer>(ms: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    ms.map(rfc3339).serialize(serializer)
}

/// An event with all that is kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// As in a list.
    pub listed: Listed,
    /// What came in; nothing when it has been forgotten, or cannot be read.
    pub event: Option<Event>,
    /// What is kept of it as text, where it cannot be read as an event.
    pub unreadable_text: Option<String>,
    /// The configuration that it runs under, JSON.
    pub configuration_json: String,
}

/// How many events of a connection stand where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events by status.
    pub events: BTreeMap<Status, u64>,
    /// When the oldest one came in that waits or runs, by the file's clock.
    pub oldest_ms: Option<u64>,
}

/// How many things the events of one trigger are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub subjects: u64,
    /// Those of which an event was carried out, and not superseded by a newer change.
    pub carried_out: u64,
    /// Those of which an event was planned, in shadow mode, and none was carried out.
    pub planned: u64,
}

/// How many events of a connection are not finished, counted up to some.
pub(super) const BACKLOG: &str = "SELECT count(*) FROM (
         SELECT 1 FROM events WHERE connection = ?1 AND status IN ('waiting', 'running') LIMIT ?2
     )";

const COLUMNS: &str =
    "number, name, id, subject, trigger, bulk, status, received_ms, due_ms, changed_ms, attempts, outcome";

impl Inbox {
    /// The newest events that a filter lets through, newest first, at most `most`. One that cannot be read is in the list
    /// as far as it can.
    pub fn list(&self, filter: &Filter, most: usize) -> Result<Vec<Listed>, StorageError> {
        let (condition, mut values) = condition(filter);
        let select = format!("SELECT {COLUMNS} FROM events JOIN connections USING (connection) WHERE {condition}");
        values.push(Value::Integer(i64::try_from(most).unwrap_or(i64::MAX)));
        let found = self.file.read(|transaction| {
            let mut all = transaction.prepare(&format!("{select} ORDER BY number DESC LIMIT ?"))?;
            let rows = all.query_map(params_from_iter(&values), listed)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        match found {
            Ok((found, _)) => Ok(found),
            Err(StorageError::Damaged { .. }) => {
                values.pop();
                self.list_one_by_one(&format!("{select} AND number = ?"), values, most)
            }
            Err(error) => Err(error),
        }
    }

    /// Lists what can be read where the file is damaged, each event in a transaction of its own.
    fn list_one_by_one(&self, sql: &str, mut values: Vec<Value>, most: usize) -> Result<Vec<Listed>, StorageError> {
        let (numbers, _) = self.file.read(|transaction| all_numbers(transaction))?;
        let mut found = Vec::new();
        for number in numbers {
            if found.len() >= most {
                break;
            }
            values.push(Value::Integer(signed(number)));
            let row = self.file.read(|transaction| {
                let mut one = transaction.prepare_cached(sql)?;
                one.query_row(params_from_iter(&values), listed).optional()
            });
            match row {
                Ok((row, _)) => found.extend(row),
                // What the filter asks for is not known of it.
                Err(error @ StorageError::Damaged { .. }) => found.push(Listed::damaged(number, &error)),
                Err(error) => return Err(error),
            }
            values.pop();
        }
        Ok(found)
    }

    /// The events of these numbers, as far as they are there.
    pub fn of_numbers(&self, numbers: &[u64]) -> Result<BTreeMap<u64, Listed>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM events JOIN connections USING (connection) WHERE number = ?1");
        let found = self.file.read(|transaction| {
            let mut select = transaction.prepare_cached(&sql)?;
            let one = |number: &u64| select.query_row([signed(*number)], listed).optional();
            let rows = numbers.iter().map(one).collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(rows.into_iter().flatten().collect::<Vec<_>>())
        });
        let found = match found {
            Ok((found, _)) => found,
            Err(StorageError::Damaged { .. }) => {
                let one = |number: &u64| Ok(self.get(*number)?.map(|stored| stored.listed));
                let found = numbers.iter().map(one).collect::<Result<Vec<_>, StorageError>>()?;
                found.into_iter().flatten().collect()
            }
            Err(error) => return Err(error),
        };
        Ok(found.into_iter().map(|listed| (listed.number, listed)).collect())
    }

    /// One event.
    pub fn get(&self, number: u64) -> Result<Option<Stored>, StorageError> {
        let sql = format!(
            "SELECT {COLUMNS}, event, json FROM events JOIN connections USING (connection)
             JOIN configurations ON configurations.configuration = events.configuration WHERE number = ?1"
        );
        let row = self.file.read(|transaction| {
            let mut select = transaction.prepare_cached(&sql)?;
            select.query_row([signed(number)], stored).optional()
        });
        match row {
            Ok((stored, _)) => Ok(stored),
            Err(error @ StorageError::Damaged { .. }) => {
                let (numbers, _) = self.file.read(|transaction| all_numbers(transaction))?;
                Ok(numbers.contains(&number).then(|| Stored {
                    listed: Listed::damaged(number, &error),
                    event: None,
                    unreadable_text: None,
                    configuration_json: String::new(),
                }))
            }
            Err(error) => Err(error),
        }
    }

    /// How many events that are not finished stand where the file is damaged.
    pub fn damaged(&self) -> Result<usize, StorageError> {
        let whole = self.file.read(|transaction| {
            let sql = "SELECT sum(length(event) + length(outcome) + holds_place) FROM events
                       WHERE status IN ('waiting', 'running')";
            transaction.query_row(sql, [], |_| Ok(()))
        });
        match whole {
            Ok(_) => {}
            Err(StorageError::Damaged { .. }) => _ = self.find_damage()?,
            Err(error) => return Err(error),
        }
        Ok(self.damaged.by_number().len())
    }

    /// How many events of each connection stand where, by the connection's name, and the file's time.
    pub fn totals(&self) -> Result<(BTreeMap<String, Totals>, u64), StorageError> {
        self.file.read(|transaction| {
            let mut totals: BTreeMap<String, Totals> = BTreeMap::new();
            let mut names = transaction.prepare_cached("SELECT name FROM connections")?;
            for name in names.query_map([], |row| row.get(0))? {
                totals.insert(name?, Totals::default());
            }
            let mut select = transaction.prepare_cached(
                "SELECT name, status, count(*), min(received_ms)
                 FROM events INDEXED BY events_by_standing JOIN connections USING (connection)
                 GROUP BY connection, status",
            )?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let status: Status = row.get(1).unwrap_or(Status::Unreadable);
                let of = totals.entry(row.get(0)?).or_default();
                of.events.insert(status, unsigned(row.get(2)?));
                if !status.is_final() {
                    let oldest_ms = unsigned(row.get(3)?);
                    of.oldest_ms = Some(of.oldest_ms.map_or(oldest_ms, |other| other.min(oldest_ms)));
                }
            }
            Ok(totals)
        })
    }

    /// How many things the events of a trigger are about, by the connection's name.
    ///
    /// What a receipt says is looked at while it is kept; an event that was done so long ago that its receipt is forgotten
    /// counts as carried out.
    pub fn tally(&self, trigger: &str) -> Result<BTreeMap<String, Tally>, StorageError> {
        let (tallies, _) = self.file.read(|transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT name, count(*), sum(carried_out), sum(planned AND NOT carried_out) FROM (
                     SELECT connection, max(status = 'done' AND json_extract(said, '$.planned') IS NULL AND NOT EXISTS (
                         SELECT 1 FROM json_each(said, '$.receipt.applied')
                         WHERE json_extract(value, '$.outcome') = 'superseded'
                     )) AS carried_out, max(json_extract(said, '$.planned') IS NOT NULL) AS planned
                     FROM (SELECT *, CASE WHEN json_valid(outcome) THEN outcome END AS said FROM events) WHERE trigger = ?1 GROUP BY connection, subject
                 ) JOIN connections USING (connection) GROUP BY connection",
            )?;
            let rows = select.query_map([trigger], |row| {
                let tally = Tally {
                    subjects: unsigned(row.get(1)?),
                    carried_out: unsigned(row.get(2)?),
                    planned: unsigned(row.get(3)?),
                };
                Ok((row.get(0)?, tally))
            })?;
            rows.collect::<rusqlite::Result<BTreeMap<_, _>>>()
        })?;
        Ok(tallies)
    }

    /// How many events of a connection are not finished, counted up to `most`. One that somebody runs is not.
    pub fn backlog(&self, connection: ConnectionId, most: usize) -> Result<usize, StorageError> {
        let (count, _) = self.file.read(|transaction| {
            transaction
                .prepare_cached(BACKLOG)?
                .query_row((connection.0, i64::try_from(most).unwrap_or(i64::MAX)), |row| {
                    row.get::<_, i64>(0)
                })
        })?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

/// A row as [`COLUMNS`] has it. What cannot be read of it is left out, and said.
fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let text = |column: usize| -> rusqlite::Result<String> {
        let value = row.get_ref(column)?;
        Ok(String::from_utf8_lossy(value.as_bytes()?).into_owned())
    };
    let status: rusqlite::Result<Status> = row.get(6);
    let ending: rusqlite::Result<Option<Ending>> = row.get(11);
    let damage = status.as_ref().err().or(ending.as_ref().err()).map(ToString::to_string);
    let status = status.unwrap_or(Status::Unreadable);
    Ok(Listed {
        number: unsigned(row.get(0)?),
        connection: text(1)?,
        id: text(2)?,
        subject: text(3)?,
        trigger: text(4)?,
        bulk: row.get(5)?,
        status,
        received_ms: unsigned(row.get(7)?),
        due_ms: (!status.is_final()).then_some(unsigned(row.get(8)?)),
        changed_ms: unsigned(row.get(9)?),
        attempts: row.get(10)?,
        ending: ending.ok().flatten(),
        damage,
    })
}

/// The same, with what came in and the configuration.
fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let mut listed = listed(row)?;
    let is_kept = !matches!(row.get_ref(12)?, ValueRef::Null);
    let event = is_kept.then(|| event_in(row, 12)).transpose();
    let mut unreadable_text = None;
    if let Err(error) = &event {
        listed.damage = Some(error.to_string());
        unreadable_text = Some(String::from_utf8_lossy(row.get_ref(12)?.as_bytes()?).into_owned());
    }
    Ok(Stored {
        listed,
        event: event.ok().flatten(),
        unreadable_text,
        configuration_json: row.get(13)?,
    })
}

impl Listed {
    /// An event of which nothing but its number can be read.
    fn damaged(number: u64, why: &StorageError) -> Self {
        Self {
            number,
            connection: "?".to_owned(),
            id: "?".to_owned(),
            subject: "?".to_owned(),
            trigger: "?".to_owned(),
            bulk: false,
            status: Status::Unreadable,
            received_ms: 0,
            due_ms: None,
            changed_ms: 0,
            attempts: 0,
            ending: None,
            damage: Some(why.to_string()),
        }
    }
}

/// The filter as SQL with its values.
fn condition(filter: &Filter) -> (String, Vec<Value>) {
    let mut condition = "1".to_owned();
    let mut values = Vec::new();
    if !filter.status.is_empty() {
        let places = vec!["?"; filter.status.len()].join(", ");
        condition.push_str(&format!(" AND status IN ({places})"));
        values.extend(filter.status.iter().map(|status| Value::Text(status.name().to_owned())));
    }
    let equal = [
        ("name", &filter.connection),
        ("subject", &filter.subject),
        ("id", &filter.id),
        ("trigger", &filter.trigger),
    ];
    for (column, wanted) in equal {
        if let Some(wanted) = wanted {
            condition.push_str(&format!(" AND {column} = ?"));
            values.push(Value::Text(wanted.clone()));
        }
    }
    if let Some(text) = &filter.text {
        condition.push_str(" AND (instr(event, ?) > 0 OR instr(outcome, ?) > 0)");
        values.extend([Value::Text(text.clone()), Value::Text(text.clone())]);
    }
    if let Some(since_ms) = filter.changed_since_ms {
        condition.push_str(" AND changed_ms >= ?");
        values.push(Value::Integer(signed(since_ms)));
    }
    if let Some(before) = filter.before {
        condition.push_str(" AND number < ?");
        values.push(Value::Integer(signed(before)));
    }
    (condition, values)
}
