//! A host with its callers.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{Datelike, Days, Utc, Weekday};
use host_harness::egress::{Client, ClientOptions, Exchange, Grants, Reach, Tap};
use host_harness::emulator::{Clock, Ghl, Seed, Server};
use host_harness::engine::{Limits, Powers};
use host_harness::inbox::{Filter, Inbox, Listed};
use host_harness::secrets::EnvironmentSecrets;
use host_harness::serve::api::{Api, ApiOptions};
use host_harness::serve::{
    Alerts, Connections, Dispatcher, DispatcherOptions, Intake, IntakeOptions, Metrics, Notifier, Recipient, Served,
    Watch,
};
use host_harness::state::SqliteStore;
use host_harness::storage::StateFile;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::sandbox::{configuration, plugin};

/// Who carries out what is taken in.
pub(crate) enum Whose {
    Nobody,
    TheHouse,
    /// Somebody who shares the state file, as another process does.
    Another,
}

/// How a house is built.
pub(crate) struct Plan {
    pub(crate) connections: &'static [&'static str],
    pub(crate) intake: IntakeOptions,
    pub(crate) api: ApiOptions,
    /// Who carries out what is taken in.
    pub(crate) dispatcher: Whose,
    /// The connections that are in shadow mode.
    pub(crate) in_shadow: &'static [&'static str],
    /// Keys of the configuration that are other than usual.
    pub(crate) configuration: Value,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            connections: &["austin"],
            intake: IntakeOptions::default(),
            api: ApiOptions::default(),
            dispatcher: Whose::Nobody,
            in_shadow: &[],
            configuration: json!({}),
        }
    }
}

/// A host that listens.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) ghl: Server,
    inbox: Inbox,
    connections: Connections,
    recipient: Recipient,
    configuration: Value,
    metrics: Arc<Metrics>,
    stop: watch::Sender<bool>,
    work: Vec<JoinHandle<()>>,
    folder: TempDir,
}

impl House {
    pub(crate) async fn new(plan: Plan) -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let ghl = Ghl::new(Seed::demo()).unwrap();
        let ghl = Server::bind(anywhere, ghl, Clock::system()).await.unwrap();
        let base_url = format!("http://{}", ghl.address());
        let folder = TempDir::new().unwrap();
        let file = Arc::new(StateFile::open(&state(&folder)).unwrap());
        let inbox = Inbox::new(file.clone());
        let recipient = recipient(file, base_url.clone());
        let mut configuration = configuration();
        configuration["base_url"] = base_url.into();
        for (key, value) in plan.configuration.as_object().unwrap() {
            configuration[key] = value.clone();
        }
        let mut served = Vec::new();
        for name in plan.connections {
            let one = Served::new(name, &configuration.to_string(), &recipient, &inbox).await;
            let one = one.unwrap();
            served.push(match plan.in_shadow.contains(name) {
                true => one.in_shadow(),
                false => one,
            });
        }
        let connections = Connections::new(served);
        let notifier = Arc::new(Notifier::default());
        let metrics = Arc::new(Metrics::default());
        let (stop, stopping) = watch::channel(false);
        let mut work = Vec::new();
        let told_of = match plan.dispatcher {
            Whose::Nobody => None,
            Whose::TheHouse => Some(notifier.clone()),
            Whose::Another => Some(Arc::default()),
        };
        if let Some(notifier) = told_of {
            let options = DispatcherOptions::default();
            let dispatcher = Dispatcher::new(inbox.clone(), connections.clone(), notifier, options);
            let dispatcher = dispatcher.counted_by(metrics.clone());
            work.push(tokio::spawn(dispatcher.run(told(stopping.clone()))));
        }
        let listener = TcpListener::bind(anywhere).await.unwrap();
        let address = listener.local_addr().unwrap();
        let api = Api {
            intake: Intake::new(inbox.clone(), notifier.clone(), metrics.clone(), plan.intake),
            connections: connections.clone(),
            inbox: inbox.clone(),
            notifier,
            metrics: metrics.clone(),
            options: plan.api,
        };
        work.push(tokio::spawn(api.serve(listener, told(stopping))));
        Self {
            address,
            ghl,
            inbox,
            connections,
            recipient,
            configuration,
            metrics,
            stop,
            work,
            folder,
        }
    }

    /// From now on somebody watches for events older than this.
    pub(crate) fn watch(&mut self, alarm_after: Duration) {
        let (inbox, connections, metrics) = (self.inbox.clone(), self.connections.clone(), self.metrics.clone());
        let watch = Watch::new(inbox, connections, metrics, alarm_after);
        self.work.push(tokio::spawn(watch.run(told(self.stop.subscribe()))));
    }

    /// What another process sees in the inbox, oldest first.
    pub(crate) fn inbox(&self) -> Vec<Listed> {
        let file = StateFile::open(&state(&self.folder)).unwrap();
        let mut listed = Inbox::new(Arc::new(file)).list(&Filter::default(), 10_000).unwrap();
        listed.reverse();
        listed
    }

    /// The same, once everything is finished.
    pub(crate) async fn finished(&self) -> Vec<Listed> {
        for _ in 0..600 {
            let listed = self.inbox();
            if listed.iter().all(|event| event.status.is_final()) {
                return listed;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never came to an end: {:#?}", self.inbox());
    }

    /// Dispatches like another process, for the connection `austin`, until the inbox is so.
    pub(crate) async fn dispatch_until(&self, in_shadow: bool, is_so: impl Fn(&[Listed]) -> bool) {
        let served = Served::new("austin", &self.configuration.to_string(), &self.recipient, &self.inbox).await;
        let served = match in_shadow {
            true => served.unwrap().in_shadow(),
            false => served.unwrap(),
        };
        let options = DispatcherOptions::default();
        let dispatcher = Dispatcher::new(self.inbox.clone(), Connections::new([served]), Arc::default(), options);
        let (stop, stopping) = watch::channel(false);
        let work = tokio::spawn(dispatcher.run(told(stopping)));
        for _ in 0..600 {
            if is_so(&self.inbox()) {
                stop.send(true).unwrap();
                return work.await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never became so: {:#?}", self.inbox());
    }

    /// From now on people are told there of what these connections set aside.
    pub(crate) async fn tell(&self, urls: &[(&str, &str)]) -> Telling {
        let mut served = Vec::new();
        for (name, url) in urls {
            let one = Served::new(name, &self.configuration.to_string(), &self.recipient, &self.inbox).await;
            served.push(one.unwrap().telling(Some(url.parse().unwrap())));
        }
        let client = Arc::new(Client::new(ClientOptions::default()).unwrap());
        let (inbox, metrics) = (self.inbox.clone(), self.metrics.clone());
        let alerts = Alerts::new(inbox, Connections::new(served), client, metrics).unwrap();
        let (stop, stopping) = watch::channel(false);
        let work = tokio::spawn(alerts.run(told(stopping)));
        Telling { stop, work }
    }

    /// Runs SQL on the state file, behind the back of the host.
    pub(crate) fn meddle(&self, sql: &str) {
        let file = rusqlite::Connection::open(state(&self.folder)).unwrap();
        file.execute_batch(sql).unwrap();
    }

    /// Keeps the host from writing its state file, until what is returned is dropped.
    pub(crate) fn lock_state(&self) -> rusqlite::Connection {
        let file = rusqlite::Connection::open(state(&self.folder)).unwrap();
        file.execute_batch("BEGIN IMMEDIATE").unwrap();
        file
    }

    pub(crate) fn tell_to_stop(&self) {
        self.stop.send(true).unwrap();
    }

    pub(crate) async fn stopped(self) {
        for work in self.work {
            work.await.unwrap();
        }
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        let request = Request::post(target).header("content-type", "application/json");
        self.send(request.body(Full::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send(Request::get(target).body(Full::default()).unwrap()).await
    }

    /// Sends a request on a connection of its own.
    pub(crate) async fn send(&self, mut request: Request<Full<Bytes>>) -> Answer {
        request.headers_mut().insert("host", "localhost".parse().unwrap());
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        let connection = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        connection.abort();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

/// Somebody who tells people of what is set aside, until it is to end.
pub(crate) struct Telling {
    stop: watch::Sender<bool>,
    work: JoinHandle<()>,
}

impl Telling {
    pub(crate) async fn end(self) {
        self.stop.send(true).unwrap();
        self.work.await.unwrap();
    }
}

/// What a caller is answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status and code of an error.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String) {
        let body = self.json();
        let code = body["error"]["code"].as_str().unwrap_or_else(|| panic!("{self:?}"));
        assert!(body["error"]["message"].is_string(), "{body}");
        (self.status.as_u16(), code.to_owned())
    }
}

/// A visit next Tuesday; the hour keeps visits apart.
pub(crate) fn visit(id: &str, hour: u32) -> Value {
    json!({
        "id": id,
        "subject": format!("pin-{id}"),
        "occurred_at": "2026-01-01T00:00:00Z",
        "data": {
            "startTime": format!("{}T{hour:02}:00:00", a_tuesday()),
            "lead": { "name": "Ann Lee", "phone": "(512) 555-0142" },
        },
    })
}

fn a_tuesday() -> String {
    let mut day = Utc::now().date_naive() + Days::new(7);
    while day.weekday() != Weekday::Tue {
        day = day + Days::new(1);
    }
    day.to_string()
}

async fn told(mut stopping: watch::Receiver<bool>) {
    stopping.wait_for(|stopping| *stopping).await.ok();
}

fn state(folder: &TempDir) -> PathBuf {
    folder.path().join("state.sqlite")
}

/// The name of a lead at whom the host panics.
pub(crate) const PANIC: &str = "Panic Please";

/// A bug of the host, for those who ask for it.
struct Panicking;

impl Tap for Panicking {
    fn exchange(&self, exchange: &Exchange) {
        let asked = exchange.body.windows(5).any(|window| window == &PANIC.as_bytes()[..5]);
        assert!(!asked, "somebody asked for it");
    }
}

fn recipient(file: Arc<StateFile>, base_url: String) -> Recipient {
    let client = Arc::new(Client::new(ClientOptions::default()).unwrap());
    Recipient {
        plugin: plugin(),
        limits: Limits::default(),
        lender: Arc::new(move |_, manifest, _| {
            let token = ("ghl_token".to_owned(), Seed::DEMO_TOKEN.to_owned());
            Ok(Powers {
                grants: Grants::new()
                    .allow(base_url.parse().unwrap(), Reach::Private)
                    .allow_secrets_of(manifest),
                secrets: Arc::new(EnvironmentSecrets::given([token])),
                store: Arc::new(SqliteStore::of_account(file.clone(), &manifest.account).unwrap()),
                client: client.clone(),
                tap: Some(Arc::new(Panicking)),
                pace: None,
            })
        }),
    }
}
