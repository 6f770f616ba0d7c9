//! The proof: real processes under random faults, killed and stopped, and every lead booked once all the same.
//!
//! A [`Torture`] holds a GHL in memory with several locations, over which faults rain, and starts several `knock serve`
//! that share one state file. It feeds them bookings, new times and cancellations, in disorder and more than once;
//! it kills processes and starts them again, and lets others stand still for longer than their claims live. When all is
//! drained it judges: every lead has the one appointment that its newest event wants, and every receipt is true.
//!
//! Imports run one way: [`Torture`] puts `town` (the GHL), `lead` (what is fed), `hosts` (the processes), `feeder` and
//! `trouble` (what happens to them), `judge` and `report` together; those know each other's plain values only.

mod client;
mod error;
mod feeder;
mod hostile;
mod hosts;
mod judge;
mod lead;
mod report;
mod run;
mod town;
mod trouble;

pub use error::TortureError;
pub use report::{FaultLine, Finding, Leads, Report, Resolution};
pub use run::{Progress, Torture};
