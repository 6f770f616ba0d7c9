//! What is tried, step by step.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use super::account::Account;
use super::clean_up::clean_up;
use super::finding::{Report, Verdict};
use super::halt::Halt;
use super::made::Trace;
use super::notebook::Notebook;
use super::patience::Patience;
use super::trouble::Trouble;
use super::wish::Wish;
use crate::engine::Connection;

/// The actions that are asked for: a connection has to allow them.
pub const ACTIONS: [&str; 13] = [
    "appointment.create",
    "appointment.get",
    "appointment.update",
    "calendar.list",
    "connection.probe",
    "contact.delete",
    "contact.find_duplicate",
    "contact.get",
    "contact.list_appointments",
    "contact.upsert",
    "event.delete",
    "event.list",
    "slot.find_next",
];

/// A trial.
pub struct Trial<'a, P> {
    pub(super) account: Account<'a, P>,
    pub(super) notebook: Notebook<'a, P>,
    pub(super) wish: Wish,
    /// How many requests left so far.
    pub(super) requests: &'a (dyn Fn() -> u32 + Sync),
    pub(super) made: Made,
    /// Tells the account to stop.
    tell: watch::Sender<bool>,
}

/// What was made.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) contact: Trace,
    pub(super) appointment: Trace,
}

/// It does not go on: what is wrong is found out already, or it was told to stop.
pub(super) struct Over;

impl<'a, P: Patience> Trial<'a, P> {
    /// A trial of a connection. `requests` says how many of its requests left so far.
    pub fn new(
        connection: &'a Connection,
        patience: &'a P,
        requests: &'a (dyn Fn() -> u32 + Sync),
        wish: Wish,
    ) -> Self {
        let (tell, told) = watch::channel(false);
        Self {
            account: Account::new(connection, patience, &wish, Halt::when(told)),
            notebook: Notebook::new(patience),
            wish,
            requests,
            made: Made::default(),
            tell,
        }
    }

    /// The longest that it can take to take away what was made. Seconds are enough when no answer was lost.
    pub fn longest_clean_up(&self) -> Duration {
        self.account.longest_clean_up()
    }

    /// Tries everything, until `stop` is ready, and cleans up. A call under way comes to its end first: what it made could
    /// not be known otherwise.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Report {
        let tell = self.tell.clone();
        let mut whole = std::pin::pin!(self.try_and_clean_up());
        tokio::select! {
            biased;
            () = stop => {
                tell.send_replace(true);
            }
            report = &mut whole => return report,
        }
        whole.await
    }

    async fn try_and_clean_up(mut self) -> Report {
        let ended = self.try_everything().await;
        if ended.is_err() && self.account.is_halted() {
            let detail = "it was told to stop; what was made is taken away";
            self.find("stopped", Verdict::Failed, detail);
        }
        let Self {
            account,
            mut notebook,
            wish,
            made,
            ..
        } = self;
        clean_up(&account.to_the_end(), &wish, made, &mut notebook).await;
        notebook.report
    }

    async fn try_everything(&mut self) -> Result<(), Over> {
        let calendar = self.find_calendar().await?;
        self.probe().await?;
        let (start, next) = self.find_slots(&calendar).await?;
        let contact = self.make_contact().await?;
        let (appointment, input) = self.make_appointment(&calendar, &contact, &start).await?;
        self.read_back(&appointment, &input).await?;
        self.make_it_again(&appointment, input).await?;
        if let Some(next) = next {
            self.move_it(&appointment, &next).await?;
        }
        Ok(())
    }

    /// Reads something without which there is no going on.
    pub(super) async fn needed(
        &mut self,
        step: &'static str,
        action: &'static str,
        input: Value,
    ) -> Result<Value, Over> {
        let read = self.account.read(action, input).await;
        self.or_over(step, action, read)
    }

    /// What came of something without which there is no going on.
    pub(super) fn or_over<T>(
        &mut self,
        step: &'static str,
        action: &str,
        ended: Result<T, Trouble>,
    ) -> Result<T, Over> {
        // What was interrupted failed for no reason of its own.
        self.go_on()?;
        ended.map_err(|trouble| {
            self.find(step, Verdict::Failed, trouble.about(action));
            Over
        })
    }

    /// Whether it goes on.
    pub(super) fn go_on(&self) -> Result<(), Over> {
        match self.account.is_halted() {
            true => Err(Over),
            false => Ok(()),
        }
    }

    pub(super) fn find(&mut self, step: &'static str, verdict: Verdict, detail: impl Into<String>) {
        self.notebook.find(step, verdict, detail);
    }
}
