//! What follows from how a run has ended.

use crate::contract::{Deferred, Failure, Plan, Reason, Receipt};
use crate::engine::RunError;
use crate::inbox::{Ending, Next, Stopped};
use std::time::Duration;

/// How often in a row the component stops on an event before that is set aside.
const TRIES_OF_A_POISON: u32 = 5;

/// The longest that an event waits between two runs.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// How long an event waits for another credential.
const CREDENTIAL_WAIT: Duration = Duration::from_secs(30);

/// How long an event waits that only its connection's leaving shadow mode lets go on.
const SHADOW_WAIT: Duration = Duration::from_secs(60);

/// The warning of a plan whose subject has a request of which nobody knows yet what became of it.
const IN_DOUBT: &str = "in-doubt";

/// What follows from how a run has ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// How it ended.
    pub(super) ending: Ending,
    /// What becomes of the event.
    pub(super) next: Next,
    /// What it says about the connection.
    pub(super) standing: Standing,
}

/// What a run says about its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The provider answers.
    Welcome,
    /// Nothing.
    Unknown,
    /// The provider cannot be reached: others of this connection would fare no better.
    Troubled,
    /// The provider does not accept the credential: somebody has to act.
    Refused(String),
}

impl Verdict {
    /// A process has ended that ran nothing but this event: nothing else can be why.
    pub(super) fn killed(how: &str) -> Self {
        Self {
            ending: Ending::Stopped(Stopped {
                message: format!(
                    "every process that ran this event ended while it did; the last one, which ran nothing else, {how}"
                ),
                output: String::new(),
                in_a_row: 0,
            }),
            next: Next::SetAside,
            standing: Standing::Unknown,
        }
    }

    /// In shadow mode a plan is all there is. But of an event that was run before, a request may still be open: that is
    /// not settled by a plan, so the event waits for the mode to end.
    pub(super) fn planned(plan: Plan, was_run: bool) -> Self {
        let in_doubt = was_run && plan.warnings.iter().any(|warning| warning.code == IN_DOUBT);
        let (ending, next) = match in_doubt {
            true => (
                Ending::Failure(Failure::Deferred(waits_in_shadow(plan))),
                wait(SHADOW_WAIT, false),
            ),
            false => (Ending::Planned(plan), Next::Done),
        };
        Self {
            ending,
            next,
            standing: Standing::Unknown,
        }
    }
}

fn waits_in_shadow(plan: Plan) -> Deferred {
    Deferred {
        reason: Reason::Settling,
        message:
            "a request of before shadow mode is in doubt; what became of it is found out once the connection is not \
                  in shadow mode any more"
                .to_owned(),
        after_ms: crate::storage::whole_ms(SHADOW_WAIT),
        applied: Vec::new(),
        requests: 0,
        cache_hits: 0,
        cache_misses: 0,
        warnings: plan.warnings,
        visit: plan.visit,
    }
}

/// Judges a run, the one of so many, after so many in a row on which the component stopped.
pub(super) fn judge(outcome: Result<Result<Receipt, Failure>, RunError>, attempt: u32, stops: u32) -> Verdict {
    match outcome {
        Ok(Ok(receipt)) => Verdict {
            standing: if receipt.requests > 0 {
                Standing::Welcome
            } else {
                Standing::Unknown
            },
            ending: Ending::Receipt(receipt),
            next: Next::Done,
        },
        Ok(Err(Failure::Deferred(deferred))) => deferral(deferred, attempt),
        Ok(Err(failure)) => refusal(failure),
        Err(error) => stop(&error, stops.saturating_add(1)),
    }
}

/// 401 is about the credential (RFC 9110, 15.5.2), whatever the event, and the provider may refuse the account in other
/// ways: the event waits until somebody acts, and so do the others.
fn refusal(failure: Failure) -> Verdict {
    let (reply, why) = match &failure {
        Failure::PermanentRefused(refused) => (refused.reply.as_ref(), refused.message.as_str()),
        _ => (None, ""),
    };
    let (standing, next) = match reply {
        Some(reply) if reply.status == 401 || reply.of_connection => {
            (Standing::Refused(why.to_owned()), wait(CREDENTIAL_WAIT, true))
        }
        None => (Standing::Unknown, Next::SetAside),
        Some(reply) if reply.status == 403 => (Standing::Unknown, Next::SetAside),
        Some(_) => (Standing::Welcome, Next::SetAside),
    };
    Verdict {
        ending: Ending::Failure(failure),
        next,
        standing,
    }
}

fn deferral(deferred: Deferred, attempt: u32) -> Verdict {
    let after = Duration::from_millis(deferred.after_ms);
    let (standing, after, holds_place) = match deferred.reason {
        // Its own effect has to show. Newer ones may make it obsolete.
        Reason::Settling | Reason::Watching => (Standing::Welcome, after, false),
        // What it waits for may be among those behind it, or never come.
        Reason::NoBooking => (Standing::Unknown, longer(after, attempt), false),
        // Others of the connection may have more luck. How fast it may be called, the pacing knows.
        Reason::Busy | Reason::Budget | Reason::RateLimited => (Standing::Unknown, after, true),
        Reason::Unavailable => (Standing::Troubled, after, true),
        Reason::Host => (Standing::Troubled, longer(after, attempt), true),
        Reason::CredentialRefused => (Standing::Refused(deferred.message.clone()), after, true),
    };
    Verdict {
        ending: Ending::Failure(Failure::Deferred(deferred)),
        next: wait(after, holds_place),
        standing,
    }
}

/// The component came to no end. It may be the event, or the moment: it is tried again, and then set aside, so that it
/// holds up nobody.
fn stop(error: &RunError, in_a_row: u32) -> Verdict {
    let output = match error {
        RunError::Trapped { output, .. } => output.clone(),
        RunError::Contract(_) | RunError::Host(_) | RunError::Panicked(_) => String::new(),
    };
    let fault_of_host = matches!(error, RunError::Host(_));
    let next = if in_a_row < TRIES_OF_A_POISON || fault_of_host {
        wait(longer(Duration::from_secs(1), in_a_row), true)
    } else {
        Next::SetAside
    };
    Verdict {
        ending: Ending::Stopped(Stopped {
            message: error.to_string(),
            output,
            in_a_row,
        }),
        next,
        standing: if fault_of_host {
            Standing::Troubled
        } else {
            Standing::Unknown
        },
    }
}

/// Twice as long with every run.
fn longer(wait: Duration, attempt: u32) -> Duration {
    let doubled = attempt.saturating_sub(1).min(16);
    wait.saturating_mul(1 << doubled).min(LONGEST_WAIT)
}

fn wait(after: Duration, holds_place: bool) -> Next {
    Next::Wait {
        after_ms: crate::storage::whole_ms(after),
        holds_place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Refused;
    use crate::engine::Trap;

    fn deferred(reason: Reason) -> Result<Result<Receipt, Failure>, RunError> {
        Ok(Err(Failure::Deferred(
            serde_json::from_value(serde_json::json!({
                "reason": reason, "message": "", "after_ms": 2_000,
                "applied": [], "requests": 1, "cache_hits": 0, "cache_misses": 0, "warnings": [],
            }))
            .unwrap(),
        )))
    }

    fn trapped() -> Result<Result<Receipt, Failure>, RunError> {
        Err(RunError::Trapped {
            reason: Trap::Memory,
            output: "panicked".to_owned(),
        })
    }

    #[test]
    fn an_event_that_waits_for_its_own_effect_lets_newer_ones_pass() {
        for reason in [Reason::Settling, Reason::Watching, Reason::NoBooking] {
            let next = judge(deferred(reason), 1, 0).next;
            assert_eq!(
                next,
                Next::Wait {
                    after_ms: 2_000,
                    holds_place: false
                },
                "{reason:?}"
            );
        }
        for reason in [
            Reason::Busy,
            Reason::Budget,
            Reason::RateLimited,
            Reason::Unavailable,
            Reason::Host,
        ] {
            let next = judge(deferred(reason), 1, 0).next;
            assert_eq!(
                next,
                Next::Wait {
                    after_ms: 2_000,
                    holds_place: true
                },
                "{reason:?}"
            );
        }
    }

    #[test]
    fn a_change_whose_booking_does_not_come_is_tried_less_and_less_often() {
        let after = |attempt| match judge(deferred(Reason::NoBooking), attempt, 0).next {
            Next::Wait { after_ms, .. } => after_ms,
            next => panic!("{next:?}"),
        };
        assert_eq!([after(1), after(2), after(5)], [2_000, 4_000, 32_000]);
        assert_eq!(after(1_000), 900_000);
    }

    #[test]
    fn a_poison_is_tried_again_and_then_set_aside_with_what_it_printed() {
        for attempt in 1..TRIES_OF_A_POISON {
            assert!(matches!(judge(trapped(), 100, attempt - 1).next, Next::Wait { .. }));
        }
        let verdict = judge(trapped(), 1, TRIES_OF_A_POISON - 1);
        assert_eq!(verdict.next, Next::SetAside);
        let Ending::Stopped(stopped) = verdict.ending else {
            panic!("{:?}", verdict.ending)
        };
        assert_eq!(stopped.output, "panicked");
        assert!(stopped.message.contains("memory"));
    }

    #[test]
    fn trouble_of_the_host_sets_nothing_aside() {
        let error = || Err(RunError::Host("no threads".to_owned()));
        assert!(matches!(judge(error(), 1_000, 1_000).next, Next::Wait { .. }));
        assert_eq!(judge(error(), 1, 0).standing, Standing::Troubled);
    }

    #[test]
    fn a_refusal_in_the_providers_words_shows_that_it_is_there() {
        let refused = |reply: serde_json::Value| -> Refused {
            serde_json::from_value(serde_json::json!({
                "code": "slot-taken", "message": "", "reply": reply, "alternatives": [],
                "applied": [], "requests": 1, "cache_hits": 0, "cache_misses": 0, "warnings": [],
            }))
            .unwrap()
        };
        let words = serde_json::json!({ "status": 400, "message": "no" });
        let verdict = judge(Ok(Err(Failure::PermanentRefused(refused(words)))), 1, 0);
        assert_eq!((verdict.next, verdict.standing), (Next::SetAside, Standing::Welcome));
        let verdict = judge(
            Ok(Err(Failure::PermanentRefused(refused(serde_json::Value::Null)))),
            1,
            0,
        );
        assert_eq!(verdict.standing, Standing::Unknown);
    }

    #[test]
    fn a_credential_of_somebody_else_sets_nothing_aside() {
        let refused: Refused = serde_json::from_value(serde_json::json!({
            "code": "foreign-location", "message": "of another location", "alternatives": [],
            "reply": { "status": 401, "message": "no" },
            "applied": [], "requests": 1, "cache_hits": 0, "cache_misses": 0, "warnings": [],
        }))
        .unwrap();
        let verdict = judge(Ok(Err(Failure::PermanentRefused(refused))), 1, 0);
        assert!(matches!(verdict.next, Next::Wait { holds_place: true, .. }));
        assert_eq!(verdict.standing, Standing::Refused("of another location".to_owned()));
    }

    #[test]
    fn account_that_is_switched_off_fails_no_event() {
        let refused: Refused = serde_json::from_value(serde_json::json!({
            "code": "location-inactive", "message": "switched off", "alternatives": [],
            "reply": { "status": 403, "message": "no", "of_connection": true },
            "applied": [], "requests": 1, "cache_hits": 0, "cache_misses": 0, "warnings": [],
        }))
        .unwrap();
        let verdict = judge(Ok(Err(Failure::PermanentRefused(refused))), 1, 0);
        assert!(matches!(verdict.next, Next::Wait { holds_place: true, .. }));
        assert_eq!(verdict.standing, Standing::Refused("switched off".to_owned()));
    }

    #[test]
    fn a_refused_credential_is_a_matter_of_the_connection() {
        assert!(matches!(
            judge(deferred(Reason::CredentialRefused), 1, 0).standing,
            Standing::Refused(_)
        ));
    }
}
