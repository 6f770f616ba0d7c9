//! The request target taken apart: path segments and query parameters, decoded.

/// The parameters of a query, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&');
        let pairs = pairs.filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        });
        Self(pairs.collect())
    }

    /// The first value of a parameter. An empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.named(|key| key == name);
        values.next()
    }

    /// Every value of a list, under its plain name and under the one with brackets.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let values = self.named(|key| key.strip_suffix("[]").unwrap_or(key) == name);
        values.collect()
    }

    fn named(&self, is_meant: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        let pairs = self.0.iter();
        let meant = pairs.filter(move |(key, value)| is_meant(key) && !value.is_empty());
        meant.map(|(_, value)| value.as_str())
    }
}

/// The segments of a path. A trailing slash leaves an empty one at the end, for GHL heeds it.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

/// A path segment in plain letters.
pub(super) fn decode_segment(segment: &str) -> String {
    decode(segment, false)
}

fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = text.as_bytes().iter();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(&byte) = bytes.next() {
        let escaped = (byte == b'%').then(|| two_hex_digits(bytes.as_slice()));
        match (byte, escaped.flatten()) {
            (_, Some(value)) => {
                plain.push(value);
                bytes.nth(1);
            }
            (b'+', None) if plus_is_space => plain.push(b' '),
            (_, None) => plain.push(byte),
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn two_hex_digits(rest: &[u8]) -> Option<u8> {
    let [high, low, ..] = rest else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let query = Query::parse(Some("timezone=America%2FChicago&q=a+b%2Bc&empty=&bad=%zz"));
        assert_eq!(query.get("timezone"), Some("America/Chicago"));
        assert_eq!(query.get("q"), Some("a b+c"));
        assert_eq!(query.get("empty"), None);
        assert_eq!(query.get("bad"), Some("%zz"));
    }

    #[test]
    fn a_list_comes_with_or_without_brackets() {
        let query = Query::parse(Some("userIds=a&userIds%5B%5D=b&userIds[]=c"));
        assert_eq!(query.all("userIds"), ["a", "b", "c"]);
    }

    #[test]
    fn a_trailing_slash_is_seen() {
        assert_eq!(segments("/calendars/").collect::<Vec<_>>(), ["calendars", ""]);
        assert_eq!(segments("/calendars").collect::<Vec<_>>(), ["calendars"]);
        assert_eq!(decode_segment("a%20b+c"), "a b+c");
    }
}
