//! `knock check`: whether configurations can work, before anything happens.

mod event;
mod place;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use clap::Args;
use host_harness::contract::{Finding, Invocation, Manifest, Severity};
use host_harness::engine::{EngineOptions, Plugin};
use host_harness::envelope::DEFAULT_TRIGGER;
use host_harness::text;
use serde::Serialize;
use serde_json::json;

use event::ReadEvent;

use super::connect::{Need, connect, load};
use super::declaration::declaration;
use super::exit::Exit;
use super::input::{Configuration, Event};
use super::invoke::carry_out;
use super::locate::line_and_column;
use super::print::{BOLD, DIM, GOOD};
use super::servers::unreachable_servers;
use super::written::{Written, is_standard_input};
use super::{Options, configurations, print};
use crate::command::terminal::{self, println};

/// The action that asks GHL.
const PROBE: &str = "connection.probe";

/// How long to ask again before giving up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Say whether configurations can work, and what in them cannot. Nothing is changed, and without `--live` nothing asked.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// A configuration, TOML or JSON, or a folder of them; `-` reads standard input.
    #[arg(long, value_name = "FILE|DIR", required = true)]
    config: Vec<PathBuf>,
    /// Ask GHL, too: whether calendars and users are there, what the credential may read, what already tells people.
    #[arg(long)]
    live: bool,
    /// Show what each configuration makes of this event, JSON: its fields, its visit in words, what is wrong with it.
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// What happened, when the event does not say.
    #[arg(long, value_name = "KEY", default_value = DEFAULT_TRIGGER, requires = "event")]
    trigger: String,
}

/// A file, and what is to be said about it.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    #[serde(skip)]
    text: String,
    findings: Vec<Located>,
    /// The permissions that the credential needs; nothing when there are errors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
    /// What the component declares, where it is not the built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<Manifest>,
    /// What it makes of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<ReadEvent>,
}

/// A finding with its place in the file.
#[derive(Debug, Serialize)]
struct Located {
    #[serde(skip)]
    bytes: Option<Range<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(flatten)]
    finding: Finding,
}

impl Check {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let event = self.event()?;
        let plugin = load(options, EngineOptions::default())?;
        let mut all = Vec::new();
        for path in configurations::files(&self.config)? {
            all.push(check(&plugin, &path, self.live, event.as_ref(), options).await?);
        }
        match options.json {
            true => print::document(&all),
            false => {
                for (index, checked) in all.iter().enumerate() {
                    if index > 0 {
                        println!();
                    }
                    show(checked);
                }
            }
        }
        let is_wrong =
            |checked: &Checked| checked.has_errors() || checked.event.as_ref().is_some_and(ReadEvent::has_problems);
        match all.iter().any(is_wrong) {
            true => Err(Exit::said()),
            false => Ok(()),
        }
    }

    fn event(&self) -> Result<Option<Event>, Exit> {
        let Some(path) = &self.event else {
            return Ok(None);
        };
        if is_standard_input(path) && self.config.iter().any(|config| is_standard_input(config)) {
            return Err(Exit::misused(
                "`--config` and `--event` cannot both be standard input; give one of them as a file",
            ));
        }
        Event::read(path, &self.trigger).map(Some)
    }
}

async fn check(
    plugin: &Plugin,
    path: &Path,
    live: bool,
    event: Option<&Event>,
    options: &Options,
) -> Result<Checked, Exit> {
    let written = Written::read(path)?;
    let file = written.name.clone();
    let text = written.text.clone();
    let value = match written.value() {
        Ok(value) => value,
        Err((bytes, message)) => {
            let finding = Finding {
                severity: Severity::Error,
                code: if written.is_toml { "no-toml" } else { "no-json" }.to_owned(),
                pointer: String::new(),
                within: None,
                message,
            };
            return Ok(Checked {
                file,
                findings: vec![Located::new(Some(bytes), finding, &text)],
                text,
                scopes: Vec::new(),
                manifest: None,
                event: None,
            });
        }
    };
    let mut configuration = Configuration::new(written, value);
    let json = configuration.json(options);
    let mut findings = plugin
        .check(&json)
        .await
        .map_err(|error| Exit::failed(error.to_string()))?;
    findings.extend(unreachable_servers(&json).into_iter().map(|problem| Finding {
        severity: Severity::Error,
        code: problem.code,
        pointer: problem.pointer,
        within: None,
        message: problem.message,
    }));
    if live && findings.iter().all(|finding| finding.severity != Severity::Error) {
        findings.extend(probe(&mut configuration, options).await?);
    }
    let mut findings: Vec<_> = findings
        .into_iter()
        .map(|finding| {
            let bytes = place::bytes(configuration.written(), &finding);
            Located::new(bytes, finding, &text)
        })
        .collect();
    findings.sort_by_key(|located| located.bytes.as_ref().map(|bytes| bytes.start));
    let mut checked = Checked {
        file,
        text,
        findings,
        scopes: Vec::new(),
        manifest: None,
        event: None,
    };
    if !checked.has_errors() {
        let manifest = plugin.manifest(&json).await;
        let manifest = manifest.map_err(|error| Exit::failed(error.to_string()))?;
        checked.scopes = manifest.scopes.clone();
        checked.manifest = options.plugin.is_some().then_some(manifest);
        if let Some(event) = event {
            let read = ReadEvent::read(plugin, configuration.written(), &json, event).await;
            checked.event = Some(read?);
        }
    }
    Ok(checked)
}

/// What GHL says about what the configuration names.
async fn probe(configuration: &mut Configuration, options: &Options) -> Result<Vec<Finding>, Exit> {
    configuration.allow(PROBE);
    let connection = connect(options, configuration, Need::Secrets, None).await?;
    let invocation = Invocation {
        action: PROBE.to_owned(),
        input: json!({}),
        subject: None,
        key: None,
    };
    let probed = carry_out(&connection, &invocation, PATIENCE).await?;
    let probed = probed.map_err(|failure| Exit::failed(format!("GHL could not be asked: {}", failure.sentence())))?;
    let findings = probed.output.and_then(|output| output.get("findings").cloned());
    serde_json::from_value(findings.unwrap_or_default())
        .map_err(|error| Exit::failed(format!("the component's findings cannot be understood: {error}")))
}

impl Located {
    fn new(bytes: Option<Range<usize>>, finding: Finding, text: &str) -> Self {
        let place = bytes.as_ref().and_then(|bytes| line_and_column(text, bytes.start));
        let (line, column) = place.unzip();
        Self {
            bytes,
            line,
            column,
            finding,
        }
    }
}

impl Checked {
    fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings.filter(|located| located.finding.severity == severity).count()
    }

    fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

/// Where the bytes of a text stand once the text can be shown.
fn as_shown(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let shown = |end: usize| text.get(..end).map_or(end, |part| text::block(part).len());
    shown(bytes.start)..shown(bytes.end)
}

fn show(checked: &Checked) {
    let renderer = Renderer::styled();
    // The renderer takes texts as they are, so it is given what can be shown, and what it draws is its own.
    let file = text::line(&checked.file);
    let source = text::block(&checked.text);
    for located in &checked.findings {
        let level = match located.finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level
            .primary_title(text::line(&located.finding.message))
            .id(text::line(&located.finding.code));
        let group = match &located.bytes {
            Some(bytes) => {
                let annotation = AnnotationKind::Primary.span(as_shown(&checked.text, bytes));
                let snippet = Snippet::source(source.as_ref()).path(file.as_ref());
                title.element(snippet.annotation(annotation))
            }
            None => title.element(Origin::path(file.as_ref())),
        };
        terminal::drawing(&renderer.render(&[group]));
        println!();
    }
    let words = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ];
    let counts: Vec<_> = words
        .into_iter()
        .map(|(severity, word)| (checked.count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| match count {
            1 => format!("1 {word}"),
            count => format!("{count} {word}s"),
        })
        .collect();
    let counts = match counts.as_slice() {
        [] => String::new(),
        counts => format!(": {}", counts.join(", ")),
    };
    if checked.has_errors() {
        println!("{BOLD}{file}{BOLD:#}{counts}");
        return;
    }
    println!("{GOOD}good{GOOD:#}  {file}{counts}");
    println!("{DIM}its recipes use the scopes {}{DIM:#}", checked.scopes.join(", "));
    if let Some(manifest) = &checked.manifest {
        println!("the component declares:");
        for line in declaration(manifest).lines() {
            println!("{line}");
        }
    }
    if let Some(event) = &checked.event {
        println!();
        event.show();
    }
}
