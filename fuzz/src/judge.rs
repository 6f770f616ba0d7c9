//! What holds of every answer.

use knockcal::document::Problem;
use knockcal::knock::Warning;
use knockcal::run::{Cause, Failure, Progress, Receipt};
use serde_json::Value;

/// The largest answer, in bytes. The largest event has 16 KiB.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// The longest that anybody is told to wait: a day, by which the longest of GHL's windows is over.
const LONGEST_WAIT_MS: u64 = 25 * 60 * 60 * 1000;

/// Every problem leads to a place of the document, or to a field that is missing in one.
pub fn problems(problems: &[Problem], document: &Value) {
    assert!(!problems.is_empty(), "invalid, and no problem");
    for problem in problems {
        assert!(leads_somewhere(document, &problem.pointer), "{problem:?}");
        assert!(!problem.code.is_empty() && !problem.message.is_empty(), "{problem:?}");
    }
    bounded(&problems);
}

/// Every warning leads to a place, and all together are few and short: they are remembered.
pub fn warnings(warnings: &[Warning], document: &Value) {
    for warning in warnings {
        let place = warning.pointer.as_deref().map(|pointer| document.pointer(pointer));
        assert!(!matches!(place, Some(None)), "{warning:?}");
    }
    remembered(warnings);
}

/// How a call ended is bounded, and so is the time to wait after it.
pub fn ending(ended: &Result<Receipt, Failure>) {
    bounded(ended);
    let progress = match ended {
        Ok(receipt) => &receipt.progress,
        Err(Failure::Invalid { .. }) => return,
        Err(Failure::Stopped { cause, progress }) => {
            if let Cause::Deferred { after_ms, .. } = cause {
                assert!(*after_ms <= LONGEST_WAIT_MS, "{cause:?}");
            }
            progress
        }
    };
    let Progress { applied, warnings, .. } = progress;
    assert!(applied.len() <= 2, "{applied:?}");
    remembered(warnings);
}

fn remembered(warnings: &[Warning]) {
    assert!(warnings.len() <= 64, "{} warnings", warnings.len());
    for warning in warnings {
        assert!(warning.message.chars().count() <= 401, "{warning:?}");
    }
}

fn bounded(answer: &impl std::fmt::Debug) {
    let size = format!("{answer:?}").len();
    assert!(size <= ANSWER_LIMIT, "an answer of {size} bytes");
}

fn leads_somewhere(document: &Value, pointer: &str) -> bool {
    let missing_in = || {
        pointer
            .rsplit_once('/')
            .and_then(|(parent, _)| document.pointer(parent))
    };
    document.pointer(pointer).or_else(missing_in).is_some()
}
