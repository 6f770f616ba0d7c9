//! A host that goes on: takes events in for many connections, and carries them out.
//!
//! [`Connections`] are the accounts that are served, each with its configuration, secrets, state and pace. The
//! [`Dispatcher`] takes what is due out of the [inbox](crate::inbox) and runs it: some at a time of each connection,
//! turn by turn, so that one that floods, fails or hangs holds up no other.

mod acknowledgement;
mod admission;
mod alarm;
mod alert;
pub mod api;
mod connections;
mod dispatcher;
mod failed;
mod forget;
mod identify;
mod intake;
mod isolation;
mod load;
mod metrics;
mod notifier;
mod runner;
mod verdict;

pub use acknowledgement::{Acknowledgement, IntakeError};
pub use admission::IntakeOptions;
pub use alarm::{ALARM_AFTER, Watch, clock_trouble};
pub use alert::Alerts;
pub use connections::{Connections, Lender, Recipient, ServeError, Served};
pub use dispatcher::{Dispatcher, DispatcherOptions};
pub use failed::{EVENT_FAILED, follow_up_ids};
pub use intake::{Intake, Place};
pub use isolation::Isolation;
pub use metrics::Metrics;
pub use notifier::Notifier;
