//! Capital letters.

/// How far a small letter is from its capital, at most, in the alphabets that names are written in.
const FARTHEST: u32 = 210;

/// A text in capitals, as far as Latin, Greek, Cyrillic and Armenian letters go.
///
/// ```
/// # use knockcal::document::capitals;
/// assert_eq!(capitals("Françoise Groß"), "FRANÇOISE GROSS");
/// ```
pub fn capitals(text: &str) -> String {
    let mut capitals = String::new();
    for letter in text.chars() {
        match letter {
            'ß' => capitals.push_str("SS"),
            'ı' => capitals.push('I'),
            'ς' => capitals.push('Σ'),
            _ if letter.is_ascii() => capitals.push(letter.to_ascii_uppercase()),
            _ => capitals.push(capital(letter).unwrap_or(letter)),
        }
    }
    capitals
}

/// The letter nearby whose small letter this is. The library's own table of capitals takes 12 kB.
fn capital(small: char) -> Option<char> {
    let code = u32::from(small);
    let near = code.saturating_sub(FARTHEST)..=code.saturating_add(FARTHEST);
    near.filter_map(char::from_u32)
        .find(|letter| *letter != small && letter.to_lowercase().eq([small]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_names_have_the_capitals_of_unicode() {
        // An old s, letters that are two, and forms of letters that only scholars write.
        let apart = [
            'ŉ', 'ſ', 'ƛ', 'ǅ', 'ǈ', 'ǋ', 'ǰ', 'ǲ', 'ȿ', 'ɀ', 'ͅ', 'ΐ', 'ΰ', 'ϐ', 'ϑ', 'ϕ', 'ϖ', 'ϰ', 'ϱ', 'ϵ', 'և',
        ];
        let alphabets = [
            '\0'..='\u{b4}',
            '\u{b6}'..='\u{24f}',
            '\u{300}'..='\u{58f}',
            '\u{1e00}'..='\u{1e95}',
        ];
        for letter in alphabets.into_iter().flatten().filter(|letter| !apart.contains(letter)) {
            let letter = letter.to_string();
            assert_eq!(capitals(&letter), letter.to_uppercase());
        }
    }
}
