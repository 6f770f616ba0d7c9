//! The connections that are served.

use crate::engine;
use crate::inbox::{ConnectionId, Registered};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A connection that is served.
pub struct Served {
    /// Its name: that of its configuration file.
    pub name: String,
    /// What the inbox knows it as, with its present configuration.
    pub registered: Registered,
    /// It, under that configuration.
    pub connection: engine::Connection,
}

/// The connections that are served, by name.
#[derive(Clone, Default)]
pub struct Connections {
    by_name: Arc<BTreeMap<String, Arc<Served>>>,
}

impl Connections {
    /// These.
    pub fn new(served: impl IntoIterator<Item = Served>) -> Self {
        let by_name = served.into_iter().map(|served| (served.name.clone(), Arc::new(served)));
        Self {
            by_name: Arc::new(by_name.collect()),
        }
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Arc<Served>> {
        self.by_name.get(name)
    }

    /// The one that an inbox knows by this id.
    pub fn by_id(&self, connection: ConnectionId) -> Option<&Arc<Served>> {
        self.iter().find(|served| served.registered.connection == connection)
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
