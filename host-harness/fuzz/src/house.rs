//! A host that listens: the real component in the real engine, a state file, a socket on loopback. Nobody runs what is
//! taken in.

use std::convert::Infallible;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use host_harness::egress::{Client, ClientOptions, Grants};
use host_harness::engine::{Engine, EngineOptions, Limits, Plugin, Powers, component};
use host_harness::inbox::{Appetite, ConnectionId, Ending, Inbox, Next, Status, Stopped};
use host_harness::secrets::{EnvironmentSecrets, SecretValue};
use host_harness::serve::api::{Api, ApiOptions};
use host_harness::serve::{Connections, Intake, IntakeOptions, Metrics, Notifier, Recipient, Served};
use host_harness::state::SqliteStore;
use host_harness::storage::StateFile;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// What a caller has to know, and what an input that knows it contains.
pub const TOKEN: &str = "open-sesame";

/// How long a caller who has said everything waits for the host to end the connection. Then the caller does.
const QUIET: Duration = Duration::from_millis(50);

/// How long a caller pauses.
const PAUSE: Duration = Duration::from_millis(2);

/// How long a caller may wait for an event that nobody runs.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// How long a connection may last. A list of 1,000 events takes seconds in an engine with checks.
const LONGEST: Duration = Duration::from_secs(20);

static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
    let engine = Engine::new(&EngineOptions::default()).expect("there is a sandbox");
    engine.load(component()).expect("the component is one")
});

/// A host that listens, until it is dropped.
pub struct House {
    address: SocketAddr,
    /// What it has taken in.
    pub inbox: Inbox,
    connection: ConnectionId,
    _stop: oneshot::Sender<()>,
    _folder: TempDir,
}

/// What a caller was told.
pub struct Heard {
    /// Everything that came.
    pub bytes: Vec<u8>,
    /// Whether the host ended the connection, and nothing can be missing. Otherwise the caller did.
    pub is_whole: bool,
}

impl House {
    /// Builds one, with an empty inbox.
    pub async fn new() -> Self {
        let folder = TempDir::new().expect("there is room for a folder");
        let file = StateFile::open(&folder.path().join("state.sqlite")).expect("there is room for a file");
        let file = Arc::new(file);
        let inbox = Inbox::new(file.clone());
        let configuration = knockcal_fuzz::CONFIGURATIONS[0];
        let served = Served::new("austin", configuration, &recipient(file), &inbox).await;
        let served = served.expect("the configuration can be used");
        let connection = served.registered.connection;
        let connections = Connections::new([served]);
        let (notifier, metrics) = (Arc::new(Notifier::default()), Arc::new(Metrics::default()));
        let token = SecretValue::new(TOKEN.to_owned()).ok();
        let api = Api {
            intake: Intake::new(
                inbox.clone(),
                notifier.clone(),
                metrics.clone(),
                IntakeOptions::default(),
            ),
            connections,
            inbox: inbox.clone(),
            notifier,
            metrics,
            options: ApiOptions {
                token,
                longest_wait: LONGEST_WAIT,
                ..ApiOptions::default()
            },
        };
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(anywhere).await.expect("there is a port");
        let address = listener.local_addr().expect("it has an address");
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(api.serve(listener, async {
            // Dropped or told, it is the end.
            stopped.await.unwrap_or_default();
        }));
        Self {
            address,
            inbox,
            connection,
            _stop: stop,
            _folder: folder,
        }
    }

    /// How many events it has taken in.
    pub fn events(&self) -> u64 {
        let (totals, _) = self.inbox.totals().expect("the file can be read");
        totals.values().flat_map(|totals| totals.events.values()).sum()
    }

    /// Takes all that waits out again, as whoever runs it would, and ends it. Says how many events that were.
    pub fn take_all(&self) -> usize {
        let appetite = Appetite {
            events: usize::MAX,
            bulk: usize::MAX,
        };
        let mut taken_out = 0;
        loop {
            let appetites = [(self.connection, appetite)].into();
            let round = self.inbox.take(appetites, None, usize::MAX, 60_000);
            let taken = round.expect("the inbox can be read").taken;
            if taken.is_empty() {
                return taken_out;
            }
            taken_out += taken.len();
            for taken in taken {
                let ending = Ending::Stopped(Stopped {
                    message: "it is not run".to_owned(),
                    output: String::new(),
                    in_a_row: 1,
                });
                let ended = self.inbox.finish(&taken, ending, Next::Done, false);
                assert!(ended.expect("the inbox can be written"), "its lease is over");
            }
        }
    }

    /// Whether an event of this number was kept, and cannot be read.
    pub fn is_unreadable(&self, number: u64) -> bool {
        let stored = self.inbox.get(number).expect("the file can be read");
        stored.is_some_and(|stored| stored.listed.status == Status::Unreadable || stored.listed.damage.is_some())
    }

    /// The number of the event that was taken in right after this one because this one is set aside, and says so.
    pub fn follow_up(&self, number: u64) -> Option<u64> {
        let stored = |number| self.inbox.get(number).expect("the file can be read");
        let set_aside = stored(number).filter(|stored| stored.listed.status == Status::Failed)?;
        let next = stored(number + 1).filter(|stored| stored.listed.trigger == "event.failed")?;
        let of = next.event.as_ref()?.data.pointer("/failed/id")?.as_str()?;
        (of == set_aside.listed.id).then_some(next.listed.number)
    }

    /// Sends these pieces on one connection, and listens until its end.
    pub async fn hear(&self, pieces: &[Vec<u8>]) -> Heard {
        let talk = self.talk(pieces);
        timeout(LONGEST, talk).await.expect("the connection does not end")
    }

    async fn talk(&self, pieces: &[Vec<u8>]) -> Heard {
        let mut stream = TcpStream::connect(self.address).await.expect("the host listens");
        let (mut from, mut to) = stream.split();
        let (mut bytes, mut hung_up) = (Vec::new(), false);
        let listen = from.read_to_end(&mut bytes);
        let speak = async {
            for (number, piece) in pieces.iter().enumerate() {
                if number > 0 {
                    sleep(PAUSE).await;
                }
                // Who is turned away cannot say everything.
                if to.write_all(piece).await.is_err() {
                    break;
                }
            }
            sleep(QUIET).await;
            hung_up = to.shutdown().await.is_ok();
            pending::<Infallible>().await
        };
        let ended = tokio::select! {
            ended = listen => ended,
            never = speak => match never {},
        };
        Heard {
            bytes,
            is_whole: ended.is_ok() && !hung_up,
        }
    }
}

fn recipient(file: Arc<StateFile>) -> Recipient {
    let client = Arc::new(Client::new(ClientOptions::default()).expect("there are certificates"));
    Recipient {
        plugin: PLUGIN.clone(),
        limits: Limits::default(),
        lender: Arc::new(move |_, manifest, _| {
            Ok(Powers {
                grants: Grants::new(),
                secrets: Arc::new(EnvironmentSecrets::given([(
                    "ghl_token".to_owned(),
                    "unused".to_owned(),
                )])),
                store: Arc::new(
                    SqliteStore::of_account(file.clone(), &manifest.account).map_err(|error| error.to_string())?,
                ),
                client: client.clone(),
                tap: None,
                pace: None,
            })
        }),
    }
}
