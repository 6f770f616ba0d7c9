//! A written time without the differences that mean nothing.

use crate::knock::plain::plain_letter;

/// The letter that it is without an accent, of those in the names of months and days.
fn without_accent(letter: char) -> char {
    match letter {
        'á' | 'ä' | 'Á' | 'Ä' => 'a',
        'é' | 'É' => 'e',
        'û' | 'Û' => 'u',
        letter => letter,
    }
}

/// In small letters, with one blank where there is any, and without the marks that programs leave in texts.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        let is_blank = letter.is_whitespace() || letter.is_control();
        match (is_blank, plain_letter(letter)) {
            (true, _) if plain.ends_with(' ') => {}
            (true, _) => plain.push(' '),
            (false, letter) => plain.extend(letter.map(|letter| without_accent(letter).to_ascii_lowercase())),
        }
    }
    // Spreadsheets write an apostrophe before what they are not to change.
    plain.trim_matches([' ', '\'', '"']).to_owned()
}
