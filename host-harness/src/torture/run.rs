//! The whole of it, from the first process to the verdict.

use super::error::TortureError;
use super::feeder::{Counts, Feed, Order, feed};
use super::hostile;
use super::hosts::{Hosts, Setup};
use super::judge::judge;
use super::lead::Lead;
use super::report::{Finding, Report};
use super::town;
use super::trouble::{Done, LONGEST_RELEASE, Trouble};
use crate::emulator::Rain;
use crate::engine::Limits;
use crate::inbox::{Filter, Inbox, Status};
use crate::storage::{StateFile, whole_ms};
use chrono::Utc;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long one run of an event may begin requests: short, so that claims are.
const BUDGET: Duration = Duration::from_secs(2);

/// How often to look how far the processes are.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is to be proved, and how hard.
#[derive(Clone, Debug)]
pub struct Torture {
    /// The program `knock`.
    pub program: PathBuf,
    /// An empty folder for configurations, state and logs.
    pub folder: PathBuf,
    /// Where chance comes from.
    pub seed: u64,
    /// Leads that are booked.
    pub bookings: usize,
    /// GHL locations, and as many connections.
    pub locations: usize,
    /// Processes that share the state file.
    pub processes: usize,
    /// How many of them are killed, and started again.
    pub kills: u32,
    /// How many times one stands still for longer than its claims live.
    pub stops: u32,
    /// The faults. Together, the most by which commits are late and reads are behind must stay below `settle`.
    pub rain: Rain,
    /// How long the effect of a request may take to show, in full seconds.
    pub settle: Duration,
    /// Whether the events of a lead come in the order in which they occur.
    pub in_order: bool,
    /// How long the processes may take to finish once everything is fed.
    pub patience: Duration,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Events that will be acknowledged, those sent again included.
    pub events: u64,
    /// Those that were.
    pub acknowledged: u64,
    /// Events that are not finished.
    pub unfinished: u64,
    /// Processes killed.
    pub kills: u64,
    /// Processes stopped.
    pub stops: u64,
}

impl Torture {
    /// Does it all, and judges.
    ///
    /// # Errors
    /// Why nothing could be proved.
    pub async fn run(&self, mut progress: impl FnMut(Progress)) -> Result<Report, TortureError> {
        let began = Instant::now();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let first = Lead::first_visit(Utc::now());
        let leads: Vec<_> = (0..self.bookings)
            .map(|number| Lead::draw(number, self.locations, first, &mut random))
            .collect();
        let order = if self.in_order { Order::Kept } else { Order::Any };
        let feeding = Arc::new(Feed::of(&leads, order, &mut random));
        let sent = feeding.total;

        fs::create_dir_all(&self.folder).map_err(|source| TortureError::Folder {
            path: self.folder.clone(),
            source,
        })?;
        let server = town::open(self.locations, &self.rain).await?;
        let setup = Setup {
            program: self.program.clone(),
            folder: self.folder.clone(),
            base_url: format!("http://{}", server.address()),
            locations: self.locations,
            budget: BUDGET,
        };
        town::write_configurations(&server, self.settle, &setup.configurations())?;
        let inbox = Inbox::new(Arc::new(StateFile::open(&setup.state())?));
        // This process, whose clock is right, works with the file all the time. So none of the others, whose clocks are
        // wrong, sets the file's by its own.
        inbox.file().owner()?;
        let hosts = Hosts::start(setup, self.processes).await?;

        let (counts, done) = (Arc::new(Counts::default()), Arc::new(Done::default()));
        let trouble = self.trouble(sent).make(
            hosts.clone(),
            inbox.clone(),
            counts.clone(),
            done.clone(),
            random.fork(),
        );
        let hostile = hostile::send(hosts.clone(), counts.clone(), sent, random.fork());
        let feeding = feed(feeding, hosts.clone(), counts.clone(), random.u64(..));
        let hostile_taken = AtomicU64::new(0);
        let mut busy = Box::pin(async {
            let (taken, ended) = tokio::join!(hostile, async { tokio::try_join!(trouble, feeding) });
            hostile_taken.store(taken, Ordering::Relaxed);
            ended
        });
        let mut is_fed = false;
        let mut patience = None;
        let drained = loop {
            tokio::select! {
                ended = &mut busy, if !is_fed => {
                    ended?;
                    is_fed = true;
                    // What is left must come to its end in fair weather.
                    town::clear_up(&server);
                    patience = Some(Instant::now() + self.patience);
                }
                () = tokio::time::sleep(LOOK_EVERY) => {
                    if patience.is_some_and(|until| Instant::now() > until) {
                        break false;
                    }
                    // A process that stands still may have the file locked: then nothing new is known.
                    let Ok(unfinished) = unfinished(inbox.clone()).await else {
                        continue;
                    };
                    counts.unfinished.store(unfinished, Ordering::Relaxed);
                    progress(Progress {
                        events: sent,
                        acknowledged: counts.acknowledged.load(Ordering::Relaxed),
                        unfinished,
                        kills: done.kills.load(Ordering::Relaxed),
                        stops: done.stops.load(Ordering::Relaxed),
                    });
                    if is_fed && unfinished == 0 {
                        break true;
                    }
                }
            }
        };
        // What is late comes within this, and would be a second copy.
        tokio::time::sleep(Duration::from_millis(self.rain.longest_lag_ms)).await;
        drop(hosts);

        let listed = tokio::task::spawn_blocking(move || inbox.list(&Filter::default(), usize::MAX)).await??;
        let mut judgement = judge(&leads, &server, &listed);
        if !drained {
            judgement.findings.push(Finding {
                lead: None,
                connection: None,
                message: format!(
                    "some events were not finished after {}",
                    humantime::format_duration(self.patience)
                ),
            });
        }
        let release_ms = done.longest_release_ms.load(Ordering::Relaxed);
        if release_ms > whole_ms(LONGEST_RELEASE) {
            judgement.findings.push(Finding {
                lead: None,
                connection: None,
                message: format!("what a killed process had was given back after {release_ms} ms"),
            });
        }
        let events: usize = leads.iter().map(|lead| lead.events.len()).sum();
        Ok(Report {
            seed: self.seed,
            leads: judgement.leads,
            events: u64::try_from(events).unwrap_or(u64::MAX),
            sent,
            duplicates: counts.duplicates.load(Ordering::Relaxed),
            unanswered: counts.unanswered.load(Ordering::Relaxed),
            kills: done.kills.load(Ordering::Relaxed),
            stops: done.stops.load(Ordering::Relaxed),
            hostile: hostile_taken.load(Ordering::Relaxed),
            longest_release_ms: release_ms,
            faults: judgement.faults,
            seconds: began.elapsed().as_secs_f64(),
            findings: judgement.findings,
        })
    }

    fn trouble(&self, events: u64) -> Trouble {
        let claim = BUDGET + town::REQUEST_TIMEOUT;
        // Longer than the lease of the inbox as well, so that others go on with the event meanwhile.
        let longest = claim + Limits::default().margin * 2 + Duration::from_secs(2);
        Trouble {
            kills: self.kills,
            stops: self.stops,
            still: (claim + Duration::from_millis(500), longest),
            events,
        }
    }
}

/// How many events are not finished.
async fn unfinished(inbox: Inbox) -> Result<u64, TortureError> {
    let (totals, _) = tokio::task::spawn_blocking(move || inbox.totals()).await??;
    let open = |events: &BTreeMap<Status, u64>| {
        let open = events.iter().filter(|(status, _)| !status.is_final());
        open.map(|(_, count)| count).sum::<u64>()
    };
    Ok(totals.values().map(|totals| open(&totals.events)).sum())
}
