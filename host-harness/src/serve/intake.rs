//! Takes events in: says who each is, and answers when they are on the disk.

use super::acknowledgement::{Acknowledgement, IntakeError};
use super::admission::{Admission, Gate, IntakeOptions, Room};
use super::connections::Served;
use super::failed::Failed;
use super::identify::{Identified, identify};
use super::metrics::Metrics;
use super::notifier::Notifier;
use crate::contract::Event;
use crate::inbox::{Arrival, Inbox};
use crate::storage::StorageError;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Takes events in for all connections. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    inbox: Inbox,
    notifier: Arc<Notifier>,
    metrics: Arc<Metrics>,
    admission: Arc<Admission>,
}

/// Room for events of one connection to be taken in. Held while they come, so that what is held in memory is bounded.
pub struct Place {
    intake: Intake,
    served: Arc<Served>,
    gate: Arc<Gate>,
    room: Room,
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

    /// Makes room for events that take so many bytes, before they are read. Where it is not known how many come, the
    /// room [grows](Place::grow_to) with them.
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
            room,
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
    /// Makes it room for so many bytes altogether, before they are kept.
    ///
    /// # Errors
    /// At once when there is no more room.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), IntakeError> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let grown = self.intake.admission.grow(&self.gate, &mut self.room, bytes);
        let grown = grown.map_err(|_| IntakeError::Crowded);
        grown.inspect_err(|error| self.intake.metrics.note_refused(&self.served.name, error))
    }

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
        let _turn = self
            .intake
            .admission
            .turn(&self.gate)
            .map_err(|_| IntakeError::Crowded)?;
        let time = self.intake.admission.options().time;
        let asked = tokio::time::timeout(time, self.ask(events, bulk)).await;
        let asked = asked.map_err(|_| IntakeError::Component("it takes too long".to_owned()))??;
        let (arrivals, identified): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
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
    async fn ask(&self, events: Vec<Event>, bulk: bool) -> Result<Vec<(Arrival, Identified)>, IntakeError> {
        let mut asked = JoinSet::new();
        for (index, event) in events.into_iter().enumerate() {
            let (admission, gate, served) = (self.intake.admission.clone(), self.gate.clone(), self.served.clone());
            asked.spawn(async move {
                let _lane = admission.lane(&gate).await;
                let identified = identify(&served, &event).await?;
                let arrival = arrival(&served, event, &identified, bulk).await;
                Ok::<_, IntakeError>((index, arrival, identified))
            });
        }
        let mut all = Vec::with_capacity(asked.len());
        while let Some(one) = asked.join_next().await {
            all.push(one.map_err(|error| IntakeError::Component(error.to_string()))??);
        }
        all.sort_by_key(|(index, ..)| *index);
        Ok(all
            .into_iter()
            .map(|(_, arrival, identified)| (arrival, identified))
            .collect())
    }
}

/// The event for the inbox, with what follows from it when it cannot be worked with.
async fn arrival(served: &Served, event: Event, identified: &Identified, bulk: bool) -> Arrival {
    let mut arrival = identified.arrival(event, bulk);
    if let Some(ending) = arrival.failure.as_ref().filter(|_| !served.in_shadow) {
        let failed = Failed {
            id: &arrival.id,
            subject: &arrival.subject,
            event: &arrival.event,
            bulk,
        };
        arrival.follow_up = failed.follow_up(served, ending).await.map(Box::new);
    }
    arrival
}
