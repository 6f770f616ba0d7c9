//! Two calls that take turns, step by step.

use std::sync::{Arc, Condvar, Mutex};

/// Two calls that take turns: each lasts for a number of steps, the last ones to the end.
pub(super) struct Turns {
    state: Mutex<Turn>,
    changed: Condvar,
}

struct Turn {
    whose: usize,
    left: usize,
    next: Vec<usize>,
    gone: [bool; 2],
}

impl Turns {
    /// The first call takes the first number of steps, the second the second, and so on.
    pub(super) fn new(lengths: &[usize]) -> Arc<Self> {
        let mut next: Vec<usize> = lengths.iter().rev().copied().collect();
        Arc::new(Self {
            state: Mutex::new(Turn {
                whose: 0,
                left: next.pop().unwrap_or(usize::MAX),
                next,
                gone: [false; 2],
            }),
            changed: Condvar::new(),
        })
    }

    pub(super) fn step(&self, me: usize) {
        let mut turn = self.state.lock().unwrap();
        loop {
            if turn.whose == me {
                if turn.left > 0 {
                    turn.left -= 1;
                    return;
                }
                turn.left = turn.next.pop().unwrap_or(usize::MAX);
                if turn.gone[1 - me] {
                    continue;
                }
                turn.whose = 1 - me;
                self.changed.notify_all();
            } else {
                turn = self.changed.wait(turn).unwrap();
            }
        }
    }

    /// Waits for the first turn, without using anything of it.
    pub(super) fn wait(&self, me: usize) {
        let mut turn = self.state.lock().unwrap();
        while turn.whose != me {
            turn = self.changed.wait(turn).unwrap();
        }
    }

    pub(super) fn leave(&self, me: usize) {
        let mut turn = self.state.lock().unwrap();
        turn.gone[me] = true;
        if turn.whose == me {
            turn.whose = 1 - me;
            turn.left = turn.next.pop().unwrap_or(usize::MAX);
        }
        self.changed.notify_all();
    }
}
