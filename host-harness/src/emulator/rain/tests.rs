use super::*;
use crate::emulator::trial::{Trial, request, tuesday};
use crate::emulator::{End, Seed};

const BOOK: &str = "/calendars/events/appointments";

/// A location over which one kind of fault strikes every request.
fn pouring(kind: FaultKind) -> Trial {
    let mut trial = Trial::demo();
    trial.ghl.rain(Rain::new(1).chance(kind, 1.0));
    trial
}

/// A booking, in short: the status of its answer, and how it came.
fn book(trial: &mut Trial) -> String {
    let body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
    let delivery = trial.deliver(&request(Method::POST, BOOK, Some(body)));
    let end = match delivery.end {
        End::Reply(reply) => reply.status().as_u16().to_string(),
        End::Truncated(_) => "truncated".to_owned(),
        End::Reset => "reset".to_owned(),
    };
    let held_back = if delivery.after.is_zero() { "" } else { " held back" };
    let trickled = if delivery.over.is_zero() { "" } else { " trickled" };
    format!("{end}{held_back}{trickled}")
}

#[test]
fn every_kind_of_fault_does_what_it_says() {
    for (kind, answer, committed) in [
        (FaultKind::Latency, "200 held back", 1),
        (FaultKind::Trickle, "200 trickled", 1),
        (FaultKind::Lag, "200", 1),
        (FaultKind::RateLimitStorm, "429", 0),
        (FaultKind::InvalidToken, "401", 0),
        (FaultKind::LostAnswer, "504", 1),
        (FaultKind::CommitLate, "504", 0),
        (FaultKind::ResetBeforeCommit, "reset", 0),
        (FaultKind::ResetAfterCommit, "reset", 1),
        (FaultKind::Truncate, "truncated", 1),
        (FaultKind::TimedOut, "401", 0),
        (FaultKind::TimedOutCommitted, "401", 1),
    ] {
        let mut trial = pouring(kind);
        assert_eq!(book(&mut trial), answer, "{kind:?}");
        assert_eq!(trial.ghl.appointments().count(), committed, "{kind:?}");
        assert_eq!(trial.ghl.rainfall().count(kind), 1, "{kind:?}");
    }
    let mut trial = pouring(FaultKind::ServerError);
    assert!(["500", "502", "503"].contains(&book(&mut trial).as_str()));
    assert_eq!(trial.ghl.appointments().count(), 0);
}

#[test]
fn a_commit_that_is_late_comes_although_the_rain_has_stopped() {
    let mut trial = pouring(FaultKind::CommitLate);
    book(&mut trial);
    trial.ghl.stop_rain();
    trial.ghl.advance(trial.now_ms + 2_000);
    assert_eq!(trial.ghl.appointments().count(), 1);
}

#[test]
fn a_storm_lasts_a_while_and_says_when_to_come_back() {
    let mut trial = pouring(FaultKind::RateLimitStorm);
    let first = trial.get("/contacts/x");
    let seconds: i64 = first.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3).contains(&seconds));
    trial
        .ghl
        .rain(Rain::new(1).chance(FaultKind::RateLimitStorm, 0.999_999));
    assert_eq!(trial.get("/contacts/x").status, 429);
    let strikes = trial.ghl.rainfall().strikes().count();
    assert_eq!(strikes, 2);
    trial.ghl.stop_rain();
    assert_eq!(trial.get(&format!("/contacts/{}", Seed::PAT)).status, 200);
}

#[test]
fn a_token_is_accepted_again_after_a_while() {
    let mut trial = Trial::demo();
    let mut rain = Rain::new(3).chance(FaultKind::InvalidToken, 0.01);
    rain.longest_spell_ms = 500;
    trial.ghl.rain(rain);
    let target = format!("/contacts/{}", Seed::PAT);
    let statuses: Vec<u16> = (0..2_000)
        .map(|_| {
            trial.now_ms += 10;
            trial.get(&target).status
        })
        .collect();
    let refused = statuses.iter().filter(|status| **status == 401).count();
    let spells = statuses.windows(2).filter(|pair| pair == &[200, 401]).count();
    assert!(
        spells >= 5 && refused > spells * 5,
        "{spells} spells, {refused} refused"
    );
    assert!(refused < 1_500);
}

#[test]
fn reads_lag_for_a_while() {
    let mut trial = pouring(FaultKind::Lag);
    let answer = trial.book(Seed::OPEN_HOUSE, tuesday("10:00"));
    let target = format!("{BOOK}/{}", answer.body["id"].as_str().unwrap());
    trial.now_ms += 1;
    assert_eq!(
        trial.get(&target).status,
        400,
        "reads are a millisecond behind at least"
    );
    trial.ghl.stop_rain();
    assert_eq!(trial.get(&target).status, 200);
}

#[test]
fn what_is_about_the_effect_of_a_request_does_not_strike_reads() {
    for kind in FaultKind::ALL.into_iter().filter(|kind| kind.strikes_writes_alone()) {
        let mut trial = pouring(kind);
        assert_eq!(trial.get(&format!("/contacts/{}", Seed::PAT)).status, 200, "{kind:?}");
        assert_eq!(trial.ghl.rainfall().counts().len(), 0);
    }
}

#[test]
fn the_same_seed_rains_the_same() {
    let run = |seed| {
        let mut trial = Trial::demo();
        trial.ghl.rain(Rain::of_everything(seed));
        for _ in 0..500 {
            trial.now_ms += 10;
            book(&mut trial);
        }
        trial.ghl.rainfall().clone()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
    assert!(run(7).counts().len() > 8, "{:?}", run(7).counts());
}

#[test]
fn a_strike_names_what_it_struck() {
    let mut trial = pouring(FaultKind::ResetAfterCommit);
    let mut body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
    body["description"] = "Lead 7".into();
    trial.deliver(&request(Method::POST, BOOK, Some(body)));
    let id = trial.ghl.appointments().next().unwrap().id.clone();
    let target = format!("{BOOK}/{id}");
    trial.deliver(&request(
        Method::PUT,
        &target,
        Some(json!({ "appointmentStatus": "cancelled" })),
    ));
    let strikes: Vec<_> = trial.ghl.rainfall().strikes().cloned().collect();
    assert_eq!(strikes[0].operation, Some("appointment.create"));
    assert_eq!(strikes[0].description.as_deref(), Some("Lead 7"));
    assert_eq!(strikes[0].contact.as_deref(), Some(Seed::PAT));
    assert_eq!(strikes[1].operation, Some("appointment.update"));
    assert_eq!(strikes[1].appointment, Some(id));
}

#[test]
fn no_more_strikes_are_remembered_than_are_kept() {
    let mut rainfall = Rainfall::default();
    let kept = i64::try_from(STRIKES_KEPT).unwrap();
    for at_ms in 0..kept + 10 {
        rainfall.note(Struck::of(at_ms, FaultKind::Latency, None, None, b""));
    }
    assert_eq!(rainfall.strikes().count(), STRIKES_KEPT);
    assert_eq!(rainfall.strikes().next().unwrap().at_ms, 10);
    assert_eq!(rainfall.count(FaultKind::Latency), u64::try_from(kept).unwrap() + 10);
}

#[test]
fn rain_is_read_as_it_is_written() {
    let rain = Rain::of_everything(7);
    let written = serde_json::to_string(&rain).unwrap();
    assert!(written.contains("\"rate_limit_storm\":0.0005"), "{written}");
    assert_eq!(serde_json::from_str::<Rain>(&written).unwrap(), rain);
}
