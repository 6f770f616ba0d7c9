//! Writes down what is found out, and how long each took.

use std::time::Duration;

use super::finding::{Finding, Report, Verdict, whole_ms};
use super::patience::Patience;

/// What is found out, while it is.
pub(super) struct Notebook<'a, P> {
    patience: &'a P,
    /// When the step that is under way began.
    since: Duration,
    pub(super) report: Report,
}

impl<'a, P: Patience> Notebook<'a, P> {
    pub(super) fn new(patience: &'a P) -> Self {
        Self {
            patience,
            since: patience.passed(),
            report: Report::default(),
        }
    }

    /// A step is over, and the next one begins.
    pub(super) fn find(&mut self, step: &'static str, verdict: Verdict, detail: impl Into<String>) {
        let now = self.patience.passed();
        self.report.findings.push(Finding {
            step,
            verdict,
            detail: detail.into(),
            took_ms: whole_ms(now.saturating_sub(self.since)),
        });
        self.since = now;
    }
}
