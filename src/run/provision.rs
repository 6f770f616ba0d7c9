//! Brings the calendar of a booking into being, and into the state that the connection's recipes want.

use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::outcome::Cause;
use super::stop::Stop;
use crate::ghl::calendar::{self, Calendar};
use crate::knock::{Warning, fingerprint};
use crate::recipe::CalendarChoice;

/// A booking names a calendar that GHL does not have.
pub(super) const MISSING: &str = "calendar.missing";

/// The rep of a booking is not on the team of its calendar.
const REP_MISSING: &str = "calendar.rep_missing";

/// A calendar takes a booking.
const BOOKED: &str = "calendar.booked";

/// How often a calendar is made again that somebody deletes.
const MADE_AT_MOST: u32 = 20;

impl Call<'_> {
    /// The calendar of this name, made for it; nothing where no recipe makes one. `near` is a name that is there and
    /// almost this one.
    pub(super) fn make_calendar(
        &mut self,
        choice: &CalendarChoice,
        name: &str,
        near: Option<&str>,
        there: &[Calendar],
    ) -> Result<Option<Calendar>, Stop> {
        if !self.task.follows_from(MISSING) {
            return Ok(None);
        }
        let fields = fields(&[
            ("calendarName", Some(name)),
            ("near", near),
            ("userId", choice.rep_user.as_deref()),
        ]);
        for time in 1..=MADE_AT_MOST {
            let plain_name = Calendar::plain_name(name);
            let shared = self.share(MISSING, &plain_name, &time.to_string(), fields.clone())?;
            let Some(id) = shared.id_of("made") else {
                return Ok(None);
            };
            let shows_by_ms = shared.done_ms + self.task.configuration.settle_ms;
            if let Some(renamed) = there.iter().find(|calendar| calendar.id == id) {
                return Ok(Some(renamed.clone()));
            }
            if shows_by_ms < self.ledger.now_ms(self.host) {
                // It was made, and it is gone: somebody deleted it.
                continue;
            }
            self.note_shared(&shared, MISSING);
            let answered = shared.output.as_ref().and_then(|output| output.get("calendar"));
            let calendar = match answered.and_then(Calendar::read) {
                Some(calendar) => calendar,
                None => self.read_calendar(id)?,
            };
            return Ok(Some(calendar));
        }
        Ok(None)
    }

    fn read_calendar(&mut self, id: &str) -> Result<Calendar, Stop> {
        let input = Value::Object(fields(&[("calendarId", Some(id))]));
        let what = "whom the calendar that was made can give the visit to";
        let Some(reply) = self.look_up(&calendar::GET, &input, what)? else {
            // It does not show yet. That it is there is enough to book.
            return Ok(Calendar::of_id(id));
        };
        let read = reply.get("calendar").and_then(Calendar::read);
        read.ok_or_else(|| unreadable(&calendar::GET))
    }

    /// Lets the rep join the calendar's team, where a recipe says so. That it cannot be done is no reason not to book.
    pub(super) fn join_team(&mut self, choice: &CalendarChoice, calendar: &mut Calendar) -> Result<(), Stop> {
        let user = choice.rep_user.as_deref();
        let Some(user) = user.filter(|user| !calendar.team.iter().any(|member| member == user)) else {
            return Ok(());
        };
        if !calendar.takes_assignee() || !self.task.follows_from(REP_MISSING) {
            return Ok(());
        }
        let fields = fields(&[("calendarId", Some(&calendar.id)), ("userId", Some(user))]);
        match self.share(REP_MISSING, &calendar.id, user, fields) {
            Ok(shared) => {
                self.note_shared(&shared, REP_MISSING);
                if shared.id_of("joined").is_some() && shared.is_new {
                    calendar.team.push(user.to_owned());
                }
                Ok(())
            }
            Err(stop) => {
                let sentence = for_good(stop)?;
                let message = format!("the rep could not join the team of `{}`: {sentence}", calendar.name);
                self.warn(Warning::new("rep-not-joined", message));
                Ok(())
            }
        }
    }

    /// Does what recipes want of a calendar that is booked, such as its reminders: once, and again when they want
    /// something else. The booking stands whatever becomes of it.
    pub(super) fn care_for_calendar(&mut self) -> Result<(), Stop> {
        if !self.task.follows_from(BOOKED) {
            return Ok(());
        }
        let Some(id) = self.row.live_booking().map(|booking| booking.calendar_id.clone()) else {
            return Ok(());
        };
        let recipes = self.task.configuration.recipes.of_trigger(BOOKED).unwrap_or_default();
        let wanted: Value = recipes
            .into_iter()
            .map(|recipe| Value::Object(recipe.options))
            .collect();
        let wanted = fingerprint(&[&wanted.to_string()]);
        let fields = fields(&[("calendarId", Some(&id))]);
        match self.share(BOOKED, &id, &wanted, fields.clone()) {
            Ok(shared) => self.note_shared(&shared, BOOKED),
            Err(stop) => {
                let sentence = for_good(stop)?;
                self.wait_until_it_shows(&fields, BOOKED)?;
                let message = format!("the booking is made, and about its calendar: {sentence}");
                self.warn(Warning::new("calendar-not-cared-for", message));
            }
        }
        Ok(())
    }
}

/// Why something cannot be done; what has to wait is passed on.
fn for_good(stop: Stop) -> Result<String, Stop> {
    match stop.cause() {
        None | Some(Cause::Deferred { .. }) => Err(stop),
        Some(_) => Ok(stop.sentence()),
    }
}

/// The fields that have a value.
fn fields(fields: &[(&str, Option<&str>)]) -> Map<String, Value> {
    let mut there = Map::new();
    for (name, value) in fields {
        if let Some(value) = value {
            there.insert((*name).to_owned(), (*value).into());
        }
    }
    there
}
