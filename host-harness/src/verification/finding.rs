//! What was found out.

use std::time::Duration;

use serde::Serialize;

/// How something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should.
    Ok,
    /// It works, and somebody should look.
    Warning,
    /// It could not be found out: something before it, which is found, too, was in the way.
    Skipped,
    /// It does not work.
    Failed,
}

/// Something that was found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was tried.
    pub step: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// In words.
    pub detail: String,
    /// How many milliseconds it took.
    pub took_ms: u64,
}

/// How long a write took to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lag {
    /// Key of the action that reads it.
    pub read: &'static str,
    /// After how many milliseconds it showed; absent: not in the time that was waited.
    pub shown_after_ms: Option<u64>,
    /// Why it could not be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// Everything that was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One after the other.
    pub findings: Vec<Finding>,
    /// How long the appointment took to show.
    pub lags: Vec<Lag>,
    /// What still stands in the account, or perhaps does, and could not be taken away.
    pub left: Vec<String>,
}

impl Report {
    /// Whether all is well.
    pub fn is_good(&self) -> bool {
        self.left.is_empty() && self.findings.iter().all(|finding| finding.verdict != Verdict::Failed)
    }
}

/// Milliseconds of which none is a part.
pub(super) fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
