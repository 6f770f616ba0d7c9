//! The calendars of the location with their teams, for recipes: read together, and kept for a day.

use serde_json::Value;

use super::calendar::unreadable;
use super::call::Call;
use super::keys;
use super::ledger::Ledger;
use super::stop::Stop;
use super::task::Task;
use crate::api::Operation;
use crate::document::object;
use crate::ghl::calendar::{self, Calendar};
use crate::ghl::{Refusal, schedule};
use crate::recipe::{CURRENT_CALENDARS, KNOWN_CALENDARS, Step};

/// How long the calendars are taken to be as they were read.
const KEPT_MS: u64 = 24 * 60 * 60 * 1000;

/// Key of what is known of them; nothing where no step wants any.
pub(super) fn key(task: &Task) -> Option<String> {
    let uses = |step: &Step| [KNOWN_CALENDARS, CURRENT_CALENDARS].iter().any(|root| step.uses(root));
    let wants = task.steps().any(uses);
    wants.then(|| keys::calendars(&task.configuration.location_id))
}

/// The calendars, if they were read within the last day.
pub(super) fn known(task: &Task, ledger: &Ledger) -> Option<Vec<Calendar>> {
    ledger.get(&key(task)?)
}

/// Calendars as a step sees them.
pub(super) fn shown(calendars: &[Calendar]) -> Value {
    let mut shown: Vec<Value> = Vec::new();
    for calendar in calendars {
        shown.push(object([
            ("id", calendar.id.clone().into()),
            ("name", calendar.name.clone().into()),
            ("calendarType", calendar.kind.clone().into()),
            ("isActive", calendar.active.into()),
            ("team", calendar.team.clone().into()),
        ]));
    }
    shown.into()
}

impl Call<'_> {
    /// Makes the calendars visible that a step uses: as they are known, or as they are now.
    pub(super) fn find_calendars(&mut self, uses: &dyn Fn(&str) -> bool) -> Result<(), Stop> {
        for (root, known) in [
            (KNOWN_CALENDARS, known(self.task, &self.ledger)),
            (CURRENT_CALENDARS, None),
        ] {
            if !uses(root) || self.context.get(root).is_some() {
                continue;
            }
            let calendars = match known {
                Some(calendars) => calendars,
                None => self.read_calendars()?,
            };
            self.context.set(root, shown(&calendars));
        }
        Ok(())
    }

    fn read_calendars(&mut self) -> Result<Vec<Calendar>, Stop> {
        let location = self.task.configuration.location_id.clone();
        let reply = self.read(&calendar::LIST, &object([("locationId", location.clone().into())]))?;
        let calendars = Calendar::read_list(&reply).ok_or_else(|| unreadable(&calendar::LIST))?;
        self.ledger.cache(&keys::calendars(&location), &calendars, KEPT_MS);
        Ok(calendars)
    }

    /// A calendar that cannot be linked because it is gone: the next event reads the calendars anew.
    pub(super) fn forget_missing_calendar(&mut self, operation: &Operation, refusal: &Refusal) {
        if operation.key == schedule::LINK_CALENDAR && refusal.kind.is_missing() {
            let key = keys::calendars(&self.task.configuration.location_id);
            self.ledger.forget(&key);
        }
    }
}
