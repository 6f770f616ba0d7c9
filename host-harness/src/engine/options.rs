//! How large and how long.

use std::path::PathBuf;
use std::time::Duration;

/// How an [`Engine`](super::Engine) is made.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Calls that run at the same time; more of them wait.
    pub max_instances: u32,
    /// Most memory of one instance, in bytes.
    pub memory_bytes: usize,
    /// Where compiled components are kept, readable by their owner alone: whoever can write there can run code.
    /// Nothing: every process compiles again.
    pub cache_directory: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            max_instances: 32,
            memory_bytes: 64 * 1024 * 1024,
            cache_directory: None,
        }
    }
}

/// What one call may use.
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
        }
    }
}
