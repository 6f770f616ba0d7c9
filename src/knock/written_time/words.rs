//! The names of months and days of the week.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use crate::document::listed_under;
use crate::readable::{self, MONTHS, WEEKDAYS};

/// Other ways to shorten them than by three letters.
const SHORT: [&str; 4] = ["sept", "tues", "thur", "thurs"];

/// The months and days of the week as others call them: in Spanish, French and German, without those that begin alike.
const FOREIGN_MONTHS: &str = "1=enero|ene|janvier|januar;2=febrero|fevrier|februar;3=marzo|mars|marz;4=abril|abr|avril;\
     5=mayo|mai;6=junio|juin|juni;7=julio|juillet|juli;8=agosto|ago|aout;9=septiembre|setiembre|septembre;\
     10=octubre|octobre|oktober;11=noviembre|novembre;12=diciembre|dic|decembre|dezember";
const FOREIGN_DAYS: &str = "0=lunes|lundi|montag;1=martes|mardi|dienstag;2=miercoles|mercredi|mittwoch;3=jueves|jeudi|\
     donnerstag;4=viernes|vendredi|freitag;5=sabado|samedi|samstag;6=domingo|dimanche|sonntag";

/// The number of the month that a word in small letters names.
pub(super) fn month(word: &str) -> Option<u32> {
    let foreign = || listed_under(FOREIGN_MONTHS, word)?.parse().ok();
    position(word, &MONTHS).map(|index| index + 1).or_else(foreign)
}

/// The day of the week that a word in small letters names.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let foreign = || listed_under(FOREIGN_DAYS, word)?.parse().ok();
    let index = position(word, &WEEKDAYS).or_else(foreign)?;
    Weekday::try_from(u8::try_from(index).ok()?).ok()
}

fn position(word: &str, names: &[&str]) -> Option<u32> {
    let is_meant = |name: &&str| {
        let begins = name
            .get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        begins && (word.len() == 3 || word.len() == name.len() || SHORT.contains(&word))
    };
    let index = names.iter().position(is_meant)?;
    u32::try_from(index).ok()
}

/// A day, and perhaps a time of day, as people say it: `Tuesday, June 4, 2030, 2:00 PM`.
pub(in crate::knock) fn spoken(date: NaiveDate, time: Option<NaiveTime>) -> String {
    let day = format!("{}, {}", readable::day(date), date.year());
    match time {
        Some(time) => format!("{day}, {}", readable::time_of_day(time)),
        None => day,
    }
}
