//! What goes wrong and when, as it is written.
//!
//! ```json
//! [
//!   { "on": "appointment.create", "do": { "status_after_commit": 504 } },
//!   { "on": "appointment.create", "nth": 2, "do": { "commit_late": { "ms": 45000 } } },
//!   { "on": "*", "nth": 5, "times": 3, "do": "reset_before_commit" },
//!   { "on": "*", "do": { "lag": { "ms": 20000, "for_ms": 60000 } } },
//!   { "on": "event.list", "do": { "page": { "code": 403 } } },
//!   { "on": "appointment.create", "do": { "empty": { "code": 409, "committed": true } } },
//!   { "on": "appointment.get", "do": { "body": { "code": 200, "json": [] } } },
//!   { "on": "event.list", "times": 9, "do": "scope_missing" },
//!   { "on": "contact.upsert", "do": { "other_contact": "Pat00Homeowner000ctc" } },
//!   { "on": "*", "nth": 3, "do": { "shows": { "text": "html", "time": "epoch_ms" } } },
//!   { "on": "webhook.AppointmentUpdate", "do": "duplicate" }
//! ]
//! ```

use std::fmt;
use std::str::FromStr;

use http::StatusCode;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::announcement;
use super::routes;
use super::shows::Shows;

/// Something that goes wrong with a request to come, or with a webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Fault {
    /// What it can strike: an operation such as `appointment.create`, or `*` for all of them; `webhook` for all
    /// webhooks, or those of a type such as `webhook.AppointmentCreate`.
    ///
    /// Requests over the rate limit never count: GHL refuses them before it looks at them.
    pub on: Target,
    /// The first of those that it strikes, counted from 1 since the injection; 0 is 1.
    #[serde(default = "one")]
    pub nth: u32,
    /// How many in a row it strikes; 0 is 1.
    #[serde(default = "one")]
    pub times: u32,
    /// What happens. What is for webhooks never strikes a request, nor the other way round.
    #[serde(rename = "do")]
    pub effect: Effect,
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fault = Self::deserialize(deserializer)?;
        if !fault.effect.fits(fault.on) {
            return Err(D::Error::custom(match (fault.on, &fault.effect) {
                (Target::Webhook(_), _) => {
                    "to a webhook happen `latency`, `duplicate`, `reorder`, `drop` and `bad_signature` alone"
                }
                (_, Effect::OtherContact(_)) => "`other_contact` happens to `contact.upsert` alone",
                _ => "`duplicate`, `reorder`, `drop` and `bad_signature` happen to `webhook` alone",
            }));
        }
        Ok(fault)
    }
}

fn one() -> u32 {
    1
}

impl Fault {
    /// A fault that strikes the first request to `on` once.
    ///
    /// # Errors
    ///
    /// When `on` is neither `*` nor the key of an operation.
    pub fn on(on: &str, effect: Effect) -> Result<Self, UnknownOperation> {
        Ok(Self {
            on: on.parse()?,
            nth: 1,
            times: 1,
            effect,
        })
    }

    /// The same fault, striking first at the `nth` request, counted from 1.
    #[must_use]
    pub fn nth(self, nth: u32) -> Self {
        Self { nth, ..self }
    }

    /// The same fault, striking so many requests in a row.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }
}

/// What a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Every request, unknown paths included.
    Any,
    /// Requests to the operation with this key.
    Operation(&'static str),
    /// Webhooks of this type, or all of them.
    Webhook(Option<&'static str>),
}

/// There is no operation with this key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOperation(pub String);

impl fmt::Display for UnknownOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown operation `{}`; expected `*`, `webhook`", self.0)?;
        routes::keys().try_for_each(|key| write!(f, ", `{key}`"))
    }
}

impl std::error::Error for UnknownOperation {}

const WEBHOOK: &str = "webhook";
/// The operation that finds or makes a contact.
pub(super) const UPSERT: &str = "contact.upsert";

impl FromStr for Target {
    type Err = UnknownOperation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if text == WEBHOOK {
            return Ok(Self::Webhook(None));
        }
        if let Some(wanted) = text.strip_prefix("webhook.") {
            let known = announcement::TYPES.into_iter().find(|known| *known == wanted);
            return match known {
                Some(known) => Ok(Self::Webhook(Some(known))),
                None => Err(UnknownOperation(text.to_owned())),
            };
        }
        routes::keys()
            .find(|key| *key == text)
            .map(Self::Operation)
            .ok_or_else(|| UnknownOperation(text.to_owned()))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Operation(key) => f.write_str(key),
            Self::Webhook(None) => f.write_str(WEBHOOK),
            Self::Webhook(Some(of_type)) => write!(f, "{WEBHOOK}.{of_type}"),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// What happens to a request or a webhook that a fault strikes.
///
/// Latency, trickling, lag and forms join with anything. Of several others that strike the same request, the one
/// injected first decides how it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// The request takes effect at once; its answer is held back for `ms` milliseconds.
    Latency {
        /// How long the answer is held back.
        ms: u64,
    },
    /// The request takes effect at once; the body of its answer comes in small pieces, over `ms` milliseconds.
    Trickle {
        /// How long the body takes to arrive.
        ms: u64,
    },
    /// The request is answered with a status and has no effect. In short `{ "status": 503 }`.
    #[serde(deserialize_with = "code_or_table")]
    Status(StatusReply),
    /// The request takes effect, and its answer is lost: this one comes instead. In short
    /// `{ "status_after_commit": 504 }`.
    #[serde(deserialize_with = "code_or_table")]
    StatusAfterCommit(StatusReply),
    /// Something in front of GHL answers with a page of HTML, in short `{ "page": { "code": 403 } }`.
    Page(BareReply),
    /// Something in front of GHL answers with a status and without a body.
    Empty(BareReply),
    /// The answer is exactly this JSON: a list, `null`, an error object with a 200.
    Body(BodyReply),
    /// 401: the token lacks the scope. The request has no effect.
    ScopeMissing,
    /// An upsert of a contact finds the contact with this id, whatever its phone and e-mail address, and writes nothing.
    OtherContact(String),
    /// 401 `Command timed out`: trouble of the gateway, not of the token.
    CommandTimedOut {
        /// Whether the request took effect all the same.
        #[serde(default)]
        committed: bool,
    },
    /// The connection is reset; the request has no effect.
    ResetBeforeCommit,
    /// The request takes effect; the connection is reset in place of an answer.
    ResetAfterCommit,
    /// The request takes effect; the connection ends after half of the answer.
    Truncate,
    /// A 504 at once; the request is judged, and takes effect, `ms` milliseconds later.
    CommitLate {
        /// How much later.
        ms: u64,
    },
    /// From this request on, all reads show what was there `ms` milliseconds before them.
    /// Writes see the latest. Of several lags the longest counts.
    Lag {
        /// How far the reads are behind, an hour at most.
        ms: u64,
        /// For how long they are; for good when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_ms: Option<u64>,
    },
    /// From this request on, GHL shows values in these forms, in place of those of the seed.
    Shows(Shows),
    /// The webhook comes twice.
    Duplicate,
    /// The webhook comes after the next one; a little later when there is none.
    Reorder,
    /// The webhook does not come.
    Drop,
    /// The webhook's signature is that of something else.
    BadSignature,
}

impl Effect {
    /// Whether it can happen to what a fault strikes.
    fn fits(&self, on: Target) -> bool {
        let of_webhooks = matches!(self, Self::Duplicate | Self::Reorder | Self::Drop | Self::BadSignature);
        match on {
            Target::Webhook(_) => of_webhooks || matches!(self, Self::Latency { .. }),
            Target::Operation(UPSERT) => !of_webhooks,
            Target::Any | Target::Operation(_) => !of_webhooks && !matches!(self, Self::OtherContact(_)),
        }
    }
}

/// The answer that a fault gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusReply {
    /// The status code.
    #[serde(with = "status_code")]
    pub code: StatusCode,
    /// The body: a string is sent as it stands, as HTML, anything else as JSON. When absent it
    /// is what GHL, or for a 5xx the gateway in front of it, says with that status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// How long to stay away, in the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
}

/// An answer that does not come from GHL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BareReply {
    /// The status code.
    #[serde(with = "status_code")]
    pub code: StatusCode,
    /// Whether the request took effect all the same.
    #[serde(default)]
    pub committed: bool,
}

/// An answer with a body of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyReply {
    /// The status code.
    #[serde(with = "status_code")]
    pub code: StatusCode,
    /// The whole body.
    pub json: Value,
    /// Whether the request took effect all the same.
    #[serde(default)]
    pub committed: bool,
}

impl From<StatusCode> for BareReply {
    fn from(code: StatusCode) -> Self {
        Self { code, committed: false }
    }
}

impl From<StatusCode> for StatusReply {
    fn from(code: StatusCode) -> Self {
        Self {
            code,
            body: None,
            retry_after_seconds: None,
        }
    }
}

mod status_code {
    use http::StatusCode;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(code: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(code.as_u16())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        let code = u16::deserialize(deserializer)?;
        StatusCode::from_u16(code).map_err(D::Error::custom)
    }
}

/// Reads `503` and `{ code = 503, body = … }` alike.
fn code_or_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusReply, D::Error> {
    struct CodeOrTable;

    impl<'de> Visitor<'de> for CodeOrTable {
        type Value = StatusReply;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a status code, or a table with `code` and perhaps `body`")
        }

        fn visit_u64<E: serde::de::Error>(self, code: u64) -> Result<StatusReply, E> {
            let code = u16::try_from(code).map_err(E::custom)?;
            let code = StatusCode::from_u16(code).map_err(E::custom)?;
            Ok(StatusReply::from(code))
        }

        // TOML has signed numbers only.
        fn visit_i64<E: serde::de::Error>(self, code: i64) -> Result<StatusReply, E> {
            self.visit_u64(u64::try_from(code).map_err(E::custom)?)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StatusReply, A::Error> {
            StatusReply::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_any(CodeOrTable)
}

/// Faults as they are written: one, or a list of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultList(pub Vec<Fault>);

impl<'de> Deserialize<'de> for FaultList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = FaultList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fault like `{ \"on\": \"*\", \"do\": \"truncate\" }`, or a list of them")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FaultList, A::Error> {
                Fault::deserialize(MapAccessDeserializer::new(map)).map(|fault| FaultList(vec![fault]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<FaultList, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(FaultList)
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

/// Milliseconds as the clock of the emulator counts them.
pub(super) fn millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_from_json_and_toml() {
        let json = r#"[
            { "on": "appointment.create", "nth": 3, "times": 2, "do": { "status": 503 } },
            { "on": "*", "do": { "status_after_commit": { "code": 409, "body": { "a": 1 } } } },
            { "on": "*", "do": "reset_before_commit" },
            { "on": "slots.list_free", "do": { "lag": { "ms": 20000 } } },
            { "on": "contact.get", "do": { "command_timed_out": { "committed": true } } },
            { "on": "webhook", "do": "drop" },
            { "on": "webhook.ContactCreate", "do": { "latency": { "ms": 5 } } },
            { "on": "*", "do": { "page": { "code": 403, "committed": true } } },
            { "on": "*", "do": { "empty": { "code": 404 } } },
            { "on": "*", "do": { "body": { "code": 200, "json": [] } } },
            { "on": "*", "do": "scope_missing" },
            { "on": "contact.upsert", "do": { "other_contact": "c" } },
            { "on": "*", "do": { "shows": { "text": "html", "left_out": ["contactId"] } } }
        ]"#;
        let read: Vec<Fault> = serde_json::from_str(json).unwrap();
        assert_eq!(read[0].effect, Effect::Status(StatusCode::SERVICE_UNAVAILABLE.into()));
        assert_eq!((read[0].nth, read[0].times), (3, 2));
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(
            serde_json::from_str::<FaultList>(&written).unwrap(),
            FaultList(read.clone())
        );
        let one = serde_json::to_string(&read[1]).unwrap();
        assert_eq!(serde_json::from_str::<FaultList>(&one).unwrap().0, read[1..2]);

        #[derive(Deserialize)]
        struct File {
            faults: Vec<Fault>,
        }
        let toml = r#"
            faults = [
                { on = "appointment.create", nth = 3, times = 2, do = { status = 503 } },
                { on = "*", do = { status_after_commit = { code = 409, body = { a = 1 } } } },
                { on = "*", do = "reset_before_commit" },
                { on = "slots.list_free", do = { lag = { ms = 20000 } } },
                { on = "contact.get", do = { command_timed_out = { committed = true } } },
                { on = "webhook", do = "drop" },
                { on = "webhook.ContactCreate", do = { latency = { ms = 5 } } },
                { on = "*", do = { page = { code = 403, committed = true } } },
                { on = "*", do = { empty = { code = 404 } } },
                { on = "*", do = { body = { code = 200, json = [] } } },
                { on = "*", do = "scope_missing" },
                { on = "contact.upsert", do = { other_contact = "c" } },
                { on = "*", do = { shows = { text = "html", left_out = ["contactId"] } } },
            ]"#;
        assert_eq!(toml::from_str::<File>(toml).unwrap().faults, read);
    }

    #[test]
    fn what_a_fault_does_not_know_is_refused() {
        for (wrong, words) in [
            (r#"{ "on": "*", "when": 1, "do": "truncate" }"#, "when"),
            (r#"{ "on": "*", "do": { "lag": { "ms": 1, "s": 2 } } }"#, "`s`"),
            (r#"{ "on": "*", "do": { "status": 99999 } }"#, "out of range"),
            (r#"{ "on": "*", "do": "explode" }"#, "explode"),
            (
                r#"{ "on": "appointment.remove", "do": "truncate" }"#,
                "unknown operation `appointment.remove`; expected `*`, `",
            ),
            (
                r#"{ "on": "webhook.Tea", "do": "drop" }"#,
                "unknown operation `webhook.Tea`",
            ),
            (
                r#"{ "on": "webhook", "do": "truncate" }"#,
                "to a webhook happen `latency`",
            ),
            (r#"{ "on": "*", "do": "drop" }"#, "happen to `webhook` alone"),
            (
                r#"{ "on": "contact.get", "do": { "other_contact": "c" } }"#,
                "happens to `contact.upsert` alone",
            ),
            (
                r#"{ "on": "*", "do": { "body": { "code": 200 } } }"#,
                "missing field `json`",
            ),
            (
                r#"{ "on": "*", "do": { "shows": { "text": "bold" } } }"#,
                "unknown variant `bold`",
            ),
        ] {
            let error = serde_json::from_str::<Fault>(wrong).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
