//! How busy a connection is, and whether it is worth beginning more.

use super::verdict::Standing;
use std::time::{Duration, Instant};

/// How long a connection in trouble is left alone at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What this process knows of one connection.
#[derive(Debug, Default)]
pub(super) struct Load {
    running: usize,
    /// Those of them that nobody waits for.
    running_bulk: usize,
    /// Runs in a row that met trouble.
    troubles: u32,
    paused_until: Option<Instant>,
}

impl Load {
    /// A run begins.
    pub(super) fn begin(&mut self, bulk: bool) {
        self.running += 1;
        self.running_bulk += usize::from(bulk);
    }

    /// A run has ended, and said this about the connection.
    pub(super) fn end(&mut self, bulk: bool, standing: &Standing, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.running_bulk = self.running_bulk.saturating_sub(usize::from(bulk));
        match standing {
            Standing::Welcome => {
                self.troubles = 0;
                self.paused_until = None;
            }
            // Those that began before the pause say nothing new.
            Standing::Troubled if self.paused_until.is_none_or(|until| until <= now) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << self.troubles.min(6)).min(LONGEST_PAUSE);
                self.troubles = self.troubles.saturating_add(1);
                // Many connections meet the same trouble at the same time, and should not come back together.
                self.paused_until = Some(now + pause.mul_f64(0.5 + fastrand::f64() / 2.0));
            }
            Standing::Troubled | Standing::Unknown | Standing::Refused(_) => {}
        }
    }

    /// How many more may be begun, of at most so many at a time. A connection in trouble gets one, to see whether it
    /// is over.
    pub(super) fn room(&self, most: usize, now: Instant) -> usize {
        if self.paused_until.is_some_and(|until| until > now) {
            return 0;
        }
        let most = if self.troubled() { 1 } else { most };
        most.saturating_sub(self.running)
    }

    /// How many of so many at a time may be such that nobody waits for. They wait long for their places within the
    /// provider's limit, and whoever comes meanwhile must not wait behind them for room to run.
    pub(super) fn room_for_bulk(&self, most: usize) -> usize {
        let kept_free = if most > 1 { most.div_ceil(4) } else { 0 };
        (most - kept_free).saturating_sub(self.running_bulk)
    }

    /// Whether it has been in trouble since it was last well.
    pub(super) fn troubled(&self) -> bool {
        self.troubles > 0
    }

    /// Whether something of it runs.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// When it is worth looking again.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_in_trouble_is_left_alone_longer_and_longer_and_tried_with_one() {
        let mut load = Load::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..10 {
            load.begin(false);
            load.end(false, &Standing::Troubled, now);
            assert_eq!(load.room(8, now), 0);
            let until = load.paused_until().unwrap();
            pauses.push(until - now);
            now = until;
            assert_eq!(load.room(8, now), 1);
        }
        assert!(pauses[0] <= FIRST_PAUSE && pauses[9] <= LONGEST_PAUSE);
        assert!(pauses[9] >= LONGEST_PAUSE / 2);
        load.begin(false);
        assert_eq!(load.room(8, now), 0, "one is enough to see");
        load.end(false, &Standing::Welcome, now);
        assert_eq!(load.room(8, now), 8);
    }

    #[test]
    fn bulk_leaves_room_to_run_for_those_who_wait() {
        let mut load = Load::default();
        assert_eq!(load.room_for_bulk(8), 6);
        (0..6).for_each(|_| load.begin(true));
        assert_eq!((load.room_for_bulk(8), load.room(8, Instant::now())), (0, 2));
        load.end(true, &Standing::Welcome, Instant::now());
        assert_eq!(load.room_for_bulk(8), 1);
        assert_eq!(Load::default().room_for_bulk(1), 1);
    }

    #[test]
    fn many_that_meet_the_same_trouble_count_once() {
        let mut load = Load::default();
        let now = Instant::now();
        (0..8).for_each(|_| load.begin(false));
        (0..8).for_each(|_| load.end(false, &Standing::Troubled, now));
        assert!(load.paused_until().unwrap() - now <= FIRST_PAUSE);
    }
}
