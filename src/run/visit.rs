//! The visit of an event, for people: as it was understood before anything is done, and as it is booked.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::call::Call;
use super::household;
use super::keys;
use super::ledger::Ledger;
use super::row::{Booking, Row};
use super::task::{self, Task};
use crate::document::beginning;
use crate::ghl::appointment::{self, CANCELLED};
use crate::ghl::calendar::Calendar;
use crate::knock::{Address, Event, Happening, Rep};
use crate::readable::Clock;
use crate::recipe::Context;
use crate::record;
use crate::zone::Zone;

/// How much of a name or an address a visit says, in letters.
const LONGEST_TEXT: usize = 200;

/// What stands where nobody is named for a visit.
const CHOSEN_BY_GHL: &str = "assigned by GHL";

record! {
    /// A visit, as it was understood or as it is booked.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Visit {
        /// All of it in words.
        pub summary: String,
        /// When it begins, RFC 3339.
        pub start: String,
        /// When it ends, RFC 3339, where that is known.
        pub end: Option<String>,
        /// Name of the zone of the place.
        pub time_zone: Option<String>,
        /// The town, or else the address.
        pub place: Option<String>,
        /// Name of whoever is visited.
        pub lead: Option<String>,
        /// Who comes: a name, or else the id of the user.
        pub assignee: Option<String>,
        /// Id of the GHL user who comes.
        pub user_id: Option<String>,
        /// Name of the calendar, or else its id.
        pub calendar: Option<String>,
        /// Id of the calendar.
        pub calendar_id: Option<String>,
        /// The rule by which it comes again, RFC 5545.
        pub recurrence: Option<String>,
        /// Whether it was called off.
        pub cancelled: bool,
    }
}

/// What names the calendar of a visit.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) context: &'a Context,
    pub(super) ledger: &'a Ledger,
    /// Which calendar of those that the visit may go to is tried.
    pub(super) route: usize,
}

impl Visit {
    /// Puts it into words; nothing without a start. `occurred_ms` is when the event occurred.
    fn in_words(mut self, occurred_ms: i64) -> Option<Self> {
        let parse = |text: &str| DateTime::parse_from_rfc3339(text).ok();
        let start = parse(&self.start)?;
        let end = self.end.as_deref().and_then(parse).filter(|end| *end > start);
        let zone = self.time_zone.as_deref().and_then(Zone::named);
        let clock = Clock::at(zone.as_ref(), occurred_ms);
        self.shorten();
        let mut summary = match self.cancelled {
            true => "Cancelled: ".to_owned(),
            false => String::new(),
        };
        summary += &match end {
            Some(end) => clock.range(start, end),
            None => clock.moment(start),
        };
        if let Some(place) = &self.place {
            // An address has a number, a town has none.
            let is_address = place.contains(|letter: char| letter.is_ascii_digit());
            summary += if is_address { " at " } else { " in " };
            summary += place;
        }
        summary += &format!(" ({})", clock.zone(start));
        let rule = self.recurrence.as_deref().map(repetition);
        for part in [&self.assignee, &self.calendar, &rule].into_iter().flatten() {
            summary += ", ";
            summary += part;
        }
        let there = |instant| zone.as_ref().map_or(instant, |zone| zone.at(instant));
        self.start = there(start).to_rfc3339();
        self.end = end.map(|end| there(end).to_rfc3339());
        self.summary = summary;
        Some(self)
    }

    /// Keeps as much of each text as people read: a visit is kept with its event.
    fn shorten(&mut self) {
        let texts = [
            &mut self.place,
            &mut self.lead,
            &mut self.assignee,
            &mut self.user_id,
            &mut self.calendar,
            &mut self.calendar_id,
            &mut self.recurrence,
        ];
        for text in texts.into_iter().flatten() {
            text.truncate(beginning(text, LONGEST_TEXT).len());
        }
    }

    /// Takes what is written to the appointment, or will be.
    fn take(&mut self, booking: &Value) {
        let text = |name: &str| booking.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(start) = text("startTime") {
            self.start = start;
            self.end = text("endTime");
        }
        self.user_id = text("assignedUserId");
        self.calendar_id = text("calendarId").or(self.calendar_id.take());
        self.cancelled = text("appointmentStatus").as_deref() == Some(CANCELLED);
    }
}

/// How often a visit comes again, in words: `every 2 weeks, 4 times`.
fn repetition(rule: &str) -> String {
    let (mut unit, mut interval, mut times) = ("", "1", "");
    for part in rule.split(';') {
        match part.split_once('=') {
            Some(("FREQ", "DAILY")) => unit = "day",
            Some(("FREQ", "WEEKLY")) => unit = "week",
            Some(("FREQ", "MONTHLY")) => unit = "month",
            Some(("INTERVAL", value)) => interval = value,
            Some(("COUNT", value)) => times = value,
            _ => return format!("repeated by `{rule}`"),
        }
    }
    match interval {
        "1" => format!("every {unit}, {times} times"),
        interval => format!("every {interval} {unit}s, {times} times"),
    }
}

impl Task {
    /// The visit as the event alone says it, in one of the calendars that it may go to.
    pub(super) fn understood(&self, before: Option<&Visit>, route: usize) -> Option<Visit> {
        let visit = self.said(before, route)?;
        visit.in_words(self.event.occurred_ms)
    }

    /// The visit as it is booked, or will be. `booking` is as mappings see it.
    pub(super) fn booked(&self, row: &Row, booking: &Value, known: Known<'_>) -> Option<Visit> {
        let before = row.visit.as_ref();
        let said = self.said(before, known.route).or_else(|| before.cloned());
        let mut visit = said.unwrap_or_default();
        visit.take(booking);
        let is_attached = booking.get("attachedTo").is_some();
        if is_attached {
            visit.lead = None;
        }
        visit.calendar = self.calendar_name(&visit, before, is_attached, known);
        visit.assignee = match &visit.user_id {
            Some(user_id) => Some(self.name_of(user_id, before)),
            None => (!is_attached && !visit.cancelled).then(|| CHOSEN_BY_GHL.to_owned()),
        };
        let is_named = visit.user_id.is_some();
        let visit = visit.in_words(row.occurred_ms(&self.event))?;
        Some(Visit {
            assignee: visit.assignee.filter(|_| is_named),
            ..visit
        })
    }

    /// What people call the calendar of a visit: its name where anything tells it, else its id.
    fn calendar_name(
        &self,
        visit: &Visit,
        before: Option<&Visit>,
        is_attached: bool,
        known: Known<'_>,
    ) -> Option<String> {
        let id = visit.calendar_id.as_ref().filter(|id| !id.starts_with("${"));
        let Some(id) = id else {
            return visit.calendar.clone();
        };
        let text = |path: &str| known.context.get(path).and_then(Value::as_str);
        let seen = text("calendar.name").filter(|_| text("calendar.id") == Some(id));
        let kept = || {
            let key = keys::calendar_by_id(&self.configuration.location_id, id);
            known.ledger.get(&key).map(|calendar: Calendar| calendar.name)
        };
        let before = before.filter(|before| before.calendar_id.as_ref() == Some(id));
        let choice = self.choices.get(known.route).filter(|_| !is_attached);
        let wanted = choice.filter(|choice| choice.id.is_none());
        seen.map(str::to_owned)
            .or_else(kept)
            .or_else(|| before.and_then(|before| before.calendar.clone()))
            .or_else(|| wanted.and_then(|choice| choice.name.clone()))
            .or_else(|| Some(id.clone()))
    }

    /// What the event says about its visit: of a change what it changes, over what stood before.
    fn said(&self, before: Option<&Visit>, route: usize) -> Option<Visit> {
        let event = &self.event;
        let mut visit = match &event.happening {
            Happening::LeadBooked(booked) => {
                let choice = self.choices.get(route);
                let user_id = choice.and_then(|choice| choice.rep_user.clone());
                Visit {
                    start: booked.slot.start.to_rfc3339(),
                    end: booked.slot.end.map(|end| end.to_rfc3339()),
                    time_zone: booked.time_zone.clone(),
                    place: booked.address.as_ref().map(town),
                    lead: booked.lead.full_name.clone(),
                    assignee: user_id.as_deref().map(|user_id| self.name_of(user_id, None)),
                    user_id,
                    calendar: choice.and_then(|choice| choice.name.clone().or(choice.id.clone())),
                    calendar_id: choice.and_then(|choice| choice.id.clone()),
                    recurrence: booked.recurrence.clone(),
                    ..Visit::default()
                }
            }
            Happening::BookingChanged(changed) => {
                let mut visit = before.cloned().unwrap_or_default();
                if let Some(slot) = &changed.slot {
                    visit.start = slot.start.to_rfc3339();
                    visit.end = slot.end.map(|end| end.to_rfc3339());
                }
                if let Some(address) = &changed.address {
                    visit.place = Some(town(address));
                    visit.time_zone = changed.time_zone.clone().or(visit.time_zone);
                }
                // Without an address it is where it was, and so are its clocks.
                visit.time_zone = visit.time_zone.or_else(|| changed.time_zone.clone());
                let member = changed.rep.as_ref().and_then(|rep| self.configuration.member(rep));
                if let Some(user_id) = member.and_then(|member| member.user_id.as_ref()) {
                    visit.assignee = Some(self.name_of(user_id, before));
                    visit.user_id = Some(user_id.clone());
                }
                visit.cancelled = changed.cancelled;
                visit
            }
            Happening::Other(..) | Happening::Invoked => return None,
        };
        if visit.time_zone.is_none() {
            let zone = self.configuration.settings.time_zone.as_ref();
            visit.time_zone = zone.map(|zone| zone.name().to_owned());
        }
        Some(visit)
    }

    /// The name of a GHL user, as far as the event and the configuration tell; else the id.
    fn name_of(&self, user_id: &str, before: Option<&Visit>) -> String {
        let is_user = |of: &Option<String>| of.as_deref() == Some(user_id);
        let rep = rep_of(&self.event);
        let rep = rep.filter(|rep| {
            self.configuration
                .member(rep)
                .is_some_and(|member| is_user(&member.user_id))
        });
        let before = before.filter(|before| is_user(&before.user_id));
        let member = self.configuration.reps.iter().find(|member| is_user(&member.user_id));
        rep.and_then(|rep| rep.name.clone())
            .or_else(|| member.and_then(|member| member.name.clone()))
            .or_else(|| before.and_then(|before| before.assignee.clone()))
            .or_else(|| member.and_then(|member| member.email.clone()))
            .unwrap_or_else(|| user_id.to_owned())
    }
}

fn rep_of(event: &Event) -> Option<&Rep> {
    match &event.happening {
        Happening::LeadBooked(booked) => booked.rep.as_ref(),
        Happening::BookingChanged(changed) => changed.rep.as_ref(),
        Happening::Other(..) | Happening::Invoked => None,
    }
}

/// The town of an address; all of it where that does not tell its town.
fn town(address: &Address) -> String {
    address.city.clone().unwrap_or_else(|| address.line.clone())
}

impl Booking {
    /// As mappings see it, and with who goes where GHL chose.
    pub(super) fn as_it_stands(&self) -> Map<String, Value> {
        let mut fields = match task::shown(self) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        if let Some(user_id) = &self.assignee {
            fields.insert("assignedUserId".to_owned(), user_id.clone().into());
        }
        if self.cancelled {
            fields.insert("appointmentStatus".to_owned(), CANCELLED.into());
        }
        fields
    }
}

impl Row {
    /// The booking that an event is about: the subject's own, or that of its household.
    pub(super) fn booking_of(&self, event: &Event) -> Option<Value> {
        let attached = self.attached.as_ref().filter(|attached| attached.event_id == event.id);
        let booking = match (self.live_booking(), attached) {
            (None, Some(attached)) => return Some(household::shown(attached)),
            (Some(booking), _) => Some(booking),
            (None, None) => self.booking.as_ref(),
        };
        booking.map(|booking| Value::Object(booking.as_it_stands()))
    }
}

impl Call<'_> {
    /// The visit as it stands now: as it is booked where the event wrote a booking, else as it was understood.
    pub(super) fn visit(&self) -> Option<Visit> {
        let row = &self.row;
        let booking = row.booking_of(&self.task.event).filter(|_| self.has_booking());
        match booking {
            Some(booking) => {
                let known = Known {
                    context: &self.context,
                    ledger: &self.ledger,
                    route: self.route,
                };
                self.task.booked(row, &booking, known)
            }
            None => self.task.understood(row.visit.as_ref(), self.route),
        }
    }

    /// An instant in words, by the clocks of the place: `Tuesday, June 4, 2:00 PM (America/Denver)`.
    pub(super) fn in_words(&self, instant: DateTime<FixedOffset>) -> String {
        self.by_clock(&|clock| clock.full(instant))
    }

    /// The same without the zone.
    pub(super) fn moment(&self, instant: DateTime<FixedOffset>) -> String {
        self.by_clock(&|clock| clock.moment(instant))
    }

    fn by_clock(&self, write: &dyn Fn(Clock<'_>) -> String) -> String {
        let event = &self.task.event;
        let of_place = self.row.visit.as_ref().and_then(|visit| visit.time_zone.as_deref());
        let of_place = of_place.and_then(Zone::named);
        let zone = match event.happening {
            Happening::LeadBooked(_) => event.zone(),
            _ => of_place.or_else(|| event.zone()),
        };
        let zone = zone.or_else(|| self.calendar_zone());
        write(Clock::at(zone.as_ref(), self.row.occurred_ms(event)))
    }

    /// Whether the event did anything to the booking, or found that it need not.
    pub(super) fn has_booking(&self) -> bool {
        let writes = |action: &str| [appointment::CREATE.key, appointment::UPDATE.key].contains(&action);
        self.seen().applied.iter().any(|step| writes(&step.action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit() -> Visit {
        let text = |text: &str| Some(text.to_owned());
        Visit {
            start: "2030-06-04T20:00:00Z".to_owned(),
            time_zone: text("America/Denver"),
            place: text("Salt Lake City"),
            assignee: text("Dana Whitfield"),
            calendar: text("Roof Inspections"),
            ..Visit::default()
        }
    }

    /// The words for a visit of an event that occurred in June 2030.
    fn words(visit: Visit) -> String {
        visit.in_words(1_906_722_000_000).unwrap().summary
    }

    #[test]
    fn visit_is_told_by_the_clocks_of_its_place() {
        let told = visit().in_words(1_906_722_000_000).unwrap();
        assert_eq!(
            told.summary,
            "Tuesday, June 4, 2:00 PM in Salt Lake City (America/Denver), Dana Whitfield, Roof Inspections"
        );
        assert_eq!(told.start, "2030-06-04T14:00:00-06:00");
        assert_eq!(told.end, None);
    }

    #[test]
    fn visit_of_another_year_names_its_year() {
        let start = "2031-01-02T17:00:00Z".to_owned();
        let told = words(Visit { start, ..visit() });
        assert!(told.starts_with("Thursday, January 2, 2031, 10:00 AM in"), "{told}");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let bare = Visit {
            start: "2030-06-04T10:00:00-05:00".to_owned(),
            ..Visit::default()
        };
        assert_eq!(words(bare), "Tuesday, June 4, 10:00 AM (UTC-05:00)");
        assert_eq!(Visit::default().in_words(0), None);
    }

    #[test]
    fn address_without_a_town_and_an_end_are_told() {
        let told = words(Visit {
            place: Some("12 Oak St".to_owned()),
            end: Some("2030-06-04T21:30:00Z".to_owned()),
            cancelled: true,
            ..visit()
        });
        assert!(
            told.starts_with("Cancelled: Tuesday, June 4, 2:00–3:30 PM at 12 Oak St (America/Denver),"),
            "{told}"
        );
    }

    #[test]
    fn end_that_is_not_after_the_start_is_no_end() {
        let end = Some("2030-06-04T20:00:00Z".to_owned());
        let told = Visit { end, ..visit() }.in_words(1_906_722_000_000).unwrap();
        assert_eq!(told.end, None);
    }

    #[test]
    fn a_text_of_any_length_is_kept_in_part() {
        let calendar = Some("é".repeat(70_000));
        let told = Visit { calendar, ..visit() }.in_words(1_906_722_000_000).unwrap();
        assert!(told.calendar.unwrap().chars().count() == LONGEST_TEXT && told.summary.len() < 1_000);
    }

    #[test]
    fn series_is_told_in_words() {
        assert_eq!(repetition("FREQ=WEEKLY;COUNT=4"), "every week, 4 times");
        assert_eq!(repetition("FREQ=DAILY;INTERVAL=2;COUNT=3"), "every 2 days, 3 times");
        assert_eq!(repetition("FREQ=WEEKLY;INTERVAL=1;COUNT=3"), "every week, 3 times");
        for rule in ["FREQ=WEEKLY;UNTIL=20300701", "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=4"] {
            assert_eq!(repetition(rule), format!("repeated by `{rule}`"));
        }
    }
}
