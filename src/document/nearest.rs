//! Suggestions for misspelt names.

/// The longest name, in letters, that is taken for a misspelling. Comparing takes time by the square of it.
const LONGEST: usize = 100;

/// The candidate that `name` was most likely meant to be, if any is close enough. Case does not count.
///
/// ```
/// # use knockcal::document::nearest;
/// assert_eq!(nearest("calender_id", ["calendar_id", "location_id"]), Some("calendar_id"));
/// assert_eq!(nearest("colour", ["calendar_id", "location_id"]), None);
/// assert_eq!(nearest("CST", ["CET"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(name, &mut candidates.into_iter())
}

/// There is one of this for all kinds of iterators.
fn nearest_of<'a>(name: &str, candidates: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    let comparable = |name: &str| name.chars().nth(LONGEST).is_none();
    if !comparable(name) {
        return None;
    }
    let name = name.to_lowercase();
    let (mut nearest, mut least) = (None, usize::MAX);
    for candidate in candidates {
        if !comparable(candidate) {
            continue;
        }
        let distance = strsim::osa_distance(&name, &candidate.to_lowercase());
        // A third of the letters may differ; beyond that, and among short names, a suggestion is a guess.
        let letters = name.chars().count().min(candidate.chars().count());
        let is_near = distance == 0 || (letters > 3 && distance <= letters / 3);
        if is_near && distance < least {
            (nearest, least) = (Some(candidate), distance);
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_too_long_is_no_misspelling_and_takes_no_time() {
        let long = "America/Chicago".repeat(1_000);
        assert_eq!(nearest(&long, ["America/Chicago", long.as_str()]), None);
        assert_eq!(
            nearest("America/Chicag", [long.as_str(), "America/Chicago"]),
            Some("America/Chicago")
        );
    }
}
