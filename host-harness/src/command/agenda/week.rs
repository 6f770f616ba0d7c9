//! An agenda for people, day by day.

use chrono::{DateTime, Days, FixedOffset, NaiveDate};

use super::entry::{Agenda, Entry, Kind};
use crate::command::print::{BOLD, DIM, ODD};
use crate::command::terminal::println;

/// Prints days one after the other, those without entries as well.
pub(super) fn print(agenda: &Agenda, first: NaiveDate, days: u8) {
    let end = first.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX);
    let listed = agenda.entries.iter().filter(|entry| entry.kind != Kind::Free);
    let widths = Widths::of(listed);
    for day in first.iter_days().take_while(|day| *day < end) {
        println!("{BOLD}{}{BOLD:#}", day.format("%A %-d %B %Y"));
        // What began before the first day is still there on it.
        let here = |entry: &&Entry| entry.start_time.date_naive().max(first) == day;
        let (free, listed): (Vec<_>, Vec<_>) = agenda
            .entries
            .iter()
            .filter(here)
            .partition(|entry| entry.kind == Kind::Free);
        if listed.is_empty() && free.is_empty() {
            let nothing = match agenda.is_complete() {
                true => "nothing",
                false => "nothing that could be read",
            };
            println!("  {DIM}{nothing}{DIM:#}");
        }
        for entry in listed {
            line(entry, &widths);
        }
        print_free(&free);
    }
    println!("{DIM}{}{DIM:#}", summary(agenda));
}

/// Widths of the columns.
struct Widths {
    calendar: usize,
    title: usize,
    users: usize,
}

impl Widths {
    fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let letters = |text: &str| text.chars().count();
        let none = Self {
            calendar: 0,
            title: 0,
            users: 0,
        };
        entries.fold(none, |widths, entry| Self {
            calendar: widths.calendar.max(letters(&entry.calendar)),
            title: widths.title.max(letters(title(entry))),
            users: widths.users.max(letters(&entry.users.join(", "))),
        })
    }
}

fn line(entry: &Entry, widths: &Widths) {
    let Widths {
        calendar,
        title: titles,
        users,
    } = *widths;
    let conflict = match entry.conflicts_with.is_empty() {
        true => String::new(),
        false => format!("  {ODD}conflict{ODD:#}"),
    };
    let line = format!(
        "  {}–{}  {:titles$}  {:calendar$}  {:users$}  {DIM}{}{DIM:#}{conflict}",
        time(entry.start_time),
        end(entry),
        title(entry),
        entry.calendar,
        entry.users.join(", "),
        entry.status,
    );
    println!("{}", line.trim_end());
}

fn title(entry: &Entry) -> &str {
    match (entry.title.as_str(), entry.kind) {
        ("", Kind::Blocked) => "blocked",
        ("", _) => "(no title)",
        (title, _) => title,
    }
}

/// Free slots of a day, a line for each calendar.
fn print_free(free: &[&Entry]) {
    let mut calendars: Vec<&str> = free.iter().map(|slot| slot.calendar.as_str()).collect();
    calendars.sort_unstable();
    calendars.dedup();
    for calendar in calendars {
        let slots = free.iter().filter(|slot| slot.calendar == calendar);
        let times: Vec<_> = slots.map(|slot| time(slot.start_time)).collect();
        println!("  {DIM}free  {calendar}: {}{DIM:#}", times.join(" "));
    }
}

fn time(time: DateTime<FixedOffset>) -> String {
    time.format("%H:%M").to_string()
}

/// The end of an entry, with its day where that is another one.
fn end(entry: &Entry) -> String {
    match entry.end_time.date_naive() == entry.start_time.date_naive() {
        true => time(entry.end_time),
        false => entry.end_time.format("%H:%M (%-d %b)").to_string(),
    }
}

fn summary(agenda: &Agenda) -> String {
    let count = |kind| agenda.entries.iter().filter(|entry| entry.kind == kind).count();
    let conflicts = agenda
        .entries
        .iter()
        .filter(|entry| !entry.conflicts_with.is_empty())
        .count();
    let some = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        more => format!("{more} {many}"),
    };
    let mut parts = vec![
        some(count(Kind::Appointment), "appointment", "appointments"),
        some(count(Kind::Blocked), "blocked", "blocked"),
    ];
    if count(Kind::Free) > 0 {
        parts.push(some(count(Kind::Free), "free slot", "free slots"));
    }
    if conflicts > 0 {
        parts.push(format!("{conflicts} in conflict"));
    }
    if !agenda.is_complete() {
        parts.push("and what could not be read".to_owned());
    }
    format!("{}; times of {}", parts.join(", "), agenda.timezone)
}
