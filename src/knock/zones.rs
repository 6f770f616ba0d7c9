//! Which zone the clocks at a place show.

use super::us_state::{UsState, five_of_longer, squeezed, zones_of};
use super::{Address, Rep};
use crate::zone::Zone;

/// Which zone the clocks at a place show, as far as the configuration says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zones {
    /// By the beginning of a postal code, by town, or by state.
    pub places: Vec<PlaceZone>,
    /// By rep: id, e-mail address in small letters, and zone.
    pub reps: Vec<(Option<String>, Option<String>, Zone)>,
}

/// The zone of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceZone {
    /// The place as the configuration writes it.
    pub written: String,
    /// What addresses are compared with: the code of a US state, else its letters and digits in capitals.
    place: String,
    /// Its zone.
    pub zone: Zone,
}

impl PlaceZone {
    /// The zone of a place as it is written: `UT`, `Utah`, `841`, `Provo`.
    pub fn new(written: &str, zone: Zone) -> Self {
        Self {
            written: written.trim().to_owned(),
            place: place(written),
            zone,
        }
    }

    /// Whether the beginning of a postal code names it.
    pub fn is_code(&self) -> bool {
        self.place.contains(|letter: char| letter.is_ascii_digit())
    }

    /// The five digits of a ZIP code that is longer than those of addresses.
    pub fn longer_than_five(&self) -> Option<&str> {
        five_of_longer(&self.written)
    }

    /// The US state that was most likely meant by a place which is none.
    pub fn misspelt_state(&self) -> Option<&'static str> {
        let is_state = UsState::named(&self.written).is_some();
        let near = (!is_state && !self.is_code()).then(|| UsState::nearest(&self.written));
        near.flatten().map(|state| state.name)
    }
}

impl Zones {
    /// The zone of an address: of the longest part of its postal code that is known, else of its town, else of its
    /// state.
    pub fn of_address(&self, address: &Address) -> Option<&PlaceZone> {
        let code = squeezed(address.postal_code.as_deref().unwrap_or_default());
        let state = place(address.state.as_deref().unwrap_or_default());
        let codes = self.places.iter().filter(|known| known.is_code());
        let by_code = codes
            .filter(|known| code.starts_with(&known.place))
            .max_by_key(|known| known.place.len());
        let is_state = |known: &&PlaceZone| !state.is_empty() && known.place == state;
        let possible = zones_of(address.postal_code.as_deref(), address.us_state());
        let towns = address.places();
        // A town of this name may be in several states.
        let is_town = |known: &&PlaceZone| {
            towns.iter().any(|town| squeezed(town) == known.place)
                && (possible.is_empty() || possible.contains(&known.zone.name()))
        };
        let by_town = || self.places.iter().find(is_town);
        by_code.or_else(by_town).or_else(|| self.places.iter().find(is_state))
    }

    /// The zone of a rep.
    pub fn of_rep(&self, rep: &Rep) -> Option<&Zone> {
        let known = self
            .reps
            .iter()
            .find(|(id, email, _)| (id.is_some() && *id == rep.id) || (email.is_some() && *email == rep.email));
        known.map(|(_, _, zone)| zone)
    }
}

fn place(written: &str) -> String {
    let state = UsState::named(written).map(|state| state.code.to_owned());
    state.unwrap_or_else(|| squeezed(written))
}
