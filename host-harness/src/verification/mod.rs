//! Tries a connection on the real account, with a contact and an appointment that are thrown away: the test from end to
//! end before a business runs on it.
//!
//! It asks for actions of the catalog, like anybody, tells nobody (`toNotify`: `false`), measures how far reads lag behind
//! writes, and cleans up whatever happens.

mod answer;
mod finding;
mod patience;
mod trial;

pub use finding::{Finding, Lag, Report, Verdict};
pub use patience::{Patience, RealTime};
pub use trial::{ACTIONS, Trial, Wish};
