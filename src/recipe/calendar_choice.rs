//! Which calendar a visit goes to.

use super::{Configuration, TeamMember};
use crate::document::nearest;
use crate::ghl::calendar::{Calendar, cannot_be_id};
use crate::knock::{LeadBooked, Rep, Warning};

/// The calendar an event asks for: by id, or by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarChoice {
    /// Its id.
    pub id: Option<String>,
    /// Its name, when there is no id.
    pub name: Option<String>,
    /// Where that was said, for people.
    pub origin: &'static str,
    /// Whether the event names a rep who booked.
    pub rep_named: bool,
    /// The rep in words, who has no GHL user here.
    pub rep_unknown: Option<String>,
    /// The GHL user of that rep, if the configuration knows them.
    pub rep_user: Option<String>,
    /// Whether it is an entry of the routing table, which says who comes.
    pub is_routed: bool,
}

/// A calendar that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCalendar {
    /// By id.
    pub id: Option<String>,
    /// By name, when there is no id.
    pub name: Option<String>,
    /// Who of its team is to come.
    pub user_id: Option<String>,
    /// Where it is named.
    pub pointer: String,
}

impl NamedCalendar {
    pub(super) fn of(within: &str, id: &Option<String>, name: &Option<String>, user_id: &Option<String>) -> Self {
        let key = if id.is_some() { "calendar_id" } else { "calendar_name" };
        Self {
            id: id.clone(),
            name: name.clone(),
            user_id: user_id.clone(),
            pointer: format!("{within}/{key}"),
        }
    }
}

impl Configuration {
    /// The calendars that it names, for all, for reps, and in the routing table.
    pub fn named_calendars(&self) -> Vec<NamedCalendar> {
        let of_all = NamedCalendar::of("", &self.calendar_id, &self.calendar_name, &None);
        let mut all = vec![of_all];
        for (index, rep) in self.reps.iter().enumerate() {
            let within = format!("/reps/{index}");
            all.push(NamedCalendar::of(
                &within,
                &rep.calendar_id,
                &rep.calendar_name,
                &rep.user_id,
            ));
        }
        for route in &self.routing {
            all.push(route.named());
        }
        all.retain(|named| named.id.is_some() || named.name.is_some());
        all
    }

    /// The GHL users that it names, each with its place.
    pub fn named_users(&self) -> Vec<(String, String)> {
        let mut named = Vec::new();
        for (index, rep) in self.reps.iter().enumerate() {
            if let Some(user) = &rep.user_id {
                named.push((user.clone(), format!("/reps/{index}/user_id")));
            }
        }
        for (index, route) in self.routing.iter().enumerate() {
            if let Some(user) = route.named().user_id {
                named.push((user, format!("/routing/{index}/user_id")));
            }
        }
        named
    }
}

/// Why a name does not lead to one calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarNotFound {
    /// No calendar has this name.
    Unknown {
        /// A sentence that names those there are.
        sentence: String,
        /// One that is almost called so.
        near: Option<String>,
    },
    /// Several have it. A sentence that names them.
    Ambiguous(String),
}

impl CalendarChoice {
    /// The calendars for a visit, to be tried one after the other: the event's own `calendarId` or `calendarName`, else
    /// those of the `routes` that fit, else the rep's, else the connection's. None when none of them names one. A name
    /// where an id should be is a name all the same, with a warning.
    pub fn of(
        booked: &LeadBooked,
        configuration: &Configuration,
        routes: Vec<Self>,
        warnings: &mut Vec<Warning>,
    ) -> Vec<Self> {
        let names_one = booked.calendar_id.is_some() || booked.calendar_name.is_some();
        if !names_one && !routes.is_empty() {
            return routes;
        }
        let (mut own_id, mut own_name) = (booked.calendar_id.clone(), booked.calendar_name.clone());
        if let Some(name) = own_id.take_if(|id| cannot_be_id(id)) {
            let message = format!("`{name}` is a name, not an id, and is used as one; write it as `calendarName`");
            warnings.push(Warning::at("/data/calendarId", "calendar-name-in-id", message));
            own_name.get_or_insert(name);
        }
        let member = booked.rep.as_ref().and_then(|rep| configuration.member(rep));
        let candidates = [
            (&own_id, &own_name, "the event"),
            (
                member.map_or(&None, |member| &member.calendar_id),
                member.map_or(&None, |member| &member.calendar_name),
                "the rep",
            ),
            (
                &configuration.calendar_id,
                &configuration.calendar_name,
                "the configuration",
            ),
        ];
        let named = candidates
            .into_iter()
            .find(|(id, name, _)| id.is_some() || name.is_some());
        let choice = named.map(|(id, name, origin)| Self {
            id: id.clone(),
            name: name.clone().filter(|_| id.is_none()),
            origin,
            // Of one whose name several have was told already.
            rep_named: booked.rep.as_ref().is_some_and(|rep| !configuration.has_several(rep)),
            rep_user: member.and_then(|member| member.user_id.clone()),
            rep_unknown: booked.rep.as_ref().and_then(|rep| configuration.unknown_rep(rep)),
            is_routed: false,
        });
        choice.into_iter().collect()
    }
}

impl Configuration {
    /// What the event calls a rep who has no GHL user in the configuration; nothing of one who has.
    pub fn unknown_rep(&self, rep: &Rep) -> Option<String> {
        let has_user = self.member(rep).is_some_and(|member| member.user_id.is_some());
        (!has_user).then(|| rep.label())
    }

    /// Whether the configuration has several reps of that name, and nothing tells which one it is.
    pub fn has_several(&self, rep: &Rep) -> bool {
        rep.is_ambiguous(&self.settings.roster)
    }

    /// What the configuration knows of a rep, by id or else by e-mail address.
    pub fn member(&self, rep: &Rep) -> Option<&TeamMember> {
        let by_id = self
            .reps
            .iter()
            .find(|member| member.id.is_some() && member.id == rep.id);
        by_id.or_else(|| {
            self.reps
                .iter()
                .find(|member| member.email.is_some() && member.email == rep.email)
        })
    }
}

/// The calendar of this name. Case and white space do not count; an active calendar goes before an inactive one.
///
/// # Errors
/// When there is none, or more than one.
pub fn choose<'a>(calendars: &'a [Calendar], name: &str) -> Result<&'a Calendar, CalendarNotFound> {
    let plain = Calendar::plain_name(name);
    let (mut matching, mut active) = (Vec::new(), Vec::new());
    for calendar in calendars {
        if Calendar::plain_name(&calendar.name) == plain {
            matching.push(calendar);
            active.extend(calendar.active.then_some(calendar));
        }
    }
    match (active.as_slice(), matching.as_slice()) {
        ([one], _) | ([], [one]) => Ok(one),
        ([], []) => Err(unknown(calendars, name)),
        _ => {
            let mut ids = Vec::new();
            for calendar in &matching {
                ids.push(format!("`{}`", calendar.id));
            }
            Err(CalendarNotFound::Ambiguous(format!(
                "{} calendars are called `{name}`; write `calendarId` with one of {}",
                ids.len(),
                ids.join(", ")
            )))
        }
    }
}

fn unknown(calendars: &[Calendar], name: &str) -> CalendarNotFound {
    let mut names = Vec::new();
    for calendar in calendars {
        names.push(calendar.name.as_str());
    }
    let near = nearest(name, names.iter().copied());
    let there = names.join("`, `");
    let hint = match (near, names.is_empty()) {
        (_, true) => ": the location has no calendars".to_owned(),
        (Some(near), _) => format!("; did you mean `{near}`? There are `{there}`"),
        (None, _) => format!("; there are `{there}`"),
    };
    CalendarNotFound::Unknown {
        sentence: format!("no calendar is called `{name}`{hint}"),
        near: near.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(id: &str, name: &str, active: bool) -> Calendar {
        Calendar {
            id: id.into(),
            name: name.into(),
            kind: String::new(),
            team: Vec::new(),
            active,
            insists: false,
        }
    }

    #[test]
    fn case_and_white_space_do_not_count() {
        let calendars = [calendar("1", "Roof  Inspections", true)];
        assert_eq!(choose(&calendars, " roof inspections ").unwrap().id, "1");
    }

    #[test]
    fn an_active_calendar_goes_before_an_inactive_one_of_the_same_name() {
        let calendars = [calendar("1", "Roof", false), calendar("2", "Roof", true)];
        assert_eq!(choose(&calendars, "Roof").unwrap().id, "2");
    }

    #[test]
    fn two_of_the_same_name_are_not_guessed_between() {
        let calendars = [calendar("1", "Roof", true), calendar("2", "roof", true)];
        assert!(matches!(
            choose(&calendars, "Roof"),
            Err(CalendarNotFound::Ambiguous(_))
        ));
    }

    #[test]
    fn a_misspelt_name_is_answered_with_the_nearest_and_with_all() {
        let calendars = [calendar("1", "Roof Inspections", true), calendar("2", "Dana", true)];
        let Err(CalendarNotFound::Unknown { sentence, .. }) = choose(&calendars, "Roof Inspectoin") else {
            panic!("there is none");
        };
        assert_eq!(
            sentence,
            "no calendar is called `Roof Inspectoin`; did you mean `Roof Inspections`? There are `Roof \
             Inspections`, `Dana`"
        );
    }
}
