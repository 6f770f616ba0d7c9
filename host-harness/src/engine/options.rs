//! How large and how long.

use crate::egress::RequestBounds;
use std::path::PathBuf;
use std::time::Duration;

/// How an [`Engine`](super::Engine) is made.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Calls that run at the same time; more of them wait.
    pub max_instances: u32,
    /// Most memory of one instance, in bytes.
    pub memory_bytes: usize,
    /// Largest file of a component, in bytes.
    pub component_bytes: usize,
    /// Largest body of one function of a component, in bytes: what compiling one function takes grows faster than the
    /// function.
    pub function_bytes: usize,
    /// Most local variables of one function of a component.
    pub function_locals: u32,
    /// How long compiling a component may take.
    pub compile_time: Duration,
    /// How much the memory of the process may grow while a component is compiled, in bytes. Watched where the system
    /// says how much it is (Linux).
    pub compile_memory_bytes: u64,
    /// Where compiled components are kept, readable by their owner alone: whoever can write there can run code.
    /// Nothing: every process compiles again.
    pub cache_directory: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            max_instances: 32,
            memory_bytes: 64 * 1024 * 1024,
            component_bytes: 64 * 1024 * 1024,
            function_bytes: 1024 * 1024,
            function_locals: 10_000,
            compile_time: Duration::from_secs(120),
            compile_memory_bytes: 1024 * 1024 * 1024,
            cache_directory: None,
        }
    }
}

/// What one call may use, whatever the component does. What an account may keep is in
/// [`AccountQuota`](crate::state::AccountQuota); how fast requests may leave where the manifest does not say so, in
/// [`Terms`](crate::pace::Terms).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Processor time from one call of the host to the next.
    pub cpu: Duration,
    /// Memory, in bytes; never more than the engine allows.
    pub memory_bytes: usize,
    /// How long a call that makes no request may take.
    pub without_requests: Duration,
    /// How long a call may take beyond its budget and its last request.
    pub margin: Duration,
    /// How much is kept of what the component prints, in bytes.
    pub output_bytes: usize,
    /// The longest that one request may take, whatever the manifest says.
    pub longest_request: Duration,
    /// Requests and replies of the call together.
    pub requests: RequestBounds,
    /// State that the call reads and writes.
    pub state: StateBounds,
    /// Things of the host that the component may hold at once: requests, bodies, fields. They are in the host's memory.
    pub resources: usize,
    /// Most that the component may pass to the host in one call of it, in bytes. The host may keep it for as long as
    /// the component holds the thing that it belongs to.
    pub host_call_bytes: usize,
    /// Most that the component may answer in the end, in bytes.
    pub answer_bytes: usize,
}

/// How much state one call may read and write.
#[derive(Clone, Copy, Debug)]
pub struct StateBounds {
    /// Keys that are read, counted each time.
    pub keys_read: usize,
    /// Values that are read, in bytes.
    pub bytes_read: usize,
    /// Keys that are written or deleted, counted each time.
    pub keys_written: usize,
    /// Keys and values that are written, in bytes.
    pub bytes_written: usize,
}

impl Default for StateBounds {
    // A booking reads and writes about a dozen keys and a few kilobytes. A call that waits for others reads them again
    // until its budget is over.
    fn default() -> Self {
        Self {
            keys_read: 20_000,
            bytes_read: 64 * 1024 * 1024,
            keys_written: 2_000,
            bytes_written: 8 * 1024 * 1024,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(5),
            memory_bytes: 64 * 1024 * 1024,
            without_requests: Duration::from_secs(15),
            margin: Duration::from_secs(5),
            output_bytes: 64 * 1024,
            longest_request: Duration::from_secs(60),
            // Eight of the largest requests with the largest replies are 40 MiB; the rest is for replies that wait to be
            // read.
            requests: RequestBounds {
                in_flight: 8,
                held_bytes: 48 * 1024 * 1024,
            },
            state: StateBounds::default(),
            resources: 256,
            host_call_bytes: 1024 * 1024,
            answer_bytes: 32 * 1024 * 1024,
        }
    }
}
