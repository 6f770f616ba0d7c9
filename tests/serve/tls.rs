//! Callers over TLS.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use host_harness::serve::api::{ApiOptions, Tls};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::house::{House, Plan, visit};
use super::slow_client::say;
use crate::pem::pem;

const FOR_EVER: Duration = Duration::from_secs(600);

/// Long beside what an answer takes, and short beside all times of the host.
const SOON: Duration = Duration::from_secs(30);

/// A host that speaks TLS, and callers that trust it.
struct TlsHouse {
    house: House,
    connector: TlsConnector,
}

impl TlsHouse {
    async fn new(connections: usize, head_time: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&certificate, pem("CERTIFICATE", made.cert.der())).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", &made.signing_key.serialize_der())).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let api = ApiOptions {
            tls: Some(Tls::load(&certificate, &key).unwrap()),
            connections,
            head_time,
            ..ApiOptions::default()
        };
        Self {
            house: House::new(Plan { api, ..Plan::default() }).await,
            connector: connector(made.cert.der().clone()),
        }
    }

    async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        self.greet(TcpStream::connect(self.house.address).await?).await
    }

    async fn greet(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from("localhost").unwrap();
        self.connector.connect(name, stream).await
    }

    /// Sends a request over a connection of its own. The answer, or nothing where it was cut off.
    async fn ask(&self, request: &str) -> String {
        let asked = async {
            let mut stream = self.connect().await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer)
        };
        let answer = tokio::time::timeout(SOON, asked).await.expect("it takes for ever");
        answer.unwrap()
    }
}

/// Trusts this certificate, and would rather speak HTTP/2.
fn connector(certificate: CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

fn booking(id: &str) -> String {
    let body = visit(id, 10).to_string();
    format!(
        "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Waits until the other side has closed the connection.
async fn closed(stream: &mut (impl AsyncReadExt + Unpin)) {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await;
    if let Err(error) = read.expect("it stays open for ever") {
        let expected = [ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof];
        assert!(expected.contains(&error.kind()), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_hand_events_in_over_tls_and_http_1_1() {
    let tls = TlsHouse::new(1_024, FOR_EVER).await;
    let answer = tls.ask(&booking("visit-1")).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let stream = tls.connect().await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
}

#[tokio::test(flavor = "multi_thread")]
async fn body_too_large_is_refused_in_so_many_words_over_tls_as_well() {
    let tls = TlsHouse::new(1_024, FOR_EVER).await;
    let head = "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 9000000\r\n\r\n";
    let answer = tls.ask(&format!("{head}{}", " ".repeat(100_000))).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_closed_by_a_port_with_tls_and_harms_nobody() {
    let tls = TlsHouse::new(1_024, FOR_EVER).await;
    let mut plain = say(tls.house.address, &booking("visit-1")).await;
    closed(&mut plain).await;
    let answer = tls.ask(&booking("visit-2")).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let [event] = tls.house.inbox().try_into().unwrap();
    assert_eq!(event.id, "visit-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_callers_before_and_behind_the_handshake_keep_nobody_out() {
    const PLACES: usize = 8;
    let tls = TlsHouse::new(PLACES, FOR_EVER).await;
    let (mut silent, mut greeted) = (Vec::new(), Vec::new());
    for _ in 0..PLACES {
        silent.push(TcpStream::connect(tls.house.address).await.unwrap());
        let stream = TcpStream::connect(tls.house.address).await.unwrap();
        greeted.push(tls.greet(stream).await.unwrap());
    }
    for number in 0..3 {
        let answer = tls.ask(&booking(&format!("visit-{number}"))).await;
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
    closed(&mut silent[0]).await;
    closed(&mut greeted[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshake_that_does_not_come_is_not_waited_for() {
    let tls = TlsHouse::new(1_024, Duration::from_millis(100)).await;
    closed(&mut TcpStream::connect(tls.house.address).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshake_takes_of_the_time_for_the_head() {
    const HEAD_TIME: Duration = Duration::from_secs(4);
    let tls = TlsHouse::new(1_024, HEAD_TIME).await;
    let begun = Instant::now();
    let stream = TcpStream::connect(tls.house.address).await.unwrap();
    tokio::time::sleep(HEAD_TIME.mul_f64(0.75)).await;
    // Under load it may be too late even for that.
    if let Ok(mut stream) = tls.greet(stream).await {
        closed(&mut stream).await;
    }
    let taken = begun.elapsed();
    assert!(taken < HEAD_TIME.mul_f64(1.5), "{taken:?}");
}
