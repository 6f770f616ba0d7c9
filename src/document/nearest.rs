//! Suggestions for misspelt names.

/// The candidate that `name` was most likely meant to be, if any is close enough. Case does not count.
///
/// ```
/// # use knockcal::document::nearest;
/// assert_eq!(nearest("calender_id", ["calendar_id", "location_id"]), Some("calendar_id"));
/// assert_eq!(nearest("colour", ["calendar_id", "location_id"]), None);
/// assert_eq!(nearest("CST", ["CET"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::osa_distance(&name, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| {
            // A third of the letters may differ; beyond that, and among short names, a suggestion is a guess.
            let letters = name.chars().count().min(candidate.chars().count());
            *distance == 0 || (letters > 3 && *distance <= letters / 3)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
