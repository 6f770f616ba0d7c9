//! Expressions: what a mapping says when it takes more than a path.
//!
//! The language is that of Jinja's expressions, without functions, macros and loops: texts, numbers, `true`, `false`,
//! `none` and lists; dotted paths and `[…]`; `or`, `and`, `not`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`; `~` joins
//! texts; `+ - * / %` are for numbers alone; `a if condition else b`; `is defined`; filters behind `|`.
//!
//! An expression has no loop, a bounded length and depth, and every text and list that it makes is bounded, so its work
//! is bounded by what stands there. It sees what a [`Context`](super::Context) has, and nothing else: no clock, no
//! network, no environment. What is absent is `none`; to join it or to reckon with it is an error.

mod evaluation;
mod filter;
mod filters;
mod parser;
mod settled;
#[cfg(test)]
mod tests;
mod token;
mod tree;

pub use evaluation::{Scope, truth};
pub use filter::{FILTERS, Filter};
pub use filters::time_in_words;
pub use parser::{parse, parse_filters};
pub use tree::{Expression, FilterCall, Path, PathStep};

/// Why an expression cannot be read, or has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where in its text, in bytes: from, and to before.
    pub span: (usize, usize),
    /// What is wrong, for people.
    pub message: String,
}
