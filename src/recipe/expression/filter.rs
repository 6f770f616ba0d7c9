//! What can be done to a value on its way.

use std::fmt;

use serde_json::Value;

use super::Scope;
use super::filters;

/// What can be done to a value on its way.
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// How many things stand in its brackets, at least and at most.
    pub arguments: (usize, usize),
    /// How it is written.
    pub example: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Whether it works on a list: several paths then are one.
    pub takes_list: bool,
    /// Whether it has something to say about what is absent.
    pub takes_nothing: bool,
    pub(super) apply: Apply,
    /// Checks what stands in its brackets as it is written, before any event.
    pub(super) check: Option<Check>,
}

/// Says what is wrong with a text in the brackets.
type Check = fn(&str) -> Result<(), String>;

/// Makes another value of a value, with what stands in the brackets.
type Apply = fn(Value, &[Value], Scope<'_>) -> Result<Value, String>;

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

const fn filter(name: &'static str, example: &'static str, about: &'static str, apply: Apply) -> Filter {
    Filter {
        name,
        arguments: (0, 0),
        example,
        about,
        takes_list: false,
        takes_nothing: false,
        apply,
        check: None,
    }
}

impl Filter {
    const fn with(mut self, least: usize, most: usize) -> Self {
        self.arguments = (least, most);
        self
    }

    const fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    const fn of_list(mut self) -> Self {
        self.takes_list = true;
        self
    }

    const fn of_nothing(mut self) -> Self {
        self.takes_nothing = true;
        self
    }
}

/// Every filter there is.
pub static FILTERS: &[Filter] = &[
    filter(
        "e164",
        "e164",
        "a phone number in international form; nothing of what is none",
        filters::e164,
    ),
    filter("trim", "trim", "without white space around", filters::trim),
    filter(
        "plain",
        "plain",
        "without markup, entities and differences of white space: what GHL shows in another form than it was sent",
        filters::plain,
    ),
    filter("lower", "lower", "in small letters", filters::lower),
    filter("upper", "upper", "in capitals", filters::upper),
    filter(
        "slug",
        "slug",
        "small letters, digits and hyphens, for addresses",
        filters::slug,
    ),
    filter("truncate", "truncate(80)", "at most so many letters", filters::truncate).with(1, 1),
    filter(
        "replace",
        "replace('-', ' ')",
        "with the first text replaced by the second",
        filters::replace,
    )
    .with(2, 2),
    filter("split", "split(',')", "a list, cut at a text", filters::split).with(1, 1),
    filter(
        "default",
        "default('none')",
        "something else where it is absent",
        filters::default,
    )
    .with(1, 1)
    .of_nothing(),
    filter(
        "paragraphs",
        "paragraphs",
        "the texts of a list, with an empty line between",
        filters::paragraphs,
    )
    .of_list(),
    filter("lines", "lines", "the texts of a list, each in a line", filters::lines).of_list(),
    filter(
        "join",
        "join(', ')",
        "the texts of a list, with this between",
        filters::join,
    )
    .with(1, 1)
    .of_list(),
    filter("list", "list", "a list of what is there", filters::list).of_list(),
    filter("first", "first", "the first of a list", filters::first),
    filter("last", "last", "the last of a list", filters::last),
    filter(
        "find",
        "find('slug', 'north')",
        "the first entry of a list whose field is this; case does not count where no other is just so",
        filters::find,
    )
    .with(2, 2),
    filter(
        "where",
        "where('status', 'confirmed')",
        "the entries of a list whose field is this",
        filters::where_filter,
    )
    .with(2, 2),
    filter(
        "without",
        "without('status', 'cancelled')",
        "the entries of a list but those whose field is this",
        filters::without,
    )
    .with(2, 2),
    filter(
        "among",
        "among('id', ids)",
        "the entries of a list whose field is one of these",
        filters::among,
    )
    .with(2, 2),
    filter(
        "having",
        "having('team', userId)",
        "the entries of a list whose field is a list that has this",
        filters::having,
    )
    .with(2, 2),
    filter(
        "plus",
        "plus(others)",
        "a list with the entries of another one after its own",
        filters::plus,
    )
    .with(1, 1),
    filter(
        "overlapping",
        "overlapping(startTime, endTime)",
        "the entries of a list whose `startTime` to `endTime` meets a period",
        filters::overlapping,
    )
    .with(2, 2),
    filter(
        "working_hours",
        "working_hours",
        "the hours of a schedule's `rules`, whatever their order and form: to compare them",
        filters::working_hours,
    ),
    filter("get", "get('id')", "a field of an object", filters::get).with(1, 1),
    filter("length", "length", "how many entries or letters", filters::length),
    filter("text", "text", "a number as text", filters::text_filter),
    filter("number", "number", "a text as number", filters::number),
    filter("round", "round", "the nearest whole number", filters::round),
    filter(
        "datetime",
        "datetime('%m/%d/%Y %I:%M %p')",
        "a time in this format, or without one in any usual spelling, as fields of events and times have it",
        filters::datetime,
    )
    .with(0, 1)
    .checked(filters::check_format),
    filter("date", "date", "the day of a time, `2030-06-04`", filters::date),
    filter(
        "day",
        "day",
        "the day of a time for people, `Tuesday, June 4`",
        filters::day,
    ),
    filter("time", "time", "the time of day, `14:30`", filters::time),
    filter("time_12", "time_12", "the time of day, `2:30 PM`", filters::time_12),
    filter(
        "plus_minutes",
        "plus_minutes(30)",
        "so many minutes later",
        filters::plus_minutes,
    )
    .with(1, 1),
    filter(
        "plus_days",
        "plus_days(2)",
        "so many days later, at the same time of day",
        filters::plus_days,
    )
    .with(1, 1),
];
