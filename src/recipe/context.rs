//! What mappings can see.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::expression::Scope;
use super::{CalendarChoice, Configuration};
use crate::catalog::EVENT_FAILED;
use crate::ghl::calendar::Calendar;
use crate::knock::{Event, Happening, Rep, Slot, Warning, WrittenTimes};
use crate::readable::Clock;
use crate::zone::Zone;

/// Under this a step sees all calendars of the location with their teams, as they were within the last day.
pub const KNOWN_CALENDARS: &str = "knownCalendars";

/// Under this a step sees them as they are now: they are read for it.
pub const CURRENT_CALENDARS: &str = "currentCalendars";

/// What mappings can see: the event's fields at the top, and beside them `data` (what was posted, as it was), `event`
/// (what stands beside its fields), `connection`, `tables`, `options` of the recipe, `calendar`, `assignee`, `booking`,
/// `item` where a step is repeated, and the answer of each step under its name.
#[derive(Clone, Debug)]
pub struct Context {
    values: Map<String, Value>,
    calling_code: String,
    zone: Option<Zone>,
    times: WrittenTimes,
}

impl Context {
    /// What is known before the first step.
    pub fn new(event: &Event, configuration: &Configuration) -> Self {
        let fields = match &event.happening {
            Happening::LeadBooked(booked) => booked.fields(),
            Happening::BookingChanged(changed) => changed.fields(),
            Happening::Other(_, fields) => fields.clone(),
            Happening::Invoked => Map::new(),
        };
        let mut context = Self {
            values: fields,
            calling_code: configuration.settings.calling_code.clone(),
            zone: event.zone().or_else(|| configuration.settings.time_zone.clone()),
            times: configuration.settings.times.clone(),
        };
        match &event.happening {
            Happening::LeadBooked(booked) => context.set_slot(&booked.slot),
            Happening::BookingChanged(changed) => {
                if let Some(slot) = &changed.slot {
                    context.set_slot(slot);
                }
                let member = changed.rep.as_ref().and_then(|rep| configuration.member(rep));
                if let Some(user) = member.and_then(|member| member.user_id.as_ref()) {
                    context.set("assignee", json!({ "userId": user }));
                }
            }
            Happening::Other(trigger, fields) => {
                let failed = fields.get("failed").filter(|_| trigger == EVENT_FAILED);
                let lead = failed.and_then(|failed| configuration.lead_of(failed.get("data")?));
                if let Some(lead) = lead {
                    context.set("lead", lead.fields().into());
                }
                let text = |name: &str| {
                    fields
                        .get("rep")
                        .and_then(|rep| rep.get(name)?.as_str().map(str::to_owned))
                };
                let rep = Rep {
                    id: text("id"),
                    email: text("email"),
                    name: None,
                };
                if let Some(user) = configuration.member(&rep).and_then(|member| member.user_id.as_ref()) {
                    context.set("assignee", json!({ "userId": user }));
                }
            }
            Happening::Invoked => {}
        }
        context.set_event(event, event.occurred_ms);
        context.set("data", event.data.clone());
        let time_zone = configuration.settings.time_zone.as_ref().map(Zone::name);
        context.set(
            "connection",
            json!({ "location_id": configuration.location_id, "time_zone": time_zone }),
        );
        context.set("tables", Value::Object(configuration.tables.clone()));
        context
    }

    /// What recipes see of an event that has not come yet.
    pub(super) fn of_sample(values: Map<String, Value>, configuration: &Configuration) -> Self {
        Self {
            values,
            calling_code: configuration.settings.calling_code.clone(),
            zone: configuration.settings.time_zone.clone(),
            times: configuration.settings.times.clone(),
        }
    }

    /// Sets what stands beside the event's fields, and when it occurred.
    pub fn set_event(&mut self, event: &Event, occurred_ms: i64) {
        let occurred = DateTime::from_timestamp_millis(occurred_ms).map(|occurred| {
            let occurred = occurred.fixed_offset();
            self.zone
                .as_ref()
                .map_or(occurred, |zone| zone.at(occurred))
                .to_rfc3339()
        });
        self.set(
            "event",
            json!({
                "id": event.id, "subject": event.subject, "notify": event.notify, "occurredAt": occurred,
                "trigger": event.happening.trigger(),
            }),
        );
    }

    /// An instant in words, by the clocks of the event's zone: `Tuesday, June 4, 2:00 PM (America/Denver)`.
    pub fn in_words(&self, time: &str) -> Option<String> {
        let parse = |text: &str| DateTime::parse_from_rfc3339(text).ok();
        let occurred = self.get("event.occurredAt").and_then(Value::as_str).and_then(parse);
        let occurred_ms = occurred.map_or(Event::NOW_MS, |occurred| occurred.timestamp_millis());
        Some(Clock::at(self.zone.as_ref(), occurred_ms).full(parse(time)?))
    }

    /// What expressions see.
    pub fn scope(&self) -> Scope<'_> {
        Scope {
            values: &self.values,
            calling_code: &self.calling_code,
            zone: self.zone.as_ref(),
            times: &self.times,
        }
    }

    /// Sets what stands under a name.
    pub fn set(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }

    /// Takes away what stands under a name.
    pub fn unset(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Sets when the visit takes place.
    pub fn set_slot(&mut self, slot: &Slot) {
        self.set("startTime", slot.start.to_rfc3339().into());
        match &slot.end {
            Some(end) => self.set("endTime", end.to_rfc3339().into()),
            None => {
                self.values.remove("endTime");
            }
        }
    }

    /// Sets the calendar, and who of its team is to come. Returns what is worth knowing about that.
    ///
    /// When only the id of the calendar is known nobody is named: GHL then chooses, and no request is spent on
    /// reading the calendar.
    pub fn set_calendar(&mut self, choice: &CalendarChoice, known: Option<&Calendar>) -> Option<Warning> {
        let Some(calendar) = known else {
            if let Some(id) = &choice.id {
                self.set("calendar", json!({ "id": id }));
            }
            if let Some(user) = choice.rep_user.as_ref().filter(|_| choice.is_routed) {
                // The table says so, and who writes it knows the team.
                self.set("assignee", json!({ "userId": user }));
                return None;
            }
            let message = "only the calendar's id is known, so GHL chooses who of its team comes";
            return match &choice.rep_unknown {
                Some(rep) => Some(rep_unknown(rep, "the calendar")),
                None => choice.rep_named.then(|| Warning::new("rep-not-assigned", message)),
            };
        };
        self.set("calendar", json!({ "id": calendar.id, "name": calendar.name }));
        let user = choice.rep_user.as_ref();
        let on_team = user.filter(|user| calendar.team.contains(user));
        let chosen = match on_team {
            Some(user) if calendar.takes_assignee() => Some(user),
            // Somebody of the team is named all the same; the rep comes first, where it is one of them.
            Some(user) if calendar.insists => Some(user),
            _ if calendar.insists => calendar.team.first(),
            _ => None,
        };
        if let Some(user) = chosen {
            self.set("assignee", json!({ "userId": user }));
        }
        if !choice.rep_named || chosen.is_some_and(|chosen| Some(chosen) == user) {
            return None;
        }
        let name = &calendar.name;
        Some(match user {
            None => {
                let rep = choice.rep_unknown.as_deref().unwrap_or("the rep");
                rep_unknown(rep, &format!("calendar `{name}`"))
            }
            Some(_) if !calendar.takes_assignee() => Warning::new(
                "rep-not-assigned",
                format!("appointments of calendar `{name}` have no single assignee, so the rep is not named"),
            ),
            Some(user) => Warning::new(
                "rep-not-on-team",
                format!("the rep's user `{user}` is not on the team of calendar `{name}`, so GHL chooses who comes"),
            ),
        })
    }

    /// What stands at a dotted path.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let mut value = self.values.get(names.next()?)?;
        for name in names {
            value = value.get(name)?;
        }
        (!value.is_null()).then_some(value)
    }
}

fn rep_unknown(rep: &str, calendar: &str) -> Warning {
    let message = format!(
        "no GHL user is known for the rep with {rep}, so GHL chooses who of {calendar} comes; write them into `[[reps]]` \
         with `user_id`"
    );
    Warning::at("/data/rep", "rep-unknown", message)
}
