//! What came out.

use crate::emulator::FaultKind;
use serde::Serialize;
use std::collections::BTreeMap;

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Where chance came from.
    pub seed: u64,
    /// How the leads fared.
    pub leads: Leads,
    /// Different events.
    pub events: u64,
    /// Events sent, those sent again included.
    pub sent: u64,
    /// Events that were answered as known before.
    pub duplicates: u64,
    /// Requests to the processes without an answer, or turned away; all were sent again.
    pub unanswered: u64,
    /// Processes that were killed and started again.
    pub kills: u64,
    /// Times that a process stood still for longer than its claims live.
    pub stops: u64,
    /// Deep, huge and strange events that were taken in beside those of the leads.
    pub hostile: u64,
    /// How long it took at most, in milliseconds, until what a killed process had was given back. While another process
    /// stands still, which may have the file locked, it is not measured.
    pub longest_release_ms: u64,
    /// What struck the requests to GHL, and how that was resolved.
    pub faults: BTreeMap<FaultKind, FaultLine>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Everything that is not as it must be; empty when all is well.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether everything is as it must be.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty()
    }
}

/// How the leads fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Leads {
    /// All of them.
    pub leads: u64,
    /// Those whose newest event calls the visit off.
    pub called_off: u64,
    /// Appointments that stand.
    pub appointments: u64,
    /// Leads without the appointment that they want.
    pub lost: u64,
    /// Leads for which more than one was ever made.
    pub double: u64,
    /// Leads about which something else is not as it must be: content, receipts, the state of an event.
    pub wrong: u64,
}

/// A kind of fault, and what became of the requests that it struck.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FaultLine {
    /// Requests struck.
    pub struck: u64,
    /// How that was resolved.
    pub resolved: BTreeMap<Resolution, u64>,
}

/// How a fault was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The effect stands, and was found by reading back.
    Found,
    /// The request was sent again, after it was clear that it had no effect.
    SentAgain,
    /// The request does no harm when it is repeated, and was.
    Repeated,
    /// It was waited until GHL let requests in again.
    Waited,
    /// It was slow, and nothing more.
    Endured,
    /// A newer event made the request obsolete.
    Obsolete,
    /// It was not: see the findings.
    Unresolved,
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The lead; nothing when it is about no single one.
    pub lead: Option<usize>,
    /// Its connection.
    pub connection: Option<String>,
    /// What is wrong, and what there is.
    pub message: String,
}
