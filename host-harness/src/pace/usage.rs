//! Who uses a budget.

use super::budget::{Budget, Day};
use super::errand::Priority;
use serde::Serialize;

/// The budget of an account, and who uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its name in the state file: server and location.
    pub account: String,
    /// Requests that may be made in one interval.
    pub limit: u32,
    /// Length of the interval in milliseconds.
    pub interval_ms: u64,
    /// Whether the provider has said so. If not, the manifest has.
    pub learned: bool,
    /// Places that are held now by our own requests.
    pub held: u32,
    /// Places that are held now for others who use the account.
    pub held_for_others: u32,
    /// In how many milliseconds there is a place for what somebody waits for.
    pub ready_in_ms: u64,
    /// In how many milliseconds there is a place for what nobody waits for.
    pub bulk_ready_in_ms: u64,
    /// The budget of the day, where the provider tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<Today>,
    /// Who has made requests in the last day.
    pub usage: Vec<Usage>,
}

/// The budget of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Today {
    /// Requests in a day.
    pub limit: u32,
    /// Requests left.
    pub left: u32,
    /// In how many milliseconds it is new.
    pub reset_in_ms: u64,
}

/// The requests of one process for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// What for: the trigger of the events.
    pub purpose: String,
    /// Whether somebody waited.
    pub priority: Priority,
    /// The process, by its id.
    pub process: u32,
    /// Requests in the last minute.
    pub minute: u64,
    /// Requests in the last hour.
    pub hour: u64,
    /// Requests in the last day.
    pub day: u64,
}

impl Account {
    pub(super) fn new(account: String, budget: &Budget, usage: Vec<Usage>, now_ms: u64) -> Self {
        let (held, held_for_others) = budget.held(now_ms);
        let ready_in_ms = |priority| budget.ready_ms(priority, now_ms).saturating_sub(now_ms);
        Self {
            account,
            limit: budget.limit(),
            interval_ms: budget.interval_ms(),
            learned: budget.learned(),
            held,
            held_for_others,
            ready_in_ms: ready_in_ms(Priority::Interactive),
            bulk_ready_in_ms: ready_in_ms(Priority::Bulk),
            today: budget.day(now_ms).map(
                |Day {
                     limit, left, reset_ms, ..
                 }| Today {
                    limit,
                    left,
                    reset_in_ms: reset_ms.saturating_sub(now_ms),
                },
            ),
            usage,
        }
    }
}
