//! When a calendar can be booked: its hours, and what is booked already.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::appointment::Appointment;
use super::seed::{Calendar, CalendarKind};
use super::store::{Store, View};

/// A stretch of time, its end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

impl Span {
    pub(super) fn meets(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The span with a calendar's buffers around it.
    fn padded(self, calendar: &Calendar) -> Self {
        Self {
            start: self.start - minutes(calendar.pre_buffer_minutes),
            end: self.end + minutes(calendar.buffer_minutes),
        }
    }
}

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

    /// When it is open on a date. A day on which the clocks change is as long as it is.
    pub(super) fn open_on(&self, date: NaiveDate, zone: Tz) -> Vec<Span> {
        let weekday = date.weekday().num_days_from_sunday();
        let hours = self.open_hours.iter();
        let hours = hours.filter(|hours| hours.days.iter().any(|day| u32::from(*day) == weekday));
        let spans = hours.filter_map(|hours| {
            let midnight = date.and_hms_opt(0, 0, 0)?;
            let local = |minute: u16| midnight + TimeDelta::minutes(i64::from(minute));
            let start = first_instant(local(hours.from.minutes()), zone)?;
            let end = last_instant(local(hours.to.minutes()), zone)?;
            Some(Span { start, end })
        });
        spans.collect()
    }

    /// The slots of a date, booked or not.
    pub(super) fn slots_on(&self, date: NaiveDate, zone: Tz) -> Vec<Span> {
        let mut slots = Vec::new();
        for open in self.open_on(date, zone) {
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
    fn is_open(&self, span: Span, zone: Tz) -> bool {
        let date = span.start.with_timezone(&zone).date_naive();
        let step = self.interval().num_milliseconds();
        self.open_on(date, zone).iter().any(|open| {
            let into = (span.start - open.start).num_milliseconds();
            into >= 0 && into % step == 0 && span.end <= open.end
        })
    }

    /// Whether it is neither too soon nor too far ahead to book a start.
    pub(super) fn is_in_range(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let days = self.allow_booking_for_days.map(u64::from).map(Days::new);
        let last = days.and_then(|days| now.checked_add_days(days));
        let first = now + minutes(self.allow_booking_after_minutes);
        first <= start && last.is_none_or(|last| start <= last)
    }
}

/// The first instant at which the clocks show a local time, or the first after it when they
/// leave it out.
fn first_instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    on_the_clock(local, zone, |earliest, _| earliest)
}

/// The last instant at which they show it, or the first after it when they leave it out.
fn last_instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    on_the_clock(local, zone, |_, latest| latest)
}

fn on_the_clock(
    local: NaiveDateTime,
    zone: Tz,
    of_two: impl Fn(DateTime<Tz>, DateTime<Tz>) -> DateTime<Tz>,
) -> Option<DateTime<Utc>> {
    // A gap lasts an hour as a rule; a whole day was left out once or twice.
    let mut local_times = (0..=24 * 60).map(|minute| local + TimeDelta::minutes(minute));
    let instant = local_times.find_map(|local| match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => Some(instant),
        LocalResult::Ambiguous(earliest, latest) => Some(of_two(earliest, latest)),
        LocalResult::None => None,
    });
    instant.map(|instant| instant.to_utc())
}

/// What keeps a calendar from being booked in some stretch of time.
#[derive(Debug)]
pub(super) struct Diary<'a> {
    calendar: &'a Calendar,
    zone: Tz,
    /// In the order of their starts.
    busy: Vec<Busy<'a>>,
    /// How far from a stretch of time something can begin that gets in its way.
    reach: TimeDelta,
}

/// A live appointment of the location.
#[derive(Debug)]
struct Busy<'a> {
    appointment: &'a Appointment,
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
    /// The diary of a calendar around some stretch, without the appointment that is to be moved.
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
        let live = around.into_iter().map(Arc::as_ref);
        let live = live.filter(|appointment| appointment.is_live() && without != Some(appointment.id.as_str()));
        let busy = live.map(|appointment| {
            let span = Span {
                start: appointment.start,
                end: appointment.end,
            };
            let of = view.calendar(&appointment.calendar_id);
            Busy {
                appointment,
                here: appointment.calendar_id == calendar.id,
                span,
                padded: of.map_or(span, |of| span.padded(of)),
            }
        });
        let busy: Vec<_> = busy.collect();
        let longest = busy.iter().map(|busy| busy.span.end - busy.span.start).max();
        Self {
            calendar,
            zone: store.zone,
            busy,
            reach: longest.unwrap_or_default() + buffer,
        }
    }

    /// Whether a slot can be had, by the members that are let in.
    pub(super) fn has_room(&self, span: Span, let_in: impl Fn(&str) -> bool) -> bool {
        let mut members = self.calendar.team.iter().filter(|member| let_in(member));
        match self.calendar.kind {
            CalendarKind::Event => self.is_free(span, None),
            CalendarKind::Collective => {
                let mut members = members.peekable();
                members.peek().is_some() && members.all(|member| self.is_free(span, Some(member)))
            }
            _ => members.any(|member| self.is_free(span, Some(member))),
        }
    }

    /// Finds who takes a booking, the one who is wanted or any; nobody when it cannot be had.
    pub(super) fn seat(&self, span: Span, wanted: Option<&str>) -> Option<Seating> {
        if !self.calendar.active || !self.calendar.is_open(span, self.zone) || self.is_full_on(self.date_of(span.start))
        {
            return None;
        }
        match self.calendar.kind {
            CalendarKind::Event => self.is_free(span, wanted).then(|| Seating::of(wanted)),
            CalendarKind::Collective => {
                let assigned = wanted.or(self.calendar.team.first().map(String::as_str));
                self.has_room(span, |_| true).then(|| Seating {
                    assigned: assigned.map(str::to_owned),
                    users: self.calendar.team.clone(),
                })
            }
            _ => {
                let members = self.calendar.team.iter().map(String::as_str);
                let members = members.filter(|member| wanted.is_none_or(|wanted| wanted == *member));
                let free = members.filter(|member| self.is_free(span, Some(member)));
                // Turns are taken: who has fewer bookings around that day goes.
                let next = free.min_by_key(|member| self.bookings_of(member))?;
                Some(Seating::of(Some(next)))
            }
        }
    }

    /// Whether the calendar has as many bookings on a date as it takes.
    pub(super) fn is_full_on(&self, date: NaiveDate) -> bool {
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

    /// Whether a member, or the calendar when it has none, is free.
    fn is_free(&self, span: Span, member: Option<&str>) -> bool {
        let shared = matches!(self.calendar.kind, CalendarKind::Event | CalendarKind::ClassBooking);
        let padded = span.padded(self.calendar);
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
