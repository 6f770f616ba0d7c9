//! Documents that are nested deeper than anybody reads, through the real component and its small stack.

use std::time::Duration;

use host_harness::contract::Failure;
use host_harness::emulator::{Effect, Fault, Seed, StatusReply};
use serde_json::{Value, json};

use crate::sandbox::{BUDGET, Sandbox, configuration, visit};

/// Almost as deep as is read, and far deeper.
const DEPTHS: [usize; 2] = [120, 1_000];

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| json!([inner]))
}

#[tokio::test]
async fn an_event_nested_deeper_than_is_read_is_a_problem_and_no_trap() {
    let [read, too_deep] = DEPTHS;
    let sandbox = Sandbox::new(Seed::demo(), &[], configuration()).await;
    let mut event = visit();
    event.data["deep"] = nested(too_deep);
    let ended = sandbox.connection.handle(&event, BUDGET).await.unwrap();
    let Err(Failure::PermanentInvalid(invalid)) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(
        (invalid.problems[0].pointer.as_str(), invalid.problems[0].code.as_str()),
        ("/data", "no-json")
    );
    event.data["deep"] = nested(read);
    let receipt = sandbox.until_done(&event).await.unwrap();
    assert_eq!(receipt.warnings[0].pointer.as_deref(), Some("/data/deep"));
}

#[tokio::test]
async fn replies_nested_deeper_than_is_read_leave_one_booking() {
    for depth in DEPTHS {
        let reply = StatusReply {
            code: http::StatusCode::OK,
            body: Some(json!({ "deep": nested(depth) })),
            retry_after_seconds: None,
        };
        let faults = [
            Fault::on("contact.create", Effect::Status(reply.clone())).unwrap(),
            Fault::on("appointment.create", Effect::StatusAfterCommit(reply)).unwrap(),
        ];
        let sandbox = Sandbox::new(Seed::demo(), &faults, configuration()).await;
        sandbox.until_done(&visit()).await.unwrap();
        sandbox.pass(Duration::from_secs(3600));
        assert_eq!(sandbox.server.with(|ghl| ghl.appointments().count()), 1, "{depth}");
    }
}
