//! What must be true when all is over.

use super::lead::{Lead, VISIT};
use super::report::{FaultLine, Finding, Leads, Resolution};
use super::town;
use crate::contract::{AppliedStep, Outcome};
use crate::emulator::{Appointment, Contact, FaultKind, Ghl, Occasion, Server, Status as AppointmentStatus, Struck};
use crate::inbox::{Ending, Listed, Status};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known when all is over.
pub(super) struct Evidence<'a> {
    leads: &'a [Lead],
    /// By the subject and id of the event.
    events: HashMap<(&'a str, &'a str), &'a Listed>,
    appointments: HashMap<usize, Vec<Appointment>>,
    contacts: HashMap<(usize, String), Contact>,
    findings: Vec<Finding>,
}

/// How it was judged.
pub(super) struct Judgement {
    pub(super) leads: Leads,
    pub(super) findings: Vec<Finding>,
    pub(super) faults: BTreeMap<FaultKind, FaultLine>,
}

/// What is wrong with a lead.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    Lost,
    Double,
    Otherwise,
}

/// Judges what the GHL holds and the inbox says.
pub(super) fn judge(leads: &[Lead], server: &Server, listed: &[Listed]) -> Judgement {
    let mut evidence = Evidence::gather(leads, server, listed);
    let mut totals = Leads {
        leads: count(leads.len()),
        ..Leads::default()
    };
    let mut unwell = BTreeSet::new();
    for lead in leads {
        totals.called_off += u64::from(lead.wanted.is_none());
        let live = evidence
            .appointments_of(lead)
            .iter()
            .filter(|appointment| is_live(appointment));
        totals.appointments += count(live.count());
        let problems = evidence.problems(lead);
        let kinds: BTreeSet<_> = problems.iter().map(|(kind, _)| *kind).collect();
        totals.lost += u64::from(kinds.contains(&Wrong::Lost));
        totals.double += u64::from(kinds.contains(&Wrong::Double));
        totals.wrong += u64::from(kinds.contains(&Wrong::Otherwise));
        for (_, message) in problems {
            unwell.insert(lead.number);
            evidence.findings.push(Finding {
                lead: Some(lead.number),
                connection: Some(town::connection(lead.location)),
                message,
            });
        }
    }
    let faults = evidence.faults(server, &unwell);
    Judgement {
        leads: totals,
        findings: evidence.findings,
        faults,
    }
}

impl<'a> Evidence<'a> {
    fn gather(leads: &'a [Lead], server: &Server, listed: &'a [Listed]) -> Self {
        let events = listed
            .iter()
            .map(|event| ((event.subject.as_str(), event.id.as_str()), event));
        let mut evidence = Self {
            leads,
            events: events.collect(),
            appointments: HashMap::new(),
            contacts: HashMap::new(),
            findings: Vec::new(),
        };
        for location in 0..server.locations() {
            server.with_location(location, |ghl| evidence.look_into(location, ghl));
        }
        evidence
    }

    fn look_into(&mut self, location: usize, ghl: &Ghl) {
        for contact in ghl.contacts() {
            self.contacts.insert((location, contact.id.clone()), contact.clone());
        }
        for appointment in ghl.appointments() {
            let number = appointment.description.as_deref().and_then(Lead::number_in);
            let lead = number.filter(|number| self.leads.get(*number).is_some_and(|lead| lead.location == location));
            match lead {
                Some(number) => self.appointments.entry(number).or_default().push(appointment.clone()),
                None => self.findings.push(Finding {
                    lead: None,
                    connection: Some(town::connection(location)),
                    message: format!("an appointment of no lead: {}", in_words(appointment)),
                }),
            }
        }
    }

    fn appointments_of(&self, lead: &Lead) -> &[Appointment] {
        self.appointments
            .get(&lead.number)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Everything that is wrong about a lead.
    fn problems(&self, lead: &Lead) -> Vec<(Wrong, String)> {
        let mut problems = Vec::new();
        let appointments = self.appointments_of(lead);
        if appointments.len() > 1 {
            problems.push((
                Wrong::Double,
                format!("booked more than once: {}", all_in_words(appointments)),
            ));
        }
        match (
            lead.wanted,
            appointments.iter().find(|appointment| is_live(appointment)),
        ) {
            (Some(start), None) => {
                problems.push((
                    Wrong::Lost,
                    format!("no appointment at {start}; there is {}", all_in_words(appointments)),
                ));
            }
            (None, Some(live)) => problems.push((Wrong::Otherwise, format!("not called off: {}", in_words(live)))),
            (Some(_), Some(live)) => problems.extend(self.content(lead, live)),
            (None, None) => {}
        }
        for event in &lead.events {
            let listed = self.events.get(&(lead.subject().as_str(), event.id.as_str())).copied();
            problems.extend(self.receipt(lead, &event.id, listed));
        }
        problems
    }

    /// What an appointment says that the lead does not want.
    fn content(&self, lead: &Lead, live: &Appointment) -> Option<(Wrong, String)> {
        let contact = self.contacts.get(&(lead.location, live.contact_id.clone()));
        let told = live
            .notices
            .iter()
            .filter(|notice| notice.occasion == Occasion::Booked)
            .count();
        let calendar = if lead.in_roomy_calendar() { "roomy" } else { "narrow" };
        let is_right = Some(live.start) == lead.wanted
            && live.end == live.start + VISIT
            && live.status == AppointmentStatus::Confirmed
            && live.title == lead.name()
            && live.calendar_id == calendar
            && live
                .description
                .as_deref()
                .is_some_and(|text| text.contains("\n\nRef KC-"))
            && contact.is_some_and(|contact| contact.phone.as_deref() == Some(lead.phone().as_str()))
            && told == 1;
        (!is_right).then(|| {
            let message = format!(
                "wanted at {}, told {told} times: {} of a contact with the phone number `{}`",
                lead.wanted
                    .map_or_else(|| "no time".to_owned(), |wanted| wanted.to_string()),
                in_words(live),
                contact.and_then(|contact| contact.phone.as_deref()).unwrap_or("-")
            );
            (Wrong::Otherwise, message)
        })
    }

    /// What the inbox says of an event that is not true, or not done.
    fn receipt(&self, lead: &Lead, id: &str, listed: Option<&Listed>) -> Option<(Wrong, String)> {
        let Some(listed) = listed else {
            return Some((Wrong::Otherwise, format!("event `{id}` was acknowledged and is gone")));
        };
        let Some(Ending::Receipt(receipt)) = listed.ending.as_ref().filter(|_| listed.status == Status::Done) else {
            let message = format!("event `{id}` is {}, with {}", listed.status, json!(listed.ending));
            return Some((Wrong::Otherwise, message));
        };
        let untrue = receipt.applied.iter().find(|step| !self.is_true(lead, step))?;
        Some((
            Wrong::Otherwise,
            format!("the receipt of event `{id}` says {}", json!(untrue)),
        ))
    }

    /// Whether there is what a step says it made, changed or found.
    fn is_true(&self, lead: &Lead, step: &AppliedStep) -> bool {
        let appointments = self.appointments_of(lead);
        match &step.id {
            None => true,
            Some(id) if step.name == "appointment" => appointments.iter().any(|appointment| appointment.id == *id),
            Some(id) => {
                let contact = self.contacts.get(&(lead.location, id.clone()));
                contact.is_some_and(|contact| contact.phone.as_deref() == Some(lead.phone().as_str()))
            }
        }
    }

    /// What struck the requests, and how that was resolved.
    fn faults(&self, server: &Server, unwell: &BTreeSet<usize>) -> BTreeMap<FaultKind, FaultLine> {
        let of_appointment: HashMap<&str, usize> = self
            .appointments
            .iter()
            .flat_map(|(lead, all)| all.iter().map(|appointment| (appointment.id.as_str(), *lead)))
            .collect();
        let mut lines: BTreeMap<FaultKind, FaultLine> = BTreeMap::new();
        for location in 0..server.locations() {
            let rainfall = server
                .with_location(location, |ghl| ghl.rainfall().clone())
                .unwrap_or_default();
            for (kind, struck) in rainfall.counts() {
                lines.entry(*kind).or_default().struck += struck;
            }
            for strike in rainfall.strikes() {
                let by_description = strike.description.as_deref().and_then(Lead::number_in);
                let by_id = || of_appointment.get(strike.appointment.as_deref()?).copied();
                let lead = by_description.or_else(by_id);
                let resolution = match lead {
                    Some(lead) if unwell.contains(&lead) => Resolution::Unresolved,
                    lead => self.resolution(strike, lead.and_then(|number| self.leads.get(number))),
                };
                let line = lines.entry(strike.fault).or_default();
                *line.resolved.entry(resolution).or_default() += 1;
            }
        }
        lines
    }

    fn resolution(&self, strike: &Struck, lead: Option<&Lead>) -> Resolution {
        match (strike.fault, strike.operation, lead) {
            (FaultKind::Latency | FaultKind::Trickle | FaultKind::Lag, ..) => Resolution::Endured,
            (FaultKind::RateLimitStorm | FaultKind::InvalidToken, ..) => Resolution::Waited,
            (_, Some(operation @ ("appointment.create" | "appointment.update")), Some(lead)) => {
                self.of_write(operation, lead)
            }
            _ => Resolution::Repeated,
        }
    }

    /// How a request that must not be repeated came to its end, as the receipts of its lead tell.
    fn of_write(&self, operation: &str, lead: &Lead) -> Resolution {
        let events = lead.events.iter();
        let listed = events.filter_map(|event| self.events.get(&(lead.subject().as_str(), event.id.as_str())).copied());
        let receipts = listed.filter_map(|listed| match &listed.ending {
            Some(Ending::Receipt(receipt)) => Some(receipt),
            _ => None,
        });
        let steps = receipts
            .flat_map(|receipt| &receipt.applied)
            .filter(|step| step.action == operation);
        let outcomes: Vec<_> = steps.map(|step| step.outcome).collect();
        if outcomes.contains(&Outcome::Found) {
            Resolution::Found
        } else if outcomes.contains(&Outcome::Done) {
            Resolution::SentAgain
        } else {
            Resolution::Obsolete
        }
    }
}

/// An appointment, for people.
fn in_words(appointment: &Appointment) -> String {
    format!(
        "`{}` ({}, {}, at {} in calendar `{}`)",
        appointment.id,
        appointment.title,
        json!(appointment.status).as_str().unwrap_or_default(),
        appointment.start,
        appointment.calendar_id
    )
}

fn all_in_words(appointments: &[Appointment]) -> String {
    let words: Vec<_> = appointments.iter().map(in_words).collect();
    match words.is_empty() {
        true => "none".to_owned(),
        false => words.join(", "),
    }
}

fn is_live(appointment: &Appointment) -> bool {
    !appointment.deleted && appointment.status != AppointmentStatus::Cancelled
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
