//! Callers that are slow, or send too much.

use std::time::Duration;

use host_harness::serve::api::{ApiOptions, BodyPace};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::house::{House, Plan, visit};
use super::slow_client::{chunk, post_chunked, post_slowly, read_answer, say};

const FOR_EVER: Duration = Duration::from_secs(600);

/// A host that waits for bodies for ever, if they keep this pace.
async fn house_with_pace(bytes: usize, window: Duration) -> House {
    let api = ApiOptions {
        body_time: FOR_EVER,
        body_pace: BodyPace { bytes, window },
        ..ApiOptions::default()
    };
    House::new(Plan { api, ..Plan::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let house = House::new(Plan {
        api: ApiOptions {
            body_time: Duration::from_millis(50),
            ..ApiOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let answer = read_answer(post_slowly(house.address, "/v1/events").await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("slow-body"), "{answer}");
    assert!(house.inbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_comes_slower_than_its_pace_is_not_waited_for() {
    let house = house_with_pace(1_000, Duration::from_millis(200)).await;
    let mut stream = post_chunked(house.address, "/v1/events").await;
    // A good beginning does not count for later.
    chunk(&mut stream, &[b' '; 100_000]).await.unwrap();
    let (reading, mut writing) = stream.into_split();
    let dribble = tokio::spawn(async move {
        while writing.write_all(b"1\r\n \r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let answer = read_answer(reading).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"slow-body\""), "{answer}");
    dribble.await.unwrap();
    assert!(house.inbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_that_keeps_the_pace_is_waited_for() {
    let house = house_with_pace(20, Duration::from_secs(1)).await;
    let body = visit("visit-1", 10).to_string();
    let mut stream = post_chunked(house.address, "/v1/events").await;
    for piece in body.as_bytes().chunks(body.len().div_ceil(25)) {
        chunk(&mut stream, piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    chunk(&mut stream, b"").await.unwrap();
    let answer = read_answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_is_announced_too_large_is_refused_before_it_comes() {
    let house = house_with_pace(0, FOR_EVER).await;
    let head = "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 4194305\r\n\r\n";
    let answer = read_answer(say(house.address, head).await).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("\"body-too-large\""), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_does_not_end_is_refused_at_the_limit_and_not_heard_out() {
    let house = house_with_pace(0, FOR_EVER).await;
    let (reading, mut writing) = post_chunked(house.address, "/v1/events").await.into_split();
    let flood = tokio::spawn(async move {
        let piece = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
        let mut sent = 0;
        while sent < 1_000 * piece.len() && writing.write_all(piece.as_bytes()).await.is_ok() {
            sent += piece.len();
        }
        sent
    });
    let answer = read_answer(reading).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let sent = flood.await.unwrap();
    assert!(sent < 32 * 1024 * 1024, "{sent} bytes were read");
    assert!(house.inbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let house = House::new(Plan {
        api: ApiOptions {
            head_time: Duration::from_millis(50),
            ..ApiOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(b"POST /v1/events HTTP/1.1\r\nhost:").await.unwrap();
    read_answer(stream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_only_so_much_room() {
    let house = House::new(Plan::default()).await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let head = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", "x".repeat(32 * 1024));
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}
