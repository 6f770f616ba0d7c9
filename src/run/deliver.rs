//! Sends a request until its end is known: done, refused, or unknown.

use serde_json::{Map, Value};

use super::call::Call;
use super::host::{SendError, Timeouts};
use super::outcome::Reason;
use super::stop::Stop;
use super::{SEND_BEFORE_HEADER, USER_AGENT};
use crate::api::{Message, Operation, Repeat, Request, Response, Server, is_header_value};
use crate::catalog::access;
use crate::ghl::{Answer, Refusal, RefusalKind, Words, appointment, classify, contact, event, shown};

/// How often one request is tried in one call.
const TRIES: u32 = 5;

/// The first wait of the exponential backoff is somewhere below this.
const FIRST_WAIT_MS: u64 = 250;

/// No wait of the backoff is longer.
const LONGEST_WAIT_MS: u64 = 5_000;

/// How long an event waits when trying inside the call did not help.
const DEFERRED_MS: u64 = 10_000;

/// How many reads are on their way at the same time.
const AT_ONCE: usize = 64;

/// How long an event waits for a credential that GHL accepts.
const CREDENTIAL_MS: u64 = 30_000;

/// What is sent, and wanted.
const JSON: &str = "application/json";

/// What the component calls itself.
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// How a request ended.
#[derive(Debug)]
pub(super) enum Delivery {
    /// It is done, and GHL said this.
    Done(Value),
    /// It was not done.
    Refused(Box<Refusal>),
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
        let role = access(request.operation.server).role;
        let secret = self.host.secret(role).map_err(|error| host(error.0))?;
        let message = self.message(request, &secret)?;
        let timeouts = self.timeouts()?;
        let answer = self.host.send(message, timeouts);
        self.ended(request, repeat, &secret, answer)
    }

    /// How long a request may take that begins now. The claim outlives it; nothing begins when the claim has ended.
    fn timeouts(&mut self) -> Result<Timeouts, Stop> {
        let request_timeout_ms = u64::from(self.task.configuration.request_timeout_ms);
        match self.ledger.claimed_for_ms(self.host) {
            0 => Err(Stop::Lost),
            whole_ms => Ok(Timeouts {
                part_ms: request_timeout_ms.min(whole_ms),
                whole_ms,
            }),
        }
    }

    /// What became of a request.
    fn ended(
        &mut self,
        request: &Request,
        repeat: Repeat,
        secret: &str,
        answer: Result<Response, SendError>,
    ) -> Result<Result<Delivery, Trouble>, Stop> {
        let unavailable = |message: String| Trouble {
            reason: Reason::Unavailable,
            message,
            wait_ms: None,
        };
        let role = access(request.operation.server).role;
        let answer = match answer {
            Err(SendError::NotSent(why)) => return Ok(Err(unavailable(why))),
            Err(SendError::Denied(why)) => return Err(host(why)),
            // The host waits for a place as long as it thinks right; trying again would only push into its queue.
            Err(SendError::NoPlace(why)) => {
                let message = format!("`{}`: {why}", request.operation.key);
                let after_ms = DEFERRED_MS + self.host.random() % LONGEST_WAIT_MS;
                return Err(Stop::deferred(Reason::RateLimited, message, after_ms));
            }
            Err(SendError::Unknown(why)) => {
                self.count_request();
                return Ok(match repeat.is_safe() {
                    true => Err(unavailable(why)),
                    false => Ok(Delivery::Unknown(why)),
                });
            }
            Ok(response) => {
                self.count_request();
                classify(request.operation, repeat, &response)
            }
        };
        Ok(match answer {
            Answer::Done(mut reply) => Ok(match knock_refusal(request, &reply) {
                Some(refusal) => Delivery::Refused(Box::new(refusal)),
                None => {
                    if !self.task.asks_for(request.operation) {
                        let zone = match is_of_appointments(request.operation) {
                            true => self.calendar_zone(),
                            false => self.likely_zone(),
                        };
                        shown::read(request.operation.reply, &mut reply, zone.as_ref());
                    }
                    Delivery::Done(reply)
                }
            }),
            Answer::Refused(refusal) => Ok(Delivery::Refused(refusal)),
            Answer::Unknown(why) => Ok(Delivery::Unknown(why)),
            Answer::Later { after_ms, why } => Err(Trouble {
                reason: match after_ms {
                    Some(_) => Reason::RateLimited,
                    None => Reason::Unavailable,
                },
                message: why,
                wait_ms: after_ms,
            }),
            Answer::CredentialRefused(words) => {
                let renewed = !self.renewed && {
                    self.renewed = true;
                    self.host.renew(role, secret).map_err(|error| host(error.0))? != secret
                };
                let name = request.operation.server.name();
                Err(Trouble {
                    reason: Reason::CredentialRefused,
                    message: format!("{name} does not accept the credential for role `{role}`: {words}"),
                    wait_ms: Some(if renewed { 0 } else { CREDENTIAL_MS }),
                })
            }
        })
    }

    /// Sends reads at the same time, as far as the host and its limits let them, and repeats each that needs it. One
    /// that cannot be read is no reason to leave the others out.
    pub(super) fn read_all(
        &mut self,
        reads: Vec<(&'static Operation, Map<String, Value>)>,
    ) -> Result<Vec<Result<Value, Stop>>, Stop> {
        let mut read = Vec::with_capacity(reads.len());
        for reads in reads.chunks(AT_ONCE) {
            let secret = self
                .host
                .secret(access(Server::Ghl).role)
                .map_err(|error| host(error.0))?;
            let (mut requests, mut messages) = (Vec::new(), Vec::new());
            for (operation, input) in reads {
                let request = self.request(operation, input)?;
                messages.push(self.message(&request, &secret)?);
                requests.push(request);
            }
            let timeouts = self.timeouts()?;
            let answers = self.host.send_all(messages, timeouts);
            for (request, answer) in requests.iter().zip(answers) {
                let delivered = match self.ended(request, Repeat::Safe, &secret, answer) {
                    Ok(Ok(delivery)) => Ok(delivery),
                    Ok(Err(_)) => self.deliver(request, Repeat::Safe),
                    Err(stop) => Err(stop),
                };
                read.push(match delivered {
                    Ok(Delivery::Done(reply)) => Ok(reply),
                    Ok(Delivery::Refused(refusal)) => Err(self.refused(request.operation, &refusal)),
                    Ok(Delivery::Unknown(why)) => Err(Stop::deferred(Reason::Unavailable, why, DEFERRED_MS)),
                    Err(stop) => Err(stop),
                });
            }
        }
        Ok(read)
    }

    /// The HTTP message of a request.
    pub(super) fn message(&self, request: &Request, secret: &str) -> Result<Message, Stop> {
        let operation = request.operation;
        let configuration = &self.task.configuration;
        let server = match operation.server {
            Server::Ghl => Some(&configuration.server),
            Server::Knocker => configuration.knocker.as_ref(),
        };
        let server = server.ok_or_else(|| host("the configuration does not say where Active Knocker is".to_owned()))?;
        let access = access(operation.server);
        let credential = format!("{}{secret}", access.prefix);
        if !is_header_value(&credential) {
            let role = access.role;
            return Err(host(format!("the secret for role `{role}` cannot stand in a header")));
        }
        let header = match operation.server {
            Server::Ghl => "authorization",
            Server::Knocker => "x-api-key",
        };
        let mut headers = vec![
            (header, credential),
            ("accept", JSON.to_owned()),
            (USER_AGENT, AGENT.to_owned()),
        ];
        if let Some(instant_ms) = self.ledger.send_before_ms() {
            headers.push((SEND_BEFORE_HEADER, instant_ms.to_string()));
        }
        if !operation.version.is_empty() {
            headers.push(("version", operation.version.to_owned()));
        }
        let mut body = Vec::new();
        if let Some(said) = &request.body {
            headers.push(("content-type", JSON.to_owned()));
            body = said.to_string().into_bytes();
        }
        Ok(Message {
            method: operation.method,
            scheme: server.scheme.clone(),
            authority: server.authority.clone(),
            target: request.target.clone(),
            headers,
            body,
        })
    }
}

/// Whether an answer shows appointments, by which rules decide.
fn is_of_appointments(operation: &Operation) -> bool {
    let reads = [appointment::GET.key, event::LIST.key, contact::LIST_APPOINTMENTS.key];
    reads.contains(&operation.key)
}

/// Active Knocker says in its answer whether it did what it was asked, whatever the status is.
fn knock_refusal(request: &Request, reply: &Value) -> Option<Refusal> {
    let refused = request.operation.server == Server::Knocker && reply.get("status") == Some(&Value::Bool(false));
    let message = reply.get("msg").and_then(Value::as_str).unwrap_or_default();
    refused.then(|| Refusal {
        kind: RefusalKind::Other,
        words: Words {
            status: 200,
            message: message.to_owned(),
            trace_id: None,
        },
        duplicate: None,
    })
}

/// Something only the host's operator can mend. Nothing was sent.
fn host(message: String) -> Stop {
    Stop::deferred(Reason::Host, message, CREDENTIAL_MS)
}
