//! What a call may use, and where that is watched.
//!
//! - Processor time: the epoch ticks every few milliseconds. At each tick a running component yields to the
//!   executor, so that it holds up nobody, and one tick is counted. The count begins anew whenever the host returns
//!   to it. It may count a tick that was not full, so the bound is a maximum. (wasmtime reports the tick itself as a
//!   call of the host, which must not count as one, or no loop would ever end.)
//! - Time: checked at every call of the host and every return from one. A timeout around the call alone would come
//!   late for a component that spins through cheap host calls; it is there as well, for one that waits in the host.
//! - Memory: asked for page by page.

use super::error::Trap;
use super::options::Limits;
use super::ticker::TICK;
use std::time::{Duration, Instant};
use wasmtime::{CallHook, ResourceLimiter, UpdateDeadline, bail};

/// The bounds of one call and what it has used of them.
pub(super) struct Bounds {
    cpu_ticks: u128,
    cpu_ticks_used: u128,
    ticking: bool,
    deadline: Instant,
    memory_bytes: usize,
    memory_used: usize,
    memory_refused: bool,
    stopped: Option<Trap>,
}

impl Bounds {
    pub(super) fn new(limits: &Limits, time: Duration) -> Self {
        Self {
            cpu_ticks: (limits.cpu.as_millis() / TICK.as_millis()).max(1),
            cpu_ticks_used: 0,
            ticking: false,
            deadline: Instant::now() + time,
            memory_bytes: limits.memory_bytes,
            memory_used: 0,
            memory_refused: false,
            stopped: None,
        }
    }

    /// The component calls the host, or the host the component, or one of them returns.
    pub(super) fn on_crossing(&mut self, hook: CallHook) -> wasmtime::Result<()> {
        match hook {
            CallHook::ReturningFromHost if std::mem::take(&mut self.ticking) => {}
            CallHook::ReturningFromHost => self.cpu_ticks_used = 0,
            CallHook::CallingHost => {}
            // The outermost call begins, or ends; or the host asks for memory to put an answer in.
            CallHook::CallingWasm | CallHook::ReturningFromWasm => return Ok(()),
        }
        if Instant::now() >= self.deadline {
            self.stopped = Some(Trap::WallTime);
            bail!("the call's time is used up");
        }
        Ok(())
    }

    /// The component has been running when the epoch ticked.
    pub(super) fn on_tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        self.ticking = true;
        self.cpu_ticks_used += 1;
        if self.cpu_ticks_used > self.cpu_ticks {
            self.stopped = Some(Trap::CpuTime);
            bail!("the call's processor time is used up");
        }
        if Instant::now() >= self.deadline {
            self.stopped = Some(Trap::WallTime);
            bail!("the call's time is used up");
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    }

    /// Why the call ended in `error`.
    pub(super) fn reason(&self, error: &wasmtime::Error) -> Trap {
        match &self.stopped {
            Some(trap) => trap.clone(),
            // A component that gets no memory does not say so, it panics.
            None if self.memory_refused => Trap::Memory,
            None => Trap::Other(format!("{error:#}")),
        }
    }
}

impl ResourceLimiter for Bounds {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // All memories of the component together.
        let used = self.memory_used.saturating_add(desired.saturating_sub(current));
        let allowed = used <= self.memory_bytes;
        if allowed {
            self.memory_used = used;
        }
        self.memory_refused |= !allowed;
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_refused = true;
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // How many tables there are, and how many elements they have, is bounded by the pool.
        Ok(true)
    }
}
