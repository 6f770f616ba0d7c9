//! Callers that take their time.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HEAD: &str = "HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

/// Begins a request with a body of unknown length, of which nothing comes.
pub(crate) async fn post_chunked(address: SocketAddr, target: &str) -> TcpStream {
    say(
        address,
        &format!("POST {target} {HEAD}transfer-encoding: chunked\r\nconnection: close\r\n\r\n"),
    )
    .await
}

/// Begins a request with a body of 100 bytes, of which one comes.
pub(crate) async fn post_slowly(address: SocketAddr, target: &str) -> TcpStream {
    say(address, &format!("POST {target} {HEAD}content-length: 100\r\n\r\n{{")).await
}

/// Connects, and says this.
pub(crate) async fn say(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Sends one chunk; an empty one is the end.
pub(crate) async fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    stream.write_all(&framed).await
}

/// Everything that comes until the connection is closed, which it is within a minute.
pub(crate) async fn read_answer(mut stream: impl AsyncReadExt + Unpin) -> String {
    let mut answer = Vec::new();
    let heard = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await;
    // A reset ends it as well as a close.
    let _ = heard.expect("the connection stays open");
    String::from_utf8(answer).unwrap()
}
