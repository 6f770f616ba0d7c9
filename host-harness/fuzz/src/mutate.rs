//! Changes conversations without losing their form. One time in four bytes are changed instead.

use fastrand::Rng;
use knockcal_fuzz::mutate::{change, put};
use libfuzzer_sys::fuzzer_mutate;
use serde_json::Value;

use crate::conversation::{END, PAUSE, halves, split};

const METHODS: [&str; 9] = [
    "GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT", "TRACE", "PRI", "get",
];

const TARGETS: [&str; 21] = [
    "/v1/events",
    "/v1/events?connection=austin",
    "/v1/events?connection=boston",
    "/v1/events?bulk=true",
    "/v1/events?bulk=1&bulk=2",
    "/v1/events?%ff=%zz&=",
    "/v1/events/1",
    "/v1/events/0",
    "/v1/events/18446744073709551615",
    "/v1/events/%31/",
    "/v1/book",
    "/v1/book?wait=0s",
    "/v1/book?wait=1ms&connection=austin",
    "/v1/book?wait=584542046y",
    "/v1/refused",
    "/metrics",
    "/healthz",
    "/readyz",
    "/v1/../healthz#x",
    "http://knock/v1/events",
    "*",
];

const VERSIONS: [&str; 5] = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", ""];

const HEADERS: [&str; 28] = [
    "authorization: Bearer open-sesame",
    "authorization: Basic open-sesame",
    "authorization: \u{e9}",
    "content-type: application/json",
    "Content-Type: APPLICATION/JSON; charset=utf-8",
    "content-type: text/plain",
    "content-type: application/x-www-form-urlencoded",
    "content-type: multipart/form-data; boundary=b",
    "content-type: multipart/form-data",
    "content-type: application/json; charset=utf-16",
    "content-type: text/plain; charset=iso-8859-1",
    "content-type: application/xml",
    "content-length: ~",
    "content-length: 0",
    "content-length: 1",
    "content-length: -1",
    "content-length: 4194304",
    "content-length: 4194305",
    "content-length: 18446744073709551616",
    "transfer-encoding: chunked",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: identity",
    "expect: 100-continue",
    "connection: close",
    "connection: upgrade, http2-settings",
    "upgrade: h2c",
    "host: a, b",
    " folded: line",
];

/// For `libfuzzer_sys::fuzz_mutator!`: the input is a conversation.
pub fn conversation(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut rng = Rng::with_seed(seed.into());
    if rng.u8(..4) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let text = data.get(..size).unwrap_or_default();
    let mut requests: Vec<_> = split(text, END).into_iter().map(<[u8]>::to_vec).collect();
    let place = rng.usize(..requests.len());
    match rng.u8(..12) {
        0 if requests.len() > 1 => {
            requests.remove(place);
        }
        1 => requests.insert(place, requests[rng.usize(..requests.len())].clone()),
        2 => requests.insert(place, format!("{}\n\n", request_line(&mut rng)).into_bytes()),
        3 => pause(&mut requests[place], &mut rng),
        4..8 => change_head(&mut requests[place], &mut rng),
        8 => chunk(&mut requests[place], &mut rng),
        _ => change_body(&mut requests[place], &mut rng),
    }
    put(data, size, max_size, &requests.join(END))
}

fn request_line(rng: &mut Rng) -> String {
    let [method, target, version] = [&METHODS[..], &TARGETS, &VERSIONS].map(|words| words[rng.usize(..words.len())]);
    format!("{method} {target} {version}")
}

fn pause(request: &mut Vec<u8>, rng: &mut Rng) {
    let place = rng.usize(..=request.len());
    request.splice(place..place, PAUSE.iter().copied());
}

fn change_head(request: &mut Vec<u8>, rng: &mut Rng) {
    let (head, body) = halves(request);
    let mut lines: Vec<String> = String::from_utf8_lossy(head).lines().map(str::to_owned).collect();
    if lines.len() < 2 {
        lines.resize(2, String::new());
    }
    // The last line is the blank one that ends the head.
    let place = rng.usize(..lines.len() - 1);
    match rng.u8(..8) {
        0 => lines[0] = request_line(rng),
        1 => {
            let mut words: Vec<_> = lines[0].split(' ').collect();
            words.resize(3, "");
            let part = rng.usize(..3);
            let choice = [&METHODS[..], &TARGETS, &VERSIONS][part];
            words[part] = choice[rng.usize(..choice.len())];
            lines[0] = words.join(" ");
        }
        2 => {
            lines.remove(place);
        }
        3 => lines[place] = HEADERS[rng.usize(..HEADERS.len())].to_owned(),
        // More than a head may have, of lines or of bytes.
        4 => {
            let copies = vec![lines[place].clone(); 1 << rng.u8(..8)];
            lines.splice(place..place, copies);
        }
        5 => lines[place] += &"x".repeat(1 << rng.u8(..16)),
        _ => lines.insert(place + 1, HEADERS[rng.usize(..HEADERS.len())].to_owned()),
    }
    *request = [lines.join("\n").as_bytes(), b"\n", body].concat();
}

/// Sends the body in chunks, some of another size than they say.
fn chunk(request: &mut Vec<u8>, rng: &mut Rng) {
    let (head, body) = halves(request);
    let head = String::from_utf8_lossy(head).replace("content-length: ~", "transfer-encoding: chunked");
    let mut changed = head.into_bytes();
    for chunk in body.chunks(1 << rng.u8(4..12)) {
        let size = chunk.len() + usize::from(rng.u8(..32) == 0);
        changed.extend(format!("{size:x}\r\n").bytes());
        changed.extend(chunk);
        changed.extend(b"\r\n");
    }
    changed.extend(b"0\r\n\r\n");
    *request = changed;
}

fn change_body(request: &mut Vec<u8>, rng: &mut Rng) {
    let (head, body) = halves(request);
    let mut value = serde_json::from_slice(body).unwrap_or_default();
    change(&mut value, rng);
    *request = [head, written(&value, rng).as_bytes()].concat();
}

/// JSON as programs write it that do not write plain JSON.
fn written(value: &Value, rng: &mut Rng) -> String {
    let plain = value.to_string();
    match rng.u8(..16) {
        0 => format!("payload={plain}"),
        1 => "data[startTime]=1&data[lead][name]=Ann&data[]=2&id=".to_owned() + &plain,
        2 => format!("--b\r\ncontent-disposition: form-data; name=\"data\"\r\n\r\n{plain}\r\n--b--\r\n"),
        3 => plain.replace("\\n", "\n").replace(' ', "\u{1}"),
        4 => Value::String(plain).to_string(),
        5 => format!("\u{feff}{plain}"),
        _ => plain,
    }
}
