//! Reads configurations and events.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use host_harness::contract::{self, Document, Problem};
use host_harness::envelope::Envelope;
use host_harness::payload::{self, Payload, PayloadError};
use serde_json::Value;

use super::Options;
use super::exit::Exit;
use super::written::{Written, is_standard_input};

/// The event and the configuration it runs under.
#[derive(Debug)]
pub(super) struct Inputs {
    config: PathBuf,
    event: PathBuf,
    /// What happened, when the event does not say.
    trigger: String,
}

impl Inputs {
    pub(super) fn new(config: PathBuf, event: PathBuf, trigger: String) -> Self {
        Self { config, event, trigger }
    }

    pub(super) fn read(&self) -> Result<(Configuration, Event), Exit> {
        if is_standard_input(&self.config) && is_standard_input(&self.event) {
            return Err(Exit::misused(
                "`--config` and `--event` cannot both be standard input; give one of them as a file",
            ));
        }
        Ok((
            Configuration::read(&self.config)?,
            Event::read(&self.event, &self.trigger)?,
        ))
    }
}

/// A configuration as it was written.
#[derive(Debug)]
pub(super) struct Configuration {
    written: Written,
    value: Value,
}

impl Configuration {
    /// Lets an action be asked for by itself: whoever asks for it means that.
    pub(super) fn allow(&mut self, action: &str) {
        let Some(keys) = self.value.as_object_mut() else {
            return;
        };
        let actions = keys.entry("actions").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(actions) = actions
            && !actions.iter().any(|allowed| allowed == action)
        {
            actions.push(action.into());
        }
    }

    /// The text of a key, if it has one.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value.get(name)?.as_str()
    }

    /// What it says, and beside it what the options say.
    pub(super) fn json(&self, options: &Options) -> String {
        let mut value = self.value.clone();
        if let (Some(url), Some(keys)) = (&options.base_url, value.as_object_mut()) {
            keys.insert("base_url".to_owned(), url.clone().into());
        }
        value.to_string()
    }

    pub(super) fn read(path: &Path) -> Result<Self, Exit> {
        let written = Written::read(path)?;
        let Written { name, text, is_toml } = &written;
        let value = if *is_toml {
            toml::from_str::<Value>(text).map_err(|error| Exit::no_toml(&format!("`{name}` is no TOML"), &error))?
        } else {
            written.json_value()?
        };
        Ok(Self::new(written, value))
    }

    /// A configuration as it was written, and what it says.
    pub(super) fn new(written: Written, value: Value) -> Self {
        Self { written, value }
    }

    /// What it says.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// As it was written.
    pub(super) fn written(&self) -> &Written {
        &self.written
    }

    /// The problems of the configuration, each with its place in the file.
    pub(super) fn problems(&self, problems: &[Problem]) -> Exit {
        let mut lines: Vec<_> = problems
            .iter()
            .map(|problem| self.written.problem(&problem.pointer, &problem.message))
            .collect();
        lines.sort();
        let lines = lines.into_iter().map(|(_, sentence)| sentence);
        Exit::misused("the configuration cannot be used").with(lines)
    }
}

/// An event as it was written.
#[derive(Debug)]
pub(super) struct Event {
    written: Written,
    envelope: Envelope,
}

impl Event {
    pub(super) fn read(path: &Path, trigger: &str) -> Result<Self, Exit> {
        let written = Written::read_json(path)?;
        let value = read(&written)?;
        match Envelope::read(value, trigger, Utc::now()) {
            Ok(envelope) => Ok(Self { written, envelope }),
            Err(problems) => {
                let name = &written.name;
                let lines = problems.iter().map(|problem| sentence(name, &problem.pointer, problem));
                Err(Exit::misused(format!("`{name}` is no event")).with(lines))
            }
        }
    }

    pub(super) fn event(&self) -> &contract::Event {
        &self.envelope.event
    }

    /// What the file is called.
    pub(super) fn name(&self) -> &str {
        &self.written.name
    }

    /// A problem of the event with its place in the file.
    pub(super) fn problem(&self, problem: &Problem) -> String {
        let name = match problem.document {
            Document::Configuration => "the configuration",
            Document::Event | Document::Input => self.name(),
        };
        sentence(name, self.envelope.layout.place(problem), problem)
    }

    /// Line and column in the file of what a pointer into the event means.
    pub(super) fn line_and_column(&self, pointer: &str) -> Option<(usize, usize)> {
        self.written.line_and_column(self.envelope.layout.pointer(pointer))
    }
}

/// What a file says that holds one event, however programs write it.
fn read(written: &Written) -> Result<Value, Exit> {
    let name = &written.name;
    let value = match payload::read_file(written.text.as_bytes()) {
        Ok(Payload { value, .. }) => value,
        // It says where.
        Err(PayloadError::Json(_)) => written.json_value()?,
        Err(error) => return Err(Exit::misused(format!("`{name}` cannot be read: {error}"))),
    };
    match &value {
        Value::Array(entries) => Err(Exit::misused(format!(
            "`{name}` is a list ({}), and `--event` takes one event: write each entry into a line of a `.jsonl` file, and \
             give that to `knock plan` or `knock run` with `--events`",
            entries.len()
        ))),
        _ => Ok(value),
    }
}

pub(super) fn sentence(name: &str, pointer: &str, problem: &Problem) -> String {
    match pointer {
        "" => format!("{name}: {}", problem.message),
        pointer => format!("{name} at `{pointer}`: {}", problem.message),
    }
}

/// The longest duration that an option may have. Nobody means more, and it can be added to any instant.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// The longest budget of one run: others wait for the subject as long.
const LONGEST_BUDGET: Duration = Duration::from_secs(3_600);

/// A duration among the options.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text);
    match duration {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err("write ten years (`3650d`) at most".to_owned()),
        Err(_) => Err("write it like `90s`, `10m` or `1h 30m`".to_owned()),
    }
}

/// The time in which one run may begin requests.
pub(super) fn budget(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        budget if budget <= LONGEST_BUDGET => Ok(budget),
        _ => Err("write one hour (`1h`) at most: what one run does not finish, the next one goes on with".to_owned()),
    }
}
