//! Whether a configuration can work.

use super::Component;
use crate::bindings::exports::knockcal::connector::check as wit;
use crate::recipe::{Configuration, Finding, Severity};

impl wit::Guest for Component {
    fn configuration(configuration_json: String) -> Vec<wit::Finding> {
        Configuration::findings(&configuration_json)
            .into_iter()
            .map(finding)
            .collect()
    }
}

fn finding(finding: Finding) -> wit::Finding {
    wit::Finding {
        severity: match finding.severity {
            Severity::Error => wit::Severity::Error,
            Severity::Warning => wit::Severity::Warning,
            Severity::Note => wit::Severity::Note,
        },
        code: finding.code.to_owned(),
        pointer: finding.pointer,
        within: finding.within.map(|(start, end)| wit::Span {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }),
        message: finding.message,
    }
}
