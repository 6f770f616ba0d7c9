//! Whether a configuration can work, and what it makes of an event.

use super::Component;
use super::automation::{identity, incoming, problem};
use crate::bindings::exports::knockcal::connector::automation::{Event, Field};
use crate::bindings::exports::knockcal::connector::check as wit;
use crate::recipe::{Configuration, Finding, Input, Severity};
use crate::run;

impl wit::Guest for Component {
    fn configuration(configuration_json: String) -> Vec<wit::Finding> {
        Configuration::findings(&configuration_json)
            .into_iter()
            .map(finding)
            .collect()
    }

    fn read_event(configuration_json: String, event: Event) -> wit::Reading {
        let incoming = incoming(event);
        let fields = Configuration::read(&configuration_json).map(|configuration| configuration.fields_of(&incoming));
        let (identity, problems) = match run::identify(&configuration_json, &incoming) {
            Ok(known) => (Some(identity(known)), Vec::new()),
            Err(problems) => (None, problems.into_iter().map(problem).collect()),
        };
        wit::Reading {
            fields: fields.unwrap_or_default().into_iter().map(field).collect(),
            identity,
            problems,
        }
    }
}

fn field(input: Input) -> Field {
    Field {
        name: input.name,
        value_json: input.value.to_string(),
        origin: input.origin,
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
