//! Carries a plan out exactly once, over a ledger.
//!
//! GHL has no idempotency key, so a request whose answer is lost must not simply be sent again. The rules:
//!
//! 1. A call claims the subject first. The claim's version fences every later commit, and no request leaves after
//!    the claim has ended.
//! 2. One ledger row for each subject remembers the events seen, the appointment, and the request that is open.
//! 3. That request is in the row before it is sent, word for word.
//! 4. What is created carries a short reference, so that it can be recognised.
//! 5. Every end of a request is one of: done, refused, not sent, later, unknown.
//! 6. An unknown is settled by reading back along two paths. What is not found may still come: only after the
//!    settle time is it sent again, and after that one more look makes sure that it stands once.
//! 7. The same holds for changes: they are read back before they are repeated.
//! 8. A store that was put back from a copy knows less than was done: that is read back, too, before it is done.
//! 9. Waiting is exponential with full jitter inside the call's budget; beyond it the event is deferred.
//!
//! [`Host`] is all that this needs of the world.

mod agenda;
mod alternatives;
mod answers;
mod aspect;
mod calendar;
mod calendar_list;
mod call;
mod contact;
mod custom_fields;
mod deliver;
mod effect;
mod existing_contact;
mod host;
mod household;
mod identity;
mod intent;
mod invocation;
mod invoke;
mod keyed;
mod keys;
mod late;
mod ledger;
mod look;
mod look_up;
mod lookalike;
mod marker;
mod messages;
mod next_slot;
mod order;
mod outcome;
mod perform;
mod pin;
mod plan;
mod probe;
mod provision;
mod reconcile;
mod refused_visit;
mod restored;
mod retention;
mod row;
mod saved_contact;
mod seen;
mod settle;
mod shared;
mod slots;
mod steps;
mod stop;
mod task;
mod unsaved;
mod visit;
mod visits;
mod wait;
mod watch;

pub use call::handle;
pub use host::{
    Check, CommitError, Committed, Entry, Host, SecretError, SendError, Snapshot, StateUnavailable, Timeouts, Write,
};
pub use identity::{Identity, identify};
pub use invocation::Invocation;
pub use invoke::{Invoked, invoke, preview};
pub use outcome::{AppliedStep, Cause, Cost, Failure, Outcome, Progress, Reason, Receipt};
pub use plan::{Plan, PlannedStep, plan};
pub use visit::Visit;

/// Name of the request header with the instant, by the store's clock, after which a request must not be sent. It is put
/// on requests only where the host says that it takes it away ([`Snapshot::honours_send_before`]).
pub const SEND_BEFORE_HEADER: &str = "knockcal-send-before";

/// Name of the request header that says what the component calls itself.
pub const USER_AGENT: &str = "user-agent";
