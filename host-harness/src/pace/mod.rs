//! Keeps the requests of an account within what the provider allows.
//!
//! A provider allows so many requests in an interval, and nobody knows where its intervals begin, or whether they
//! slide. So every request holds a *place*: from before it is sent, because it may be counted at any moment from then
//! on, until one whole interval after its answer, because it may have been counted as late as that. No more places
//! are held than requests are allowed. Whatever interval one looks at, of those that were counted in it all held a
//! place when the last of them was sent; so they are not too many ([`Budget`]).
//!
//! - **Learning.** The manifest says what to assume; the headers of replies say what is. Until they have, requests go
//!   one at a time. When others use the account, less is left than our own places explain, and the difference is
//!   held for them.
//! - **Priority.** What somebody waits for comes before what nobody waits for ([`Priority`]): bulk leaves a twentieth
//!   of the places and of the day free, and stands back while somebody waits.
//! - **Doubt.** What a reply says may be wrong, and must not stop a location for a day. An interval is believed up to a
//!   minute, a limit up to ten times what the manifest says. After a refusal nothing leaves for an interval, or for as
//!   long as `Retry-After` says, a minute at most; then one request tries, and until one was let in only one is on its
//!   way. While the provider wants to be left alone for longer, or by its headers nothing of the day is left, one
//!   request tries in each minute. So a day that is honestly used up costs a request in a minute, and bulk waits. One
//!   that is let in although nothing was left disproves the headers about the day: for an hour they count only where
//!   they explain a refusal.
//! - **Sharing.** All processes of a machine share the places through a small file beside the state file
//!   ([`PaceFile`]). It may be lost at no harm: what it said is learned again. Nothing that stands in it is taken to lie
//!   further ahead than a request and an interval can, so neither damage nor another clock stops anybody.
//!
//! [`Pacers`] hands out one [`Pacer`] for each account of a process; a request waits in it for its [`Place`].

mod budget;
mod errand;
mod file;
mod pacer;
mod pacers;
#[cfg(test)]
mod simulation;
mod store;
mod terms;
#[cfg(test)]
mod tests;
mod usage;

pub use budget::{Budget, Day, Wait};
pub use errand::{Errand, Priority};
pub use file::PaceFile;
pub use pacer::{NoPlace, Pacer, Place};
pub use pacers::Pacers;
pub use store::{Change, MemoryPace, PaceStore};
pub(crate) use terms::retry_after_ms;
pub use terms::{Terms, Told};
pub use usage::{Account, Usage};
