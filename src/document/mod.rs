//! Reads JSON documents that people wrote: every problem is found at once and points at its place.

mod nearest;
mod object;
mod path;
mod problem;
mod short_sort;
mod words;

pub use nearest::nearest;
pub use object::{
    Object, Unknown, all, keep_fields, kind_of, object, object_of, only, plain_key, pointer_to, set_at, set_under,
    texts_in,
};
pub use path::{Key, KeyPath, PathError, entry, quoted};
pub use problem::{Document, Problem, Problems};
pub use short_sort::sort_short;
pub use words::{
    beginning, begins_with_digit, has_digit, is_digits, joined, listed_under, lists, plain_words, single_spaced, words,
};
