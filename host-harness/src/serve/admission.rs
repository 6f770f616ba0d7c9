//! How much is taken in at the same time.

use crate::inbox::ConnectionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// What comes in is counted in units of so many bytes.
const UNIT: u64 = 64 * 1024;

/// How much is taken in at the same time, and how much may wait.
#[derive(Clone, Debug)]
pub struct IntakeOptions {
    /// Bytes that each request may bring without taking room: as many as the place of its caller is worth. So large
    /// bodies, whoever sends them and however slowly, take no room from bookings.
    pub allowance: u64,
    /// Bytes beyond that which may be coming in at the same time, for all connections together.
    pub bytes: u64,
    /// Those of them of one connection. The rest is for the others.
    pub bytes_per_connection: u64,
    /// Requests that have come whole and whose events are being taken in at the same time, for all connections together.
    pub requests: usize,
    /// Those of them of one connection.
    pub requests_per_connection: usize,
    /// Events that the component looks at side by side, for all connections together.
    pub side_by_side: usize,
    /// How long that may take.
    pub time: Duration,
    /// Events of one connection that may wait to be run.
    pub backlog: usize,
}

impl Default for IntakeOptions {
    fn default() -> Self {
        Self {
            allowance: 16 * 1024,
            bytes: 32 * 1024 * 1024,
            bytes_per_connection: 8 * 1024 * 1024,
            requests: 512,
            requests_per_connection: 128,
            side_by_side: std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2)),
            time: Duration::from_secs(10),
            backlog: 100_000,
        }
    }
}

/// Lets in what there is room for, and turns the rest away at once. No connection can take the room of all.
pub(super) struct Admission {
    room: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    lanes: Arc<Semaphore>,
    gates: Mutex<HashMap<ConnectionId, Arc<Gate>>>,
    options: IntakeOptions,
}

/// What belongs to one connection.
pub(super) struct Gate {
    room: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    lanes: Arc<Semaphore>,
    /// When the backlog was last looked at, and how long it is at most: nothing is subtracted for what was run since.
    backlog: Mutex<Option<(Instant, usize)>>,
}

/// Room for what comes in, until it is dropped.
pub(super) struct Room {
    of_connection: OwnedSemaphorePermit,
    of_all: OwnedSemaphorePermit,
}

/// The events of one request may be taken in, until it is dropped.
pub(super) struct Turn {
    _of_connection: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// The component may look at one event, until it is dropped.
pub(super) struct Lane {
    _of_connection: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// How long what is known of a backlog counts.
const BACKLOG_LOOK: Duration = Duration::from_secs(1);

impl Admission {
    pub(super) fn new(options: IntakeOptions) -> Self {
        Self {
            room: semaphore(units(options.bytes)),
            requests: semaphore(options.requests),
            lanes: semaphore(options.side_by_side),
            gates: Mutex::default(),
            options,
        }
    }

    pub(super) fn options(&self) -> &IntakeOptions {
        &self.options
    }

    pub(super) fn gate(&self, connection: ConnectionId) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(connection).or_insert_with(|| {
            Arc::new(Gate {
                room: semaphore(units(self.options.bytes_per_connection)),
                requests: semaphore(self.options.requests_per_connection),
                lanes: semaphore(self.options.side_by_side / 2),
                backlog: Mutex::default(),
            })
        });
        gate.clone()
    }

    /// Room for a request that may bring so many bytes, if there is any.
    pub(super) fn room(&self, gate: &Gate, bytes: u64) -> Result<Room, TryAcquireError> {
        let mut room = Room {
            of_connection: gate.room.clone().try_acquire_many_owned(0)?,
            of_all: self.room.clone().try_acquire_many_owned(0)?,
        };
        self.grow(gate, &mut room, bytes)?;
        Ok(room)
    }

    /// Makes it room for so many bytes altogether, if there is any.
    pub(super) fn grow(&self, gate: &Gate, room: &mut Room, bytes: u64) -> Result<(), TryAcquireError> {
        let beyond = bytes.saturating_sub(self.options.allowance);
        let more = units(beyond).saturating_sub(room.of_all.num_permits());
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let of_connection = gate.room.clone().try_acquire_many_owned(more)?;
        let of_all = self.room.clone().try_acquire_many_owned(more)?;
        room.of_connection.merge(of_connection);
        room.of_all.merge(of_all);
        Ok(())
    }

    /// A turn for the events of one more request, if there is any.
    pub(super) fn turn(&self, gate: &Gate) -> Result<Turn, TryAcquireError> {
        Ok(Turn {
            _of_connection: gate.requests.clone().try_acquire_owned()?,
            _of_all: self.requests.clone().try_acquire_owned()?,
        })
    }

    /// Waits until the component may look at one more event. Nothing: never.
    pub(super) async fn lane(&self, gate: &Gate) -> Option<Lane> {
        Some(Lane {
            _of_connection: gate.lanes.clone().acquire_owned().await.ok()?,
            _of_all: self.lanes.clone().acquire_owned().await.ok()?,
        })
    }
}

impl Gate {
    /// How many events wait at most, where that is known.
    pub(super) fn backlog(&self) -> Option<usize> {
        let known = *self.known_backlog();
        known
            .filter(|(at, _)| at.elapsed() < BACKLOG_LOOK)
            .map(|(_, waiting)| waiting)
    }

    /// So many events wait.
    pub(super) fn note_backlog(&self, waiting: usize) {
        *self.known_backlog() = Some((Instant::now(), waiting));
    }

    /// So many more wait.
    pub(super) fn add_to_backlog(&self, events: usize) {
        if let Some((_, waiting)) = &mut *self.known_backlog() {
            *waiting = waiting.saturating_add(events);
        }
    }

    fn known_backlog(&self) -> MutexGuard<'_, Option<(Instant, usize)>> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)))
}

fn units(bytes: u64) -> usize {
    usize::try_from(bytes.div_ceil(UNIT)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Inbox;
    use crate::storage::StateFile;

    fn two_connections() -> [ConnectionId; 2] {
        let directory = tempfile::tempdir().unwrap();
        let file = StateFile::open(&directory.path().join("state.sqlite")).unwrap();
        let inbox = Inbox::new(Arc::new(file));
        ["austin", "boston"].map(|name| inbox.register(name, "ghl/austin", "{}").unwrap().connection)
    }

    #[test]
    fn a_flood_of_one_connection_leaves_room_for_others() {
        let admission = Admission::new(IntakeOptions {
            allowance: 0,
            bytes: 4 * UNIT,
            bytes_per_connection: 3 * UNIT,
            ..IntakeOptions::default()
        });
        let [austin, boston] = two_connections().map(|connection| admission.gate(connection));
        let taken: Vec<_> = (0..3).map(|_| admission.room(&austin, 1).unwrap()).collect();
        assert!(admission.room(&austin, 1).is_err());
        let last = admission.room(&boston, UNIT).unwrap();
        assert!(
            admission.room(&boston, 1).is_err(),
            "together they have no more than there is"
        );
        drop(taken);
        assert!(admission.room(&austin, 2 * UNIT).is_ok());
        assert!(admission.room(&austin, 4 * UNIT).is_err());
        drop(last);
    }

    #[test]
    fn body_takes_room_as_it_comes_and_none_within_its_allowance() {
        let admission = Admission::new(IntakeOptions {
            allowance: 100,
            bytes_per_connection: 3 * UNIT,
            ..IntakeOptions::default()
        });
        let [austin, _] = two_connections().map(|connection| admission.gate(connection));
        let mut large = admission.room(&austin, 0).unwrap();
        for bytes in [1, 100, 101, UNIT, UNIT + 101, 2 * UNIT + 101] {
            admission.grow(&austin, &mut large, bytes).unwrap();
        }
        assert!(admission.grow(&austin, &mut large, 3 * UNIT + 101).is_err());
        let mut small = admission.room(&austin, 100).unwrap();
        assert!(admission.grow(&austin, &mut small, 101).is_err());
        drop(large);
        admission.grow(&austin, &mut small, 3 * UNIT + 100).unwrap();
    }

    #[test]
    fn requests_of_one_connection_leave_turns_for_others() {
        let admission = Admission::new(IntakeOptions {
            requests: 2,
            requests_per_connection: 1,
            ..IntakeOptions::default()
        });
        let [austin, boston] = two_connections().map(|connection| admission.gate(connection));
        let turn = admission.turn(&austin).unwrap();
        assert!(admission.turn(&austin).is_err());
        let _other = admission.turn(&boston).unwrap();
        drop(turn);
        assert!(admission.turn(&austin).is_ok());
    }

    #[tokio::test]
    async fn many_events_of_one_connection_leave_a_lane_for_others() {
        let admission = Admission::new(IntakeOptions {
            side_by_side: 2,
            ..IntakeOptions::default()
        });
        let [austin, boston] = two_connections().map(|connection| admission.gate(connection));
        let _one = admission.lane(&austin).await.unwrap();
        let another = tokio::time::timeout(Duration::from_millis(10), admission.lane(&austin));
        assert!(another.await.is_err());
        assert!(admission.lane(&boston).await.is_some());
    }
}
