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
        about: "puts everything back to the start: what it holds, the requests received, the faults, the clock; webhooks go where they went",
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
                list of them",
        run: |desk, body| desk.inject(read(body)?),
    },
    Control {
        method: Method::DELETE,
        path: "/faults",
        about: "takes all faults back",
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
mod tests {
    use super::*;
    use crate::emulator::trial::{MONDAY, Trial, tuesday};
    use crate::emulator::{Effect, Seed, Server, WEBHOOK_PUBLIC_KEY};
    use std::io::{Read, Write};
    use std::net::TcpStream;

    /// What a server answers to a request that comes over a socket: its status, and its body.
    fn ask(server: &Server, method: &str, target: &str, headers: &str, body: &Value) -> (u16, Value) {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}");
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head[9..12].parse().unwrap(),
            serde_json::from_str(body).unwrap_or_default(),
        )
    }

    fn control(server: &Server, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = ask(server, method, &format!("/__emulator{path}"), "", &body);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    fn book(server: &Server, time: &str) -> u16 {
        let token = Seed::DEMO_TOKEN;
        let headers = format!("authorization: Bearer {token}\r\nversion: v3\r\ncontent-type: application/json\r\n");
        let body = Trial::booking(Seed::OPEN_HOUSE, tuesday(time));
        ask(server, "POST", "/calendars/events/appointments", &headers, &body).0
    }

    async fn serving() -> Server {
        let mut ghl = Ghl::new(Seed::demo()).unwrap();
        ghl.inject(Fault::on("contact.get", Effect::Truncate).unwrap());
        Server::bind("127.0.0.1:0", ghl, Clock::manual(MONDAY)).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_says_what_there_is() {
        let server = serving().await;
        let overview = control(&server, "GET", "", Value::Null);
        assert_eq!(overview["location"]["id"], Seed::DEMO_LOCATION);
        assert_eq!(
            (&overview["holds"]["calendars"], &overview["now"]),
            (&json!(5), &json!("2026-03-02T14:00:00.000Z"))
        );
        assert!(
            overview["operations"]
                .as_array()
                .unwrap()
                .contains(&json!("appointment.create"))
        );
        for name in overview["control"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| name.starts_with("GET"))
        {
            let path = name.strip_prefix("GET /__emulator").unwrap();
            assert!(control(&server, "GET", path, Value::Null).is_object(), "{name}");
        }
        assert_eq!(server.with(|ghl| ghl.received().len()), 0, "nobody asked GHL");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_state_that_was_saved_gives_the_same_world() {
        let server = serving().await;
        assert_eq!(book(&server, "10:00"), 200);
        let state = control(&server, "GET", "/state", Value::Null);
        assert_eq!(state["appointments"][0]["contact_id"], Seed::PAT);
        let again = Ghl::new(serde_json::from_value(state.clone()).unwrap()).unwrap();
        let again = Server::bind("127.0.0.1:0", again, Clock::manual(MONDAY)).await.unwrap();
        assert_eq!(control(&again, "GET", "/state", Value::Null), state);
        assert_eq!((book(&again, "10:00"), book(&again, "11:00")), (400, 200));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reset_leads_back_to_the_start() {
        let server = serving().await;
        let start = control(&server, "GET", "/state", Value::Null);
        assert_eq!(book(&server, "10:00"), 200);
        control(&server, "DELETE", "/faults", Value::Null);
        control(&server, "POST", "/reset", Value::Null);
        assert_eq!(control(&server, "GET", "/state", Value::Null), start);
        assert_eq!(
            control(&server, "GET", "/received", Value::Null),
            json!({ "received": [] })
        );
        assert_eq!(
            control(&server, "GET", "/faults", Value::Null)["faults"][0]["do"],
            "truncate"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn faults_come_and_go() {
        let server = serving().await;
        let lost = json!({ "on": "appointment.create", "nth": 1, "times": 2, "do": { "status_after_commit": { "code": 504 } } });
        let listed = control(&server, "POST", "/faults", lost.clone());
        assert_eq!(listed["faults"][1], lost);
        assert_eq!(
            (book(&server, "10:00"), server.with(|ghl| ghl.appointments().count())),
            (504, 1)
        );
        assert_eq!(
            control(&server, "DELETE", "/faults", Value::Null),
            json!({ "faults": [] })
        );
        assert_eq!(book(&server, "11:00"), 200);
        control(
            &server,
            "POST",
            "/faults",
            json!([{ "on": "*", "do": { "status": 503 } }, lost]),
        );
        assert_eq!(book(&server, "12:00"), 503);
        let received = control(&server, "GET", "/received", Value::Null);
        assert_eq!(received["received"][0]["status"], 504);
        assert_eq!(received["received"][0]["body"]["contactId"], Seed::PAT);
        assert_eq!(received["received"][0]["operation"], "appointment.create");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_clock_brings_what_is_late() {
        let server = serving().await;
        control(
            &server,
            "POST",
            "/faults",
            json!({ "on": "*", "do": { "commit_late": { "ms": 45_000 } } }),
        );
        assert_eq!(book(&server, "10:00"), 504);
        assert_eq!(
            control(&server, "GET", "/state", Value::Null)["appointments"],
            json!([])
        );
        let now = control(&server, "POST", "/clock", json!({ "advance_ms": 45_000 }));
        assert_eq!(now["now"], "2026-03-02T14:00:45.000Z");
        assert_eq!(control(&server, "GET", "", Value::Null)["holds"]["appointments"], 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn webhooks_go_where_they_are_sent_and_a_reset_leaves_that() {
        let server = serving().await;
        let app = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks", app.local_addr().unwrap());
        assert_eq!(control(&server, "GET", "/webhooks", Value::Null)["url"], Value::Null);
        let report = control(&server, "PUT", "/webhooks", json!({ "url": url }));
        assert_eq!(
            (&report["url"], &report["public_key"]),
            (&json!(url), &json!(WEBHOOK_PUBLIC_KEY))
        );
        control(&server, "POST", "/reset", Value::Null);
        assert_eq!(book(&server, "10:00"), 200);
        let (mut came, _) = app.accept().unwrap();
        let mut begin = [0; 18];
        came.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"POST /hooks HTTP/1");
        assert_eq!(
            control(&server, "PUT", "/webhooks", json!({ "url": null }))["url"],
            Value::Null
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_cannot_be_done_is_said() {
        let server = serving().await;
        for (method, path, headers, body, status, words) in [
            (
                "GET",
                "/world",
                "",
                Value::Null,
                404,
                "`GET /__emulator` lists what there is",
            ),
            (
                "PUT",
                "/faults",
                "",
                json!({}),
                405,
                "`/__emulator/faults` takes GET and POST and DELETE, not PUT",
            ),
            ("POST", "/clock", "", json!({ "by": 1 }), 400, "unknown field `by`"),
            (
                "POST",
                "/clock",
                "",
                json!({ "advance_ms": -1 }),
                400,
                "the body cannot be used: invalid value",
            ),
            (
                "POST",
                "/faults",
                "",
                json!([{ "on": "x", "do": "truncate" }]),
                400,
                "unknown operation `x`",
            ),
            ("POST", "/faults", "", json!("truncate"), 400, "a list of them"),
            ("PUT", "/webhooks", "", json!({}), 400, "missing field `url`"),
            (
                "PUT",
                "/webhooks",
                "",
                json!({ "url": "http://example.com" }),
                400,
                "plain HTTP is for this machine only",
            ),
            (
                "POST",
                "/reset",
                "origin: https://example.com\r\n",
                Value::Null,
                403,
                "browser",
            ),
        ] {
            let (code, answer) = ask(&server, method, &format!("/__emulator{path}"), headers, &body);
            assert_eq!(code, status, "{method} {path}");
            let said = answer["error"]["message"].as_str().unwrap();
            assert!(said.contains(words), "{said}");
        }
        let token = Seed::DEMO_TOKEN;
        let headers = format!("authorization: Bearer {token}\r\nversion: v3\r\n");
        let (_, other) = ask(&server, "GET", "/__emulators", &headers, &Value::Null);
        assert!(other["traceId"].is_string(), "{other}");
    }
}
