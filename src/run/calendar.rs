//! Finds the calendar, and keeps what it learns in the store.

use serde_json::{Map, Value};

use super::call::Call;
use super::deliver::Delivery;
use super::keys;
use super::outcome::{Cause, Reason};
use super::stop::Stop;
use crate::api::{Operation, Repeat};
use crate::document::object;
use crate::ghl::calendar::{self, Calendar};
use crate::ghl::{Refusal, RefusalKind};
use crate::knock::Warning;
use crate::recipe::{CalendarChoice, CalendarNotFound, choose};

/// How many members of a team are named at most, one after the other, until one is free.
const MEMBERS_TRIED: usize = 20;

/// The code of a refusal because no calendar has the name.
const UNKNOWN_CALENDAR: &str = "unknown-calendar";

/// What else can be done about a calendar that is not there.
const MAKE_IT: &str = "; or let `create` be true in the options of the recipe `calendar.missing`, and it is made";

/// How long a calendar is taken to be as it was read.
const KEPT_MS: u64 = 24 * 60 * 60 * 1000;

impl<'a> Call<'a> {
    /// Makes the calendar of a booking visible to the steps: the first one that is there. One that is known by id, or was
    /// looked up before, costs no request.
    pub(super) fn find_calendar(&mut self) -> Result<(), Stop> {
        while self.context.get("calendar").is_none() {
            match self.find_chosen_calendar() {
                Err(stop) if is_about_calendar(&stop) && self.take_next_route(&stop) => {}
                ended => return ended,
            }
        }
        Ok(())
    }

    fn find_chosen_calendar(&mut self) -> Result<(), Stop> {
        let Some(choice) = self.choice() else {
            return Ok(());
        };
        let mut known: Option<Calendar> = self.calendar_key().and_then(|key| self.ledger.get(&key));
        if let (None, None, Some(name)) = (&known, &choice.id, &choice.name) {
            known = Some(self.look_up_calendar(choice, name)?);
        }
        if let Some(calendar) = &mut known {
            let members = calendar.team.len();
            self.join_team(choice, calendar)?;
            if calendar.team.len() > members {
                self.keep_calendar(calendar);
            }
        }
        if let Some(warning) = self.context.set_calendar(choice, known.as_ref()) {
            self.warn(warning);
        }
        Ok(())
    }

    /// The calendar that is tried now.
    pub(super) fn choice(&self) -> Option<&'a CalendarChoice> {
        self.task.choices.get(self.route)
    }

    fn calendar_key(&self) -> Option<String> {
        self.choice().and_then(|choice| self.task.calendar_key(choice))
    }

    /// Goes on to the next calendar of the routing table. `false` when there is none, or the visit is not for any of them.
    pub(super) fn take_next_route(&mut self, stop: &Stop) -> bool {
        let (Some(choice), Some(next)) = (self.choice(), self.task.choices.get(self.route + 1)) else {
            return false;
        };
        let name = |choice: &CalendarChoice| choice.name.clone().or(choice.id.clone()).unwrap_or_default();
        let message = stop.refusal().unwrap_or_default();
        let message = format!(
            "calendar `{}` cannot have the visit ({message}); the next of the routing table is tried, `{}`",
            name(choice),
            name(next)
        );
        self.warn(Warning::new("next-route", message));
        self.route += 1;
        self.context.unset("calendar");
        self.context.unset("assignee");
        true
    }

    fn look_up_calendar(&mut self, choice: &CalendarChoice, name: &str) -> Result<Calendar, Stop> {
        let location = self.task.configuration.location_id.clone();
        let reply = self.read(&calendar::LIST, &object([("locationId", location.clone().into())]))?;
        let calendars = Calendar::read_list(&reply).ok_or_else(|| unreadable(&calendar::LIST))?;
        for other in &self.task.choices {
            // Whatever else of the routing table is tried need not be looked up again.
            let found = other.name.as_ref().map(|name| choose(&calendars, name));
            if let (Some(key), Some(Ok(calendar))) = (self.task.calendar_key(other), found) {
                self.ledger.cache(&key, calendar, KEPT_MS);
            }
        }
        let listed = reply.get("calendars").and_then(Value::as_array);
        let is_complete = listed.is_some_and(|listed| listed.len() == calendars.len());
        let calendar = match choose(&calendars, name) {
            Ok(calendar) => calendar.clone(),
            Err(CalendarNotFound::Ambiguous(sentence)) => return Err(Stop::refused("ambiguous-calendar", sentence)),
            // One that cannot be understood may be the one that is meant.
            Err(CalendarNotFound::Unknown { .. }) if !is_complete => return Err(unreadable(&calendar::LIST)),
            Err(CalendarNotFound::Unknown { sentence, near }) => self
                .make_calendar(choice, name, near.as_deref(), &calendars)?
                .ok_or_else(|| Stop::refused(UNKNOWN_CALENDAR, sentence + MAKE_IT))?,
        };
        self.keep_calendar(&calendar);
        Ok(calendar)
    }

    /// Keeps what was learnt of a calendar, under its id and under what the event calls it.
    fn keep_calendar(&mut self, calendar: &Calendar) {
        let by_id = keys::calendar_by_id(&self.task.configuration.location_id, &calendar.id);
        for key in self.calendar_key().into_iter().chain([by_id]) {
            self.ledger.cache(&key, calendar, KEPT_MS);
        }
    }

    /// What is known of the calendar turned out wrong: the next call looks it up again.
    pub(super) fn forget_calendar(&mut self) {
        let id = self.context.get("calendar.id").and_then(Value::as_str);
        let by_id = id.map(|id| keys::calendar_by_id(&self.task.configuration.location_id, id));
        for key in self.calendar_key().into_iter().chain(by_id) {
            self.ledger.forget(&key);
        }
    }

    /// GHL wants a member of the calendar's team named: reads the calendar, and keeps in mind that it does. `false` when
    /// there is nobody to name.
    pub(super) fn note_insisting(&mut self, calendar_id: &str) -> Result<bool, Stop> {
        let reply = self.read(&calendar::GET, &object([("calendarId", calendar_id.into())]))?;
        let read = reply.get("calendar").and_then(Calendar::read);
        let mut calendar = read.ok_or_else(|| unreadable(&calendar::GET))?;
        calendar.insists = true;
        self.keep_calendar(&calendar);
        Ok(!calendar.team.is_empty())
    }

    /// Whom to name for an appointment, one after the other: every member of the team where GHL insists on one, the
    /// rep first; else whom the recipe names, if anybody.
    pub(super) fn assignees(&self, named: Option<String>) -> Vec<Option<String>> {
        let known: Option<Calendar> = self.calendar_key().and_then(|key| self.ledger.get(&key));
        match known.filter(|calendar| calendar.insists && !calendar.team.is_empty()) {
            Some(calendar) => {
                let members = calendar.members_from(named.as_deref()).into_iter();
                members.take(MEMBERS_TRIED).map(Some).collect()
            }
            None => vec![named],
        }
    }

    /// Reads something of GHL.
    pub(super) fn read(&mut self, operation: &'static Operation, input: &Value) -> Result<Value, Stop> {
        match self.try_read(operation, input)? {
            Ok(reply) => Ok(reply),
            Err(refusal) => Err(self.refused(operation, &refusal)),
        }
    }

    /// Reads something of GHL; a refusal is an answer, too.
    pub(super) fn try_read(
        &mut self,
        operation: &'static Operation,
        input: &Value,
    ) -> Result<Result<Value, Box<Refusal>>, Stop> {
        let empty = Map::new();
        let request = self.request(operation, input.as_object().unwrap_or(&empty))?;
        match self.deliver(&request, Repeat::Safe)? {
            Delivery::Done(reply) => Ok(Ok(reply)),
            Delivery::Refused(refusal) => Ok(Err(refusal)),
            Delivery::Unknown(why) => Err(Stop::deferred(Reason::Unavailable, why, 10_000)),
        }
    }
}

/// Whether a refusal is about the calendar, so that another one may do.
pub(super) fn is_about_calendar(stop: &Stop) -> bool {
    let codes = [
        RefusalKind::SlotTaken.code(),
        RefusalKind::CalendarMissing.code(),
        UNKNOWN_CALENDAR,
    ];
    matches!(stop.cause(), Some(Cause::Refused { code, .. }) if codes.contains(&code.as_str()))
}

/// GHL's answer to a read is not what it should be.
pub(super) fn unreadable(operation: &Operation) -> Stop {
    let message = format!("GHL's answer to `{}` cannot be understood", operation.key);
    Stop::deferred(Reason::Unavailable, message, 10_000)
}
