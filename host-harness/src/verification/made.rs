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
        self.ask_in_turn(account, name, false).await
    }

    async fn ask_in_turn<P: Patience>(
        self,
        account: &Account<'_, P>,
        name: &str,
        again: bool,
    ) -> (Result<Done, Trouble>, Trace) {
        let ended = account.write(self.action, self.input.clone(), name).await;
        let asked = account.patience().passed();
        if let Ok(done) = &ended
            && !self.is_made_here(done, again)
        {
            let id = done.id.as_deref().unwrap_or_default();
            let message = format!(
                "GHL answered contact `{id}`, which was there before or has another e-mail address: it is not the one of \
                 this trial, so nothing is done with it and it is not deleted; look in GHL whether it is changed"
            );
            return (Err(Trouble::of_stranger(message, done.requests)), Trace::Nothing);
        }
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

    /// Whether what was answered was made by this trial: only that may be deleted. A contact that was there already is one of
    /// an earlier request whose answer was lost, if there was such a request.
    fn is_made_here(&self, done: &Done, again: bool) -> bool {
        if !self.repeats() || done.id.is_none() {
            return true;
        }
        let made = done.answer.get("new").and_then(Value::as_bool) == Some(true);
        let contact = done.answer.get("contact").unwrap_or(&Value::Null);
        let is_same = |name: &str| {
            let text = |fields: &Value| fields.get(name).and_then(Value::as_str).map(str::to_lowercase);
            text(contact) == text(&self.input)
        };
        (made || again || done.requests > 1) && is_same("email")
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
        let (ended, trace) = creation.clone().ask_in_turn(account, name, true).await;
        match (trace, ended) {
            // That it cannot be asked for again proves nothing.
            (Self::Nothing, Err(trouble)) if !trouble.is_refusal() => creation.perhaps(account.patience().passed()),
            (trace, _) => trace,
        }
    }
}
