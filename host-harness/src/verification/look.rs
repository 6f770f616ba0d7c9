//! Looks again and again, at several places side by side, until each shows what is looked for.

use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;

use super::account::Account;
use super::patience::Patience;
use super::trouble::{Trouble, TroubleKind};

/// The first pause between two looks; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A place to look at.
pub(super) struct Look<'l> {
    /// The action that reads it.
    pub(super) action: &'static str,
    pub(super) input: Value,
    /// What is looked for.
    pub(super) wanted: Wanted<'l>,
}

/// What is looked for.
pub(super) enum Wanted<'l> {
    /// An answer of which this is true.
    Answer(&'l dyn Fn(&Value) -> bool),
    /// That there is nothing, or an answer of which this is true.
    Gone(&'l dyn Fn(&Value) -> bool),
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sight {
    /// What was looked for; with the answer, if there was one.
    Shown(Option<Value>),
    /// Something else, until the time was over.
    NotShown,
    /// GHL does not let it be read, or cannot be reached, and this is why.
    Unreadable(String),
}

/// What was seen at one place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) sight: Sight,
    /// When, from the first look on.
    pub(super) after: Duration,
}

impl Wanted<'_> {
    /// What an answer shows; as a continuation when it is worth another look.
    fn judge(&self, ended: Result<Value, Trouble>) -> ControlFlow<Sight, Sight> {
        let trouble = match ended {
            Ok(answer) => {
                let (Self::Answer(shows) | Self::Gone(shows)) = self;
                return match shows(&answer) {
                    true => ControlFlow::Break(Sight::Shown(Some(answer))),
                    false => ControlFlow::Continue(Sight::NotShown),
                };
            }
            Err(trouble) => trouble,
        };
        match (trouble.kind, self) {
            (TroubleKind::Missing, Self::Gone(_)) => ControlFlow::Break(Sight::Shown(None)),
            (TroubleKind::Missing, Self::Answer(_)) => ControlFlow::Continue(Sight::NotShown),
            (TroubleKind::Refused | TroubleKind::Barred, _) => ControlFlow::Break(Sight::Unreadable(trouble.message)),
            (TroubleKind::Later(_) | TroubleKind::Unclear, _) => {
                ControlFlow::Continue(Sight::Unreadable(trouble.message))
            }
        }
    }
}

impl<P: Patience> Account<'_, P> {
    /// Looks at all places until each shows what is looked for, for as long as a request may take to settle. One that
    /// cannot be read keeps nobody waiting.
    pub(super) async fn look(&self, looks: &[Look<'_>]) -> Vec<Seen> {
        let (began, mut pause) = (self.patience().passed(), FIRST_PAUSE);
        let mut places: Vec<Place<'_>> = looks.iter().map(Place::new).collect();
        loop {
            let mut round = JoinSet::new();
            for (index, place) in places.iter().enumerate().filter(|(_, place)| place.is_open) {
                let reading = self.reading(place.look.action, place.look.input.clone());
                round.spawn(async move { (index, reading.once().await) });
            }
            while let Some(ended) = round.join_next().await {
                let after = self.patience().passed().saturating_sub(began);
                if let Ok((index, ended)) = ended
                    && let Some(place) = places.get_mut(index)
                {
                    place.see(ended, after);
                }
            }
            let left = self.left_of(self.settle(), began);
            let is_over = left.is_zero() || places.iter().all(|place| !place.is_open);
            if is_over || self.is_halted_after(pause.min(left)).await {
                return places.into_iter().map(|place| place.seen).collect();
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// A place, and what was seen there last.
struct Place<'l> {
    look: &'l Look<'l>,
    seen: Seen,
    is_open: bool,
}

impl<'l> Place<'l> {
    fn new(look: &'l Look<'l>) -> Self {
        Self {
            look,
            seen: Seen {
                sight: Sight::NotShown,
                after: Duration::ZERO,
            },
            is_open: true,
        }
    }

    fn see(&mut self, ended: Result<Value, Trouble>, after: Duration) {
        let judged = self.look.wanted.judge(ended);
        self.is_open = judged.is_continue();
        let (ControlFlow::Break(sight) | ControlFlow::Continue(sight)) = judged;
        self.seen = Seen { sight, after };
    }
}
