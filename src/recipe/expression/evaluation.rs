//! What an expression is worth.

use std::cmp::Ordering;
use std::iter;

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::filters::IN_BRACKETS;
use super::tree::Operator;
use super::{Expression, ExpressionError, FilterCall, Path, PathStep};
use crate::document::{Key, all, begins_with_digit, kind_of, lists};
use crate::knock::WrittenTimes;
use crate::zone::Zone;

/// The longest text or list that an expression makes, in bytes or entries.
pub(super) const LARGEST: usize = 16 * 1024;

/// Texts that say no, and are more than nothing.
const WORDS_FOR_NO: &str = "no|n|off|0|f";

/// What an expression sees.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Values by name.
    pub values: &'a Map<String, Value>,
    /// Calling code of phone numbers that are written without one.
    pub calling_code: &'a str,
    /// The zone in which times are told to people.
    pub zone: Option<&'a Zone>,
    /// How times are written.
    pub times: &'a WrittenTimes,
}

/// Whether a value counts as true: all but nothing, `false`, also as text, zero and what is empty.
pub fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && !is_word(text, false),
        Value::Array(entries) => !entries.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

impl Path {
    /// What stands there; nothing when there is nothing, or `null`.
    ///
    /// # Errors
    /// When an index in it has no value.
    pub fn find(&self, scope: Scope<'_>) -> Result<Option<Value>, ExpressionError> {
        let mut here = scope.values.get(&self.root);
        for step in &self.steps {
            let key = step.key(scope)?;
            here = here.and_then(|here| key.as_ref()?.of(here));
        }
        Ok(here.filter(|value| !value.is_null()).cloned())
    }

    /// The JSON pointer to it, or where it is absent, to the nearest thing around it; beside it what stands there.
    pub fn trace<'a>(&self, scope: Scope<'a>) -> Trace<'a> {
        let mut trace = Trace {
            pointer: String::new(),
            found: None,
            absent: None,
        };
        let keys = self.steps.iter().map(|step| step.key(scope).ok().flatten());
        let root = Some(Key::Name(self.root.clone()));
        for key in iter::once(root).chain(keys) {
            let next = match trace.found {
                None => key.as_ref().and_then(|key| match key {
                    Key::Name(name) => scope.values.get(name),
                    Key::Index(_) => None,
                }),
                Some(here) => key.as_ref().and_then(|key| key.of(here)),
            };
            let (Some(key), Some(next)) = (&key, next) else {
                trace.absent = Some(key.unwrap_or(Key::Name(String::new())));
                return trace;
            };
            trace.pointer = key.pointer(trace.found.unwrap_or(&Value::Null), &trace.pointer);
            trace.found = Some(next);
        }
        trace
    }
}

/// How far a path leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace<'a> {
    /// The JSON pointer to the last thing on the way that is there.
    pub pointer: String,
    /// What that is; nothing where the first name is absent already.
    pub found: Option<&'a Value>,
    /// The key that is absent in it; nothing where the path leads to its end.
    pub absent: Option<Key>,
}

impl PathStep {
    /// The key that it is; nothing where its value is neither text nor a whole number.
    fn key(&self, scope: Scope<'_>) -> Result<Option<Key>, ExpressionError> {
        Ok(match self {
            Self::Name(name) => Some(Key::Name(name.clone())),
            Self::Index(index) => match index.evaluate(scope)? {
                Value::String(name) => Some(Key::Name(name)),
                Value::Number(index) => index.as_i64().map(Key::Index),
                _ => None,
            },
        })
    }
}

impl Expression {
    /// Its value; `null` where there is none.
    ///
    /// # Errors
    /// When it joins or reckons with what is absent or of the wrong kind, or its value is too large.
    pub fn evaluate(&self, scope: Scope<'_>) -> Result<Value, ExpressionError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Path(path) => Ok(path.find(scope)?.unwrap_or_default()),
            Self::List(of) => {
                let mut values = Vec::new();
                for of in of {
                    values.push(of.evaluate(scope)?);
                }
                Ok(Value::Array(values))
            }
            Self::Not(of) => Ok((!truth(&of.evaluate(scope)?)).into()),
            Self::Negative(of, span) => {
                let value = of.evaluate(scope)?;
                negative(of, &value, *span)
            }
            Self::Defined(of, wanted) => Ok((of.evaluate(scope)?.is_null() != *wanted).into()),
            Self::Choice(of) => {
                let [value, condition, other] = &**of;
                match truth(&condition.evaluate(scope)?) {
                    true => value.evaluate(scope),
                    false => other.evaluate(scope),
                }
            }
            Self::Binary(operator, of, span) => binary(*operator, of, *span, scope),
            Self::Filtered(of, call) => call.apply(of.evaluate(scope)?, scope),
        }
    }

    /// Calls `see` for every path whose value decides something as true although it is a word for no, with that word.
    /// `decides` says whether that of the whole does.
    pub fn doubtful(&self, scope: Scope<'_>, decides: bool, see: &mut dyn FnMut(&Path, &str)) {
        match self {
            Self::Path(path) if decides => {
                if let Ok(Some(Value::String(text))) = path.find(scope)
                    && lists(WORDS_FOR_NO, &text.trim().to_lowercase())
                {
                    see(path, text.trim());
                }
            }
            Self::Not(of) => of.doubtful(scope, true, see),
            Self::Binary(operator, of, _) => {
                let decides = decides && matches!(operator, Operator::Or | Operator::And);
                for of in &**of {
                    of.doubtful(scope, decides, see);
                }
            }
            Self::Choice(of) => {
                let [value, condition, other] = &**of;
                condition.doubtful(scope, true, see);
                value.doubtful(scope, decides, see);
                other.doubtful(scope, decides, see);
            }
            Self::Filtered(of, _) => of.doubtful(scope, false, see),
            _ => {}
        }
    }

    /// Calls `see` for every list in which `find` takes the first of several entries.
    pub fn ambiguous(&self, scope: Scope<'_>, see: &mut dyn FnMut(String, String)) {
        match self {
            Self::Filtered(of, call) => {
                if let Ok(list) = of.evaluate(scope)
                    && let Some(wanted) = call.several(&list, scope)
                {
                    see(of.name().replace('`', ""), wanted);
                }
                of.ambiguous(scope, see);
            }
            Self::Not(of) | Self::Negative(of, _) | Self::Defined(of, _) => of.ambiguous(scope, see),
            Self::Binary(_, of, _) => of.iter().for_each(|of| of.ambiguous(scope, see)),
            Self::Choice(of) => of.iter().for_each(|of| of.ambiguous(scope, see)),
            Self::List(of) => of.iter().for_each(|of| of.ambiguous(scope, see)),
            Self::Literal(_) | Self::Path(_) => {}
        }
    }

    /// What it is called when something is wrong with its value.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Path(path) => format!("`{}`", path.dotted()),
            Self::Filtered(of, _) => of.name(),
            Self::Literal(value) => format!("`{value}`"),
            _ => "this".to_owned(),
        }
    }
}

impl FilterCall {
    /// What becomes of a value. Of nothing becomes nothing, unless the filter is about that.
    ///
    /// # Errors
    /// When the filter does not take such a value.
    pub fn apply(&self, value: Value, scope: Scope<'_>) -> Result<Value, ExpressionError> {
        let mut arguments = Vec::new();
        for argument in &self.arguments {
            arguments.push(argument.evaluate(scope)?);
        }
        self.apply_with(value, &arguments, scope)
    }

    /// A message that names what is in the brackets.
    fn with_brackets(&self, message: &str) -> String {
        match self.arguments.first() {
            Some(argument @ (Expression::Path(_) | Expression::Literal(_))) => {
                message.replacen(IN_BRACKETS, &argument.name(), 1)
            }
            _ => message.to_owned(),
        }
    }

    /// What `find` looks for in a list that has several entries of it which differ.
    pub fn several(&self, list: &Value, scope: Scope<'_>) -> Option<String> {
        let (name, wanted) = match self.arguments.as_slice() {
            [name, wanted] if self.filter.name == "find" => (name.evaluate(scope).ok()?, wanted.evaluate(scope).ok()?),
            _ => return None,
        };
        let plain = |value: &Value| text_of(value).map(|text| text.trim().to_lowercase());
        let (name, plain_wanted) = (name.as_str()?, plain(&wanted)?);
        let mut first: Option<Value> = None;
        for entry in list.as_array()? {
            let mut rest = entry.clone();
            let Some(there) = rest.as_object_mut().and_then(|fields| fields.remove(name)) else {
                continue;
            };
            if plain(&there).as_ref() == Some(&plain_wanted) && *first.get_or_insert_with(|| rest.clone()) != rest {
                return text_of(&wanted);
            }
        }
        None
    }

    /// What becomes of a value with these in the brackets.
    pub(super) fn apply_with(
        &self,
        value: Value,
        arguments: &[Value],
        scope: Scope<'_>,
    ) -> Result<Value, ExpressionError> {
        if value.is_null() && !self.filter.takes_nothing {
            return Ok(value);
        }
        let made = (self.filter.apply)(value, arguments, scope).map_err(|message| ExpressionError {
            span: self.span,
            message: format!("`{}`: {}", self.filter.name, self.with_brackets(&message)),
        })?;
        within_bounds(made, self.span)
    }
}

/// What `-` makes of a value, which is that of this expression.
pub(super) fn negative(of: &Expression, value: &Value, span: (usize, usize)) -> Result<Value, ExpressionError> {
    match value {
        Value::Number(number) => reckoned(Operator::Subtract, &0.into(), number, span),
        other => Err(not_a_number(of, other, span, "")),
    }
}

fn binary(
    operator: Operator,
    of: &[Expression; 2],
    span: (usize, usize),
    scope: Scope<'_>,
) -> Result<Value, ExpressionError> {
    let [left_of, right_of] = of;
    let left = left_of.evaluate(scope)?;
    match operator {
        Operator::Or if truth(&left) => return Ok(left),
        Operator::And if !truth(&left) => return Ok(left),
        _ => {}
    }
    operate(operator, &left, &right_of.evaluate(scope)?, of, span)
}

/// What an operator makes of two values, which are those of these expressions.
pub(super) fn operate(
    operator: Operator,
    left: &Value,
    right: &Value,
    of: &[Expression; 2],
    span: (usize, usize),
) -> Result<Value, ExpressionError> {
    let [left_of, right_of] = of;
    let value = match operator {
        Operator::Or | Operator::And => right.clone(),
        Operator::Equal => same(left, right).into(),
        Operator::Unequal => (!same(left, right)).into(),
        Operator::In | Operator::NotIn => {
            let there = match right {
                Value::Array(entries) => entries.iter().any(|entry| same(entry, left)),
                Value::Object(fields) => left.as_str().is_some_and(|name| fields.contains_key(name)),
                Value::String(text) => text_of(left).is_some_and(|part| text.contains(&part)),
                Value::Null => false,
                other => {
                    let message = format!("{} is {}: nothing can be in it", right_of.name(), kind_of(other));
                    return Err(ExpressionError { span, message });
                }
            };
            (there == (operator == Operator::In)).into()
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let order = order(left, right).ok_or_else(|| ExpressionError {
                span,
                message: format!(
                    "{} is {} and {} is {}: neither is more than the other",
                    left_of.name(),
                    absent_or_kind(left),
                    right_of.name(),
                    absent_or_kind(right)
                ),
            })?;
            match operator {
                Operator::Less => order == Ordering::Less,
                Operator::LessOrEqual => order != Ordering::Greater,
                Operator::Greater => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }
            .into()
        }
        Operator::Join => {
            let mut joined = String::new();
            for (value, of) in [(left, left_of), (right, right_of)] {
                joined.push_str(&text_of(value).ok_or_else(|| ExpressionError {
                    span,
                    message: match value {
                        Value::Null => format!(
                            "{} is absent, and cannot be joined; write `…|default('')` where it may be",
                            of.name()
                        ),
                        other => format!("{} is {}, and cannot be joined", of.name(), kind_of(other)),
                    },
                })?);
            }
            return within_bounds(joined.into(), span);
        }
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
            let hint = match operator {
                Operator::Subtract => "; a key with a hyphen stands in brackets and quotes, like `['first-name']`",
                _ => "",
            };
            let Value::Number(one) = left else {
                return Err(not_a_number(left_of, left, span, hint));
            };
            let Value::Number(other) = right else {
                return Err(not_a_number(right_of, right, span, hint));
            };
            return reckoned(operator, one, other, span);
        }
    };
    Ok(value)
}

/// A text or a number as text; nothing for anything else.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The instant that a value names.
pub(super) fn instant_of(value: &Value) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok()
}

/// Whether two values are the same: whole numbers may be written with a fraction, times with different offsets. Forms and
/// spreadsheets write everything as text, so a text that is a number is that number beside one, and `true` and `false`
/// are what they say.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Bool(value), Value::String(text)) | (Value::String(text), Value::Bool(value)) => is_word(text, *value),
        _ => one == other || order(one, other) == Some(Ordering::Equal),
    }
}

/// Whether a text is the word for true, or that for false.
fn is_word(text: &str, wanted: bool) -> bool {
    text.trim().eq_ignore_ascii_case(if wanted { "true" } else { "false" })
}

/// The number that a value is, or that a text is written as: digits, and before them a sign, among them a point.
fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let digits = text.trim().trim_start_matches('-');
            let is_number =
                begins_with_digit(digits) && all(digits, &|letter| letter.is_ascii_digit() || letter == '.');
            text.trim().parse().ok().filter(|_| is_number)
        }
        _ => None,
    }
}

fn order(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Number(_), _) | (_, Value::Number(_)) => number_of(one)?.partial_cmp(&number_of(other)?),
        (Value::String(text), Value::String(other_text)) => match (instant_of(one), instant_of(other)) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => Some(text.cmp(other_text)),
        },
        _ => None,
    }
}

fn reckoned(
    operator: Operator,
    one: &serde_json::Number,
    other: &serde_json::Number,
    span: (usize, usize),
) -> Result<Value, ExpressionError> {
    let failed = |message: &str| ExpressionError {
        span,
        message: message.to_owned(),
    };
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
        let whole = match operator {
            Operator::Add => one.checked_add(other),
            Operator::Subtract => one.checked_sub(other),
            Operator::Multiply => one.checked_mul(other),
            Operator::Remainder => one.checked_rem(other),
            // What is no whole number is reckoned below.
            _ if other != 0 && one % other == 0 => one.checked_div(other),
            _ => None,
        };
        if let Some(whole) = whole {
            return Ok(whole.into());
        }
    }
    let (Some(one), Some(other)) = (one.as_f64(), other.as_f64()) else {
        return Err(failed("the number is too large"));
    };
    if other == 0.0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(failed("nothing can be divided by zero"));
    }
    let number = match operator {
        Operator::Add => one + other,
        Operator::Subtract => one - other,
        Operator::Multiply => one * other,
        Operator::Remainder => one % other,
        _ => one / other,
    };
    let number = serde_json::Number::from_f64(number).ok_or_else(|| failed("the number is too large"))?;
    Ok(Value::Number(number))
}

fn not_a_number(of: &Expression, value: &Value, span: (usize, usize), hint: &str) -> ExpressionError {
    let message = match value {
        Value::Null => format!(
            "{} is absent, and this is for numbers; write `…|default(0)` where it may be",
            of.name()
        ),
        Value::String(_) => format!(
            "{} is text, and this is for numbers; texts are joined by `~`",
            of.name()
        ),
        other => format!("{} is {}, and this is for numbers", of.name(), kind_of(other)),
    };
    let message = message + hint;
    ExpressionError { span, message }
}

fn absent_or_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "absent",
        other => kind_of(other),
    }
}

fn within_bounds(value: Value, span: (usize, usize)) -> Result<Value, ExpressionError> {
    let size = match &value {
        Value::String(text) => text.len(),
        Value::Array(entries) => entries.len(),
        _ => 0,
    };
    if size <= LARGEST {
        return Ok(value);
    }
    Err(ExpressionError {
        span,
        message: format!("becomes too large: more than {LARGEST}"),
    })
}
