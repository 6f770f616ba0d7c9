//! The zone that local times are in.

use chrono::{DateTime, FixedOffset};

use super::moment::Moment;
use super::offset_rule::{has_in_another_season, is_day_only_as_written};
use super::us_state::{is_us_zone, zones_of};
use super::written_time::{Basis, Written};
use super::zone_name::{meant, unknown_zone};
use super::{Address, Offsets, PlaceZone, Rep, Settings};
use crate::document::Object;
use crate::zone::{LocalTime, Zone};

/// What is known of the zone of local times, and of the clocks at the place.
#[derive(Clone, Debug)]
pub(super) struct KnownZone {
    /// That of local times.
    pub(super) local: Local,
    /// Zones whose clocks may be those of the place, the likeliest first.
    places: Vec<Zone>,
    /// Zones that one named by the event is compared with: those of the place, else that of the rep or the connection.
    compared: Vec<Zone>,
    /// Whether nothing of the event tells them: they are those of the rep or the connection.
    pub(super) is_assumed: bool,
    /// What is to be said where a local time is read.
    doubts: Vec<Doubt>,
    /// What an offset means that they do not show.
    pub(super) offsets: Offsets,
    /// Whether somebody is visited then.
    pub(super) is_visit: bool,
}

/// The zone of local times.
#[derive(Clone, Debug)]
pub(super) enum Local {
    /// It is this one.
    Is(Zone),
    /// Nobody named one.
    Unnamed,
    /// The one that was named does not exist: that is the problem, not the times.
    Misspelt,
}

/// What is to be said where a local time is read.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    case: Case,
    /// Whether the time cannot be read then.
    pub(super) refuses: bool,
    /// Its kind, for programs.
    pub(super) code: &'static str,
    /// For people.
    pub(super) message: String,
}

/// When something is to be said.
#[derive(Clone, Debug)]
enum Case {
    Always,
    /// Where one of these zones shows another time then.
    OneDiffers(Vec<Zone>),
    /// Where all of them do.
    AllDiffer(Vec<Zone>),
}

impl KnownZone {
    /// The event's own zone, else that of the rep, the connection's: of what happens nowhere.
    pub(super) fn read(data: &Object<'_>, settings: &Settings, rep: Option<&Rep>) -> Self {
        let of_rep = rep.and_then(|rep| settings.zones.of_rep(rep));
        Self {
            is_visit: false,
            ..Self::of(data, settings, of_rep.or(settings.time_zone.as_ref()))
        }
    }

    /// A zone or none, of something at which nobody is visited.
    #[cfg(test)]
    pub(super) fn only(zone: Option<Zone>) -> Self {
        Self {
            places: zone.iter().cloned().collect(),
            local: zone.map_or(Local::Unnamed, Local::Is),
            compared: Vec::new(),
            is_assumed: true,
            doubts: Vec::new(),
            offsets: Offsets::default(),
            is_visit: false,
        }
    }

    /// The event's own zone, and no other.
    pub(super) fn own(data: &Object<'_>, settings: &Settings) -> Self {
        Self::of(data, settings, None)
    }

    /// That of a visit whose clocks are known: the event's own zone counts, where there is one.
    pub(super) fn at_visit(data: &Object<'_>, settings: &Settings, place: &Zone) -> Self {
        Self::of(data, settings, None).at("the visit", vec![place.clone()], Vec::new())
    }

    /// The same, before it is known where the visit is: nothing is judged by it.
    pub(super) fn unjudged(self) -> Self {
        let offsets = match self.offsets {
            Offsets::Place => Offsets::Place,
            _ => Offsets::Trust,
        };
        Self { offsets, ..self }
    }

    fn of(data: &Object<'_>, settings: &Settings, fallback: Option<&Zone>) -> Self {
        let local = match data.text("timeZone") {
            None => fallback.cloned().map_or(Local::Unnamed, Local::Is),
            Some(name) => match Zone::named(&name) {
                Some(zone) => Local::Is(zone),
                None => {
                    data.problem("timeZone", "unknown-zone", unknown_zone(&name));
                    Local::Misspelt
                }
            },
        };
        let places = match &local {
            Local::Is(zone) => vec![zone.clone()],
            Local::Unnamed | Local::Misspelt => Vec::new(),
        };
        Self {
            local,
            places,
            compared: Vec::new(),
            is_assumed: data.value("timeZone").is_none(),
            doubts: Vec::new(),
            offsets: settings.offsets,
            is_visit: true,
        }
    }

    /// The zone of what happens somewhere: the event's own, else that of the address by the configuration, that of its
    /// ZIP code or state in the US, the rep's, the connection's.
    pub(super) fn there(data: &Object<'_>, settings: &Settings, address: Option<&Address>, rep: Option<&Rep>) -> Self {
        let of_rep = rep.and_then(|rep| settings.zones.of_rep(rep));
        let fallback = of_rep.or(settings.time_zone.as_ref());
        let own = Self::of(data, settings, None);
        let Some(address) = address else {
            return own.or(without_address(settings, of_rep), fallback);
        };
        let by_table = settings.zones.of_address(address);
        let of_place = of_place(address, settings);
        match (by_table, of_place.as_slice()) {
            (Some(entry), found) => own.at(label(address), vec![entry.zone.clone()], finer(address, entry, found)),
            (None, [only]) => own.at(
                label(address),
                vec![only.clone()],
                of_state(address, settings, only, fallback),
            ),
            (None, []) => {
                let is_elsewhere = address.country.is_some() && !address.is_american(settings);
                let known = own.or(unmatched(address, settings, of_rep), fallback);
                match (&known.local, is_elsewhere) {
                    // The connection's clocks say nothing about another country.
                    (Local::Is(_), true) if data.value("timeZone").is_none() => Self {
                        places: Vec::new(),
                        ..known
                    },
                    (_, true) => Self {
                        compared: Vec::new(),
                        doubts: Vec::new(),
                        ..known
                    },
                    _ => known,
                }
            }
            (None, several) => {
                let fits = |zone: &&Zone| several.iter().any(|other| other.has_clocks_of(zone));
                let chosen = [of_rep, settings.time_zone.as_ref()].into_iter().flatten().find(fits);
                let mut places = Vec::new();
                places.extend(chosen.cloned());
                places.extend_from_slice(several);
                own.at(label(address), places, undecided(address, settings, several, chosen))
            }
        }
    }

    /// With a zone where the event names none.
    fn or(self, doubts: Vec<Doubt>, fallback: Option<&Zone>) -> Self {
        match (&self.local, fallback) {
            (Local::Unnamed, Some(zone)) => Self {
                local: Local::Is(zone.clone()),
                places: vec![zone.clone()],
                doubts,
                ..self
            },
            (Local::Is(own), Some(zone)) => Self {
                doubts: of_nowhere(own, zone),
                compared: vec![zone.clone()],
                ..self
            },
            _ => self,
        }
    }

    /// At a place whose clocks are known, the likeliest first. The event's own zone counts, where there is one.
    fn at(self, place: &str, places: Vec<Zone>, doubts: Vec<Doubt>) -> Self {
        let (Local::Unnamed, Some(first)) = (&self.local, places.first()) else {
            let mut doubts = Vec::new();
            if let (Local::Is(zone), Some(first)) = (&self.local, places.first()) {
                let message = format!(
                    "`timeZone` says {}, and the clocks of {place} show {}; `timeZone` counts",
                    zone.name(),
                    first.name()
                );
                doubts = Doubt::warning(Case::AllDiffer(places.clone()), "zone-differs", message);
            }
            let compared = places.clone();
            let places = if places.is_empty() { self.places } else { places };
            return Self {
                places,
                compared,
                doubts,
                ..self
            };
        };
        Self {
            local: Local::Is(first.clone()),
            places,
            is_assumed: false,
            doubts,
            ..self
        }
    }

    /// Whether clocks of the place have the offset of a time then; as far as anybody knows. In June `CST` is no offset of
    /// Denver, although its clocks have it, but it is one of Regina.
    pub(super) fn has(&self, time: DateTime<FixedOffset>, basis: Basis) -> bool {
        let has = |zone: &Zone| match basis {
            Basis::OtherSeason(clocks) => {
                clocks.local_minus_utc() > time.offset().local_minus_utc()
                    && zone.has(&time)
                    && has_in_another_season(zone, time)
            }
            _ => zone.has(&time),
        };
        self.places.is_empty() || self.places.iter().any(has)
    }

    /// Whether a time has an offset that the clocks of the place do not have then. A number of seconds has none, unless
    /// it is what they show.
    pub(super) fn is_contradicted(&self, moment: &Moment) -> bool {
        match moment.written {
            Written::Instant { time, basis } => {
                (basis != Basis::Epoch || self.offsets == Offsets::Place) && !self.has(time, basis)
            }
            _ => false,
        }
    }

    /// A local time, the zone that the event names and that of the place, where the time is an hour for visits in the first and none in the second.
    pub(super) fn doubted_by(&self, moment: &Moment) -> Option<(DateTime<FixedOffset>, &Zone, &Zone)> {
        let (Local::Is(own), Written::Local(local)) = (&self.local, &moment.written) else {
            return None;
        };
        let Some(LocalTime::Once(time)) = own.local(*local) else {
            return None;
        };
        let there = self.compared.first()?;
        let is_there = self.compared.iter().any(|zone| zone.has(&time));
        (!is_there && is_day_only_as_written(time, there)).then_some((time, own, there))
    }

    /// The same, of an event that names no zone and takes place where another one holds.
    pub(super) fn without_own(&self, there: &Zone) -> Self {
        Self {
            local: Local::Is(there.clone()),
            places: vec![there.clone()],
            doubts: Vec::new(),
            ..self.clone()
        }
    }

    /// The zone whose clocks are those of the place, as far as anybody knows.
    pub(super) fn of_clocks(&self) -> Option<&Zone> {
        match (&self.local, self.places.first()) {
            (_, Some(place)) => Some(place),
            (Local::Is(zone), None) => Some(zone),
            _ => None,
        }
    }

    /// What is to be said where a local time is read as an instant.
    pub(super) fn doubts(&self, time: DateTime<FixedOffset>) -> impl Iterator<Item = &Doubt> {
        self.doubts.iter().filter(move |doubt| doubt.case.is(time))
    }

    /// The name of the zone of the visit, if there is one: nobody lives by UTC.
    pub(super) fn name(&self) -> Option<String> {
        match (&self.local, self.compared.first()) {
            (Local::Is(own), Some(there)) if is_nowhere(own) => Some(there.name().to_owned()),
            (Local::Is(zone), _) => Some(zone.name().to_owned()),
            (Local::Unnamed | Local::Misspelt, _) => None,
        }
    }
}

impl Doubt {
    /// One doubt that is a warning.
    fn warning(case: Case, code: &'static str, message: String) -> Vec<Self> {
        vec![Self {
            case,
            refuses: false,
            code,
            message,
        }]
    }

    /// One doubt with which the time cannot be read.
    fn refusal(zones: Vec<Zone>, message: String) -> Vec<Self> {
        vec![Self {
            case: Case::OneDiffers(zones),
            refuses: true,
            code: "no-zone",
            message,
        }]
    }
}

impl Case {
    fn is(&self, time: DateTime<FixedOffset>) -> bool {
        match self {
            Self::Always => true,
            Self::OneDiffers(zones) => zones.iter().any(|zone| !zone.has(&time)),
            Self::AllDiffer(zones) => !zones.iter().any(|zone| zone.has(&time)),
        }
    }
}

/// The zones that a place in the US may have: one where its ZIP code or its state tells.
fn of_place(address: &Address, settings: &Settings) -> Vec<Zone> {
    if !address.is_american(settings) {
        return Vec::new();
    }
    let mut zones = Vec::new();
    for name in zones_of(address.postal_code.as_deref(), address.us_state()) {
        zones.extend(Zone::named(name));
    }
    zones
}

/// A place as an entry of `[time_zones]` may name it.
fn label(address: &Address) -> &str {
    let texts = [&address.state, &address.postal_code, &address.country];
    texts.into_iter().flatten().next().map_or("the address", String::as_str)
}

/// Of the table, where only a state is listed and the ZIP code tells more.
fn finer(address: &Address, entry: &PlaceZone, found: &[Zone]) -> Vec<Doubt> {
    let (Some(code), [only], false) = (&address.postal_code, found, entry.is_code()) else {
        return Vec::new();
    };
    let message = format!(
        "`{}` of `[time_zones]` counts, but the clocks of {code} show {only}: write `{} = \"{only}\"` there",
        entry.written,
        code.get(..3).unwrap_or(code),
        only = only.name(),
    );
    Doubt::warning(Case::OneDiffers(found.to_vec()), "zone-of-place", message)
}

/// The key of an entry of `[time_zones]` for the clocks of a place: its state, where all of that has them.
fn key(address: &Address, only: &Zone) -> String {
    let state = address.us_state();
    let zones = zones_of(None, state);
    match (state, &address.postal_code) {
        (Some(state), _) if zones == [only.name()] => state.code.to_owned(),
        (_, Some(code)) => code.get(..3).unwrap_or(code).to_owned(),
        _ => label(address).to_owned(),
    }
}

/// Of a place with one zone that the configuration does not list.
fn of_state(address: &Address, settings: &Settings, only: &Zone, fallback: Option<&Zone>) -> Vec<Doubt> {
    let (key, name) = (key(address, only), only.name());
    if !settings.zones.places.is_empty() {
        let message = format!(
            "no entry of `[time_zones]` fits the address, so its time is read in {name}, the zone of {key}; write `{key} = \
             \"{name}\"` there"
        );
        return Doubt::warning(Case::Always, "zone-of-place", message);
    }
    let Some(zone) = fallback else { return Vec::new() };
    let message = format!(
        "the time is read in {name}, the zone of {key}, and not in {}; write `{key} = \"{name}\"` in `[time_zones]`",
        zone.name()
    );
    Doubt::warning(Case::OneDiffers(vec![zone.clone()]), "zone-of-place", message)
}

/// Of a place that may have several zones, none of them listed.
fn undecided(address: &Address, settings: &Settings, several: &[Zone], chosen: Option<&Zone>) -> Vec<Doubt> {
    let place = label(address);
    let mut names = Vec::new();
    for zone in several {
        names.push(zone.name());
    }
    let names = names.join(" and ");
    let Some(chosen) = chosen else {
        let first = several.first().map_or("", Zone::name);
        let message = format!(
            "{place} has places in {names}: write `{place} = \"{first}\"` or the beginning of a ZIP code in \
             `[time_zones]`, or add an offset or `timeZone` to the event"
        );
        return Doubt::refusal(several.to_vec(), message);
    };
    let message = format!(
        "the time is read in {}, and {place} has places in {names}: write the one that is right into `[time_zones]`, by state or ZIP \
         code",
        chosen.name()
    );
    let case = match settings.zones.places.is_empty() {
        true => Case::OneDiffers(several.to_vec()),
        false => Case::Always,
    };
    Doubt::warning(case, "zone-assumed", message)
}

/// Whether nobody lives by a zone, as is so of UTC: programs write it.
fn is_nowhere(zone: &Zone) -> bool {
    let is_utc = Zone::named("UTC").is_some_and(|utc| zone.has_clocks_of(&utc));
    is_utc || zone.name().starts_with("Etc/")
}

/// Of a zone by which nobody lives.
fn of_nowhere(own: &Zone, zone: &Zone) -> Vec<Doubt> {
    if !is_nowhere(own) {
        return Vec::new();
    }
    let message = format!(
        "`timeZone` says {}, and the clocks of the connection show {}; `timeZone` counts",
        own.name(),
        zone.name()
    );
    Doubt::warning(Case::AllDiffer(vec![zone.clone()]), "zone-differs", message)
}

/// The zones of places that the configuration lists.
fn listed(settings: &Settings) -> Vec<Zone> {
    let mut listed = Vec::new();
    for place in &settings.zones.places {
        listed.push(place.zone.clone());
    }
    listed
}

/// Of an address that nothing tells the zone of.
fn unmatched(address: &Address, settings: &Settings, of_rep: Option<&Zone>) -> Vec<Doubt> {
    let place = label(address);
    let listed = listed(settings);
    let whose = if of_rep.is_some() { "rep" } else { "connection" };
    let assumed = format!("no entry of `[time_zones]` fits {place}, so the zone of the {whose} counts");
    if !listed.is_empty() {
        let warning = Doubt::warning(Case::Always, "zone-assumed", assumed);
        if of_rep.is_some() {
            return warning;
        }
        let hint = address
            .misspelt_state()
            .map_or_else(String::new, |state| format!(" (did you mean `{state}`?)"));
        let message = format!(
            "no entry of `[time_zones]` fits {place}{hint}, and its zones differ: write one for its state or the beginning of its \
             postal code, or add those to the address, or an offset or `timeZone` to the event"
        );
        let mut doubts = Doubt::refusal(listed, message);
        doubts.extend(warning);
        return doubts;
    }
    let fallback = of_rep.or(settings.time_zone.as_ref());
    let is_elsewhere = address.country.is_some() && !address.is_american(settings);
    match fallback {
        Some(zone) if is_elsewhere && is_us_zone(zone.name()) => {
            let message = format!(
                "the time is read in {}, although the address is in {}: add `timeZone` to the event",
                zone.name(),
                address.country.as_deref().unwrap_or_default()
            );
            Doubt::warning(Case::Always, "zone-assumed", message)
        }
        Some(zone) => unplaced(address, settings, zone, whose),
        None => Vec::new(),
    }
}

/// Of an address that names a place, which tells no zone. A street alone is in the connection's own town.
fn unplaced(address: &Address, settings: &Settings, zone: &Zone, whose: &str) -> Vec<Doubt> {
    let has_clocks = |city: &String| {
        meant(city)
            .and_then(Zone::named)
            .is_some_and(|known| known.has_clocks_of(zone))
    };
    let places = address.places();
    // Most countries have one zone, and connections in them have no need to list their states.
    let is_wide = settings.is_american() || (address.state.is_some() && is_wide(zone.name()));
    let (Some(place), true) = (places.first(), is_wide) else {
        return Vec::new();
    };
    if places.iter().any(has_clocks) {
        return Vec::new();
    }
    let message = format!(
        "the time is read in {}, the zone of the {whose}, because `{place}` does not tell another: write state and ZIP code into \
         the address, or `timeZone` into the event, or list `{place}` with its zone in `[time_zones]`",
        zone.name()
    );
    Doubt::warning(Case::Always, "zone-assumed", message)
}

/// Whether a zone is one of a country that has several.
fn is_wide(name: &str) -> bool {
    ["America/", "Canada/", "Australia/"]
        .iter()
        .any(|area| name.starts_with(area))
}

/// Of a visit without an address, where those of the connection are in several zones.
fn without_address(settings: &Settings, of_rep: Option<&Zone>) -> Vec<Doubt> {
    let listed = listed(settings);
    if of_rep.is_some() || listed.is_empty() {
        return Vec::new();
    }
    let message = "the event has no address, so the zone of the connection counts, and `[time_zones]` has others";
    Doubt::warning(Case::OneDiffers(listed), "zone-assumed", message.to_owned())
}
