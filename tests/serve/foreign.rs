//! A page in somebody's browser, whose name leads to this machine (DNS rebinding).

use host_harness::secrets::SecretValue;
use host_harness::serve::api::ApiOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::house::{House, Plan, visit};

/// Sends a request head as it stands, with an event behind it, and returns the line with the status, and the rest.
async fn send(house: &House, head: &str) -> String {
    let body = visit("visit-1", 10).to_string();
    let mut socket = TcpStream::connect(house.address).await.unwrap();
    let length = body.len();
    let request =
        format!("{head}content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // What is refused before it was read may end in a reset.
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn request_to_a_foreign_host_is_refused_wherever_it_names_it() {
    let house = House::new(Plan::default()).await;
    let address = house.address;
    let here = format!("host: {address}\r\n");
    for (line, headers) in [
        ("POST /v1/events HTTP/1.1", "host: evil.example\r\n".to_owned()),
        ("POST /v1/book HTTP/1.1", "host: evil.example\r\n".to_owned()),
        (
            "GET /v1/events/1 HTTP/1.1",
            format!("host: evil.example:{}\r\n", address.port()),
        ),
        ("GET /metrics HTTP/1.1", "host: 10.0.0.1\r\n".to_owned()),
        ("GET /nothing HTTP/1.1", "host: evil.example\r\n".to_owned()),
        ("POST /v1/events HTTP/1.1", "host: evil.example@x y\r\n".to_owned()),
        ("POST /v1/events HTTP/1.0", "host: evil.example\r\n".to_owned()),
        // The target names a server of its own, which counts before the header.
        ("POST http://evil.example/v1/events HTTP/1.1", here.clone()),
        ("POST http://127.0.0.1.evil.example/v1/events HTTP/1.1", here.clone()),
        // Two headers, of which somebody on the way may have read the other one.
        ("POST /v1/events HTTP/1.1", format!("{here}host: evil.example\r\n")),
        ("POST /v1/events HTTP/1.1", format!("host: evil.example\r\n{here}")),
    ] {
        let answer = send(&house, &format!("{line}\r\n{headers}")).await;
        let refused = answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.0 403");
        assert!(refused && answer.contains("foreign-host"), "{line} {headers}: {answer}");
    }
    assert!(house.inbox().is_empty());
    for (line, headers) in [
        ("POST /v1/events HTTP/1.1", here.clone()),
        ("POST http://localhost/v1/events HTTP/1.1", here),
    ] {
        let answer = send(&house, &format!("{line}\r\n{headers}")).await;
        assert!(answer.starts_with("HTTP/1.1 20"), "{line} {headers}: {answer}");
    }
    assert_eq!(house.inbox().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_the_token_may_call_the_host_by_any_name() {
    let api = ApiOptions {
        token: Some(SecretValue::new("open-sesame-for-all".to_owned()).unwrap()),
        ..ApiOptions::default()
    };
    let house = House::new(Plan { api, ..Plan::default() }).await;
    let line = "POST /v1/events HTTP/1.1\r\nhost: knock.example.com\r\n";
    let answer = send(&house, line).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let answer = send(&house, &format!("{line}authorization: Bearer open-sesame-for-all\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}
