//! A sort for short lists.

/// Sorts a short list; equal entries stay in the order in which they came. The sort of the standard library takes 3 kB of
/// the component for each kind of entry.
///
/// ```
/// # use knockcal::document::sort_short;
/// let mut names = ["b", "c", "a"];
/// sort_short(&mut names, |one, other| one < other);
/// assert_eq!(names, ["a", "b", "c"]);
/// ```
pub fn sort_short<T>(list: &mut [T], comes_first: impl Fn(&T, &T) -> bool) {
    for end in 1..list.len() {
        let mut place = end;
        while let Some(before) = place.checked_sub(1)
            && let (Some(one), Some(other)) = (list.get(before), list.get(place))
            && comes_first(other, one)
        {
            list.swap(before, place);
            place = before;
        }
    }
}
