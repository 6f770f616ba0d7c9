//! The locations behind one server, found by the token, or the key, that a request brings.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use http::header::HeaderMap;

use super::gate::credential;
use super::ghl::Ghl;

/// The locations behind one server.
#[derive(Debug)]
pub(super) struct Locations {
    first: Place,
    others: Vec<Place>,
    /// Where a token, or a key, was seen to be known. It is never moved to another location.
    by_token: RwLock<HashMap<String, usize>>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Place {
    ghl: Mutex<Ghl>,
    /// What it was at the start.
    pub(super) start: Ghl,
}

impl Place {
    fn new(ghl: Ghl) -> Self {
        Self {
            start: ghl.clone(),
            ghl: Mutex::new(ghl),
        }
    }

    pub(super) fn ghl(&self) -> MutexGuard<'_, Ghl> {
        self.ghl.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Locations {
    pub(super) fn new(first: Ghl, others: impl IntoIterator<Item = Ghl>) -> Self {
        Self {
            first: Place::new(first),
            others: others.into_iter().map(Place::new).collect(),
            by_token: RwLock::default(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.others.len() + 1
    }

    pub(super) fn first(&self) -> MutexGuard<'_, Ghl> {
        self.first.ghl()
    }

    /// One of them, counted from zero.
    pub(super) fn at(&self, index: usize) -> Option<MutexGuard<'_, Ghl>> {
        self.place(index).map(Place::ghl)
    }

    fn place(&self, index: usize) -> Option<&Place> {
        match index.checked_sub(1) {
            None => Some(&self.first),
            Some(index) => self.others.get(index),
        }
    }

    /// The location that a request is for. Requests whose token or key nobody knows go to the first, which refuses
    /// them.
    pub(super) fn asked_for(&self, headers: &HeaderMap) -> &Place {
        let token = credential(headers);
        let index = match self.others.is_empty() {
            true => None,
            false => self.known(token).or_else(|| self.learn(token)),
        };
        index.and_then(|index| self.place(index)).unwrap_or(&self.first)
    }

    fn known(&self, token: &str) -> Option<usize> {
        let by_token = self.by_token.read().unwrap_or_else(PoisonError::into_inner);
        by_token.get(token).copied()
    }

    fn learn(&self, token: &str) -> Option<usize> {
        let index = (0..self.count()).find(|index| self.at(*index).is_some_and(|ghl| ghl.knows(token)))?;
        let mut by_token = self.by_token.write().unwrap_or_else(PoisonError::into_inner);
        by_token.insert(token.to_owned(), index);
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::{Location, Seed, Token};
    use http::header::AUTHORIZATION;

    fn location(number: usize) -> Ghl {
        let token = Token::of_location(&format!("pit-{number}"));
        let id = format!("location-{number}");
        let seed = Seed {
            location: Location {
                id,
                ..Location::default()
            },
            tokens: vec![token],
            ..Seed::demo()
        };
        Ghl::new(seed).unwrap()
    }

    fn headers(token: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())])
    }

    #[test]
    fn a_request_goes_to_the_location_of_its_token() {
        let locations = Locations::new(location(0), (1..1_000).map(location));
        for number in [999, 0, 500, 999] {
            let asked = locations.asked_for(&headers(&format!("pit-{number}")));
            assert_eq!(asked.ghl().location().id, format!("location-{number}"));
        }
        let nobody = locations.asked_for(&headers("pit-nobody"));
        assert_eq!(nobody.ghl().location().id, "location-0");
        assert_eq!(locations.asked_for(&HeaderMap::new()).ghl().location().id, "location-0");
    }

    #[test]
    fn a_key_of_active_knocker_leads_to_its_location_too() {
        let mut seed = Seed::demo();
        seed.knocker_keys = vec!["ak-next".into()];
        let next = Location {
            id: "next".into(),
            ..Location::default()
        };
        let seed = Seed { location: next, ..seed };
        let locations = Locations::new(location(0), [Ghl::new(seed).unwrap()]);
        let asked = |key: &str| {
            let headers = HeaderMap::from_iter([("x-api-key".parse().unwrap(), key.parse().unwrap())]);
            locations.asked_for(&headers).ghl().location().id.clone()
        };
        assert_eq!(
            [asked("ak-next"), asked(Seed::DEMO_KNOCKER_KEY)],
            ["next", "location-0"]
        );
    }

    #[test]
    fn a_token_that_is_added_later_is_found() {
        let locations = Locations::new(location(0), [location(1)]);
        locations.at(1).unwrap().add_token(Token::of_location("pit-next"));
        let next = locations.asked_for(&headers("pit-next"));
        assert_eq!(next.ghl().location().id, "location-1");
    }
}
