//! Whether a configuration can work, and what it makes of an event.

use super::automation::{field, identity, incoming, problems};
use super::{Component, all};
use crate::bindings::exports::knockcal::connector::automation::Event;
use crate::bindings::exports::knockcal::connector::check as wit;
use crate::recipe::{Configuration, Finding, Severity};
use crate::run;

impl wit::Guest for Component {
    fn configuration(configuration_json: String) -> Vec<wit::Finding> {
        all(Configuration::findings(&configuration_json), finding)
    }

    fn read_event(configuration_json: String, event: Event) -> wit::Reading {
        let incoming = incoming(event);
        let fields = Configuration::read(&configuration_json).map(|configuration| configuration.fields_of(&incoming));
        let (identity, problems) = match run::identify(&configuration_json, &incoming) {
            Ok(known) => (Some(identity(known)), Vec::new()),
            Err(found) => (None, problems(found)),
        };
        wit::Reading {
            fields: all(fields.unwrap_or_default(), field),
            identity,
            problems,
        }
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
