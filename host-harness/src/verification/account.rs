//! The account that is tried: asks for actions and waits, as long as that can help.

use std::time::Duration;

use serde_json::{Value, json};

use super::halt::Halt;
use super::patience::Patience;
use super::trouble::{Trouble, TroubleKind};
use super::wish::Wish;
use crate::contract::{Invocation, Invoked};
use crate::engine::{Connection, RunError};

/// How long one call may begin requests.
const BUDGET: Duration = Duration::from_secs(25);

/// How much longer than its budget and its last request a call may take.
const MARGIN: Duration = Duration::from_secs(5);

/// The account that is tried.
pub(super) struct Account<'a, P> {
    connection: &'a Connection,
    patience: &'a P,
    settle: Duration,
    halt: Halt,
    /// When, at the latest, nothing is waited for any more.
    deadline: Duration,
}

/// Something that was done.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// What was answered.
    pub(super) answer: Value,
    /// The id in it.
    pub(super) id: Option<String>,
    /// How many requests it took.
    pub(super) requests: u32,
}

impl<'a, P: Patience> Account<'a, P> {
    pub(super) fn new(connection: &'a Connection, patience: &'a P, wish: &Wish, halt: Halt) -> Self {
        Self {
            connection,
            patience,
            settle: wish.settle,
            halt,
            deadline: Duration::MAX,
        }
    }

    /// The same account for whoever has to come to an end: nothing stops it but that its time is over.
    pub(super) fn to_the_end(&self) -> Self {
        Self {
            halt: Halt::never(),
            deadline: self.patience.passed().saturating_add(self.longest_clean_up()),
            ..*self
        }
    }

    pub(super) fn is_halted(&self) -> bool {
        self.halt.is_told()
    }

    pub(super) fn patience(&self) -> &'a P {
        self.patience
    }

    /// How long the effect of a request may take to show.
    pub(super) fn settle(&self) -> Duration {
        self.settle
    }

    /// The longest until it is known what became of a request: a call, and the time in which it settles.
    fn cycle(&self) -> Duration {
        let request = Duration::from_millis(self.connection.manifest().request_timeout_ms.into());
        self.settle + BUDGET + request + MARGIN
    }

    /// The longest that taking everything away can take: what is open settles, perhaps after it was sent again; what is
    /// late appears; and what was deleted stops to show.
    pub(super) fn longest_clean_up(&self) -> Duration {
        self.cycle() * 4
    }

    /// Reads until there is an answer or a refusal.
    pub(super) async fn read(&self, action: &'static str, input: Value) -> Result<Value, Trouble> {
        let invocation = invocation(action, input, None);
        let ended = self.ask(&invocation, self.settle * 2).await;
        ended.map(|invoked| done(invoked).answer)
    }

    /// Changes something, once for what it is about, however often it is asked for.
    pub(super) async fn write(&self, action: &'static str, input: Value, about: &str) -> Result<Done, Trouble> {
        let invocation = invocation(action, input, Some(about));
        // What is open settles, perhaps after it was sent again.
        self.ask(&invocation, self.cycle() * 2).await.map(done)
    }

    /// A reading that is tried only once, by whoever has it.
    pub(super) fn reading(&self, action: &'static str, input: Value) -> Reading {
        Reading {
            connection: self.connection.clone(),
            invocation: invocation(action, input, None),
        }
    }

    /// Waits, and says whether it was told to stop meanwhile.
    pub(super) async fn is_halted_after(&self, time: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.halt.told() => true,
            () = self.patience.wait(time) => false,
        }
    }

    /// Waits until the effect of something that ended then must show.
    pub(super) async fn wait_until_settled(&self, ended: Duration) {
        let left = (ended + self.settle).saturating_sub(self.patience.passed());
        if !left.is_zero() {
            self.is_halted_after(left).await;
        }
    }

    /// How much of the time is left that something may be waited for.
    pub(super) fn left_of(&self, longest: Duration, began: Duration) -> Duration {
        let end = began.saturating_add(longest).min(self.deadline);
        end.saturating_sub(self.patience.passed())
    }

    /// Asks until it is done or refused, or until it is not waited for any longer. A call under way ends by itself: only
    /// between two of them it can be told to stop.
    async fn ask(&self, invocation: &Invocation, longest: Duration) -> Result<Invoked, Trouble> {
        if self.is_halted() {
            return Err(Trouble::stopped());
        }
        let began = self.patience.passed();
        loop {
            let trouble = match call(self.connection, invocation).await {
                Ok(invoked) => return Ok(invoked),
                Err(trouble) => trouble,
            };
            let TroubleKind::Later(after) = trouble.kind else {
                return Err(trouble);
            };
            if after > self.left_of(longest, began) || self.is_halted_after(after).await {
                return Err(trouble);
            }
        }
    }
}

/// A reading to come.
pub(super) struct Reading {
    connection: Connection,
    invocation: Invocation,
}

impl Reading {
    /// Tries it.
    pub(super) async fn once(self) -> Result<Value, Trouble> {
        let invoked = call(&self.connection, &self.invocation).await?;
        Ok(done(invoked).answer)
    }
}

async fn call(connection: &Connection, invocation: &Invocation) -> Result<Invoked, Trouble> {
    let ended = connection.invoke(invocation, BUDGET).await;
    let ended = ended.map_err(|error: RunError| Trouble::unclear(error))?;
    ended.map_err(|failure| Trouble::of(&failure))
}

fn invocation(action: &'static str, input: Value, about: Option<&str>) -> Invocation {
    Invocation {
        action: action.to_owned(),
        input,
        subject: about.map(|about| format!("verification/{about}")),
        key: about.map(|about| format!("{action}/{about}")),
    }
}

fn done(invoked: Invoked) -> Done {
    let id = invoked.receipt.applied.last().and_then(|step| step.id.clone());
    Done {
        // An answer that is too long to be remembered still has its id.
        answer: invoked.output.unwrap_or_else(|| json!({ "id": id })),
        id,
        requests: invoked.receipt.requests,
    }
}
