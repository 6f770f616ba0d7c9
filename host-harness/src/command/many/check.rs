//! Checks all events of a file before the first is carried out.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use host_harness::bulk::{BadLine, Events, Line};
use host_harness::contract::{Identity, Problem};
use host_harness::engine::{Connection, RunError};
use tokio::task::JoinSet;

use super::progress::Progress;
use crate::command::exit::{BAD, Exit};
use crate::command::terminal::println;

/// How many events the component is asked about at a time.
const AT_A_TIME: usize = 64;

/// How many lines are shown that cannot be used.
const SHOWN: usize = 20;

/// What is in a file, as far as can be told without sending anything.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) events: usize,
    pub(super) duplicates: usize,
    /// The lines that cannot be used.
    unusable: HashSet<u64>,
    /// Those of them that are shown, in their order.
    pub(super) shown: Vec<BadLine>,
    // Hashes, for files of millions: these are figures to read, and nothing depends on them.
    subjects: HashSet<u64>,
    identities: HashSet<u64>,
}

impl Check {
    /// Asks the component who each event is. It has no network for that.
    pub(super) async fn of(mut events: Events, connection: &Connection, progress: &Progress) -> Result<Self, Exit> {
        let mut check = Self::default();
        progress.check();
        loop {
            let mut asked = JoinSet::new();
            for (index, line) in events.by_ref().take(AT_A_TIME).enumerate() {
                let (line, connection) = (line?, connection.clone());
                asked.spawn(async move { (index, look(line, &connection).await) });
            }
            if asked.is_empty() {
                progress.end();
                return Ok(check);
            }
            let mut answers = asked.join_all().await;
            answers.sort_by_key(|(index, _)| *index);
            for (_, answer) in answers {
                match answer? {
                    Ok(identity) => check.note(&identity),
                    Err(bad) => check.refuse(bad),
                }
            }
            progress.checked(check.events + check.unusable.len());
        }
    }

    /// Different things that the events are about.
    pub(super) fn leads(&self) -> usize {
        self.subjects.len()
    }

    pub(super) fn unusable(&self) -> usize {
        self.unusable.len()
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.unusable.is_empty()
    }

    /// Whether the event of this line can be carried out.
    pub(super) fn is_usable(&self, line: u64) -> bool {
        !self.unusable.contains(&line)
    }

    pub(super) fn print(&self, file: &str) {
        println!(
            "`{file}`: events {}, leads {}, duplicates {}, lines that cannot be used {}",
            self.events,
            self.leads(),
            self.duplicates,
            self.unusable()
        );
        for BadLine { number, problems } in &self.shown {
            for problem in problems {
                println!("  {BAD}line {number}{BAD:#}  {problem}");
            }
        }
        let rest = self.unusable() - self.shown.len();
        if rest > 0 {
            println!("  and {rest} more");
        }
    }

    fn note(&mut self, identity: &Identity) {
        self.events += 1;
        self.subjects.insert(hash(&identity.subject));
        if !self
            .identities
            .insert(hash(&(&identity.event_id, &identity.fingerprint)))
        {
            self.duplicates += 1;
        }
    }

    fn refuse(&mut self, bad: BadLine) {
        self.unusable.insert(bad.number);
        if self.shown.len() < SHOWN {
            self.shown.push(bad);
        }
    }
}

async fn look(line: Result<Line, BadLine>, connection: &Connection) -> Result<Result<Identity, BadLine>, Exit> {
    let line = match line {
        Ok(line) => line,
        Err(bad) => return Ok(Err(bad)),
    };
    let bad = |problems: Vec<String>| {
        Ok(Err(BadLine {
            number: line.number,
            problems,
        }))
    };
    match connection.identify(line.event()).await {
        Ok(Ok(identity)) => Ok(Ok(identity)),
        Ok(Err(problems)) => bad(problems.iter().map(|problem: &Problem| line.problem(problem)).collect()),
        Err(error @ (RunError::Trapped { .. } | RunError::Contract(_) | RunError::Panicked(_))) => {
            bad(vec![error.to_string()])
        }
        Err(error @ RunError::Host(_)) => Err(Exit::failed(error.to_string())),
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
