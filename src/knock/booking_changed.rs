//! `knocker.booking_changed`: something about a booking is different.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::fields::{set, texts};
use super::known_zone::KnownZone;
use super::slot::Slot;
use super::warning::{warn, warn_of_unused};
use super::{Address, Rep, Settings, Warning};
use crate::document::{Document, Object, Problem, Problems, Unknown};
use crate::zone::Zone;

/// How many fields that are not known are named where nothing changes.
const MOST_NAMED: usize = 3;

/// Ways to write a status, and GHL's word for each.
const STATUSES: [(&str, &str); 9] = [
    ("cancelled", "cancelled"),
    ("canceled", "cancelled"),
    ("confirmed", "confirmed"),
    ("showed", "showed"),
    ("show", "showed"),
    ("noshow", "noshow"),
    ("no-show", "noshow"),
    ("no_show", "noshow"),
    ("no show", "noshow"),
];

/// Something about a booking is different. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct BookingChanged {
    /// The new time.
    pub slot: Option<Slot>,
    /// What it says of that, where the place of the visit tells what it means.
    pub said: Option<SaidTime>,
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// What became of it, in GHL's word: `confirmed`, `showed`, `noshow`, `cancelled`.
    pub status: Option<&'static str>,
    /// Name of the zone that local times are in, when one is known.
    pub time_zone: Option<String>,
    /// Whether its times are local ones and nothing in it tells where: the visit's own place may be another.
    pub zone_is_assumed: bool,
    /// Whether its address tells where the clocks are that the visit goes by.
    pub tells_place: bool,
    /// Title of the appointment.
    pub title: Option<String>,
    /// What the visit is about.
    pub description: Option<String>,
    /// What the rep noted at the door.
    pub notes: Option<String>,
    /// Who goes now.
    pub rep: Option<Rep>,
    /// Where.
    pub address: Option<Address>,
}

/// What a change says of a new time.
#[derive(Clone, Debug, PartialEq)]
pub struct SaidTime {
    /// Its fields.
    fields: Map<String, Value>,
    /// When the change occurred, where that is known.
    occurred: Option<DateTime<FixedOffset>>,
}

/// A new time, as it is read where the visit is.
#[derive(Debug, Default)]
pub struct NewTime {
    /// The time, where it is usable.
    pub slot: Option<Slot>,
    /// What is worth knowing about it.
    pub warnings: Vec<Warning>,
    /// Why it is not usable.
    pub problems: Vec<Problem>,
}

impl BookingChanged {
    /// Reads the event's data; nothing when it changes nothing.
    pub fn read(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let (rep, address) = (
            Rep::read(data, settings, problems, warnings),
            Address::read(data, settings, problems, warnings),
        );
        let zone = of_change(data, settings, address.as_ref(), rep.as_ref());
        let tells_place = address.as_ref().is_some_and(|address| {
            let is_elsewhere = address.country.is_some() && !address.is_american(settings);
            !zone.is_assumed || is_elsewhere
        });
        let status = match data.text("status") {
            None => None,
            Some(written) => Some(status(data, &written)?),
        };
        let (has_start, end_field) = (Slot::has_start(data), Slot::end_field(data));
        let slot = match (has_start, tells_place) {
            (true, true) => Slot::read(data, &zone, &settings.times, warnings),
            // What is worth knowing about it is said when it is known where the visit is.
            (true, false) => Slot::read(data, &zone.clone().unjudged(), &settings.times, &mut Vec::new()),
            (false, _) => None,
        };
        let said = SaidTime {
            fields: Slot::said(data),
            occurred: settings.times.occurred,
        };
        if !has_start && end_field.is_some() {
            let message = "`startTime` is missing: a new end needs a start";
            data.problem("startTime", "missing", message);
        }
        let mut changed = Self {
            said: (slot.is_some() && !tells_place).then_some(said),
            slot,
            cancelled: status == Some("cancelled"),
            status,
            time_zone: zone.name(),
            zone_is_assumed: !tells_place && data.value("timeZone").is_none() && Slot::is_local(data, settings),
            tells_place,
            title: data.text("title"),
            description: data.text("description"),
            notes: data.text("notes"),
            rep,
            address,
        };
        warn_of_unused(data, warnings);
        if !has_start && end_field.is_none() && changed.says_nothing_else() {
            let mut message =
                "nothing changes: write a new `startTime`, `status`, `rep`, `title`, `description`, `notes` or \
                               `address`"
                    .to_owned();
            for (_, unknown) in data.unknown(Unknown::Report).iter().take(MOST_NAMED) {
                message += &format!("; in a change, {unknown}");
            }
            data.problem("startTime", "missing", message);
        }
        if changed.cancelled {
            changed.keep_cancelled_only(data, warnings);
        }
        Some(changed)
    }

    /// The change as recipes see it; its slot is no part of it.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = texts(&[
            ("timeZone", &self.time_zone),
            ("title", &self.title),
            ("description", &self.description),
            ("notes", &self.notes),
        ]);
        set(&mut fields, "cancelled", Some(self.cancelled.into()));
        set(&mut fields, "status", self.status.map(Value::from));
        set(&mut fields, "rep", self.rep.as_ref().map(|rep| rep.fields().into()));
        set(
            &mut fields,
            "address",
            self.address.as_ref().map(|address| address.fields().into()),
        );
        fields
    }

    /// The new time where the clocks at the visit are these, or are not known.
    pub fn new_time(&self, settings: &Settings, place: Option<&Zone>) -> NewTime {
        let Some(said) = &self.said else {
            return NewTime {
                slot: self.slot.clone(),
                ..NewTime::default()
            };
        };
        let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
        let fields = Value::Object(said.fields.clone());
        let mut times = settings.times.clone();
        times.occurred = said.occurred;
        let slot = Object::at(&fields, "/data".to_owned(), &problems).and_then(|data| {
            let zone = match place {
                Some(place) => KnownZone::at_visit(&data, settings, place),
                None => of_change(&data, settings, self.address.as_ref(), self.rep.as_ref()),
            };
            Slot::read(&data, &zone, &times, &mut warnings)
        });
        match problems.or(slot) {
            Ok(slot) => NewTime {
                slot: Some(slot),
                warnings,
                problems: Vec::new(),
            },
            Err(problems) => NewTime {
                slot: None,
                warnings,
                problems,
            },
        }
    }

    fn says_nothing_else(&self) -> bool {
        let texts = [&self.title, &self.description, &self.notes];
        self.status.is_none() && self.rep.is_none() && self.address.is_none() && texts.into_iter().all(Option::is_none)
    }

    /// Of a booking that is cancelled nothing else matters.
    fn keep_cancelled_only(&mut self, data: &Object<'_>, warnings: &mut Vec<Warning>) {
        let texts = [self.title.take(), self.description.take(), self.notes.take()];
        let says_more = texts.iter().any(Option::is_some);
        let (slot, rep, address) = (self.slot.take(), self.rep.take(), self.address.take());
        self.said = None;
        if says_more || slot.is_some() || rep.is_some() || address.is_some() {
            let fields = [
                "startTime",
                "startDate",
                "title",
                "description",
                "notes",
                "rep",
                "address",
            ];
            let there = fields.into_iter().find(|name| data.value(name).is_some());
            let message = "the booking is cancelled, so what else is new about it does not matter";
            warn(data, there.unwrap_or_default(), "field-not-used", message, warnings);
        }
    }
}

/// The zone of the times of a change, as far as it tells.
fn of_change(data: &Object<'_>, settings: &Settings, address: Option<&Address>, rep: Option<&Rep>) -> KnownZone {
    match address {
        // Whose clocks they are cannot be told: the visit may be on either side of a border.
        None if !settings.zones.places.is_empty() => KnownZone::own(data, settings),
        address => KnownZone::there(data, settings, address, rep),
    }
}

fn status(data: &Object<'_>, written: &str) -> Option<&'static str> {
    let plain = written.trim().to_lowercase();
    let known = STATUSES.iter().find(|(word, _)| *word == plain);
    if known.is_none() {
        let message = format!(
            "`{written}` is not a status that a change can set; known: `confirmed`, `showed`, `noshow`, `cancelled`"
        );
        data.problem("status", "unknown-status", message);
    }
    known.map(|(_, status)| *status)
}
