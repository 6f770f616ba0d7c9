//! When a calendar can be booked: its hours, and what is booked already.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::appointment::Appointment;
use super::block::Block;
use super::document::{Document, DocumentKind};
use super::hours::{Hours, Span, common};
use super::seed::{Calendar, CalendarKind};
use super::store::{Store, View};

pub(super) fn minutes(count: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(count))
}

impl Calendar {
    pub(super) fn slot(&self) -> TimeDelta {
        minutes(self.slot_minutes)
    }

    fn interval(&self) -> TimeDelta {
        minutes(self.slot_interval_minutes.unwrap_or(self.slot_minutes))
    }

    /// The slots of its hours, booked or not.
    pub(super) fn slots_in(&self, hours: &[Span]) -> Vec<Span> {
        let mut slots = Vec::new();
        for open in hours {
            let mut start = open.start;
            while start + self.slot() <= open.end {
                let end = start + self.slot();
                slots.push(Span { start, end });
                start += self.interval();
            }
        }
        slots
    }

    /// Whether a booking may begin and end then as far as the hours go.
    fn fits_in(&self, hours: &[Span], span: Span) -> bool {
        let step = self.interval().num_milliseconds();
        hours.iter().any(|open| {
            let into = (span.start - open.start).num_milliseconds();
            into >= 0 && into % step == 0 && span.end <= open.end
        })
    }

    /// A stretch of time with its buffers around it.
    fn padded(&self, span: Span) -> Span {
        Span {
            start: span.start - minutes(self.pre_buffer_minutes),
            end: span.end + minutes(self.buffer_minutes),
        }
    }

    /// Whether it is neither too soon nor too far ahead to book a start.
    pub(super) fn is_in_range(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let days = self.allow_booking_for_days.map(u64::from).map(Days::new);
        let last = days.and_then(|days| now.checked_add_days(days));
        let first = now + minutes(self.allow_booking_after_minutes);
        first <= start && last.is_none_or(|last| start <= last)
    }
}

/// Who takes the bookings of a calendar, and when.
#[derive(Debug)]
struct Taker<'a> {
    /// Nobody in particular when the calendar has no team.
    user: Option<&'a str>,
    hours: Rc<Hours>,
}

/// Who takes the bookings of a calendar. The schedule of a user that names the calendar stands for its hours; the
/// latest one if there are several, which GHL may see otherwise.
fn takers<'a>(view: View<'a>, calendar: &'a Calendar, zone: Tz) -> Vec<Taker<'a>> {
    let id = calendar.id.as_str();
    if calendar.kind == CalendarKind::Event {
        let schedule = view.document(DocumentKind::EventCalendarSchedule, id);
        let hours = schedule.map(|schedule| Hours::of_schedule(schedule, zone));
        let hours = hours.unwrap_or_else(|| Hours::of_calendar(calendar, zone));
        let hours = Rc::new(hours);
        return vec![Taker { user: None, hours }];
    }
    let of_calendar = Rc::new(Hours::of_calendar(calendar, zone));
    let members = calendar.team.iter().map(|member| {
        let schedules = view.documents(DocumentKind::Schedule);
        let schedule = schedules.filter(|schedule| is_schedule_of(schedule, member, id)).last();
        let hours = schedule.map(|schedule| Rc::new(Hours::of_schedule(schedule, zone)));
        let hours = hours.unwrap_or_else(|| Rc::clone(&of_calendar));
        let user = Some(member.as_str());
        Taker { user, hours }
    });
    members.collect()
}

fn is_schedule_of(schedule: &Document, user_id: &str, calendar_id: &str) -> bool {
    let calendars = schedule.get("calendarIds").and_then(Value::as_array);
    schedule.get("userId").and_then(Value::as_str) == Some(user_id)
        && calendars.is_some_and(|ids| ids.iter().any(|id| id == calendar_id))
}

/// What keeps a calendar from being booked in some stretch of time.
#[derive(Debug)]
pub(super) struct Diary<'a> {
    calendar: &'a Calendar,
    zone: Tz,
    takers: Vec<Taker<'a>>,
    blocks: Vec<Block<'a>>,
    /// In the order of their starts.
    busy: Vec<Busy<'a>>,
    /// How far from a stretch of time something can begin that gets in its way.
    reach: TimeDelta,
}

/// A live appointment of the location.
#[derive(Debug)]
struct Busy<'a> {
    appointment: Cow<'a, Appointment>,
    /// Whether it is in the calendar that is asked about.
    here: bool,
    span: Span,
    /// With the buffers of its calendar.
    padded: Span,
}

/// Who takes a booking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seating {
    /// The one who goes.
    pub(super) assigned: Option<String>,
    /// All who are taken by it.
    pub(super) users: Vec<String>,
}

impl Seating {
    pub(super) fn of(user: Option<&str>) -> Self {
        Self {
            assigned: user.map(str::to_owned),
            users: user.map(str::to_owned).into_iter().collect(),
        }
    }
}

impl<'a> Diary<'a> {
    /// The diary of a calendar around some stretch, without the appointment or series that is to be moved.
    pub(super) fn of(
        store: &'a Store,
        view: View<'a>,
        calendar: &'a Calendar,
        around: Span,
        without: Option<&str>,
    ) -> Self {
        // Far enough for the buffers of all calendars, and for the whole of the longest day.
        let buffers = view.calendars();
        let buffers = buffers.map(|calendar| calendar.pre_buffer_minutes.max(calendar.buffer_minutes));
        let buffer = minutes(buffers.max().unwrap_or_default());
        let reach = TimeDelta::hours(25) + buffer;
        let from = around.start.checked_sub_signed(reach);
        let to = around.end.checked_add_signed(reach);
        let around = view.appointments_around(
            from.unwrap_or(DateTime::<Utc>::MIN_UTC),
            to.unwrap_or(DateTime::<Utc>::MAX_UTC),
        );
        let blocks = view.documents(DocumentKind::BlockSlot);
        let blocks = blocks.filter_map(|block| Block::read(block));
        let blocks = blocks.filter(|block| Some(block.span.end) > from && to.is_none_or(|to| block.span.start < to));
        let live = around.into_iter().filter(|event| {
            let is_moved = without.is_some_and(|id| event.id == id || event.master_event_id.as_deref() == Some(id));
            event.is_live() && !is_moved
        });
        let busy = live.map(|appointment| {
            let span = Span {
                start: appointment.start,
                end: appointment.end,
            };
            let of = view.calendar(&appointment.calendar_id);
            Busy {
                here: appointment.calendar_id == calendar.id,
                span,
                padded: of.map_or(span, |of| of.padded(span)),
                appointment,
            }
        });
        let busy: Vec<_> = busy.collect();
        let longest = busy.iter().map(|busy| busy.span.end - busy.span.start).max();
        Self {
            calendar,
            zone: store.zone,
            takers: takers(view, calendar, store.zone),
            blocks: blocks.collect(),
            busy,
            reach: longest.unwrap_or_default() + buffer,
        }
    }

    /// The slots that begin within a stretch of time and can be had, by the members that are let in.
    pub(super) fn free_slots(&self, within: Span, let_in: impl Fn(&str) -> bool) -> BTreeSet<Span> {
        let takers = self.takers.iter().filter(|taker| taker.user.is_none_or(&let_in));
        let slots = |hours: &[Span]| {
            let mut slots = self.calendar.slots_in(hours);
            slots.retain(|slot| within.start <= slot.start && slot.start < within.end);
            slots
        };
        let mut free = BTreeSet::new();
        if self.calendar.kind == CalendarKind::Collective {
            let takers: Vec<&Taker<'_>> = takers.collect();
            let slots = slots(&hours_of_all(&takers, within)).into_iter();
            free.extend(slots.filter(|slot| self.are_free(*slot, &takers)));
        } else {
            for taker in takers {
                for slot in slots(&taker.hours.around(within)) {
                    if !free.contains(&slot) && self.is_free(slot, taker.user) {
                        free.insert(slot);
                    }
                }
            }
        }
        free.retain(|slot| !self.is_full_on(self.date_of(slot.start)));
        free
    }

    /// Finds who takes a booking, the one who is wanted or any; nobody when it cannot be had.
    pub(super) fn seat(&self, span: Span, wanted: Option<&str>) -> Option<Seating> {
        if !self.calendar.active || self.is_full_on(self.date_of(span.start)) {
            return None;
        }
        let fits = |taker: &Taker<'_>| self.calendar.fits_in(&taker.hours.around(span), span);
        match self.calendar.kind {
            CalendarKind::Event => {
                let is_open = self.takers.iter().any(fits);
                (is_open && self.is_free(span, wanted)).then(|| Seating::of(wanted))
            }
            CalendarKind::Collective => {
                let takers: Vec<&Taker<'_>> = self.takers.iter().collect();
                let is_open = self.calendar.fits_in(&hours_of_all(&takers, span), span);
                let assigned = wanted.or(self.calendar.team.first().map(String::as_str));
                (is_open && self.are_free(span, &takers)).then(|| Seating {
                    assigned: assigned.map(str::to_owned),
                    users: self.calendar.team.clone(),
                })
            }
            _ => {
                let takers = self
                    .takers
                    .iter()
                    .filter(|taker| wanted.is_none() || taker.user == wanted);
                let open = takers.filter(|taker| fits(taker)).filter_map(|taker| taker.user);
                let free = open.filter(|member| self.is_free(span, Some(member)));
                // Turns are taken: who has fewer bookings around that day goes.
                let next = free.min_by_key(|member| self.bookings_of(member))?;
                Some(Seating::of(Some(next)))
            }
        }
    }

    /// Whether all of them are free; without any nobody is.
    fn are_free(&self, span: Span, takers: &[&Taker<'_>]) -> bool {
        !takers.is_empty() && takers.iter().all(|taker| self.is_free(span, taker.user))
    }

    /// Whether the calendar has as many bookings on a date as it takes.
    fn is_full_on(&self, date: NaiveDate) -> bool {
        let here = self.busy.iter().filter(|busy| busy.here);
        let booked = || here.filter(|busy| self.date_of(busy.span.start) == date).count();
        let most = self.calendar.per_day.map(to_usize);
        most.is_some_and(|most| booked() >= most)
    }

    fn date_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    fn bookings_of(&self, member: &str) -> usize {
        let mine = |busy: &&Busy<'_>| busy.here && busy.takes(member);
        self.busy.iter().filter(mine).count()
    }

    /// Those that could get in the way of a stretch of time.
    fn near(&self, span: Span) -> &[Busy<'a>] {
        let before = |instant: DateTime<Utc>| self.busy.partition_point(|busy| busy.span.start < instant);
        let around = before(span.start - self.reach)..before(span.end + self.reach);
        self.busy.get(around).unwrap_or_default()
    }

    fn is_blocked_by(&self, block: &Block<'_>, member: Option<&str>) -> bool {
        block.calendar == Some(self.calendar.id.as_str()) || (member.is_some() && block.user == member)
    }

    /// Whether a member, or the calendar when it has none, is free.
    fn is_free(&self, span: Span, member: Option<&str>) -> bool {
        let shared = matches!(self.calendar.kind, CalendarKind::Event | CalendarKind::ClassBooking);
        let padded = self.calendar.padded(span);
        if self
            .blocks
            .iter()
            .any(|block| padded.meets(block.span) && self.is_blocked_by(block, member))
        {
            return false;
        }
        let mut here = Vec::new();
        for busy in self.near(span) {
            if !(padded.meets(busy.span) || span.meets(busy.padded)) {
                continue;
            }
            let taken = member.is_some_and(|member| busy.takes(member));
            if busy.here {
                if shared || taken || busy.appointment.users.is_empty() {
                    here.push(busy.padded);
                }
            } else if taken {
                return false;
            }
        }
        let most = to_usize(self.calendar.per_slot);
        here.len() < most || most_at_once(&here) < most
    }
}

/// The hours that several have in common.
fn hours_of_all(takers: &[&Taker<'_>], around: Span) -> Vec<Span> {
    let hours = takers.iter().map(|taker| taker.hours.around(around));
    let common = hours.reduce(|some, others| common(&some, &others));
    common.unwrap_or_default()
}

impl Busy<'_> {
    fn takes(&self, user: &str) -> bool {
        self.appointment.users.iter().any(|taken| taken == user)
    }
}

/// How many of some spans there are at the busiest instant.
fn most_at_once(spans: &[Span]) -> usize {
    let at = |instant: DateTime<Utc>| {
        let there = |span: &&Span| span.start <= instant && instant < span.end;
        spans.iter().filter(there).count()
    };
    spans.iter().map(|span| at(span.start)).max().unwrap_or(0)
}

fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
