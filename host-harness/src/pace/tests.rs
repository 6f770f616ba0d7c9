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
        (60_000, 0)
    );
    assert_eq!(ready(0, Priority::Interactive), 60_000);
}

/// What a refusal says when the day is over, `reset_ms` before the next one.
fn day_is_over(reset_ms: u64) -> Told {
    Told {
        daily_limit: Some(200_000),
        daily_remaining: Some(0),
        daily_reset_ms: Some(reset_ms),
        too_many: true,
        ..told(100, 99)
    }
}

#[test]
fn the_rest_of_a_day_that_is_used_up_costs_a_request_in_a_minute() {
    let mut budget = learned(100);
    let (midnight_ms, mut now_ms) = (LATER_MS + 6 * 3_600_000, LATER_MS);
    let mut tries = 0;
    while now_ms < midnight_ms {
        let wait = match tries % 2 {
            // Whether somebody waits or not.
            0 => budget.take(&terms(), Priority::Interactive, tries, now_ms),
            _ => budget.take(&terms(), Priority::Bulk, tries, now_ms),
        };
        match wait {
            Ok(()) => {
                budget.end(&terms(), tries, &day_is_over(midnight_ms - now_ms), now_ms + 100);
                tries += 1;
            }
            Err(wait) => {
                assert!(wait.until_ms > now_ms);
                now_ms = wait.until_ms;
            }
        }
    }
    assert!((340..=370).contains(&tries), "{tries}");
    // And with the new day, all of it is there: first one that finds out.
    assert_eq!(fill(&mut budget, Priority::Interactive, now_ms), 1);
}

#[test]
fn a_day_that_is_wrongly_said_to_be_over_is_disproved_by_the_first_request() {
    let wrong = Told {
        too_many: false,
        ..day_is_over(86_000_000)
    };
    let mut budget = learned(100);
    budget.take(&terms(), Priority::Interactive, 1, LATER_MS).unwrap();
    budget.end(&terms(), 1, &wrong, LATER_MS);
    let wait = budget.take(&terms(), Priority::Interactive, 2, LATER_MS).unwrap_err();
    budget.take(&terms(), Priority::Interactive, 2, wait.until_ms).unwrap();
    budget.end(&terms(), 2, &wrong, wait.until_ms);
    assert_eq!(fill(&mut budget, Priority::Bulk, wait.until_ms + LATER_MS), 95);
    // A refusal that says so is believed.
    let now_ms = wait.until_ms + 2 * LATER_MS;
    budget.take(&terms(), Priority::Interactive, 3, now_ms).unwrap();
    budget.end(&terms(), 3, &day_is_over(86_000_000), now_ms);
    assert_eq!(budget.ready_ms(Priority::Interactive, now_ms), now_ms + 60_000);
}

#[test]
fn a_number_that_was_wrong_once_does_not_stay() {
    let with = |left| Told {
        too_many: false,
        daily_remaining: Some(left),
        ..day_is_over(86_000_000)
    };
    let mut budget = learned(100);
    for (id, left) in [(1, 150_000), (2, 7), (3, 149_998)] {
        let now_ms = LATER_MS + id;
        budget.take(&terms(), Priority::Interactive, id, now_ms).unwrap();
        budget.end(&terms(), id, &with(left), now_ms);
    }
    assert_eq!(budget.day(LATER_MS).unwrap().left, 149_998);
    // Of replies that overtake one another the lower number counts.
    budget.take(&terms(), Priority::Interactive, 4, LATER_MS + 4).unwrap();
    budget.take(&terms(), Priority::Interactive, 5, LATER_MS + 4).unwrap();
    budget.end(&terms(), 5, &with(149_996), LATER_MS + 5);
    budget.end(&terms(), 4, &with(149_997), LATER_MS + 6);
    assert_eq!(budget.day(LATER_MS).unwrap().left, 149_996);
}

#[test]
fn after_a_refusal_one_finds_out_for_all_whether_it_is_over() {
    let refused = Told {
        too_many: true,
        ..told(100, 100)
    };
    let mut budget = learned(100);
    budget.take(&terms(), Priority::Interactive, 1, LATER_MS).unwrap();
    budget.end(&terms(), 1, &refused, LATER_MS);
    let later_ms = 2 * LATER_MS;
    budget.take(&terms(), Priority::Interactive, 2, later_ms).unwrap();
    assert_eq!(fill(&mut budget, Priority::Interactive, later_ms), 0);
    budget.end(&terms(), 2, &told(100, 99), later_ms);
    assert!(fill(&mut budget, Priority::Interactive, later_ms) > 50);
}

#[test]
fn a_limit_beyond_belief_is_taken_for_ten_times_what_the_manifest_says() {
    let mut budget = Budget::default();
    budget.take(&terms(), Priority::Interactive, 0, 0).unwrap();
    budget.end(&terms(), 0, &told(u32::MAX, u32::MAX), 0);
    assert_eq!(budget.limit(), 1_000);
}

/// The longest that a place may be away under these terms, once intervals of a minute were told.
const BOUND_MS: u64 = 30_000 + 60_000 + 1_000;

/// A header as a provider in its worst hour writes it.
fn header_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        (0_u64..200_000_000).prop_map(|number| number.to_string()),
        (0_u64..150).prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        prop::sample::select(vec![
            "0",
            "1",
            "-1",
            "4294967295",
            "4294967296",
            "18446744073709551616",
            "NaN",
            "inf",
            "1e9",
            "",
            " ",
            "soon",
            "Mon, 03 Jun 2019 10:00:07 GMT",
            "Fri, 03 Jun 2185 10:00:07 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ])
        .prop_map(str::to_owned),
    ]
}

const HEADERS: [&str; 7] = [
    "x-limit",
    "x-remaining",
    "x-interval",
    "x-daily-limit",
    "x-daily-remaining",
    "x-daily-reset",
    "retry-after",
];

fn reply_of_a_bad_hour() -> impl Strategy<Value = (bool, HeaderMap)> {
    let headers = prop::collection::vec((prop::sample::select(HEADERS.to_vec()), header_value()), 0..10);
    (any::<bool>(), headers).prop_map(|(refused, headers)| {
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        (refused, headers.collect())
    })
}

/// Any budget that somebody may have written down.
fn any_budget() -> impl Strategy<Value = Budget> {
    let number = || prop_oneof![any::<u64>(), 0_u64..2_000_000, Just(u64::MAX)];
    let small = || prop_oneof![any::<u32>(), Just(u32::MAX), 0_u32..150];
    let places = || prop::collection::btree_map(number().prop_map(|ms| ms.to_string()), small(), 0..6);
    let requests = prop::collection::vec((number(), number(), number()), 0..6);
    let instants = prop::collection::vec(number(), 12);
    (small(), any::<bool>(), small(), requests, places(), places(), instants).prop_map(
        |(limit, learned, count, requests, ended, foreign, at)| {
            let requests: Vec<_> = requests
                .into_iter()
                .map(|(id, since_ms, until_ms)| serde_json::json!({ "id": id, "since_ms": since_ms, "until_ms": until_ms }))
                .collect();
            serde_json::from_value(serde_json::json!({
                "limit": limit, "interval_ms": at[0], "learned": learned, "silent_replies": count,
                "in_flight": requests, "ended": ended, "foreign": foreign,
                "day": { "limit": limit, "left": count % 10, "reset_ms": at[1], "told_ms": at[2] },
                "set_aside": count, "stepped_back_ms": at[3], "stopped_until_ms": at[4],
                "refusal": { "at_ms": at[5], "until_ms": at[6] },
                "asked_ms": at[7], "bulk_asked_ms": at[8], "day_doubted_until_ms": at[9],
                "waited_for_until_ms": at[10], "seen_ms": at[11],
            }))
            .unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_headers_say_a_request_tries_within_a_bound(
        replies in prop::collection::vec(reply_of_a_bad_hour(), 1..40),
        bulk in any::<bool>(),
    ) {
        let priority = if bulk { Priority::Bulk } else { Priority::Interactive };
        let (mut budget, mut now_ms) = (Budget::default(), 1_000_000);
        for (id, (refused, headers)) in (0_u64..).zip(replies) {
            let asked_ms = now_ms;
            while let Err(wait) = budget.take(&terms(), priority, id, now_ms) {
                prop_assert!(wait.until_ms > now_ms);
                now_ms = wait.until_ms;
                prop_assert!(now_ms - asked_ms <= BOUND_MS, "{} ms for request {id}", now_ms - asked_ms);
            }
            let status = if refused { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
            budget.end(&terms(), id, &terms().read(status, &headers), now_ms);
            for priority in [Priority::Interactive, Priority::Bulk] {
                prop_assert!(budget.ready_ms(priority, now_ms) - now_ms <= BOUND_MS);
            }
        }
    }

    #[test]
    fn whatever_was_written_down_a_request_tries_within_a_bound(
        mut budget in any_budget(),
        now_ms in prop_oneof![0_u64..3_000_000, Just(1 << 41)],
    ) {
        let mut at_ms = now_ms;
        while let Err(wait) = budget.take(&terms(), Priority::Interactive, 7, at_ms) {
            prop_assert!(wait.until_ms > at_ms);
            at_ms = wait.until_ms;
            prop_assert!(at_ms - now_ms <= BOUND_MS, "{} ms", at_ms - now_ms);
        }
        budget.end(&terms(), 7, &told(100, 3), at_ms);
    }
}

#[test]
fn a_budget_survives_a_clock_that_is_set_back() {
    let mut budget = learned(25);
    let now_ms = 100 * LATER_MS;
    for id in 0..25 {
        budget.take(&terms(), Priority::Interactive, id, now_ms).unwrap();
        budget.end(&terms(), id, &told(25, 24 - id as u32), now_ms);
    }
    let away_ms = budget.ready_ms(Priority::Interactive, now_ms) - now_ms;
    assert!((10_000..=10_100).contains(&away_ms), "{away_ms}");
    // What was held is held as long as it would have been, and what was learned is known.
    let wait = budget.take(&terms(), Priority::Interactive, 25, LATER_MS).unwrap_err();
    assert!((10_000..=10_200).contains(&(wait.until_ms - LATER_MS)), "{wait:?}");
    budget.take(&terms(), Priority::Interactive, 25, wait.until_ms).unwrap();
    assert_eq!((budget.limit(), budget.learned()), (25, true));
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
    Arc::new(PaceFile::beside(Arc::new(state)))
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
async fn place_of_a_process_that_is_gone_is_free_an_interval_later() {
    let folder = tempfile::tempdir().unwrap();
    let state = Arc::new(StateFile::open(&folder.path().join("state.sqlite")).unwrap());
    let terms = Terms {
        longest_request_ms: 600_000,
        ..quick(1)
    };
    let dying = Pacer::new("account", terms.clone(), Arc::new(PaceFile::beside(state.clone())));
    let other = Pacer::new("account", terms, process(&folder));
    let place = dying.acquire(&errand(Priority::Interactive), PATIENCE).await.unwrap();
    assert!(other.acquire(&errand(Priority::Interactive), PATIENCE).await.is_err());

    // The request is never heard of again.
    std::mem::forget(place);
    state.die();
    assert!(other.acquire(&errand(Priority::Interactive), PATIENCE).await.is_ok());
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

/// What may have happened to a file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    NoDatabase,
    HalfWritten,
    Emptied,
    EveryPage,
    TakenAway,
    FolderInItsPlace,
    FullFolderInItsPlace,
    AnotherSchema,
    NoTables,
    OtherTables,
    RowThatIsNoJson,
    RowThatIsNoText,
    ForbiddenToAll,
}

impl Damage {
    const ALL: [Self; 13] = [
        Self::NoDatabase,
        Self::HalfWritten,
        Self::Emptied,
        Self::EveryPage,
        Self::TakenAway,
        Self::FolderInItsPlace,
        Self::FullFolderInItsPlace,
        Self::AnotherSchema,
        Self::NoTables,
        Self::OtherTables,
        Self::RowThatIsNoJson,
        Self::RowThatIsNoText,
        Self::ForbiddenToAll,
    ];

    fn happen(self, folder: &tempfile::TempDir) {
        let path = folder.path().join("state.sqlite.pace");
        let take_away = || {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(crate::storage::beside(&path, suffix));
            }
        };
        let sql = |statement: &str| {
            let connection = rusqlite::Connection::open(&path).unwrap();
            connection.execute_batch(statement).unwrap();
        };
        // What is in the log is part of the file.
        sql("PRAGMA wal_checkpoint(TRUNCATE)");
        let bytes = std::fs::read(&path).unwrap();
        match self {
            Self::NoDatabase => std::fs::write(&path, "no database, but long enough to be one".repeat(500)).unwrap(),
            Self::HalfWritten => std::fs::write(&path, &bytes[..bytes.len() / 2 + 100]).unwrap(),
            Self::Emptied => std::fs::write(&path, "").unwrap(),
            Self::EveryPage => {
                let head = bytes[..100].to_vec();
                std::fs::write(&path, [head, vec![0xff; bytes.len() - 100]].concat()).unwrap();
            }
            Self::TakenAway => take_away(),
            Self::FolderInItsPlace => {
                take_away();
                std::fs::create_dir(&path).unwrap();
            }
            Self::FullFolderInItsPlace => {
                take_away();
                std::fs::create_dir(&path).unwrap();
                std::fs::write(path.join("somebody's"), "kept").unwrap();
            }
            Self::AnotherSchema => sql("PRAGMA user_version = 77"),
            Self::NoTables => sql("DROP TABLE budgets; DROP TABLE usage"),
            Self::OtherTables => sql("DROP TABLE budgets; CREATE TABLE budgets (account, other); DROP TABLE usage"),
            Self::RowThatIsNoJson => sql("UPDATE budgets SET budget = '{\"limit\": -1, [[['"),
            Self::RowThatIsNoText => sql("UPDATE budgets SET budget = CAST(x'ff00fe' AS TEXT)"),
            Self::ForbiddenToAll => {
                #[cfg(unix)]
                std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_pace_file_that_is_damaged_is_begun_anew_at_the_start() {
    for damage in Damage::ALL {
        let folder = tempfile::tempdir().unwrap();
        teach(&Pacer::new("account", quick(2), process(&folder)), 2).await;
        damage.happen(&folder);
        teach(&Pacer::new("account", quick(2), process(&folder)), 2).await;
        let accounts = process(&folder).accounts();
        let accounts = accounts.unwrap_or_else(|error| panic!("{damage:?}: {error}"));
        let learned: Vec<_> = accounts.iter().map(|account| account.learned).collect();
        assert_eq!(learned, [true], "{damage:?}");
    }
}

#[tokio::test]
async fn a_pace_file_that_is_damaged_while_it_is_in_use_is_begun_anew() {
    for damage in Damage::ALL {
        let folder = tempfile::tempdir().unwrap();
        let files = [process(&folder), process(&folder)];
        let pacers = files
            .each_ref()
            .map(|file| Pacer::new("account", quick(50), file.clone()));
        teach(&pacers[0], 50).await;
        damage.happen(&folder);
        // Both go on, and soon with one file, which is the one that others find.
        let usage = |file: &PaceFile| Some(file.accounts().ok()?.pop().filter(|account| account.learned)?.usage);
        let started = Instant::now();
        loop {
            for pacer in pacers.iter().cycle().take(6) {
                teach(pacer, 50).await;
            }
            let found = usage(&process(&folder));
            if found.is_some() && files.iter().all(|file| usage(file) == found) {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "{damage:?}: {found:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if matches!(damage, Damage::FullFolderInItsPlace) {
            let mut names = std::fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().path());
            let aside = names
                .find(|path| path.to_string_lossy().contains(".pace.aside-"))
                .unwrap();
            assert_eq!(std::fs::read_to_string(aside.join("somebody's")).unwrap(), "kept");
        }
    }
}

#[tokio::test]
async fn a_pace_file_that_could_not_be_used_for_a_while_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = process(&folder);
    let pacer = Pacer::new("account", quick(50), file.clone());
    teach(&pacer, 50).await;
    let (wal, shm) = (
        folder.path().join("state.sqlite.pace-wal"),
        folder.path().join("state.sqlite.pace-shm"),
    );
    // Nothing can be begun anew where folders stand in the way of what SQLite needs.
    std::fs::remove_file(folder.path().join("state.sqlite.pace")).unwrap();
    for path in [&wal, &shm] {
        let _ = std::fs::remove_file(path);
        std::fs::create_dir(path).unwrap();
        std::fs::write(path.join("in the way"), "").unwrap();
    }
    for _ in 0..3 {
        teach(&pacer, 50).await;
    }
    assert!(file.accounts().is_err());
    for path in [&wal, &shm] {
        std::fs::remove_dir_all(path).unwrap();
    }
    let started = Instant::now();
    while process(&folder).accounts().is_ok_and(|accounts| accounts.is_empty()) {
        assert!(started.elapsed() < Duration::from_secs(30), "it is never used again");
        teach(&pacer, 50).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(file.accounts().unwrap()[0].learned);
}
