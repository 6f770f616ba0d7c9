//! Texts as words, and lists of words that are one text: a list of texts takes eight bytes more for each of them.

/// The words of a text.
pub fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// A text with one blank between its words.
pub fn single_spaced(text: &str) -> String {
    words(text).join(" ")
}

/// The words of a text that are nothing but letters and digits.
pub fn plain_words(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether a list with `|` between its words has this one.
///
/// ```
/// # use knockcal::document::lists;
/// assert!(lists("st|ave|rd", "ave") && !lists("st|ave|rd", "a"));
/// ```
pub fn lists(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split('|').any(|listed| listed == word)
}

/// Under which head a table lists a word: after each `;` comes a head, and after its `=` a list.
///
/// ```
/// # use knockcal::document::listed_under;
/// assert_eq!(listed_under("st=street|saint;ave=avenue", "saint"), Some("st"));
/// assert_eq!(listed_under("st=street|saint;ave=avenue", "st"), None);
/// ```
pub fn listed_under<'t>(table: &'t str, word: &str) -> Option<&'t str> {
    for entry in table.split(';') {
        if let Some((head, list)) = entry.split_once('=')
            && lists(list, word)
        {
            return Some(head);
        }
    }
    None
}

/// The texts that are there, with something between them; nothing where that is none.
pub fn joined(texts: &[&Option<String>], between: &str) -> Option<String> {
    let mut joined = String::new();
    for text in texts {
        let text = text.as_deref().unwrap_or_default();
        if !joined.is_empty() && !text.is_empty() {
            joined.push_str(between);
        }
        joined.push_str(text);
    }
    Some(joined).filter(|joined| !joined.is_empty())
}

/// The beginning of a text: at most so many letters.
pub fn beginning(text: &str, letters: usize) -> &str {
    let end = text.char_indices().nth(letters).map(|(end, _)| end);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Whether a text is digits alone, and at least one.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether there is a digit in a text.
pub fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a text begins with a digit.
pub fn begins_with_digit(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_digit)
}
