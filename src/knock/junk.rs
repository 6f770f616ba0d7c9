//! E-mail addresses and phone numbers that say nothing: many homes have the same, and are not one person.

/// What people write who have no address, or do not give it: before the `@`.
const NOBODY: [&str; 22] = [
    "no",
    "none",
    "non",
    "noemail",
    "no-email",
    "no.email",
    "no_email",
    "nomail",
    "noname",
    "noone",
    "nobody",
    "na",
    "n.a",
    "nope",
    "null",
    "unknown",
    "notprovided",
    "notgiven",
    "declined",
    "refused",
    "asdf",
    "fake",
];

/// What people write on both sides of the `@`.
const TWICE: [&str; 8] = ["test", "a", "aa", "aaa", "abc", "x", "xx", "xxx"];

/// What a connection counts as junk beside what everybody does: an e-mail address, all of a domain as `*@example.com`, or
/// a phone number. In small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Junk(Vec<String>);

impl Junk {
    /// What a configuration lists.
    pub fn of(listed: Vec<String>) -> Self {
        Self(listed.into_iter().map(|entry| entry.trim().to_lowercase()).collect())
    }

    /// Whether an e-mail address, in small letters, says nothing.
    ///
    /// ```
    /// # use knockcal::knock::Junk;
    /// let junk = Junk::of(vec!["*@door.example".to_owned()]);
    /// assert!(junk.has_email("no@email.com") && junk.has_email("x@x.com") && junk.has_email("ann@door.example"));
    /// assert!(!junk.has_email("ann@email.com") && !junk.has_email("smith@smith.com"));
    /// ```
    pub fn has_email(&self, email: &str) -> bool {
        let (name, domain) = email.split_once('@').unwrap_or((email, ""));
        let label = domain.split('.').next().unwrap_or_default();
        let listed = |entry: &String| entry == email || entry.strip_prefix("*@") == Some(domain);
        NOBODY.contains(&name) || (name == label && TWICE.contains(&name)) || self.0.iter().any(listed)
    }

    /// Whether a phone number, in international form, says nothing.
    ///
    /// ```
    /// # use knockcal::knock::Junk;
    /// let junk = Junk::of(vec!["(512) 555-0100".to_owned()]);
    /// assert!(junk.has_phone("+15555555555") && junk.has_phone("+11234567890") && junk.has_phone("+15125550100"));
    /// assert!(!junk.has_phone("+15125550142"));
    /// ```
    pub fn has_phone(&self, phone: &str) -> bool {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let number = digits(phone);
        let local: String = number.chars().skip(number.len().saturating_sub(9)).collect();
        let first = local.chars().next();
        let is_one_digit = local.chars().all(|digit| Some(digit) == first);
        let listed = |entry: &String| {
            let entry = digits(entry);
            !entry.is_empty() && number.ends_with(&entry)
        };
        is_one_digit || number.ends_with("1234567890") || self.0.iter().filter(|entry| !entry.contains('@')).any(listed)
    }
}
