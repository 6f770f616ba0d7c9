//! What the operator allows.

use super::origin::Origin;
use std::collections::BTreeMap;

/// The servers that the operator lets a connection reach. Empty at first: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    origins: BTreeMap<Origin, Reach>,
}

/// Which addresses a server may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// Those of the public internet.
    Public,
    /// Those of this machine and of private networks as well.
    Private,
}

impl Grants {
    /// Nothing is allowed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows a server.
    #[must_use]
    pub fn allow(mut self, origin: Origin, reach: Reach) -> Self {
        self.origins.insert(origin, reach);
        self
    }

    /// How far towards this server, or nothing where it is not allowed at all.
    pub fn reach(&self, origin: &Origin) -> Option<Reach> {
        self.origins.get(origin).copied()
    }
}
