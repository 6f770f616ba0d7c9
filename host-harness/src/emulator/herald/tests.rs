use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use super::super::seal::tests::is_sealed;
use super::*;
use crate::emulator::trial::{MONDAY, Trial, request, tuesday};
use crate::emulator::{Clock, Effect, Fault, Ghl, Seed, Server};
use http::Method;

/// Somebody who receives webhooks.
struct App {
    address: SocketAddr,
    received: Receiver<Came>,
}

/// A webhook that came: its headers, and its body as it was.
#[derive(Debug)]
struct Came {
    head: String,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(given, _)| *given == name).unwrap().1
    }

    fn field(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body[name].as_str().unwrap().to_owned()
    }
}

impl App {
    /// One that answers with these statuses, and then with 200.
    fn answering(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, received) = channel();
        std::thread::spawn(move || {
            for number in 0.. {
                let (mut stream, _) = listener.accept().unwrap();
                let Some(came) = read(&mut stream) else { continue };
                let status = statuses.get(number).unwrap_or(&200);
                let reply = format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(reply.as_bytes()).unwrap();
                if tell.send(came).is_err() {
                    return;
                }
            }
        });
        Self { address, received }
    }

    fn next(&self) -> Came {
        self.received.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    fn assert_silent(&self) {
        let next = self.received.recv_timeout(Duration::from_millis(300));
        assert!(matches!(next, Err(RecvTimeoutError::Timeout)), "{next:?}");
    }
}

fn read(stream: &mut impl Read) -> Option<Came> {
    let mut text = String::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        text += std::str::from_utf8(&part[..count]).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        if body.len() == length.parse::<usize>().unwrap() {
            let (head, body) = (head.to_owned(), body.to_owned());
            return Some(Came { head, body });
        }
    }
}

/// An emulator that tells an app.
async fn telling(app: &App, faults: &[(&str, Effect)]) -> (Server, Clock) {
    let mut ghl = Ghl::new(Seed::demo()).unwrap();
    for (on, effect) in faults {
        ghl.inject(Fault::on(on, effect.clone()).unwrap());
    }
    let clock = Clock::manual(MONDAY);
    let server = Server::bind("127.0.0.1:0", ghl, clock.clone()).await.unwrap();
    let url = format!("http://{}/webhooks?of=ghl", app.address);
    server.post_webhooks_to(Some(url.parse().unwrap()));
    (server, clock)
}

fn book(server: &Server, time: &str) -> String {
    let body = Trial::booking(Seed::OPEN_HOUSE, tuesday(time));
    let booking = request(Method::POST, "/calendars/events/appointments", Some(body));
    server.with(|ghl| ghl.answer(ghl.now_ms(), &booking));
    tuesday(time)
}

fn start(came: &Came) -> String {
    let body: Value = serde_json::from_str(&came.body).unwrap();
    body["appointment"]["startTime"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_posted_with_a_signature_over_its_bytes() {
    let app = App::answering(&[]);
    let (server, _) = telling(&app, &[]).await;
    book(&server, "10:00");
    let came = app.next();
    assert!(
        came.head.starts_with("POST /webhooks?of=ghl HTTP/1.1\r\n"),
        "{}",
        came.head
    );
    assert_eq!(came.header("host"), app.address.to_string());
    assert_eq!(came.header("content-type"), "application/json");
    assert_eq!(came.header("x-wh-signature"), "N/A");
    assert!(is_sealed(came.body.as_bytes(), came.header("x-ghl-signature")));
    assert_eq!(
        (came.field("type"), came.field("locationId")),
        ("AppointmentCreate".into(), Seed::DEMO_LOCATION.into())
    );
    server.post_webhooks_to(None);
    book(&server, "11:00");
    app.assert_silent();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_posted_again_as_it_was_and_holds_up_nobody() {
    let app = App::answering(&[500, 200, 302]);
    let (server, _) = telling(&app, &[]).await;
    book(&server, "10:00");
    let begun = Instant::now();
    book(&server, "11:00");
    assert!(begun.elapsed() < Duration::from_millis(100));
    let tries: Vec<Came> = (0..4).map(|_| app.next()).collect();
    let ids: Vec<String> = tries.iter().map(|came| came.field("webhookId")).collect();
    assert_eq!((&ids[0], &ids[0]), (&ids[2], &ids[3]));
    assert_ne!(ids[0], ids[1]);
    assert_eq!(tries[0].body, tries[2].body);
    app.assert_silent();
    let report = server.webhooks();
    assert_eq!(
        (&report["sent"], &report["waiting"], &report["given_up"]),
        (&json!(2), &json!(0), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_duplicate_reorder_drop_and_forge() {
    let app = App::answering(&[]);
    let faults = [
        ("webhook", Effect::Duplicate),
        ("webhook.AppointmentUpdate", Effect::Drop),
    ];
    let (server, _) = telling(&app, &faults).await;
    book(&server, "10:00");
    let [one, other] = [app.next(), app.next()];
    assert_eq!(one.body, other.body);

    let inject = |effect| server.with(|ghl| ghl.inject(Fault::on("webhook", effect).unwrap()));
    inject(Effect::Reorder);
    let (first, second) = (book(&server, "11:00"), book(&server, "12:00"));
    assert_eq!([start(&app.next()), start(&app.next())], [second, first]);
    // With nothing after it, it comes a little later.
    inject(Effect::Reorder);
    let alone = book(&server, "13:00");
    assert_eq!(start(&app.next()), alone);

    inject(Effect::BadSignature);
    book(&server, "14:00");
    let forged = app.next();
    assert!(!is_sealed(forged.body.as_bytes(), forged.header("x-ghl-signature")));

    inject(Effect::Drop);
    book(&server, "15:00");
    app.assert_silent();

    inject(Effect::Latency { ms: 400 });
    let (late, next) = (book(&server, "15:30"), book(&server, "16:00"));
    assert_eq!([start(&app.next()), start(&app.next())], [next, late]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_effect_late_is_told_although_nobody_asks() {
    let app = App::answering(&[]);
    let (server, clock) = telling(&app, &[("appointment.create", Effect::CommitLate { ms: 45_000 })]).await;
    book(&server, "10:00");
    app.assert_silent();
    clock.advance(Duration::from_secs(45));
    assert_eq!(start(&app.next()), tuesday("10:00"));
}

#[test]
fn webhooks_go_to_this_machine_or_are_encrypted() {
    for (url, shown) in [
        ("http://localhost:9000/hooks", Ok("http://localhost:9000/hooks")),
        ("http://127.0.0.1", Ok("http://127.0.0.1/")),
        ("https://example.com/a?b=c", Ok("https://example.com/a?b=c")),
        ("http://example.com/a", Err("not encrypted")),
        ("localhost:9000", Err("is no URL like")),
        ("ftp://example.com/a", Err("is no URL like")),
    ] {
        match (url.parse::<WebhookUrl>(), shown) {
            (Ok(read), Ok(shown)) => assert_eq!(read.to_string(), shown),
            (Err(said), Err(words)) => assert!(said.contains(words), "{said}"),
            (read, _) => panic!("{read:?}"),
        }
    }
}
