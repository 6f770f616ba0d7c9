//! Tries a connection on the real account, with a contact and an appointment that are thrown away: the test from end to
//! end before a business runs on it.
//!
//! It asks for actions of the catalog, like anybody, tells nobody (`toNotify`: `false`), measures how far reads lag behind
//! writes, and cleans up whatever happens: what nobody knows to be gone is named.

mod account;
mod answer;
mod booking;
mod clean_up;
mod finding;
mod forms;
mod halt;
mod look;
mod made;
mod notebook;
mod patience;
mod roads;
mod survey;
mod trial;
mod trouble;
mod wish;

pub use finding::{Finding, Lag, Report, Verdict};
pub use patience::{Patience, RealTime};
pub use trial::{ACTIONS, Trial};
pub use wish::Wish;
