//! How a file comes to its cipher, and how an older file is encrypted.

use super::cipher::Cipher;
use super::error::StorageError;
use super::key_file;
use super::open::patiently;
use super::wipe::truncate_log;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The cipher of a file whose tables are those of this version. What an earlier version has left in it in plain text is
/// encrypted first, and wiped from pages that are free.
///
/// A file that has no key yet gets the one beside it, or a new one. One that has a key and has lost it is refused: under
/// a new key all that was done would be unknown, and be done again.
pub(super) fn open(connection: &Connection, path: &Path) -> Result<Arc<Cipher>, StorageError> {
    let failed = |error: rusqlite::Error| StorageError::file(path, error);
    let begin = || Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
    // Under the lock of the transaction nobody else makes a key.
    let transaction = patiently(begin).map_err(failed)?;
    let cipher = match check_of(&transaction).map_err(failed)? {
        Some(check) => key_file::find(path, &check)?.ok_or_else(|| StorageError::lost_key(path))?,
        None => {
            let cipher = Cipher::new(&key_file::read_or_create(path)?);
            let is_new = is_new(&transaction).map_err(failed)?;
            transaction
                .execute(
                    "INSERT INTO encryption VALUES (1, ?1, ?2)",
                    params![cipher.check(), is_new],
                )
                .map_err(failed)?;
            cipher
        }
    };
    encrypt_plain_entries(&transaction, &cipher).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    patiently(|| wipe(connection)).map_err(failed)?;
    Ok(Arc::new(cipher))
}

/// Puts the key that a database needs from beside `from` beside `to`: with a copy that is made, or put back. A database
/// that is not encrypted needs none.
///
/// # Errors
/// [`StorageError::LostKey`] where the key is at neither place.
pub(super) fn carry_key(database: &Connection, from: &Path, to: &Path) -> Result<(), StorageError> {
    let check = check_of(database).map_err(|error| StorageError::file(from, error))?;
    match check {
        Some(check) if !key_file::carry(&check, from, to)? => Err(StorageError::lost_key(from)),
        _ => Ok(()),
    }
}

/// Lets a file that is kept under another name keep its key.
pub(super) fn keep_key(path: &Path, kept: &Path) -> io::Result<()> {
    let key_file = key_file::path_of(path);
    match key_file.exists() {
        true => fs::copy(key_file, key_file::path_of(kept)).map(|_| ()),
        false => Ok(()),
    }
}

/// The check of the key that a database is encrypted under; nothing when it is not, or is of an earlier version.
fn check_of(database: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
    if !has_table(database, "encryption")? {
        return Ok(None);
    }
    database
        .query_row("SELECT key_check FROM encryption", [], |row| row.get(0))
        .optional()
}

fn has_table(database: &Connection, name: &str) -> rusqlite::Result<bool> {
    database
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?
        .exists([name])
}

/// Whether nothing was ever written to it: neither an account nor an event is ever deleted.
fn is_new(database: &Connection) -> rusqlite::Result<bool> {
    database.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM plain_entries) AND NOT EXISTS (SELECT 1 FROM accounts)
             AND NOT EXISTS (SELECT 1 FROM events)",
        [],
        |row| row.get(0),
    )
}

/// Encrypts the entries of an earlier version.
fn encrypt_plain_entries(database: &Connection, cipher: &Cipher) -> rusqlite::Result<()> {
    if !has_table(database, "plain_entries")? {
        return Ok(());
    }
    let mut insert = database
        .prepare("INSERT INTO entries (account, key, value, version, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut select = database.prepare("SELECT account, key, value, version, expires_ms FROM plain_entries")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(1)?, row.get(2)?);
        let name = cipher.name(&key);
        let encrypted = cipher
            .encrypt(&name, &value)
            .map_err(|_| rusqlite::Error::ToSqlConversionFailure("the system has no random numbers".into()))?;
        insert.execute(params![
            row.get::<_, i64>(0)?,
            name.as_slice(),
            encrypted,
            row.get::<_, i64>(3)?,
            row.get::<_, Option<i64>>(4)?,
        ])?;
    }
    drop(rows);
    database.execute_batch("DROP TABLE plain_entries")
}

/// Wipes, once, what earlier versions have left in free pages and in the write-ahead log.
fn wipe(connection: &Connection) -> rusqlite::Result<()> {
    let wiped: bool = connection.query_row("SELECT wiped FROM encryption", [], |row| row.get(0))?;
    if wiped {
        return Ok(());
    }
    connection.execute_batch("VACUUM")?;
    // While others read what was there before, it stays in the log; the next one who opens the file wipes it then.
    if truncate_log(connection)? {
        connection.execute("UPDATE encryption SET wiped = 1", [])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
