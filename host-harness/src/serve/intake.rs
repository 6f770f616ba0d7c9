//! Takes events in: says who each is, and answers when they are on the disk.

use super::admission::{Admission, Gate, IntakeOptions, Room};
use super::connections::Served;
use super::metrics::Metrics;
use super::notifier::Notifier;
use crate::contract::{Event, Failure, Invalid, Problem, Warning};
use crate::engine::RunError;
use crate::inbox::{Arrival, Ending, Inbox, Status};
use crate::storage::StorageError;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::task::JoinSet;

/// The longest id or subject that is kept of an event that the component cannot work with, in bytes.
const NAME_LIMIT: usize = 200;

/// Takes events in for all connections. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    inbox: Inbox,
    notifier: Arc<Notifier>,
    metrics: Arc<Metrics>,
    admission: Arc<Admission>,
}

/// Why events are not taken in. None of them is: whoever sends them sends them again, after
/// [`retry_after`](Self::retry_after).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IntakeError {
    /// More comes in for this connection, or for all, than is worked on at the same time.
    #[error("too much is coming in at the same time")]
    Crowded,
    /// So many events of this connection wait already.
    #[error("{0} events of this connection wait already")]
    Backlog(usize),
    /// The state file does not take them.
    #[error(transparent)]
    Storage(StorageError),
    /// The component cannot be run.
    #[error("cannot say who the events are: {0}")]
    Component(String),
}

impl IntakeError {
    /// For programs: `crowded`, `backlog`, `storage`, `component`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Crowded => "crowded",
            Self::Backlog(_) => "backlog",
            Self::Storage(_) => "storage",
            Self::Component(_) => "component",
        }
    }

    /// When it is worth trying again.
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Crowded | Self::Storage(StorageError::Overrun { .. }) => Duration::from_secs(1),
            Self::Component(_) => Duration::from_secs(5),
            Self::Backlog(_) | Self::Storage(_) => Duration::from_secs(30),
        }
    }
}

/// An event that was taken in, and is on the disk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Acknowledgement {
    /// Its number in the inbox.
    pub number: u64,
    /// Its id, given or derived.
    pub id: String,
    /// What it is about, given or derived.
    pub subject: String,
    /// Where it stands: `waiting`, or `failed` when it cannot be worked with; of a duplicate, wherever the first is.
    pub status: Status,
    /// Whether it was there before.
    pub duplicate: bool,
    /// Why it cannot be worked with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What was assumed about who it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// Room for events of one connection to be taken in. Held while they come, so that what is held in memory is bounded.
pub struct Place {
    intake: Intake,
    served: Arc<Served>,
    gate: Arc<Gate>,
    _room: Room,
}

impl Intake {
    /// An intake into this inbox.
    pub fn new(inbox: Inbox, notifier: Arc<Notifier>, metrics: Arc<Metrics>, options: IntakeOptions) -> Self {
        Self {
            inbox,
            notifier,
            metrics,
            admission: Arc::new(Admission::new(options)),
        }
    }

    /// Makes room for events that take so many bytes, before they are read.
    ///
    /// # Errors
    /// At once when there is no room, or when enough waits to be run.
    pub async fn admit(&self, served: &Arc<Served>, bytes: u64) -> Result<Place, IntakeError> {
        let admitted = self.look_for_room(served, bytes).await;
        admitted.inspect_err(|error| self.metrics.note_refused(&served.name, error))
    }

    async fn look_for_room(&self, served: &Arc<Served>, bytes: u64) -> Result<Place, IntakeError> {
        let gate = self.admission.gate(served.registered.connection);
        let room = self.admission.room(&gate, bytes).map_err(|_| IntakeError::Crowded)?;
        self.look_at_backlog(served, &gate).await?;
        Ok(Place {
            intake: self.clone(),
            served: served.clone(),
            gate,
            _room: room,
        })
    }

    async fn look_at_backlog(&self, served: &Served, gate: &Gate) -> Result<(), IntakeError> {
        let most = self.admission.options().backlog;
        let waiting = match gate.backlog() {
            Some(waiting) => waiting,
            None => {
                let connection = served.registered.connection;
                let waiting = self.blocking(move |inbox| inbox.backlog(connection, most)).await?;
                gate.note_backlog(waiting);
                waiting
            }
        };
        if waiting < most {
            Ok(())
        } else {
            Err(IntakeError::Backlog(most))
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Inbox) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, IntakeError> {
        let inbox = self.inbox.clone();
        let ended = tokio::task::spawn_blocking(move || work(inbox)).await;
        let ended = ended.map_err(|error| IntakeError::Component(error.to_string()))?;
        ended.map_err(IntakeError::Storage)
    }
}

impl Place {
    /// Takes events in, all or none. When this returns they are on the disk, and the same again are answered alike.
    ///
    /// One that the component finds invalid is taken in as well, and set aside with its problems: nothing is lost.
    /// `bulk`: they come with many others, and nobody waits for them.
    pub async fn take(self, events: Vec<Event>, bulk: bool) -> Result<Vec<Acknowledgement>, IntakeError> {
        let taken = self.acknowledge(events, bulk).await;
        let (metrics, connection) = (&self.intake.metrics, &self.served.name);
        match &taken {
            Ok(events) => metrics.note_received(connection, events),
            Err(error) => metrics.note_refused(connection, error),
        }
        taken
    }

    async fn acknowledge(&self, events: Vec<Event>, bulk: bool) -> Result<Vec<Acknowledgement>, IntakeError> {
        let identified = self.identify(events);
        let time = self.intake.admission.options().time;
        let known = tokio::time::timeout(time, identified)
            .await
            .map_err(|_| IntakeError::Component("it takes too long".to_owned()))??;
        let (mut arrivals, mut notes) = (Vec::new(), Vec::new());
        for Known { arrival, warnings } in known {
            notes.push((
                arrival.id.clone(),
                arrival.subject.clone(),
                problems(&arrival),
                warnings,
            ));
            arrivals.push(Arrival { bulk, ..arrival });
        }
        let under = self.served.registered;
        let accepted = self.intake.blocking(move |inbox| inbox.accept(under, arrivals)).await?;
        self.gate.add_to_backlog(accepted.len());
        self.intake.notifier.accepted();
        let acknowledged = accepted.into_iter().zip(notes);
        Ok(acknowledged
            .map(|(accepted, (id, subject, problems, warnings))| Acknowledgement {
                number: accepted.number,
                id,
                subject,
                status: accepted.status,
                duplicate: accepted.duplicate,
                problems,
                warnings,
            })
            .collect())
    }

    /// Asks the component who each event is, some side by side.
    async fn identify(&self, events: Vec<Event>) -> Result<Vec<Known>, IntakeError> {
        let mut asked = JoinSet::new();
        for (index, event) in events.into_iter().enumerate() {
            let (admission, gate, served) = (self.intake.admission.clone(), self.gate.clone(), self.served.clone());
            asked.spawn(async move {
                let _lane = admission.lane(&gate).await;
                known(&served, event).await.map(|known| (index, known))
            });
        }
        let mut known = Vec::with_capacity(asked.len());
        while let Some(answer) = asked.join_next().await {
            known.push(answer.map_err(|error| IntakeError::Component(error.to_string()))??);
        }
        known.sort_by_key(|(index, _)| *index);
        Ok(known.into_iter().map(|(_, known)| known).collect())
    }
}

/// An event of which it is known who it is.
struct Known {
    arrival: Arrival,
    warnings: Vec<Warning>,
}

async fn known(served: &Served, event: Event) -> Result<Known, IntakeError> {
    match served.connection.identify(&event).await {
        Ok(Ok(identity)) => Ok(Known {
            arrival: Arrival {
                event,
                id: identity.event_id,
                subject: identity.subject,
                fingerprint: identity.fingerprint,
                bulk: false,
                failure: None,
            },
            warnings: identity.warnings,
        }),
        Ok(Err(problems)) => {
            let invalid = Failure::PermanentInvalid(Invalid { problems });
            Ok(unknown(event, Some(Ending::Failure(invalid))))
        }
        // It is run all the same, and set aside when it is the event that stops the component.
        Err(RunError::Trapped { .. } | RunError::Contract(_)) => Ok(unknown(event, None)),
        Err(RunError::Host(reason)) => Err(IntakeError::Component(reason)),
    }
}

/// An event of which the component does not say who it is.
fn unknown(event: Event, failure: Option<Ending>) -> Known {
    let given = |name: &Option<String>| {
        let name = name.as_deref()?.trim();
        (1..=NAME_LIMIT).contains(&name.len()).then(|| name.to_owned())
    };
    let fingerprint = fingerprint(&event);
    let id = given(&event.id).unwrap_or_else(|| fingerprint.clone());
    Known {
        arrival: Arrival {
            subject: given(&event.subject).unwrap_or_else(|| id.clone()),
            id,
            fingerprint,
            bulk: false,
            failure,
            event,
        },
        warnings: Vec::new(),
    }
}

/// Name of an event's content. When it occurred does not count: it may be when it came in.
fn fingerprint(event: &Event) -> String {
    let mut hash = Sha256::new();
    hash.update(event.trigger.as_bytes());
    hash.update([0]);
    hash.update(event.data.to_string().as_bytes());
    let digest = hash.finalize();
    let hexadecimal = |text: String, byte: &u8| text + &format!("{byte:02x}");
    digest.iter().take(16).fold("host-".to_owned(), hexadecimal)
}

fn problems(arrival: &Arrival) -> Vec<Problem> {
    match &arrival.failure {
        Some(Ending::Failure(Failure::PermanentInvalid(invalid))) => invalid.problems.clone(),
        _ => Vec::new(),
    }
}
