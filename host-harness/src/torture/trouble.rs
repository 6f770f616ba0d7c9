//! Kills processes, and lets them stand still, while they work.

use super::error::TortureError;
use super::feeder::Counts;
use super::hosts::Hosts;
use crate::inbox::Inbox;
use crate::storage::whole_ms;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long it takes at most to start a process again.
const LONGEST_ABSENCE: Duration = Duration::from_secs(1);

/// How long others may wait for what a killed process had.
pub(super) const LONGEST_RELEASE: Duration = Duration::from_secs(5);

/// How often to look whether it is time.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is to be done to the processes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    pub(super) kills: u32,
    pub(super) stops: u32,
    /// How long a process stands still, at least and at most.
    pub(super) still: (Duration, Duration),
    /// How many events will be acknowledged in all.
    pub(super) events: u64,
}

/// What was done to them.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) kills: AtomicU64,
    pub(super) stops: AtomicU64,
    /// Processes that stand still now.
    standing: AtomicU64,
    pub(super) longest_release_ms: AtomicU64,
}

/// Measures how long it takes until nothing waits for a process that is killed just now.
async fn watch_release(inbox: Inbox, killed: Option<u32>, done: Arc<Done>) {
    let Some(killed) = killed else { return };
    let began = Instant::now();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if done.standing.load(Ordering::SeqCst) > 0 || began.elapsed() > LONGEST_RELEASE * 4 {
            break;
        }
        let file = inbox.file().clone();
        let listed = tokio::task::spawn_blocking(move || file.lists(killed)).await;
        if matches!(listed, Ok(Ok(false))) {
            break;
        }
    }
    if done.standing.load(Ordering::SeqCst) == 0 {
        done.longest_release_ms
            .fetch_max(whole_ms(began.elapsed()), Ordering::Relaxed);
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Kill,
    Stop,
}

impl Trouble {
    /// Does it, spread over the time in which events come in.
    pub(super) async fn make(
        self,
        hosts: Arc<Hosts>,
        inbox: Inbox,
        counts: Arc<Counts>,
        done: Arc<Done>,
        mut random: fastrand::Rng,
    ) -> Result<(), TortureError> {
        let mut acts = vec![Act::Kill; usize::try_from(self.kills).unwrap_or_default()];
        acts.resize(acts.len() + usize::try_from(self.stops).unwrap_or_default(), Act::Stop);
        random.shuffle(&mut acts);
        let count = u64::try_from(acts.len()).unwrap_or(u64::MAX);
        let mut under_way = JoinSet::new();
        for (turn, act) in (1_u64..).zip(acts) {
            let due = self.events.saturating_mul(turn) / (count + 1);
            while counts.acknowledged.load(Ordering::Relaxed) < due {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            let number = loop {
                match hosts.pick(&mut random) {
                    Some(number) => break number,
                    None => tokio::time::sleep(LOOK_EVERY).await,
                }
            };
            // Not always at the very moment at which something was acknowledged.
            tokio::time::sleep(Duration::from_millis(random.u64(..200))).await;
            match act {
                Act::Kill => {
                    done.kills.fetch_add(1, Ordering::Relaxed);
                    // Every second one is back at once.
                    let pause = LONGEST_ABSENCE.mul_f64(random.f64()) * u32::from(random.bool());
                    let (hosts, inbox, done) = (hosts.clone(), inbox.clone(), done.clone());
                    under_way.spawn(async move {
                        let killed = hosts.process(number);
                        let (ended, ()) = tokio::join!(hosts.kill(number, pause), watch_release(inbox, killed, done));
                        ended
                    });
                }
                Act::Stop => {
                    done.stops.fetch_add(1, Ordering::Relaxed);
                    let (shortest, longest) = self.still;
                    let pause = shortest + longest.saturating_sub(shortest).mul_f64(random.f64());
                    let (hosts, done) = (hosts.clone(), done.clone());
                    under_way.spawn(async move {
                        done.standing.fetch_add(1, Ordering::SeqCst);
                        let ended = hosts.stop(number, pause).await;
                        done.standing.fetch_sub(1, Ordering::SeqCst);
                        ended
                    });
                }
            }
            while let Some(act) = under_way.try_join_next() {
                act??;
            }
        }
        while let Some(act) = under_way.join_next().await {
            act??;
        }
        Ok(())
    }
}
