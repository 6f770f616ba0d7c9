//! Reads the spellings that people and programs use, from the first letter to the last.

use super::cursor::Cursor;
use super::number::billionths;
use super::parts::{Parts, set};
use super::words::{month, weekday};
use super::{Flaw, Mark};
use crate::document::lists;
use crate::zone::Zone;

/// Seconds of the largest offset there is, and of the smallest one west of Greenwich that people live by.
const FARTHEST: u32 = 14 * 3600;
const NEAREST_WEST: u32 = 3 * 3600;

/// Reads a text that [`plain`](super::plain::plain) has prepared.
pub(super) fn scan(text: &str) -> Result<Parts, Flaw> {
    let mut scan = Scan::new(text);
    match scan.read() {
        Some(()) => Ok(scan.parts),
        None => Err(scan.flaw),
    }
}

struct Scan<'a> {
    text: &'a str,
    cursor: Cursor<'a>,
    parts: Parts,
    /// Numbers of which the words around say what they are.
    loose: Vec<&'a str>,
    /// Whether the last thing was the `T` before a time, or a date without hyphens.
    is_after_t: bool,
    /// Whether the date stands before a `T`.
    is_iso: bool,
    /// Why it is not a time, where that turns out.
    flaw: Flaw,
}

/// Each of these is nothing where the text is not a time.
impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            cursor: Cursor { rest: text },
            parts: Parts::default(),
            loose: Vec::new(),
            is_after_t: false,
            is_iso: false,
            flaw: Flaw::Invalid,
        }
    }

    fn read(&mut self) -> Option<()> {
        while let Some(letter) = self.cursor.peek() {
            match letter {
                ' ' | ',' | '@' | ';' | '|' => self.cursor.rest = self.cursor.rest.get(1..).unwrap_or_default(),
                '0'..='9' => self.number()?,
                'a'..='z' => self.word()?,
                '[' | '(' => self.bracket()?,
                '+' | '-' => self.sign()?,
                ':' if self.parts.has_day() && self.parts.hour.is_none() => _ = self.cursor.eat(":"),
                _ => return None,
            }
        }
        self.finish()
    }

    /// It is not a time, and this is why.
    fn refuse(&mut self, flaw: Flaw) -> Option<()> {
        self.flaw = flaw;
        None
    }

    fn number(&mut self) -> Option<()> {
        let is_after_t = std::mem::take(&mut self.is_after_t);
        let digits = self.cursor.digits(20);
        match (digits.len(), self.cursor.peek()) {
            (1 | 2, Some(':')) => self.clock(digits, ":"),
            (1 | 2, Some('h')) => self.clock(digits, "h"),
            (2 | 4 | 6, _) if is_after_t => self.compact_time(digits),
            (8 | 12 | 14, _) if !self.parts.has_day() => self.compact(digits),
            (4, Some('-' | '/' | '.')) => self.year_first(digits),
            (1 | 2, Some('.')) if is_clock_with_dot(self.cursor) => self.clock(digits, "."),
            (1 | 2, Some('-')) if self.parts.has_day() => self.refuse(Flaw::Period),
            (1 | 2, Some('-' | '/' | '.')) => self.day_and_month(digits),
            (3, _) if half(self.cursor).is_some() => self.clock_without_colon(digits),
            (4, _) if self.parts.year.is_some() && half(self.cursor).is_some() => self.clock_without_colon(digits),
            (1 | 2, _) => self.day_or_hour(digits),
            (4, _) => {
                self.loose.push(digits);
                Some(())
            }
            _ => None,
        }
    }

    /// `230pm`, `0230 PM`.
    fn clock_without_colon(&mut self, digits: &str) -> Option<()> {
        let (hour, minute) = digits.split_at_checked(digits.len() - 2)?;
        self.set_time(hour, minute.parse().ok()?, 0)?;
        self.half()
    }

    /// `4`, `4th`, `2 PM`.
    fn day_or_hour(&mut self, digits: &'a str) -> Option<()> {
        let is_day = ["st", "nd", "rd", "th"].into_iter().any(|end| self.eat_word(end));
        if !is_day && half(self.cursor).is_some() {
            self.set_time(digits, 0, 0)?;
            return self.half();
        }
        self.loose.push(digits);
        Some(())
    }

    /// `2030-06-04`, `2030/6/4`.
    fn year_first(&mut self, year: &str) -> Option<()> {
        let between = self.cursor.peek()?;
        self.cursor.eat_any(&[between]);
        let month = self.month_or_number()?;
        if !self.cursor.eat_any(&[between]) {
            return None;
        }
        let day = self.cursor.number(2)?;
        self.parts.set_year(year)?;
        set(&mut self.parts.month, month)?;
        set(&mut self.parts.day, day)
    }

    /// `6/4/2030`, `04.06.30`, `4-Jun-2030`, `6/4`; or a day before something else: `4. June`.
    fn day_and_month(&mut self, first: &'a str) -> Option<()> {
        let mut ahead = self.cursor;
        let between = ahead.peek()?;
        ahead.eat_any(&[between]);
        let one = first.parse().ok()?;
        if self.parts.month.is_some() && ahead.digits(5).len() == 4 {
            // `Jun-04-2030`.
            self.cursor.eat_any(&[between]);
            self.loose.push(first);
            return Some(());
        }
        let mut ahead = self.cursor;
        ahead.eat_any(&[between]);
        let named = ahead.is_at_letter().then(|| month(ahead.word())).flatten();
        if let Some(month) = named {
            set(&mut self.parts.month, month)?;
            set(&mut self.parts.day, one)?;
        } else if ahead.is_at_digit() {
            let other = ahead.number(2)?;
            set(&mut self.parts.pair, (one, other))?;
        } else {
            self.cursor.eat(".");
            self.loose.push(first);
            return Some(());
        }
        self.cursor = ahead;
        if self.cursor.eat_any(&[between]) {
            let year = self.cursor.digits(5);
            return self.parts.set_year(year);
        }
        match between {
            '/' => Some(()),
            _ => None,
        }
    }

    fn month_or_number(&mut self) -> Option<u32> {
        match self.cursor.is_at_letter() {
            true => month(self.cursor.word()),
            false => self.cursor.number(2),
        }
    }

    /// `20300604`, and the time behind it where there is one.
    fn compact(&mut self, digits: &'a str) -> Option<()> {
        let (date, time) = digits.split_at_checked(8)?;
        let mut date = Cursor { rest: date };
        self.parts.set_year(date.digits(4))?;
        set(&mut self.parts.month, date.number(2)?)?;
        set(&mut self.parts.day, date.number(2)?)?;
        self.is_after_t = true;
        match time {
            "" => Some(()),
            time => self.compact_time(time),
        }
    }

    fn compact_time(&mut self, digits: &str) -> Option<()> {
        let mut digits = Cursor { rest: digits };
        let hour = digits.digits(2);
        let (minute, second) = (digits.number(2).unwrap_or(0), digits.number(2).unwrap_or(0));
        self.is_after_t = false;
        self.is_iso = true;
        self.fraction()?;
        self.set_time(hour, minute, second)
    }

    /// `14:00`, `2:00:30.5 PM`, `14h00`, `14h`.
    fn clock(&mut self, hour: &str, between: &str) -> Option<()> {
        self.cursor.eat(between);
        let minute = match self.cursor.digits(3) {
            "" if between == "h" => 0,
            digits if digits.len() == 2 => digits.parse().unwrap_or(60),
            _ => return None,
        };
        let mut second = 0;
        if between == ":" && self.cursor.eat(":") {
            let digits = self.cursor.digits(3);
            second = match digits.len() {
                2 => digits.parse().unwrap_or(60),
                _ => return None,
            };
            self.fraction()?;
            self.is_iso = true;
        }
        self.set_time(hour, minute, second)?;
        self.half()
    }

    /// The part of a second, if one follows.
    fn fraction(&mut self) -> Option<()> {
        let mut ahead = self.cursor;
        if !ahead.eat_any(&['.', ',']) || !ahead.is_at_digit() {
            return Some(());
        }
        let digits = ahead.digits(9);
        self.parts.nanosecond = u32::try_from(billionths(digits)).unwrap_or_default();
        // What is shorter than a billionth of a second.
        ahead.digits(usize::MAX);
        self.cursor = ahead;
        Some(())
    }

    fn set_time(&mut self, hour: &str, minute: u32, second: u32) -> Option<()> {
        if self.parts.hour.is_some() {
            return self.refuse(Flaw::Period);
        }
        self.parts.hour = Some(hour.parse().ok()?);
        self.parts.is_short_hour = hour.len() == 1;
        (self.parts.minute, self.parts.second) = (minute, second);
        Some(())
    }

    /// Passes over `AM` or `PM`, if it is next.
    fn half(&mut self) -> Option<()> {
        let Some((is_afternoon, after)) = half(self.cursor) else {
            return Some(());
        };
        self.cursor = after;
        set(&mut self.parts.is_afternoon, is_afternoon)
    }

    fn word(&mut self) -> Option<()> {
        let start = self.cursor;
        let word = self.cursor.word();
        if self.cursor.rest.starts_with(['/', '_']) {
            self.cursor = start;
            return self.zone_name();
        }
        if let Some(month) = month(word) {
            self.cursor.eat(".");
            // `Jun-4-2030`
            self.cursor.eat("-");
            return set(&mut self.parts.month, month);
        }
        if let Some(day) = weekday(word) {
            self.cursor.eat(".");
            return set(&mut self.parts.weekday, day);
        }
        let has_time = self.parts.hour.is_some();
        match word {
            // `14.06.2030 14:00 Uhr`, `14 de junio`, `a las 14:00`.
            "uhr" if has_time => {}
            "de" | "del" | "a" | "las" | "la" | "el" | "um" if !has_time => {}
            // `2pm local time` says where nothing else does.
            "local" if has_time => {
                self.cursor.skip_blanks();
                self.eat_word("time");
            }
            "t" if self.parts.has_day() && !has_time => {
                self.is_after_t = true;
                self.is_iso = true;
            }
            "at" | "on" | "of" | "the" | "this" | "coming" => {}
            "today" => return set(&mut self.parts.days_ahead, 0),
            "tomorrow" => return set(&mut self.parts.days_ahead, 1),
            "next" => return self.refuse(Flaw::Next),
            "noon" => {
                while let Some(twelve) = self.loose.iter().position(|digits| *digits == "12") {
                    self.loose.remove(twelve);
                }
                // `12:00 noon` says the same twice.
                if (self.parts.hour, self.parts.minute) == (Some(12), 0) {
                    return Some(());
                }
                return self.set_time("12", 0, 0);
            }
            "midnight" => return self.refuse(Flaw::Midnight),
            "to" | "until" | "till" | "through" if has_time => return self.refuse(Flaw::Period),
            "z" | "utc" | "gmt" if has_time => return self.utc(),
            _ if has_time => {
                let mark = self.abbreviation(word)?;
                return self.set_mark(mark);
            }
            _ => return None,
        }
        Some(())
    }

    /// `Z`, `UTC`, `GMT-0500`.
    fn utc(&mut self) -> Option<()> {
        let mut ahead = self.cursor;
        ahead.skip_blanks();
        if ahead.eat_any(&['+', '-']) && ahead.is_at_digit() {
            self.cursor.skip_blanks();
            return self.offset(true);
        }
        self.set_mark(Mark::Utc)
    }

    /// The zone of an abbreviation, or of words like `central daylight time`.
    fn abbreviation(&mut self, word: &str) -> Option<Mark> {
        if !lists("alaska|central|eastern|hawaii|mountain|pacific", word) {
            return Mark::abbreviated(word);
        }
        let first = match word {
            "alaska" => "ak",
            _ => word.get(..1)?,
        };
        self.cursor.skip_blanks();
        let season = match (self.eat_word("daylight"), self.eat_word("standard")) {
            (true, _) => "d",
            (_, true) => "s",
            _ => "",
        };
        self.cursor.skip_blanks();
        self.eat_word("time");
        Mark::abbreviated(&format!("{first}{season}t"))
    }

    /// A name of the tz database: `America/Denver`.
    fn zone_name(&mut self) -> Option<()> {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-' | '+');
        let end = self.cursor.rest.find(|letter| !is_part(letter));
        let (name, rest) = self.cursor.rest.split_at(end.unwrap_or(self.cursor.rest.len()));
        self.cursor.rest = rest;
        self.set_zone(name)
    }

    /// `[America/Denver]`, `[u-ca=iso8601]`, `(Central Daylight Time)`, `(CDT)`.
    fn bracket(&mut self) -> Option<()> {
        let end = if self.cursor.eat("[") { ']' } else { ')' };
        self.cursor.eat("(");
        let inside = self.cursor.until(end)?.trim();
        if inside.contains('=') || (end == ')' && self.parts.mark != Mark::None) {
            // The offset stands before it, and says more.
            return Some(());
        }
        if inside.contains('/') || end == ']' {
            return self.set_zone(inside.trim_start_matches('!'));
        }
        let after = std::mem::replace(&mut self.cursor, Cursor { rest: inside });
        let word = self.cursor.word();
        let mark = self.abbreviation(word).filter(|_| self.cursor.is_at_end());
        self.cursor = after;
        self.set_mark(mark?)
    }

    fn sign(&mut self) -> Option<()> {
        let after = self.cursor.rest.get(1..).unwrap_or_default();
        if self.parts.hour.is_some() {
            return match after.starts_with(|letter: char| letter.is_ascii_digit()) {
                true => self.offset(self.is_iso),
                false => self.refuse(Flaw::Period),
            };
        }
        // `June 4, 2030 - 2:00 PM`.
        let is_between = after.starts_with(' ') && (self.parts.has_day() || !self.loose.is_empty());
        match is_between && self.cursor.eat("-") {
            true => Some(()),
            false => None,
        }
    }

    /// `-05:00`, `-0500`, `-05`, `-5`. Where it is not certain, `09:00-10:00` can be a period.
    fn offset(&mut self, is_certain: bool) -> Option<()> {
        let before = self.text.len() - self.cursor.rest.len();
        let is_apart = self.text.get(..before).is_some_and(|before| before.ends_with(' '));
        let is_west = self.cursor.eat("-");
        self.cursor.eat("+");
        let digits = self.cursor.digits(5);
        let mut cursor = Cursor { rest: digits };
        let hours = match digits.len() {
            1 => cursor.number(1),
            2 | 4 => cursor.number(2),
            _ => None,
        };
        let hours = hours?;
        let minutes = match digits.len() {
            4 => cursor.number(2),
            _ if self.cursor.eat(":") => self.cursor.number(3),
            _ => Some(0),
        };
        let minutes = minutes.filter(|minutes| *minutes < 60)?;
        let seconds = hours * 3600 + minutes * 60;
        let is_certain = is_certain || !is_west || (is_apart && digits.len() == 4);
        let is_like_end = digits.len() == 1 || seconds > self.second_of_day() || seconds < NEAREST_WEST;
        if !is_certain && is_like_end && seconds > 0 {
            return self.refuse(Flaw::Period);
        }
        if seconds > FARTHEST {
            return None;
        }
        let seconds = i32::try_from(seconds).unwrap_or_default();
        self.set_mark(match seconds {
            0 => Mark::Utc,
            seconds if is_west => Mark::Offset(-seconds),
            seconds => Mark::Offset(seconds),
        })
    }

    fn second_of_day(&self) -> u32 {
        self.parts.hour.unwrap_or_default() * 3600 + self.parts.minute * 60
    }

    fn set_mark(&mut self, mark: Mark) -> Option<()> {
        let before = std::mem::replace(&mut self.parts.mark, mark);
        match (&before, &self.parts.mark) {
            (Mark::None, _) | (Mark::Utc, Mark::Utc) => Some(()),
            // `-0500 CDT` says the same twice.
            (Mark::Offset(one), Mark::Abbreviation(other, _)) if one == other => Some(()),
            _ => None,
        }
    }

    /// Sets the name of a zone, beside the offset where one stands before it.
    fn set_zone(&mut self, name: &str) -> Option<()> {
        let offset = match self.parts.mark {
            Mark::None => None,
            Mark::Utc => Some(0),
            Mark::Offset(seconds) => Some(seconds),
            _ => return None,
        };
        match Zone::named(name) {
            Some(zone) => self.parts.mark = Mark::Zone(zone, offset),
            None => return self.refuse(Flaw::Zone(name.to_owned())),
        }
        Some(())
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let mut ahead = self.cursor;
        let is_there = ahead.word() == word && !ahead.is_at_letter();
        if is_there {
            self.cursor = ahead;
        }
        is_there
    }

    /// Finds out what the loose numbers are.
    fn finish(&mut self) -> Option<()> {
        for digits in std::mem::take(&mut self.loose) {
            let parts = &mut self.parts;
            match (digits.len(), parts.month, parts.day) {
                (4, Some(_), _) => parts.set_year(digits)?,
                (1 | 2, Some(_), None) => parts.day = digits.parse().ok(),
                (2, Some(_), Some(_)) if parts.year.is_none() => parts.set_year(digits)?,
                (1 | 2, None, _) if parts.hour.is_none() && parts.has_day() => return self.refuse(Flaw::Half),
                _ => return None,
            }
        }
        Some(())
    }
}

/// The offset or the zone that is next, and what is left behind it.
pub(super) fn mark(cursor: Cursor<'_>) -> Option<(Mark, Cursor<'_>)> {
    let mut scan = Scan::new(cursor.rest);
    (scan.parts.hour, scan.is_iso) = (Some(0), true);
    match cursor.peek()? {
        '+' | '-' => scan.sign()?,
        'a'..='z' => scan.word()?,
        _ => return None,
    }
    (scan.parts.mark != Mark::None).then_some((scan.parts.mark, scan.cursor))
}

/// Whether `AM` or `PM` in any form is next, and which; and what is left behind it.
pub(super) fn half(mut cursor: Cursor<'_>) -> Option<(bool, Cursor<'_>)> {
    cursor.skip_blanks();
    let is_afternoon = match cursor.peek()? {
        'a' => false,
        'p' => true,
        _ => return None,
    };
    cursor.eat_any(&['a', 'p']);
    cursor.eat(".");
    let mut ahead = cursor;
    ahead.skip_blanks();
    if ahead.eat("m") {
        ahead.eat(".");
        cursor = ahead;
    }
    (!cursor.is_at_letter()).then_some((is_afternoon, cursor))
}

/// Whether what is left is like that of `2.30pm` behind the hour.
fn is_clock_with_dot(mut cursor: Cursor<'_>) -> bool {
    cursor.eat(".") && cursor.digits(3).len() == 2 && half(cursor).is_some()
}
