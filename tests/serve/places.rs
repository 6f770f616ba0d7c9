//! More callers than there are places.

use std::net::SocketAddr;
use std::time::Duration;

use host_harness::serve::api::{ApiOptions, BodyPace};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};

use super::house::{House, Plan, visit};
use super::slow_client::{post_chunked, post_slowly, read_answer, say};

const FOR_EVER: Duration = Duration::from_secs(600);

/// Long beside what an answer takes, and short beside all times of the host.
const SOON: Duration = Duration::from_secs(30);

/// A host with so many places that waits for its callers for ever.
async fn patient_house(connections: usize) -> House {
    let api = ApiOptions {
        connections,
        head_time: FOR_EVER,
        body_time: FOR_EVER,
        body_pace: BodyPace {
            bytes: 0,
            window: FOR_EVER,
        },
        longest_wait: FOR_EVER,
        ..ApiOptions::default()
    };
    House::new(Plan { api, ..Plan::default() }).await
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, what).await.expect("it takes for ever")
}

/// Whether the connection answers another request.
async fn answers(stream: &mut TcpStream) -> bool {
    let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    if asked.await.is_err() {
        return false;
    }
    let mut answer = vec![0; 512];
    let read = soon(stream.read(&mut answer)).await.unwrap_or(0);
    answer[..read].starts_with(b"HTTP/1.1 200")
}

/// Asks for ever, and reads no answer.
fn deaf_asker(address: SocketAddr) -> JoinHandle<()> {
    tokio::spawn(async move {
        let asked = "GET /v1/events/1 HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
        let mut stream = TcpStream::connect(address).await.unwrap();
        while stream.write_all(asked.as_bytes()).await.is_ok() {}
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_slow_deaf_and_half_closed_callers_keep_nobody_out() {
    const PLACES: usize = 16;
    let house = patient_house(PLACES).await;
    let address = house.address;
    let deaf: Vec<_> = (0..3).map(|_| deaf_asker(address)).collect();
    let mut crowd = Vec::new();
    for _ in 0..PLACES {
        crowd.push(TcpStream::connect(address).await.unwrap());
        crowd.push(say(address, "POST /v1/events HTTP/1.1\r\nhost:").await);
        crowd.push(post_slowly(address, "/v1/events").await);
        crowd.push(post_chunked(address, "/v1/events").await);
        let mut half_closed = say(address, "GET /v1/nothing HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        half_closed.shutdown().await.unwrap();
        crowd.push(half_closed);
    }
    for number in 0..5 {
        assert_eq!(soon(house.get("/healthz")).await.status, 200);
        assert_eq!(soon(house.get("/readyz")).await.status, 200);
        let booking = visit(&format!("visit-{number}"), 10);
        let answer = soon(house.post("/v1/events", &booking)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    drop(crowd);
    for deaf in deaf {
        deaf.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_in_all_places_keep_nobody_out_and_are_answered_when_they_make_way() {
    let house = patient_house(4).await;
    let mut slow = JoinSet::new();
    for _ in 0..4 {
        slow.spawn(read_answer(post_slowly(house.address, "/v1/events").await));
    }
    // They take the places of others only once they are known to be bodies.
    tokio::time::sleep(Duration::from_millis(300)).await;
    for number in 0..4 {
        let booking = visit(&format!("visit-{number}"), 10);
        assert_eq!(soon(house.post("/v1/events", &booking)).await.status, 202);
    }
    let first = soon(slow.join_next()).await.unwrap().unwrap();
    assert!(first.starts_with("HTTP/1.1 503"), "{first}");
    assert!(first.contains("retry-after: 1"), "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn newcomer_gets_the_place_of_whoever_has_been_idle_for_longest() {
    let house = patient_house(2).await;
    let mut first = TcpStream::connect(house.address).await.unwrap();
    assert!(answers(&mut first).await);
    let mut second = TcpStream::connect(house.address).await.unwrap();
    assert!(answers(&mut second).await);
    assert!(answers(&mut first).await);
    let mut newcomer = TcpStream::connect(house.address).await.unwrap();
    assert!(answers(&mut newcomer).await);
    assert!(!answers(&mut second).await, "its last request is the longest ago");
    assert!(answers(&mut first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_all_places_are_worked_for_health_is_answered_and_others_are_turned_away() {
    let house = patient_house(1).await;
    let lock = house.lock_state();
    let booking = visit("visit-1", 10).to_string();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{booking}",
        booking.len()
    );
    let send = async || tokio::spawn(read_answer(say(house.address, &head).await));
    let mut busy = send().await;
    let mut tries = 0;
    let turned_away = loop {
        tries += 1;
        assert!(tries < 50, "a booking that is worked on is displaced");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let answer = soon(house.get("/v1/events/1")).await;
        if answer.status == 503 {
            break answer;
        }
        // Until it was worked for, its place was the newcomer's.
        busy = send().await;
    };
    assert_eq!(turned_away.error(), (503, "crowded".to_owned()));
    assert_eq!(turned_away.headers["connection"], "close");
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(house.address).await.unwrap());
    }
    assert_eq!(soon(house.get("/healthz")).await.status, 200);
    assert!(!busy.is_finished());
    drop(lock);
    let answer = soon(busy).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn booking_that_waits_makes_way_with_what_is_known_of_it() {
    let house = patient_house(1).await;
    let booking = visit("visit-1", 10);
    let mut waiting = std::pin::pin!(house.post("/v1/book?wait=10m", &booking));
    while house.inbox().is_empty() {
        assert!(
            tokio::time::timeout(Duration::from_millis(50), &mut waiting)
                .await
                .is_err()
        );
    }
    // It is on the disk before it waits.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(soon(house.get("/healthz")).await.status, 200);
    let answer = soon(waiting).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["number"]), (202, &1.into()));
    assert_eq!(answer.headers["connection"], "close");
}
