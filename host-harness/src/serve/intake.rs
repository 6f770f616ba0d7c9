//! Takes events in: says who each is, and answers when they are on the disk.

use super::admission::{Admission, Gate, IntakeOptions, Room};
use super::connections::Served;
use super::identify::{Identified, identify};
use super::metrics::Metrics;
use super::notifier::Notifier;
use crate::contract::{Event, Problem, Warning};
use crate::inbox::{Inbox, Status};
use crate::storage::StorageError;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::task::JoinSet;

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
        let time = self.intake.admission.options().time;
        let identified = tokio::time::timeout(time, self.identify(events))
            .await
            .map_err(|_| IntakeError::Component("it takes too long".to_owned()))??;
        let (arrivals, identified): (Vec<_>, Vec<_>) = identified
            .into_iter()
            .map(|(event, identified)| (identified.arrival(event, bulk), identified))
            .unzip();
        let under = self.served.registered;
        let accepted = self.intake.blocking(move |inbox| inbox.accept(under, arrivals)).await?;
        self.gate.add_to_backlog(accepted.len());
        self.intake.notifier.accepted();
        let acknowledged = accepted.into_iter().zip(identified);
        Ok(acknowledged
            .map(|(accepted, Identified { identity, problems })| Acknowledgement {
                number: accepted.number,
                id: identity.event_id,
                subject: identity.subject,
                status: accepted.status,
                duplicate: accepted.duplicate,
                problems,
                warnings: identity.warnings,
            })
            .collect())
    }

    /// Asks the component who each event is, some side by side.
    async fn identify(&self, events: Vec<Event>) -> Result<Vec<(Event, Identified)>, IntakeError> {
        let mut asked = JoinSet::new();
        for (index, event) in events.into_iter().enumerate() {
            let (admission, gate, served) = (self.intake.admission.clone(), self.gate.clone(), self.served.clone());
            asked.spawn(async move {
                let _lane = admission.lane(&gate).await;
                let identified = identify(&served, &event).await;
                identified.map(|identified| (index, event, identified))
            });
        }
        let mut identified = Vec::with_capacity(asked.len());
        while let Some(one) = asked.join_next().await {
            identified.push(one.map_err(|error| IntakeError::Component(error.to_string()))??);
        }
        identified.sort_by_key(|(index, ..)| *index);
        Ok(identified
            .into_iter()
            .map(|(_, event, identified)| (event, identified))
            .collect())
    }
}
