//! What must hold between fields.

/// What must hold between fields.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Exactly one of these is there.
    ExactlyOne(&'static [&'static str]),
    /// At least one of these is there.
    AtLeastOne(&'static [&'static str]),
    /// Not more than one of these is there.
    AtMostOne(&'static [&'static str]),
    /// The second instant comes after the first.
    Ordered(&'static str, &'static str),
    /// The second instant comes after the first, by no more than so many days.
    Within(&'static str, &'static str, i64),
}
