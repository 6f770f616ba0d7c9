//! What a configuration makes of an event.

use host_harness::contract::{Document, Field, Problem, Reading, Visit, Warning};
use host_harness::engine::Plugin;
use serde::Serialize;

use crate::command::exit::{BAD, Exit};
use crate::command::input::Event;
use crate::command::print::{BOLD, DIM, GOOD, ODD};
use crate::command::terminal::println;
use crate::command::written::Written;

/// What a configuration makes of an event, with places in the files of both.
#[derive(Debug, Serialize)]
pub(super) struct ReadEvent {
    file: String,
    fields: Vec<Field>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<Visit>,
    warnings: Vec<Located<Warning>>,
    problems: Vec<Located<Problem>>,
}

/// Something to be said about a place in a file.
#[derive(Debug, Serialize)]
struct Located<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The file, with the place in it.
    #[serde(skip)]
    place: String,
    #[serde(flatten)]
    said: T,
}

impl<T> Located<T> {
    fn new(file: &str, at: Option<(usize, usize)>, said: T) -> Self {
        let place = match at {
            Some((line, column)) => format!("{file}:{line}:{column}"),
            None => file.to_owned(),
        };
        let (line, column) = at.unzip();
        Self {
            line,
            column,
            place,
            said,
        }
    }
}

impl ReadEvent {
    /// Lets the component read an event under a configuration. Nothing is sent.
    pub(super) async fn read(
        plugin: &Plugin,
        configuration: &Written,
        json: &str,
        event: &Event,
    ) -> Result<Self, Exit> {
        let reading = plugin.read_event(json, event.event()).await;
        let Reading {
            fields,
            identity,
            problems,
        } = reading.map_err(|error| Exit::failed(error.to_string()))?;
        let mut read = Self {
            file: event.name().to_owned(),
            fields,
            event_id: None,
            subject: None,
            visit: None,
            warnings: Vec::new(),
            problems: Vec::new(),
        };
        read.problems = problems
            .into_iter()
            .map(|problem| match problem.document {
                Document::Configuration => {
                    let at = configuration.line_and_column(&problem.pointer);
                    Located::new(&configuration.name, at, problem)
                }
                Document::Event | Document::Input => {
                    Located::new(event.name(), event.line_and_column(&problem.pointer), problem)
                }
            })
            .collect();
        if let Some(identity) = identity {
            read.event_id = Some(identity.event_id);
            read.subject = Some(identity.subject);
            read.visit = identity.visit.map(|visit| *visit);
            let warnings = identity.warnings.into_iter().map(|warning| {
                let at = warning
                    .pointer
                    .as_deref()
                    .and_then(|pointer| event.line_and_column(pointer));
                Located::new(event.name(), at, warning)
            });
            read.warnings = warnings.collect();
        }
        Ok(read)
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    pub(super) fn show(&self) {
        println!("{BOLD}{}{BOLD:#}", self.file);
        if let (Some(id), Some(subject)) = (&self.event_id, &self.subject) {
            println!("  event `{id}`, subject `{subject}`");
        }
        if let Some(visit) = &self.visit {
            println!("  {GOOD}visit{GOOD:#}  {}", visit.summary);
        }
        let values: Vec<_> = self.fields.iter().map(value).collect();
        let name_width = self.fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
        for (field, value) in self.fields.iter().zip(&values) {
            let origin = match field.origin == field.name {
                true => "as posted",
                false => &field.origin,
            };
            println!("  {:name_width$} = {value}  {DIM}{origin}{DIM:#}", field.name);
        }
        for warning in &self.warnings {
            let Warning { code, message, .. } = &warning.said;
            println!("{ODD}warning{ODD:#}  {}: {message} {DIM}({code}){DIM:#}", warning.place);
        }
        for problem in &self.problems {
            let Problem { code, message, .. } = &problem.said;
            println!("{BAD}problem{BAD:#}  {}: {message} {DIM}({code}){DIM:#}", problem.place);
        }
        match self.has_problems() {
            true => println!("it cannot be carried out; nothing was sent"),
            false => println!("it can be carried out; nothing was sent"),
        }
    }
}

/// The value of a field: a text as it is.
fn value(field: &Field) -> String {
    field
        .value
        .as_str()
        .map_or_else(|| field.value.to_string(), str::to_owned)
}
