//! Formats of times that a configuration names, as `strptime` has them.

use super::cursor::Cursor;
use super::number::billionths;
use super::parts::Parts;
use super::plain::plain;
use super::scan;
use super::words::{month, weekday};
use super::{Flaw, Written};

/// The directives, as a message lists them.
const KNOWN: &str = "`%Y %y %m %d %b %B %a %A %H %I %M %S %f %p %z %Z`";

/// The letters of parts, each in one way.
const PARTS: &str = "YymbdaHIMSfpzZ";

/// A format of times, such as `%m/%d/%Y %I:%M %p`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A part of the time, by its letter.
    Part(char),
    /// Any blanks, or none.
    Blank,
    /// A letter as it stands, in small.
    Letter(char),
}

impl Format {
    /// Reads a format.
    ///
    /// # Errors
    /// A sentence: what cannot work.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '%' => directive(&mut letters, &mut pieces)?,
                letter if letter.is_whitespace() => pieces.push(Piece::Blank),
                letter => pieces.push(Piece::Letter(letter.to_ascii_lowercase())),
            }
        }
        check(&pieces)?;
        Ok(Self { pieces })
    }

    /// The time that a text names in this format; nothing when it has another one.
    pub fn time(&self, text: &str) -> Option<Result<Written, Flaw>> {
        let parts = self.read(&plain(text))?;
        Some(parts.written(None).map(|(written, _)| written))
    }

    /// The parts of a prepared text; nothing when it has another format.
    pub(super) fn read(&self, text: &str) -> Option<Parts> {
        let mut parts = Parts::default();
        let mut cursor = Cursor { rest: text };
        for piece in &self.pieces {
            match piece {
                Piece::Blank => cursor.skip_blanks(),
                Piece::Letter(letter) => cursor.eat_any(&[*letter]).then_some(())?,
                Piece::Part(part) => read_part(*part, &mut cursor, &mut parts)?,
            }
        }
        cursor.is_at_end().then_some(parts)
    }
}

/// Adds the pieces of what follows a `%`.
fn directive(letters: &mut std::str::Chars<'_>, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let mut part = letters.next();
    // Padding and precision change how a time is written, and not how it is read.
    while matches!(part, Some('-' | '_' | '0'..='9' | '.' | ':')) {
        part = letters.next();
    }
    let Some(part) = part else {
        return Err("ends with `%`".to_owned());
    };
    let mut itself = [0; 4];
    let meant = match part {
        '%' => "%",
        'n' | 't' => " ",
        'T' => "H:M:S",
        'R' => "H:M",
        'F' => "Y-m-d",
        'D' => "m/d/y",
        'e' => "d",
        'h' | 'B' => "b",
        'A' => "a",
        'k' => "H",
        'l' => "I",
        'P' => "p",
        part if PARTS.contains(part) => part.encode_utf8(&mut itself),
        other => return Err(format!("`%{other}` is not known; known: {KNOWN}")),
    };
    for letter in meant.chars() {
        pieces.push(match letter {
            ' ' => Piece::Blank,
            letter if PARTS.contains(letter) => Piece::Part(letter),
            letter => Piece::Letter(letter),
        });
    }
    Ok(())
}

fn check(pieces: &[Piece]) -> Result<(), String> {
    let count = |wanted: &str| {
        let is_wanted = |piece: &&Piece| matches!(piece, Piece::Part(part) if wanted.contains(*part));
        pieces.iter().filter(is_wanted).count()
    };
    let (years, months, days, hours) = (count("Yy"), count("mb"), count("d"), count("HI"));
    let wrong = if count(PARTS) == 0 {
        "names no part of a time: write it like `%m/%d/%Y %I:%M %p`"
    } else if ["Yy", "mb", "d", "HI", "M", "S", "f", "p", "zZ"]
        .iter()
        .any(|part| count(part) > 1)
    {
        "names a part of the time twice"
    } else if years != months || months != days {
        "names a part of the date and not all of it: expected year, month and day"
    } else if years + hours == 0 {
        "names neither a date nor an hour"
    } else if count("I") == 1 && count("p") == 0 {
        "has `%I`, hours up to 12, and no `%p` for AM or PM; write `%H` for hours up to 24"
    } else if hours == 0 && count("MSfpzZ") > 0 {
        "names a part of the time of day and no hour"
    } else {
        return Ok(());
    };
    Err(wrong.to_owned())
}

fn read_part(part: char, cursor: &mut Cursor<'_>, parts: &mut Parts) -> Option<()> {
    match part {
        'Y' | 'y' => {
            let length = if part == 'Y' { 4 } else { 2 };
            let digits = cursor.digits(length);
            return parts.set_year(Some(digits).filter(|digits| digits.len() == length)?);
        }
        'm' => parts.month = Some(cursor.number(2)?),
        'b' => parts.month = Some(month(cursor.word())?),
        'd' => parts.day = Some(cursor.number(2)?),
        'a' => parts.weekday = Some(weekday(cursor.word())?),
        'H' | 'I' => parts.hour = Some(cursor.number(2)?),
        'M' => parts.minute = cursor.number(2)?,
        'S' => parts.second = cursor.number(2)?,
        'f' => {
            cursor.eat(".");
            let digits = cursor.digits(9);
            parts.nanosecond = u32::try_from(billionths(digits)).ok().filter(|_| !digits.is_empty())?;
        }
        'p' => {
            let (is_afternoon, after) = scan::half(*cursor)?;
            parts.is_afternoon = Some(is_afternoon);
            *cursor = after;
        }
        _ => {
            let (mark, after) = scan::mark(*cursor)?;
            parts.mark = mark;
            *cursor = after;
        }
    }
    Some(())
}
