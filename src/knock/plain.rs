//! Text without the marks that spreadsheets, keyboards and web pages leave in it.

/// The text with ASCII digits, dashes and signs, and without invisible marks. Line breaks become `;`: each line is an
/// entry of its own.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.trim().chars() {
        if let Some(letter) = plain_letter(letter) {
            plain.push(letter);
        }
    }
    plain.trim().to_owned()
}

/// A letter without what only tells how it looks; nothing for one that is not seen.
pub(super) fn plain_letter(letter: char) -> Option<char> {
    Some(match letter {
        '\n' => ';',
        letter if letter.is_whitespace() => ' ',
        letter if letter.is_control() || is_invisible(letter) => return None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{b7}' | '\u{2022}' | '\u{2024}' => '.',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        // Full-width forms, Arabic and Persian digits.
        '\u{ff01}'..='\u{ff5e}' => shifted(letter, '\u{ff01}', '!'),
        '\u{660}'..='\u{669}' => shifted(letter, '\u{660}', '0'),
        '\u{6f0}'..='\u{6f9}' => shifted(letter, '\u{6f0}', '0'),
        letter => letter,
    })
}

/// The letter that stands as far behind `to` as this one behind `from`.
fn shifted(letter: char, from: char, to: char) -> char {
    let distance = u32::from(letter).saturating_sub(u32::from(from));
    char::from_u32(u32::from(to).saturating_add(distance)).unwrap_or(letter)
}

/// Whether a letter only tells how text runs, or where it may break.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// A text without these marks around it.
pub(super) fn trimmed<'t>(text: &'t str, marks: &[char]) -> &'t str {
    text.trim_matches(marks)
}
