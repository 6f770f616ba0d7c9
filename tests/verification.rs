//! `knock verify` on an emulator: what it finds, and that it leaves nothing behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use host_harness::egress::{Exchange, Tap};
use host_harness::emulator::{Effect, Fault, Seed, StatusReply};
use host_harness::verification::{ACTIONS, Finding, Patience, Report, Trial, Verdict, Wish};
use http::StatusCode;
use knockcal::zone::Zone;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::sandbox::Sandbox;

const SETTLE: Duration = Duration::from_secs(120);

/// Time that stands still until somebody waits.
struct Standing<'a> {
    sandbox: &'a Sandbox,
    began_ms: u64,
}

impl Patience for Standing<'_> {
    fn passed(&self) -> Duration {
        Duration::from_millis(self.sandbox.now_ms() - self.began_ms)
    }

    async fn wait(&self, time: Duration) {
        self.sandbox.pass(time);
    }
}

fn configuration() -> Value {
    json!({ "location_id": Seed::DEMO_LOCATION, "time_zone": "America/Chicago", "actions": ACTIONS })
}

async fn sandbox(seed: Seed, faults: &[Fault]) -> Sandbox {
    Sandbox::new(seed, faults, configuration()).await
}

/// What is found on this calendar.
async fn verify(sandbox: &Sandbox, calendar: &str, stop: impl Future<Output = ()>) -> Report {
    verify_counting(sandbox, calendar, &|| 0, stop).await
}

async fn verify_counting(
    sandbox: &Sandbox,
    calendar: &str,
    requests: &(dyn Fn() -> u32 + Sync),
    stop: impl Future<Output = ()>,
) -> Report {
    let patience = Standing {
        sandbox,
        began_ms: sandbox.now_ms(),
    };
    let wish = Wish {
        calendar: calendar.to_owned(),
        settle: SETTLE,
        zone: Zone::named("America/Chicago"),
        name: "trial".to_owned(),
    };
    Trial::new(&sandbox.connection, &patience, requests, wish)
        .run(stop)
        .await
}

/// What comes of a trial with these faults that nobody interrupts.
async fn verified(faults: &[Fault]) -> (Sandbox, Report) {
    let sandbox = sandbox(Seed::demo(), faults).await;
    let report = verify(&sandbox, Seed::ROOF_INSPECTIONS, std::future::pending()).await;
    (sandbox, report)
}

/// Tells to stop as soon as so many requests have ended.
struct Interruption {
    left: AtomicU32,
    tell: watch::Sender<bool>,
}

impl Tap for Interruption {
    fn exchange(&self, _: &Exchange) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.tell.send_replace(true);
        }
    }
}

/// What comes of a trial that is told to stop in the middle of a call, when so many of its requests have ended.
async fn interrupted(requests: u32, faults: &[Fault]) -> (Sandbox, Report) {
    let (tell, mut told) = watch::channel(false);
    let interruption = Arc::new(Interruption {
        left: AtomicU32::new(requests),
        tell,
    });
    let sandbox = Sandbox::watched(Seed::demo(), faults, configuration(), interruption).await;
    let stop = async move { drop(told.wait_for(|told| *told).await) };
    let report = verify(&sandbox, Seed::ROOF_INSPECTIONS, stop).await;
    (sandbox, report)
}

/// A step that was found.
fn finding<'r>(report: &'r Report, step: &str) -> &'r Finding {
    let finding = report.findings.iter().find(|finding| finding.step == step);
    finding.unwrap_or_else(|| panic!("no `{step}` in {report:#?}"))
}

/// How a step went.
fn verdict(report: &Report, step: &str) -> Verdict {
    finding(report, step).verdict
}

/// How many live appointments and contacts there are.
fn standing(sandbox: &Sandbox) -> (usize, usize) {
    sandbox.pass(Duration::from_secs(3600));
    let seed = sandbox.server.with(|ghl| ghl.seed());
    let live = seed.appointments.iter().filter(|appointment| !appointment.deleted);
    (live.count(), seed.contacts.len())
}

fn fault(on: &str, effect: Effect) -> Fault {
    Fault::on(on, effect).unwrap()
}

fn lag(seconds: u64) -> Effect {
    Effect::Lag {
        ms: seconds * 1000,
        for_ms: None,
    }
}

/// GHL never allows this.
fn forbidden(on: &str) -> Fault {
    fault(on, Effect::Status(StatusCode::FORBIDDEN.into())).times(u32::MAX)
}

const READS: [&str; 3] = ["appointment.get", "event.list", "contact.list_appointments"];

#[tokio::test(flavor = "multi_thread")]
async fn a_good_connection_is_ready_and_nothing_is_left_and_nobody_told() {
    let sandbox = sandbox(Seed::demo(), &[]).await;
    let before = standing(&sandbox);
    let report = verify(&sandbox, " roof  inspections", std::future::pending()).await;
    assert!(report.is_good(), "{report:#?}");
    assert!(
        report.findings.iter().all(|finding| finding.verdict == Verdict::Ok),
        "{report:#?}"
    );
    let steps: Vec<_> = report.findings.iter().map(|finding| finding.step).collect();
    assert_eq!(
        steps,
        [
            "calendar",
            "reads",
            "free slots",
            "contact",
            "appointment",
            "read lag",
            "reference",
            "forms",
            "lists",
            "the same again",
            "another time",
            "clean-up",
        ]
    );
    assert_eq!(standing(&sandbox), before);
    let made = sandbox.received().into_iter();
    let told = made.filter(|request| request.body.get("toNotify") == Some(&json!(true)));
    assert_eq!(told.count(), 0);
    let creations = sandbox
        .received()
        .into_iter()
        .filter(|request| request.operation == Some("appointment.create"));
    assert_eq!(creations.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_that_lag_are_measured_and_judged() {
    for (seconds, expected) in [(5, Verdict::Ok), (90, Verdict::Warning), (600, Verdict::Failed)] {
        let (_, report) = verified(&[fault("appointment.create", lag(seconds))]).await;
        assert_eq!(verdict(&report, "read lag"), expected, "{seconds} s: {report:#?}");
        let shown: Vec<_> = report.lags.iter().map(|lag| lag.shown_after_ms).collect();
        match expected {
            Verdict::Failed => assert!(shown.contains(&None), "{shown:?}"),
            _ => assert!(shown.iter().all(|shown| shown.unwrap() >= seconds * 1000), "{shown:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_on_the_way_nothing_is_left() {
    let before = standing(&sandbox(Seed::demo(), &[]).await);
    for (on, effect) in [
        ("appointment.create", Effect::ResetAfterCommit),
        ("appointment.create", Effect::CommitLate { ms: 30_000 }),
        ("appointment.create", Effect::ResetBeforeCommit),
        ("contact.upsert", Effect::ResetAfterCommit),
        ("contact.upsert", Effect::CommitLate { ms: 60_000 }),
        ("appointment.update", Effect::ResetAfterCommit),
        ("event.delete", Effect::ResetAfterCommit),
        ("contact.delete", Effect::Status(StatusCode::SERVICE_UNAVAILABLE.into())),
        ("appointment.get", Effect::Status(StatusCode::FORBIDDEN.into())),
        ("appointment.update", Effect::Status(StatusCode::BAD_REQUEST.into())),
    ] {
        let what = format!("{on}: {effect:?}");
        let (sandbox, report) = verified(&[fault(on, effect)]).await;
        assert!(report.left.is_empty(), "{what}: {report:#?}");
        assert_eq!(standing(&sandbox), before, "{what}: {report:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_deleted_is_named() {
    let (_, report) = verified(&[forbidden("contact.delete")]).await;
    assert!(!report.is_good());
    assert!(report.left[0].starts_with("contact `"), "{report:#?}");
    assert_eq!(verdict(&report, "clean-up"), Verdict::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_that_the_trial_did_not_make_is_not_deleted() {
    for contact in [
        json!({ "id": "Pat00Homeowner000ctc", "email": "pat@example.com", "phone": "+15125550142" }),
        json!({ "id": "Pat00Homeowner000ctc", "email": "knockcal-verification-trial@example.com" }),
    ] {
        let answer = json!({ "new": false, "contact": contact });
        let answer = StatusReply {
            body: Some(answer),
            ..StatusCode::OK.into()
        };
        let sandbox = sandbox(Seed::demo(), &[fault("contact.upsert", Effect::Status(answer))]).await;
        let report = verify(&sandbox, Seed::ROOF_INSPECTIONS, std::future::pending()).await;
        let found = finding(&report, "contact");
        assert_eq!(found.verdict, Verdict::Failed, "{contact}");
        assert!(found.detail.contains("Pat00Homeowner000ctc"), "{}", found.detail);
        assert!(!found.detail.contains("pat@"), "{}", found.detail);
        let received = sandbox.received();
        let sent: Vec<_> = received.iter().filter_map(|received| received.operation).collect();
        assert!(!sent.contains(&"contact.delete"), "{sent:?}");
        assert!(!sent.contains(&"appointment.create"), "{sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_and_nothing_is_made() {
    let sandbox = sandbox(Seed::demo(), &[]).await;
    let before = standing(&sandbox);
    let report = verify(&sandbox, "Roof Repairs", std::future::pending()).await;
    assert_eq!(verdict(&report, "calendar"), Verdict::Failed);
    assert!(report.findings[0].detail.contains("Roof Inspections"), "{report:#?}");
    assert_eq!(standing(&sandbox), before);
    let stopped = verify(&sandbox, Seed::ROOF_INSPECTIONS, std::future::ready(())).await;
    assert_eq!(verdict(&stopped, "stopped"), Verdict::Failed);
    assert_eq!(standing(&sandbox), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_it_is_stopped_nothing_is_left() {
    let before = standing(&sandbox(Seed::demo(), &[]).await);
    let late = Effect::CommitLate { ms: 60_000 };
    for faults in [
        vec![],
        vec![
            fault("appointment.create", Effect::ResetAfterCommit),
            fault("appointment.create", lag(60)),
        ],
        vec![fault("appointment.create", Effect::ResetBeforeCommit)],
        vec![fault("appointment.create", late.clone())],
        vec![forbidden("contact.find_duplicate")],
        vec![fault("contact.upsert", late.clone())],
        vec![fault("appointment.update", late)],
    ] {
        for requests in 4..=12 {
            let (sandbox, report) = interrupted(requests, &faults).await;
            let what = format!("after {requests} requests, {faults:?}: {report:#?}");
            let stopped = report.findings.iter().any(|finding| finding.step == "stopped");
            assert!(stopped || requests > 10, "{what}");
            assert!(report.left.is_empty(), "{what}");
            assert_eq!(standing(&sandbox), before, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_that_nobody_can_look_for_is_named() {
    let lost = fault("appointment.create", Effect::ResetAfterCommit);
    let faults = [vec![lost.clone()], READS.map(forbidden).to_vec()].concat();
    let (_, report) = verified(&faults).await;
    assert_eq!(verdict(&report, "clean-up"), Verdict::Failed, "{report:#?}");
    let [left] = report.left.as_slice() else {
        panic!("{report:#?}");
    };
    for part in [
        "perhaps an appointment",
        "knockcal-verification-trial@example.com",
        "at 2030-06-03T",
    ] {
        assert!(left.contains(part), "no `{part}` in {left}");
    }

    let before = standing(&sandbox(Seed::demo(), &[]).await);
    let (sandbox, report) = verified(&[lost, forbidden("event.list")]).await;
    assert_eq!(report.left, [""; 0], "the contact's own list has it");
    assert_eq!(standing(&sandbox), before, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_nobody_can_look_for_is_named() {
    let late = fault("contact.upsert", Effect::CommitLate { ms: 60_000 });
    let (_, report) = verified(&[late, forbidden("contact.find_duplicate")]).await;
    assert_eq!(verdict(&report, "clean-up"), Verdict::Failed, "{report:#?}");
    assert!(report.left[0].starts_with("perhaps a contact"), "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_is_refused_is_said_at_once_and_not_blamed_on_time() {
    let (_, report) = verified(&[forbidden("appointment.get")]).await;
    let lag = finding(&report, "read lag");
    assert_eq!(lag.verdict, Verdict::Failed);
    assert!(
        lag.detail.contains("403") && !lag.detail.contains("settle_seconds"),
        "{lag:?}"
    );
    assert!(u128::from(lag.took_ms) < SETTLE.as_millis(), "{lag:?}");
    assert!(report.lags[0].unreadable.is_some(), "{report:#?}");
    assert!(report.lags[1].shown_after_ms.is_some(), "{report:#?}");
    for step in ["reference", "forms", "another time"] {
        assert_eq!(verdict(&report, step), Verdict::Skipped, "{report:#?}");
    }
    assert_eq!(json!(Verdict::Skipped), "skipped");
    assert_eq!(verdict(&report, "clean-up"), Verdict::Warning, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_is_what_ghl_says_to_be_gone() {
    let deaf = |on: &str| {
        let answer = StatusReply {
            body: Some(json!({ "succeeded": true })),
            ..StatusCode::OK.into()
        };
        fault(on, Effect::Status(answer))
    };
    for (fault, named) in [
        (deaf("event.delete"), "appointment `"),
        (deaf("contact.delete"), "contact `"),
        (forbidden("contact.get"), "cannot be read back"),
    ] {
        let (_, report) = verified(&[fault]).await;
        let gone = finding(&report, "clean-up");
        assert_eq!(gone.verdict, Verdict::Warning, "{report:#?}");
        assert!(gone.detail.contains(named), "{gone:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_road_has_a_lag_of_its_own() {
    let missing = StatusReply {
        body: Some(json!({ "message": "Appointment not found" })),
        ..StatusCode::NOT_FOUND.into()
    };
    let late = fault("appointment.get", Effect::Status(missing)).times(4);
    let (_, report) = verified(&[late]).await;
    let shown: Vec<_> = report.lags.iter().map(|lag| lag.shown_after_ms.unwrap()).collect();
    assert!(shown[0] > 0, "{shown:?}");
    assert_eq!(shown[1..], [0, 0], "the others showed at the first look");
    assert_eq!(finding(&report, "read lag").took_ms, shown[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_judged_by_what_is_sent() {
    let counted = AtomicU32::new(0);
    let more_each_time = || counted.fetch_add(1, Ordering::Relaxed);
    for (counts, expected) in [(false, Verdict::Ok), (true, Verdict::Failed)] {
        let sandbox = sandbox(Seed::demo(), &[]).await;
        let received = || u32::try_from(sandbox.received().len()).unwrap();
        let requests: &(dyn Fn() -> u32 + Sync) = if counts { &more_each_time } else { &received };
        let report = verify_counting(&sandbox, Seed::ROOF_INSPECTIONS, requests, std::future::pending()).await;
        assert_eq!(verdict(&report, "the same again"), expected, "{report:#?}");
    }
}

/// What comes of a trial where GHL shows values in a form.
async fn verified_where_ghl_shows(form: Value) -> Report {
    let mut seed = Seed::demo();
    seed.shows = serde_json::from_value(form).unwrap();
    verify(
        &sandbox(seed, &[]).await,
        Seed::ROOF_INSPECTIONS,
        std::future::pending(),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn other_forms_are_named_and_the_connection_is_ready_where_they_are_recognized() {
    for (form, named) in [
        (
            json!({ "text": "html", "time": "without_offset" }),
            &["description", "startTime", "title"][..],
        ),
        (
            json!({ "text": "crlf", "title": "suffixed", "address": "with_country" }),
            &["description", "title", "address"],
        ),
        (
            json!({ "text": "entities", "time": "epoch_ms" }),
            &["description", "startTime"],
        ),
        (
            json!({ "text": "non_breaking", "time": "utc" }),
            &["description", "startTime"],
        ),
        (
            json!({ "text": "collapsed", "time": "offset_without_colon" }),
            &["description", "startTime"],
        ),
    ] {
        let report = verified_where_ghl_shows(form.clone()).await;
        assert!(report.is_good(), "{form}: {report:#?}");
        let forms = finding(&report, "forms");
        assert_eq!(forms.verdict, Verdict::Ok, "{form}: {forms:?}");
        for name in named {
            let sentence = format!("`{name}` comes back in another form");
            assert!(forms.detail.contains(&sentence), "{form}: {forms:?}");
        }
        assert_eq!(verdict(&report, "another time"), Verdict::Ok, "{form}: {report:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_come_back_is_named_and_fails_where_the_rules_need_it() {
    for (form, step, expected, named) in [
        (
            json!({ "address": "left_out" }),
            "forms",
            Verdict::Warning,
            "`address` does not come back",
        ),
        (
            json!({ "left_out": ["startTime"] }),
            "forms",
            Verdict::Failed,
            "whether a visit was moved cannot be seen",
        ),
        (
            json!({ "left_out": ["description"] }),
            "reference",
            Verdict::Failed,
            "without its reference",
        ),
        (
            json!({ "left_out": ["contactId"] }),
            "lists",
            Verdict::Warning,
            "shows `contactId`",
        ),
    ] {
        let report = verified_where_ghl_shows(form.clone()).await;
        let found = finding(&report, step);
        assert_eq!(found.verdict, expected, "{form}: {found:?}");
        assert!(found.detail.contains(named), "{form}: {found:?}");
        assert_eq!(report.is_good(), expected != Verdict::Failed, "{form}: {report:#?}");
        assert!(report.left.is_empty(), "{form}: {report:#?}");
    }
}
