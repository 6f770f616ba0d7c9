//! Texts that others wrote, as people may be shown them.
//!
//! Names, messages and ids come from events, from the provider, from configurations and from file names. Shown as they
//! are, they can do to a terminal what they like: fill the clipboard, clear the screen, forge a line of a log, or turn
//! letters around so that a person reads what does not stand there. So whatever is shown is written visibly: a line
//! break is `\n`, an escape `\u{1b}`.
//!
//! What people write stays as it is: letters of all scripts with their accents, and emoji with all their parts.
//! [`line()`] is for a text that stays in its line, [`block`] for one whose lines are meant, and [`json`] for a document
//! that is JSON: there, the escapes are JSON's own, so that nothing is lost.

use std::borrow::Cow;
use std::fmt::Write;

/// A text that stays in its line. A tab is a space there.
pub fn line(text: &str) -> Cow<'_, str> {
    written(text, |out, letter| match letter {
        '\t' => out.push(' '),
        other => out.push_str(&visible(other)),
    })
}

/// A text of several lines. Line ends and tabs stay.
pub fn block(text: &str) -> Cow<'_, str> {
    let mut lines = text.split('\n').peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(whole) = lines.next() {
        let ends = lines.peek().is_some();
        let (bare, carriage) = match whole.strip_suffix('\r').filter(|_| ends) {
            Some(bare) => (bare, "\r"),
            None => (whole, ""),
        };
        out.push_str(&written(bare, |out, letter| match letter {
            '\t' => out.push('\t'),
            other => out.push_str(&visible(other)),
        }));
        out.push_str(carriage);
        if ends {
            out.push('\n');
        }
    }
    match out == text {
        true => Cow::Borrowed(text),
        false => Cow::Owned(out),
    }
}

/// A document that is JSON already, and says the same after.
pub fn json(document: &str) -> Cow<'_, str> {
    written(document, |out, letter| match letter {
        // Between the values of a document. In a text they are escaped already.
        '\n' | '\t' | '\r' => out.push(letter),
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    })
}

/// Whether a text can be shown as it is, in one line.
pub fn is_printable(text: &str) -> bool {
    matches!(line(text), Cow::Borrowed(_))
}

/// A text with everything that must not be shown as it is written by `write`.
fn written(text: &str, write: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        before = match is_shown(before, letter, letters.peek().copied()) {
            true => {
                out.push(letter);
                Some(letter)
            }
            false => {
                write(&mut out, letter);
                None
            }
        };
    }
    match out == text {
        true => Cow::Borrowed(text),
        false => Cow::Owned(out),
    }
}

/// A letter as it is written in Rust.
fn visible(letter: char) -> String {
    match letter {
        '\n' => r"\n".to_owned(),
        '\r' => r"\r".to_owned(),
        '\0' => r"\0".to_owned(),
        other => other.escape_unicode().to_string(),
    }
}

/// Whether a letter may be shown as it is: after one that is, and before another.
fn is_shown(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let is_foreign = |other: Option<char>| other.is_some_and(|other| !other.is_ascii() && !is_joiner(other));
    match letter {
        // C0, DEL and C1.
        _ if letter.is_control() => false,
        // They join the parts of an emoji and the letters of many scripts. Within Latin they only hide.
        _ if is_joiner(letter) => is_foreign(before) && is_foreign(after),
        // The flags of Scotland and others are a black flag and letters that do not show by themselves.
        '\u{e0020}'..='\u{e007f}' => {
            before.is_some_and(|before| matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}'))
        }
        _ => !is_hidden(letter),
    }
}

fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Whether a letter does not show and changes how others do, or breaks the line.
fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        // Nothing to be seen, in the middle of a word.
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        // Ends of lines and paragraphs.
        | '\u{2028}' | '\u{2029}'
        // Embeddings, overrides and isolates, which turn text around.
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        // Annotations, and a language for text that does not show.
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}'
        // No characters. The command line marks with two of them what looks how.
        | '\u{fdd0}'..='\u{fdef}'
    ) || u32::from(letter) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_shows_what_a_terminal_would_do() {
        for (text, shown) in [
            ("one\r\ntwo\tthree", r"one\r\ntwo three"),
            ("\u{1b}]52;c;cm0gLXJm\u{7}", r"\u{1b}]52;c;cm0gLXJm\u{7}"),
            ("\u{1b}[2J\u{1b}[1;1H", r"\u{1b}[2J\u{1b}[1;1H"),
            ("\u{9b}2J\u{7f}\u{0}", r"\u{9b}2J\u{7f}\0"),
            ("gpj.\u{202e}exe", r"gpj.\u{202e}exe"),
            (
                "\u{2066}a\u{2069}\u{2028}b\u{feff}",
                r"\u{2066}a\u{2069}\u{2028}b\u{feff}",
            ),
            ("pay\u{200d}pal\u{200b}", r"pay\u{200d}pal\u{200b}"),
            ("\u{e0041}\u{e0042}", r"\u{e0041}\u{e0042}"),
            ("\u{fdd0}\u{10ffff}", r"\u{fdd0}\u{10ffff}"),
        ] {
            assert_eq!(line(text), shown);
            assert!(!is_printable(text));
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "Zoë Müller-Łukasz, 12 Oak St; \"two\" 'dogs' \\ back",
            "e\u{301}\u{323} naïve",
            "👩\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 👍🏽 🇩🇪",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "שלום עולם مرحبا بالعالم",
            "می\u{200c}خواهم क्\u{200d}ष",
            "日本語 한국어 ไทย",
            "«…» — £€ 🏠",
        ] {
            assert_eq!(line(text), text);
            assert!(is_printable(text));
        }
    }

    #[test]
    fn a_block_keeps_its_lines_and_nothing_else() {
        assert_eq!(block("a\n\tb\r\nc\rd\u{1b}\n"), "a\n\tb\r\nc\\rd\\u{1b}\n");
        assert_eq!(block("a\r"), "a\\r");
    }

    #[test]
    fn a_document_says_the_same_after() {
        let value = serde_json::json!({ "n\u{9b}ame": "\u{1b}\u{7f}\u{202e}\u{2028}\u{e0041}\n\"é\"", "b": [1] });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = json(&text);
        assert!(shown.lines().all(is_printable), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    fn is_plain(letter: char) -> bool {
        let turns_around = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !letter.is_control() && !turns_around && !matches!(letter, '\u{2028}' | '\u{2029}')
    }

    proptest! {
        #[test]
        fn whatever_was_written_can_be_shown(text in "\\PC*|[\\x00-\\u{10ffff}]*") {
            let shown = line(&text);
            prop_assert!(shown.chars().all(is_plain), "{shown:?}");
            prop_assert!(is_printable(&shown), "{shown:?}");
            let shown = block(&text).replace("\r\n", "\n").replace(['\n', '\t'], "");
            prop_assert!(shown.chars().all(is_plain), "{shown:?}");
            let document = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&json(&document)).unwrap(), text);
        }
    }
}
