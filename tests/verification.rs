//! `knock verify` on an emulator: what it finds, and that it leaves nothing behind.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Seed};
use host_harness::verification::{ACTIONS, Patience, Report, Trial, Verdict, Wish};
use serde_json::json;

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

async fn sandbox(seed: Seed, faults: &[Fault]) -> Sandbox {
    let configuration = json!({
        "location_id": Seed::DEMO_LOCATION, "time_zone": "America/Chicago", "actions": ACTIONS,
    });
    Sandbox::new(seed, faults, configuration).await
}

/// What is found on this calendar.
async fn verify(sandbox: &Sandbox, calendar: &str, stop: impl Future<Output = ()>) -> Report {
    let patience = Standing {
        sandbox,
        began_ms: sandbox.now_ms(),
    };
    let wish = Wish {
        calendar: calendar.to_owned(),
        settle: SETTLE,
        name: "trial".to_owned(),
    };
    Trial::new(&sandbox.connection, &patience, wish).run(stop).await
}

/// How a step went.
fn verdict(report: &Report, step: &str) -> Verdict {
    let finding = report.findings.iter().find(|finding| finding.step == step);
    finding.unwrap_or_else(|| panic!("no `{step}` in {report:#?}")).verdict
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
            "users",
            "groups",
            "free slots",
            "contact",
            "appointment",
            "read lag",
            "reference",
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
        let lag = Effect::Lag {
            ms: seconds * 1000,
            for_ms: None,
        };
        let sandbox = sandbox(Seed::demo(), &[fault("appointment.create", lag)]).await;
        let report = verify(&sandbox, Seed::ROOF_INSPECTIONS, std::future::pending()).await;
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
        ("contact.upsert", Effect::ResetAfterCommit),
        ("appointment.update", Effect::ResetAfterCommit),
        ("event.delete", Effect::ResetAfterCommit),
        (
            "contact.delete",
            Effect::Status(http::StatusCode::SERVICE_UNAVAILABLE.into()),
        ),
        ("appointment.get", Effect::Status(http::StatusCode::FORBIDDEN.into())),
        (
            "appointment.update",
            Effect::Status(http::StatusCode::BAD_REQUEST.into()),
        ),
    ] {
        let what = format!("{on}: {effect:?}");
        let sandbox = sandbox(Seed::demo(), &[fault(on, effect)]).await;
        let report = verify(&sandbox, Seed::ROOF_INSPECTIONS, std::future::pending()).await;
        assert!(report.left.is_empty(), "{what}: {report:#?}");
        assert_eq!(standing(&sandbox), before, "{what}: {report:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_deleted_is_named() {
    let forbidden = Effect::Status(http::StatusCode::FORBIDDEN.into());
    let sandbox = sandbox(Seed::demo(), &[fault("contact.delete", forbidden).times(9)]).await;
    let report = verify(&sandbox, Seed::ROOF_INSPECTIONS, std::future::pending()).await;
    assert!(!report.is_good());
    assert!(report.left[0].starts_with("contact `"), "{report:#?}");
    assert_eq!(verdict(&report, "clean-up"), Verdict::Failed);
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
