//! The connections that are served.

use crate::contract::Manifest;
use crate::egress::Endpoint;
use crate::engine::{self, Limits, ManifestError, Plugin, Powers};
use crate::inbox::{ConnectionId, Inbox, RegisterError, Registered};
use crate::storage::StorageError;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;
use tokio::sync::OnceCell;

/// How many earlier configurations of a connection are kept ready for events that came under them.
const EARLIER_KEPT: usize = 8;

/// Lends powers to a connection, by its name, its manifest and its configuration.
pub type Lender = Arc<dyn Fn(&str, &Manifest, &str) -> Result<Powers, String> + Send + Sync>;

/// Makes connections ready to be served.
#[derive(Clone)]
pub struct Recipient {
    /// The component.
    pub plugin: Plugin,
    /// What one call may use.
    pub limits: Limits,
    /// The operator's side.
    pub lender: Lender,
}

/// Why a connection cannot be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Its configuration cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The operator does not lend what it needs.
    #[error("{0}")]
    NotLent(String),
    /// Its name is that of another account's.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The state file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The configuration that an event came under is not in the state file.
    #[error("the state file lacks the configuration that the event came under")]
    NoConfiguration,
}

/// A connection that is served.
pub struct Served {
    /// Its name: that of its configuration file.
    pub name: String,
    /// What the inbox knows it as, with its present configuration.
    pub registered: Registered,
    /// It, under that configuration.
    pub connection: engine::Connection,
    recipient: Recipient,
    earlier: Mutex<HashMap<i64, engine::Connection>>,
    /// Whether what comes in is planned, and nothing sent.
    pub in_shadow: bool,
    /// Whether it does anything about what is set aside, once that was asked.
    pub(super) follows: OnceCell<bool>,
    /// Where people are told of what is set aside.
    pub alert_url: Option<Endpoint>,
}

impl Served {
    /// Makes a connection known to the inbox, and ready.
    pub async fn new(name: &str, json: &str, recipient: &Recipient, inbox: &Inbox) -> Result<Self, ServeError> {
        let connection = recipient.connect(name, json).await?;
        Ok(Self {
            name: name.to_owned(),
            registered: inbox.register(name, &connection.manifest().account_name(), json)?,
            connection,
            recipient: recipient.clone(),
            earlier: Mutex::default(),
            in_shadow: false,
            follows: OnceCell::new(),
            alert_url: None,
        })
    }

    /// Only plans what comes in, from now on.
    pub fn in_shadow(mut self) -> Self {
        self.in_shadow = true;
        self
    }

    /// Tells people there of what is set aside.
    pub fn telling(mut self, alert_url: Option<Endpoint>) -> Self {
        self.alert_url = alert_url;
        self
    }

    /// The connection under the configuration that an event came under, which may be an earlier one.
    pub async fn under(&self, configuration: i64, inbox: &Inbox) -> Result<engine::Connection, ServeError> {
        if configuration == self.registered.configuration {
            return Ok(self.connection.clone());
        }
        let known = self.earlier().get(&configuration).cloned();
        if let Some(connection) = known {
            return Ok(connection);
        }
        let inbox = inbox.clone();
        let json = tokio::task::spawn_blocking(move || inbox.configuration(configuration));
        let json = json.await.map_err(|error| ServeError::NotLent(error.to_string()))??;
        let connection = self
            .recipient
            .connect(&self.name, &json.ok_or(ServeError::NoConfiguration)?)
            .await?;
        let mut earlier = self.earlier();
        if earlier.len() >= EARLIER_KEPT {
            earlier.clear();
        }
        earlier.insert(configuration, connection.clone());
        Ok(connection)
    }

    fn earlier(&self) -> std::sync::MutexGuard<'_, HashMap<i64, engine::Connection>> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recipient {
    async fn connect(&self, name: &str, json: &str) -> Result<engine::Connection, ServeError> {
        let manifest = self.plugin.manifest(json).await?;
        // Lending may wait for a disk.
        let (lender, lent) = (
            self.lender.clone(),
            (name.to_owned(), manifest.clone(), json.to_owned()),
        );
        let powers = tokio::task::spawn_blocking(move || lender(&lent.0, &lent.1, &lent.2)).await;
        let powers = powers.map_err(|error| ServeError::NotLent(error.to_string()))?;
        let powers = powers.map_err(ServeError::NotLent)?;
        engine::Connection::new(self.plugin.clone(), json, manifest, powers, self.limits.clone())
            .map_err(|error| ServeError::NotLent(error.to_string()))
    }
}

/// The connections that are served, by name.
#[derive(Clone, Default)]
pub struct Connections {
    by_name: Arc<BTreeMap<String, Arc<Served>>>,
    by_id: Arc<HashMap<ConnectionId, Arc<Served>>>,
}

impl Connections {
    /// These.
    pub fn new(served: impl IntoIterator<Item = Served>) -> Self {
        let served: Vec<_> = served.into_iter().map(Arc::new).collect();
        let by_name = served.iter().map(|served| (served.name.clone(), served.clone()));
        let by_id = served
            .iter()
            .map(|served| (served.registered.connection, served.clone()));
        Self {
            by_name: Arc::new(by_name.collect()),
            by_id: Arc::new(by_id.collect()),
        }
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Arc<Served>> {
        self.by_name.get(name)
    }

    /// The one that an inbox knows by this id.
    pub fn by_id(&self, connection: ConnectionId) -> Option<&Arc<Served>> {
        self.by_id.get(&connection)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Served>> {
        self.by_name.values()
    }

    /// The only one, where there is one alone.
    pub fn only(&self) -> Option<&Arc<Served>> {
        let mut all = self.iter();
        all.next().filter(|_| all.next().is_none())
    }
}
