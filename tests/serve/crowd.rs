//! More than there is room for.

use std::io::ErrorKind;
use std::time::Duration;

use host_harness::serve::IntakeOptions;
use host_harness::serve::api::ApiOptions;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::house::{House, Plan, visit};

/// A caller that announces a body and does not send it.
async fn dawdler(house: &House, target: &str) -> TcpStream {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let head = format!(
        "POST {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Whether the other side has answered, or closed the connection.
fn is_over(stream: &TcpStream) -> bool {
    match stream.try_read(&mut [0]) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

async fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_connection_is_turned_away_early_and_the_others_get_in() {
    let house = House::new(Plan {
        connections: &["austin", "boston"],
        intake: IntakeOptions {
            bytes_per_connection: 1,
            ..IntakeOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let mut first = dawdler(&house, "/v1/events?connection=austin").await;
    let event = visit("visit-1", 10);
    let turned_away = loop {
        let answer = house.post("/v1/events?connection=austin", &event).await;
        if answer.status != 202 {
            break answer;
        }
        // It may have been the dawdler who found the room taken, by this very event.
        if is_over(&first) {
            first = dawdler(&house, "/v1/events?connection=austin").await;
        }
    };
    assert_eq!(turned_away.error(), (503, "crowded".to_owned()));
    assert_eq!(turned_away.headers["retry-after"], "1");
    assert_eq!(turned_away.headers["connection"], "close");
    let answer = house.post("/v1/events?connection=boston", &event).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    // Who is turned away with much in hand gets to read why.
    let much: Vec<_> = (0..900).map(|number| visit(&format!("{number:01000}"), 10)).collect();
    let answer = house.post("/v1/events?connection=austin", &json!(much)).await;
    assert_eq!(answer.error(), (503, "crowded".to_owned()));
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_enough_waits_no_more_is_taken_in_for_that_connection() {
    let house = House::new(Plan {
        connections: &["austin", "boston"],
        intake: IntakeOptions {
            backlog: 2,
            ..IntakeOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let list = json!([visit("visit-1", 10), visit("visit-2", 11)]);
    assert_eq!(house.post("/v1/events?connection=austin", &list).await.status, 202);
    let answer = house.post("/v1/events?connection=austin", &visit("visit-3", 12)).await;
    assert_eq!(answer.error(), (503, "backlog".to_owned()));
    assert_eq!(house.post("/v1/events?connection=boston", &list).await.status, 202);
    assert_eq!(house.inbox().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_disk_does_not_take_is_not_acknowledged_and_nothing_of_a_list_stays() {
    let house = House::new(Plan::default()).await;
    house.meddle(
        "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.id = 'visit-2' BEGIN
             SELECT RAISE(ABORT, 'database or disk is full');
         END;
         CREATE TRIGGER stuck BEFORE UPDATE OF boot_id ON clock BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END;",
    );
    let list = json!([visit("visit-1", 10), visit("visit-2", 11)]);
    let answer = house.post("/v1/events", &list).await;
    assert_eq!(answer.error(), (503, "storage".to_owned()));
    assert_eq!(answer.headers["retry-after"], "30");
    assert!(!answer.text.contains("state.sqlite"), "{answer:?}");
    assert!(house.inbox().is_empty());
    assert_eq!(house.get("/readyz").await.error(), (503, "storage".to_owned()));

    house.meddle("DROP TRIGGER full; DROP TRIGGER stuck;");
    assert_eq!(house.post("/v1/events", &list).await.status, 202);
    assert_eq!(house.get("/readyz").await.status, 200);
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
    let answer = answer(dawdler(&house, "/v1/events").await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("slow-body"), "{answer}");
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
    answer(stream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_only_so_much_room() {
    let house = House::new(Plan::default()).await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let head = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", "x".repeat(32 * 1024));
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = answer(stream).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_connections_that_may_be_open_callers_wait_until_one_is_closed() {
    let house = House::new(Plan {
        api: ApiOptions {
            connections: 1,
            ..ApiOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let dawdler = dawdler(&house, "/v1/events").await;
    let event = visit("visit-1", 10);
    let mut waiting = std::pin::pin!(house.post("/v1/events", &event));
    let early = tokio::time::timeout(Duration::from_millis(100), &mut waiting).await;
    assert!(early.is_err(), "{early:?}");
    drop(dawdler);
    assert_eq!(waiting.await.status, 202);
}
