//! A written time without the differences that mean nothing.

use crate::knock::plain::plain_letter;

/// In small letters, with one blank where there is any, and without the marks that programs leave in texts.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        let is_blank = letter.is_whitespace() || letter.is_control();
        match (is_blank, plain_letter(letter)) {
            (true, _) if plain.ends_with(' ') => {}
            (true, _) => plain.push(' '),
            (false, letter) => plain.extend(letter.map(|letter| letter.to_ascii_lowercase())),
        }
    }
    // Spreadsheets write an apostrophe before what they are not to change.
    plain.trim_matches([' ', '\'', '"']).to_owned()
}
