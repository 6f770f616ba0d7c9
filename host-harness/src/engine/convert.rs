//! Generated types to plain ones and back. Nothing is decided here.

use super::bindings::exports::knockcal::connector::{automation, catalog, check, manifest as wit};
use super::bindings::knockcal::connector::{secrets, state};
use super::error::RunError;
use crate::contract::{
    Action, AppliedStep, Call, Deferred, Document, Effect, Endpoint, Event, Expired, Failure, Field, Finding, Identity,
    Invalid, Invocation, Invoked, Manifest, Oauth2, Outcome, Plan, PlannedRequest, PlannedStep, Problem, RateLimit,
    RateLimitHeaders, Reading, Reason, Receipt, Recipe, Refused, Repeat, Reply, Route, Secret, Severity, Trigger,
    Undecided, Visit, Warning,
};
use crate::secrets::SecretError;
use crate::state::{Check, CommitError, Committed, Snapshot, Write};
use serde_json::Value;
use std::fmt::Display;

pub(super) fn event(event: &Event) -> automation::Event {
    automation::Event {
        id: event.id.clone(),
        trigger: event.trigger.clone(),
        subject: event.subject.clone(),
        occurred_at: event.occurred_at.clone(),
        expires_at: event.expires_at.clone(),
        notify: event.notify,
        data_json: event.data.to_string(),
    }
}

pub(super) fn identity(identity: automation::Identity) -> Result<Identity, RunError> {
    Ok(Identity {
        event_id: identity.event_id,
        subject: identity.subject,
        fingerprint: identity.fingerprint,
        order_keys: identity.order_keys,
        warnings: all(identity.warnings, warning),
        visit: visit(identity.visit_json)?,
    })
}

pub(super) fn problems(problems: Vec<wit::Problem>) -> Vec<Problem> {
    all(problems, problem)
}

pub(super) fn plan(plan: automation::EventPlan) -> Result<Plan, RunError> {
    Ok(Plan {
        event_id: plan.event_id,
        subject: plan.subject,
        steps: plan.steps.into_iter().map(planned_step).collect::<Result<_, _>>()?,
        requests: plan.requests,
        warnings: all(plan.warnings, warning),
        visit: visit(plan.visit_json)?,
    })
}

fn visit(text: Option<String>) -> Result<Option<Box<Visit>>, RunError> {
    const NAME: &str = "visit-json";
    let read = |text: String| serde_json::from_value(json(NAME, &text)?).map_err(|error| unreadable(NAME, &error));
    text.map(read).transpose()
}

fn planned_step(step: automation::PlannedStep) -> Result<PlannedStep, RunError> {
    Ok(PlannedStep {
        request: step.request.map(planned_request).transpose()?,
        fields: step.fields.into_iter().map(field).collect::<Result<_, _>>()?,
        name: step.name,
        action: step.action,
        reason: step.reason,
    })
}

pub(super) fn planned_requests(requests: Vec<automation::PlannedRequest>) -> Result<Vec<PlannedRequest>, RunError> {
    requests.into_iter().map(planned_request).collect()
}

fn planned_request(request: automation::PlannedRequest) -> Result<PlannedRequest, RunError> {
    Ok(PlannedRequest {
        method: request.method,
        target: request.target,
        body: request.body_json.map(|body| json("body-json", &body)).transpose()?,
    })
}

fn field(field: automation::Field) -> Result<Field, RunError> {
    Ok(Field {
        value: json("value-json", &field.value_json)?,
        name: field.name,
        origin: field.origin,
    })
}

/// The deepest JSON that a component may answer. It is stored within other JSON, and has to be read back from there.
const DEEPEST_ANSWER: usize = 96;

fn json(name: &str, text: &str) -> Result<Value, RunError> {
    crate::json::read(text.as_bytes(), DEEPEST_ANSWER).map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, error: &dyn Display) -> RunError {
    RunError::Contract(format!("`{name}` cannot be read as JSON: {error}"))
}

pub(super) fn receipt(receipt: automation::Receipt) -> Result<Receipt, RunError> {
    Ok(Receipt {
        event_id: receipt.event_id,
        subject: receipt.subject,
        applied: all(receipt.applied, applied),
        requests: receipt.requests,
        cache_hits: receipt.cache_hits,
        cache_misses: receipt.cache_misses,
        warnings: all(receipt.warnings, warning),
        visit: visit(receipt.visit_json)?,
    })
}

pub(super) fn invocation(invocation: &Invocation) -> automation::Invocation {
    automation::Invocation {
        action: invocation.action.clone(),
        input_json: invocation.input.to_string(),
        subject: invocation.subject.clone(),
        key: invocation.key.clone(),
    }
}

pub(super) fn invoked(invoked: automation::Invoked) -> Result<Invoked, RunError> {
    let output = invoked.output_json.map(|output| json("output-json", &output));
    Ok(Invoked {
        receipt: receipt(invoked.receipt)?,
        output: output.transpose()?,
    })
}

pub(super) fn action(action: catalog::Action) -> Result<Action, RunError> {
    Ok(Action {
        input_schema: json("input-schema-json", &action.input_schema_json)?,
        output_schema: json("output-schema-json", &action.output_schema_json)?,
        example: json("example-json", &action.example_json)?,
        key: action.key,
        title: action.title,
        about: action.about,
        effect: match action.effect {
            catalog::Effect::Read => Effect::Read,
            catalog::Effect::Create => Effect::Create,
            catalog::Effect::Update => Effect::Update,
            catalog::Effect::Delete => Effect::Delete,
            catalog::Effect::Send => Effect::Send,
        },
        repeat: match action.repeat {
            catalog::Repeat::Safe => Repeat::Safe,
            catalog::Repeat::ReadBack => Repeat::ReadBack,
            catalog::Repeat::Never => Repeat::Never,
        },
        read_back: action.read_back,
        scopes: action.scopes,
        provider: action.provider,
        call: action.call.map(|call| Call {
            operation_id: call.operation_id,
            method: call.method,
            path: call.path,
            version: call.version,
        }),
        uses: action.uses,
        price: action.price,
        ready: action.ready,
    })
}

pub(super) fn trigger(trigger: catalog::Trigger) -> Result<Trigger, RunError> {
    Ok(Trigger {
        data_schema: json("data-schema-json", &trigger.data_schema_json)?,
        example: json("example-json", &trigger.example_json)?,
        key: trigger.key,
        title: trigger.title,
        about: trigger.about,
        source: trigger.source,
        scope: trigger.scope,
        ready: trigger.ready,
    })
}

pub(super) fn recipes(recipes: Vec<catalog::Recipe>) -> Vec<Recipe> {
    all(recipes, |recipe| Recipe {
        name: recipe.name,
        title: recipe.title,
        trigger: recipe.trigger,
        text: recipe.text,
    })
}

pub(super) fn findings(findings: Vec<check::Finding>) -> Vec<Finding> {
    all(findings, |finding| Finding {
        severity: match finding.severity {
            check::Severity::Error => Severity::Error,
            check::Severity::Warning => Severity::Warning,
            check::Severity::Note => Severity::Note,
        },
        code: finding.code,
        pointer: finding.pointer,
        within: finding.within.map(|span| bytes(span.start)..bytes(span.end)),
        message: finding.message,
    })
}

pub(super) fn reading(reading: check::Reading) -> Result<Reading, RunError> {
    Ok(Reading {
        fields: reading.fields.into_iter().map(field).collect::<Result<_, _>>()?,
        identity: reading.identity.map(identity).transpose()?,
        problems: problems(reading.problems),
    })
}

fn bytes(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

pub(super) fn failure(failure: automation::Failure) -> Result<Failure, RunError> {
    use automation::Failure as Wit;
    Ok(match failure {
        Wit::PermanentInvalid(invalid) => Failure::PermanentInvalid(Invalid {
            problems: problems(invalid.problems),
        }),
        Wit::PermanentRefused(refused) => Failure::PermanentRefused(Refused {
            code: refused.code,
            message: refused.message,
            reply: refused.reply.map(reply),
            alternatives: refused.alternatives,
            applied: all(refused.applied, applied),
            requests: refused.requests,
            cache_hits: refused.cache_hits,
            cache_misses: refused.cache_misses,
            warnings: all(refused.warnings, warning),
            visit: visit(refused.visit_json)?,
        }),
        Wit::PermanentUndecided(undecided) => Failure::PermanentUndecided(Undecided {
            code: undecided.code,
            message: undecided.message,
            applied: all(undecided.applied, applied),
            requests: undecided.requests,
            cache_hits: undecided.cache_hits,
            cache_misses: undecided.cache_misses,
            warnings: all(undecided.warnings, warning),
            visit: visit(undecided.visit_json)?,
        }),
        Wit::PermanentExpired(expired) => Failure::PermanentExpired(Expired {
            expired_at: expired.expired_at,
            applied: all(expired.applied, applied),
            requests: expired.requests,
            cache_hits: expired.cache_hits,
            cache_misses: expired.cache_misses,
            warnings: all(expired.warnings, warning),
            visit: visit(expired.visit_json)?,
        }),
        Wit::Deferred(deferred) => Failure::Deferred(Deferred {
            reason: reason(deferred.reason),
            message: deferred.message,
            after_ms: deferred.after_ms,
            applied: all(deferred.applied, applied),
            requests: deferred.requests,
            cache_hits: deferred.cache_hits,
            cache_misses: deferred.cache_misses,
            warnings: all(deferred.warnings, warning),
            visit: visit(deferred.visit_json)?,
        }),
    })
}

fn reason(reason: automation::Reason) -> Reason {
    use automation::Reason as Wit;
    match reason {
        Wit::Busy => Reason::Busy,
        Wit::Budget => Reason::Budget,
        Wit::Settling => Reason::Settling,
        Wit::Watching => Reason::Watching,
        Wit::NoBooking => Reason::NoBooking,
        Wit::RateLimited => Reason::RateLimited,
        Wit::Unavailable => Reason::Unavailable,
        Wit::CredentialRefused => Reason::CredentialRefused,
        Wit::Host => Reason::Host,
    }
}

fn reply(reply: automation::Reply) -> Reply {
    Reply {
        status: reply.status,
        message: reply.message,
        trace_id: reply.trace_id,
        of_connection: reply.of_connection,
    }
}

fn applied(step: automation::AppliedStep) -> AppliedStep {
    use automation::Outcome as Wit;
    AppliedStep {
        name: step.name,
        action: step.action,
        id: step.id,
        outcome: match step.outcome {
            Wit::Done => Outcome::Done,
            Wit::Found => Outcome::Found,
            Wit::Unchanged => Outcome::Unchanged,
            Wit::Superseded => Outcome::Superseded,
            Wit::KeptTheirs => Outcome::KeptTheirs,
        },
    }
}

fn warning(warning: automation::Warning) -> Warning {
    Warning {
        code: warning.code,
        pointer: warning.pointer,
        message: warning.message,
    }
}

fn problem(problem: wit::Problem) -> Problem {
    Problem {
        document: match problem.document {
            wit::Document::Configuration => Document::Configuration,
            wit::Document::Event => Document::Event,
            wit::Document::Input => Document::Input,
        },
        pointer: problem.pointer,
        code: problem.code,
        message: problem.message,
    }
}

pub(super) fn manifest(manifest: wit::Manifest) -> Manifest {
    Manifest {
        name: manifest.name,
        version: manifest.version,
        account: manifest.account,
        actions: manifest.actions,
        scopes: manifest.scopes,
        endpoints: all(manifest.endpoints, |endpoint| Endpoint {
            scheme: endpoint.scheme,
            authority: endpoint.authority,
            routes: all(endpoint.routes, |route| Route {
                method: route.method,
                path: route.path,
            }),
        }),
        secrets: all(manifest.secrets, |secret| Secret {
            role: secret.role,
            description: secret.description,
            scheme: secret.scheme,
            authority: secret.authority,
            header: secret.header,
            prefix: secret.prefix,
        }),
        oauth2: manifest.oauth2.map(|oauth2| Oauth2 {
            authorization_url: oauth2.authorization_url,
            token_url: oauth2.token_url,
        }),
        rate_limit: RateLimit {
            requests: manifest.rate_limit.requests,
            interval_ms: manifest.rate_limit.interval_ms,
            daily: manifest.rate_limit.daily,
            headers: RateLimitHeaders {
                limit: manifest.rate_limit.headers.limit,
                remaining: manifest.rate_limit.headers.remaining,
                interval_ms: manifest.rate_limit.headers.interval_ms,
                daily_limit: manifest.rate_limit.headers.daily_limit,
                daily_remaining: manifest.rate_limit.headers.daily_remaining,
                daily_reset_ms: manifest.rate_limit.headers.daily_reset_ms,
            },
        },
        send_before_header: manifest.send_before_header,
        request_timeout_ms: manifest.request_timeout_ms,
        trace_id_field: manifest.trace_id_field,
    }
}

pub(super) fn secret_error(error: SecretError) -> secrets::Error {
    match error {
        SecretError::Missing(reason) | SecretError::Unusable(reason) => secrets::Error::Missing(reason),
        SecretError::Unavailable(reason) => secrets::Error::Unavailable(reason),
    }
}

pub(super) fn snapshot(snapshot: Snapshot) -> state::Snapshot {
    state::Snapshot {
        now_ms: snapshot.now_ms,
        anchored_ms: snapshot.anchored_ms,
        restored_ms: snapshot.restored_ms,
        // The egress takes the header away from every request, and checks its instant in the very write to the socket.
        honours_send_before: true,
        entries: all(snapshot.entries, |entry| {
            entry.map(|entry| state::Entry {
                value: entry.value,
                version: entry.version,
            })
        }),
    }
}

pub(super) fn check(check: state::Check) -> Check {
    Check {
        key: check.key,
        version: check.version,
    }
}

pub(super) fn write(write: state::Write) -> Write {
    Write {
        key: write.key,
        value: write.value,
        ttl_ms: write.ttl_ms,
        lease: write.lease,
    }
}

pub(super) fn committed(committed: Committed) -> state::Committed {
    state::Committed {
        now_ms: committed.now_ms,
        version: committed.version,
    }
}

pub(super) fn commit_error(error: CommitError) -> state::CommitError {
    match error {
        CommitError::Conflict { now_ms, key } => state::CommitError::Conflict(state::Conflict { now_ms, key }),
        CommitError::Unavailable(error) => state::CommitError::Unavailable(error.to_string()),
    }
}

fn all<From, To>(from: Vec<From>, convert: impl FnMut(From) -> To) -> Vec<To> {
    from.into_iter().map(convert).collect()
}
