//! What crosses the line between host and component, as plain values.
//!
//! The words are those of the WIT package `knockcal:connector` in `wit/`. Where the contract passes JSON as a
//! string, these types hold it parsed. Serialized, they are what `knock --json` prints: keys in snake case, cases
//! in kebab case, absent values left out.

mod catalog;
mod check;
mod invocation;

pub use catalog::{Action, Call, Catalog, Effect, Recipe, Repeat, Trigger};
pub use check::{Finding, Reading, Severity};
pub use invocation::{Invocation, Invoked};

use chrono::DateTime;
use knockcal::readable::Clock;
use knockcal::zone::Zone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// Something that happened in Active Knocker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The same happening always carries the same id. Absent: a hash of the fields, with a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Key of the trigger: `knocker.lead_booked`, `knocker.booking_changed`.
    pub trigger: String,
    /// What it is about. Whatever must happen once, happens once for each subject. Absent: the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened, RFC 3339.
    pub occurred_at: String,
    /// After this instant (RFC 3339) the event is not worth doing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Whether people may be told of what it does; false for imports, mirrors and repairs.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub notify: bool,
    /// What Active Knocker says: a JSON object whose fields are those of the trigger.
    pub data: Value,
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}

/// A visit as it was understood, or as it is booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// In words, by the clocks of the place.
    pub summary: String,
    /// When it begins, RFC 3339.
    pub start: String,
    /// When it ends, RFC 3339, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// IANA name of the zone that the words are in; absent: the words are in the offset of `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The town; the whole address where that does not tell its town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Name of whoever is visited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// Name of whoever comes, or the id of a GHL user whose name is not known. Absent: GHL chooses, or has not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Name of the calendar, or its id where the name is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
}

/// What an event will do, before it does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Id of the event, as given or derived.
    pub event_id: String,
    /// Subject of the event, as given or derived.
    pub subject: String,
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// Requests that all steps make together, when none has to be repeated.
    pub requests: u32,
    /// What could not be represented, or was assumed.
    pub warnings: Vec<Warning>,
    /// The visit as it will be, where the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Box<Visit>>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Its name within the recipe: `contact`, `appointment`.
    pub name: String,
    /// Key of the catalog action: `appointment.create`.
    pub action: String,
    /// The request, or nothing when the step needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<PlannedRequest>,
    /// Each input field and where its value comes from.
    pub fields: Vec<Field>,
    /// In words: why the step is there, or why it makes no request.
    pub reason: String,
}

/// A request as it would be sent, without headers. `${step.field}` stands for what an earlier step answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedRequest {
    /// HTTP method, in capitals.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// An input field of an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name at the provider: `startTime`.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Where it comes from: `lead.phone as e164`.
    pub origin: String,
}

/// Something the caller should know although all went well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// For programs: `attendee-not-invited`.
    pub code: String,
    /// JSON pointer into the event's data, where there is one place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// For people.
    pub message: String,
}

/// Who an event is: those of one subject go one after the other, and two with the same id and fingerprint are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Id of the event, as given or derived.
    pub event_id: String,
    /// Subject of the event, as given or derived.
    pub subject: String,
    /// Name of its content: the same id with another fingerprint is a change of the subject.
    pub fingerprint: String,
    /// Names of what its outcome may depend on besides the subject: of events of one import that share one, the earlier
    /// is carried out first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_keys: Vec<String>,
    /// What could not be represented, or was assumed.
    pub warnings: Vec<Warning>,
    /// The visit as the event alone says it, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Box<Visit>>,
}

/// An event carried out: final, and the same however often the event is handled again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Id of the event, as given or derived.
    pub event_id: String,
    /// Subject of the event, as given or derived.
    pub subject: String,
    /// Every step that took effect.
    pub applied: Vec<AppliedStep>,
    /// Requests used for this event by all calls together.
    pub requests: u32,
    /// Reads of free slots that the cache answered.
    pub cache_hits: u32,
    /// Reads of free slots that the cache could not answer; their requests count above, too.
    pub cache_misses: u32,
    /// What could not be represented, or was assumed.
    pub warnings: Vec<Warning>,
    /// The visit as it is booked, where the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Box<Visit>>,
}

/// A step that took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedStep {
    /// Its name within the recipe.
    pub name: String,
    /// Key of the catalog action.
    pub action: String,
    /// Id of what was made, changed or found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How it came about.
    pub outcome: Outcome,
}

/// How a step took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The provider answered that it was done.
    Done,
    /// The answer was lost; the effect was found by reading back.
    Found,
    /// Nothing had to be sent: it was so already.
    Unchanged,
    /// Another, newer change of the same subject had made it obsolete.
    Superseded,
    /// An edit made at the provider was newer and stays.
    KeptTheirs,
}

/// An event that was not carried out. Repeating the call can only help with [`Failure::Deferred`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "failure", rename_all = "kebab-case")]
pub enum Failure {
    /// The configuration or the event must be changed. Nothing was sent.
    PermanentInvalid(Invalid),
    /// The provider refuses for good.
    PermanentRefused(Refused),
    /// A person has to look: what happened cannot be read back, or matches more than one thing.
    PermanentUndecided(Undecided),
    /// Its time was over before it could be done.
    PermanentExpired(Expired),
    /// Nothing is lost: call again with the same event.
    Deferred(Deferred),
}

impl Failure {
    /// The visit that is meant, where the event says which.
    pub fn visit(&self) -> Option<&Visit> {
        match self {
            Self::PermanentInvalid(_) => None,
            Self::PermanentRefused(refused) => refused.visit.as_deref(),
            Self::PermanentUndecided(undecided) => undecided.visit.as_deref(),
            Self::PermanentExpired(expired) => expired.visit.as_deref(),
            Self::Deferred(deferred) => deferred.visit.as_deref(),
        }
    }

    /// Why, in a sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::PermanentInvalid(invalid) => {
                let sentences: Vec<_> = invalid.problems.iter().map(ToString::to_string).collect();
                sentences.join("; ")
            }
            Self::PermanentRefused(refused) => match &refused.reply {
                Some(reply) => format!("{} (GHL answered {}: {})", refused.message, reply.status, reply.message),
                None => refused.message.clone(),
            },
            Self::PermanentUndecided(undecided) => undecided.message.clone(),
            Self::PermanentExpired(expired) => format!("its time was over on {}", expired.when()),
            Self::Deferred(deferred) => format!("{}; again in {}", deferred.message, deferred.wait()),
        }
    }
}

/// Input that cannot be worked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// Every problem at once.
    pub problems: Vec<Problem>,
}

/// A refusal, with the provider's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// For programs: `slot-taken`, `scope-missing`, `unknown-calendar`.
    pub code: String,
    /// For people: what it means here and what to do.
    pub message: String,
    /// What the provider answered; absent when nothing needed to be sent to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// For `slot-taken`: the nearest free slots, RFC 3339 with offset.
    pub alternatives: Vec<String>,
    /// Steps that took effect before.
    pub applied: Vec<AppliedStep>,
    /// Requests used for this event by all calls together.
    pub requests: u32,
    /// Reads of free slots that the cache answered.
    pub cache_hits: u32,
    /// Reads of free slots that the cache could not answer; their requests count above, too.
    pub cache_misses: u32,
    /// What could not be represented, or was assumed.
    pub warnings: Vec<Warning>,
    /// The visit that is meant, where the event says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Box<Visit>>,
}

/// The provider's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Its message; the body where there is none.
    pub message: String,
    /// Its id of the exchange, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Whether it refuses every request of the connection like this one, whatever the event.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_connection: bool,
}

/// Something only a person can settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// For programs: `foreign-match`, `cannot-read-back`.
    pub code: String,
    /// For people: what was found and how to settle it. The event can be run again afterwards.
    pub message: String,
    /// Steps that took effect before.
    pub applied: Vec<AppliedStep>,
    /// Requests used for this event by all calls together.
    pub requests: u32,
    /// Reads of free slots that the cache answered.
    pub cache_hits: u32,
    /// Reads of free slots that the cache could not answer; their requests count above, too.
    pub cache_misses: u32,
    /// What could not be represented, or was assumed.
    pub warnings: Vec<Warning>,
    /// The visit that is meant, where the event says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Box<Visit>>,
}

/// An event whose time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// When it was over, RFC 3339.
    pub expired_at: String,
    /// Steps that took effect before.
    pub applied: Vec<AppliedStep>,
    /// Requests used for this event by all calls together.
    pub requests: u32,
    /// Reads of free slots that the cache answered.
    pub cache_hits: u32,
    /// Reads of free slots that the cache could not answer; their requests count above, too.
    pub cache_misses: u32,
    /// What could not be represented, or was assumed.
    pub warnings: Vec<Warning>,
    /// The visit that is meant, where the event says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Box<Visit>>,
}

impl Expired {
    /// When it was over, in words.
    pub fn when(&self) -> String {
        in_words(&self.expired_at, self.visit.as_deref())
    }
}

/// An instant in words, by the clocks of the place of a visit; without one, in its own offset.
fn in_words(instant: &str, visit: Option<&Visit>) -> String {
    let zone = visit.and_then(|visit| Zone::named(visit.time_zone.as_deref()?));
    match DateTime::parse_from_rfc3339(instant) {
        Ok(instant) => Clock::new(zone.as_ref(), None).full(instant),
        Err(_) => instant.to_owned(),
    }
}

/// An event that has to wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// What for.
    pub reason: Reason,
    /// For people.
    pub message: String,
    /// Call again after this many milliseconds.
    pub after_ms: u64,
    /// Steps that took effect before.
    pub applied: Vec<AppliedStep>,
    /// Requests used for this event by all calls together.
    pub requests: u32,
    /// Reads of free slots that the cache answered.
    pub cache_hits: u32,
    /// Reads of free slots that the cache could not answer; their requests count above, too.
    pub cache_misses: u32,
    /// What could not be represented, or was assumed.
    pub warnings: Vec<Warning>,
    /// The visit that is meant, where the event says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Box<Visit>>,
}

impl Deferred {
    /// How long it has to wait, for people: `2m 5s`.
    pub fn wait(&self) -> String {
        let seconds = self.after_ms.div_ceil(1000);
        match self.after_ms {
            ms @ 0..1_000 => format!("{ms} ms"),
            _ => humantime::format_duration(Duration::from_secs(seconds)).to_string(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// What a deferred event waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Another call works on the same subject or contact.
    Busy,
    /// The call's time budget was used up.
    Budget,
    /// It is not known yet whether a request took effect; too early to send it again.
    Settling,
    /// A request had to be sent again; one more look makes sure that its effect stands once.
    Watching,
    /// The change is about a booking that has not arrived yet.
    NoBooking,
    /// The provider asks to slow down, or the host keeps to its limit.
    RateLimited,
    /// The provider cannot be reached, or has trouble.
    Unavailable,
    /// The provider does not accept the credential.
    CredentialRefused,
    /// The host has no secret for a role, or the store cannot be reached.
    Host,
}

/// Something in a configuration, an event or an input that cannot be worked with as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which document it is about.
    pub document: Document,
    /// JSON pointer (RFC 6901) to the place; empty for the document as a whole.
    pub pointer: String,
    /// What kind of problem, for programs: `unknown-field`, `missing`, `no-zone`.
    pub code: String,
    /// A sentence for people: what is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = match self.document {
            Document::Configuration => "configuration",
            Document::Event => "event",
            Document::Input => "input",
        };
        if self.pointer.is_empty() {
            write!(f, "{document}: {}", self.message)
        } else {
            write!(f, "{document} at `{}`: {}", self.pointer, self.message)
        }
    }
}

/// The document a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Document {
    /// The configuration of the connection.
    Configuration,
    /// The event.
    Event,
    /// The input of an action.
    Input,
}

/// The powers a connection asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the connector: `knockcal`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The account at the provider that the configuration works on. One state store and one request budget belong
    /// to each account.
    pub account: String,
    /// The actions that the recipes in use name.
    pub actions: Vec<String>,
    /// Permissions the provider must have granted to the credential.
    pub scopes: Vec<String>,
    /// Everything that is ever called.
    pub endpoints: Vec<Endpoint>,
    /// Every secret, by role, with the one place it may go to.
    pub secrets: Vec<Secret>,
    /// How a person consents, for providers that speak OAuth 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<Oauth2>,
    /// The provider's limit on requests.
    pub rate_limit: RateLimit,
    /// Name of the request header that carries the instant, in milliseconds of the store's clock, after which the
    /// request must not be on its way.
    pub send_before_header: String,
    /// The longest that one request may take, in milliseconds.
    pub request_timeout_ms: u32,
    /// Name of the field of the provider's JSON replies that holds its id of the exchange.
    pub trace_id_field: String,
}

impl Manifest {
    /// The name under which a host keeps the account: what was done to one server says nothing about another.
    pub fn account_name(&self) -> String {
        let server = self.endpoints.first().map_or("", |endpoint| &endpoint.authority);
        format!("{server}/{}", self.account)
    }
}

/// A server that is called, and what of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `https`, or `http` for tests towards this machine.
    pub scheme: String,
    /// Host, with a port where it is not the scheme's own.
    pub authority: String,
    /// The only requests that are made there.
    pub routes: Vec<Route>,
}

/// A kind of request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// HTTP method, in capitals.
    pub method: String,
    /// Path in which `{name}` stands for exactly one segment.
    pub path: String,
}

/// A secret and the one place it may go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Role within the connection, `[a-z][a-z0-9_]*`.
    pub role: String,
    /// What it is, for whoever has to supply it.
    pub description: String,
    /// Scheme of the only server that may see it.
    pub scheme: String,
    /// Authority of the only server that may see it.
    pub authority: String,
    /// The request header that carries it.
    pub header: String,
    /// What stands before it in that header, the space included: `Bearer `.
    pub prefix: String,
}

/// OAuth 2 endpoints of the provider (RFC 6749, authorisation code).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oauth2 {
    /// Where the person consents.
    pub authorization_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: String,
}

/// How many requests the provider takes, until its headers teach otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests in one interval.
    pub requests: u32,
    /// Length of the interval in milliseconds.
    pub interval_ms: u32,
    /// Requests in a day.
    pub daily: u32,
    /// The reply headers that tell the current budget.
    pub headers: RateLimitHeaders,
}

/// Names of reply headers, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimitHeaders {
    /// Requests allowed in one interval.
    pub limit: String,
    /// Requests left in this interval.
    pub remaining: String,
    /// Length of the interval in milliseconds.
    pub interval_ms: String,
    /// Requests allowed in a day.
    pub daily_limit: String,
    /// Requests left today.
    pub daily_remaining: String,
    /// Milliseconds until the day's budget is new.
    pub daily_reset_ms: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failure_names_its_case_beside_its_fields() {
        let failure = Failure::Deferred(Deferred {
            reason: Reason::NoBooking,
            message: "the booking has not arrived yet".to_owned(),
            after_ms: 5_000,
            applied: Vec::new(),
            requests: 0,
            cache_hits: 0,
            cache_misses: 0,
            warnings: Vec::new(),
            visit: None,
        });
        let written = serde_json::to_value(&failure).unwrap();
        assert_eq!(
            written,
            json!({
                "failure": "deferred",
                "reason": "no-booking",
                "message": "the booking has not arrived yet",
                "after_ms": 5_000,
                "applied": [],
                "requests": 0,
                "cache_hits": 0,
                "cache_misses": 0,
                "warnings": [],
            })
        );
        assert_eq!(serde_json::from_value::<Failure>(written).unwrap(), failure);
    }

    #[test]
    fn deferral_says_how_long_it_waits() {
        let deferral = |after_ms| {
            let deferred = json!({
                "failure": "deferred", "reason": "busy", "message": "others work on it", "after_ms": after_ms,
                "applied": [], "requests": 0, "cache_hits": 0, "cache_misses": 0, "warnings": [],
            });
            serde_json::from_value::<Failure>(deferred).unwrap().sentence()
        };
        assert_eq!(deferral(125_000), "others work on it; again in 2m 5s");
        assert_eq!(deferral(1_001), "others work on it; again in 2s");
        assert_eq!(deferral(50), "others work on it; again in 50 ms");
        assert_eq!(Reason::RateLimited.to_string(), "rate-limited");
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let event: Event = serde_json::from_value(json!({
            "trigger": "knocker.lead_booked",
            "occurred_at": "2026-01-01T00:00:00Z",
            "data": {},
        }))
        .unwrap();
        assert_eq!(event.id, None);
        let written = serde_json::to_value(&event).unwrap();
        assert!(written.get("id").is_none());
        assert!(written.get("expires_at").is_none());
        assert!(event.notify);
        assert!(written.get("notify").is_none());
    }

    #[test]
    fn a_quiet_event_stays_quiet() {
        let event: Event = serde_json::from_value(json!({
            "trigger": "knocker.lead_booked",
            "occurred_at": "2026-01-01T00:00:00Z",
            "notify": false,
            "data": {},
        }))
        .unwrap();
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(written["notify"], false);
        assert_eq!(serde_json::from_value::<Event>(written).unwrap(), event);
    }
}
