//! A time that all processes of one boot of the machine share, and that no setting of the wall clock moves.

/// One boot of the machine and the milliseconds since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uptime {
    /// Which boot.
    pub(super) boot_id: String,
    /// Whether other processes know it by the same id.
    pub(super) shared: bool,
    /// Milliseconds since then, sleep included.
    pub(super) elapsed_ms: u64,
}

impl Uptime {
    /// Now.
    pub(super) fn now() -> Self {
        // Without a boot id no two processes can know that they share a boot; each is then one of its own.
        let boot_id = boot_id();
        Self {
            shared: boot_id.is_some(),
            boot_id: boot_id.unwrap_or_else(process_id),
            elapsed_ms: elapsed_ms(),
        }
    }
}

/// Milliseconds since the boot, sleep included. One system call that does not enter the kernel.
#[cfg(target_os = "linux")]
pub(super) fn elapsed_ms() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000).saturating_add(nanoseconds / 1_000_000)
}

#[cfg(target_os = "linux")]
fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// Milliseconds since this process first asked.
///
/// Elsewhere than on Linux there is no boot id to be had without C. Each process is then a boot of its own, which
/// keeps the clock right for one process at a time on a file.
#[cfg(not(target_os = "linux"))]
pub(super) fn elapsed_ms() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    super::wall::whole_ms(START.get_or_init(Instant::now).elapsed())
}

#[cfg(not(target_os = "linux"))]
fn boot_id() -> Option<String> {
    None
}

/// An id that this process keeps and no other one has.
fn process_id() -> String {
    use std::sync::OnceLock;
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| format!("process-{}-{}", std::process::id(), super::wall::wall_ms()))
        .clone()
}
