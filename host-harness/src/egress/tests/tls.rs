//! The same promises under TLS, where the gate lies below the encryption.

use super::*;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{self, pki_types::PrivateKeyDer};

/// A TLS server that answers everything after `delay`.
struct TlsServer {
    origin: Origin,
    certificate: Vec<u8>,
    connections: Arc<AtomicU64>,
    requests: Arc<AtomicU64>,
}

impl TlsServer {
    async fn start(delay: Duration) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().to_vec();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicU64::new(0));
        let requests = Arc::new(AtomicU64::new(0));
        tokio::spawn({
            let (connections, requests) = (connections.clone(), requests.clone());
            async move {
                loop {
                    let (socket, _) = listener.accept().await.unwrap();
                    let (acceptor, requests) = (acceptor.clone(), requests.clone());
                    connections.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(async move {
                        let Ok(stream) = acceptor.accept(socket).await else {
                            return;
                        };
                        let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
                            requests.fetch_add(1, Ordering::SeqCst);
                            async move {
                                tokio::time::sleep(delay).await;
                                let seen = request.headers()["authorization"].as_bytes().to_vec();
                                Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from(seen))))
                            }
                        });
                        // How it ends is the client's affair.
                        drop(
                            hyper::server::conn::http1::Builder::new()
                                .serve_connection(TokioIo::new(stream), service)
                                .await,
                        );
                    });
                }
            }
        });
        Self {
            origin: Origin::new("https", &format!("localhost:{port}")).unwrap(),
            certificate,
            connections,
            requests,
        }
    }

    fn setting(&self) -> Setting {
        let mut setting = setting(&[&self.origin]);
        setting.options.extra_roots = vec![self.certificate.clone()];
        setting
    }

    fn request(&self, way: &Way) -> http::request::Builder {
        http::Request::get(format!("{}/things/1", self.origin)).header("authorization", way.bearer())
    }
}

#[tokio::test]
async fn a_trusted_server_is_spoken_to_on_one_connection() {
    let server = TlsServer::start(Duration::ZERO).await;
    let way = server.setting().way();
    for _ in 0..3 {
        let reply = way.send(server.request(&way), "").await.unwrap();
        // It saw the secret and repeats it; what comes back is the placeholder.
        assert_eq!(reply.body, way.bearer());
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    assert_eq!(server.requests.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_server_that_is_not_trusted_gets_nothing() {
    let server = TlsServer::start(Duration::ZERO).await;
    let way = setting(&[&server.origin]).way();
    let error = way.send(server.request(&way), "").await.unwrap_err();
    assert!(matches!(error, EgressError::Certificate { .. }), "{error}");
    assert!(error.surely_not_sent());
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let origin = Origin::new("https", &server.origin.authority()).unwrap();
    // It waits for the end of a request, and the client for an answer to its greeting.
    let mut setting = setting(&[&origin]);
    setting.options.connect_timeout = Duration::from_millis(100);
    let way = setting.way();
    let error = way
        .send(http::Request::get(format!("{origin}/things/1")), "")
        .await
        .unwrap_err();
    assert!(matches!(error, EgressError::ConnectTimeout { .. }), "{error}");
    assert!(error.surely_not_sent());
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn the_instant_in_flight_resets_the_connection() {
    let server = TlsServer::start(Duration::from_secs(60)).await;
    let way = server.setting().way();
    let instant = way.store.now_ms() + 200;
    let request = server.request(&way).header("x-send-before", instant);
    assert_eq!(way.send(request, "").await.unwrap_err(), EgressError::CutOff);
}

#[tokio::test]
async fn a_late_request_leaves_no_byte_of_it_encrypted_or_not() {
    let mut late_on_a_connection = 0;
    let mut sent = 0;
    for calm in 0..16 {
        let server = TlsServer::start(Duration::from_millis(20)).await;
        let mut setting = server.setting();
        setting.store = Arc::new(Jumping {
            calm,
            asked: AtomicU64::new(0),
        });
        let way = setting.way();
        let request = server.request(&way).header("x-send-before", 2_000);
        match way.send(request, "").await {
            Err(EgressError::Late) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                assert_eq!(server.requests.load(Ordering::SeqCst), 0, "calm for {calm} questions");
                late_on_a_connection += server.connections.load(Ordering::SeqCst);
            }
            // Not cut off: that would be a request which began to leave after its instant.
            Ok(_) => sent += 1,
            Err(error) => panic!("calm for {calm} questions: {error}"),
        }
    }
    assert!(late_on_a_connection > 0);
    assert!(sent > 0);
}
