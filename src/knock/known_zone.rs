//! The zone that local times are in.

use super::{Address, Rep, Settings};
use crate::document::Object;
use crate::zone::Zone;

/// What is known of the zone of local times.
#[derive(Debug)]
pub(super) enum KnownZone {
    /// It is this one.
    Is(Zone),
    /// Nobody named one.
    Unnamed,
    /// The one that was named does not exist: that is the problem, not the times.
    Misspelt,
}

impl KnownZone {
    /// The event's own zone, else the connection's.
    pub(super) fn read(data: &Object<'_>, fallback: Option<&Zone>) -> Self {
        let Some(name) = data.text("timeZone") else {
            return fallback.cloned().map_or(Self::Unnamed, Self::Is);
        };
        if let Some(zone) = Zone::named(&name) {
            return Self::Is(zone);
        }
        data.problem("timeZone", "unknown-zone", unknown_zone(&name));
        Self::Misspelt
    }

    /// The zone of what happens somewhere: the event's own, else that of the address, the rep's, the connection's.
    pub(super) fn there(data: &Object<'_>, settings: &Settings, address: Option<&Address>, rep: Option<&Rep>) -> Self {
        let of_address = address.and_then(|address| settings.zones.of_address(address));
        let of_rep = || rep.and_then(|rep| settings.zones.of_rep(rep));
        Self::read(data, of_address.or_else(of_rep).or(settings.time_zone.as_ref()))
    }

    /// Its name, if there is one.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Is(zone) => Some(zone.name().to_owned()),
            Self::Unnamed | Self::Misspelt => None,
        }
    }
}

/// The sentence about a zone that does not exist.
pub fn unknown_zone(name: &str) -> String {
    match crate::document::nearest(name, Zone::names()) {
        Some(near) => format!("`{name}` is no time zone; did you mean `{near}`?"),
        None => format!("`{name}` is no time zone; write a name like `America/Chicago`"),
    }
}
