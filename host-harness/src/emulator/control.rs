//! `/__emulator`: what a test or a person says to the emulator itself, on the port of GHL's operations and without a
//! token. It looks into the location and changes what is around it; none of it counts as a request to GHL.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use http::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::call::instant;
use super::clock::Clock;
use super::contact::zulu;
use super::fault::{Fault, FaultList};
use super::ghl::Ghl;
use super::herald::Herald;
use super::routes;
use super::workflow_webhook::WorkflowWebhook;

const PATH: &str = "/__emulator";

/// What a control works on.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) ghl: &'a mut Ghl,
    /// What it was at the start.
    pub(super) start: &'a Ghl,
    pub(super) clock: &'a Clock,
    pub(super) herald: &'a Herald,
}

/// Something that can be asked of the emulator.
struct Control {
    method: Method,
    /// What follows the path of them all.
    path: &'static str,
    about: &'static str,
    run: fn(&mut Desk<'_>, &[u8]) -> Result<Value, Complaint>,
}

const CONTROLS: &[Control] = &[
    Control {
        method: Method::GET,
        path: "",
        about: "what there is",
        run: |desk, _| Ok(desk.overview()),
    },
    Control {
        method: Method::GET,
        path: "/state",
        about: "all that the location holds, as a seed: `knock emulator --seed` of it gives the same",
        run: |desk, _| Ok(json!(desk.ghl.seed())),
    },
    Control {
        method: Method::POST,
        path: "/reset",
        about: "puts everything back to the start: what it holds, the requests received, the faults, the clock. \
                Webhooks go where they went",
        run: |desk, _| Ok(desk.reset()),
    },
    Control {
        method: Method::GET,
        path: "/faults",
        about: "the faults that have not struck as often as they are to",
        run: |desk, _| Ok(desk.faults()),
    },
    Control {
        method: Method::POST,
        path: "/faults",
        about: "adds a fault like `{\"on\": \"appointment.create\", \"do\": {\"status_after_commit\": 504}}`, or a \
                list of them; `{\"on\": \"*\", \"do\": {\"shows\": {\"text\": \"html\"}}}` changes the forms in which \
                values are shown",
        run: |desk, body| desk.inject(read(body)?),
    },
    Control {
        method: Method::DELETE,
        path: "/faults",
        about: "takes all faults back, and the forms that they brought",
        run: |desk, _| {
            desk.ghl.clear_faults();
            Ok(desk.faults())
        },
    },
    Control {
        method: Method::GET,
        path: "/received",
        about: "the latest requests, in the order they came, with what was answered",
        run: |desk, _| Ok(json!({ "received": desk.ghl.received() })),
    },
    Control {
        method: Method::POST,
        path: "/clock",
        about: "puts the clock ahead: `{\"advance_ms\": 45000}`",
        run: |desk, body| Ok(desk.advance(read(body)?)),
    },
    Control {
        method: Method::GET,
        path: "/webhooks",
        about: "where webhooks are posted to, with which key they are signed, and how it went",
        run: |desk, _| Ok(desk.herald.report()),
    },
    Control {
        method: Method::PUT,
        path: "/webhooks",
        about: "has webhooks posted: `{\"url\": \"http://127.0.0.1:9000/webhooks\"}`, or none any more: \
                `{\"url\": null}`",
        run: |desk, body| desk.post_webhooks(read(body)?),
    },
    Control {
        method: Method::POST,
        path: "/workflow-webhooks",
        about: "posts the unsigned webhook of a workflow: `{\"url\": \"http://127.0.0.1:8080/v1/events\", \"contact\": ID}`, \
                with `appointment` (an id), `headers` and `data` if wanted",
        run: |desk, body| desk.post_workflow_webhook(&read(body)?),
    },
];

/// A refusal: its status, and a sentence.
struct Complaint(StatusCode, String);

impl Desk<'_> {
    fn overview(&self) -> Value {
        let seed = self.ghl.seed();
        let mut holds = BTreeMap::from([
            ("users".to_owned(), seed.users.len()),
            ("calendars".to_owned(), seed.calendars.len()),
            ("contacts".to_owned(), seed.contacts.len()),
            ("appointments".to_owned(), seed.appointments.len()),
        ]);
        holds.extend(seed.documents.iter().map(|(kind, all)| (kind.section(), all.len())));
        let control = CONTROLS.iter().map(|control| {
            let name = format!("{} {PATH}{}", control.method, control.path);
            (name, control.about)
        });
        json!({
            "location": seed.location,
            "now": self.now(),
            "holds": holds,
            "operations": routes::keys().collect::<Vec<_>>(),
            "webhooks": self.herald.report(),
            "control": control.collect::<BTreeMap<_, _>>(),
        })
    }

    /// The time as it is told.
    fn now(&self) -> String {
        zulu(instant(self.clock.now_ms()))
    }

    fn reset(&mut self) -> Value {
        self.clock.put_back();
        *self.ghl = self.start.clone();
        json!({ "now": self.now() })
    }

    fn faults(&self) -> Value {
        json!({ "faults": self.ghl.faults().collect::<Vec<&Fault>>() })
    }

    fn inject(&mut self, FaultList(faults): FaultList) -> Result<Value, Complaint> {
        for fault in faults {
            self.ghl.inject(fault);
        }
        Ok(self.faults())
    }

    fn post_webhooks(&mut self, webhooks: Webhooks) -> Result<Value, Complaint> {
        let url = webhooks.url.map(|url| url.parse()).transpose();
        self.herald
            .set_url(url.map_err(|words| Complaint(StatusCode::BAD_REQUEST, words))?);
        Ok(self.herald.report())
    }

    fn post_workflow_webhook(&self, webhook: &WorkflowWebhook) -> Result<Value, Complaint> {
        let message = webhook.message(self.ghl);
        let (url, headers, body) = message.map_err(|words| Complaint(StatusCode::BAD_REQUEST, words))?;
        self.herald.post(&url, headers, &body);
        Ok(json!({ "posted": body }))
    }

    fn advance(&mut self, ahead: Ahead) -> Value {
        self.clock.advance(Duration::from_millis(ahead.advance_ms));
        self.ghl.advance(self.clock.now_ms());
        json!({ "now": self.now() })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhooks {
    #[serde(deserialize_with = "Option::deserialize")]
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    advance_ms: u64,
}

/// Whether a request is for the emulator itself.
pub(super) fn is_meant(request: &Request<Bytes>) -> bool {
    let rest = request.uri().path().strip_prefix(PATH);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Does what a request says.
pub(super) fn answer(request: &Request<Bytes>, mut desk: Desk<'_>) -> Response<Bytes> {
    let (status, body) = match perform(request, &mut desk) {
        Ok(body) => (StatusCode::OK, body),
        Err(Complaint(status, message)) => (status, json!({ "error": { "message": message } })),
    };
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn perform(request: &Request<Bytes>, desk: &mut Desk<'_>) -> Result<Value, Complaint> {
    // A page in somebody's browser could otherwise change it.
    if request.headers().contains_key(ORIGIN) {
        let words = "pages of a browser have no business here";
        return Err(Complaint(StatusCode::FORBIDDEN, words.to_owned()));
    }
    let path = request.uri().path();
    let rest = path.strip_prefix(PATH).unwrap_or(path);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut known = CONTROLS.iter().filter(|control| control.path == rest).peekable();
    if known.peek().is_none() {
        let words = format!("there is no `{path}`; `GET {PATH}` lists what there is");
        return Err(Complaint(StatusCode::NOT_FOUND, words));
    }
    let methods: Vec<&str> = known.clone().map(|control| control.method.as_str()).collect();
    match known.find(|control| control.method == *request.method()) {
        Some(control) => (control.run)(desk, request.body()),
        None => {
            let words = format!("`{path}` takes {}, not {}", methods.join(" and "), request.method());
            Err(Complaint(StatusCode::METHOD_NOT_ALLOWED, words))
        }
    }
}

/// Reads a body. What it is announced as does not matter.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Complaint> {
    serde_json::from_slice(body).map_err(|error| {
        let words = format!("the body cannot be used: {error}");
        Complaint(StatusCode::BAD_REQUEST, words)
    })
}

#[cfg(test)]
mod tests;
