//! Connections that wait for their next request.
//!
//! `hyper-util`'s pooled client cannot stand here. It hides which connection a request is on, so no limit can be
//! handed to that connection's socket; it drives connections in tasks of its own, which write after the request's
//! task was told to stop; it cannot reset one; and it repeats a request on its own judgement of whether the first try
//! was seen.

use super::grants::Reach;
use super::link::Link;
use super::origin::Origin;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// Most idle connections towards one server.
const MOST_IDLE: usize = 32;

/// Connections are kept apart by what their address was checked against: one that a private grant allowed must not
/// serve somebody without it.
type Key = (Origin, Reach);

pub(super) struct Pool {
    idle_time: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: HashMap<Key, Vec<Link>>,
    sweeping: bool,
}

impl Pool {
    pub(super) fn new(idle_time: Duration) -> Arc<Self> {
        Arc::new(Self {
            idle_time,
            state: Mutex::default(),
        })
    }

    /// The connection that rested least, if one is still good.
    pub(super) async fn take(&self, origin: &Origin, reach: Reach) -> Option<Link> {
        let key = (origin.clone(), reach);
        loop {
            let mut link = self.state().idle.get_mut(&key)?.pop()?;
            if link.idle_for() < self.idle_time && link.is_usable().await {
                return Some(link);
            }
        }
    }

    /// Keeps a connection for the next request, if it can take one.
    pub(super) async fn put(self: &Arc<Self>, origin: &Origin, reach: Reach, mut link: Link) {
        if self.idle_time.is_zero() || !link.is_usable().await {
            return;
        }
        let mut state = self.state();
        let idle = state.idle.entry((origin.clone(), reach)).or_default();
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        idle.push(link);
        if !state.sweeping {
            state.sweeping = true;
            tokio::spawn(sweep(Arc::downgrade(self), self.idle_time));
        }
    }

    /// Closes what has rested too long. Whether anything is left.
    fn close_stale(&self) -> bool {
        let mut state = self.state();
        state.idle.retain(|_, links| {
            links.retain(|link| link.idle_for() < self.idle_time);
            !links.is_empty()
        });
        state.sweeping = !state.idle.is_empty();
        state.sweeping
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sweep(pool: Weak<Pool>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        match pool.upgrade() {
            Some(pool) if pool.close_stale() => {}
            _ => return,
        }
    }
}
