//! An expression that was read.

use serde_json::Value;

use super::Filter;
use crate::document::{Key, KeyPath};

/// An expression that was read. Each part that can fail knows where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Always the same.
    Literal(Value),
    /// A list of values.
    List(Vec<Expression>),
    /// What stands at a path.
    Path(Path),
    /// `not`.
    Not(Box<Expression>),
    /// `-`.
    Negative(Box<Expression>, (usize, usize)),
    /// Two values, and what is made of them.
    Binary(Operator, Box<[Expression; 2]>, (usize, usize)),
    /// `a if condition else b`, in this order.
    Choice(Box<[Expression; 3]>),
    /// `is defined`, or with `false`, `is not defined`.
    Defined(Box<Expression>, bool),
    /// A value on its way through a filter.
    Filtered(Box<Expression>, FilterCall),
}

/// A way to a value: a name, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The first name.
    pub root: String,
    /// What follows.
    pub steps: Vec<PathStep>,
    /// Where it stands.
    pub span: (usize, usize),
}

/// One step of a way.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// A field of an object.
    Name(String),
    /// An entry of a list, or a field whose name is a value.
    Index(Expression),
}

/// What is made of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `or`.
    Or,
    /// `and`.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `~`.
    Join,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Remainder,
}

/// A filter and what is said to it.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterCall {
    /// Which one.
    pub filter: &'static Filter,
    /// What stands in its brackets.
    pub arguments: Vec<Expression>,
    /// Where it stands.
    pub span: (usize, usize),
}

impl Expression {
    /// Calls `see` for every path in it.
    pub fn paths<'a>(&'a self, see: &mut dyn FnMut(&'a Path)) {
        match self {
            Self::Literal(_) => {}
            Self::Path(path) => {
                see(path);
                for step in &path.steps {
                    if let PathStep::Index(index) = step {
                        index.paths(see);
                    }
                }
            }
            Self::List(of) => of.iter().for_each(|of| of.paths(see)),
            Self::Not(of) | Self::Negative(of, _) | Self::Defined(of, _) => of.paths(see),
            Self::Binary(_, of, _) => of.iter().for_each(|of| of.paths(see)),
            Self::Choice(of) => of.iter().for_each(|of| of.paths(see)),
            Self::Filtered(of, call) => {
                of.paths(see);
                call.arguments.iter().for_each(|argument| argument.paths(see));
            }
        }
    }
}

impl Expression {
    /// Whether it says itself what counts where something in it is absent.
    pub fn may_be_nothing(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Path(_) | Self::List(_) => false,
            Self::Choice(_) | Self::Defined(..) | Self::Not(_) => true,
            Self::Binary(operator, of, _) => {
                matches!(operator, Operator::Or | Operator::And) || of.iter().any(Self::may_be_nothing)
            }
            Self::Negative(of, _) => of.may_be_nothing(),
            Self::Filtered(of, call) => call.filter.takes_nothing || of.may_be_nothing(),
        }
    }

    /// Whether it is a choice that says nothing of the case in which no condition fits.
    pub fn lacks_else(&self) -> bool {
        match self {
            Self::Choice(of) => {
                let [_, _, other] = &**of;
                matches!(other, Self::Literal(Value::Null)) || other.lacks_else()
            }
            _ => false,
        }
    }
}

impl Path {
    /// The names that it begins with, up to the first that is a value: `lead.phone`.
    pub fn names(&self) -> Vec<&str> {
        let mut names = vec![self.root.as_str()];
        for step in &self.steps {
            match step {
                PathStep::Name(name) => names.push(name),
                PathStep::Index(_) => break,
            }
        }
        names
    }

    /// Those names, to be kept.
    pub fn owned_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for name in self.names() {
            names.push(name.to_owned());
        }
        names
    }

    /// The path of these keys; nothing where the first is an index.
    pub fn of_keys(path: &KeyPath, span: (usize, usize)) -> Option<Self> {
        let (Key::Name(root), rest) = path.keys.split_first()? else {
            return None;
        };
        let steps = rest.iter().map(|key| match key {
            Key::Name(name) => PathStep::Name(name.clone()),
            Key::Index(index) => PathStep::Index(Expression::Literal((*index).into())),
        });
        Some(Self {
            root: root.clone(),
            steps: steps.collect(),
            span,
        })
    }

    /// The path as it is written, up to the first step that is a value.
    pub fn dotted(&self) -> String {
        let mut written = String::new();
        Key::Name(self.root.clone()).write_to(&mut written);
        for step in &self.steps {
            match step.literal() {
                Some(key) => key.write_to(&mut written),
                None => return written + "[…]",
            }
        }
        written
    }
}

impl PathStep {
    /// The key that it is whatever happens.
    pub fn literal(&self) -> Option<Key> {
        match self {
            Self::Name(name) => Some(Key::Name(name.clone())),
            Self::Index(Expression::Literal(index)) => index.as_i64().map(Key::Index),
            Self::Index(Expression::Negative(of, _)) => match &**of {
                Expression::Literal(index) => index.as_i64()?.checked_neg().map(Key::Index),
                _ => None,
            },
            Self::Index(_) => None,
        }
    }
}
