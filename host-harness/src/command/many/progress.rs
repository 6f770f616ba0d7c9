//! How far it is, on standard error, where somebody looks.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often to look how much is left.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A bar that is drawn on a terminal, and nowhere else.
pub(super) struct Progress {
    bar: ProgressBar,
    looked: Cell<Option<Instant>>,
}

impl Progress {
    pub(super) fn new(hidden: bool) -> Self {
        let target = match hidden {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        Self {
            bar: ProgressBar::with_draw_target(None, target),
            looked: Cell::new(None),
        }
    }

    pub(super) fn check(&self) {
        self.begin("checking", "{msg}  {pos}", None);
    }

    pub(super) fn checked(&self, lines: usize) {
        self.bar.set_position(whole(lines));
    }

    pub(super) fn enqueue(&self, events: usize) {
        self.begin("taking in", "{msg}  {wide_bar} {pos}/{len}", Some(events));
    }

    pub(super) fn enqueued(&self, events: usize) {
        self.bar.inc(whole(events));
    }

    pub(super) fn carry_out(&self, events: usize) {
        self.begin(
            "carrying out",
            "{msg}  {wide_bar} {pos}/{len}  {eta} left",
            Some(events),
        );
    }

    /// Looks now and then how many events wait still.
    pub(super) fn look(&self, waiting: impl FnOnce() -> Option<usize>) {
        if self.bar.is_hidden() || self.looked.get().is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return;
        }
        self.looked.set(Some(Instant::now()));
        if let (Some(waiting), Some(all)) = (waiting(), self.bar.length()) {
            self.bar.set_position(all.saturating_sub(whole(waiting)));
        }
    }

    pub(super) fn stopping(&self) {
        self.bar.set_message("stopping when what runs has ended");
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn begin(&self, what: &'static str, template: &str, length: Option<usize>) {
        self.bar.reset();
        match length {
            Some(length) => self.bar.set_length(whole(length)),
            None => self.bar.unset_length(),
        }
        // A template that cannot be drawn is left as it was: it is a bar, and nothing depends on it.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_message(what);
    }
}

fn whole(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
