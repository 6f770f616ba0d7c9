//! A thousand connections, each with a GHL location, a ledger and a credential of its own, in one process.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use host_harness::contract::Event;
use host_harness::egress::{Client, ClientOptions, Grants, Reach};
use host_harness::emulator::{Clock, Effect, Fault, Ghl, Seed, Server, Token};
use host_harness::engine::{Limits, Powers};
use host_harness::inbox::{Filter, Inbox, Listed, Status};
use host_harness::pace::{PaceFile, Pacers, Terms};
use host_harness::secrets::EnvironmentSecrets;
use host_harness::serve::{
    Connections, Dispatcher, DispatcherOptions, Intake, IntakeOptions, Metrics, Notifier, Recipient, Served,
};
use host_harness::state::SqliteStore;
use host_harness::storage::StateFile;
use serde_json::json;
use tempfile::TempDir;

use super::house::visit;
use crate::sandbox::{configuration, plugin};

const CONNECTIONS: usize = 1_000;

/// One connection floods, one has a GHL that does not answer, one has a credential that is refused.
const FLOODS: usize = 10;
const HANGS: usize = 20;
const REVOKED: usize = 30;

/// How many events the flood brings, and each of the others.
const FLOOD: usize = 200;
const USUAL: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_connections_none_holds_up_another() {
    let estate = Estate::new().await;
    estate.take_in(FLOODS, FLOOD).await;
    for connection in (0..CONNECTIONS).filter(|connection| *connection != FLOODS) {
        estate.take_in(connection, USUAL).await;
    }
    let before = resident_kilobytes();
    let well = |connection: usize| ![HANGS, REVOKED].contains(&connection);
    estate
        .run_until(|ended| (0..CONNECTIONS).all(|connection| !well(connection) || ended(connection)))
        .await;
    let grown = resident_kilobytes().saturating_sub(before);

    let events = estate.events();
    let mut by_connection: HashMap<&str, Vec<&Listed>> = HashMap::new();
    for event in &events {
        by_connection.entry(&event.connection).or_default().push(event);
    }
    for connection in 0..CONNECTIONS {
        let done = by_connection[name(connection).as_str()].iter();
        let done = done.filter(|event| event.status == Status::Done).count();
        match connection {
            HANGS | REVOKED => assert_eq!(done, 0),
            FLOODS => assert_eq!(done, FLOOD),
            _ => assert_eq!(done, USUAL, "{}", name(connection)),
        }
    }
    // While the others had their first turn, the flood had its own and hardly more.
    let firsts = by_connection
        .iter()
        .filter(|(name, _)| ![HANGS, REVOKED, FLOODS].map(self::name).contains(&(**name).to_owned()));
    let all_had_a_turn = firsts.map(|(_, events)| events.iter().map(|event| event.changed_ms).min().unwrap());
    let all_had_a_turn = all_had_a_turn.max().unwrap();
    let flood = by_connection[name(FLOODS).as_str()].iter();
    let ahead = flood.filter(|event| event.changed_ms < all_had_a_turn).count();
    assert!(
        ahead <= 4 * DispatcherOptions::default().per_connection,
        "{ahead} of the flood came first"
    );
    // What a thousand connections cost while they run is what runs, not what there is.
    assert!(grown < 256 * 1024, "{grown} kB");
}

/// A thousand GHL locations, and a host that serves them.
struct Estate {
    _ghl: Server,
    inbox: Inbox,
    connections: Connections,
    notifier: Arc<Notifier>,
    intake: Intake,
    _folder: TempDir,
}

impl Estate {
    async fn new() -> Self {
        let locations = (0..CONNECTIONS).map(|index| {
            let mut seed = Seed::demo();
            seed.location.id = location(index);
            seed.tokens = vec![Token::of_location(&token(index))];
            // What a flood may send is not what this is about.
            seed.rate_limit.max = 10_000;
            let mut ghl = Ghl::new(seed).unwrap();
            ghl.keep_received(0);
            match index {
                HANGS => ghl.inject(
                    Fault::on("*", Effect::Latency { ms: 3_600_000 })
                        .unwrap()
                        .times(u32::MAX),
                ),
                REVOKED => ghl.expire_token(&token(index)),
                _ => {}
            }
            ghl
        });
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let ghl = Server::bind_many(anywhere, locations.collect::<Vec<_>>(), Clock::system())
            .await
            .unwrap();
        let base_url = format!("http://{}", ghl.address());
        let folder = TempDir::new().unwrap();
        let file = Arc::new(StateFile::open(&folder.path().join("state.sqlite")).unwrap());
        let inbox = Inbox::new(file.clone());
        let recipient = recipient(file, base_url.clone());
        let mut served = Vec::new();
        for index in 0..CONNECTIONS {
            let mut configuration = configuration();
            configuration["base_url"] = base_url.clone().into();
            configuration["location_id"] = location(index).into();
            served.push(
                Served::new(&name(index), &configuration.to_string(), &recipient, &inbox)
                    .await
                    .unwrap(),
            );
        }
        let notifier = Arc::new(Notifier::default());
        let intake = Intake::new(
            inbox.clone(),
            notifier.clone(),
            Arc::new(Metrics::default()),
            IntakeOptions::default(),
        );
        Self {
            _ghl: ghl,
            inbox,
            connections: Connections::new(served),
            notifier,
            intake,
            _folder: folder,
        }
    }

    async fn take_in(&self, connection: usize, events: usize) {
        let served = self.connections.get(&name(connection)).unwrap();
        let events: Vec<_> = (0..events).map(event).collect();
        let place = self.intake.admit(served, 1_000).await.unwrap();
        place.take(events, false).await.unwrap();
    }

    /// Runs what is there until that is so of the connections whose events have ended.
    async fn run_until(&self, enough: impl Fn(&dyn Fn(usize) -> bool) -> bool) {
        let (inbox, connections) = (self.inbox.clone(), self.connections.clone());
        let options = DispatcherOptions {
            grace: Duration::ZERO,
            ..DispatcherOptions::default()
        };
        let dispatcher = Dispatcher::new(inbox, connections, self.notifier.clone(), options);
        let stop = async {
            loop {
                tokio::time::sleep(Duration::from_millis(200)).await;
                let (totals, _) = self.inbox.totals().unwrap();
                let ended = |connection: usize| {
                    let of = &totals[&name(connection)].events;
                    of.iter().all(|(status, events)| status.is_final() || *events == 0)
                };
                if enough(&ended) {
                    return;
                }
            }
        };
        dispatcher.run(stop).await;
    }

    fn events(&self) -> Vec<Listed> {
        self.inbox.list(&Filter::default(), usize::MAX).unwrap()
    }
}

fn name(connection: usize) -> String {
    format!("town-{connection}")
}

fn location(connection: usize) -> String {
    format!("Town{connection:016}")
}

fn token(connection: usize) -> String {
    format!("pit-town-{connection}")
}

/// Visits of one lead each, on days of their own, so that none is in the way of another.
fn event(number: usize) -> Event {
    let mut event = visit(&format!("visit-{number}"), 10);
    event["trigger"] = "knocker.lead_booked".into();
    event["data"]["lead"] = json!({ "name": "Ann Lee", "email": format!("ann-{number}@example.com") });
    let day = chrono::NaiveDate::from_ymd_opt(2031, 1, 7).unwrap() + chrono::Days::new(7 * number as u64);
    event["data"]["startTime"] = format!("{day}T10:00:00").into();
    serde_json::from_value(event).unwrap()
}

fn recipient(file: Arc<StateFile>, base_url: String) -> Recipient {
    let client = Arc::new(Client::new(ClientOptions::default()).unwrap());
    let pacers = Pacers::new(Arc::new(PaceFile::beside(file.clone())));
    Recipient {
        plugin: plugin(),
        limits: Limits::default(),
        lender: Arc::new(move |name, manifest, _| {
            let number = name.trim_start_matches("town-").parse().unwrap();
            Ok(Powers {
                grants: Grants::new()
                    .allow(base_url.parse().unwrap(), Reach::Private)
                    .allow_secrets_of(manifest),
                secrets: Arc::new(EnvironmentSecrets::given([("ghl_token".to_owned(), token(number))])),
                store: Arc::new(SqliteStore::of_account(file.clone(), &manifest.account).unwrap()),
                pace: Some(pacers.of_account(&manifest.account, Terms::of(manifest))),
                client: client.clone(),
                tap: None,
            })
        }),
    }
}

/// How much memory the process holds.
fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}
