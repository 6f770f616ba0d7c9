//! Many events against providers of every kind, in simulated time.

use super::budget::Budget;
use super::errand::Priority;
use super::terms::{Terms, Told};
use crate::contract::RateLimitHeaders;
use fastrand::Rng;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

const INTERVAL_MS: u64 = 10_000;

pub(super) fn terms() -> Terms {
    Terms {
        requests: 100,
        interval_ms: INTERVAL_MS,
        longest_request_ms: 30_000,
        headers: RateLimitHeaders {
            limit: "x-limit".to_owned(),
            remaining: "x-remaining".to_owned(),
            interval_ms: "x-interval".to_owned(),
            daily_limit: "x-daily-limit".to_owned(),
            daily_remaining: "x-daily-remaining".to_owned(),
            daily_reset_ms: "x-daily-reset".to_owned(),
        },
    }
}

/// How the intervals of a provider lie.
#[derive(Clone, Copy, Debug)]
enum Window {
    /// One after the other; the first one begins here.
    Fixed { phase_ms: u64 },
    /// The last one, always.
    Sliding,
    /// Each begins with a request.
    FromFirst,
}

struct Provider {
    limit: u32,
    window: Window,
    began_ms: u64,
    counted: VecDeque<u64>,
    allowed: u32,
    refused: u32,
}

impl Provider {
    fn new(limit: u32, window: Window) -> Self {
        Self {
            limit,
            window,
            began_ms: 0,
            counted: VecDeque::new(),
            allowed: 0,
            refused: 0,
        }
    }

    /// Counts a request, and says what its reply will.
    fn request(&mut self, now_ms: u64) -> Told {
        self.began_ms = match self.window {
            Window::Fixed { phase_ms } => now_ms - (now_ms - phase_ms) % INTERVAL_MS,
            Window::Sliding => now_ms - INTERVAL_MS + 1,
            Window::FromFirst if now_ms - self.began_ms >= INTERVAL_MS => now_ms,
            Window::FromFirst => self.began_ms,
        };
        while self.counted.front().is_some_and(|at_ms| *at_ms < self.began_ms) {
            self.counted.pop_front();
        }
        let allowed = self.counted.len() < self.limit as usize;
        if allowed {
            self.counted.push_back(now_ms);
            self.allowed += 1;
        } else {
            self.refused += 1;
        }
        Told {
            limit: Some(self.limit),
            remaining: Some(self.limit - self.counted.len() as u32),
            interval_ms: Some(INTERVAL_MS),
            too_many: !allowed,
            ..Told::default()
        }
    }
}

/// What is to be simulated.
struct Scenario {
    provider: Provider,
    /// Events to drain, of two requests each.
    events: u32,
    /// Processes that share the budget, of eight events at a time each.
    processes: usize,
    /// How often somebody wants something at once, on the average.
    interactive_every_ms: Option<u64>,
    /// How often somebody else uses the account, on the average.
    others_every_ms: Option<u64>,
    seed: u64,
}

/// What came of it.
#[derive(Debug)]
struct Outcome {
    refused: u32,
    /// Requests that were let in, of those that could have been.
    used: f64,
    longest_interactive_wait_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Job {
    process: usize,
    priority: Priority,
    requests_left: u32,
    since_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Counted(u64),
    Ended(u64, Job),
    Wants(Job),
    Interactive,
    Other,
    Look,
}

struct Simulation {
    scenario: Scenario,
    rng: Rng,
    terms: Terms,
    budget: Budget,
    now_ms: u64,
    agenda: BinaryHeap<Reverse<(u64, Happening)>>,
    queues: Vec<[VecDeque<Job>; 2]>,
    told: HashMap<u64, Told>,
    next_id: u64,
    next_look_ms: u64,
    open_events: u32,
    longest_interactive_wait_ms: u64,
}

impl Scenario {
    fn new(limit: u32, window: Window) -> Self {
        Self {
            provider: Provider::new(limit, window),
            events: 10_000,
            processes: 2,
            interactive_every_ms: Some(4_000),
            others_every_ms: None,
            seed: 7,
        }
    }

    fn run(self) -> Outcome {
        let mut simulation = Simulation {
            rng: Rng::with_seed(self.seed),
            terms: terms(),
            budget: Budget::default(),
            now_ms: 1_000_000,
            agenda: BinaryHeap::new(),
            queues: vec![Default::default(); self.processes],
            told: HashMap::new(),
            next_id: 0,
            next_look_ms: u64::MAX,
            open_events: self.events,
            longest_interactive_wait_ms: 0,
            scenario: self,
        };
        simulation.run()
    }
}

impl Simulation {
    fn run(&mut self) -> Outcome {
        let started_ms = self.now_ms;
        for process in (0..self.scenario.processes).cycle().take(8 * self.scenario.processes) {
            self.next_bulk_event(process);
        }
        self.plan_next(self.scenario.interactive_every_ms, Happening::Interactive);
        self.plan_next(self.scenario.others_every_ms, Happening::Other);
        while self.open_events > 0 {
            let Reverse((at_ms, happening)) = self.agenda.pop().expect("events are open");
            self.now_ms = at_ms;
            self.happen(happening);
            // Being counted frees no place.
            if !matches!(happening, Happening::Counted(_)) {
                self.serve();
            }
        }
        let provider = &self.scenario.provider;
        let intervals = (self.now_ms - started_ms) as f64 / INTERVAL_MS as f64;
        Outcome {
            refused: provider.refused,
            used: f64::from(provider.allowed) / (intervals * f64::from(provider.limit)),
            longest_interactive_wait_ms: self.longest_interactive_wait_ms,
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Counted(id) => {
                let told = self.scenario.provider.request(self.now_ms);
                self.told.insert(id, told);
            }
            Happening::Ended(id, job) => {
                let told = self.told.remove(&id).unwrap();
                self.budget.end(&self.terms, id, &told, self.now_ms);
                self.go_on(job, told.too_many);
            }
            Happening::Wants(job) => self.want(job),
            Happening::Interactive => {
                let process = self.rng.usize(0..self.scenario.processes);
                self.want(Job {
                    process,
                    priority: Priority::Interactive,
                    requests_left: 2,
                    since_ms: self.now_ms,
                });
                self.plan_next(self.scenario.interactive_every_ms, Happening::Interactive);
            }
            Happening::Other => {
                self.scenario.provider.request(self.now_ms);
                self.plan_next(self.scenario.others_every_ms, Happening::Other);
            }
            Happening::Look if self.now_ms >= self.next_look_ms => self.next_look_ms = u64::MAX,
            Happening::Look => {}
        }
    }

    fn go_on(&mut self, mut job: Job, refused: bool) {
        if refused {
            let again_ms = self.now_ms + INTERVAL_MS + self.rng.u64(0..1_000);
            return self.agenda.push(Reverse((again_ms, Happening::Wants(job))));
        }
        job.requests_left -= 1;
        if job.requests_left > 0 {
            self.want(job);
        } else if job.priority == Priority::Bulk {
            self.open_events -= 1;
            self.next_bulk_event(job.process);
        }
    }

    fn next_bulk_event(&mut self, process: usize) {
        if self.scenario.events > 0 {
            self.scenario.events -= 1;
            self.want(Job {
                process,
                priority: Priority::Bulk,
                requests_left: 2,
                since_ms: self.now_ms,
            });
        }
    }

    fn want(&mut self, mut job: Job) {
        job.since_ms = self.now_ms;
        self.queues[job.process][job.priority as usize].push_back(job);
    }

    fn plan_next(&mut self, every_ms: Option<u64>, happening: Happening) {
        if let Some(every_ms) = every_ms {
            let at_ms = self.now_ms + self.rng.u64(1..2 * every_ms);
            self.agenda.push(Reverse((at_ms, happening)));
        }
    }

    /// Whoever is first in a queue tries.
    fn serve(&mut self) {
        let first = self.rng.usize(0..self.scenario.processes);
        for turn in 0..self.scenario.processes {
            let process = (first + turn) % self.scenario.processes;
            for priority in [Priority::Interactive, Priority::Bulk] {
                while let Some(job) = self.queues[process][priority as usize].front().copied() {
                    if !self.send(job) {
                        break;
                    }
                    self.queues[process][priority as usize].pop_front();
                }
            }
        }
    }

    fn send(&mut self, job: Job) -> bool {
        let id = self.next_id;
        match self.budget.take(&self.terms, job.priority, id, self.now_ms) {
            Err(wait) => {
                assert!(wait.until_ms > self.now_ms);
                if wait.until_ms < self.next_look_ms {
                    self.next_look_ms = wait.until_ms;
                    self.agenda.push(Reverse((wait.until_ms, Happening::Look)));
                }
                false
            }
            Ok(()) => {
                self.next_id += 1;
                let latency_ms = self.rng.u64(50..=300);
                let counted_ms = self.now_ms + self.rng.u64(0..=latency_ms);
                self.agenda.push(Reverse((counted_ms, Happening::Counted(id))));
                self.agenda
                    .push(Reverse((self.now_ms + latency_ms, Happening::Ended(id, job))));
                if job.priority == Priority::Interactive {
                    let waited_ms = self.now_ms - job.since_ms;
                    self.longest_interactive_wait_ms = self.longest_interactive_wait_ms.max(waited_ms);
                }
                true
            }
        }
    }
}

fn drains_well(events: u32, limit: u32, window: Window) {
    let scenario = Scenario::new(limit, window);
    let outcome = Scenario { events, ..scenario }.run();
    assert_eq!(outcome.refused, 0, "{window:?}");
    assert!(outcome.used >= 0.9, "{window:?} {outcome:?}");
    assert!(
        outcome.longest_interactive_wait_ms <= INTERVAL_MS,
        "{window:?} {outcome:?}"
    );
}

#[test]
fn ten_thousand_events_drain_at_nine_tenths_of_a_fixed_window() {
    for phase_ms in [0, 4_321] {
        drains_well(10_000, 100, Window::Fixed { phase_ms });
    }
}

#[test]
fn ten_thousand_events_drain_at_nine_tenths_of_a_sliding_window() {
    drains_well(10_000, 100, Window::Sliding);
}

#[test]
fn ten_thousand_events_drain_at_nine_tenths_of_a_window_that_begins_with_a_request() {
    drains_well(10_000, 100, Window::FromFirst);
}

#[test]
fn a_smaller_limit_than_the_manifest_says_is_learned_before_it_is_hit() {
    for window in [Window::Fixed { phase_ms: 77 }, Window::Sliding, Window::FromFirst] {
        drains_well(1_000, 25, window);
    }
}

#[test]
fn those_who_wait_get_their_places_within_an_interval_even_where_they_are_many() {
    for window in [Window::Fixed { phase_ms: 77 }, Window::Sliding] {
        let outcome = Scenario {
            events: 1_500,
            interactive_every_ms: Some(500),
            ..Scenario::new(100, window)
        }
        .run();
        assert_eq!(outcome.refused, 0, "{window:?} {outcome:?}");
        assert!(
            (1..=INTERVAL_MS).contains(&outcome.longest_interactive_wait_ms),
            "{window:?} {outcome:?}"
        );
    }
}

#[test]
fn others_who_use_a_fifth_of_the_account_cost_few_refusals_and_the_rest_is_used() {
    for window in [Window::Fixed { phase_ms: 77 }, Window::Sliding, Window::FromFirst] {
        let outcome = Scenario {
            events: 2_000,
            others_every_ms: Some(500),
            ..Scenario::new(100, window)
        }
        .run();
        assert!(outcome.refused < 4_000 / 20, "{window:?} {outcome:?}");
        assert!(outcome.used > 0.8, "{window:?} {outcome:?}");
    }
}
