//! The routing table: which calendar, and who of its team, visits are for whose rep is not the one who comes.

use super::definition::condition;
use super::{CalendarChoice, Condition, Configuration, Context, NamedCalendar, OnRefusal, Recipe, Statement, Step};
use super::{configuration::calendar, expression::truth};
use crate::document::{Object, Problems, Unknown};
use crate::knock::{Event, Happening, Warning};

/// An entry of the routing table.
#[derive(Clone, Debug)]
pub struct Route {
    /// Only visits of which this counts as true.
    when: Option<Condition>,
    calendar_id: Option<String>,
    calendar_name: Option<String>,
    /// Who of the calendar's team comes; GHL chooses, when it is not said.
    user_id: Option<String>,
    /// Where it stands in the configuration.
    pointer: String,
}

impl Route {
    /// Reads an entry.
    pub(super) fn read(entry: &Object<'_>, problems: &Problems) -> Self {
        let (calendar_id, calendar_name) = calendar(entry);
        if calendar_id.is_none() && calendar_name.is_none() {
            entry.problem(
                "calendar_name",
                "missing",
                "a route leads to a calendar: write `calendar_name` or `calendar_id`",
            );
        }
        let route = Self {
            when: condition(entry, "when", problems),
            calendar_id,
            calendar_name,
            user_id: entry.text("user_id"),
            pointer: entry.place().to_owned(),
        };
        entry.unknown(Unknown::Refuse);
        route
    }

    /// The calendar that it leads to.
    pub(super) fn named(&self) -> NamedCalendar {
        NamedCalendar::of(&self.pointer, &self.calendar_id, &self.calendar_name, &self.user_id)
    }

    fn choice(&self) -> CalendarChoice {
        CalendarChoice {
            id: self.calendar_id.clone(),
            name: self.calendar_name.clone(),
            origin: "the routing table",
            rep_named: self.user_id.is_some(),
            rep_user: self.user_id.clone(),
            rep_unknown: None,
            is_routed: true,
        }
    }
}

/// That a condition asks for a part of the address which the event does not have, so that another entry counts.
fn missing_part(when: &Condition, event: &Event) -> Option<Warning> {
    let Happening::LeadBooked(booked) = &event.happening else {
        return None;
    };
    // The table does not count where the event names its calendar.
    if booked.calendar_id.is_some() || booked.calendar_name.is_some() {
        return None;
    }
    let address = booked.address.as_ref();
    let parts = [
        ("address.state", address.and_then(|address| address.state.as_ref())),
        (
            "address.postalCode",
            address.and_then(|address| address.postal_code.as_ref()),
        ),
        ("address.city", address.and_then(|address| address.city.as_ref())),
    ];
    for (name, part) in parts {
        if part.is_none() && when.written.contains(name) {
            let message = format!(
                "the event has no `{name}`, which the routing table asks for, so a later entry or the usual calendar counts"
            );
            return Some(Warning::new("missing-place", message));
        }
    }
    None
}

impl Configuration {
    /// Where the routing table leads a visit: to the calendars of all entries that fit it, in their order.
    pub fn routes(&self, event: &Event, warnings: &mut Vec<Warning>) -> Vec<CalendarChoice> {
        if self.routing.is_empty() {
            return Vec::new();
        }
        let context = Context::new(event, self);
        let mut choices = Vec::new();
        for route in &self.routing {
            let fits = route
                .when
                .as_ref()
                .is_none_or(|when| match when.tree.evaluate(context.scope()) {
                    Ok(value) => truth(&value),
                    Err(error) => {
                        let message = format!(
                            "`{}` of the routing table does not count: {}",
                            when.written, error.message
                        );
                        warnings.push(Warning::new("route-fails", message));
                        false
                    }
                });
            if fits {
                choices.push(route.choice());
            } else if let (Some(when), true) = (&route.when, choices.is_empty()) {
                warnings.extend(missing_part(when, event).filter(|warning| !warnings.contains(warning)));
            }
        }
        choices
    }

    /// The conditions of the routing table as steps of a recipe, to be checked like them.
    pub(super) fn routing_conditions(&self) -> Recipe {
        let mut recipe = Recipe::of_one("", "", Default::default());
        recipe.trigger = "knocker.lead_booked".to_owned();
        let step = |route: &Route| Step {
            name: "route".to_owned(),
            label: "route".to_owned(),
            action: String::new(),
            says: Some(Statement::Value),
            code: None,
            when: route.when.clone(),
            for_each: None,
            with: Vec::new(),
            on_refusal: OnRefusal::Stop,
            pointer: route.pointer.clone(),
        };
        recipe.steps = self.routing.iter().map(step).collect();
        recipe
    }
}
