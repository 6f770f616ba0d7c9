//! Takes the events of a file into the inbox.

use std::sync::Arc;

use host_harness::bulk::Events;
use host_harness::contract::Event;
use host_harness::inbox::Inbox;
use host_harness::serve::{Connections, Intake, IntakeError, IntakeOptions, Notifier, Served};

use super::check::Check;
use super::progress::Progress;
use super::{Many, Taken, TakenIn};
use crate::command::exit::Exit;

/// How many events are written at a time.
const AT_A_TIME: usize = 500;

impl Many {
    /// Takes in what can be used. What was taken in before is recognised.
    pub(super) async fn enqueue(
        &self,
        events: Events,
        check: &Check,
        connections: &Connections,
        inbox: &Inbox,
        notifier: &Arc<Notifier>,
        progress: &Progress,
    ) -> Result<TakenIn, Exit> {
        let mut taken_in = Vec::new();
        let Some(served) = connections.only() else {
            return Ok(taken_in);
        };
        let options = IntakeOptions {
            // It is one import, and it is written down as fast as the disk takes it.
            backlog: usize::MAX,
            ..IntakeOptions::default()
        };
        let intake = Intake::new(inbox.clone(), notifier.clone(), Arc::default(), options);
        progress.enqueue(check.events);
        let mut batch = Vec::new();
        for line in events {
            let Ok(line) = line? else {
                continue;
            };
            if check.is_usable(line.number) {
                batch.push((line.number, self.event(line.into_event())));
            }
            if batch.len() == AT_A_TIME {
                take(&intake, served, std::mem::take(&mut batch), &mut taken_in).await?;
                progress.enqueued(AT_A_TIME);
            }
        }
        take(&intake, served, batch, &mut taken_in).await?;
        progress.end();
        Ok(taken_in)
    }

    /// An event of an import tells nobody, unless that is wanted.
    fn event(&self, event: Event) -> Event {
        Event {
            notify: event.notify && self.notify,
            ..event
        }
    }
}

async fn take(
    intake: &Intake,
    served: &Arc<Served>,
    batch: Vec<(u64, Event)>,
    taken_in: &mut TakenIn,
) -> Result<(), Exit> {
    if batch.is_empty() {
        return Ok(());
    }
    let failed = |error: IntakeError| Exit::failed(format!("{error}; the same command goes on where this one was"));
    let (lines, events): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let place = intake.admit(served, 0).await.map_err(failed)?;
    let acknowledged = place.take(events, true).await.map_err(failed)?;
    taken_in.extend(lines.into_iter().zip(acknowledged).map(|(line, acknowledged)| Taken {
        line,
        number: acknowledged.number,
        before: acknowledged.duplicate && acknowledged.status.is_final(),
    }));
    Ok(())
}
