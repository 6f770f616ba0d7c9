//! Rows that remember what they were, so that a read can be answered as of an earlier instant.

use std::collections::HashMap;
use std::sync::Arc;

/// How far reads can look back, in milliseconds.
pub(super) const HISTORY_MS: i64 = 60 * 60 * 1000;

/// Rows in the order of their creation, each with the versions that reads can still look back to.
#[derive(Clone, Debug)]
pub(super) struct Table<T> {
    rows: Vec<Vec<Version<T>>>,
    by_id: HashMap<String, usize>,
    /// What has changed and was not taken yet, when somebody watches.
    changes: Option<Vec<Change<T>>>,
}

/// A row before and after a commit; nothing before it was created, and nothing after it was removed.
#[derive(Debug)]
pub(super) struct Change<T> {
    pub(super) before: Option<Arc<T>>,
    pub(super) after: Option<Arc<T>>,
}

impl<T> Clone for Change<T> {
    fn clone(&self) -> Self {
        Self {
            before: self.before.clone(),
            after: self.after.clone(),
        }
    }
}

#[derive(Debug)]
struct Version<T> {
    committed_ms: i64,
    /// Nothing when it was removed.
    row: Option<Arc<T>>,
}

impl<T> Clone for Version<T> {
    fn clone(&self) -> Self {
        Self {
            committed_ms: self.committed_ms,
            row: self.row.clone(),
        }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            by_id: HashMap::new(),
            changes: None,
        }
    }
}

impl<T> Table<T> {
    /// Commits a row, or the next version of one. Answers where it stands.
    pub(super) fn put(&mut self, id: &str, row: T, committed_ms: i64) -> usize {
        let row = Some(Arc::new(row));
        self.note(id, row.clone());
        let version = Version { committed_ms, row };
        let place = self.by_id.get(id).copied();
        match place.and_then(|place| Some((place, self.rows.get_mut(place)?))) {
            Some((place, versions)) => {
                versions.push(version);
                forget(versions, committed_ms.saturating_sub(HISTORY_MS));
                place
            }
            None => {
                let place = self.rows.len();
                self.rows.push(vec![version]);
                self.by_id.insert(id.to_owned(), place);
                place
            }
        }
    }

    /// Removes a row, which can still be read as it was before.
    pub(super) fn remove(&mut self, id: &str, committed_ms: i64) {
        self.note(id, None);
        let place = self.by_id.get(id).copied();
        if let Some(versions) = place.and_then(|place| self.rows.get_mut(place)) {
            let row = None;
            versions.push(Version { committed_ms, row });
            forget(versions, committed_ms.saturating_sub(HISTORY_MS));
        }
    }

    /// Begins to note what changes, or ends it.
    pub(super) fn watch(&mut self, watched: bool) {
        self.changes = watched.then(Vec::new);
    }

    /// Whether something has changed that was not taken yet.
    pub(super) fn has_changes(&self) -> bool {
        self.changes.as_ref().is_some_and(|changes| !changes.is_empty())
    }

    /// What has changed since it was taken last, in the order it was committed.
    pub(super) fn take_changes(&mut self) -> Vec<Change<T>> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn note(&mut self, id: &str, after: Option<Arc<T>>) {
        if self.changes.is_none() {
            return;
        }
        let before = self.get(id, None).cloned();
        if let Some(changes) = &mut self.changes {
            changes.push(Change { before, after });
        }
    }

    /// The row with this id, as it was at an instant, or as it is.
    pub(super) fn get(&self, id: &str, as_of_ms: Option<i64>) -> Option<&Arc<T>> {
        self.at(*self.by_id.get(id)?, as_of_ms)
    }

    /// The row at this place, as it was at an instant, or as it is.
    pub(super) fn at(&self, place: usize, as_of_ms: Option<i64>) -> Option<&Arc<T>> {
        as_of(self.rows.get(place)?, as_of_ms)
    }

    /// All rows, as they were at an instant, or as they are.
    pub(super) fn all(&self, as_of_ms: Option<i64>) -> impl Iterator<Item = &Arc<T>> {
        self.rows.iter().filter_map(move |versions| as_of(versions, as_of_ms))
    }
}

fn as_of<T>(versions: &[Version<T>], as_of_ms: Option<i64>) -> Option<&Arc<T>> {
    let mut newest_first = versions.iter().rev();
    let version = newest_first.find(|version| as_of_ms.is_none_or(|instant| version.committed_ms <= instant))?;
    version.row.as_ref()
}

/// Forgets the versions that were no longer the latest at an instant.
fn forget<T>(versions: &mut Vec<Version<T>>, instant_ms: i64) {
    let known_then = versions.partition_point(|version| version.committed_ms <= instant_ms);
    versions.drain(..known_then.saturating_sub(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_forgets_what_no_read_can_look_back_to() {
        let mut table = Table::default();
        for minute in 0..10_000_i64 {
            table.put("a", minute, minute * 60_000);
        }
        let now = 9_999 * 60_000;
        assert_eq!(table.rows[0].len(), 61);
        assert_eq!(table.get("a", Some(now - HISTORY_MS)).map(|row| **row), Some(9_939));
    }

    #[test]
    fn a_row_can_be_read_as_it_was() {
        let mut table = Table::default();
        table.put("a", "first", 10);
        table.put("b", "other", 15);
        table.put("a", "second", 20);
        let read = |id, as_of| table.get(id, as_of).map(|row| **row);
        assert_eq!(read("a", Some(9)), None);
        assert_eq!(read("a", Some(10)), Some("first"));
        assert_eq!(read("a", Some(19)), Some("first"));
        assert_eq!(read("a", Some(20)), Some("second"));
        assert_eq!(read("a", None), Some("second"));
        assert_eq!(read("b", Some(10)), None);
        assert_eq!(
            table.all(None).map(|row| **row).collect::<Vec<_>>(),
            ["second", "other"]
        );
        assert_eq!(table.all(Some(10)).map(|row| **row).collect::<Vec<_>>(), ["first"]);
    }

    #[test]
    fn a_row_that_is_removed_can_be_read_as_it_was_and_comes_back_in_its_place() {
        let mut table = Table::default();
        table.put("a", 1, 10);
        table.put("b", 2, 10);
        table.remove("a", 20);
        table.remove("nobody", 20);
        let all = |table: &Table<i32>, as_of| table.all(as_of).map(|row| **row).collect::<Vec<_>>();
        assert_eq!(table.get("a", None), None);
        assert_eq!(table.get("a", Some(19)).map(|row| **row), Some(1));
        assert_eq!(all(&table, None), [2]);
        assert_eq!(all(&table, Some(19)), [1, 2]);
        table.put("a", 3, 30);
        assert_eq!(all(&table, None), [3, 2]);
    }
    #[test]
    fn what_changes_is_noted_while_somebody_watches() {
        let mut table = Table::default();
        table.put("a", "first", 10);
        table.watch(true);
        table.put("a", "second", 20);
        table.remove("a", 30);
        table.put("b", "other", 30);
        assert!(table.has_changes());
        let shown = |row: &Option<Arc<&'static str>>| row.as_ref().map(|row| **row);
        let changes: Vec<_> = table
            .take_changes()
            .iter()
            .map(|change| (shown(&change.before), shown(&change.after)))
            .collect();
        assert_eq!(
            changes,
            [
                (Some("first"), Some("second")),
                (Some("second"), None),
                (None, Some("other"))
            ]
        );
        assert!(!table.has_changes());
        table.watch(false);
        table.put("c", "unseen", 40);
        assert!(table.take_changes().is_empty());
    }
}
