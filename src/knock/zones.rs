//! Which zone the clocks at a place show.

use super::{Address, Rep};
use crate::zone::Zone;

/// Which zone the clocks at a place show, as far as the configuration says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zones {
    /// By the beginning of a postal code, or by state; in capitals.
    pub places: Vec<(String, Zone)>,
    /// By rep: id, e-mail address in small letters, and zone.
    pub reps: Vec<(Option<String>, Option<String>, Zone)>,
}

impl Zones {
    /// The zone of an address: of the longest part of its postal code that is known, else of its state.
    pub fn of_address(&self, address: &Address) -> Option<&Zone> {
        let plain = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_uppercase());
        let (code, state) = (plain(&address.postal_code), plain(&address.state));
        let by_code = self
            .places
            .iter()
            .filter(|(place, _)| place.starts_with(|letter: char| letter.is_ascii_digit()))
            .filter(|(place, _)| code.as_ref().is_some_and(|code| code.starts_with(place.as_str())))
            .max_by_key(|(place, _)| place.len());
        let by_state = || self.places.iter().find(|(place, _)| Some(place) == state.as_ref());
        by_code.or_else(by_state).map(|(_, zone)| zone)
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
