//! Which operations there are, and which of them a request asks for.

use http::Method;

use super::route::Route;
use super::target::{decode_segment, segments};
use super::{
    appointment_notes, appointments, blocked_slots, calendars, contact_notes, contact_search, contacts, custom_fields,
    event_calendar_schedules, events, free_slots, groups, knocker, location, messages, notifications, opportunities,
    opportunity_search, resources, schedules, service_bookings, service_locations, services, tags, tasks, users,
    workflows,
};

/// The operations, by family. A family that is to be added gets a line here.
const FAMILIES: &[&[Route]] = &[
    appointment_notes::ROUTES,
    appointments::ROUTES,
    blocked_slots::ROUTES,
    calendars::ROUTES,
    contact_notes::ROUTES,
    contact_search::ROUTES,
    contacts::ROUTES,
    custom_fields::ROUTES,
    events::ROUTES,
    free_slots::ROUTES,
    knocker::ROUTES,
    location::ROUTES,
    messages::ROUTES,
    opportunities::ROUTES,
    opportunity_search::ROUTES,
    service_bookings::ROUTES,
    service_locations::ROUTES,
    services::ROUTES,
    tags::ROUTES,
    tasks::ROUTES,
    users::ROUTES,
    workflows::ROUTES,
    event_calendar_schedules::ROUTES,
    groups::ROUTES,
    notifications::ROUTES,
    resources::ROUTES,
    schedules::ROUTES,
];

/// What a method and a path lead to.
#[derive(Debug)]
pub(super) enum Found {
    Route(&'static Route, Vec<String>),
    /// Nothing, but there would be something in other letters.
    MisCased,
    Nothing,
}

/// The keys of all operations.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    routes().map(|route| route.key)
}

fn routes() -> impl Iterator<Item = &'static Route> {
    FAMILIES.iter().copied().flatten()
}

/// The operation that a method and a path ask for.
pub(super) fn find(method: &Method, path: &str) -> Found {
    let asked_for = || routes().filter(|route| route.method == *method);
    let candidates = asked_for().filter_map(|route| {
        let ids = take_ids(route.path, path, |literal, segment| literal == segment)?;
        Some((route, ids))
    });
    // Of two that fit, the one with fewer placeholders is meant.
    if let Some((route, ids)) = candidates.min_by_key(|(_, ids)| ids.len()) {
        return Found::Route(route, ids);
    }
    let same = |literal: &str, segment: &str| literal.eq_ignore_ascii_case(segment);
    if asked_for().any(|route| take_ids(route.path, path, same).is_some()) {
        return Found::MisCased;
    }
    Found::Nothing
}

/// What stands in the place of a pattern's placeholders, when the path fits it.
fn take_ids(pattern: &str, path: &str, same: impl Fn(&str, &str) -> bool) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    let mut path = segments(path);
    for wanted in segments(pattern) {
        let segment = path.next()?;
        if wanted.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            ids.push(decode_segment(segment));
        } else if !same(wanted, segment) {
            return None;
        }
    }
    path.next().is_none().then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(method: Method, path: &str) -> String {
        match find(&method, path) {
            Found::Route(route, ids) => format!("{} {}", route.key, ids.join(",")),
            Found::MisCased => "mis-cased".into(),
            Found::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn a_path_leads_to_its_operation() {
        assert_eq!(key(Method::GET, "/calendars/"), "calendar.list ");
        assert_eq!(key(Method::GET, "/calendars"), "nothing");
        assert_eq!(key(Method::GET, "/calendars/abc"), "calendar.get abc");
        assert_eq!(key(Method::GET, "/calendars/a%20b"), "calendar.get a b");
        assert_eq!(key(Method::GET, "/calendars/abc/"), "nothing");
        assert_eq!(key(Method::GET, "/calendars/events"), "event.list ");
        assert_eq!(key(Method::GET, "/Calendars/events"), "mis-cased");
        assert_eq!(key(Method::PATCH, "/calendars/events"), "nothing");
        assert_eq!(
            key(Method::PUT, "/calendars/events/appointments/x"),
            "appointment.update x"
        );
        assert_eq!(key(Method::POST, "/contacts/upsert"), "contact.upsert ");
    }

    #[test]
    fn no_two_operations_share_a_key_or_a_path() {
        let mut seen = std::collections::HashSet::new();
        for route in routes() {
            assert!(seen.insert(route.key.to_owned()));
            assert!(seen.insert(format!("{} {}", route.method, route.path)));
        }
    }
}
