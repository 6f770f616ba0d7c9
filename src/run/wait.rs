//! Waits for another call that has what this one needs, for as long as requests usually take.

use super::call::Call;
use super::outcome::Reason;
use super::stop::Stop;

/// The longest wait inside a call. Another call that takes longer waits itself, or is gone.
const LONGEST_WAIT_MS: u64 = 3_000;

/// The shortest pause.
const SHORTEST_PAUSE_MS: u64 = 5;

/// When to call again after a wait that was too short.
const AGAIN_MS: u64 = 1_000;

/// A wait, as far as it has gone.
#[derive(Debug, Default)]
pub(super) struct Wait {
    waited_ms: u64,
}

impl Wait {
    /// The next pause: milliseconds at first, and longer the longer it takes, so that those who wait do not look at once.
    fn pause_ms(&self, random: u64) -> u64 {
        SHORTEST_PAUSE_MS + random % (20 + self.waited_ms / 4)
    }
}

impl Call<'_> {
    /// Pauses before the next look. What is to be given back is given back first.
    ///
    /// # Errors
    /// When it took too long, or there is no time left: call again.
    pub(super) fn wait_a_moment(&mut self, wait: &mut Wait, message: &str) -> Result<(), Stop> {
        let pause = wait.pause_ms(self.host.random());
        if wait.waited_ms > LONGEST_WAIT_MS || self.remaining_ms() <= pause {
            return Err(Stop::deferred(Reason::Busy, message, AGAIN_MS));
        }
        self.host.sleep_ms(pause);
        wait.waited_ms += pause;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_look_is_taken_after_milliseconds_and_later_ones_less_often() {
        let first = Wait::default();
        assert!((0..100).all(|random| first.pause_ms(random) < 25));
        let late = Wait { waited_ms: 2_000 };
        assert!((0..1_000).any(|random| late.pause_ms(random) > 400));
        assert!((0..1_000).all(|random| late.pause_ms(random) < 600));
    }
}
