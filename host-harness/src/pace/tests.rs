//! Budgets of every course, and pacers that wait.

use super::simulation::terms;
use super::*;
use crate::storage::StateFile;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What becomes of a request: how long after the one before it is sent, how long it takes, and when in that time it
/// is counted, in percent.
#[derive(Clone, Debug)]
struct Course {
    gap_ms: u64,
    latency_ms: u64,
    counted_at: u64,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Answered,
    Abandoned,
    NeverSent,
}

fn course() -> impl Strategy<Value = Course> {
    let end = prop_oneof![8 => Just(End::Answered), 1 => Just(End::Abandoned), 1 => Just(End::NeverSent)];
    (0..40_u64, 0..3_000_u64, 0..=100_u64, end).prop_map(|(gap_ms, latency_ms, counted_at, end)| Course {
        gap_ms,
        latency_ms,
        counted_at,
        end,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_interval_wherever_it_begins_counts_more_than_the_limit(
        limit in 1_u32..12,
        courses in prop::collection::vec(course(), 1..150),
    ) {
        let terms = Terms { requests: limit, interval_ms: 1_000, longest_request_ms: 3_000, ..terms() };
        let told = Told { limit: Some(limit), ..Told::default() };
        let mut budget = Budget::default();
        let mut now_ms = 1_000_000;
        let mut counted = Vec::new();
        let mut ends: Vec<(u64, u64, End)> = Vec::new();
        for (id, course) in (0_u64..).zip(courses) {
            let mut wanted_ms = now_ms + course.gap_ms;
            loop {
                ends.sort_by_key(|(at_ms, ..)| Reverse(*at_ms));
                while let Some((at_ms, id, end)) = ends.pop_if(|(at_ms, ..)| *at_ms <= wanted_ms) {
                    match end {
                        End::Answered => budget.end(&terms, id, &told, at_ms),
                        End::Abandoned => budget.abandon(id),
                        End::NeverSent => budget.give_back(id),
                    }
                }
                match budget.take(&terms, Priority::Interactive, id, wanted_ms) {
                    Ok(()) => break,
                    Err(wait) => wanted_ms = ends.last().map_or(wait.until_ms, |(at_ms, ..)| wait.until_ms.min(*at_ms)),
                }
            }
            now_ms = wanted_ms;
            ends.push((now_ms + course.latency_ms, id, course.end));
            if !matches!(course.end, End::NeverSent) {
                counted.push(now_ms + course.latency_ms * course.counted_at / 100);
            }
        }
        counted.sort_unstable();
        for begin_ms in &counted {
            let within = counted.iter().filter(|at_ms| (*begin_ms..begin_ms + 1_000).contains(at_ms)).count();
            prop_assert!(within <= limit as usize, "{within} of {limit} in the interval from {begin_ms}");
        }
    }

    #[test]
    fn a_budget_is_the_same_after_it_was_written_and_read(gaps in prop::collection::vec(0..500_u64, 0..60)) {
        let mut budget = Budget::default();
        let mut now_ms = 1_000_000;
        for (id, gap_ms) in (0_u64..).zip(gaps) {
            now_ms += gap_ms;
            if budget.take(&terms(), Priority::Bulk, id, now_ms).is_ok() && id % 3 != 0 {
                budget.end(&terms(), id, &told(100, 50), now_ms);
            }
        }
        let text = serde_json::to_string(&budget).unwrap();
        prop_assert_eq!(serde_json::from_str::<Budget>(&text).unwrap(), budget);
    }
}

fn told(limit: u32, remaining: u32) -> Told {
    Told {
        limit: Some(limit),
        remaining: Some(remaining),
        ..Told::default()
    }
}

/// A budget of this limit that has been learned, a second ago.
fn learned(limit: u32) -> Budget {
    let mut budget = Budget::default();
    budget.take(&terms(), Priority::Interactive, 0, 0).unwrap();
    budget.end(&terms(), 0, &told(limit, limit - 1), 0);
    assert_eq!(budget.limit(), limit);
    budget
}

/// Takes places until there is none.
fn fill(budget: &mut Budget, priority: Priority, now_ms: u64) -> u32 {
    (1..)
        .take_while(|_| budget.take(&terms(), priority, fastrand::u64(..), now_ms).is_ok())
        .count() as u32
}

const LATER_MS: u64 = 20_000;

#[test]
fn until_a_reply_tells_the_limit_requests_go_one_at_a_time() {
    let mut budget = Budget::default();
    assert_eq!(fill(&mut budget, Priority::Interactive, 0), 1);
    // Another one has come back, and said nothing; after some of those the manifest is believed.
    for id in 1..=5 {
        let mut budget = Budget::default();
        for id in 0..id {
            budget.take(&terms(), Priority::Interactive, id, 0).unwrap();
            budget.end(&terms(), id, &Told::default(), 0);
        }
        assert_eq!(fill(&mut budget, Priority::Interactive, LATER_MS) > 1, id == 5);
    }
}

#[test]
fn bulk_leaves_a_twentieth_free_and_stands_back_while_somebody_waits() {
    let mut budget = learned(100);
    assert_eq!(fill(&mut budget, Priority::Bulk, LATER_MS), 95);
    assert_eq!(fill(&mut budget, Priority::Interactive, LATER_MS), 5);
    let mut budget = learned(4);
    assert_eq!(fill(&mut budget, Priority::Bulk, LATER_MS), 3);
    let mut budget = learned(1);
    assert_eq!(fill(&mut budget, Priority::Bulk, LATER_MS), 1);

    let mut budget = learned(4);
    fill(&mut budget, Priority::Interactive, LATER_MS);
    let ready_ms = budget.ready_ms(Priority::Interactive, LATER_MS);
    assert!(budget.ready_ms(Priority::Bulk, LATER_MS) > ready_ms);
}

#[test]
fn what_others_have_used_is_held_for_an_interval() {
    let mut budget = learned(100);
    budget.take(&terms(), Priority::Interactive, 1, LATER_MS).unwrap();
    budget.end(&terms(), 1, &told(100, 69), LATER_MS);
    assert_eq!(budget.held(LATER_MS), (1, 30));
    // Told again, it is known already.
    budget.take(&terms(), Priority::Interactive, 2, LATER_MS).unwrap();
    budget.end(&terms(), 2, &told(100, 68), LATER_MS);
    assert_eq!(budget.held(LATER_MS), (2, 30));
    assert_eq!(budget.held(2 * LATER_MS), (0, 0));
}

#[test]
fn after_a_refusal_nothing_leaves_for_an_interval_or_as_long_as_the_provider_wants() {
    let refused = |retry_after_ms| Told {
        too_many: true,
        retry_after_ms,
        ..told(100, 0)
    };
    for (retry_after_ms, at_least_ms) in [(None, 10_000), (Some(3_000), 10_000), (Some(60_000), 60_000)] {
        let mut budget = learned(100);
        budget.take(&terms(), Priority::Interactive, 1, LATER_MS).unwrap();
        budget.end(&terms(), 1, &refused(retry_after_ms), LATER_MS);
        let wait_ms = budget.ready_ms(Priority::Interactive, LATER_MS) - LATER_MS;
        assert!((at_least_ms..at_least_ms + 100).contains(&wait_ms), "{wait_ms}");
    }
}

#[test]
fn the_end_of_the_day_s_budget_is_for_those_who_wait() {
    let day = |left| Told {
        daily_limit: Some(1_000),
        daily_remaining: Some(left),
        daily_reset_ms: Some(3_600_000),
        ..told(100, 99)
    };
    let ready = |left, priority| {
        let mut budget = learned(100);
        budget.take(&terms(), Priority::Interactive, 1, LATER_MS).unwrap();
        budget.end(&terms(), 1, &day(left), LATER_MS);
        budget.ready_ms(priority, LATER_MS) - LATER_MS
    };
    assert_eq!((ready(51, Priority::Bulk), ready(51, Priority::Interactive)), (0, 0));
    assert_eq!(
        (ready(50, Priority::Bulk), ready(50, Priority::Interactive)),
        (3_600_000, 0)
    );
    assert_eq!(ready(0, Priority::Interactive), 3_600_000);
}

#[test]
fn a_clock_that_went_back_makes_a_budget_learn_again() {
    let mut budget = learned(25);
    fill(&mut budget, Priority::Interactive, LATER_MS);
    assert_eq!(fill(&mut budget, Priority::Interactive, 5_000), 1);
    assert_eq!(budget.limit(), 100);
}

/// Short intervals, so that waiting for one is short.
fn quick(requests: u32) -> Terms {
    Terms {
        requests,
        interval_ms: 200,
        longest_request_ms: 1_000,
        ..terms()
    }
}

fn errand(priority: Priority) -> Errand {
    Errand {
        priority,
        purpose: "test".into(),
    }
}

fn reply(limit: u32, remaining: u32) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-limit", limit.into());
    headers.insert("x-remaining", remaining.into());
    headers
}

const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the pacer's budget known.
async fn teach(pacer: &Arc<Pacer>, limit: u32) {
    let place = pacer.acquire(&errand(Priority::Interactive), PATIENCE).await.unwrap();
    place.end(StatusCode::OK, &reply(limit, limit - 1)).await;
}

#[tokio::test]
async fn whoever_finds_no_place_waits_for_one() {
    let pacer = Pacer::new("account", quick(2), Arc::new(MemoryPace::new()));
    teach(&pacer, 2).await;
    let started = Instant::now();
    for _ in 0..4 {
        let place = pacer.acquire(&errand(Priority::Interactive), PATIENCE).await.unwrap();
        place.end(StatusCode::OK, &HeaderMap::new()).await;
    }
    assert!(
        started.elapsed() >= Duration::from_millis(400),
        "five requests take more than two intervals"
    );
}

#[tokio::test]
async fn when_there_will_be_no_place_in_time_it_is_said_at_once() {
    let terms = Terms {
        interval_ms: 600_000,
        ..quick(1)
    };
    let pacer = Pacer::new("account", terms, Arc::new(MemoryPace::new()));
    teach(&pacer, 1).await;
    let started = Instant::now();
    let none = pacer
        .acquire(&errand(Priority::Interactive), PATIENCE)
        .await
        .err()
        .unwrap();
    assert!(none.after > Duration::from_secs(500), "{none}");
    assert!(started.elapsed() < PATIENCE);
    assert!(pacer.ready_in(Priority::Bulk) > Duration::from_secs(500));
}

#[tokio::test]
async fn a_place_that_is_given_back_is_taken_at_once_by_the_next_in_line() {
    let terms = Terms {
        interval_ms: 4_000,
        ..quick(2)
    };
    let pacer = Pacer::new("account", terms, Arc::new(MemoryPace::new()));
    teach(&pacer, 2).await;
    let place = pacer.acquire(&errand(Priority::Interactive), PATIENCE).await.unwrap();
    let next = tokio::spawn({
        let pacer = pacer.clone();
        async move { pacer.acquire(&errand(Priority::Interactive), PATIENCE).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let started = Instant::now();
    place.give_back().await;
    next.await.unwrap().unwrap().give_back().await;
    assert!(started.elapsed() < Duration::from_secs(2));
}

/// What one process has: the state file, and the pace file beside it.
fn process(folder: &tempfile::TempDir) -> Arc<PaceFile> {
    let state = StateFile::open(&folder.path().join("state.sqlite")).unwrap();
    Arc::new(PaceFile::beside(Arc::new(state)).unwrap())
}

#[tokio::test]
async fn processes_share_the_places_of_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms {
        interval_ms: 600_000,
        ..quick(10)
    };
    let pacers = [0, 1].map(|_| Pacer::new("account", terms.clone(), process(&folder)));
    teach(&pacers[0], 10).await;
    let mut places = Vec::new();
    for pacer in pacers.iter().cycle().take(9) {
        places.push(pacer.acquire(&errand(Priority::Interactive), PATIENCE).await.unwrap());
    }
    for pacer in &pacers {
        assert!(pacer.acquire(&errand(Priority::Interactive), PATIENCE).await.is_err());
    }
    let other = Pacer::new("other", terms, process(&folder));
    assert!(other.acquire(&errand(Priority::Interactive), PATIENCE).await.is_ok());
    let accounts = process(&folder).accounts().unwrap();
    assert_eq!(accounts.len(), 2);
    assert_eq!(
        (accounts[0].limit, accounts[0].held, accounts[0].learned),
        (10, 10, true)
    );
    assert_eq!((accounts[0].usage[0].minute, accounts[0].usage[0].day), (10, 10));
}

#[tokio::test]
async fn processes_at_work_at_the_same_time_take_no_place_twice() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms {
        interval_ms: 600_000,
        ..quick(100)
    };
    let pacers = [0, 1].map(|_| Pacer::new("account", terms.clone(), process(&folder)));
    teach(&pacers[0], 100).await;
    let mut tasks = tokio::task::JoinSet::new();
    for pacer in pacers.iter().cycle().take(120) {
        let pacer = pacer.clone();
        tasks.spawn(async move {
            match pacer.acquire(&errand(Priority::Interactive), Duration::ZERO).await {
                Ok(place) => place.end(StatusCode::OK, &HeaderMap::new()).await,
                Err(_) => return false,
            }
            true
        });
    }
    let let_out = tasks.join_all().await.into_iter().filter(|let_out| *let_out).count();
    assert!(let_out <= 99, "{let_out}");
    assert!(process(&folder).accounts().unwrap()[0].held <= 100);
}

#[tokio::test]
async fn a_pace_file_that_cannot_be_read_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite.pace");
    std::fs::write(&path, "no database, but long enough to be looked at as one".repeat(100)).unwrap();
    let pacer = Pacer::new("account", quick(2), process(&folder));
    teach(&pacer, 2).await;
    assert!(process(&folder).accounts().unwrap()[0].learned);
}
