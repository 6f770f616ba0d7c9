//! Steps of work that has to leave a whole file wherever it ends. Tests end it at each of them.

#[cfg(not(test))]
use std::io;

/// One step was done. In tests the work may end here as if the process had been killed.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail in tests")]
pub(super) fn done() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use interruption::{done, interrupt_after};

#[cfg(test)]
mod interruption {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Lets the work of this thread end after so many steps.
    pub(in super::super) fn interrupt_after(steps: Option<usize>) {
        LEFT.set(steps);
    }

    pub(in super::super) fn done() -> io::Result<()> {
        match LEFT.get() {
            Some(0) => Err(io::Error::other("interrupted by a test")),
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}
