//! More than there is room for.

use std::io::ErrorKind;

use host_harness::serve::IntakeOptions;
use serde_json::json;
use tokio::net::TcpStream;

use super::house::{House, Plan, visit};
use super::slow_client::{chunk, post_chunked, post_slowly, read_answer};

/// A caller that announces a body and does not send it.
async fn dawdler(house: &House, target: &str) -> TcpStream {
    post_slowly(house.address, target).await
}

/// Whether the other side has answered, or closed the connection.
fn is_over(stream: &TcpStream) -> bool {
    match stream.try_read(&mut [0]) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_connection_is_turned_away_early_and_the_others_get_in() {
    let house = House::new(Plan {
        connections: &["austin", "boston"],
        intake: IntakeOptions {
            allowance: 0,
            bytes_per_connection: 1,
            ..IntakeOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let mut first = dawdler(&house, "/v1/events?connection=austin").await;
    let event = visit("visit-1", 10);
    let mut tries = 0;
    let turned_away = loop {
        tries += 1;
        assert!(tries < 100, "nobody is turned away");
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
         CREATE TRIGGER stuck BEFORE UPDATE OF probe ON clock BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END;",
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

/// A list of visits, as text of about so many bytes.
fn list(bytes: usize) -> String {
    let one = visit(&"x".repeat(500), 10);
    json!(vec![one.clone(); bytes / one.to_string().len()]).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_unknown_length_that_do_not_come_keep_no_booking_out() {
    let house = House::new(Plan::default()).await;
    let mut dawdlers = Vec::new();
    for _ in 0..100 {
        dawdlers.push(post_chunked(house.address, "/v1/events").await);
        dawdlers.push(post_slowly(house.address, "/v1/events").await);
    }
    for number in 0..10 {
        let answer = house.post("/v1/events", &visit(&format!("visit-{number}"), 10)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    assert!(dawdlers.iter().all(|dawdler| !is_over(dawdler)));
}

#[tokio::test(flavor = "multi_thread")]
async fn chunked_bookings_side_by_side_are_all_taken_in() {
    const CALLERS: usize = 40;
    let house = House::new(Plan::default()).await;
    let mut begun = Vec::new();
    for number in 0..CALLERS {
        let body = visit(&format!("visit-{number}"), 10).to_string();
        let mut stream = post_chunked(house.address, "/v1/events").await;
        let (first, rest) = body.split_at(20);
        chunk(&mut stream, first.as_bytes()).await.unwrap();
        begun.push((stream, rest.to_owned()));
    }
    // None is whole before all have begun.
    let ends = begun.into_iter().map(|(mut stream, rest)| async move {
        chunk(&mut stream, rest.as_bytes()).await.unwrap();
        chunk(&mut stream, b"").await.unwrap();
        read_answer(stream).await
    });
    let ends: Vec<_> = ends.map(tokio::spawn).collect();
    for end in ends {
        let answer = end.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
    assert_eq!(house.inbox().len(), CALLERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_take_their_room_as_they_come_and_none_from_bookings() {
    let house = House::new(Plan {
        intake: IntakeOptions {
            bytes_per_connection: 1,
            ..IntakeOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let list = list(60_000);
    let mut slow = post_chunked(house.address, "/v1/events").await;
    // What is announced takes no room; what has come does.
    assert_eq!(house.post("/v1/events", &visit("visit-0", 10)).await.status, 202);
    chunk(&mut slow, &list.as_bytes()[..40_000]).await.unwrap();
    let send = async || {
        let mut stream = post_chunked(house.address, "/v1/events?bulk=true").await;
        // Who is turned away cannot say everything.
        let _ = chunk(&mut stream, list.as_bytes()).await;
        let _ = chunk(&mut stream, b"").await;
        read_answer(stream).await
    };
    let mut tries = 0;
    let refused = loop {
        tries += 1;
        assert!(tries < 100, "what has come takes no room");
        let answer = send().await;
        if !answer.starts_with("HTTP/1.1 202") {
            break answer;
        }
    };
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("\"crowded\""), "{refused}");
    let answer = house.post("/v1/events", &visit("visit-1", 10)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    // A body that is given up gives its room back.
    drop(slow);
    let mut tries = 0;
    while !send().await.starts_with("HTTP/1.1 202") {
        tries += 1;
        assert!(tries < 500, "the room is not given back");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_beyond_those_that_are_taken_in_at_the_same_time_are_turned_away() {
    let house = House::new(Plan {
        intake: IntakeOptions {
            requests_per_connection: 1,
            ..IntakeOptions::default()
        },
        ..Plan::default()
    })
    .await;
    let lock = house.lock_state();
    let (first, second) = (visit("visit-1", 10), visit("visit-2", 11));
    // One of them is in first, and stays until the state file can be written.
    let (first, second) = (house.post("/v1/events", &first), house.post("/v1/events", &second));
    let (first, second) = (std::pin::pin!(first), std::pin::pin!(second));
    let unlock = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        drop(lock);
    };
    let (first, second, ()) = tokio::join!(first, second, unlock);
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 503]);
}
