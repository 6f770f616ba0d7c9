//! Which part of a file a finding is about.

use std::ops::Range;

use host_harness::contract::Finding;

use crate::command::written::Written;

/// What is wrong with the name of something, not with what it holds.
const OF_NAMES: [&str; 4] = ["unknown-field", "unknown-option", "unknown-step", "unknown-recipe"];

/// The bytes of the file that a finding is about; nothing when it is about the file as a whole.
pub(super) fn bytes(written: &Written, finding: &Finding) -> Option<Range<usize>> {
    let place = written.place(&finding.pointer)?;
    if let Some(part) = &finding.within {
        return Some(place.part(&written.text, part));
    }
    let is_one_line = |bytes: &Range<usize>| !written.text.get(bytes.clone()).unwrap_or_default().contains('\n');
    let whole = match OF_NAMES.contains(&finding.code.as_str()) || !is_one_line(&place.value) {
        true => place.key,
        false => place.value,
    };
    let text = written.text.get(whole.clone())?;
    let line = text.lines().next().unwrap_or_default();
    Some(whole.start..whole.start + line.len())
}
