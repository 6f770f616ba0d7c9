//! What a field holds.

use super::Field;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// Text of at most so many letters.
    ShortText(usize),
    /// An e-mail address.
    Email,
    /// A time with an offset, RFC 3339: `2030-06-04T10:00:00-05:00`.
    Time,
    /// A date: `2030-06-04`.
    Date,
    /// A time of day: `09:30`.
    TimeOfDay,
    /// Part of an address: letters, digits and hyphens.
    Slug,
    /// A date with the month first: `06-30-2030`.
    AmericanDate,
    /// A time zone of the tz database: `America/Chicago`.
    Zone,
    /// A time zone as schedules take it, two words with one slash between: `America/Chicago`.
    PlainZone,
    /// An instant in milliseconds since the Unix epoch. A time with an offset is taken, too, and becomes that.
    Milliseconds,
    /// An instant in seconds since the Unix epoch. A time with an offset is taken, too, and becomes that.
    Seconds,
    /// A whole number from the first to the second.
    Integer(u32, u32),
    /// A number that is not negative.
    Number,
    /// Degrees of latitude or longitude, at most so many on either side of zero.
    Degrees(u8),
    /// True or false.
    Boolean,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these numbers, as JSON writes them.
    OneOfNumbers(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// A list that is not empty.
    SomeOf(&'static Kind),
    /// An object with these fields and no others.
    Object(&'static [Field]),
    /// An object with a member of this kind for each day, like `2030-06-04`. Only answers are of this kind.
    ByDay(&'static Kind),
    /// One of these: text, or an object that says more.
    Either(&'static [Kind]),
    /// Anything: its shape is the customer's own.
    Anything,
}

impl Kind {
    /// What stands for no limit of a whole number. Small numbers keep the many descriptions small.
    pub(super) const MOST: u32 = u32::MAX;

    /// A whole number that is not negative.
    pub const COUNT: Self = Self::Integer(0, Self::MOST);

    /// A list of texts.
    pub const TEXTS: Self = Self::List(&Self::Text);

    /// In words, for problems: `is text, not …`.
    pub fn words(self) -> String {
        match self {
            Self::Text | Self::ShortText(_) => "text".to_owned(),
            Self::Email => "an e-mail address like `ann@example.com`".to_owned(),
            Self::Time => "a time with an offset like `2030-06-04T10:00:00-05:00`".to_owned(),
            Self::Date => "a date like `2030-06-04`".to_owned(),
            Self::TimeOfDay => "a time of day like `09:30`".to_owned(),
            Self::Slug => "letters, digits and hyphens".to_owned(),
            Self::AmericanDate => "a date like `06-30-2030`".to_owned(),
            Self::Zone => "a time zone like `America/Chicago`".to_owned(),
            Self::PlainZone => "a time zone of two words like `America/Chicago`".to_owned(),
            Self::Milliseconds => {
                "an instant in milliseconds since 1970, or a time with an offset like `2030-06-04T10:00:00-05:00`"
                    .to_owned()
            }
            Self::Seconds => {
                "an instant in seconds since 1970, or a time with an offset like `2030-06-04T10:00:00-05:00`".to_owned()
            }
            Self::Integer(least, Self::MOST) => format!("a whole number from {least}"),
            Self::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Self::Number => "a number that is not negative".to_owned(),
            Self::Degrees(most) => format!("degrees from -{most} to {most}"),
            Self::Boolean => "true or false".to_owned(),
            Self::OneOf(words) => format!("one of `{}`", words.join("`, `")),
            Self::OneOfNumbers(numbers) => format!("one of {}", numbers.join(", ")),
            Self::List(_) | Self::SomeOf(_) => "a list".to_owned(),
            Self::Object(_) => "an object".to_owned(),
            Self::ByDay(_) => "an object with a member for each day".to_owned(),
            Self::Either(kinds) => {
                let words: Vec<_> = kinds.iter().map(|kind| kind.words()).collect();
                words.join(" or ")
            }
            Self::Anything => "anything".to_owned(),
        }
    }
}
