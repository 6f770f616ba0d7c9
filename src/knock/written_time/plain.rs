//! A written time without the differences that mean nothing.

/// In small letters, with one blank where there is any, plain hyphens, and nothing that is not seen.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            // Zero width, direction of writing, word joiner, byte order mark, soft hyphen.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            letter if letter.is_whitespace() || letter.is_control() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            letter => plain.push(letter.to_ascii_lowercase()),
        }
    }
    // Spreadsheets write an apostrophe before what they are not to change.
    plain.trim_matches([' ', '\'', '"']).to_owned()
}
