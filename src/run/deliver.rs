//! Sends a request until its end is known: done, refused, or unknown.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;

use super::SEND_BEFORE_HEADER;
use super::call::Call;
use super::host::SendError;
use super::outcome::Reason;
use super::stop::Stop;
use crate::api::{Repeat, Request};
use crate::ghl::provider::TOKEN_ROLE;
use crate::ghl::{Answer, Refusal, classify};

/// How often one request is tried in one call.
const TRIES: u32 = 5;

/// The first wait of the exponential backoff is somewhere below this.
const FIRST_WAIT_MS: u64 = 250;

/// No wait of the backoff is longer.
const LONGEST_WAIT_MS: u64 = 5_000;

/// How long an event waits when trying inside the call did not help.
const DEFERRED_MS: u64 = 10_000;

/// How long an event waits for a credential that GHL accepts.
const CREDENTIAL_MS: u64 = 30_000;

/// How a request ended.
#[derive(Debug)]
pub(super) enum Delivery {
    /// It is done, and GHL said this.
    Done(Value),
    /// It was not done.
    Refused(Refusal),
    /// Nobody knows. Only requests that must not be repeated end like this.
    Unknown(String),
}

/// Why a request is worth another try.
struct Trouble {
    reason: Reason,
    message: String,
    /// How long GHL wants to be left alone.
    wait_ms: Option<u64>,
}

impl Call<'_> {
    /// Sends a request, with tries inside the budget. `Err` means that it surely had no effect, or that repeating it
    /// does no harm.
    pub(super) fn deliver(&mut self, request: &Request, repeat: Repeat) -> Result<Delivery, Stop> {
        if !self.ledger.claimed() {
            self.save()?;
        }
        let mut tries = 0;
        loop {
            if self.remaining_ms() == 0 {
                let message = format!("no time was left for `{}`", request.operation.key);
                return Err(Stop::deferred(Reason::Budget, message, 100));
            }
            let trouble = match self.send(request, repeat)? {
                Ok(delivery) => return Ok(delivery),
                Err(trouble) => trouble,
            };
            tries += 1;
            let backoff = LONGEST_WAIT_MS.min(FIRST_WAIT_MS << tries);
            let jitter = self.host.random() % backoff;
            let wait = trouble
                .wait_ms
                .map_or(jitter, |wait| wait.saturating_add(jitter % 1_000));
            let message = format!("`{}`: {}", request.operation.key, trouble.message);
            let credential = trouble.reason == Reason::CredentialRefused;
            if credential && trouble.wait_ms == Some(0) {
                // There is a new one: it is tried at once.
                continue;
            }
            if credential || tries >= TRIES || wait >= self.remaining_ms() {
                let after = match trouble.wait_ms {
                    Some(_) => wait,
                    None => DEFERRED_MS + jitter,
                };
                return Err(Stop::deferred(trouble.reason, message, after));
            }
            self.host.sleep_ms(wait);
        }
    }

    /// Sends a request once.
    fn send(&mut self, request: &Request, repeat: Repeat) -> Result<Result<Delivery, Trouble>, Stop> {
        let unavailable = |message: String| Trouble {
            reason: Reason::Unavailable,
            message,
            wait_ms: None,
        };
        let secret = self.host.secret(TOKEN_ROLE).map_err(|error| host(error.0))?;
        let message = self.message(request, &secret)?;
        let answer = match self.host.send(message) {
            Err(SendError::NotSent(why)) => return Ok(Err(unavailable(why))),
            Err(SendError::Denied(why)) => return Err(host(why)),
            // The host waits for a place as long as it thinks right; trying again would only push into its queue.
            Err(SendError::NoPlace(why)) => {
                let message = format!("`{}`: {why}", request.operation.key);
                let after_ms = DEFERRED_MS + self.host.random() % LONGEST_WAIT_MS;
                return Err(Stop::deferred(Reason::RateLimited, message, after_ms));
            }
            Err(SendError::Unknown(why)) => {
                self.uncounted.requests += 1;
                return Ok(match repeat.is_safe() {
                    true => Err(unavailable(why)),
                    false => Ok(Delivery::Unknown(why)),
                });
            }
            Ok(response) => {
                self.uncounted.requests += 1;
                classify(repeat, &response)
            }
        };
        Ok(match answer {
            Answer::Done(reply) => Ok(Delivery::Done(reply)),
            Answer::Refused(refusal) => Ok(Delivery::Refused(refusal)),
            Answer::Unknown(words) => Ok(Delivery::Unknown(format!("GHL answered {words}"))),
            Answer::Later { after_ms, words } => Err(Trouble {
                reason: match words.status {
                    429 => Reason::RateLimited,
                    _ => Reason::Unavailable,
                },
                message: format!("GHL answered {words}"),
                wait_ms: after_ms,
            }),
            Answer::CredentialRefused(words) => {
                let renewed = !self.renewed && {
                    self.renewed = true;
                    self.host.renew(TOKEN_ROLE, &secret).map_err(|error| host(error.0))? != secret
                };
                Err(Trouble {
                    reason: Reason::CredentialRefused,
                    message: format!("GHL does not accept the credential for role `{TOKEN_ROLE}`: {words}"),
                    wait_ms: Some(if renewed { 0 } else { CREDENTIAL_MS }),
                })
            }
        })
    }

    /// The HTTP message of a request.
    fn message(&mut self, request: &Request, secret: &str) -> Result<http::Request<Vec<u8>>, Stop> {
        let server = &self.task.configuration.server;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {secret}"))
            .map_err(|_| host(format!("the secret for role `{TOKEN_ROLE}` cannot stand in a header")))?;
        authorization.set_sensitive(true);
        let mut message = http::Request::builder()
            .method(request.operation.method)
            .uri(format!("{}://{}{}", server.scheme, server.authority, request.target))
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .header("version", request.operation.version)
            .header(
                HeaderName::from_static(SEND_BEFORE_HEADER),
                self.ledger.claimed_until_ms(),
            );
        let body = match &request.body {
            Some(body) => {
                message = message.header(CONTENT_TYPE, "application/json");
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        message.body(body).map_err(|error| host(error.to_string()))
    }
}

/// Something only the host's operator can mend. Nothing was sent.
fn host(message: String) -> Stop {
    Stop::deferred(Reason::Host, message, CREDENTIAL_MS)
}
