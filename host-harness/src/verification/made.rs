//! What the trial made, as far as anybody knows.

use std::time::Duration;

use serde_json::Value;

use super::account::{Account, Done};
use super::patience::Patience;
use super::trouble::{Trouble, TroubleKind};

/// Something that is made, once for the name of the trial.
#[derive(Clone, Debug)]
pub(super) struct Creation {
    pub(super) action: &'static str,
    pub(super) input: Value,
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub(super) enum Trace {
    /// Nothing stands.
    #[default]
    Nothing,
    /// Perhaps it stands: nobody knows.
    Perhaps {
        /// What was asked for: asking again settles it.
        creation: Creation,
        /// When it had been asked for.
        asked: Duration,
    },
    /// It stands.
    Stands {
        id: String,
        /// When it had been asked for, if more than one request was sent for it: of the others one may still take effect.
        doubted: Option<Duration>,
    },
}

impl Creation {
    /// Asks for it, and says what stands now.
    pub(super) async fn ask<P: Patience>(self, account: &Account<'_, P>, name: &str) -> (Result<Done, Trouble>, Trace) {
        let ended = account.write(self.action, self.input.clone(), name).await;
        let asked = account.patience().passed();
        let trace = match &ended {
            Ok(done) => match &done.id {
                Some(id) => Trace::Stands {
                    id: id.clone(),
                    doubted: (self.repeats() && done.requests > 1).then_some(asked),
                },
                None => self.perhaps(asked),
            },
            Err(trouble) if self.is_surely_not_done(trouble) => Trace::Nothing,
            Err(_) => self.perhaps(asked),
        };
        (ended, trace)
    }

    fn perhaps(self, asked: Duration) -> Trace {
        Trace::Perhaps { creation: self, asked }
    }

    /// Whether the component sends it again without finding out what became of it: a contact is made once all the same,
    /// for GHL knows it by its e-mail address.
    fn repeats(&self) -> bool {
        self.action == "contact.upsert"
    }

    /// What was refused had no effect, but another request may have that was sent before.
    fn is_surely_not_done(&self, trouble: &Trouble) -> bool {
        match trouble.requests {
            Some(0) => true,
            Some(1) if trouble.kind == TroubleKind::Barred => true,
            Some(1) => trouble.is_refusal(),
            _ => trouble.is_refusal() && !self.repeats(),
        }
    }
}

impl Trace {
    /// Finds out what stands: asking again settles what is open, by what is remembered of it.
    pub(super) async fn settled<P: Patience>(self, account: &Account<'_, P>, name: &str) -> Self {
        let Self::Perhaps { creation, .. } = self else {
            return self;
        };
        let (ended, trace) = creation.clone().ask(account, name).await;
        match (trace, ended) {
            // That it cannot be asked for again proves nothing.
            (Self::Nothing, Err(trouble)) if !trouble.is_refusal() => creation.perhaps(account.patience().passed()),
            (trace, _) => trace,
        }
    }
}
