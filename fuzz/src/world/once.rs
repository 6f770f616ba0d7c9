//! The promise, judged from outside: what may have been made is not made again before it was looked for.

use std::collections::BTreeMap;

use http::{Method, Request, Response};
use knockcal::run::SendError;
use serde_json::Value;

/// How long the effect of a request may take to show, in every configuration here.
const SETTLE_MS: u64 = 120_000;

/// What is known of each booking, by its reference.
#[derive(Debug, Default)]
pub(super) struct Once {
    bookings: BTreeMap<String, Booking>,
}

#[derive(Debug)]
enum Booking {
    /// GHL said that it stands, with its id.
    Stands,
    /// It may have been made.
    Doubtful {
        /// The last instant at which its request could have left.
        since_ms: u64,
        /// Whether the calendar was looked at since.
        calendar: bool,
        /// Whether the contact's appointments were looked at since.
        contact: bool,
    },
}

impl Once {
    /// A request is about to leave.
    pub(super) fn before(&self, request: &Request<Vec<u8>>, now_ms: u64) {
        let Some(reference) = created(request) else { return };
        match self.bookings.get(&reference) {
            None => {}
            Some(Booking::Stands) => panic!("{reference} stands, and is made again"),
            Some(Booking::Doubtful {
                since_ms,
                calendar,
                contact,
            }) => {
                assert!(calendar & contact, "{reference} may stand, and is made again unseen");
                assert!(
                    now_ms >= since_ms + SETTLE_MS,
                    "{reference} may still come, and is made again"
                );
            }
        }
    }

    /// A request has ended.
    pub(super) fn after(
        &mut self,
        request: &Request<Vec<u8>>,
        ended: &Result<Response<Vec<u8>>, SendError>,
        now_ms: u64,
    ) {
        if let Some(reference) = created(request) {
            match end_of_creation(ended) {
                End::Done => self.bookings.insert(reference, Booking::Stands),
                End::Unknown => self.bookings.insert(
                    reference,
                    Booking::Doubtful {
                        since_ms: now_ms,
                        calendar: false,
                        contact: false,
                    },
                ),
                End::Refused => None,
            };
        } else if matches!(ended, Ok(reply) if reply.status().as_u16() < 500) {
            let path = request.uri().path();
            for booking in self.bookings.values_mut() {
                if let Booking::Doubtful { calendar, contact, .. } = booking {
                    *calendar |= path == "/calendars/events";
                    *contact |= path.starts_with("/contacts/") && path.ends_with("/appointments");
                }
            }
        }
    }
}

enum End {
    Done,
    Refused,
    Unknown,
}

/// What anybody can tell from the end of a request that books.
fn end_of_creation(ended: &Result<Response<Vec<u8>>, SendError>) -> End {
    let reply = match ended {
        Err(SendError::NotSent(_) | SendError::Denied(_) | SendError::NoPlace(_)) => return End::Refused,
        Err(SendError::Unknown(_)) => return End::Unknown,
        Ok(reply) => reply,
    };
    let told: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    let id = told.get("id").and_then(Value::as_str).map_or(0, str::len);
    match reply.status().as_u16() {
        200..=299 if (1..=200).contains(&id) => End::Done,
        408 => End::Unknown,
        // A gateway's time-out can come as one of these.
        400..=499 if String::from_utf8_lossy(reply.body()).contains("Command timed out") => End::Unknown,
        400..=499 => End::Refused,
        _ => End::Unknown,
    }
}

/// The reference of the booking that a request makes.
fn created(request: &Request<Vec<u8>>) -> Option<String> {
    if request.method() != Method::POST || request.uri().path() != "/calendars/events/appointments" {
        return None;
    }
    let body: Value = serde_json::from_slice(request.body()).ok()?;
    let (_, reference) = body.get("description")?.as_str()?.rsplit_once("Ref ")?;
    Some(reference.to_owned())
}
