//! Plans and carries out events, and actions by themselves.

use super::{Component, all};
use crate::api::Request;
use crate::bindings::exports::knockcal::connector::automation as wit;
use crate::bindings::exports::knockcal::connector::manifest;
use crate::document::{Document, Problem};
use crate::ghl::{RefusalKind, Words};
use crate::host::Imports;
use crate::knock::{Incoming, Warning};
use crate::recipe::Input;
use crate::record::to_text;
use crate::run::{
    self, AppliedStep, Cause, Cost, Failure, Identity, Invocation, Invoked, Outcome, Plan, PlannedStep, Progress,
    Reason, Receipt,
};

impl wit::Guest for Component {
    fn identify(configuration_json: String, event: wit::Event) -> Result<wit::Identity, Vec<manifest::Problem>> {
        run::identify(&configuration_json, &incoming(event))
            .map(identity)
            .map_err(problems)
    }

    fn plan(configuration_json: String, event: wit::Event) -> Result<wit::EventPlan, wit::Failure> {
        run::plan(&mut Imports::default(), &configuration_json, &incoming(event))
            .map(plan)
            .map_err(failure)
    }

    fn handle(configuration_json: String, event: wit::Event, budget_ms: u32) -> Result<wit::Receipt, wit::Failure> {
        run::handle(
            &mut Imports::default(),
            &configuration_json,
            &incoming(event),
            budget_ms,
        )
        .map(receipt)
        .map_err(failure)
    }

    fn preview(
        configuration_json: String,
        invocation: wit::Invocation,
    ) -> Result<Vec<wit::PlannedRequest>, Vec<manifest::Problem>> {
        run::preview(&configuration_json, &asked(invocation))
            .map(|requests| all(requests, request))
            .map_err(problems)
    }

    fn invoke(
        configuration_json: String,
        invocation: wit::Invocation,
        budget_ms: u32,
    ) -> Result<wit::Invoked, wit::Failure> {
        let host = &mut Imports::default();
        run::invoke(host, &configuration_json, &asked(invocation), budget_ms)
            .map(invoked)
            .map_err(failure)
    }
}

fn asked(invocation: wit::Invocation) -> Invocation {
    Invocation {
        action: invocation.action,
        input_json: invocation.input_json,
        subject: invocation.subject,
        key: invocation.key,
    }
}

fn invoked(invoked: Invoked) -> wit::Invoked {
    wit::Invoked {
        receipt: receipt(invoked.receipt),
        output_json: invoked.output.map(|output| output.to_string()),
    }
}

fn request(request: Request) -> wit::PlannedRequest {
    wit::PlannedRequest {
        method: request.operation.method.to_owned(),
        target: request.target,
        body_json: request.body.map(|body| body.to_string()),
    }
}

/// An event, as the component reads it.
pub(super) fn incoming(event: wit::Event) -> Incoming {
    Incoming {
        id: event.id,
        trigger: event.trigger,
        subject: event.subject,
        occurred_at: event.occurred_at,
        expires_at: event.expires_at,
        notify: event.notify,
        data_json: event.data_json,
    }
}

/// Problems, as the contract says them.
pub(super) fn problems(problems: Vec<Problem>) -> Vec<manifest::Problem> {
    all(problems, problem)
}

fn problem(problem: Problem) -> manifest::Problem {
    manifest::Problem {
        document: match problem.document {
            Document::Configuration => manifest::Document::Configuration,
            Document::Event => manifest::Document::Event,
            Document::Input => manifest::Document::Input,
        },
        pointer: problem.pointer,
        code: problem.code.to_owned(),
        message: problem.message,
    }
}

/// Who an event is, as the contract says it.
pub(super) fn identity(identity: Identity) -> wit::Identity {
    wit::Identity {
        event_id: identity.event_id,
        subject: identity.subject,
        fingerprint: identity.fingerprint,
        order_keys: identity.order_keys,
        warnings: all(identity.warnings, warning),
        visit_json: identity.visit.map(|visit| to_text(&visit)),
    }
}

fn plan(plan: Plan) -> wit::EventPlan {
    wit::EventPlan {
        requests: plan.requests(),
        event_id: plan.event_id,
        subject: plan.subject,
        steps: all(plan.steps, planned_step),
        warnings: all(plan.warnings, warning),
        visit_json: plan.visit.map(|visit| to_text(&visit)),
    }
}

fn planned_step(step: PlannedStep) -> wit::PlannedStep {
    wit::PlannedStep {
        name: step.name,
        action: step.action,
        request: step.request.map(request),
        fields: all(step.inputs, field),
        reason: step.reason,
    }
}

fn receipt(receipt: Receipt) -> wit::Receipt {
    let Progress {
        applied,
        cost,
        warnings,
        visit,
    } = receipt.progress;
    wit::Receipt {
        event_id: receipt.event_id,
        subject: receipt.subject,
        applied: all(applied, applied_step),
        requests: cost.requests,
        cache_hits: cost.cache_hits,
        cache_misses: cost.cache_misses,
        warnings: all(warnings, warning),
        visit_json: visit.map(|visit| to_text(&*visit)),
    }
}

fn failure(failure: Failure) -> wit::Failure {
    let (cause, progress) = match failure {
        Failure::Invalid { problems } => {
            return wit::Failure::PermanentInvalid(wit::Invalid {
                problems: self::problems(problems),
            });
        }
        Failure::Stopped { cause, progress } => (cause, progress),
    };
    let applied = all(progress.applied, applied_step);
    let Cost {
        requests,
        cache_hits,
        cache_misses,
    } = progress.cost;
    let warnings = all(progress.warnings, warning);
    let visit_json = progress.visit.map(|visit| to_text(&*visit));
    match cause {
        Cause::Refused {
            code,
            message,
            reply,
            alternatives,
        } => wit::Failure::PermanentRefused(wit::Refused {
            message,
            reply: reply.map(|reply| words(reply, RefusalKind::is_code_of_connection(&code))),
            code,
            alternatives,
            applied,
            requests,
            cache_hits,
            cache_misses,
            warnings,
            visit_json,
        }),
        Cause::Undecided { code, message } => wit::Failure::PermanentUndecided(wit::Undecided {
            code: code.to_owned(),
            message,
            applied,
            requests,
            cache_hits,
            cache_misses,
            warnings,
            visit_json,
        }),
        Cause::Expired { expired_at } => wit::Failure::PermanentExpired(wit::Expired {
            expired_at,
            applied,
            requests,
            cache_hits,
            cache_misses,
            warnings,
            visit_json,
        }),
        Cause::Deferred {
            reason,
            message,
            after_ms,
        } => wit::Failure::Deferred(wit::Deferred {
            reason: match reason {
                Reason::Busy => wit::Reason::Busy,
                Reason::Budget => wit::Reason::Budget,
                Reason::Settling => wit::Reason::Settling,
                Reason::Watching => wit::Reason::Watching,
                Reason::NoBooking => wit::Reason::NoBooking,
                Reason::RateLimited => wit::Reason::RateLimited,
                Reason::Unavailable => wit::Reason::Unavailable,
                Reason::CredentialRefused => wit::Reason::CredentialRefused,
                Reason::Host => wit::Reason::Host,
            },
            message,
            after_ms,
            applied,
            requests,
            cache_hits,
            cache_misses,
            warnings,
            visit_json,
        }),
    }
}

fn words(words: Words, of_connection: bool) -> wit::Reply {
    wit::Reply {
        status: words.status,
        message: words.message,
        trace_id: words.trace_id,
        of_connection,
    }
}

fn applied_step(step: AppliedStep) -> wit::AppliedStep {
    wit::AppliedStep {
        name: step.name,
        action: step.action,
        id: step.id,
        outcome: match step.outcome {
            Outcome::Done => wit::Outcome::Done,
            Outcome::Found => wit::Outcome::Found,
            Outcome::Unchanged => wit::Outcome::Unchanged,
            Outcome::Superseded => wit::Outcome::Superseded,
            Outcome::KeptTheirs => wit::Outcome::KeptTheirs,
        },
    }
}

fn warning(warning: Warning) -> wit::Warning {
    wit::Warning {
        code: warning.code,
        pointer: warning.pointer,
        message: warning.message,
    }
}

/// What a field is filled with, as the contract says it.
pub(super) fn field(input: Input) -> wit::Field {
    wit::Field {
        name: input.name,
        value_json: input.value.to_string(),
        origin: input.origin,
    }
}
